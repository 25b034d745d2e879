// SPDX-License-Identifier: GPL-2.0-only
/*
 * What many jobs cost: the first touch of a page in one of them, registering
 * and unregistering them, and memory.
 *
 *	jobs N [N ...]		for each N, one line:
 *				N touch_ns register_us unregister_us bytes_a_job
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGES	4000L
#define ROUNDS	12

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void order(int fd, const char *format, pid_t pid)
{
	char line[64];
	int n = snprintf(line, sizeof(line), format, pid);

	if (write(fd, line, n) != n)
		die(line);
}

static int control(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/memsusp/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The least of many rounds, in each of which all pages are touched anew. */
static double touch_ns(void)
{
	long page = sysconf(_SC_PAGESIZE);
	long long best = 0, begin, ns;
	char *area;
	long i;
	int r;

	area = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	madvise(area, PAGES * page, MADV_NOHUGEPAGE);
	for (r = 0; r < ROUNDS; r++) {
		begin = now();
		for (i = 0; i < PAGES; i++)
			area[i * page] = 1;
		ns = now() - begin;
		if (!best || ns < best)
			best = ns;
		if (madvise(area, PAGES * page, MADV_DONTNEED))
			die("madvise");
	}
	munmap(area, PAGES * page);
	return (double)best / PAGES;
}

static long available_kb(void)
{
	char line[128];
	long kb = 0;
	FILE *f;

	sync();
	f = fopen("/proc/meminfo", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static void measure(long n)
{
	int add = control("register"), drop = control("unregister");
	pid_t *pids = calloc(n, sizeof(*pids));
	long long begin, registering, unregistering;
	double touch;
	long i, kb;

	if (!pids)
		die("calloc");
	for (i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (!pids[i]) {
			pause();
			_exit(0);
		}
	}
	/* The hooks are armed with the first. */
	order(add, "%d max", getpid());
	kb = available_kb();
	begin = now();
	for (i = 0; i < n; i++)
		order(add, "%d max", pids[i]);
	registering = now() - begin;
	kb -= available_kb();
	touch = touch_ns();
	begin = now();
	for (i = 0; i < n; i++)
		order(drop, "%d", pids[i]);
	unregistering = now() - begin;
	order(drop, "%d", getpid());
	for (i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	printf("%ld %.1f %.1f %.1f %.0f\n", n, touch, registering / 1e3 / n,
	       unregistering / 1e3 / n, kb * 1024.0 / n);
	fflush(stdout);
	free(pids);
	close(add);
	close(drop);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		measure(atol(argv[i]));
	return 0;
}
