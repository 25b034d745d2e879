// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a suspension takes while others read: from the touch that was one page too many
 * to the signal, by the module's own clock.
 *
 *	readers [nobody] [200] [throttled]
 *
 * With nobody who reads, with 200 that are not root and read all the time, and with one
 * that is held back by cpu.max; for each a line: who reads, suspensions, median, worst
 * (us), readings.
 *
 * JOBS others are registered, so that there is something to be summed up.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS		300
#define SUSPENSIONS	50
#define NOBODY		65534
#define CGROUP		P_tmpdir "/memsusp-bench-cgroup"

static long *readings;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die(path);
	close(fd);
}

static void order(const char *name, const char *format, long a, long b)
{
	char path[128], line[64];

	snprintf(path, sizeof(path), "/sys/kernel/memsusp/%s", name);
	snprintf(line, sizeof(line), format, a, b);
	put(path, line);
}

static long charge_of(pid_t pid)
{
	char path[128], buf[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/memsusp/jobs/%d/charge", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) <= 0)
		die(path);
	close(fd);
	return atol(buf);
}

static void be_nobody(void)
{
	gid_t group = NOBODY;

	if (setgroups(1, &group) || setgid(NOBODY) || setuid(NOBODY))
		die("setuid");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static pid_t reader(const char *cgroup)
{
	static char buf[65536];
	pid_t pid = fork();
	ssize_t n;
	int fd;

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	if (cgroup)
		put(cgroup, "0");
	be_nobody();
	for (;;) {
		fd = open("/proc/memsusp/jobs", O_RDONLY | O_CLOEXEC);
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			;
		close(fd);
		__atomic_add_fetch(readings, 1, __ATOMIC_RELAXED);
	}
}

/* Touches a page whenever it is told to. */
static pid_t toucher(int *orders)
{
	long page = sysconf(_SC_PAGESIZE), i = 0;
	int p[2];
	pid_t pid;
	char c, *area;

	if (pipe(p))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid) {
		*orders = p[1];
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	area = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(area, 64 << 20, MADV_NOHUGEPAGE);
	while (read(p[0], &c, 1) == 1)
		area[i++ * page] = 1;
	_exit(0);
}

/* The latency of the next suspension that is told of. */
static long long next_latency(FILE *events)
{
	static char line[1024];
	char *at;

	while (fgets(line, sizeof(line), events)) {
		at = strstr(line, " latency_ns=");
		if (at && strstr(line, " event=suspend "))
			return atoll(at + strlen(" latency_ns="));
	}
	die("events");
	return 0;
}

static int compare(const void *a, const void *b)
{
	long long d = *(const long long *)a - *(const long long *)b;

	return (d > 0) - (d < 0);
}

static void measure(const char *who, pid_t pid, int orders, FILE *events)
{
	long long ns[SUSPENSIONS];
	long begun = *readings, base;
	char name[64];
	int i;

	snprintf(name, sizeof(name), "jobs/%d/limit", pid);
	for (i = 0; i < SUSPENSIONS; i++) {
		base = charge_of(pid);
		order(name, "%ld", base, 0);
		if (write(orders, "", 1) != 1)
			die("write");
		ns[i] = next_latency(events);
		order("resume", "%ld max", pid, 0);
	}
	qsort(ns, SUSPENSIONS, sizeof(ns[0]), compare);
	printf("%s %d %lld %lld %ld\n", who, SUSPENSIONS, ns[SUSPENSIONS / 2] / 1000,
	       ns[SUSPENSIONS - 1] / 1000, *readings - begun);
	fflush(stdout);
}

static void end(pid_t *pids, int n)
{
	while (n--) {
		kill(pids[n], SIGKILL);
		waitpid(pids[n], NULL, 0);
	}
}

/* A cgroup that gets a hundredth of a processor. */
static const char *slow_cgroup(void)
{
	if (mkdir(CGROUP, 0700) || mount("none", CGROUP, "cgroup2", 0, NULL))
		die("cgroup2");
	put(CGROUP "/cgroup.subtree_control", "+cpu");
	if (mkdir(CGROUP "/slow", 0700))
		die("cgroup");
	put(CGROUP "/slow/cpu.max", "1000 100000");
	return CGROUP "/slow/cgroup.procs";
}

int main(int argc, char **argv)
{
	static const char * const all[] = { "nobody", "200", "throttled" };
	static pid_t others[JOBS], readers[200];
	const char *cgroup = NULL;
	int orders, i, j, n;
	FILE *events;
	pid_t pid;

	readings = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (readings == MAP_FAILED)
		die("mmap");
	for (i = 0; i < JOBS; i++) {
		others[i] = sleeper();
		order("register", "%ld max", others[i], 0);
	}
	pid = toucher(&orders);
	order("register", "%ld max", pid, 0);
	events = fopen("/proc/memsusp/events", "re");
	if (!events)
		die("events");

	for (i = 0; i < (argc > 1 ? argc - 1 : 3); i++) {
		const char *who = argc > 1 ? argv[i + 1] : all[i];

		n = atoi(who);
		if (!strcmp(who, "throttled")) {
			cgroup = slow_cgroup();
			n = 1;
		}
		for (j = 0; j < n; j++)
			readers[j] = reader(cgroup);
		sleep(3);
		measure(who, pid, orders, events);
		end(readers, n);
	}

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	end(others, JOBS);
	return 0;
}
