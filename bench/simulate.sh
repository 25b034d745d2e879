#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Thousands of batches on simulated nodes that are governed by module/policy.c:
# remakes bench/simulation.md, always with the same figures. About two minutes
# on one core; no virtual machine.
#
#	bench/simulate.sh
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build/bench
gcc -std=gnu11 -O2 -ffp-contract=off -Wall -Wextra -Imodule -o build/bench/simulate \
	bench/simulate.c module/policy.c -lm

table() {
	cat <<-END

		| $2 | makespan p10 | median | p90 | turnaround | used | suspensions | soon again | wait | longest wait | of all | GB paged |
		|---|---|---|---|---|---|---|---|---|---|---|---|
	END
	build/bench/simulate "$1"
}

{
	cat <<-'END'
		# Simulated batches

		Made by `bench/simulate.sh` with the code that decides in the module, and
		always with the same figures. They compare ways to run a batch; they do not
		tell how long it takes on your node.

		## The model

		A node has 16 GB of RAM and `node/limit` is 85 % of it. A batch of 40 tasks goes
		through 8 slots, or one of 150 through 30, as with `xargs -P`, and there is a
		processor for each slot. A suspended task keeps its slot. A task works for 1 to
		60 minutes (Pareto, exponent 1: Harchol-Balter and Downey, "Exploiting process
		lifetime distributions for dynamic load balancing", 1997) and holds at most
		between a few MB and 12 GB (Pareto, exponent 1/2, the lower bound 64, 256, 1024
		or 4096 MB divided by the slots). A third grows all the time, a third takes its
		memory at 1 GB/s near the beginning and a third some time later; of each, one in three
		gives back three quarters of it some time, and half of these grow again. Priorities
		are drawn at random.

		Memory of suspended tasks stays in RAM until others need the room; then it goes
		to swap, longest suspended first, and must all come back before the task works again.
		Everybody who waits for swap has an equal part of its 200 MB/s. When running tasks
		together hold more than there is RAM, they all slow down: a task uses all it holds
		every 10 s, so that what does not fit goes out and in again that often,
		and the speed is 1 / (1 + 2 x excess / (10 s x 200 MB/s)). That has the form of
		Denning's duty factor ("Thrashing: its causes and prevention", 1968). It is mild:
		one sequential stream, swap without end, no OOM killer.

		The columns, over 1000 batches:

		- *makespan*: when the last task is done, divided by what the *clairvoyant* needs:
		  he knows all peaks and times beforehand and starts whatever fits, tried in three orders
		  (longest, largest, largest product first). As he reserves peaks, memsusp
		  can be faster. No schedule beats the *lower bound*: the longest task, all work
		  shared out evenly, or all memory over time shared out evenly;
		- *turnaround*: the mean time until a task is done, in the same way, median;
		- *used*: the part of the limit, over time, that did work, mean;
		- *suspensions* a task, and how many of them came *soon again*: within 10 s of its work
		  after it was resumed, mean;
		- *wait*: minutes that a task was suspended, mean; the *longest wait* in a batch,
		  median, and the longest *of all*;
		- *GB paged* in and out in a batch, mean.

		Without memsusp: *all at once* fills all slots and lets the node thrash, *slots for the
		largest* are as many as fit if each task took as much as the largest of the batch, *slots for the
		average* likewise. *Memory without end* shows what is lost by not knowing the times alone.

		## Tight batches

		The mean peak, times the slots, is above the limit.
	END
	table tight way
	cat <<-'END'

		## Loose batches

		It is below.
	END
	table loose way
	cat <<-'END'

		## Fast swap

		The tight batches with swap of 2000 MB/s.
	END
	table swap way
	cat <<-'END'

		## Headroom

		The tight batches with different `node/headroom`.
	END
	table headroom "policy, headroom"
	cat <<-'END'

		## Who is resumed first

		The tight batches, if somebody else than the longest suspended was resumed first.
	END
	table order "policy, first"
	cat <<-'END'

		## max_suspended_ms

		The tight batches, if nobody passes those that have waited so long; 0 is off.
	END
	table overdue "policy, max_suspended"
} >build/bench/simulation.md
mv build/bench/simulation.md bench/simulation.md
cat bench/simulation.md
