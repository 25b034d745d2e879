// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a decision about the node takes when there are many jobs: from the
 * touch that was one page too many to SIGSTOP, by the module's own clock.
 *
 *	decide RUNNING N [N ...]	for each N, of which RUNNING run and the
 *					others wait for the node, one line:
 *					N running decisions median_us worst_us
 *
 * Each job holds some 100 KiB. The limit is set so that all but RUNNING are
 * suspended; then the running ones touch a page more in turn, and each time the
 * node is full somebody is suspended.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DECISIONS	40
#define OWN_KIB		64

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void put(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/memsusp/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die(path);
	close(fd);
}

static long long get(const char *name)
{
	char path[128], buf[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/memsusp/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) < 0)
		die(path);
	close(fd);
	return atoll(buf);
}

static void put_size(const char *name, long long bytes)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%lld", bytes);
	put(name, buf);
}

/* Holds OWN_KIB, says so, and touches a page more whenever it is told to. */
static void job(int ready, int orders)
{
	long page = sysconf(_SC_PAGESIZE);
	size_t size = 64 << 20;
	char *area, *next, order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		_exit(1);
	madvise(area, size, MADV_NOHUGEPAGE);
	memset(area, 1, OWN_KIB << 10);
	next = area + (OWN_KIB << 10);
	if (write(ready, "r", 1) != 1)
		_exit(1);
	while (read(orders, &order, 1) == 1) {
		*next = 1;
		next += page;
		/* One for each who asks, and time for others between two. */
		usleep(1000);
	}
	_exit(0);
}

static int compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return x < y ? -1 : x > y;
}

/* Take the latencies of what was suspended by a touch from the events. */
static int collect(int events, long long *latency, int n)
{
	static char buf[65536];
	char *line, *save, *field;
	ssize_t len;

	while (n < DECISIONS) {
		len = read(events, buf, sizeof(buf) - 1);
		if (len <= 0)
			break;
		buf[len] = '\0';
		for (line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			field = strstr(line, "latency_ns=");
			if (strstr(line, "event=suspend") && field && atoll(field + 11) &&
			    n < DECISIONS)
				latency[n++] = atoll(field + 11);
		}
	}
	return n;
}

static void measure(long n, long running)
{
	long long latency[DECISIONS], one;
	int ready[2], orders[2], events, got = 0;
	pid_t *pids = calloc(n, sizeof(*pids));
	char line[64], byte;
	int patience = 60000;
	long i;

	if (!pids || pipe(ready) || pipe(orders))
		die("pipe");
	for (i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (!pids[i])
			job(ready[1], orders[0]);
		if (read(ready[0], &byte, 1) != 1)
			die("read");
	}
	put("node/policy", "newest");
	put("node/headroom", "0");
	for (i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "%d max", pids[i]);
		put("register", line);
	}
	one = get("node/running") / n;
	put_size("node/limit", one * running + one / 2);
	events = open("/proc/memsusp/events", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (events < 0)
		die("events");
	/* What happened until now is not ours. */
	while (read(events, line, sizeof(line)) > 0)
		;
	while (got < DECISIONS && patience--) {
		if (write(orders[1], "t", 1) != 1)
			die("write");
		usleep(1000);
		got = collect(events, latency, got);
	}
	put("node/auto_resume", "0");
	qsort(latency, got, sizeof(*latency), compare);
	printf("%ld %ld %d %.0f %.0f\n", n, running, got, got ? latency[got / 2] / 1e3 : 0,
	       got ? latency[got - 1] / 1e3 : 0);
	fflush(stdout);
	for (i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	put("node/limit", "max");
	put("node/auto_resume", "1");
	close(events);
	close(ready[0]);
	close(ready[1]);
	close(orders[0]);
	close(orders[1]);
	free(pids);
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 3) {
		fprintf(stderr, "usage: decide RUNNING N [N ...]\n");
		return 2;
	}
	for (i = 2; i < argc; i++)
		measure(atol(argv[i]), atol(argv[1]));
	return 0;
}
