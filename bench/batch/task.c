// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task of a batch: its memory grows, slowly or suddenly, and it keeps walking
 * over all of it at random. In between it waits, as if for a disk, so that eight of
 * them do not need eight processors. In the end it prints a checksum over all
 * that it has ever written: a page that is lost or wrong shows.
 *
 *	task SEED MEGABYTES slow|sudden STEPS VISITS PAUSE_MS
 *
 * Each step is VISITS pages and one pause. With NO_PAUSE in the environment it
 * does not wait; the checksum is the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE_SIZE	4096
#define WORDS		(PAGE_SIZE / sizeof(uint64_t))
/* From a place at random, so many pages in a row. */
#define RUN		32

static uint64_t state;

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static uint64_t rnd(uint64_t n)
{
	state = mix(state);
	return state % n;
}

/* How many pages it has in a step: an eighth at first, all after two thirds. */
static size_t size_at(long step, long steps, size_t all, long jump)
{
	size_t size;

	if (jump)
		size = step < jump ? all / 8 : all;
	else
		size = all / 8 + (all - all / 8) * (step + 1) * 3 / (steps * 2);
	return size < 1 ? 1 : size > all ? all : size;
}

int main(int argc, char **argv)
{
	struct timespec pause = { 0 };
	uint64_t *memory, sum = 0;
	size_t all, have = 0, place = 0, size, i;
	long steps, visits, step, visit, jump = 0;

	if (argc != 7) {
		fprintf(stderr, "usage: %s SEED MEGABYTES slow|sudden STEPS VISITS PAUSE_MS\n",
			argv[0]);
		return 2;
	}
	state = mix(strtoull(argv[1], NULL, 10));
	all = strtoull(argv[2], NULL, 10) << 8;
	steps = atol(argv[4]);
	visits = atol(argv[5]);
	if (!getenv("NO_PAUSE"))
		pause.tv_nsec = atol(argv[6]) * 1000000;
	/* Somewhere in the second or third fifth. */
	if (!strcmp(argv[3], "sudden"))
		jump = steps / 5 + rnd(steps * 2 / 5);

	memory = mmap(NULL, all * PAGE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	/* Eight tasks of a few hundred huge pages are another story. */
	madvise(memory, all * PAGE_SIZE, MADV_NOHUGEPAGE);
	for (step = 0; step < steps; step++) {
		for (size = size_at(step, steps, all, jump); have < size; have++)
			for (i = 0; i < WORDS; i++)
				memory[have * WORDS + i] = state + i * have;
		for (visit = 0; visit < visits; visit++) {
			if (visit % RUN == 0)
				place = rnd(have);
			memory[place * WORDS + visit % WORDS] += state ^ visit;
			if (++place == have)
				place = 0;
		}
		nanosleep(&pause, NULL);
	}
	for (i = 0; i < have * WORDS; i++)
		sum = (sum ^ memory[i]) * 0x100000001b3;
	printf("%016llx\n", (unsigned long long)sum);
	return 0;
}
