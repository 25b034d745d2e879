#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The batch of the demo (bench/batch.sh) under memsusp and under other means against
# thrashing, each in a virtual machine of its own: makes bench/compare.md and
# docs/compare.svg. Half an hour.
#
#	bench/compare.sh [KERNEL [WAY ...]]
#
# With WAYs, only those are run again. THRASH_PROTECT=FILE: thrash_protect.py of
# https://github.com/tobixen/thrash-protect, which Debian does not have; without
# it that one is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=bench/batch/lib.sh
. bench/batch/lib.sh

# For way().
# shellcheck disable=SC2034
kernel=${1:-6.1}
shift || :
wanted=" $* "
out=build/compare
# Who is not done by then, will not be.
most=600

# Daemons that kill must not be installed where somebody works: only unpacked.
packages=$out/packages
if [ ! -e "$packages/done" ]; then
	mkdir -p "$packages"
	(cd "$packages" && apt-get -qq -o APT::Sandbox::User=root download earlyoom nohang parallel >&2)
	for deb in "$packages"/*.deb; do
		dpkg-deb -x "$deb" "$packages"
	done
	touch "$packages/done"
fi
packages=$(realpath "$packages")

env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C userspace
[ -e "$out/work/sizes" ] || bench/batch/prepare "$out/work"
largest=$(awk '$2 + 0 > most { most = $2 } END { print most + 0 }' "$out/work/sizes")

: >"$out/rows"
# one NAME METHOD WORD DESCRIPTION
one() {
	if [ "$wanted" = "  " ] || [[ $wanted == *" $1 "* ]] || [ ! -e "$out/$1/figures" ]; then
		echo "$1 ..." >&2
		way "$1" "$2" "$most" "$3"
	fi
	printf '%s\t%s\n' "$1" "$4" >>"$out/rows"
}

one memsusp memsusp "" "memsusp, \`node/limit\` at 85 % of the RAM"
one nothing plain "" "nothing: eight at a time"
one slots slots $((400 / largest)) \
	"so many at a time as fit if each were as large as the largest, $largest MiB"
one memory.high high "" "cgroup v2, \`memory.high\` at 85 %"
one freezer freezer "" "cgroups, looked at each second, the largest frozen (bench/batch/freezer)"
one memsuspend memsuspend "$packages/usr/bin/parallel" "GNU parallel \`--memsuspend\`, 15 % of the RAM"
one memfree memfree "$packages/usr/bin/parallel" "GNU parallel \`--memfree\`, 15 % of the RAM, as many retries as it takes"
one earlyoom daemon "$packages/usr/bin/earlyoom -m 15 -s 100 -r 0" \
	"earlyoom, at 15 % left, whatever there is of swap"
one nohang daemon "/usr/bin/python3 $packages/usr/sbin/nohang -c $packages/etc/nohang/nohang.conf -m" \
	"nohang, its own defaults"
if [ -n "${THRASH_PROTECT:-}" ]; then
	cp "$THRASH_PROTECT" "$out/thrash_protect.py"
	one thrash-protect daemon "/usr/bin/python3 $PWD/$out/thrash_protect.py" \
		"thrash-protect, its own defaults"
fi

while IFS=$'\t' read -r name text; do
	awk -v name="$name" -v text="$text" -v OFS='\t' '
		{ v[$1] = $2 }
		END {
			print name, v["good"], v["killed"] + v["failed"] + v["unfinished"],
			      v["seconds"], v["unfinished"], v["pages_in"], v["pages_out"],
			      v["pages_while_running"], text
		}
	' "$out/$name/figures"
done <"$out/rows" >"$out/results"

awk -F '\t' -v most="$most" '
	BEGIN {
		print "# The same batch under other means"
		print ""
		print "Made by `bench/compare.sh`. 24 tasks of unknown size, 18 of them made up and six real,"
		print "eight at a time, in a virtual machine with 512 MiB, two processors under emulation and"
		print "2 GiB of swap on a disk that takes 2000 requests a second. *Right*: tasks whose"
		print "result is there and right in the end. *Lost*: times that a task was killed, failed, or was"
		printf "not done after %d s. Times on an emulated machine are rough: take them as ratios.\n", most
		print ""
		print "![The same batch](../docs/compare.svg)"
		print ""
		print "| | right | lost | seconds | of them, parts of memsusp'"'"'s | MiB swapped in | out |"
		print "|---|---|---|---|---|---|---|"
	}
	NR == 1 { base = $4 }
	{
		printf "| %s | %d | %d | %s%.0f | %.2f | %.0f | %.0f |\n", $9, $2, $3, $5 ? "over " : "",
			$4, $4 / base, $6 / 256, $7 / 256
	}
' "$out/results" >"$out/table"
{
	cat "$out/table"
	cat <<-'END'

		Not here: systemd-oomd, which needs systemd as the first process, and kills; the
		suspend thresholds of LSF, Grid Engine and HTCondor, which are looked at in
		intervals of 30 s to minutes, longer than most of these tasks run.
	END
} >bench/compare.md

gnuplot <<-END
	set terminal svg size 900,$((110 + 44 * $(wc -l <"$out/results"))) background "white" font "DejaVu Sans,Helvetica,Arial,sans-serif,13"
	set output "docs/compare.svg"
	set datafile separator "\t"
	set title "24 tasks, 8 at a time, that do not fit: seconds until all have ended" font ",16"
	rows = $(wc -l <"$out/results")
	set yrange [rows - 0.4:-0.6]
	set xrange [0:*<$((most * 3 / 2))]
	set offsets graph 0, graph 0.35, 0, 0
	set border 3 lc "#888888"
	set tics nomirror scale 0.4 textcolor "black"
	set grid xtics lc "#dddddd" lt 1
	set style fill solid 1 noborder
	set lmargin 18
	unset key
	plot "$out/results" using 4:0:(0):4:(\$0 - 0.3):(\$0 + 0.3):(\$2 == 24 ? 0x3b75af : 0xc0392b):ytic(1) \
			with boxxyerror lc rgb variable, \
		"" using 4:0:(sprintf("  %d of 24 right%s", \$2, \$5 > 0 ? ", the others not done" : \
				\$3 > 0 ? sprintf(", %d killed", \$3) : "")) with labels left
END
cat "$out/table"
