#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A batch that does not fit, eight tasks at a time, in a virtual machine with a
# slow disk to swap to: with memsusp and one number set, and as it is. Says what
# it was like, and draws build/demo/timeline.svg. Five to ten minutes; the batch
# is the same each time, the times are not.
#
#	bench/batch.sh [KERNEL [SECONDS]]
#
# Without memsusp it is given twice the time that it took with memsusp, or so
# many SECONDS.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=bench/batch/lib.sh
. bench/batch/lib.sh

# For way().
# shellcheck disable=SC2034
kernel=${1:-6.1}
out=build/demo

env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C userspace
echo "A batch of 24 tasks, of which nobody knows how much memory they want:"
bench/batch/prepare "$out/work"
sort -k 2n "$out/work/sizes" | awk '$2 != "?" { sum += $2; all = all " " $2 }
	END { printf "18 are made up, and want%s MiB, %d in all;\nsix are sort, python3, sqlite3 and xz.\n", all, sum }'

echo
echo "Eight at a time (xargs -P 8) in 512 MiB, with \"node/limit\" at 85 % of that ..."
way memsusp memsusp 900
took=$(value memsusp seconds)
most=${2:-$((took * 2 + 10))}
echo "... $took s. Now without memsusp, for $most s at most ..."
way plain plain "$most"

awk '
	FILENAME != file { way++; file = FILENAME }
	{ v[way, $1] = $2 }
	function row(what, key, unit) {
		printf "%-38s %12s %12s\n", what, v[1, key] unit, v[2, key] unit
	}
	END {
		v[1, "lost"] = v[1, "killed"] + v[1, "failed"]
		v[2, "lost"] = v[2, "killed"] + v[2, "failed"]
		v[1, "pages_while_running"] = v[1, "pages_in"]
		printf "\n%-38s %12s %12s\n", "", "without", "with memsusp"
		row("tasks that ended with the right result", "good", "")
		row("killed or failed", "lost", "")
		row("seconds", "seconds", "")
		row("pages swapped in", "pages_in", "")
		row("  but for bringing back what had slept", "pages_while_running", "")
		row("pages swapped out", "pages_out", "")
		row("most swap in use, KiB", "most_swap_kib", "")
		part = v[2, "seconds"] / v[1, "seconds"]
		in_ = v[1, "pages_in"] ? 100 * v[2, "pages_while_running"] / v[1, "pages_in"] : 0
		if (v[1, "unfinished"] || v[1, "good"] < 24)
			printf "\nWithout memsusp it was not finished after %d s.\n", v[1, "seconds"]
		printf "\nWith memsusp: %.2f of the time; swapped in while running, %.1f %% of the pages.\n", part, in_
	}
' "$out/plain/figures" "$out/memsusp/figures" | tee "$out/table"

echo
echo "Who slept:"
awk '
	{
		for (i = 1; i <= NF; i++) {
			split($i, part, "=")
			value[part[1]] = part[2]
		}
		name = value["name"]
		now = value["time_ns"] / 1e9
	}
	value["event"] == "suspend" { since[name] = now; times[name]++ }
	value["event"] == "resume" && name in since { slept[name] += now - since[name] }
	END {
		for (name in times)
			printf "  %-12s %2d times, %6.1f s in all\n", name, times[name], slept[name]
	}
' "$out/memsusp/events" | sort

bench/batch/timeline "$out/memsusp" "$out/timeline.svg" \
	"24 tasks, 8 at a time, in 512 MiB, under memsusp"
echo
echo "$out/timeline.svg shows it."
if ! grep -qx 'good 24' "$out/memsusp/figures" || grep -qE '^(killed|failed|oom_kills) [1-9]' "$out/memsusp/figures"; then
	echo "batch: FAILED: not every task has its result" >&2
	exit 1
fi
