#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # test-lib.sh reads PLAN, and sets ctl, status and more
#
# list and show: what a person reads, and --json.
#
# Usage: test-list.sh TEST-CTL

PLAN=51

# shellcheck source=/dev/null # test-lib.sh, which is checked by itself
. "$(dirname "$0")/test-lib.sh"

##### The table, and one job
fresh
ctl list
is "list nothing" \
	out="PID NAME STATE REASON CHARGE LIMIT PEAK OVERSHOOT TIMES SUSPENDED"
cat >proc/jobs <<-END
	pid=4711 name=sort state=suspended reason=limit limit=1073741824 soft_limit=max charge=1073745920 peak=1073745920 anon=1073745920 swap=0 touched=1073745920 processes=1 priority=0 suspends=1 suspended_ms=84123 overshoot=4096 latency_ns=143210 colour=blue
	pid=814 name=xz.9 state=running reason=none limit=max soft_limit=536870912 charge=2040109465 peak=5261334938 anon=0 swap=0 touched=0 processes=12 priority=-3 suspends=0 suspended_ms=0 overshoot=0 latency_ns=0
	pid=0 name=none state=running reason=none limit=2147483648 charge=1073741823 peak=1023 suspends=1234567 suspended_ms=999

	pid=x name=bad
	pid=4294972007 name=bad
	pid=2147483647 charge=lots suspends=2 junk = suspended_ms=360000000
END
ctl list
is "list" out="\
       PID NAME STATE     REASON CHARGE LIMIT PEAK OVERSHOOT   TIMES SUSPENDED
      4711 sort suspended limit    1.0G    1G 1.0G        4K       1     1m24s
           needs a limit of 1.1G
       814 xz.9 running   -        1.9G   max 4.9G         -       0         -
         - none running   -        1.0G    2G 1023         - 1234567     999ms
2147483647 -    -         -           -     -    -         -       2     4d04h"
ctl show 4711
is "show" out="\
pid:            4711
name:           sort
state:          suspended
reason:         limit
why:            needs a limit of 1.1G
limit:          1G (1073741824 bytes)
soft_limit:     max
charge:         1.0G (1073745920 bytes)
peak:           1.0G (1073745920 bytes)
anon:           1.0G (1073745920 bytes)
swap:           0 (0 bytes)
touched:        1.0G (1073745920 bytes)
processes:      1
priority:       0
suspends:       1
suspended_ms:   1m24s (84123 ms)
overshoot:      4K (4096 bytes)
latency_ns:     143.2us (143210 ns)
colour:         blue"
echo 10 >sys/jobs/4711/warn_signal
ctl show 4711
is "show adds the warn signal" out="*
colour:         blue
warn_signal:    10"
ctl show 2147483647
is "show what little is known" out="\
pid:            2147483647
charge:         lots
suspends:       2
suspended_ms:   4d04h (360000000 ms)"
ctl show $$
is "show what is no job" status=1 err="memsusp-ctl: show: pid $$: not registered"
ctl show 2147483646
is "show what does not exist" status=1 err="memsusp-ctl: show: pid 2147483646: no such process"
usage "show without a pid" "takes one pid" show
usage "show of two" "takes one pid" show 4711 814
usage "list with an argument" "takes no argument, and so not '4711'" list 4711

rm sys/jobs/4711/warn_signal
mkdir host/4711
printf 'tab\there\n' >host/4711/comm
echo "pid=4711 name=- state=running" >proc/jobs
ctl list
is "list: the name of who has none" out="*PID *
4711 tab?here running *"
ctl show 4711
is "show: name and comm" out="pid:            4711
comm:           tab?here
name:           -
state:          running"
rm -r host/4711
printf 'pid=4711 name=\033[31m\t state=run\377ning reason=user' >proc/jobs
ctl list
is "list: nothing strange reaches the terminal, and no newline at the end" \
	out="*PID *
4711 \?\[31m\? run\?ning user *"

##### What suspended jobs wait for
# waits NAME WHY JSON FIELD...: what list and show say of job 4711, suspended
# and charged 3G, and the last fields of its JSON.
waits()
{
	local name=$1 why=$2 json=$3 bad=0

	shift 3
	echo "pid=4711 state=suspended charge=3221225472 anon=1073741824 $*" >proc/jobs
	ctl list
	[[ $out = *" OVERSHOOT TIMES SUSPENDED"$'\n'4711*$'\n'"     $why"* && -z $err ]] || bad=1
	[ "$(awk '{ print length }' out | sort -n | tail -n 1)" -le 80 ] || bad=1
	ctl show 4711
	[ "$(sed -n 's/^why: *//p' out)" = "$why" ] || bad=1
	ctl list --json
	[[ $out = *'"jobs":[{"pid":4711,"state":"suspended","charge":3221225472,'*"$json}]}" ]] ||
		bad=1
	if [ "$bad" != 0 ]; then
		"$ctl" list | sed 's/^/# /'
		echo "# $out"
	fi
	result "$bad" "waits for: $name"
}

fresh
waits "a higher limit, though the node is not known" "needs a limit of 3G" \
	'"waits_for":"limit","needs":3221225472' reason=limit limit=1073741824
waits "resume, though the node is not known" "waits for resume" \
	'"limit":"max","waits_for":"resume"' reason=user limit=max
fresh_node
waits "resume" "waits for resume" '"limit":"max","waits_for":"resume"' reason=user limit=max
waits "a higher limit" "needs a limit of 3G" \
	'"waits_for":"limit","needs":3221225472' reason=limit limit=1073741824
set_node drain=1
waits "a higher limit, or its turn to be drained" \
	"needs a limit of 3G, or that nothing else can run" \
	'"waits_for":"limit","needs":3221225472' reason=limit limit=1073741824
set_node auto_resume=0
waits "a higher limit and resume" "needs a limit of 3G, and resume" \
	'"waits_for":"limit","needs":3221225472' reason=limit limit=1073741824
waits "resume, as its limit is high enough" "waits for resume" \
	'"waits_for":"resume","needs":3221225472' reason=limit limit=max
fresh_node
set_node limit=8589934592 running=6442450944 headroom=429496729
waits "room under the node's limit, less the headroom" \
	"needs 3G, 1.6G free under node limit" \
	'"waits_for":"node","needs":3221225472,"free":1717986919' reason=node limit=max
waits "room, though its limit is why it was suspended" \
	"needs 3G, 1.6G free under node limit" \
	'"waits_for":"node","needs":3221225472,"free":1717986919' reason=limit limit=max
waits "a higher limit, though the node is why it was suspended" "needs a limit of 3G" \
	'"waits_for":"limit","needs":3221225472' reason=node limit=1073741824
set_node auto_resume=0
waits "resume; then headroom is not needed" \
	"needs 3G, 2G free under node limit; waits for resume" \
	'"waits_for":"resume","needs":3221225472,"free":2147483648' reason=node limit=max
set_node auto_resume=1 running=0
waits "its turn" "needs 3G, 7.6G free under node limit; waits for its turn" \
	'"waits_for":"node","needs":3221225472,"free":8160437863' reason=node limit=max
waits "its turn, it was suspended for its limit" "waits for its turn" \
	'"waits_for":"node","needs":3221225472' reason=limit limit=max
set_node running=9589934592
waits "room, of which there is less than none" "needs 3G, 0 free under node limit" \
	'"free":0' reason=node limit=max
set_node limit=max
waits "its turn, without any bound" "waits for its turn" \
	'"waits_for":"node","needs":3221225472' reason=node limit=max
set_node floor=1073741824 headroom=53687091
printf '%s\n' "MemFree: 1 kB" "MemAvailable: 2097152 kB" "SwapFree: 0 kB" >host/meminfo
waits "room above the node's floor" "needs 3G, 972.8M free above node floor" \
	'"free":1020054733' reason=node limit=max
sed -i s/SwapFree:.*/SwapFree:999999999/ host/meminfo
waits "room, more with swap" "needs 3G, 1.9G free above node floor" \
	'"free":2093796557' reason=node limit=max
set_node limit=4294967296 running=4294967296
waits "room under the limit, where the floor leaves more" "needs 3G, 0 free under node limit" \
	'"free":0' reason=node limit=max
set_node limit=max
rm host/meminfo
waits "room that is not known" "waits for its turn" '"waits_for":"node","needs":3221225472' \
	reason=node limit=max
fresh_node
echo "pid=4711 state=suspended reason=node limit=1 charge=what" >proc/jobs
ctl list
[[ $out != *[a-z]" for "* && $out != *needs* && -z $err ]]
result $? "waits for what is not known: nothing is said"
echo "pid=4711 state=running reason=node limit=1 charge=3" >proc/jobs
ctl list
[[ $out != *" for "* && $out != *needs* && -z $err ]]
result $? "a running job waits for nothing"

##### Sums of the node
# sums NAME TEXT: the last two lines of list.
sums()
{
	ctl list
	[ "$(tail -n 2 out)" = "$2" ] && [ -z "$err" ] && [ "$(grep -c ^running out)" = 1 ]
	local bad=$?

	[ "$bad" = 0 ] || sed 's/^/# /' out
	result "$bad" "$1"
}

fresh_node
sums "sums of no jobs" "\
running   0 (0 jobs), no node limit, level ok
suspended 0 (0 jobs)"
cat >proc/jobs <<-END
	pid=4711 state=suspended reason=user
	pid=4712 state=running reason=none
	pid=4713 state=running reason=none
END
set_node limit=12884901888 running=2147487744 suspended=3221225472 level=medium floor=1073741824
sums "sums of jobs" "\
running   2.0G (2 jobs) of node limit 12G, node floor 1G, level medium
suspended 3G (1 job)"
rm -r sys/node
ctl list
is "no sums without node/" out="*PID *
4713*running * -"
set_node limit=12884901888
echo "open node/limit - EACCES" >faults
ctl list
is "no sums if node/ cannot be read" out="*PID *
4713*running * -"
rm faults

##### JSON
fresh_node
set_node policy="largest newest [oldest] priority faulting" limit=1073741824 level=critical
cat >proc/jobs <<-END
	pid=4711 name=7 state=suspended reason=user limit=max charge=18446744073709551614 priority=-5 odd=007 odder=1.5 minus=-0 big=18446744073709551616 slash=a/b empty= quote=a"b\\c new=x
	pid=0 name=- state=running reason=none limit=1073741824
END
mkdir host/4711
printf '12\t"3\n' >host/4711/comm
ctl list --json
is "list --json" out='{"node":{"limit":1073741824,"floor":0,"headroom":0,"policy":"oldest","auto_resume":1,"min_running":1,"drain":0,"max_suspended_ms":0,"level":"critical","running":0,"suspended":0},"jobs":\[{"pid":4711,"name":"7","state":"suspended","reason":"user","limit":"max","charge":18446744073709551614,"priority":-5,"odd":"007","odder":"1.5","minus":"-0","big":"18446744073709551616","slash":"a/b","empty":"","quote":"a\\"b\\\\c","new":"x","comm":"12\?\\"3","waits_for":"resume"},{"pid":0,"name":"-","state":"running","reason":"none","limit":1073741824}\]}'
if command -v python3 >/dev/null; then
	python3 -m json.tool out >/dev/null
	result $? "list --json is JSON"
else
	result 0 "list --json is JSON # SKIP no python3"
fi
echo 12 >sys/jobs/4711/warn_signal
ctl show --json 4711
is "show --json" out='{"pid":4711,"name":"7",*,"waits_for":"resume","warn_signal":12}'
rm -r sys/node
: >proc/jobs
ctl list --json
is "list --json of nothing, without node/" out='{"node":null,"jobs":\[\]}'
usage "list with an unknown option" "unknown, ambiguous or malformed option '--xml'" list --xml
ctl show 4712 --json
is "show --json of what is no job" status=1 err="memsusp-ctl: show: pid 4712: *"

##### Sizes and times
fresh
# BYTES:TEXT
sizes="0:0 1:1 1023:1023 1024:1K 1025:1.0K 1536:1.5K 10240:10K 1048524:1023.9K
1048525:1.0M 1048576:1M 269484032:257M 269488128:257.0M 1073689395:1023.9M 1073689396:1.0G
1099511627775:1.0T 1099511627776:1T 1125899906842624:1024T 18446744073709551614:16777216.0T
18446744073709551615:max max:max"
bad=0
for size in $sizes; do
	echo "pid=4711 peak=${size%%:*}" >proc/jobs
	ctl list
	[[ $(awk 'END { print $7 }' out) = "${size##*:}" && $status = 0 && -z $err ]] ||
		{ bad=1; echo "# $size: $(awk 'END { print $7 }' out)"; }
done
result "$bad" "sizes for people"
times="0:0ms 999:999ms 1000:1.0s 59999:59.9s 60000:1m00s 3599999:59m59s 3600000:1h00m
86399999:23h59m 86400000:1d00h 864000000:10d00h"
bad=0
for time in $times; do
	echo "pid=4711 suspends=1 suspended_ms=${time%%:*}" >proc/jobs
	ctl list
	[[ $(awk 'END { print $10 }' out) = "${time##*:}" && $status = 0 && -z $err ]] ||
		{ bad=1; echo "# $time: $(awk 'END { print $10 }' out)"; }
done
result "$bad" "durations for people"
times="0:0ns 999:999ns 1000:1.0us 999999:999.9us 1000000:1.0ms 999999999:999.9ms
1000000000:1.0s"
bad=0
for time in $times; do
	echo "pid=4712 latency_ns=${time%%:*}" >proc/jobs
	ctl show 4712
	[[ $out = *"latency_ns:     ${time##*:} (${time%%:*} ns)" ]] ||
		{ bad=1; echo "# $time: $out"; }
done
result "$bad" "latencies for people"

awk 'BEGIN { for (i = 1; i <= 10000; i++)
	printf "pid=%d name=n%d state=suspended\n", 2147473647 + i, i }' >proc/jobs
ctl list
[ "$status$err" = 0 ] && [ "$(wc -l <out)" = 10001 ] &&
	[ "$(awk '{ print length }' out | sort -u | wc -l)" = 1 ]
result $? "list of 10000 jobs, all lines of one length"
ctl resume --all
[ "$status$err" = 0 ] && [ "$(grep -c '^resume <- ' log)" = 10000 ] &&
	[ "$(sort -u log | wc -l)" = 10000 ]
result $? "resume --all of 10000 jobs, one write each"

rm proc/jobs
ctl list
is "list, no jobs file" status=1 err="memsusp-ctl: list: cannot read proc/jobs: No such file or directory"
mkdir proc/jobs
ctl show 4711
is "show, an error while reading" status=1 err="memsusp-ctl: show: cannot read proc/jobs: Is a directory"
rmdir proc/jobs

finish
