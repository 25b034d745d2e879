// SPDX-License-Identifier: GPL-2.0-only
/*
 * An example: a program that keeps a cache, and gives it back when it is asked to,
 * so that it need not be suspended.
 *
 *	memsusp-ctl run -l 1G -- give_back
 *
 * Each line that it reads is a number of pages to be put into the cache. It listens
 * to two voices:
 *
 * - /sys/kernel/memsusp/node/level says how near the node is to its limit. It is
 *   polled like any file of sysfs: read it, then wait for POLLPRI.
 *
 * - The job's own soft limit. Whoever starts the program sets two files in the job's
 *   directory, soft_limit and warn_signal (to SIGUSR1), and it is sent that signal
 *   when it has crossed the soft limit.
 *
 * Without memsusp there is no such file and no such signal, and it is a program with
 * a cache.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "memsusp.h"

#define CACHE_SIZE	(1UL << 30)

static char *cache;
static size_t cached;	/* bytes */

/* Touching memory is what makes it ours. */
static void cache_add(size_t bytes)
{
	if (bytes > CACHE_SIZE - cached)
		bytes = CACHE_SIZE - cached;
	memset(cache + cached, 1, bytes);
	cached += bytes;
	printf("cached %zu\n", cached);
}

/* free() may keep memory for later; what was given back like this is gone. */
static void cache_give_back(const char *why)
{
	madvise(cache, CACHE_SIZE, MADV_DONTNEED);
	printf("gave back %zu because of %s\n", cached, why);
	cached = 0;
}

/* To read it is also to say that one knows, and waits for the next change. */
static bool level_is_ok(int fd)
{
	char level[32] = "";

	return pread(fd, level, sizeof(level) - 1, 0) <= 0 || !strcmp(level, "ok\n");
}

static void on_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) == sizeof(info))
		cache_give_back("the soft limit");
}

int main(void)
{
	struct pollfd wait[] = {
		{ .events = POLLIN },
		{ .events = POLLPRI },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char line[32];
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	wait[0].fd = signalfd(-1, &set, SFD_CLOEXEC);
	/* -1 if memsusp is not loaded: poll() passes over that. */
	wait[1].fd = open(MEMSUSP_SYSFS "/node/level", O_RDONLY | O_CLOEXEC);
	cache = mmap(NULL, CACHE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (cache == MAP_FAILED) {
		perror("give_back");
		return 1;
	}
	/* A huge page may be more than there is between the warning and the limit. */
	madvise(cache, CACHE_SIZE, MADV_NOHUGEPAGE);
	setlinebuf(stdout);
	if (wait[1].fd >= 0 && !level_is_ok(wait[1].fd))
		printf("there is little room\n");
	printf("ready\n");
	for (;;) {
		if (poll(wait, 3, -1) < 0)
			return 1;
		/* Before anything is added. */
		if (wait[0].revents)
			on_signal(wait[0].fd);
		if (wait[1].revents && !level_is_ok(wait[1].fd))
			cache_give_back("the node's level");
		if (wait[2].revents) {
			/* A line at a time, so that nothing waits in a buffer unseen. */
			ssize_t n = read(STDIN_FILENO, line, sizeof(line) - 1);

			if (n <= 0)
				return n < 0;
			line[n] = '\0';
			cache_add(strtoul(line, NULL, 10) * sysconf(_SC_PAGESIZE));
		}
	}
}
