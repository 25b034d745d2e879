// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge: what a job really holds.
 *
 * For one address space
 *
 *	charge = min(anonymous pages in RAM + in swap,
 *		     pages at registration + pages first touched since)
 *
 * The first term is the kernel's own count. It knows of memory that was given
 * back, but counts pages that a child only shares with its parent since fork.
 * The second is ours. It knows what was touched, but not what was given back.
 * The smaller one is right unless a child both shares and gives back.
 *
 * A job's charge is the sum over its address spaces, and over those that have
 * ended but left pages to the ones forked from them:
 *
 *	A parent touches 1000 pages, forks two children and exits. Each child
 *	holds 1000 pages and has touched none; nobody in the job pays for them.
 *	The parent's entry stays in the ledger and is charged with what its
 *	heirs hold unpaid: 1000 pages, once, because both hold the same.
 *	One child writes to 400 of them: it has touched 400, and holds 600
 *	unpaid, the other 1000: the charge is 1400, and so many pages there
 *	are. The other exits: 600 unpaid, charge 1000.
 */
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "memsusp.h"

/* Fork and exec hooks may add to the list meanwhile. */
#define for_each_space(space, job)				\
	list_for_each_entry_rcu(space, &(job)->spaces, link,	\
				lockdep_is_held(&memsusp_mutex))

static long paid(const struct memsusp_space *space)
{
	return space->baseline + atomic_long_read(&space->touched);
}

/* Ask the kernel what each address space of @job holds. */
static void count(struct memsusp_job *job)
{
	struct memsusp_process *process;
	struct memsusp_space *space;
	struct task_struct *leader, *thread;

	for_each_space(space, job) {
		if (!space->mm)
			continue;
		space->anon = memsusp_mm_pages(space->mm, MM_ANONPAGES);
		space->swap = memsusp_mm_pages(space->mm, MM_SWAPENTS);
	}
	if (!memsusp_threads_keep_pages)
		return;
	list_for_each_entry_rcu(process, &job->processes, link,
				lockdep_is_held(&memsusp_mutex)) {
		space = READ_ONCE(process->space);
		if (!space || !space->mm)
			continue;
		rcu_read_lock();
		leader = pid_task(process->pid, PIDTYPE_TGID);
		if (leader) {
			for_each_thread(leader, thread) {
				if (READ_ONCE(thread->mm) != space->mm)
					continue;
				space->anon += memsusp_thread_pages(thread, MM_ANONPAGES);
				space->swap += memsusp_thread_pages(thread, MM_SWAPENTS);
			}
		}
		rcu_read_unlock();
	}
}

static void settle_charge(struct memsusp_space *space)
{
	long held = max(space->anon + space->swap, 0L);

	space->charge = space->mm ? min(held, paid(space)) : 0;
	space->unpaid = held - space->charge;
}

/*
 * The only heir of a space that has ended takes over what it holds of it, so
 * that a long chain of forks leaves no long chain of entries.
 */
static void inherit(struct memsusp_space *space)
{
	struct memsusp_space *origin = space->origin;
	unsigned long flags;

	if (!origin || origin->mm || READ_ONCE(origin->heirs) != 1)
		return;
	space->baseline += space->mm ? min(space->unpaid, paid(origin)) : paid(origin);
	settle_charge(space);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	space->origin = origin->origin;
	origin->origin = NULL;
	origin->heirs = 0;
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
}

/*
 * What @space holds beyond what it paid for was touched by those it was forked
 * from, nearest first. Those alive pay for it themselves; charge those that
 * have ended.
 */
static void charge_origins(struct memsusp_space *space)
{
	struct memsusp_space *origin;
	long unpaid = space->unpaid;

	for (origin = space->origin; origin && unpaid > 0; origin = origin->origin) {
		long share = min(unpaid, origin->mm ? origin->charge : paid(origin));

		if (!origin->mm)
			origin->charge = max(origin->charge, share);
		unpaid -= share;
	}
}

/* A suspended job need not be looked at, whatever others touch in it. */
static long next_trip(const struct memsusp_job *job)
{
	if (job->state == MEMSUSP_SUSPENDED)
		return MEMSUSP_NO_LIMIT;
	return memsusp_policy_next_look(job->charge, job->limit, job->soft_limit,
					job->warned, PAGE_SHIFT);
}

/**
 * memsusp_charge_touched() - pages that a job touched first since registration
 * @job: it
 *
 * Context: process, memsusp_mutex held.
 */
long memsusp_charge_touched(const struct memsusp_job *job)
{
	const struct memsusp_space *space;
	long touched = job->touched_gone;

	lockdep_assert_held(&memsusp_mutex);
	for_each_space(space, job)
		touched += atomic_long_read(&space->touched);
	return touched;
}

/**
 * memsusp_charge_update() - sum up what a job holds
 * @job: it
 *
 * Fills in what depends on the sum: charge, peak, overshoot and the mark at
 * which the governor is called next. Touches that happen meanwhile may be
 * counted twice until the next sum, and are never lost.
 *
 * Context: process, memsusp_mutex held. Does not allocate or sleep.
 */
void memsusp_charge_update(struct memsusp_job *job)
{
	long used = atomic_long_read(&job->used);
	struct memsusp_space *space;
	bool orphans = false;

	lockdep_assert_held(&memsusp_mutex);
	count(job);
	for_each_space(space, job) {
		settle_charge(space);
		orphans |= !space->mm;
	}
	if (orphans) {
		for_each_space(space, job)
			inherit(space);
		for_each_space(space, job)
			charge_origins(space);
	}
	job->anon = 0;
	job->swap = 0;
	job->charge = 0;
	for_each_space(space, job) {
		job->anon += max(space->anon, 0L);
		job->swap += max(space->swap, 0L);
		job->charge += space->charge;
	}
	atomic_long_add(job->charge - used, &job->used);
	job->peak = max(job->peak, job->charge);
	if (job->state == MEMSUSP_SUSPENDED && job->reason == MEMSUSP_REASON_LIMIT)
		job->overshoot = max(job->overshoot, job->charge - job->stop_limit);
	WRITE_ONCE(job->trip, next_trip(job));
	memsusp_stats.true_ups++;
}

/**
 * memsusp_charge_begin() - take what a job's only space holds as its baseline
 * @job: just registered
 *
 * Context: process, memsusp_mutex held.
 */
void memsusp_charge_begin(struct memsusp_job *job)
{
	struct memsusp_space *space;
	long touched;

	lockdep_assert_held(&memsusp_mutex);
	space = list_first_entry(&job->spaces, struct memsusp_space, link);
	touched = atomic_long_read(&space->touched);
	count(job);
	space->baseline = max(space->anon + space->swap - touched, 0L);
}
