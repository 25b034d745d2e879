// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs a program to work closely below its limit: it gives a page back
 * and touches it again, over and over, with so much room left. Freed memory is
 * not seen when it is freed, so each time the room has been touched once, the
 * program is held while the governor sums up and finds it below its limit.
 *
 * Prints for each room: touches, how often it was held, nanoseconds for each.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TOUCHES	4096L

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void write_file(const char *path, const char *line)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(line, f) < 0 || fclose(f))
		die(path);
}

static long long read_number(const char *path, const char *key)
{
	char line[128];
	long long n = -1;
	FILE *f = fopen(path, "re");

	while (f && n < 0 && fgets(line, sizeof(line), f))
		if (!key)
			n = atoll(line);
		else if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ' ')
			n = atoll(line + strlen(key));
	if (f)
		fclose(f);
	return n;
}

static long long churn(volatile char *page, long size)
{
	struct timespec begin, end;
	long i;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < TOUCHES; i++) {
		*page = 1;
		if (madvise((void *)page, size, MADV_DONTNEED))
			die("madvise");
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec;
}

int main(void)
{
	static const long rooms[] = { 1, 16, 256, 2048 };
	long size = sysconf(_SC_PAGESIZE);
	char line[64], limit[64], charge[64];
	long long free_ns, ns, held;
	volatile char *page;
	size_t i;

	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		die("mmap");
	snprintf(limit, sizeof(limit), "/sys/kernel/memsusp/jobs/%d/limit", getpid());
	snprintf(charge, sizeof(charge), "/sys/kernel/memsusp/jobs/%d/charge", getpid());
	snprintf(line, sizeof(line), "%d max", getpid());
	write_file("/sys/kernel/memsusp/register", line);
	churn(page, size);
	free_ns = churn(page, size);
	for (i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		snprintf(line, sizeof(line), "%lld",
			 read_number(charge, NULL) + rooms[i] * size);
		write_file(limit, line);
		held = read_number("/proc/memsusp/stat", "brakes");
		ns = churn(page, size) - free_ns;
		held = read_number("/proc/memsusp/stat", "brakes") - held;
		printf("%ld %ld %lld %.0f\n", rooms[i], TOUCHES, held,
		       held ? (double)ns / held : 0);
	}
	return 0;
}
