#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # test-lib.sh reads PLAN, and sets ctl, status and more
#
# The tool as such, and the commands on jobs: arguments, lines written, messages.
# What the kernel makes of it is for the tests in the VM.
#
# Usage: test-ctl.sh TEST-CTL

PLAN=105

# shellcheck source=/dev/null # test-lib.sh, which is checked by itself
. "$(dirname "$0")/test-lib.sh"

##### The tool as such
fresh
ctl --help
is "--help names each command" \
	out="Usage: *run *register *unregister *limit *suspend *resume *wait *list *show *node *events *"
ctl --version
is "--version tells the ABI too" out="memsusp-ctl [0-9]* (ABI 1)"
helped=0
for command in run register unregister limit suspend resume wait list show node events; do
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
	"suspend 4711" "resume 4711" "resume --all" "wait 4711" list "show 4711" node \
	"node limit=1G" events "events -f"; do
	# shellcheck disable=SC2086 # split, on purpose
	ctl $args
	case $args in
	run*) want=125 ;;
	*) want=1 ;;
	esac
	[[ $status = "$want" && -z $out && $err = "$missing" ]] || gone=1
done
result "$gone" "without the module each command says so"
fresh
echo 2 >sys/abi
ctl run -- touch ran
[ ! -e ran ] || err="it was run"
is "another ABI" status=125 \
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

# fails test-ctl.sh ERRNO MESSAGE FILE ARGS...: the kernel refuses pid 4711.
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
# FROM=LABEL, or nothing for no label
bad=0
for name in plain=plain a.B_c-9=a.B_c-9 "sample 1=sample_1" a+b@c=a_b_c run:7=run_7 "(2)=_2_" \
	-l=-l $'g\303\250ne=g_ne' $'\346\227\245\346\234\254=__' $'\350=_' $'a\tb\n=a_b_' a/b=a_b \
	1234567890123456789012345678901=1234567890123456789012345678901 \
	"123456789012345678901234567890 2=123456789012345678901234567890_" \
	12345678901234567890123456789012=1234567890123456789012345678901 = $'\250\251='; do
	ctl run -n "${name%=*}" -- true
	label=${name##*=}
	[[ $status$out$err = 0 && $log = "register <- "+([0-9])" max${label:+ name=$label}" ]] ||
		{ bad=1; echo "# $name: $status $err $log"; }
done
result "$bad" "run: a name that cannot be a label is made to fit"
ctl run -n "$(printf 'x%.0s' $(seq 100000))" -- true
is "run: however long it is" log="register <- * max name=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
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
is "run does not run what it could not register" status=125 \
	err="memsusp-ctl: run: pid *: not permitted; *"
rm faults
bad=0
for args in "" "-l" "-l 1.5G" "--soft x" "-p 101" "-x" "--hard" "-l 1G --"; do
	# shellcheck disable=SC2086 # split, on purpose
	ctl run $args
	[[ $status = 125 && -z $out && -z $log && $err = "memsusp-ctl: run: "* ]] ||
		{ bad=1; echo "# $args: $status $err"; }
done
result "$bad" "run: any wrong usage has the status of what was not run"
if [ -e /dev/full ]; then
	"$ctl" run --help >/dev/full 2>err
	status=$? out='' err=$(cat err) log=
	is "run --help on a full disk, too" status=125 \
		err="memsusp-ctl: run: cannot write the output: No space left on device"
else
	result 0 "run --help on a full disk, too # SKIP no /dev/full"
fi

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
echo 2147483647 >sys/jobs/2147483647/pid
echo "write jobs/2147483647/limit 3G ENOENT" >faults
ctl limit 2147483647 3G
is "limit of a job that ends meanwhile" status=1 log="jobs/2147483647/limit <- 3G" \
	err="memsusp-ctl: limit: pid 2147483647: no such process"
rm -r sys/jobs/2147483647
# As in a container: directories have numbers of the initial pid namespace.
mkdir sys/jobs/814
touch sys/jobs/814/limit
echo 4711 >sys/jobs/814/pid
echo 0 >sys/jobs/4711/pid
ctl limit 4711 3G
is "limit of a job whose directory has another number" log="jobs/814/limit <- 3G"
ctl limit 814 3G
is "limit of a number that is only a directory's" status=1 \
	err="memsusp-ctl: limit: pid 814: no*"
rm -r sys/jobs/814
echo 4711 >sys/jobs/4711/pid
echo "open jobs/4711/limit - EACCES" >faults
ctl limit 4711 3G
is "limit, no access" status=1 err="memsusp-ctl: limit: pid 4711: not permitted; *"
echo "write jobs/4711/limit 3G EPERM" >faults
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
fails "resume EDQUOT, a limit beyond 64 bits is not a small one" EDQUOT \
	"the node has no room for it now; *" resume resume 4711 -l 16777216T
echo "pid=4711 state=suspended limit=max charge=2040109465 anon=1073741824" >proc/jobs
fails "resume EDQUOT, no room on a node that is not known" EDQUOT \
	"the node has no room for it now; --force resumes it all the same" resume resume 4711
fresh_node
echo "pid=4711 state=suspended limit=max charge=2040109465 anon=1073741824" >proc/jobs
set_node limit=4294967296 running=3006477108 headroom=4294967296
fails "resume EDQUOT, no room under the node's limit" EDQUOT \
	"needs 1.9G, but 1.1G are free under node limit of 4G; --force resumes it all the same" \
	resume resume 4711
fails "resume EDQUOT, no room for it with a new limit" EDQUOT \
	"needs 1.9G, but * of 4G; 'memsusp-ctl limit 4711 3G' sets the limit, then --force resumes it" \
	resume resume 4711 -l 3G
set_node running=5368709120
fails "resume EDQUOT, running jobs are above the node's limit" EDQUOT \
	"needs 1.9G, but 0 are free under node limit *" resume resume 4711
set_node running=0
fails "resume EDQUOT, but there is room by now" EDQUOT \
	"the node has no room for it now; --force *" resume resume 4711
set_node floor=1073741824
printf '%s\n' "MemTotal: 1 kB" "MemAvailable: 1572864 kB" >host/meminfo
fails "resume EDQUOT, no room above the node's floor" EDQUOT \
	"needs 1.9G, but 512M are free above node floor of 1G; --force *" resume resume 4711
echo "SwapFree: 1024 kB" >>host/meminfo
fails "resume EDQUOT, what can be swapped out is room" EDQUOT \
	"needs 1.9G, but 513M are free above node floor of 1G; --force *" resume resume 4711
echo "SwapFree: 9999999 kB" >>host/meminfo
fails "resume EDQUOT, but it is no more than suspended jobs hold" EDQUOT \
	"needs 1.9G, but 1.5G are free above node floor of 1G; --force *" resume resume 4711
set_node floor=0 limit=max
fails "resume --force EPERM" EPERM "not permitted; $own resume *, not *force" \
	resume resume 4711 --force
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

finish
