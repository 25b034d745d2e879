#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The demonstration itself, in the virtual machine (see demo.sh): a batch of
# real programs, one of which wants more memory than it may have.
#
# Nothing here depends on how fast the machine is: it waits for what is to
# happen, and gives up when all together has taken too long.
set -uo pipefail
shopt -s nullglob

max_seconds=540			# of all together; demo.sh gives a little more
jobs_file=/proc/memsusp/jobs

names=(python3 sort xz gcc sqlite3)
big=python3			# the one that wants too much ...
others=("${names[@]:1}")
more=128M			# ... until it is given this

# Limits are far from what is needed: python3 wants twice as much as it gets,
# the others less than half.
declare -A limit=([python3]=12M [sort]=64M [xz]=128M [gcc]=128M [sqlite3]=64M)
declare -A command=(
	[python3]='python3 ../index.py ../access.log >index.txt'
	[sort]='sort -V -S 48M -o sorted.txt ../access.log'
	[xz]='xz -5 -T1 -c ../access.log >access.log.xz'
	[gcc]='gcc -O2 -c ../code.c'
	[sqlite3]='sqlite3 :memory: <../report.sql >report.txt'
)
declare -A result=([python3]=index.txt [sort]=sorted.txt [xz]=access.log.xz
	[gcc]=code.o [sqlite3]=report.txt)

heading() { printf '\n== %s\n\n' "$*"; }

# fail WHAT [FOUND]: this was expected and is not so.
fail() {
	printf '\nEXPECTED, BUT NOT SO: %s\n' "$1"
	[ $# -eq 1 ] || printf 'FOUND: %s\n' "$2"
	if any_job; then
		echo "JOBS AT THIS MOMENT:"
		cat "$jobs_file"
	fi
	exit 1
}

# A file in /proc has no size that could be asked for.
any_job() { read -r _ <"$jobs_file"; } 2>/dev/null

# ok WHAT: what is told is so. expect WHAT CONDITION...: it must be.
ok() { printf '  ok  %s\n' "$1"; }
expect() {
	local what=$1

	shift
	"$@" || fail "$what"
	ok "$what"
}

# show COMMAND...: as if it were typed.
show() {
	printf '# %s\n' "$*"
	"$@"
}

# A pipe that nobody writes to is a clock that needs no process.
exec {never}<> <(:)
nap() {
	[ "$SECONDS" -lt "$max_seconds" ] ||
		fail "$1" "given up after $SECONDS s"
	read -rt 0.1 -u "$never"
}

megabytes() { printf '%d.%dM' $(($1 >> 20)) $((($1 & 0xfffff) * 10 >> 20)); }
seconds() { printf '%d.%02d s' $(($1 / 1000)) $(($1 % 1000 / 10)); }
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# What is to be processed: made up, but always the same.
make_input() {
	awk -v lines=60000 -v seed=20231 '
		function rnd(n) { seed = seed * 16807 % 2147483647; return seed % n }
		BEGIN {
			split("GET GET GET GET POST HEAD", method, " ")
			for (i = 1; i <= lines; i++)
				printf "192.0.%d.%d %d %s /%x/%x.html %d %d\n",
					rnd(4), rnd(256), 1700000000 + 3 * i + rnd(3),
					method[1 + rnd(6)], rnd(4096), rnd(65536),
					rnd(20) ? 200 : 404, 200 + rnd(40000)
		}' >access.log
	awk -v functions=7 -v seed=777 '
		function rnd(n) { seed = seed * 16807 % 2147483647; return seed % n }
		BEGIN {
			print "#include <stdint.h>\nstatic uint32_t table[4096];"
			for (i = 0; i < functions; i++) {
				printf "uint32_t hash%d(const uint8_t *p, uint32_t n)\n{\n", i
				printf "\tuint32_t h = %d, i, j;\n", rnd(1000000007)
				print "\tfor (i = 0; i < n; i++) {"
				for (k = 0; k < 8; k++) {
					printf "\t\th = (h << %d) ^ (p[(i + %d) %% n] * %du +\n",
						1 + rnd(15), rnd(99), rnd(65536)
					printf "\t\t\ttable[(h + %d) & 4095]);\n", rnd(4096)
					printf "\t\tif (h & %d)\n", rnd(1024)
					printf "\t\t\tfor (j = 0; j < %d; j++)\n", 2 + rnd(30)
					printf "\t\t\t\ttable[(h + j) & 4095] += h * %d + p[j];\n",
						rnd(999)
				}
				printf "\t}\n\treturn h%s;\n}\n",
					i ? " + hash" i - 1 "(p, n / 2)" : ""
			}
		}' >code.c
	cat >index.py <<-'EOT'
		import sys

		index = {}
		for line in open(sys.argv[1]):
		    client, time, method, path, status, size = line.split()
		    index.setdefault(path, []).append((client, int(time), int(size)))
		for path in sorted(index):
		    hits = index[path]
		    print(path, len(hits), sum(hit[2] for hit in hits), hits[0])
	EOT
	cat >report.sql <<-'EOT'
		.separator ' '
		create table log(client, time integer, method, path, status, size integer);
		.import ../access.log log
		create index by_path on log(path, time);
		create index by_client on log(client, size);
		select client, count(*), sum(size) from log group by client order by 3;
		select path, count(*) from log where status = 404 group by path order by 1;
		select time, path from log order by size, path, time limit 1000;
	EOT
}

# begin NAME PREFIX: start it in the background; pid[NAME] is its process.
declare -A pid started status took
running=()
begin() {
	local line="$2 ${command[$1]}"

	printf '# %s &\n' "${line# }"
	started[$1]=$(now_ms)
	eval "$line &"
	pid[$1]=$!
	running+=("$1")
}

# Those of "running" that are gone: how it was and how long it took.
collect() {
	local name still=()

	for name in "${running[@]}"; do
		if [ -e "/proc/${pid[$name]}" ]; then
			still+=("$name")
			continue
		fi
		wait "${pid[$name]}"
		status[$name]=$?
		took[$name]=$(($(now_ms) - ${started[$name]}))
	done
	running=("${still[@]}")
}

is_running() { [[ " ${running[*]} " = *" $1 "* ]]; }

# The table of jobs as job[NAME.FIELD]. Of a job that is gone, the last that
# was seen of it stays.
declare -A job
read_jobs() {
	local line field name

	while read -r line; do
		name=${line#* name=}
		name=${name%% *}
		for field in $line; do
			job[$name.${field%%=*}]=${field#*=}
		done
	done <"$jobs_file"
}

# look WHAT_FOR: once around. Nobody but the big one may be suspended.
look() {
	local name

	nap "$1"
	read_jobs
	collect
	for name in "${others[@]}"; do
		[ "${job[$name.suspends]:-0}" -eq 0 ] ||
			fail "$name has all that it needs" "it was suspended"
	done
}

expect_good_end() {
	[ "${status[$1]}" -eq 0 ] || fail "$1 ends well" "its status is ${status[$1]}"
	[ -s "${result[$1]}" ] || fail "$1 leaves a result" "there is none"
}

between() { [ "$1" -le "$2" ] && [ "$2" -le "$3" ]; }

# All numbers of processes in the job of process $1.
processes_of() {
	local line

	while read -r line; do
		case $line in
		*" job=$1 "*)
			line=${line#pid=}
			echo "${line%% *}"
			;;
		esac
	done </proc/memsusp/processes
}

# The fields of /proc/PID/stat behind the name, which may have blanks: state is
# the first.
stat_of() {
	local line

	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return
	echo "${line##*) }"
}

# Hundredths of seconds of processor time that job $1 has used.
cpu_of() {
	local p sum=0 f

	for p in $(processes_of "$1"); do
		read -ra f < <(stat_of "$p")
		[ ${#f[@]} -lt 15 ] || sum=$((sum + f[11] + f[12] + f[13] + f[14]))
	done
	echo "$sum"
}

# How far process $1 has read its input.
position_of() {
	local fd key value

	for fd in "/proc/$1/fd"/*; do
		[ "$(readlink "$fd")" = "$work/access.log" ] || continue
		while read -r key value; do
			[ "$key" != pos: ] || echo "$value"
		done <"/proc/$1/fdinfo/${fd##*/}"
	done
}

# Is every thread of every process of job $1 in state T?
all_stopped() {
	local p thread some=

	for p in $(processes_of "$1"); do
		for thread in "/proc/$p/task"/*; do
			[[ $(stat_of "$p/task/${thread##*/}") = T* ]] || return
			some=1
		done
	done
	[ -n "$some" ]
}

nobody_is_stopped() {
	local p

	for p in /proc/[0-9]*; do
		[[ $(stat_of "${p#/proc/}") != T* ]] || return
	done
}

# key value lines, as in /proc/memsusp/stat and /proc/vmstat: the sum of those
# whose key begins with $2.
sum_of() { awk -v key="$2" 'index($1, key) == 1 { n += $2 } END { print n + 0 }' "$1"; }

work=$(mktemp -d)
cd "$work" || fail "there is a directory to work in"
[ -r "$jobs_file" ] || fail "memsusp is loaded"
make_input
input_size=$(stat -c %s access.log)
mkdir without with

heading "1. The batch without memsusp"

cat <<EOT
This is Linux $(uname -r) with $(nproc) processors. Five programs from Debian
work on a web server's log and on a C file (made up, but always the same). First
without memsusp, to know what must come out:

EOT
cd without || exit
for name in "${names[@]}"; do
	begin "$name" ""
done
while [ ${#running[@]} -gt 0 ]; do
	nap "the batch ends without memsusp"
	collect
done
echo
declare -A took_without
for name in "${names[@]}"; do
	expect_good_end "$name"
	took_without[$name]=${took[$name]}
done
ok "all five ended well, and left a result"

heading "2. The same batch, each program under a limit of its own"

echo "A limit is about memory that a program has really touched and holds for itself."
echo
cd ../with || exit
for name in "${names[@]}"; do
	begin "$name" "memsusp-ctl run -l ${limit[$name]} -n $name --"
	# In this order, also in the table of jobs.
	while is_running "$name" && [ -z "${job[$name.pid]:-}" ]; do
		look "$name becomes a job"
	done
done
cat <<EOT

Four of the limits are wide enough. That of $big is not: it wants about twice
as much. We only watch, until memsusp acts ...

EOT
what="$big goes over its limit and is suspended"
until [ "${job[$big.state]:-}" = suspended ]; do
	look "$what"
	is_running "$big" || fail "$what" "it ended, with status ${status[$big]}"
done
# The signal was sent; a thread stops on its way back from the kernel.
until all_stopped "${pid[$big]}"; do
	look "every thread of $big stops"
done
show memsusp-ctl list
look "$big stays suspended"
awake=()
for name in "${others[@]}"; do
	! is_running "$name" || awake+=("$name")
done
declare -A cpu
for name in "$big" "${awake[@]}"; do
	cpu[$name]=$(cpu_of "${pid[$name]}")
done
position=$(position_of "${pid[$big]}")
latency_us=$((${job[$big.latency_ns]} / 1000))

cat <<EOT

$big was stopped in the moment when it touched too much. OVERSHOOT is by how
much: a page is 4K. From the touch to the signal it took $latency_us microseconds.
The program has lost nothing, and does not know of it; it just does not run:

# grep State: /proc/${pid[$big]}/status
$(grep State: "/proc/${pid[$big]}/status")

EOT
expect "$big is suspended for its limit" test "${job[$big.reason]}" = limit
expect "its limit is what it was given, ${limit[$big]}" \
	test "${job[$big.limit]}" -eq "$(numfmt --from=iec "${limit[$big]}")"
expect "its charge is above that: ${job[$big.charge]} bytes" \
	test "${job[$big.charge]}" -gt "${job[$big.limit]}"
expect "the overshoot is told, and small: ${job[$big.overshoot]} bytes" \
	between 1 "${job[$big.overshoot]}" $((1 << 20))
expect "it is in the midst of its work: has read $position of $input_size bytes" \
	between 1 "${position:-0}" $((input_size - 1))
expect "every thread of it is in state T" all_stopped "${pid[$big]}"
expect "others are running meanwhile: ${awake[*]}" test ${#awake[@]} -gt 0

heading "3. The others go on"

echo "Processor time used since $big was suspended:"
for name in "${awake[@]}"; do
	while now=$(cpu_of "${pid[$name]}") && [ "$now" -le "${cpu[$name]}" ] &&
		is_running "$name"; do
		look "$name gets processor time while $big is suspended"
	done
	if is_running "$name"; then
		printf '  %-9s %s\n' "$name" "$(seconds $(((now - ${cpu[$name]}) * 10)))"
	else
		printf '  %-9s has ended\n' "$name"
	fi
done
printf '  %-9s %s\n\n' "$big" \
	"$(seconds $((($(cpu_of "${pid[$big]}") - ${cpu[$big]}) * 10)))"
echo "We wait until the others are done ..."
echo
while [ "${running[*]}" != "$big" ]; do
	look "the others end while $big is suspended"
	is_running "$big" || fail "$big waits until it is resumed"
	[ "${job[$big.state]}" = suspended ] || fail "$big stays suspended" "it is running"
done
for name in "${others[@]}"; do
	expect_good_end "$name"
done
ok "the others ended well, and were never suspended"
expect "$big has not moved: no processor time used, nothing read" \
	test "$(cpu_of "${pid[$big]}") $(position_of "${pid[$big]}")" = \
	"${cpu[$big]} $position"
expect "every thread of it is still in state T" all_stopped "${pid[$big]}"
echo
show memsusp-ctl list

heading "4. $big gets a higher limit"

echo "With no more than it had it would be stopped again at once, and so:"
echo
refusal=0
show memsusp-ctl resume "${pid[$big]}" || refusal=$?
[ "$refusal" -eq 1 ] || fail "this is refused with status 1" "its status is $refusal"
look "$big is still there"
[ "${job[$big.state]:-}" = suspended ] || fail "$big stays suspended after a refusal"
all_stopped "${pid[$big]}" || fail "$big stays stopped after a refusal"
echo
echo "But now there is room, and it may have more:"
echo
show memsusp-ctl resume "${pid[$big]}" -l "$more" || fail "$big is resumed"
read_jobs
show memsusp-ctl list
echo
while is_running "$big"; do
	look "$big ends after it was resumed"
done
expect_good_end "$big"
ok "$big went on, in the same process, and ended well"
expect "it was suspended once" test "${job[$big.suspends]}" -eq 1
expect "it has really needed more than it had at first" \
	test "${job[$big.peak]}" -gt "$(numfmt --from=iec "${limit[$big]}")"

heading "5. What came out"

printf '%-9s %6s %7s %9s %9s %10s  %s\n' PROGRAM LIMIT PEAK ALONE MEMSUSP \
	SUSPENDED "SHA-256 OF ITS RESULT"
for name in "${names[@]}"; do
	sum=$(sha256sum <"${result[$name]}")
	[ "$sum" = "$(sha256sum <"../without/${result[$name]}")" ] ||
		fail "the result of $name is what it was without memsusp"
	# On a fast machine, a job may have gone before anybody looked.
	peak=- suspended=-
	[ -z "${job[$name.peak]:-}" ] || peak=$(megabytes "${job[$name.peak]}")
	[ "${job[$name.suspends]:-0}" -eq 0 ] ||
		suspended=$(seconds "${job[$name.suspended_ms]}")
	printf '%-9s %6s %7s %9s %9s %10s  %.16s... same\n' "$name" \
		"${limit[$name]}" "$peak" \
		"$(seconds "${took_without[$name]}")" "$(seconds "${took[$name]}")" \
		"$suspended" "$sum"
done
cat <<EOT

LIMIT is the first one. PEAK is the most memory that was seen in use. ALONE and
MEMSUSP are how long it took without and with memsusp, five at a time.

EOT
ok "all five results are the same as without memsusp"
expect "memsusp has suspended and resumed exactly once" test \
	"$(sum_of /proc/memsusp/stat suspends_) $(sum_of /proc/memsusp/stat resumes_)" = "1 1"
expect "nothing was killed for lack of memory" \
	test "$(sum_of /proc/vmstat oom_kill)" -eq 0
max_seconds=$((SECONDS + 30))
while any_job; do
	nap "the last job is gone from the table"
done
ok "no job is left"
expect "no process on the system is stopped" nobody_is_stopped
echo
