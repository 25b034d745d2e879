// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether counting gets in the way of threads that fault at the same time: two
 * threads touch fresh pages, unregistered, registered, registered, unregistered,
 * so that neither gains by its place. Each time the best of some short runs is
 * taken, in which nobody else had the processors. Prints the median, over all
 * such blocks, of unregistered time / registered time.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGES	2000L
#define RUNS	20
#define BLOCKS	41

static pthread_barrier_t together;
static char *area;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void order(const char *file, const char *format)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/memsusp/%s", file);
	f = fopen(path, "we");
	if (!f || fprintf(f, format, getpid()) < 0 || fclose(f))
		die(path);
}

static void *touch(void *half)
{
	long page = sysconf(_SC_PAGESIZE), i;
	char *mine = area + (half ? PAGES / 2 * page : 0);

	pthread_barrier_wait(&together);
	for (i = 0; i < PAGES / 2; i++)
		mine[i * page] = 1;
	pthread_barrier_wait(&together);
	return NULL;
}

static double one_run(void)
{
	struct timespec begin, end;
	pthread_t a, b;

	if (madvise(area, PAGES * sysconf(_SC_PAGESIZE), MADV_DONTNEED) ||
	    pthread_create(&a, NULL, touch, NULL) || pthread_create(&b, NULL, touch, area))
		die("threads");
	pthread_barrier_wait(&together);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	pthread_barrier_wait(&together);
	clock_gettime(CLOCK_MONOTONIC, &end);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	return end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9;
}

static double seconds(void)
{
	double best = one_run();
	int i;

	for (i = 1; i < RUNS; i++) {
		double this = one_run();

		if (best > this)
			best = this;
	}
	return best;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/*
 * What the change itself leaves behind is not measured: a job's end goes on in
 * the background, and an emulator has code to translate again.
 */
static void settle(void)
{
	usleep(50000);
	one_run();
}

int main(void)
{
	double ratio[BLOCKS];
	int i;

	pthread_barrier_init(&together, NULL, 3);
	area = mmap(NULL, PAGES * sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	madvise(area, PAGES * sysconf(_SC_PAGESIZE), MADV_NOHUGEPAGE);
	settle();
	for (i = 0; i < BLOCKS; i++) {
		double without = seconds(), with;

		order("register", "%d max");
		settle();
		with = seconds();
		with += seconds();
		order("unregister", "%d");
		settle();
		ratio[i] = (without + seconds()) / with;
	}
	qsort(ratio, BLOCKS, sizeof(ratio[0]), compare);
	printf("%.3f\n", ratio[BLOCKS / 2]);
	return 0;
}
