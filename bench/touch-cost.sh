#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a first touch of a 4 KiB page costs, in instructions, on each kernel:
# remakes bench/touch-cost.md. Runs in a virtual machine that counts
# instructions, so that the figures are the same on every machine; about half a
# minute a kernel.
#
#	bench/touch-cost.sh [KERNEL ...]
set -euo pipefail
cd "$(dirname "$0")/.."

run=selftests/vm/run
kernels=("$@")
[ $# -gt 0 ] || kernels=(5.10 6.1 6.12 7.2 6.1-rt 6.12-rt)
mkdir -p build/bench
gcc -O2 -static -Wall -Wextra -o build/bench/touch bench/touch.c

# One line "WAY WHO NANOSECONDS" a measurement.
measure() {
	local kernel=$1 module

	module=$(selftests/vm/build "$kernel")
	# shellcheck disable=SC2016 # expanded in the guest
	"$run" -k "$kernel" --icount --no-module -- sh -c '
		build/bench/touch none >/dev/null # settles caches and LRU lists
		# The least of three runs.
		say() {
			for i in 1 2 3; do build/bench/touch "$2"; done |
				sort -n | sed "s/^/$1 $2 /;q"
		}
		say without none
		insmod "$1"
		say loaded none
		say "$(sed -n "s/^attach //p" /proc/memsusp/stat)" other
		say "$(sed -n "s/^attach //p" /proc/memsusp/stat)" self
		rmmod memsusp
		insmod "$1" attach=kprobe
		say kprobe other
		say kprobe self' sh "$module"
}

row() {
	awk -v kernel="$1" '
		$1 == "without" { base = $3 }
		{ cost[$1 " " $2] = sprintf("%+.0f", $3 - base) }
		END {
			fast = ("ftrace self" in cost)
			printf "| %s | %.0f | %s | %s | %s | %s | %s |\n", kernel, base,
			       cost["loaded none"],
			       fast ? cost["ftrace other"] : "-", fast ? cost["ftrace self"] : "-",
			       cost["kprobe other"], cost["kprobe self"]
		}'
}

{
	cat <<-'END'
		# What a first touch costs

		Instructions for the first touch of a 4 KiB page, page fault and all, and
		what memsusp adds to it. Made by `bench/touch-cost.sh`. Where there is no
		figure the kernel has no place for the fast way. The last digit moves with
		timer ticks.

		| kernel | without memsusp | loaded, no job | ftrace: another job | ftrace: this job | kprobe: another job | kprobe: this job |
		|---|---|---|---|---|---|---|
	END
	for kernel in "${kernels[@]}"; do
		measure "$kernel" | row "$kernel"
	done
} >build/bench/touch-cost.md
mv build/bench/touch-cost.md bench/touch-cost.md
cat bench/touch-cost.md
