# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what seems unused is for the tests
#
# What the tests of memsusp-ctl against the module share. They are to be run as
# root where the module is loaded. MEMSUSP_KO tells where its file is and
# MEMSUSP_KO_ARGS its parameters, for those that unload it. Words and options of
# the tool are tested without a module, in userspace/tests.
#
# The test sets PLAN and ends with finish.

GUARD_S=60

# The runner puts the one for this machine first.
tool=$(command -v memsusp-ctl)
sys=/sys/kernel/memsusp
dir=$(mktemp -d) || exit 1
cd "$dir" || exit 1
export LC_ALL=C
count=0
failed=0

cleanup() {
	local jobs

	trap - EXIT
	jobs=$(jobs -p)
	# shellcheck disable=SC2086 # several pids are several words
	[ -z "$jobs" ] || kill -KILL $jobs 2>/dev/null
	wait 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

result() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count $2"
	else
		echo "not ok $count $2"
		failed=$((failed + 1))
	fi
}

# ctl ARGS...: run the tool; leaves status, out and err.
ctl() {
	"$tool" "$@" >out 2>err
	status=$?
	look
}

look() {
	out=$(cat out)
	err=$(cat err)
}

# is NAME [status=N] [out=GLOB] [err=GLOB]: what is not given is to be 0 or
# empty, and all three are looked at each time.
is() {
	local name=$1 bad=0 word key want
	local -A expected=([status]=0 [out]='' [err]='')

	shift
	for word; do
		expected[${word%%=*}]=${word#*=}
	done
	for key in status out err; do
		want=${expected[$key]}
		# shellcheck disable=SC2053 # a pattern, on purpose
		if [[ ${!key} != $want ]]; then
			bad=1
			printf '%s is\n%s\nand should be\n%s\n' "$key" "${!key}" "$want" |
				sed 's/^/# /'
		fi
	done
	result "$bad" "$name"
}

# is_json NAME: each line that was printed is JSON, as somebody else reads it.
is_json() {
	if ! python3 -c 'import json' 2>/dev/null; then
		result 0 "$1 # SKIP no python3 that knows JSON"
		return
	fi
	[ -s out ] && python3 -m json.tool --json-lines out >/dev/null
	result $? "$1"
}

# until_true COMMAND...: wait until it succeeds.
until_true() {
	local end=$((SECONDS + GUARD_S))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# file_is JOB FILE VALUE
file_is() {
	[ "$(cat "$sys/jobs/$1/$2" 2>/dev/null)" = "$3" ]
}

state_of() {
	sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null
}

is_stopped() {
	[ "$(state_of "$1")" = T ]
}

sleeps() {
	[ "$(state_of "$1")" = S ]
}

is_over() {
	[[ $(state_of "$1") = Z || ! -e /proc/$1 ]]
}

# ended PID: what was started with output to out and err comes to its end; leaves
# status, out and err.
ended() {
	until_true is_over "$1" || kill -KILL "$1"
	wait "$1"
	status=$?
	look
}

is_no_job() {
	[ ! -e "$sys/jobs/$1" ]
}

no_jobs() {
	[ -z "$(ls "$sys/jobs")" ]
}

# sleeper: leaves its pid in pid.
sleeper() {
	sleep 1000 &
	pid=$!
}

# end PID...: kill and reap.
end() {
	kill -KILL "$@"
	wait "$@" 2>/dev/null
}

# Is it known where the module is, so that it can be taken away?
can_reload() {
	[ -r "${MEMSUSP_KO:-}" ]
}

load() {
	# shellcheck disable=SC2086 # several arguments are several words
	insmod "$MEMSUSP_KO" ${MEMSUSP_KO_ARGS:-}
}

# skip NAME...: tests that need the module's file.
skip() {
	local name

	for name; do
		result 0 "$name # SKIP MEMSUSP_KO does not tell where it is"
	done
}

# finish: the end of the test, with its exit status.
finish() {
	echo "# Totals: pass:$((count - failed)) fail:$failed"
	[ "$failed" = 0 ] && [ "$count" = "$PLAN" ]
}

echo "KTAP version 1"
echo "1..$PLAN"
