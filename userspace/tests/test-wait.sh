#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # test-lib.sh reads PLAN, and sets ctl, status and more
#
# wait: the state of a job is read before each poll, and time ends it.
#
# Usage: test-wait.sh TEST-CTL

PLAN=28

# shellcheck source=/dev/null # test-lib.sh, which is checked by itself
. "$(dirname "$0")/test-lib.sh"

# job STATE [SECONDS STATE]...: job 4711, and how it will go on.
job()
{
	fresh
	echo "$1" >sys/jobs/4711/state
	shift
	printf '%s %s\n' "$@" >polls
}

file=jobs/4711/state

##### Wrong usage
fresh
usage "no pid" "takes one pid" wait
usage "two pids" "takes one pid" wait 4711 814
usage "no pid at all" "'x' is not a pid" wait x
bad=0
for state in "" stopped Gone run; do
	ctl wait 4711 -s "$state"
	[[ $status = 2 && $err = "memsusp-ctl: wait: '$state' is not a state: running, suspended or gone
"* ]] || bad=1
done
result "$bad" "what is not a state"
bad=0
for time in "" . .5 1. -1 +1 1e3 0x10 1s inf " 1" 1.5.5 9999999999; do
	ctl wait 4711 --timeout "$time"
	[[ $status = 2 && $err = "memsusp-ctl: wait: '$time' is not a number of seconds, "* ]] ||
		{ bad=1; echo "# $time: $err"; }
done
result "$bad" "what is not a time"

##### States
job running 5 gone
ctl wait 4711
is "until it is gone" log="$file -> running
$file polled
$file is gone"
job running 1 suspended 1 running 1 gone
ctl wait 4711 --state gone
is "until it is gone, whatever else it becomes" log="$file -> running
$file polled
$file -> suspended
$file polled
$file -> running
$file polled
$file is gone"
job running 5 gone
mv sys/jobs/4711 sys/jobs/814
file=jobs/814/state
ctl wait 4711
is "a job whose directory has another number" log="$file -> running
$file polled
$file is gone"
file=jobs/4711/state
job running 5 suspended
ctl wait -s suspended 4711
is "until it is suspended" log="$file -> running
$file polled
$file -> suspended"
job suspended 5 running
ctl wait 4711 -s running
is "until it is running" log="$file -> suspended
$file polled
$file -> running"
job suspended
ctl wait 4711 -s suspended
is "what is so already: nobody polls" log="$file -> suspended"
job running 5 running 1 suspended
ctl wait 4711 -s suspended
is "woken too late, when it was suspended and runs again: go on" log="$file -> running
$file polled
$file -> running
$file polled
$file -> suspended"

##### Jobs that are not there, or not any more
fresh
ctl wait 4711
is "who is gone is gone"
ctl wait 2147483647 -s gone
is "who never was, too"
ctl wait $$ -s running
is "no job of that number" status=1 err="memsusp-ctl: wait: pid $$: not registered"
ctl wait 2147483647 -s running
is "no process of that number" status=1 \
	err="memsusp-ctl: wait: pid 2147483647: no such process"
job running 5 gone
ctl wait 4711 -s suspended
is "it ends instead" status=1 log="*$file is gone" \
	err="memsusp-ctl: wait: pid 4711: the job ended before it was suspended"
job running
echo "pread $file - ENODEV" >faults
ctl wait 4711
is "it ends between open and read"
ctl wait 4711 -s running
is "it ends between open and read, instead" status=1 \
	err="memsusp-ctl: wait: pid 4711: the job ended before it was running"
echo "open $file - ENODEV" >faults
ctl wait 4711
is "it ends while it is opened"
echo "open $file - EACCES" >faults
ctl wait 4711
is "no access" status=1 err="memsusp-ctl: wait: pid 4711: Permission denied"
echo "pread $file - EIO" >faults
ctl wait 4711
is "an error while reading" status=1 \
	err="memsusp-ctl: wait: pid 4711: cannot wait: Input/output error"

##### Time
job running
ctl wait 4711 --timeout 10
is "the time is over" status=124 log="$file -> running
$file polled for 10.000"
job running 2.5 suspended 2.5 running 9 gone
ctl wait 4711 -t 12.25
is "what is left of the time" status=124 log="$file -> running
$file polled for 12.250
$file -> suspended
$file polled for 9.750
$file -> running
$file polled for 7.250"
job running 2.5 suspended
ctl wait 4711 -s suspended -t 3
is "in time" log="$file -> running
$file polled for 3.000
$file -> suspended"
job running
ctl wait 4711 -t 0
is "no time at all" status=124 log="$file -> running
$file polled for 0.000"
job suspended
ctl wait 4711 -t 0 -s suspended
is "no time at all, and none is needed" log="$file -> suspended"
fresh
ctl wait $$ -s running -t 5
is "nobody waits for who is not there" status=1 err="memsusp-ctl: wait: pid $$: not registered"

finish
