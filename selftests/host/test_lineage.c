// SPDX-License-Identifier: GPL-2.0-only
/*
 * lineage.c: what each origin has left, against the rule as it is told at the top of
 * that file, carried out step by step.
 */
#include "ktap.h"
#include "lineage_steps.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* As both say? The scratch is full of rubbish before. */
static bool same(struct memsusp_lineage *l, int n)
{
	long *left = malloc(n * sizeof(*left));
	bool equal = true;
	int i;

	step_by_step(l, n);
	for (i = 0; i < n; i++) {
		left[i] = l[i].left;
		l[i].left = rand();
		l[i].marks = rand();
		l[i].marks_living = rand();
		l[i].depth = rand();
		l[i].jump = &l[rand() % n];
		l[i].sum = rand();
	}
	at_once(l, n);
	for (i = 0; i < n; i++)
		equal &= left[i] == l[i].left;
	free(left);
	return equal;
}

static void the_example_of_the_text(void)
{
	struct memsusp_lineage l[3] = {
		{ .ended = true, .paid = 1000 },
		{ .origin = &l[0], .paid = 100, .charge = 70, .given = 1000 },
		{ .origin = &l[1], .paid = 200, .charge = 200, .given = 30, .copies = 200,
		  .unpaid = 870 },
	};

	at_once(l, 3);
	EXPECT(l[0].left == 770);
	EXPECT(l[1].left == 30);
	EXPECT(l[2].left == 0);
}

static void one_alone_leaves_nothing(void)
{
	struct memsusp_lineage l = { .paid = 10, .unpaid = 5, .copies = 3 };

	at_once(&l, 1);
	EXPECT(!l.left);
	memsusp_lineage_settle(NULL);
}

/* Zero often, small mostly, so that many things meet at the same place. */
static long pages(long most)
{
	int which = rand() % 8;

	if (which < 2)
		return which;
	return rand() % ((which == 2 ? 50 * most : most) + 1);
}

enum shape { CHAIN, BUSH, COMB, FOREST, ANY, SHAPES };

static int origin_of(int i, enum shape shape)
{
	if (!i)
		return -1;
	switch (shape) {
	case CHAIN:
		return i - 1;
	case BUSH:
		return 0;
	case COMB:
		/* A chain with a child of each. */
		return i % 2 ? i - 1 : i - 2;
	case FOREST:
		return rand() % 10 ? rand() % i : -1;
	default:
		return rand() % 3 ? i - 1 - rand() % (i < 5 ? i : 5) : rand() % i;
	}
}

static void make(struct memsusp_lineage *l, int n, enum shape shape, int ended, long most)
{
	int i, o;

	memset(l, 0, n * sizeof(*l));
	for (i = 0; i < n; i++) {
		o = origin_of(i, shape);
		l[i].origin = o < 0 ? NULL : &l[o];
		l[i].ended = rand() % 100 < ended;
		l[i].paid = pages(most);
		if (!l[i].ended) {
			l[i].charge = rand() % 2 ? l[i].paid : pages(most);
			l[i].copies = rand() % 2 ? pages(most * (1 + rand() % n)) : 0;
			l[i].unpaid = rand() % 4 ? pages(most * (1 + rand() % n)) : 0;
		} else if (rand() % 8 == 0) {
			/* Not seen, but the rule is the same. */
			l[i].unpaid = pages(most);
			l[i].copies = pages(most);
		}
		if (o >= 0)
			l[i].given = l[o].ended ? l[o].paid : pages(most);
	}
}

static void in_any_family_it_is_as_step_by_step(void)
{
	static struct memsusp_lineage l[400];
	int i, n, ended, different = 0;
	enum shape shape;

	srand(1);
	for (i = 0; i < 60000; i++) {
		n = 1 + rand() % (i % 50 ? 12 : 400);
		shape = rand() % SHAPES;
		ended = rand() % 3 * 50;
		make(l, n, shape, rand() % 2 ? ended : rand() % 101, 1 + rand() % 20);
		different += !same(l, n);
	}
	EXPECT(!different);
}

static void sums_of_great_families_do_not_overflow(void)
{
	enum { N = 2000 };
	static struct memsusp_lineage l[N];

	srand(2);
	/* Pages of 64 TiB each. */
	make(l, N, CHAIN, 50, 1L << 34);
	EXPECT(same(l, N));
}

/* What is looked at on the way to the root, by jumps. */
static void jumps_reach_the_root_of_a_long_chain_soon(void)
{
	enum { N = 100000 };
	static struct memsusp_lineage l[N];
	struct memsusp_lineage *at;
	int i, jumps, most = 0;

	make(l, N, CHAIN, 0, 1);
	at_once(l, N);
	for (i = 0; i < N; i++) {
		for (at = &l[i], jumps = 0; at->origin; at = at->jump)
			jumps++;
		most = jumps > most ? jumps : most;
	}
	EXPECT(l[N - 1].depth == N - 1);
	EXPECT(most <= 2 * 17);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		KTAP_TEST(the_example_of_the_text),
		KTAP_TEST(one_alone_leaves_nothing),
		KTAP_TEST(in_any_family_it_is_as_step_by_step),
		KTAP_TEST(sums_of_great_families_do_not_overflow),
		KTAP_TEST(jumps_reach_the_root_of_a_long_chain_soon),
	};

	return ktap_main(tests, sizeof(tests) / sizeof(tests[0]));
}
