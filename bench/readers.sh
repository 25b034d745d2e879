#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# How long suspensions take while others read: a table of each KERNEL for
# bench/readers.md. Some minutes each. With MODULES=DIR, DIR/KERNEL.ko is loaded instead
# of what is built here, to compare.
#
#	bench/readers.sh [KERNEL ...]
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- 6.1 6.12-rt
mkdir -p build/bench
gcc -O2 -static -Wall -Wextra -o build/bench/readers bench/readers.c
for kernel; do
	module=${MODULES:+$MODULES/$kernel.ko}
	cat <<-END
		## Linux $kernel

		| who reads | suspensions | median, us | worst, us | readings |
		|---|---|---|---|---|
	END
	selftests/vm/run -k "$kernel" -m 1024 --timeout 1200 --module "${module:-build}" -- \
		build/bench/readers |
		awk '{ printf "|"; for (i = 1; i <= NF; i++) printf " %s |", $i; print "" }'
	echo
done
