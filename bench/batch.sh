#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A batch that does not fit, eight tasks at a time, in a virtual machine with a
# slow disk to swap to: as it is, and with memsusp and one number set. Says what
# it was like, and draws build/batch/timeline.svg. Five to fifteen minutes; the
# batch is the same each time, the times are not.
#
#	bench/batch.sh [KERNEL]
set -euo pipefail
cd "$(dirname "$0")/.."

kernel=${1:-6.1}
most=900	# seconds; a guard
out=build/batch

make -s -C userspace
echo "A batch of 24 tasks, of which nobody knows how much memory they want."
bench/batch/prepare "$out/work"
sort -k 2n "$out/work/sizes" | awk '$2 != "?" { sum += $2; all = all " " $2 }
	END { printf "18 are made up, and want (MiB)%s: %d in all;\nsix are sort, python3, sqlite3 and xz.\n", all, sum }'

# way METHOD: leaves its results in $out/METHOD.
way() {
	rm -rf "${out:?}/$1"
	mkdir -p "$out/$1"
	selftests/vm/run -k "$kernel" -m 512 --swap 2048 --iops 2000 \
		--timeout $((most + 100)) --out "$out/$1" -- \
		bench/batch/run "$1" "$most" "$out/work" /out >"$out/$1/run.log" 2>&1 </dev/null || {
		cat "$out/$1/run.log" >&2
		exit 1
	}
}

echo
echo "Eight at a time (xargs -P 8) in 512 MiB, without memsusp ..."
way plain
echo "The same with \"node/limit\" at 85 % of the memory, and \"memsusp-ctl run\" ..."
way memsusp
bench/batch/timeline "$out/memsusp" "$out/timeline.svg" \
	"24 tasks, 8 at a time, in 512 MiB, under memsusp"

awk '
	FILENAME != file { way++; file = FILENAME }
	{ v[way, $1] = $2 }
	function row(what, key, unit) {
		printf "%-34s %12s %12s\n", what, v[1, key] unit, v[2, key] unit
	}
	END {
		printf "\n%-34s %12s %12s\n", "", "without", "with memsusp"
		row("tasks with the right result", "good", "")
		row("killed or failed", "lost", "")
		row("seconds until the last has ended", "seconds", "")
		row("pages swapped in", "pages_in", "")
		row("pages swapped out", "pages_out", "")
		row("most swap in use, KiB", "most_swap_kib", "")
		printf "\nWith memsusp it took %.2f of the time, and %.2f of the pages were swapped in.\n",
			v[2, "seconds"] / v[1, "seconds"], v[2, "pages_in"] / v[1, "pages_in"]
	}
' <(awk '{ print } $1 == "killed" || $1 == "failed" { n += $2 } END { print "lost", n + 0 }' "$out/plain/figures") \
	<(awk '{ print } $1 == "killed" || $1 == "failed" { n += $2 } END { print "lost", n + 0 }' "$out/memsusp/figures") |
	tee "$out/table"

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
echo
echo "The picture is $out/timeline.svg."
grep -qx 'good 24' "$out/memsusp/figures" || {
	echo "batch: FAILED: not every task has its result" >&2
	exit 1
}
