#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # lib.sh reads PLAN, and sets tool and sys
#
# memsusp-ctl against the module: what it makes of real jobs, real errors and
# of a module that is not there. Its words and options are tested without a
# module, in userspace/tests.

PLAN=42

# shellcheck source=/dev/null # lib.sh, which is checked by itself
. "$(dirname "$0")/lib.sh"

# A process that touches 32 MiB and ends with status 0.
hog=(dd if=/dev/zero of=/dev/null bs=32M count=1 iflag=fullblock status=none)

##### run
ctl run -- sh -c 'echo out; echo err >&2; exit 7'
is "run: status and streams are the command's" status=7 out=out err=err
echo in >in
"$tool" run -- cat <in >out 2>err
status=$? out=$(cat out) err=$(cat err)
is "run: stdin is the command's" out=in
# shellcheck disable=SC2016 # for the inner shell
{ ctl run -- sh -c 'kill -TERM $$'; } 2>/dev/null
is "run: killed by a signal" status=143
ctl run -- ./no-such-program
is "run what is not there" status=127 \
	err="memsusp-ctl: run: cannot run './no-such-program': No such file or directory"
no_jobs
result $? "no job is left of what could not be run"
ctl run -- /
is "run what cannot be executed" status=126 err="memsusp-ctl: run: cannot run '/': *"
no_jobs
result $? "nor of what could not be executed"
# shellcheck disable=SC2016 # for the inner shell
ctl run -l 1G -n job --soft 512M -p 3 -- sh -c '
	cd /sys/kernel/memsusp/jobs/$$ && cat name limit soft_limit priority state'
is "run with everything: so the job is" out="job
1073741824
536870912
3
running"
until_true no_jobs
result $? "the job ends with the command"
members='grep -c " job=$$ " /proc/memsusp/processes; :'
ctl run -- sh -c "$members"
is "run: children are members" out=2
ctl run --no-inherit -- sh -c "$members"
is "run --no-inherit: children are none" out=1
# shellcheck disable=SC2016 # for the inner shell
ctl run -- sh -c 'read -r charge </sys/kernel/memsusp/jobs/$$/charge
	[ "$charge" -gt 0 ] && [ "$charge" -lt 4000000 ]'
is "run: the charge is the command's own"
ctl run -l 100 -- touch ran
[ ! -e ran ] || err="it was run"
is "run with less than a page does not run" status=125 \
	err="memsusp-ctl: run: pid *: refused: *less than one page"
ctl run -l 16777216T -- touch ran
[ ! -e ran ] || err="it was run"
is "run with more than fits does not run" status=125 \
	err="memsusp-ctl: run: pid *: the size does not fit"

##### A job that touches too much
"$tool" run -l 16M -n hog -- "${hog[@]}" &
pid=$!
until_true file_is "$pid" state suspended && until_true is_stopped "$pid"
result $? "run -l: what touches too much is suspended"
# A system call goes on touching until the signal is there.
ctl list
is "list shows it" out="*PID *NAME *STATE *REASON *CHARGE *LIMIT *
*$pid *hog *suspended *limit *[12][0-9]*M *16M *"
ctl show "$pid"
is "show shows it" out="*$pid*hog*suspended*limit*"
ctl resume "$pid"
is "resume without a limit says what is wrong" status=1 \
	err="memsusp-ctl: resume: pid $pid: *above its limit*-l*"
is_stopped "$pid"
result $? "and leaves it where it is"
ctl limit "$pid" 24M
is "a higher limit lets it go on"
until_true file_is "$pid" suspends 2 && until_true file_is "$pid" state suspended
result $? "until that is reached"
ctl resume "$pid" -l 1G
is "resume -l"
wait "$pid"
result $? "and it comes to its end as if nothing had been"
until_true is_no_job "$pid"
result $? "with which the job ends"

##### A process that runs already
sleeper
ctl register "$pid" -l 1G -n late
is "register"
file_is "$pid" limit 1073741824 && file_is "$pid" name late
result $? "so the job is"
ctl register "$pid" -l 1G
is "register again" status=1 err="memsusp-ctl: register: pid $pid: is registered already"
ctl suspend "$pid"
until_true is_stopped "$pid" || err="it is not stopped"
is "suspend"
ctl unregister "$pid"
until_true sleeps "$pid" || err="it is stopped"
is "unregister lets it go on"
ctl suspend "$pid"
is "suspend what is no job" status=1 err="memsusp-ctl: suspend: pid $pid: not registered"
ctl limit "$pid" 1G
is "limit of what is no job" status=1 err="memsusp-ctl: limit: pid $pid: not registered"
end "$pid"
ctl register "$pid" -l 1G
is "register what is gone" status=1 err="memsusp-ctl: register: pid $pid: no such process"
ctl register 1 -l 1G
is "register init" status=1 err="memsusp-ctl: register: pid 1: cannot be registered, it is init"
ctl register 2 -l 1G
is "register a thread of the kernel" status=1 err="memsusp-ctl: register: pid 2: refused: *"
no_jobs
result $? "all that made no job"

##### Several, and members
sleeper && one=$pid
sleeper && two=$pid
sh -c 'sleep 1000 & echo $! >child; wait' &
three=$!
until_true [ -s child ]
child=$(cat child)
ctl register "$one" -l 1G && ctl register "$two" -l 1G && ctl register "$three" -l 1G
ctl suspend "$one" "$two" 2147483647
is "suspend several: one failure is told, the others are done" status=1 \
	err="memsusp-ctl: suspend: pid 2147483647: no such process"
until_true is_stopped "$one" && until_true is_stopped "$two" && ! is_stopped "$three"
result $? "and so they are"
ctl resume --all
file_is "$one" state running && file_is "$two" state running || err="not all of them run"
is "resume --all"
"$tool" run -- sleep 1000 &
four=$!
until_true file_is "$four" state running && until_true grep -q "^pid=$four " /proc/memsusp/jobs
ctl list
is "list has a line for each" out="*PID *
*$one *sleep *
*$two *sleep *
*$three *sh *
*$four *"
end "$one" "$two" "$three" "$four"
kill -KILL "$child"
until_true no_jobs
result $? "they end with their processes"

##### No module
none="without the module each command says so"
again="and with it they work again"
if can_reload; then
	missing="memsusp-ctl: the memsusp module is not loaded; load it with: modprobe memsusp"
	rmmod memsusp
	bad=$?
	[ "$bad" != 0 ] || for args in "run touch ran" "register $$ -l 1G" "unregister $$" \
		"limit $$ 1G" "suspend $$" "resume $$" "resume $$ --force" "resume --all" \
		"wait $$" list "list --json" "show $$" node "node limit=1G" events "events -f"; do
		# shellcheck disable=SC2086 # split, on purpose
		ctl $args
		case $args in
		run*) want=125 ;;
		*) want=1 ;;
		esac
		[[ $status = "$want" && -z $out && $err = "$missing" && ! -e ran ]] || bad=1
	done
	result "$bad" "$none"
	[ -e "$sys" ] || load
	ctl run -l 1G -- echo again
	is "$again" out=again
else
	skip "$none" "$again"
fi

finish
