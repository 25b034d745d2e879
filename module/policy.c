// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be done with a job. Pure decisions over plain structs: the
 * governor brings the facts and carries the answer out.
 *
 * Context: any; nothing here sleeps, allocates or keeps state.
 */
#include "pure.h"

/**
 * memsusp_policy_may_resume() - whether a job's own limit lets it run
 * @charge: pages
 * @limit: pages
 */
bool memsusp_policy_may_resume(long charge, long limit)
{
	return charge <= limit;
}

static struct memsusp_verdict suspend_for(enum memsusp_reason reason)
{
	return (struct memsusp_verdict){ .action = MEMSUSP_SUSPEND, .reason = reason };
}

static struct memsusp_verdict continue_because(enum memsusp_cause cause)
{
	return (struct memsusp_verdict){ .action = MEMSUSP_CONTINUE, .cause = cause };
}

static struct memsusp_verdict decide_suspended(const struct memsusp_case *c)
{
	bool fits = memsusp_policy_may_resume(c->charge, c->limit);

	if (c->order == MEMSUSP_ORDER_RELEASE)
		return continue_because(MEMSUSP_CAUSE_RELEASE);
	/* It runs already, whatever we think of it. */
	if (c->continued)
		return continue_because(MEMSUSP_CAUSE_FOREIGN);
	if (c->order == MEMSUSP_ORDER_SUSPEND)
		return suspend_for(MEMSUSP_REASON_USER);
	if (c->order == MEMSUSP_ORDER_RESUME && fits)
		return continue_because(MEMSUSP_CAUSE_USER);
	if (c->reason == MEMSUSP_REASON_LIMIT && fits)
		return continue_because(MEMSUSP_CAUSE_AUTO);
	return (struct memsusp_verdict){ .action = MEMSUSP_STAY };
}

static struct memsusp_verdict decide_running(const struct memsusp_case *c)
{
	if (c->order == MEMSUSP_ORDER_RELEASE)
		return (struct memsusp_verdict){ .action = MEMSUSP_STAY };
	if (c->order == MEMSUSP_ORDER_SUSPEND)
		return suspend_for(MEMSUSP_REASON_USER);
	if (c->charge > c->limit && c->touched)
		return suspend_for(MEMSUSP_REASON_LIMIT);
	return (struct memsusp_verdict){ .action = MEMSUSP_STAY };
}

/**
 * memsusp_policy_decide() - suspend a job, continue it, or let it be
 * @c: the facts
 *
 * A running job above its limit is suspended, unless it has touched nothing
 * since somebody else continued it: the limit then holds from its next first
 * touch on. A job suspended for its limit continues as soon as it fits; one
 * suspended by hand waits for an order.
 *
 * Return: what to do. MEMSUSP_SUSPEND for a job that is suspended already
 * means that only the reason changes.
 */
struct memsusp_verdict memsusp_policy_decide(const struct memsusp_case *c)
{
	return c->state == MEMSUSP_SUSPENDED ? decide_suspended(c) : decide_running(c);
}

/**
 * memsusp_policy_next_look() - where to look at a running job's memory next
 * @charge: pages, as just summed up
 * @limit: pages
 * @soft_limit: pages
 * @warned: the charge stood above @soft_limit already
 * @page_shift: log2 of the page size
 *
 * At the limits, of course. Below them a job is summed up each time it may have
 * grown by an eighth, but not more often than every 16 MiB: that is for "peak".
 * Above the soft limit it is summed up each time it has touched an eighth of
 * that, so that whenever it falls an eighth below and crosses it again, it is
 * warned again.
 *
 * Return: pages; the first touch above it calls the governor.
 */
long memsusp_policy_next_look(long charge, long limit, long soft_limit, bool warned,
			      unsigned int page_shift)
{
	long least = (16L << 20) >> page_shift;
	long step = charge / 8 > least ? charge / 8 : least;
	long look = limit;

	if (warned && step > soft_limit / 8)
		step = soft_limit / 8 ?: 1;
	if (charge <= MEMSUSP_NO_LIMIT - step && look > charge + step)
		look = charge + step;
	if (!warned && look > soft_limit)
		look = soft_limit;
	/* Above a limit already, as after somebody else's SIGCONT. */
	return look > charge ? look : charge;
}
