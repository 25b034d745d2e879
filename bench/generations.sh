#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a sum of a job costs that forks over and over: remakes bench/generations.md in
# the virtual machine, on one processor that executes an instruction a nanosecond. Some
# twenty minutes.
#
#	bench/generations.sh [KERNEL]
set -euo pipefail
cd "$(dirname "$0")/.."

kernel=${1:-6.1}
mkdir -p build/bench
gcc -O2 -static -Wall -Wextra -Imodule -o build/bench/lineage bench/lineage.c module/lineage.c
gcc -O2 -static -Wall -Wextra -o build/bench/generations bench/generations.c

# shellcheck disable=SC2016 # the guest's shell is meant
selftests/vm/run -k "$kernel" -m 3000 --icount --timeout 3600 --out build/bench -- sh -c '
	for shape in chain bush; do
		build/bench/lineage $shape 10 100 1000 10000 40000 >/out/$shape.lineage
		build/bench/generations $shape 10 100 1000 4000 >/out/$shape.job
	done'

table() {
	awk '{ printf "|"; for (i = 1; i <= NF; i++) printf " %s |", $i; print "" }'
}

{
	cat <<-END
		# Sums of many generations, on Linux $kernel

		Made by \`bench/generations.sh\`, in instructions.

		## What is left to heirs

		So many address spaces that all live and hold something of each that they stem from: a
		chain, each forked from the one before, or a bush, all from one. To find what each has
		left to its heirs step by step, and as \`module/lineage.c\` does it.

		| spaces | chain, step by step | chain | bush, step by step | bush |
		|---|---|---|---|---|
	END
	join build/bench/chain.lineage build/bench/bush.lineage | table
	cat <<-'END'

		## A job in the kernel

		So many processes, all alive. To read the job's `charge`, for which all is summed up,
		as root; and to suspend it by hand, which sends SIGSTOP to each.

		| processes | chain, read | chain, suspend | bush, read | bush, suspend |
		|---|---|---|---|---|
	END
	join build/bench/chain.job build/bench/bush.job | table
} >build/bench/generations.md
mv build/bench/generations.md bench/generations.md
cat bench/generations.md
