/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What address spaces that have forked others have left to them: lineage.c. Pure, as
 * what is in pure.h.
 */
#ifndef MEMSUSP_LINEAGE_H
#define MEMSUSP_LINEAGE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif

/**
 * struct memsusp_lineage - an address space among those it was forked from
 *
 * Facts:
 * @origin: the one it was forked from; NULL: none that pays
 * @ended: its memory is gone; @charge, @copies and @unpaid are 0
 * @paid: pages that were its own: inherited, or touched first
 * @charge: pages that it pays for itself
 * @given: pages that @origin has left to it, as far as it did not copy them
 * @copies: pages it has copied, which may have replaced any of its origins'
 * @unpaid: pages it holds and does not pay for itself
 *
 * Result:
 * @left: pages that it does not hold any more but its heirs do
 *
 * Scratch:
 * @before: the one that was added before it
 * @jump: one of those it stems from, some way up
 * @depth: how many it stems from
 * @marks: how many ways through it to its origin, begun here less ended here, and
 *	once settled all of them, on which everything given is held
 * @marks_living: likewise, on which only what the living gave is
 * @sum_paid: what its origins have paid
 * @sum_living: what those that live have left, and pay for
 * @sum: what all have left, and pay for
 */
struct memsusp_lineage {
	struct memsusp_lineage *origin;
	bool ended;
	long paid;
	long charge;
	long given;
	long copies;
	long unpaid;

	long left;

	struct memsusp_lineage *before;
	struct memsusp_lineage *jump;
	unsigned int depth;
	int marks;
	int marks_living;
	long sum_paid;
	long sum_living;
	long sum;
};

void memsusp_lineage_add(struct memsusp_lineage *heir, struct memsusp_lineage *before);
void memsusp_lineage_settle(struct memsusp_lineage *last);

#endif /* MEMSUSP_LINEAGE_H */
