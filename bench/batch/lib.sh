# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# For what runs batches: the virtual machine that they run in, and what came of it.
# $kernel and $out are the caller's.

# way NAME METHOD SECONDS [WORD]: leaves its results in $out/NAME. $out/work is the
# batch; the rest as in "run".
way() {
	rm -rf "${out:?}/$1"
	mkdir -p "$out/$1"
	selftests/vm/run -k "$kernel" -m 512 --swap 2048 --iops 2000 \
		--timeout $(($3 + 120)) --out "$out/$1" -- \
		bench/batch/run "$2" "$3" "$out/work" /out "${4:-}" >"$out/$1.log" 2>&1 </dev/null || {
		cat "$out/$1.log" >&2
		return 1
	}
}

# value NAME KEY: a whole number
value() {
	awk -v key="$2" '$1 == key { printf "%.0f", $2 }' "$out/$1/figures"
}
