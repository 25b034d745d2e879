#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dkms.conf, for real but in trees of our own: DKMS builds the module for the
# default kernel of the virtual machine and installs it, the machine loads it,
# and DKMS removes it. In the guest itself the compiler would take minutes.
cd "$(dirname "$0")/.." || exit
work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
kernel=$(selftests/vm/fetch --print 6.1) || exit
release=$(cat "$kernel/release")

echo "TAP version 13"
echo "1..4"
n=0
failed=0
# expect NAME COMMAND ...
expect() {
	local name=$1

	shift
	n=$((n + 1))
	if "$@" >"$work/log" 2>&1 </dev/null; then
		echo "ok $n $name"
	else
		sed 's/^/# /' "$work/log"
		echo "not ok $n $name"
		failed=1
	fi
}

# Called through expect:
# shellcheck disable=SC2317
dkms_here() {
	dkms "$@" --dkmstree "$work/dkms" --sourcetree "$work/src" \
		--installtree "$work/lib" -k "$release" \
		--no-depmod --kernelsourcedir "$(readlink -f "$kernel/headers")"
}

# shellcheck disable=SC2317
installed() {
	module=$(find "$work/lib" -name 'memsusp.ko*')
	[ "$(modinfo -F version "$module")" = "$version" ]
}

# shellcheck disable=SC2317
gone() {
	dkms_here remove "memsusp/$version" && [ -z "$(find "$work/lib" -name 'memsusp.ko*')" ]
}

mkdir -p "$work/dkms" "$work/src/memsusp-$version" "$work/lib/$release"
cp -r Kbuild dkms.conf module uapi "$work/src/memsusp-$version"

expect dkms_builds_and_installs_it dkms_here install "memsusp/$version"
expect the_installed_module_has_our_version installed
expect the_installed_module_loads selftests/vm/run --module "$module" -- \
	grep -x 1 /sys/kernel/memsusp/abi
expect dkms_removes_it gone
exit $failed
