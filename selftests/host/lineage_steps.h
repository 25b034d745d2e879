/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each origin has left, by the rule as it is told at the top of module/lineage.c,
 * carried out step by step; and as that file does it.
 */
#ifndef LINEAGE_STEPS_H
#define LINEAGE_STEPS_H

#include "lineage.h"

static inline long lesser(long a, long b)
{
	return a < b ? a : b;
}

/* Each goes all the way. */
static inline void step_by_step(struct memsusp_lineage *l, long n)
{
	long i;

	for (i = 0; i < n; i++)
		l[i].left = 0;
	for (i = 0; i < n; i++) {
		struct memsusp_lineage *heir = &l[i], *origin;
		long copies = l[i].copies, unpaid = l[i].unpaid;

		for (; unpaid > 0 && (origin = heir->origin); heir = origin) {
			long replaced = lesser(copies, origin->paid);
			long left = origin->ended ? origin->paid - replaced : heir->given;

			left = lesser(unpaid, left);
			copies -= replaced;
			if (origin->left < left)
				origin->left = left;
			unpaid -= left;
			unpaid -= lesser(unpaid, origin->charge);
		}
	}
}

static inline void at_once(struct memsusp_lineage *l, long n)
{
	long i;

	for (i = 0; i < n; i++)
		memsusp_lineage_add(&l[i], i ? &l[i - 1] : NULL);
	memsusp_lineage_settle(&l[n - 1]);
}

#endif /* LINEAGE_STEPS_H */
