#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests memsusp-ctl without the module: test-ctl is the same program with
# /sys/kernel/memsusp and /proc/memsusp replaced by sys/ and proc/ below the
# directory it is started in, see test-fault.c. Arguments, lines written,
# messages, tables; what the kernel makes of it is for the tests in the VM.
#
# Usage: test-ctl.sh TEST-CTL

PLAN=120

here=$(cd "$(dirname "$0")" && pwd)
ctl=$(realpath "$1") || exit 1
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
cd "$tree" || exit 1

# A report of a sanitizer must not pass for an error that was expected.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99
export LC_ALL=C
unset POSIXLY_CORRECT

count=0
failed=0

result()
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count $2"
	else
		echo "not ok $count $2"
		failed=$((failed + 1))
	fi
}

# A tree with nothing in it but the module.
fresh()
{
	rm -rf sys proc log faults next-jobs
	mkdir -p sys/jobs/4711 proc
	echo 1 >sys/abi
	touch sys/register sys/unregister sys/suspend sys/resume
	touch sys/jobs/4711/limit proc/jobs
}

# Runs the tool; leaves status, out, err and log (what was written where).
ctl()
{
	rm -f log
	"$ctl" "$@" >out 2>err
	status=$?
	look
}

look()
{
	out=$(cat out)
	err=$(cat err)
	log=$(cat log 2>/dev/null)
}

# is NAME [status=N] [out=GLOB] [err=GLOB] [log=GLOB]: what is not given is to
# be 0 or empty, and all four are looked at each time.
is()
{
	local name=$1 bad=0 word key want
	local -A expected=([status]=0 [out]='' [err]='' [log]='')

	shift
	for word; do
		expected[${word%%=*}]=${word#*=}
	done
	for key in status out err log; do
		want=${expected[$key]}
		# shellcheck disable=SC2053 # a pattern, on purpose
		if [[ ${!key} != $want ]]; then
			bad=1
			printf '# %s is\n%s\n# and should be\n%s\n' \
				"$key" "${!key}" "$want" | sed 's/^[^#]/#   &/'
		fi
	done
	result "$bad" "$name"
}

# usage NAME MESSAGE ARGS...: wrong usage, told in one line plus a hint, and
# nothing was written.
usage()
{
	local name=$1 message=$2 command=" $3"

	shift 2
	case $message in
	"unknown command"* | "no command given") command= ;;
	esac
	ctl "$@"
	is "$name" status=2 \
		err="memsusp-ctl:${command:+$command:} $message
Try 'memsusp-ctl$command --help'."
}

echo "KTAP version 1"
echo "1..$PLAN"

##### The tool as such
fresh
ctl --help
is "--help names each command" \
	out="Usage: *run *register *unregister *limit *suspend *resume *list *show *"
ctl --version
is "--version tells the ABI too" out="memsusp-ctl [0-9]* (ABI 1)"
helped=0
for command in run register unregister limit suspend resume list show; do
	for option in --help -h; do
		ctl "$command" "$option"
		[[ $status$err$log = 0 && $out = "Usage: memsusp-ctl $command"* ]] || helped=1
	done
done
result "$helped" "--help of each command"
ctl run --limit 1G --help
is "--help after another option" out="Usage: memsusp-ctl run *"
usage "no command" "no command given"
usage "unknown command" "unknown command 'foo'" foo
ctl --foo
is "unknown option before the command" status=2 \
	err="memsusp-ctl: unknown, ambiguous or malformed option '--foo'
Try 'memsusp-ctl --help'."
if [ -e /dev/full ]; then
	"$ctl" --help >/dev/full 2>err
	status=$? out='' err=$(cat err)
	is "--help on a full disk" status=1 \
		err="memsusp-ctl: cannot write the output: No space left on device"
	"$ctl" list >/dev/full 2>err
	status=$? out='' err=$(cat err)
	is "list on a full disk" status=1 \
		err="memsusp-ctl: list: cannot write the output: No space left on device"
else
	result 0 "--help on a full disk # SKIP no /dev/full"
	result 0 "list on a full disk # SKIP no /dev/full"
fi
"$ctl" list 2>err >&-
status=$? out='' err=$(cat err)
is "list with stdout closed" status=1 \
	err="memsusp-ctl: list: cannot write the output: Bad file descriptor"
"$ctl" suspend 4711 2>err >&-
status=$? out='' err=$(cat err) log=$(cat log)
is "suspend needs no stdout" log="suspend <- 4711"

##### The module as such
missing="memsusp-ctl: the memsusp module is not loaded; load it with: modprobe memsusp"
fresh
rm -r sys proc
gone=0
for args in "run true" "register 4711 -l 1G" "unregister 4711" "limit 4711 1G" \
	"suspend 4711" "resume 4711" "resume --all" list "show 4711"; do
	# shellcheck disable=SC2086 # split, on purpose
	ctl $args
	[[ $status = 1 && -z $out && $err = "$missing" ]] || gone=1
done
result "$gone" "without the module each command says so"
fresh
echo 2 >sys/abi
ctl run -- touch ran
[ ! -e ran ] || err="it was run"
is "another ABI" status=1 \
	err="memsusp-ctl: the loaded module speaks ABI '2', this tool ABI 1; use the one that came with it"
echo "1 or so" >sys/abi
ctl list
is "an ABI that is no number" status=1 err="memsusp-ctl: *speaks ABI '1 or so', *"
fresh
echo "open abi - EACCES" >faults
ctl list
is "ABI cannot be read" status=1 err="memsusp-ctl: cannot read sys/abi: Permission denied"
fresh
echo "write suspend 4711 ENODEV" >faults
ctl suspend 4711
is "unloaded meanwhile" status=1 log="suspend <- 4711" \
	err="memsusp-ctl: suspend: pid 4711: the memsusp module does not offer this, or is just being unloaded"

fresh
rm sys/suspend
ctl suspend 4711
is "a file that is not there is no missing job" status=1 \
	err="memsusp-ctl: suspend: pid 4711: the memsusp module does not offer this, *"

##### register
fresh
ctl register 4711 -l 2G
is "register" log="register <- 4711 2G"
ctl register -l 2G 4711
is "register with the pid at the end" log="register <- 4711 2G"
ctl register 4711 --limit=max --soft 512M --priority -5 --name a.B_c-9 --no-inherit
is "register with everything" \
	log="register <- 4711 max inherit=0 soft=512M priority=-5 name=a.B_c-9"
ctl register -p100 -n x -l 18446744073709551616 4711
is "register passes sizes to the kernel as they are" \
	log="register <- 4711 18446744073709551616 priority=100 name=x"
usage "register without a pid" "no pid given" register -l 1G
usage "register without a limit" "no limit given; -l max is none" register 4711
usage "register with two pids" "one pid at a time, not '4712' too" register 4711 4712 -l 1G
usage "register with an unknown option" "unknown option '-x'" register 4711 -x -l 1G
usage "register with an unknown long option" \
	"unknown, ambiguous or malformed option '--hard'" register 4711 --hard -l 1G
usage "register with a value too many" \
	"unknown, ambiguous or malformed option '--no-inherit=1'" register 4711 --no-inherit=1
usage "register with a value missing" "option '-l' needs a value" register 4711 -l
bad=0
for pid in 0 -1 +1 0x10 1.5 "" " 1" "1 " 12a 2147483648 99999999999999999999999999; do
	ctl register -l 1G -- "$pid"
	[[ $status = 2 && -z $log && $err = "memsusp-ctl: register: '$pid' is not a pid
"* ]] || bad=1
done
result "$bad" "what is not a pid"
bad=0
for size in "" G 1.9G 1GB 1GiB -1 +1 0x10 MAX "1 G" "1G 2G" " 1" "1
2" 111111111111111111111111111111111; do
	ctl register -l "$size" 4711
	[[ $status = 2 && -z $log && $err = "memsusp-ctl: register: limit '$size' is not a size: "* ]] || bad=1
	ctl register -l 1G --soft "$size" 4711
	[[ $status = 2 && -z $log && $err = *": soft limit '$size' is not a size: "* ]] || bad=1
done
result "$bad" "what is not a size"
good=0
for size in 0 1 4096 1K 1M 1G 1T 1k 1m 1g 1t max 0001; do
	ctl register -l "$size" 4711
	[[ $status = 0 && -z $err && $log = "register <- 4711 $size" ]] || good=1
done
result "$good" "what is a size"
bad=0
for priority in 101 -101 "" a 1a +1 " 1" 1.0 99999999999999999999; do
	ctl register -l 1G -p "$priority" 4711
	[[ $status = 2 && -z $log && $err = *": '$priority' is not a priority: a number from -100 to 100
"* ]] || bad=1
done
result "$bad" "what is not a priority"
bad=0
for name in "" "a b" a=b ä 12345678901234567890123456789012 "a
b"; do
	ctl register -l 1G -n "$name" 4711
	[[ $status = 2 && -z $log && $err = *": '$name' cannot be a name: 1 to 31 "* ]] || bad=1
done
result "$bad" "what is not a name"
ctl register -l 1G -n 1234567890123456789012345678901 4711
is "a name of 31 characters" log="register <- 4711 1G name=1234567890123456789012345678901"

# fails NAME ERRNO MESSAGE FILE ARGS...: the kernel refuses pid 4711.
fails()
{
	local name=$1 errno=$2 message=$3 file=$4

	shift 4
	echo "write $file 4711 $errno" >faults
	ctl "$@"
	is "$name" status=1 err="memsusp-ctl: $1: pid 4711: $message" log="$file <- *"
	rm -f faults
}

own="others than root may only"
fails "register ESRCH" ESRCH "no such process" register register 4711 -l 1G
fails "register EEXIST" EEXIST "is registered already" register register 4711 -l 1G
fails "register EPERM" EPERM "not permitted; $own register *" register register 4711 -l 1G
fails "register EINVAL" EINVAL "refused: a kernel thread, or a limit *" register register 4711 -l 1G
fails "register ERANGE" ERANGE "the size does not fit" register register 4711 -l 1G
fails "register ENOMEM" ENOMEM "the kernel is out of memory; nothing was changed" \
	register register 4711 -l 1G
fails "register short write" short "the kernel did not take the whole line" \
	register register 4711 -l 1G
fails "register, an errno without a sentence" ENOTTY "Inappropriate ioctl for device" \
	register register 4711 -l 1G
echo "write register 1 EPERM" >faults
ctl register 1 -l 1G
is "register pid 1" status=1 log="register <- 1 1G" \
	err="memsusp-ctl: register: pid 1: cannot be registered, it is init"
echo "open register - EACCES" >faults
ctl register 4711 -l 1G
is "register, no access" status=1 \
	err="memsusp-ctl: register: pid 4711: not permitted; only root may, *gid="
echo "open register - EROFS" >faults
ctl register 4711 -l 1G
is "register, read-only sysfs" status=1 \
	err="memsusp-ctl: register: pid 4711: sysfs is mounted read-only here, *"

##### run
fresh
ctl run -- sh -c 'echo $$ >pid; echo out; echo err >&2; exit 7'
is "run: status and streams are the command's" status=7 out=out err=err \
	log="register <- $(cat pid) max"
ctl run -l 1G -n job --soft 512M -p 3 --no-inherit sh -c 'echo $$ >pid' sh -l 2G
is "run with everything, without --" \
	log="register <- $(cat pid) 1G inherit=0 soft=512M priority=3 name=job"
ctl run -- echo -l 2G -- --help
is "run leaves the command's arguments alone" out="-l 2G -- --help" log="register <- * max"
# shellcheck disable=SC2016 # for the inner shell
{ ctl run -- sh -c 'kill -TERM $$'; } 2>/dev/null
is "run: killed by a signal" status=143 log="register <- * max"
ls /proc/self/fd >fds
ctl run -- ls /proc/self/fd
is "run leaves no file open" out="$(cat fds)" log="register <- * max"
echo in >in
"$ctl" run -- cat <in >out 2>err
status=$?
look
is "run: stdin is the command's" out=in log="*"
usage "run nothing" "no command to run" run -l 1G --
usage "run with a bad limit" "limit '1.9G' is not a size: *" run -l 1.9G -- true
ctl run -- ./no-such-program
is "run what is not there" status=127 log="register <- * max
unregister <- *" err="memsusp-ctl: run: cannot run './no-such-program': No such file or directory"
[ "$(cut -d' ' -f3 log | sort -u | wc -l)" = 1 ]
result $? "run unregisters the pid that it registered"
ctl run -- ./sys
is "run what cannot be executed" status=126 log="register <- * max
unregister <- *" err="memsusp-ctl: run: cannot run './sys': Permission denied"
echo "open unregister - EACCES" >faults
ctl run -- ./no-such-program
is "run what is not there, unregister refused" status=127 log="register <- * max" \
	err="memsusp-ctl: run: cannot run *"
echo "open register - EACCES" >faults
ctl run -- touch ran
[ ! -e ran ] || err="it was run"
is "run does not run what it could not register" status=1 \
	err="memsusp-ctl: run: pid *: not permitted; *"

##### unregister, suspend, limit
fresh
ctl unregister 4711 4712 4713
is "unregister" log="unregister <- 4711
unregister <- 4712
unregister <- 4713"
ctl suspend 4711 4712
is "suspend" log="suspend <- 4711
suspend <- 4712"
usage "suspend nothing" "no pid given" suspend
usage "suspend checks all pids first" "'x' is not a pid" suspend 4711 x
echo "write suspend 4711 ESRCH" >faults
ctl suspend 4711 4712
is "suspend goes on after a failure" status=1 log="suspend <- 4711
suspend <- 4712" err="memsusp-ctl: suspend: pid 4711: no such process"
rm faults
fails "suspend ENOENT" ENOENT "not registered" suspend suspend 4711
echo "pid=4711 job=4700 comm=cc1 charge=0" >proc/processes
fails "suspend a mere member" ENOENT "not a job of its own; it belongs to job 4700" \
	suspend suspend 4711
rm proc/processes
fails "suspend EPERM" EPERM "not permitted; $own suspend *" suspend suspend 4711
fails "unregister EPERM" EPERM "not permitted; only root may unregister" unregister unregister 4711
ctl limit 4711 3G
is "limit" log="jobs/4711/limit <- 3G"
usage "limit without a size" "takes a pid and a size" limit 4711
usage "limit with a bad size" "limit '3.5G' is not a size: *" limit 4711 3.5G
ctl limit $$ 3G
is "limit of what is no job" status=1 err="memsusp-ctl: limit: pid $$: not registered"
ctl limit 2147483647 3G
is "limit of what does not exist" status=1 \
	err="memsusp-ctl: limit: pid 2147483647: no such process"
mkdir sys/jobs/2147483647
touch sys/jobs/2147483647/limit
echo "write jobs/2147483647/limit 3 ENOENT" >faults
ctl limit 2147483647 3G
is "limit of a job that ends meanwhile" status=1 log="jobs/2147483647/limit <- 3G" \
	err="memsusp-ctl: limit: pid 2147483647: no such process"
echo "open jobs/4711/limit - EACCES" >faults
ctl limit 4711 3G
is "limit, no access" status=1 err="memsusp-ctl: limit: pid 4711: not permitted; *"
echo "write jobs/4711/limit 3 EPERM" >faults
ctl limit 4711 3G
is "limit EPERM" status=1 log="jobs/4711/limit <- 3G" \
	err="memsusp-ctl: limit: pid 4711: not permitted; $own lower *"

##### resume
fresh
ctl resume 4711
is "resume" log="resume <- 4711"
ctl resume -l 3G 4711
is "resume with a limit" log="resume <- 4711 3G"
ctl resume 4711 --force
is "resume by force" log="resume <- 4711 force"
usage "resume by force and with a limit" "-l or --force, not both; *" \
	resume 4711 --force -l 3G
usage "resume with a value too many" \
	"unknown, ambiguous or malformed option '--force=1'" resume 4711 --force=1
usage "resume nothing" "no pid given, nor --all" resume
usage "resume --all and a pid" "--all and a pid exclude each other" resume --all 4711
fails "resume EDQUOT, reason unknown" EDQUOT "above its limit (see -l), or no room on the node (see --force)" \
	resume resume 4711
echo "pid=4711 state=suspended limit=1073741824 charge=2040109465" >proc/jobs
fails "resume EDQUOT, above its limit" EDQUOT \
	"charged 1.9G, above its limit of 1G; give it a higher one with -l" \
	resume resume 4711
fails "resume EDQUOT, above the new limit" EDQUOT \
	"charged 1.9G, above the new limit of 1.5G; *" resume resume 4711 -l 1536M
fails "resume EDQUOT, no room on the node" EDQUOT \
	"the node has no room for it now; --force *" resume resume 4711 -l 2G
fails "resume EDQUOT, a limit beyond 64 bits is not a small one" EDQUOT \
	"the node has no room for it now; --force *" resume resume 4711 -l 16777216T
cat >proc/jobs <<-END
	pid=4711 name=a state=suspended reason=limit
	pid=4712 name=b state=running reason=none
	pid=0 name=c state=suspended reason=node
	pid=4713 name=d state=suspended reason=user
END
ctl resume --all -l max
is "resume --all" status=1 log="resume <- 4711 max
resume <- 4713 max" \
	err="memsusp-ctl: resume: a job outside this pid namespace cannot be resumed from here"
sed -i /pid=0/d proc/jobs
echo "write resume 4711 EPERM" >faults
ctl resume --all
is "resume --all goes on after a failure" status=1 log="resume <- 4711
resume <- 4713" err="memsusp-ctl: resume: pid 4711: not permitted; $own resume *"
echo "write resume 4711 ESRCH" >faults
sed s/suspended/running/ proc/jobs >next-jobs
ctl resume --all
is "resume --all: resumed by somebody else meanwhile" log="resume <- 4711
resume <- 4713"
rm -f faults proc/jobs
ctl resume --all
is "resume --all, jobs cannot be read" status=1 \
	err="memsusp-ctl: resume: cannot read proc/jobs: No such file or directory"

##### list, show
fresh
ctl list
is "list nothing" \
	out="PID  NAME  STATE  REASON  CHARGE  LIMIT  PEAK  OVERSHOOT  TIMES  SUSPENDED"
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
       PID  NAME  STATE      REASON  CHARGE  LIMIT  PEAK  OVERSHOOT    TIMES  SUSPENDED
      4711  sort  suspended  limit     1.0G     1G  1.0G         4K        1      1m24s
       814  xz.9  running    -         1.9G    max  4.9G          -        0          -
         -  none  running    -         1.0G     2G  1023          -  1234567      999ms
2147483647  -     -          -            -      -     -          -        2      4d04h"
ctl show 4711
is "show" out="\
pid:            4711
name:           sort
state:          suspended
reason:         limit
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

echo "pid=$$ name=- state=running" >proc/jobs
ctl list
is "list: the name of who has none" out="*PID *
*$$  test-ctl.sh  running *"
ctl show $$
is "show: name and comm" out="pid:            $$
comm:           test-ctl.sh
name:           -
state:          running"
printf 'pid=4711 name=\033[31m\t state=run\377ning reason=user' >proc/jobs
ctl list
is "list: nothing strange reaches the terminal, and no newline at the end" \
	out="*PID *
4711  \?\[31m\?  run\?ning  user  *"

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

##### Completion
cat >proc/jobs <<-END
	pid=4711 name=a state=suspended
	pid=814 name=pid=1 state=running
	pid=0 name=c state=running
END
sed 's,/proc/memsusp/,proc/,' "$here/memsusp-ctl.bash-completion" >completion
# shellcheck source=/dev/null # a copy of the completion
. ./completion

# completes NAME WANT WORD...: the last word is the one to be completed.
completes()
{
	local name=$1 want=$2 bad=0

	shift 2
	COMP_WORDS=(memsusp-ctl "$@")
	COMP_CWORD=$#
	_memsusp_ctl
	# shellcheck disable=SC2053 # a pattern, on purpose
	[[ ${COMPREPLY[*]} = $want ]] || { bad=1; echo "# ${COMPREPLY[*]}"; }
	result "$bad" "completion: $name"
}

completes "commands" "register resume" re
completes "jobs" "4711 814" unregister ""
completes "suspended jobs" "4711" resume ""
completes "running jobs" "814" suspend ""
completes "a size after the pid" "max" limit 4711 ""
completes "options" "--limit" resume 4711 --l
completes "processes" "*$$*" register ""
completes "commands to run" "sort*" run -l 1G -- sort
completes "files for the command that is run" "sys" run -l 1G sort --x sy

echo "# $((count - failed)) passed, $failed failed"
if [ "$count" != "$PLAN" ]; then
	echo "# $count tests were run, $PLAN were planned"
	exit 1
fi
[ "$failed" = 0 ]
