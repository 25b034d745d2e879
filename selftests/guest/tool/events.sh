#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # lib.sh reads PLAN, and sets tool and sys
#
# memsusp-ctl against the module: events as they are retained and as they come,
# and wait.

PLAN=21

# shellcheck source=/dev/null # lib.sh, which is checked by itself
. "$(dirname "$0")/lib.sh"

# follow ARGS...: events -f in the background; leaves its pid in follower.
follow() {
	: >out
	"$tool" events -f "$@" >out 2>err &
	follower=$!
}

has_come() {
	grep -q "$1" out
}

# waiter JOB ARGS...: wait in the background, which has begun; leaves its pid in
# waiter.
waiter() {
	"$tool" wait "$@" >out 2>err &
	waiter=$!
	until_true looks_at "$waiter" "$1"
}

# looks_at PID JOB
looks_at() {
	find "/proc/$1/fd" -lname "$sys/jobs/$2/state" 2>/dev/null | grep -q .
}

##### Events
sleeper
ctl register "$pid" -l 1G -n first
ctl suspend "$pid" && ctl resume "$pid" && ctl limit "$pid" 2G && ctl unregister "$pid"
ctl events
is "events: what has happened, in its order" out="*\
??:??:??.???  register *$pid  first *limit 1G  by *
??:??:??.???  suspend *$pid  first *user *charge *limit 1G *by *
??:??:??.???  resume *$pid  first *user *charge *limit 1G *by *
??:??:??.???  limit *$pid  first *limit 2G *by *
??:??:??.???  unregister *$pid  first *"
ctl events --json
is_json "events --json is JSON"
is "with numbers that are numbers" out='*{"seq":*,"event":"limit","pid":'"$pid"',"name":"first","reason":"none",*"limit":2147483648,*}*'
follow
until_true has_come "unregister *$pid  first"
result $? "events -f: what has happened"
"$tool" register "$pid" -l 1G -n second
until_true has_come "register *$pid  second"
result $? "events -f: what happens"
kill -TERM "$follower"
ended "$follower"
is "events -f: SIGTERM ends it well" out="*"
follow --json
"$tool" suspend "$pid"
until_true has_come '"event":"suspend","pid":'"$pid"',"name":"second","reason":"user"'
result $? "events -f --json: what happens"
kill -TERM "$follower"
ended "$follower"
is_json "events -f --json is JSON to its end"

##### Wait
ctl wait "$pid" -s suspended
is "wait: it is in that state"
ctl wait "$pid" -s running -t 0
is "wait: a look at what it is not" status=124
ctl wait "$pid" -s running -t 0.2
is "wait: the time is over" status=124
waiter "$pid" -s running
"$tool" resume "$pid"
ended "$waiter"
is "wait -s running: until it is resumed"
waiter "$pid" -s suspended -t 1000
"$tool" suspend "$pid"
ended "$waiter"
is "wait -s suspended: until it is suspended"
waiter "$pid"
"$tool" unregister "$pid"
ended "$waiter"
is "wait: until it is unregistered"
ctl wait "$pid" -s running
is "wait: what is no job" status=1 err="memsusp-ctl: wait: pid $pid: not registered"
ctl wait "$pid"
is "wait: what is no job is gone"
"$tool" register "$pid" -l 1G
waiter "$pid" -t 1000
end "$pid"
ended "$waiter"
is "wait: until it is killed"
sleeper
"$tool" register "$pid" -l 1G
waiter "$pid" -s suspended
end "$pid"
ended "$waiter"
is "wait: it ends, and was never suspended" status=1 \
	err="memsusp-ctl: wait: pid $pid: the job ended before it was suspended"
until_true no_jobs
result $? "no job is left"

##### The module goes
followed="events -f: ends well when the module goes"
waited="wait: so does what waits for a job to be gone"
if can_reload; then
	sleeper
	"$tool" register "$pid" -l 1G -n third
	"$tool" wait "$pid" >out-wait 2>err-wait &
	waiter=$!
	until_true looks_at "$waiter" "$pid"
	follow
	until_true has_come "register *$pid  third"
	rmmod memsusp
	ended "$follower"
	is "$followed" out="*register *$pid  third *"
	cp out-wait out && cp err-wait err
	ended "$waiter"
	is "$waited"
	[ -e "$sys" ] || load
	end "$pid"
else
	skip "$followed" "$waited"
fi

finish
