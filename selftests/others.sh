#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Somebody else's tests, with each of their processes a member of a job: they must
# end as they do without memsusp, and the kernel must have nothing to say. stress-ng
# and the kernel's own tests of memory, of the source that Debian's kernel is from,
# as far as they can be built here. Each is run in two virtual machines, one without
# the module. KTAP on stdout.
set -uo pipefail
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/vm/lib.sh"

kernel=${1:-$(kernel_names | sed -n 1p)}
here=$top/selftests
out=$top/build/others
timeout=${TIMEOUT:-1800}
package=linux-source-6.1

# Those that need nothing but the C library, no special hardware, and not all of
# the guest's memory.
names="madv_populate map_fixed_noreplace map_populate mlock2-tests
	mremap_dontunmap mremap_test mrelease_test on-fault-limit soft-dirty
	split_huge_page_test thuge-gen khugepaged"

# The kernel's tests, once; what does not build is not run.
build_kernel_tests() {
	local deb name src=$out/src

	[ ! -e "$out/kernel/done" ] || return 0
	mkdir -p "$out/kernel" "$src"
	deb=$(apt_open bookworm amd64 && suite=bookworm download "$out" "$package") || return
	dpkg --fsys-tarfile "$deb" | tar -xO --wildcards './usr/src/*.tar.xz' |
		tar -xJ -C "$src" --strip-components=1 --wildcards \
			'*/tools/testing/selftests/vm' '*/tools/testing/selftests/kselftest*.h' \
			'*/tools/testing/selftests/clone3' || return
	rm -f "$deb"
	for name in $names; do
		# shellcheck disable=SC2046 # several words
		(cd "$src/tools/testing/selftests/vm" &&
			gcc -O2 -w -D_GNU_SOURCE -static -pthread -I.. \
				-o "$out/kernel/$name" "$name.c" \
				$([ ! -e vm_util.c ] || [ "$name" = vm_util ] || grep -l vm_util.h "$name.c" |
					sed 's/.*/vm_util.c/') -lrt) \
			>"$out/$name.log" 2>&1 || echo "# $name does not build"
	done
	rm -rf "$src"
	touch "$out/kernel/done"
}

# guest NAME OPTION ...: run them all, "status TEST N" a line.
guest() {
	local name=$1

	shift
	"$here/vm/run" -k "$kernel" --timeout "$timeout" -m 1024 --swap 256 \
		--log "$out/$name.kernel" "$@" -- "$here/others-guest.sh" "$out/kernel" \
		>"$out/$name.log" 2>&1
}

mkdir -p "$out"
echo '*' >"$top/build/.gitignore"
build_kernel_tests || die "no tests of the kernel"

echo "TAP version 13"
guest without --no-module || die "does not even run without the module, see $out/without.log"
guest with
status=$?
grep '^status ' "$out/without.log" >"$out/expected"
echo "1..$(($(wc -l <"$out/expected") + 1))"
n=0
failed=0
# result TEXT COMMAND ...: ok if it is true.
result() {
	local text=$1 ok=ok

	shift
	"$@" || { ok="not ok" && failed=1; }
	echo "$ok $((++n)) $text"
}
while read -r _ name expected; do
	result "$name ends with $expected" \
		grep -qxF "status $name $expected" "$out/with.log"
done <"$out/expected"
result "the kernel has nothing to say, and all were members" [ "$status" -eq 0 ]
exit "$failed"
