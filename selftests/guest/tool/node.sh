#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # lib.sh reads PLAN, and sets tool and sys
#
# memsusp-ctl against the module: the node, what list tells of the jobs that it
# has suspended, and how they go on.

PLAN=28

# shellcheck source=/dev/null # lib.sh, which is checked by itself
. "$(dirname "$0")/lib.sh"

mapfile -t settings < <(find "$sys/node" -type f -perm -u+w -printf '%f\n')

# What the kernel has, a setting a line.
kernel_has() {
	(cd "$sys/node" && grep . "${settings[@]}")
}

node_is() {
	[ "$(cat "$sys/node/$1")" = "$2" ]
}

# hold NAME SIZE: a job that has touched so much more than nothing, and then
# waits until somebody reads the pipe; leaves its pid in pid.
hold() {
	"$tool" run -n "$1" -- dd if=/dev/zero of=pipe bs="$2" count=1 iflag=fullblock \
		status=none &
	pid=$!
	until_true holds "$pid" "$2"
}

holds() {
	[ "$(cat "$sys/jobs/$1/charge" 2>/dev/null || echo 0)" -ge $((${2%M} << 20)) ]
}

mkfifo pipe
exec 8<>pipe
before=$(kernel_has)

##### Shown and changed
ctl node
[[ $status = 0 && -z $err ]]
bad=$?
for file in "$sys"/node/*; do
	[[ $'\n'$out = *$'\n'"${file##*/}: "*"$(cat "$file")"* ]] || bad=1
done
[ "$(wc -l <out)" = "$(find "$sys/node" -type f | wc -l)" ] || bad=1
result "$bad" "node: each file of the module is shown, and nothing else"
bad=0
for file in "$sys"/node/*; do
	ctl node "${file##*/}=?"
	case " ${settings[*]} " in
	*" ${file##*/} "*) [[ $err != *"not a setting"* ]] || bad=1 ;;
	*) [[ $err = *"not a setting"* ]] || bad=1 ;;
	esac
done
result "$bad" "node: what can be written can be changed, and nothing else"
ctl node limit=512M policy=newest min_running=2 max_suspended_ms=60000
is "node: several settings are changed"
node_is limit 536870912 && node_is policy "largest [newest] oldest priority faulting" &&
	node_is min_running 2 && node_is max_suspended_ms 60000
result $? "so they are"
ctl node
is "and so it is shown" out="limit: *512M (536870912 bytes)
floor: *
policy: *[[]newest]*
min_running: *2
*max_suspended_ms: *1m00s (60000 ms)
*"
ctl node --json
is_json "node --json is JSON"
is "with numbers that are numbers, and the policy that is in force" \
	out='{"limit":536870912,"floor":*,"policy":"newest",*"min_running":2,*"level":"ok","running":0,"suspended":0}'

##### All or nothing
changed=$(kernel_has)
ctl node drain=1 policy=oldest floor=16M limit=100
is "a value that the kernel refuses is told" status=1 \
	err="memsusp-ctl: node: limit=100: refused: *less than one page; nothing is changed"
[ "$(kernel_has)" = "$changed" ]
result $? "and what was written before it is put back"
ctl node policy=largest min_running=4294967296
is "so is a number that is too large" status=1 \
	err="memsusp-ctl: node: min_running=4294967296: refused: out of range*; nothing is changed"
[ "$(kernel_has)" = "$changed" ]
result $? "and that changes nothing either"
ctl node limit=max policy=largest min_running=1 max_suspended_ms=0
[ "$(kernel_has)" = "$before" ] || err="it is not as it was"
is "all is set to what it was"

##### A full node
hold small 32M && small=$pid
hold 7 48M && large=$pid
ctl list
is "list: the sums, while there is no limit" out="*
$small *small *running *
$large *7 *running *
running *8[0-3]*M (2 jobs), no node limit, level ok
suspended 0 (0 jobs)"
ctl node limit=64M
ctl wait "$large" -s suspended -t "$GUARD_S"
is "node limit: the largest is suspended"
file_is "$small" state running
result $? "the other one is not"
ctl list
is "list: what it waits for, and the sums" out="*
$small *running *
$large *suspended node *
 *needs 4[89]*M, [23]*M free under node limit
running *3[2-4]*M (1 job) of node limit 64M, level *
suspended *4[89]*M (1 job)"
ctl show "$large"
is "show: why" out="*
reason: *node
why: *needs 4[89]*M, [23]*M free under node limit
*"
ctl list --json
is_json "list --json is JSON"
is "with a node, two jobs and why one of them waits" \
	out='{"node":{"limit":67108864,*,"jobs":\[{"pid":'"$small"',"name":"small","state":"running",*},{"pid":'"$large"',"name":"7","state":"suspended","reason":"node","limit":"max",*"comm":"dd","waits_for":"node","needs":[45]???????,"free":[23]???????}\]}'
ctl resume "$large"
is "resume: what is missing is told" status=1 err="memsusp-ctl: resume: pid $large: \
needs 4[89]*M, but 3[0-2]*M are free under node limit of 64M; --force resumes it all the same"
is_stopped "$large"
result $? "and it stays where it is"
ctl resume --force "$large"
is "resume --force"
file_is "$large" state running && ! is_stopped "$large"
result $? "and it runs"
ctl list
is "list: the node is more than full" out="*
running *8[0-3]*M (2 jobs) of node limit 64M, level critical
*"

##### By hand
ctl node auto_resume=0 limit=max
ctl suspend "$large" && ctl suspend "$small" && ctl resume "$small" && ctl list
is "list: who was suspended by hand waits for resume" out="*
$large *suspended user *
 *waits for resume
running *3[2-4]*M (1 job), no node limit, level ok
suspended *4[89]*M (1 job)"
ctl resume "$large" && ctl node limit=64M
until_true grep -q state=suspended /proc/memsusp/jobs
ctl node limit=max && ctl list
is "list: with auto_resume=0 that is what all do" out="*
 *waits for resume
running * (1 job), no node limit, level ok
suspended * (1 job)"
ctl node auto_resume=1
ctl wait "$large" -s running -t "$GUARD_S" && ctl wait "$small" -s running -t "$GUARD_S"
is "with auto_resume=1 it goes on, as there is room"
head -c 80M <&8 | wc -c >got &
until_true no_jobs && wait "$small" "$large" && wait && [ "$(cat got)" = 83886080 ] &&
	[ "$(kernel_has)" = "$before" ]
result $? "both come to their end, and all is as it was"

finish
