#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # test-lib.sh reads PLAN, and sets ctl, status and more
#
# events: what is retained, and what comes. proc/events is a file that ends, or
# a pipe, which blocks as the real one does.
#
# Usage: test-events.sh TEST-CTL

PLAN=25

# shellcheck source=/dev/null # test-lib.sh, which is checked by itself
. "$(dirname "$0")/test-lib.sh"

# The clocks of the test stand at 22:13:20.000 and 1000 seconds.
export TZ=UTC

# until_true COMMAND...: wait until it succeeds.
until_true()
{
	local end=$((SECONDS + 20))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# A pipe in place of the file; it is open as fd 9.
pipe()
{
	fresh
	mkfifo proc/events
	exec 9<>proc/events
}

# follow ARGS...: events -f in the background, with signals as in the foreground,
# whatever we were started with.
follow()
{
	: >out
	set -m
	env --default-signal=INT "$ctl" events -f "$@" >out 2>err 9>&- &
	pid=$!
	set +m
}

lines_are()
{
	[ "$(wc -l <out)" = "$1" ]
}

# ended: wait for its end, as long as it takes but not for ever.
ended()
{
	until_true sh -c "! kill -0 $pid || grep -q 'State:.Z' /proc/$pid/status" 2>/dev/null ||
		kill -KILL "$pid"
	wait "$pid"
	status=$?
	look
}

line="seq=7 time_ns=997500000001 event=exit pid=4711 name=sort reason=none charge=0 limit=max overshoot=0 latency_ns=0 by=0 running=0"
seen="22:13:17.500  exit           4711  sort          -      limit max"

##### For a person
fresh
ctl events
is "no file" status=1 err="memsusp-ctl: events: cannot read proc/events: No such file or directory"
cat >proc/events <<-END
	seq=1 time_ns=940123456789 event=register pid=4711 name=sort reason=none charge=0 limit=4294967296 overshoot=0 latency_ns=0 by=812 running=0
	seq=2 time_ns=997500000001 event=suspend pid=4711 name=sort reason=node charge=3328599654 limit=4294967296 overshoot=4096 latency_ns=143210 by=0 running=12884905984 colour=blue
	seq=3 time_ns=997500000002 event=node pid=0 name=level-critical reason=none charge=12884901888 limit=12884901888 overshoot=0 latency_ns=0 by=0 running=12884901888
	seq=4 time_ns=997999999999 event=node pid=0 name=auto_resume reason=none charge=0 limit=max overshoot=0 latency_ns=0 by=4000000 running=0
	seq=5 time_ns=998000000000 event=unregister pid=4000000 name=- reason=user charge=4096 limit=max overshoot=0 latency_ns=0 by=812 running=4096
	seq=6 time_ns=998000000001 event=lost count=12

	no event at all
	$line
END
ctl events
is "events" out="\
22:12:20.123  register       4711  sort          -      limit 4G  by 812
22:13:17.500  suspend        4711  sort          node   charge 3.1G  limit 4G  overshoot 4K  latency 143.2us
22:13:17.500  node              -  level-critical  -      running 12G  limit 12G
22:13:17.999  node              -  auto_resume   -      limit max  by 4000000
22:13:18.000  unregister  4000000  -             user   charge 4K  limit max  by 812
22:13:18.000  lost        12 events, as they were not read in time
$seen"
TZ=CET-1 ctl events
is "the time is the local one" out="23:12:20.123  register *"
cat >proc/events <<-END
	time_ns=0 event=exit pid=1
	seq=x time_ns=99999999999999999999 event=exit pid=2 limit=lots
	time_ns=999000000000 event=exit
	event=lost
END
TZ=XYZ-2 ctl events
is "the day, where it is another one, and what is not known" out="\
2023-11-14
23:56:40.000  exit              1  -             -
-             exit              2  -             -
2023-11-15
00:13:19.000  exit              -  -             -
-             lost        some events, as they were not read in time"
printf '%s\n' "event=\"\\ pid=1" >proc/events
printf 'event=\033[31m\t pid=\377\n' >>proc/events
ctl events
is "nothing strange reaches the terminal" out="*\"*
*\?\[31m\? *\?  *"

##### For a program
cat >proc/events <<-END
	$line colour=blue
	seq=8 time_ns=1 event=lost count=3
END
ctl events --json
is "--json: an object a line, with all fields" out='{"seq":7,"time_ns":997500000001,"event":"exit","pid":4711,"name":"sort","reason":"none","charge":0,"limit":"max","overshoot":0,"latency_ns":0,"by":0,"running":0,"colour":"blue"}
{"seq":8,"time_ns":1,"event":"lost","count":3}'
: >proc/events
ctl events --json
is "--json of nothing"
usage "an argument" "takes no argument, and so not '4711'" events 4711
usage "an unknown option" "unknown option '-x'" events -x

##### Reading
{ echo "no event"; seq -f "event=exit pid=%g" 5000; } >proc/events
ctl events
[ "$status$err" = 0 ] && [ "$(awk '{ print $2, $3 }' out)" = "$(seq -f "exit %g" 5000)" ]
result $? "lines that begin in one read and end in the next"
rm proc/events
mkdir proc/events
ctl events
is "an error while reading" status=1 err="memsusp-ctl: events: cannot read proc/events: Is a directory"
rmdir proc/events
ln -s /proc/self/mem proc/events
ctl events
is "an error of the device" status=1 err="memsusp-ctl: events: cannot read proc/events: Input/output error"
ctl events -f
is "which is how the module goes while it is followed"
pipe
echo "$line" >&9
ctl events
is "what is retained, and no waiting for more" out="$seen"
ctl events
is "nothing is retained"

##### Following
echo "$line" >&9
follow
until_true lines_are 1
result $? "-f: what is retained is seen at once"
echo "$line" >&9
until_true lines_are 2
result $? "-f: so is what comes"
printf %s "${line%limit*}" >&9
sleep 0.1
lines_are 2
result $? "-f: a line is shown when it is complete"
echo "${line#*charge=0 }" >&9
until_true lines_are 3
result $? "-f: then it is"
kill -INT "$pid"
ended
is "-f: SIGINT ends it well" out="$seen
$seen
$seen"
: >out
"$ctl" events -f >out 2>err &
pid=$!
echo "$line" >&9
until_true lines_are 1
kill -INT "$pid"
echo "$line" >&9
until_true lines_are 2
result $? "-f: unless that is to be ignored, as a script's background does"
kill -TERM "$pid"
ended
follow --json
echo "$line" >&9
until_true lines_are 1
kill -TERM "$pid"
ended
is "-f: so does SIGTERM" out='{"seq":7,*}'
follow
echo "$line" >&9
until_true lines_are 1
exec 9>&-
ended
is "-f: and the end of the file, when the module goes" out="$seen"
pipe
mkfifo reader
head -n 1 <reader >out &
head=$!
"$ctl" events -f >reader 2>err 9>&- &
pid=$!
echo "$line" >&9
wait "$head"
ended
is "-f: it does not outlive who reads it" out="$seen"
if [ -e /dev/full ]; then
	"$ctl" events -f >/dev/full 2>err &
	pid=$!
	echo "$line" >&9
	: >out
	ended
	is "-f on a full disk" status=1 \
		err="memsusp-ctl: events: cannot write the output: No space left on device"
else
	result 0 "-f on a full disk # SKIP no /dev/full"
fi
exec 9>&-

finish
