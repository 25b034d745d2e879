// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a sum of a job costs whose processes are many, and all alive: a chain, in which
 * each is the child of the one before, or a bush, in which all are children of one.
 *
 *	generations SHAPE N [N ...]	for each N, one line: N, and the nanoseconds
 *					that reading the job's charge takes, and that
 *					it takes to suspend it by hand
 *
 * The least of five and one; to be run where a nanosecond is an instruction.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGES	20
#define ROUNDS	5

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void order(const char *name, const char *format, pid_t pid)
{
	char path[128], line[64];
	int fd, n = snprintf(line, sizeof(line), format, pid);

	snprintf(path, sizeof(path), "/sys/kernel/memsusp/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, n) != n)
		die(path);
	close(fd);
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static char *area;
static int ready;

/* The last of the chain says that all are there; each has a page of its own. */
static void live(bool chain, long n)
{
	long page = sysconf(_SC_PAGESIZE);
	pid_t pid;
	long i;

	memset(area, 1, PAGES * page);
	for (i = 1; i < n; i++) {
		pid = fork();
		if (pid < 0)
			die("fork");
		if (chain && pid)
			break;
		if (!pid) {
			area[i % PAGES * page] = 2;
			if (!chain)
				break;
		}
	}
	if (i == n && write(ready, "", 1) != 1)
		die("write");
	for (;;)
		pause();
}

static void measure(bool chain, long n)
{
	long long begin, ns, best = 0;
	char path[128], c;
	int p[2], i, fd;
	pid_t pid;

	if (pipe(p))
		die("pipe");
	ready = p[1];
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		raise(SIGSTOP);
		live(chain, n);
	}
	if (waitpid(pid, NULL, WUNTRACED) != pid)
		die("waitpid");
	order("register", "%d max", pid);
	kill(pid, SIGCONT);
	if (read(p[0], &c, 1) != 1)
		die("read");
	sleep(1);
	snprintf(path, sizeof(path), "/sys/kernel/memsusp/jobs/%d/charge", pid);
	for (i = 0; i < ROUNDS; i++) {
		char buf[32];

		fd = open(path, O_RDONLY | O_CLOEXEC);
		begin = now();
		if (fd < 0 || read(fd, buf, sizeof(buf)) <= 0)
			die(path);
		ns = now() - begin;
		close(fd);
		if (!best || ns < best)
			best = ns;
	}
	begin = now();
	order("suspend", "%d", pid);
	printf("%ld %lld %lld\n", n, best, now() - begin);
	fflush(stdout);
	kill(-pid, SIGKILL);
	while (wait(NULL) > 0)
		;
	close(p[0]);
	close(p[1]);
}

int main(int argc, char **argv)
{
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	area = mmap(NULL, PAGES * sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	for (i = 2; i < argc; i++)
		measure(!strcmp(argv[1], "chain"), atol(argv[i]));
	return 0;
}
