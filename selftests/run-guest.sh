#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the test programs in the guest, all or those named, and frame their KTAP
# so that ktap-sum can tell what is missing.
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/../build/selftests
# As cross-built by check.
[ "$(uname -m)" != aarch64 ] || bin=$here/../build/arm64/selftests

# Those that load the module anew come last.
reloading="$bin/access $bin/hooks $bin/events_unload $bin/unload"
for t in "$bin"/storm_* "$bin/fuzz_files"; do
	reloading="$reloading $t"
done
# After this one a kernel may be in a bad mood.
reloading="$reloading $bin/fail"
[ $# -gt 0 ] || {
	for t in "$bin"/* "$here"/test-*.sh; do
		case " $reloading " in
		*" $t "*) continue ;;
		esac
		if [ -f "$t" ] && [ -x "$t" ]; then
			set -- "$@" "$t"
		fi
	done
	# shellcheck disable=SC2086 # two words
	set -- "$@" $reloading
}

# A kernel that looks for data races looks more often than while it booted.
kcsan=/sys/module/kcsan/parameters/skip_watch
[ ! -w "$kcsan" ] || echo 150 >"$kcsan"

failed=0
echo "# programs $#"
for t; do
	case $t in
	*/*) ;;
	*.sh) t=$here/$t ;;
	*) t=$bin/$t ;;
	esac
	name=${t##*/}
	echo "# program $name"
	"$t"
	status=$?
	echo "# program $name ended with $status"
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ] || failed=1
done
exit "$failed"
