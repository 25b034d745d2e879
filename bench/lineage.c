// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to find what origins have left to their heirs, step by step and as
 * lineage.c does it, in families whose members all have gone on after they forked and
 * hold something of each origin.
 *
 *	lineage SHAPE N [N ...]		for each N, one line: N, and nanoseconds by
 *					either way
 *
 * To be run where a nanosecond is an instruction.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../selftests/host/lineage_steps.h"

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void measure(bool chain, long n)
{
	struct memsusp_lineage *l = calloc(n, sizeof(*l));
	long long begin, slow, fast;
	long i;

	if (!l)
		exit(1);
	for (i = 0; i < n; i++)
		l[i] = (struct memsusp_lineage){
			.origin = i ? &l[chain ? i - 1 : 0] : NULL,
			.paid = 3, .charge = 2, .given = 1, .copies = n, .unpaid = 4 * n,
		};
	begin = now();
	step_by_step(l, n);
	slow = now() - begin;
	begin = now();
	at_once(l, n);
	fast = now() - begin;
	printf("%ld %lld %lld\n", n, slow, fast);
	fflush(stdout);
	free(l);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++)
		measure(!strcmp(argv[1], "chain"), atol(argv[i]));
	return 0;
}
