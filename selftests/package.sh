#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The package, as a node gets it, but in trees of our own: DKMS builds the module
# from its source for the default kernel of the virtual machine and installs it;
# the machine does what its service does, with its tool; and DKMS removes it. In
# the guest itself the compiler would take minutes.
cd "$(dirname "$0")/.." || exit
mkdir -p build
work=$(mktemp -d build/package.XXXXXX) || exit
work=$(realpath "$work")
trap 'rm -rf "$work"' EXIT

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
kernel=$(selftests/vm/fetch --print 6.1) || exit
release=$(cat "$kernel/release")

echo "TAP version 13"
echo "1..6"
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
built() {
	make deb && deb=$(ls build/deb/memsusp_*.deb) && dpkg-deb -x "$deb" "$work/root"
}

# shellcheck disable=SC2317
of_one_version() {
	[ "$(dpkg-deb -f "$deb" Version)" = "$version" ] &&
		[ -d "$work/root/usr/src/memsusp-$version" ]
}

# shellcheck disable=SC2317
dkms_here() {
	dkms "$@" --dkmstree "$work/dkms" --sourcetree "$work/root/usr/src" \
		--installtree "$work/lib" -k "$release" \
		--no-depmod --kernelsourcedir "$(readlink -f "$kernel/headers")"
}

# shellcheck disable=SC2317
installed() {
	module=$(find "$work/lib" -name 'memsusp.ko*')
	[ "$(modinfo -F version "$module")" = "$version" ]
}

# The unit's lines of a kind, in order, as systemd would run them.
# shellcheck disable=SC2317
lines() {
	sed -n "s|^$1=||p" "$work/root/lib/systemd/system/memsusp.service"
}

# shellcheck disable=SC2317
served() {
	cat >"$work/guest" <<-END
		set -ex
		cp $work/root/usr/bin/memsusp-ctl /usr/bin/
		mkdir -p /lib/modules/$release/updates/dkms
		cp $module /lib/modules/$release/updates/dkms/
		depmod
		. $work/root/etc/default/memsusp
		[ -z "\$NODE" ]
		$(lines ExecStart)
		grep -qx max /sys/kernel/memsusp/node/limit
		NODE='limit=100M policy=newest'
		$(lines ExecStart)
		grep -qx 104857600 /sys/kernel/memsusp/node/limit
		memsusp-ctl run -n packed -- sh -c 'memsusp-ctl list' | grep -w packed
		$(lines ExecStop)
		[ ! -e /sys/kernel/memsusp ]
	END
	selftests/vm/run --no-module -- bash "$work/guest"
}

# shellcheck disable=SC2317
gone() {
	dkms_here remove "memsusp/$version" && [ -z "$(find "$work/lib" -name 'memsusp.ko*')" ]
}

mkdir -p "$work/dkms" "$work/lib/$release"
expect the_package_is_built built
expect package_and_module_are_of_one_version of_one_version
expect dkms_builds_and_installs_its_module dkms_here install "memsusp/$version"
expect the_installed_module_has_our_version installed
expect its_service_loads_it_sets_the_node_and_unloads_it served
expect dkms_removes_it gone
exit $failed
