// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lineage: what origins, address spaces that were forked, have left to their heirs.
 *
 * What a space holds beyond what it paid for was touched by those it stems from, the
 * nearest first. What they still hold they pay for themselves. What they have left is
 * charged in their names, once for all heirs: the most that any of them holds. So each
 * space that holds something unpaid goes up its line, with its unpaid pages and with
 * the pages it has copied, which have replaced some that it got by fork. At each
 * origin
 *
 *	- the copies stand for what the origin has paid, as far as they go;
 *	- one that has ended leaves what it has paid, less what copies stand for; one
 *	  that lives, what it was @given for: what it has replaced or freed since;
 *	- so much of the unpaid pages, or all that are unpaid, it has left;
 *	- what it pays for itself of the rest is paid;
 *
 * until nothing is unpaid.
 *
 * Example. R touched 1000 pages and ended. Its child C lives, has touched 100, and
 * freed 30 of them since it forked G. G holds the other 1070 pages and has copied 200:
 * its charge is 200, unpaid are 870, and there are 200 copies.
 *
 *	C has paid 100: of the copies 100 are left. It lives and left 30: 840 are
 *	unpaid; it pays for 70 itself: 770.
 *	R has paid 1000 and ended. The 100 copies stand for some: it left 900 at
 *	most, and of these G holds 770. That is R's charge, unless another heir has more.
 *
 * If each went all the way, a chain of n would take n * n / 2 steps, under the mutex
 * that decisions wait for. But what an origin leaves to an heir that stems from it
 * depends on who has come that way at three places only:
 *
 *	1  near the beginning the copies stand for all that each origin has paid:
 *	   those that have ended leave nothing, the living what they gave;
 *	2  at one origin the copies are used up half-way;
 *	3  beyond it, each leaves all that it gave;
 *
 * and somewhere the unpaid pages end, at an origin that has left a part of what it
 * gave. On all of 1 and 3 the whole of it is left, whoever comes. So for each space
 * there are sums over its whole line (of what was paid, and of what is taken from the
 * unpaid pages as in 1, and as in 3), and the difference of two of them tells what
 * happens between two places. Where the copies and the unpaid pages end is looked
 * for by jumps: each space knows, besides its origin, one further up, so that any of its
 * line can be reached in O(log n) (Myers: an applicative random-access stack). The
 * stretches 1 and 3 are only marked, +1 where they begin and -1 where they end, and
 * when all have been added, one pass adds the marks up, heirs before their origins.
 *
 * All is O(n log n) for n spaces, without recursion or allocation.
 *
 * Context: any; nothing here sleeps, or keeps state but in the structs.
 */
#include "lineage.h"

/* What an origin's @heir takes from what is unpaid, @all or only if the origin lives. */
static long given(const struct memsusp_lineage *heir, bool all)
{
	return all || !heir->origin->ended ? heir->given : 0;
}

static void leave(struct memsusp_lineage *origin, long pages)
{
	if (origin->left < pages)
		origin->left = pages;
}

static long lesser(long a, long b)
{
	return a < b ? a : b;
}

static void enter(struct memsusp_lineage *heir)
{
	struct memsusp_lineage *origin = heir->origin;
	struct memsusp_lineage *jump;

	heir->left = 0;
	heir->marks = 0;
	heir->marks_living = 0;
	if (!origin) {
		heir->jump = heir;
		heir->depth = 0;
		heir->sum_paid = 0;
		heir->sum_living = 0;
		heir->sum = 0;
		return;
	}
	jump = origin->jump;
	heir->jump = origin->depth - jump->depth == jump->depth - jump->jump->depth ?
		     jump->jump : origin;
	heir->depth = origin->depth + 1;
	heir->sum_paid = origin->sum_paid + origin->paid;
	heir->sum_living = origin->sum_living + origin->charge + given(heir, false);
	heir->sum = origin->sum + origin->charge + given(heir, true);
}

/* The furthest in @heir's line, itself included, up to which its copies are not used up. */
static struct memsusp_lineage *end_of_copies(struct memsusp_lineage *heir)
{
	struct memsusp_lineage *at = heir;
	long least = heir->sum_paid - heir->copies;

	while (at->origin) {
		if (at->jump->sum_paid >= least)
			at = at->jump;
		else if (at->origin->sum_paid >= least)
			at = at->origin;
		else
			break;
	}
	return at;
}

static long sum(const struct memsusp_lineage *at, bool all)
{
	return all ? at->sum : at->sum_living;
}

/* The furthest in @heir's line, itself included, that is reached with so many unpaid. */
static struct memsusp_lineage *end_of_unpaid(struct memsusp_lineage *heir, long unpaid, bool all)
{
	struct memsusp_lineage *at = heir;
	long least = sum(heir, all) - unpaid;

	while (at->origin) {
		if (sum(at->jump, all) > least)
			at = at->jump;
		else if (sum(at->origin, all) > least)
			at = at->origin;
		else
			break;
	}
	return at;
}

/* From @heir up to @end all is left that was given, by all or those that live. */
static void mark(struct memsusp_lineage *heir, struct memsusp_lineage *end, bool all)
{
	if (all) {
		heir->marks++;
		end->marks--;
	} else {
		heir->marks_living++;
		end->marks_living--;
	}
}

/* @heir comes to where its unpaid pages end, without the end of its copies between. */
static void go_to_end(struct memsusp_lineage *heir, struct memsusp_lineage *end, long unpaid,
		      bool all)
{
	mark(heir, end, all);
	unpaid -= sum(heir, all) - sum(end, all);
	if (end->origin)
		leave(end->origin, lesser(unpaid, given(end, all)));
}

static void go(struct memsusp_lineage *heir)
{
	long unpaid = heir->unpaid;
	struct memsusp_lineage *turn = end_of_copies(heir);
	struct memsusp_lineage *end = end_of_unpaid(heir, unpaid, false);
	struct memsusp_lineage *origin;
	long pages;

	if (end->depth > turn->depth || !turn->origin) {
		go_to_end(heir, end, unpaid, false);
		return;
	}
	mark(heir, turn, false);
	unpaid -= heir->sum_living - turn->sum_living;
	origin = turn->origin;
	pages = turn->given;
	if (origin->ended)
		pages -= heir->copies - (heir->sum_paid - turn->sum_paid);
	pages = lesser(unpaid, pages);
	leave(origin, pages);
	unpaid -= pages + origin->charge;
	if (unpaid > 0)
		go_to_end(origin, end_of_unpaid(origin, unpaid, true), unpaid, true);
}

/**
 * memsusp_lineage_add() - have an address space ask its origins
 * @heir: it, with all facts
 * @before: the one that was added before, NULL: none; @heir's origin has been added
 */
void memsusp_lineage_add(struct memsusp_lineage *heir, struct memsusp_lineage *before)
{
	heir->before = before;
	enter(heir);
	if (heir->origin && heir->unpaid > 0)
		go(heir);
}

/**
 * memsusp_lineage_settle() - find what all have left
 * @last: the one that was added last
 */
void memsusp_lineage_settle(struct memsusp_lineage *last)
{
	struct memsusp_lineage *heir, *origin;

	for (heir = last; heir; heir = heir->before) {
		origin = heir->origin;
		if (!origin)
			continue;
		if (heir->marks || (heir->marks_living && !origin->ended))
			leave(origin, heir->given);
		origin->marks += heir->marks;
		origin->marks_living += heir->marks_living;
	}
}
