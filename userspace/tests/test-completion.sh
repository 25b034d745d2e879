#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # test-lib.sh reads PLAN, and sets ctl, status and more
#
# The completion for bash.
#
# Usage: test-completion.sh TEST-CTL

PLAN=20

# shellcheck source=/dev/null # test-lib.sh, which is checked by itself
. "$(dirname "$0")/test-lib.sh"

fresh
cat >proc/jobs <<-END
	pid=4711 name=a state=suspended
	pid=814 name=pid=1 state=running
	pid=0 name=c state=running
END
sed 's,/proc/memsusp/,proc/,' "$here/../memsusp-ctl.bash-completion" >completion
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
completes "jobs to wait for" "4711 814" wait ""
completes "states" "running suspended gone" wait 4711 --state ""
completes "no time" "" wait 4711 -t ""
completes "settings" "min_running= max_suspended_ms=" node limit = 4G m
completes "the value of a setting" "newest" node policy = n
completes "the value of a setting, from its beginning" "0 1" node drain =
completes "the value of a setting, if = ends no word" "policy=newest" node policy=n
completes "the value of a setting that has no words" "" node floor = ""
completes "options of node" "--json" node --j
completes "options of events" "--follow --json --help" events -
completes "options of list" "--json" list --j
completes "options" "--limit" resume 4711 --l
completes "processes" "*$$*" register ""
completes "commands to run" "sort*" run -l 1G -- sort
completes "files for the command that is run" "sys" run -l 1G sort --x sy

finish
