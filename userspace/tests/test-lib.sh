# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what seems unused is for the tests
#
# What the tests of memsusp-ctl share. They need no module: test-ctl is the
# same program with /sys/kernel/memsusp and /proc/memsusp replaced by sys/ and
# proc/ below the directory it is started in, and what else is in /proc by
# host/; see also test-fault.c.
#
# The test sets PLAN, gives us its own arguments, and ends with finish.

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
	rm -rf sys proc log faults next-jobs polls host
	mkdir -p sys/jobs/4711 proc host
	echo 1 >sys/abi
	echo 4711 >sys/jobs/4711/pid
	touch sys/register sys/unregister sys/suspend sys/resume
	touch sys/jobs/4711/limit proc/jobs
}

# set_node KEY=VALUE...: files of node/, which there are none of in a fresh tree.
set_node()
{
	local word

	mkdir -p sys/node
	for word; do
		echo "${word#*=}" >"sys/node/${word%%=*}"
	done
}

# What the kernel has at load.
fresh_node()
{
	fresh
	set_node limit=max floor=0 headroom=0 auto_resume=1 min_running=1 drain=0 \
		max_suspended_ms=0 level=ok running=0 suspended=0 \
		policy="[largest] newest oldest priority faulting"
}

# Runs the tool, but not for ever; leaves status, out, err and log (what was
# written where).
ctl()
{
	rm -f log
	timeout 60 "$ctl" "$@" >out 2>err
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
# nothing was written. run has a status of its own for it.
usage()
{
	local name=$1 message=$2 command=" $3" own=2

	shift 2
	case $message in
	"unknown command"* | "no command given") command= ;;
	esac
	[ "$command" != " run" ] || own=125
	ctl "$@"
	is "$name" status="$own" \
		err="memsusp-ctl:${command:+$command:} $message
Try 'memsusp-ctl$command --help'."
}

# finish: the end of the test, with its exit status.
finish()
{
	echo "# $((count - failed)) passed, $failed failed"
	if [ "$count" != "$PLAN" ]; then
		echo "# $count tests were run, $PLAN were planned"
		exit 1
	fi
	[ "$failed" = 0 ]
}

echo "KTAP version 1"
echo "1..$PLAN"
