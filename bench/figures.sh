#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Many jobs, two threads, work close to the limit: remakes bench/figures.md in
# the virtual machine. About five minutes. Times of an emulated machine mean
# little by themselves; compare the lines of a table.
#
#	bench/figures.sh [KERNEL]
set -euo pipefail
cd "$(dirname "$0")/.."

run=selftests/vm/run
kernel=${1:-6.1}
mkdir -p build/bench
for p in jobs decide threads brake; do
	gcc -O2 -static -pthread -Wall -Wextra -o "build/bench/$p" "bench/$p.c"
done

table() {
	awk '{ printf "|"; for (i = 1; i <= NF; i++) printf " %s |", $i; print "" }'
}

{
	cat <<-END
		# Figures on Linux $kernel

		Made by \`bench/figures.sh\`.

		## Many jobs

		One job touches memory while so many others are registered. Memory is what
		the system has less of, directory in sysfs and all.

		| other jobs | ns a first touch | us to register | us to unregister | bytes a job |
		|---|---|---|---|---|
	END
	"$run" -k "$kernel" -m 3000 --timeout 900 -- build/bench/jobs 1 100 1000 10000 | table
	cat <<-'END'

		## Decisions about the node

		So many jobs are registered and 200 of them run, the others wait for the node.
		From the touch that was one page too many to SIGSTOP, by the module's clock, on one
		processor that executes an instruction a nanosecond: a million of them is a
		millisecond.

		| jobs | running | decisions | median, us | worst, us |
		|---|---|---|---|---|
	END
	"$run" -k "$kernel" -m 3000 --icount --timeout 1800 -- build/bench/decide 200 300 1000 10000 | table
	cat <<-'END'

		## Two threads

		Two threads of a process touch memory at the same time. Speed when registered
		divided by speed when not, each the best of 20 runs; median of 41 blocks (not,
		registered, registered, not):

	END
	"$run" -k "$kernel" -- build/bench/threads
	cat <<-'END'

		## Close to the limit

		A program gives a page back and touches it again, 4096 times, with so much
		room below its limit. Freed memory is not seen when it is freed; so each time
		as much has been touched as there is room, the program is held until the
		governor has found that it is below its limit. Instructions, for each time.

		| room, pages | touches | times held | instructions each |
		|---|---|---|---|
	END
	"$run" -k "$kernel" --icount -- build/bench/brake | table
} >build/bench/figures.md
mv build/bench/figures.md bench/figures.md
cat bench/figures.md
