#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # test-lib.sh reads PLAN, and sets ctl, status and more
#
# node: its settings are shown, and changed together or not at all.
#
# Usage: test-node.sh TEST-CTL

PLAN=24

# shellcheck source=/dev/null # test-lib.sh, which is checked by itself
. "$(dirname "$0")/test-lib.sh"

##### To be seen
missing="cannot read sys/node: No such file or directory"
fresh
ctl node
is "no files" status=1 err="memsusp-ctl: node: $missing"
ctl node limit=1G
is "no files, and a change" status=1 err="memsusp-ctl: node: $missing"
fresh_node
set_node limit=12884901888 headroom=644245094 policy="largest newest [oldest] priority faulting" \
	max_suspended_ms=60000 level=low running=10737422336 suspended=3221225472
ctl node
is "node" out="\
limit:          12G (12884901888 bytes)
floor:          0 (0 bytes)
headroom:       614.4M (644245094 bytes)
policy:         largest newest \[oldest\] priority faulting
auto_resume:    1
min_running:    1
drain:          0
max_suspended_ms: 1m00s (60000 ms)
level:          low
running:        10.0G (10737422336 bytes)
suspended:      3G (3221225472 bytes)"
ctl node --json
is "node --json" out='{"limit":12884901888,"floor":0,"headroom":644245094,"policy":"oldest","auto_resume":1,"min_running":1,"drain":0,"max_suspended_ms":60000,"level":"low","running":10737422336,"suspended":3221225472}'
set_node limit=max
ctl node
is "a size without bound" out="limit:          max
floor: *"
ctl node --json
is "the same as JSON" out='{"limit":"max",*}'
echo "open node/floor - EIO" >faults
ctl node
is "what cannot be read" status=1 err="memsusp-ctl: node: cannot read sys/node: Input/output error"

##### Wrong usage: nothing is written
fresh_node
usage "no value" "'limit' is not KEY=VALUE" node limit
usage "no key" "'' is not a setting that can be changed" node =1G
usage "not a setting" "'limits' is not a setting that can be changed" node limits=1G
usage "a prefix of a setting" "'lim' is not a setting that can be changed" node lim=1G
usage "what can only be read" "'level' is not a setting that can be changed" node limit=1G level=ok
usage "one of them twice" "limit is given twice" node limit=1G floor=1G limit=2G
usage "--json and a change" "--json shows settings, and changes none" node --json limit=1G
usage "the second value is bad" "floor '1.5G' is not a size: *" node limit=1G floor=1.5G
bad=0
for word in limit= limit=G limit=-1 limit=1G=2 floor= floor=max headroom=max headroom=5% \
	policy= policy=large policy=Largest "policy=[largest]" auto_resume=2 auto_resume=on \
	auto_resume= drain=-1 drain=01 min_running= min_running=-1 min_running=1K \
	min_running=max max_suspended_ms= max_suspended_ms=5s max_suspended_ms=1.5 \
	max_suspended_ms=111111111111111111111; do
	ctl node "$word"
	[[ $status = 2 && -z $out && -z $log && $err = "memsusp-ctl: node: ${word%%=*} "* ]] ||
		{ bad=1; echo "# $word: $status $err"; }
done
result "$bad" "what is not a value"
good=0
for word in limit=max limit=12G limit=0 floor=0 floor=1g headroom=0 headroom=100M policy=largest \
	policy=newest policy=oldest policy=priority policy=faulting auto_resume=0 auto_resume=1 \
	drain=0 drain=1 min_running=0 min_running=99999999999 max_suspended_ms=0 \
	max_suspended_ms=18446744073709551615; do
	ctl node "$word"
	[[ $status = 0 && -z $out$err && $log = "node/${word%%=*} <- ${word#*=}" ]] ||
		{ good=1; echo "# $word: $status $err"; }
done
result "$good" "what is a value, for the kernel to judge"

##### To be changed
ctl node headroom=1G limit=12G policy=newest floor=2G auto_resume=0 min_running=2 drain=1 \
	max_suspended_ms=5
is "all of them: whom to suspend before the limit, headroom at the end" log="\
node/policy <- newest
node/auto_resume <- 0
node/min_running <- 2
node/drain <- 1
node/max_suspended_ms <- 5
node/floor <- 2G
node/limit <- 12G
node/headroom <- 1G"
set_node limit=4294967296 policy="largest [newest] oldest priority faulting" min_running=3 \
	headroom=214748364
echo "write node/limit 100 EINVAL" >faults
ctl node limit=100 policy=oldest min_running=1 headroom=1G
is "one is refused: what was written is put back, what was not is left alone" status=1 log="\
node/policy <- oldest
node/min_running <- 1
node/limit <- 100
node/min_running <- 3
node/policy <- newest" \
	err="memsusp-ctl: node: limit=100: refused: *less than one page; nothing is changed"
echo "write node/headroom 16777216T ERANGE" >faults
ctl node headroom=16777216T limit=8G
is "headroom is refused: it is not written again" status=1 log="\
node/limit <- 8G
node/headroom <- 16777216T
node/limit <- 4294967296" \
	err="memsusp-ctl: node: headroom=16777216T: the size does not fit; nothing is changed"
printf 'write node/%s EPERM\n' "limit 8G" "policy newest" >faults
ctl node limit=8G policy=oldest
is "and what cannot be put back is told" status=1 log="node/policy <- oldest
node/limit <- 8G
node/policy <- newest" err="\
memsusp-ctl: node: limit=8G: not permitted; only root may change the node; nothing is changed
memsusp-ctl: node: but policy is oldest now: newest could not be put back: Operation not permitted"
echo "open node/policy - EACCES" >faults
ctl node policy=oldest limit=8G
is "no right to read it: nothing is written" status=1 \
	err="memsusp-ctl: node: cannot read sys/node: Permission denied"
echo "write node/limit 8G EACCES" >faults
ctl node limit=8G
is "no right to write it" status=1 log="node/limit <- 8G" \
	err="memsusp-ctl: node: limit=8G: not permitted; only root may change the node; nothing is changed"
rm faults sys/node/drain
ctl node limit=8G
is "one file is missing: nothing is written" status=1 err="memsusp-ctl: node: $missing"

finish
