#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest, for others.sh: run stress-ng and the programs in DIR, and say how
# each has ended. If the module is there, as one job with all that it starts.
dir=$1
sysfs=/sys/kernel/memsusp

if [ -d "$sysfs" ]; then
	echo 900G >"$sysfs/node/limit" || exit
	echo "$$ max name=others" >"$sysfs/register" || exit
fi

# try NAME COMMAND ...
try() {
	name=$1
	shift
	echo "# $name"
	timeout -k 5 60 "$@" >/tmp/others.log 2>&1
	status=$?
	sed 's/^/#   /' /tmp/others.log | tail -n 5
	echo "status $name $status"
}

for stressor in vm mmap fork pthread brk madvise remap mremap clone vfork; do
	case $stressor in
	vm | mmap | mremap) set -- --"$stressor-bytes" 32M ;;
	*) set -- ;;
	esac
	try "stress-ng-$stressor" stress-ng --"$stressor" 2 "$@" --verify --timeout 5 \
		--oom-avoid --temp-path /tmp
done
for program in "$dir"/*; do
	name=${program##*/}
	[ "$name" = "done" ] || (cd "$dir" && try "$name" "$program")
done

# It has been a job from the beginning to the end, was never stopped, and ends now.
[ ! -d "$sysfs" ] || {
	grep "name=others" /proc/memsusp/jobs
	grep -q " suspends=0 " /proc/memsusp/jobs &&
		grep -q "^forks_missed 0$" /proc/memsusp/stat &&
		grep -q "^touches_unseen 0$" /proc/memsusp/stat
}
