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
 * A job's charge is the sum over its address spaces, and over what they left to
 * the ones forked from them and do not hold any more:
 *
 *	A parent touches 1000 pages, forks two children and exits. Each child
 *	holds 1000 pages and has touched none; nobody in the job pays for them.
 *	The parent's entry stays in the ledger and is charged with what its
 *	heirs hold unpaid: 1000 pages, once, because both hold the same.
 *	One child writes to 400 of them: it has touched 400, and holds 600
 *	unpaid, the other 1000: the charge is 1400, and so many pages there
 *	are. The other exits: 600 unpaid, charge 1000.
 *
 *	If the parent lives and writes to 300 of its pages, it gets 300 copies
 *	and the children keep the old ones: 1300.
 *
 * lineage.c finds these for all spaces of a job at once.
 */
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

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

/* Add what the threads of a process have not yet added to their mm's counters. */
static void count_threads(struct memsusp_process *process, struct memsusp_space *space)
{
	struct task_struct *leader, *thread;

	rcu_read_lock();
	leader = pid_task(process->pid, PIDTYPE_TGID);
	if (leader) {
		memsusp_for_each_thread(leader, thread) {
			if (READ_ONCE(thread->mm) != space->mm)
				continue;
			space->anon += memsusp_thread_pages(thread, MM_ANONPAGES);
			space->swap += memsusp_thread_pages(thread, MM_SWAPENTS);
		}
	}
	rcu_read_unlock();
}

/*
 * Ask the kernel what each address space of @job holds. Where threads keep a
 * part of the count, one of them may just hand its part over, from where we have
 * not looked yet to where we have: false then.
 */
static bool count_once(struct memsusp_job *job)
{
	struct memsusp_process *process;
	struct memsusp_space *space;
	bool stable = true;

	for_each_space(space, job) {
		if (!space->mm)
			continue;
		space->anon = memsusp_mm_pages(space->mm, MM_ANONPAGES);
		space->swap = memsusp_mm_pages(space->mm, MM_SWAPENTS);
		space->seen = space->anon + space->swap;
	}
	if (!memsusp_threads_keep_pages)
		return true;
	list_for_each_entry_rcu(process, &job->processes, link,
				lockdep_is_held(&memsusp_mutex)) {
		space = READ_ONCE(process->space);
		if (space && space->mm)
			count_threads(process, space);
	}
	for_each_space(space, job)
		if (space->mm && space->seen != memsusp_mm_pages(space->mm, MM_ANONPAGES) +
						memsusp_mm_pages(space->mm, MM_SWAPENTS))
			stable = false;
	return stable;
}

static void count(struct memsusp_job *job)
{
	int tries = 5;

	while (!count_once(job) && --tries)
		;
}

static long held(const struct memsusp_space *space)
{
	return max(space->anon + space->swap, 0L);
}

/* What cannot be explained by what it was entered with and has touched since. */
static long surplus(const struct memsusp_space *space)
{
	return held(space) - space->entered_held - atomic_long_read(&space->touched);
}

/* Whether somebody who runs in @space is inside execve. O(threads). */
static bool in_execve(struct memsusp_job *job, struct memsusp_space *space)
{
	struct task_struct *leader, *thread;
	struct memsusp_process *process;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(process, &job->processes, link) {
		leader = READ_ONCE(process->space) == space ?
			 pid_task(process->pid, PIDTYPE_TGID) : NULL;
		if (!leader)
			continue;
		memsusp_for_each_thread(leader, thread) {
			/* So long as it has its memory, it has its stack. */
			task_lock(thread);
			found = thread->mm == space->mm && memsusp_in_execve(thread);
			task_unlock(thread);
			if (found)
				goto out;
		}
	}
out:
	rcu_read_unlock();
	return found;
}

/*
 * While execve copies its arguments, up to 6 MiB, the kernel counts them in the
 * memory of the caller. So what @space holds may not have grown by more than was
 * touched, if somebody is in execve: what is more than that are arguments.
 */
static void set_off_arguments(struct memsusp_job *job)
{
	struct memsusp_space *space;

	for_each_space(space, job) {
		long now;

		if (!space->mm)
			continue;
		now = surplus(space);
		if (now > space->surplus && in_execve(job, space))
			space->anon -= now - space->surplus;
		else
			space->surplus = now;
	}
}

/*
 * So many pages the kernel may have counted before it calls the hook: what
 * khugepaged fills up, and in each thread the one of the fault it is in.
 */
#define IN_FLIGHT	512

/* Pages that came without a call of the hook, if that is the only explanation. */
static long unseen(const struct memsusp_space *space)
{
	long pages;

	/* What a fork has copied so far is not yet told from what it shares. */
	if (!space->mm || READ_ONCE(space->forking))
		return 0;
	pages = surplus(space);
	return pages > IN_FLIGHT + atomic_read(&space->mm->mm_users) ? pages : 0;
}

/*
 * While kprobes, or with them ftrace, are switched off the hook is not called, and
 * nobody tells us. But no address space can hold more than what it was entered
 * with and has touched since: what is above that counts as touched now.
 */
static void catch_up(struct memsusp_job *job)
{
	struct memsusp_space *space;
	long all = 0;

	for_each_space(space, job)
		all += unseen(space);
	if (!all)
		return;
	/* Swapped out between the two numbers, a page is in both; but not twice. */
	count(job);
	set_off_arguments(job);
	all = 0;
	for_each_space(space, job) {
		long pages = unseen(space);

		atomic_long_add(pages, &space->touched);
		space->surplus -= pages;
		all += pages;
	}
	memsusp_stats.touches_unseen += all;
	if (all)
		pr_warn_once("job %d has touched %ld pages without a call of our hook: were kprobes or ftrace switched off?\n",
			     job->nr, all);
}

static void settle_charge(struct memsusp_space *space)
{
	space->charge = space->mm ? min(held(space), paid(space)) : 0;
	space->unpaid = held(space) - space->charge;
}

/*
 * What @space has copied since it was at @mark. What it wrote to the zero page,
 * or to a file's page that it had only read, looks like a copy but lets it grow.
 */
static long copies_since(const struct memsusp_space *space, const struct memsusp_mark *mark)
{
	long touched = atomic_long_read(&space->touched) - mark->touched;
	long copied = atomic_long_read(&space->copied) - mark->copied;

	if (space->mm)
		copied = min(copied, touched - (held(space) - mark->held));
	return max(copied, 0L);
}

/* Its copies that may have replaced pages of those it was forked from. */
static long copies_to_set_off(const struct memsusp_space *space)
{
	struct memsusp_mark entered = { .held = space->entered_held };

	return max(copies_since(space, &entered) - space->set_off, 0L);
}

/*
 * How many pages @origin may have left to @heir, which was forked from it: all
 * it ever had, if it has ended, except those that were replaced since;
 * otherwise those it has copied since, and by how much it has shrunk.
 */
static long left_to(const struct memsusp_space *heir, const struct memsusp_space *origin,
		    long replaced)
{
	if (!origin->mm)
		return max(paid(origin) - replaced, 0L);
	return copies_since(origin, &heir->at_fork) +
	       max(heir->at_fork.held - held(origin), 0L);
}

/*
 * The only heir of a space that has ended takes over what it holds of it, so
 * that a long chain of forks leaves no long chain of entries.
 */
static void inherit(struct memsusp_space *space)
{
	struct memsusp_space *origin = space->origin;
	unsigned long flags;
	long replaced, left;

	if (!origin || origin->mm || READ_ONCE(origin->heirs) != 1)
		return;
	/* It is being torn down: what it held cannot be told any more. */
	if (space->mm && !atomic_read(&space->mm->mm_users))
		return;
	replaced = min(copies_to_set_off(space), paid(origin));
	left = left_to(space, origin, replaced);
	space->set_off += replaced;
	space->baseline += space->mm ? min(space->unpaid, left) : left;
	settle_charge(space);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	space->origin = origin->origin;
	space->at_fork = origin->at_fork;
	origin->origin = NULL;
	WRITE_ONCE(origin->heirs, 0);
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
}

/*
 * What spaces hold beyond what they paid for was touched by those they were forked
 * from: charge these for what they have left. In the list each stands behind its origin.
 * A space that a fork enters meanwhile waits for the next sum. Returns the pages charged.
 */
static long charge_origins(struct memsusp_job *job)
{
	struct memsusp_lineage *lineage, *last = NULL;
	struct memsusp_space *space, *origin;
	long pages = 0;

	for_each_space(space, job) {
		origin = space->origin;
		/* The families of two jobs have nothing to do with one another. */
		if (WARN_ON_ONCE(origin && origin->job != job))
			origin = NULL;
		lineage = &space->lineage;
		lineage->origin = origin ? &origin->lineage : NULL;
		lineage->ended = !space->mm;
		lineage->paid = paid(space);
		lineage->charge = space->charge;
		lineage->given = origin ? left_to(space, origin, 0) : 0;
		lineage->copies = copies_to_set_off(space);
		lineage->unpaid = space->unpaid;
		memsusp_lineage_add(lineage, last);
		last = lineage;
	}
	memsusp_lineage_settle(last);
	for (lineage = last; lineage; lineage = lineage->before)
		pages += lineage->charge + lineage->left;
	return pages;
}

/**
 * memsusp_charge_touched() - pages that a job touched first since registration
 * @job: whose pages
 *
 * What is new of them is counted for the whole node as well.
 *
 * Context: process, memsusp_mutex held.
 */
long memsusp_charge_touched(struct memsusp_job *job)
{
	const struct memsusp_space *space;
	long touched = job->touched_gone;

	lockdep_assert_held(&memsusp_mutex);
	for_each_space(space, job)
		touched += atomic_long_read(&space->touched);
	memsusp_stats.touches += touched - job->touched_told;
	job->touched_told = touched;
	return touched;
}

/**
 * memsusp_charge_sum() - sum up what a job holds
 * @job: which
 *
 * To be called by memsusp_node_update() alone, so that the node's sums follow. Touches
 * that happen meanwhile may be counted twice until the next sum. Lost until then is at
 * most the touch of a thread that is between the hook and the place where the kernel
 * counts it.
 *
 * Context: process, memsusp_mutex held. Does not allocate or sleep.
 */
void memsusp_charge_sum(struct memsusp_job *job)
{
	long used = atomic_long_read(&job->used);
	struct memsusp_space *space;

	lockdep_assert_held(&memsusp_mutex);
	count(job);
	set_off_arguments(job);
	catch_up(job);
	for_each_space(space, job)
		settle_charge(space);
	for_each_space(space, job)
		inherit(space);
	WRITE_ONCE(job->charge, charge_origins(job));
	job->anon = 0;
	job->swap = 0;
	for_each_space(space, job) {
		job->anon += max(space->anon, 0L);
		job->swap += max(space->swap, 0L);
	}
	atomic_long_add(job->charge - used, &job->used);
	WRITE_ONCE(job->peak, max(job->peak, job->charge));
	if (job->state == MEMSUSP_SUSPENDED && job->reason == MEMSUSP_REASON_LIMIT)
		job->overshoot = max(job->overshoot, job->charge - job->stop_limit);
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
	space->entered_held = space->baseline;
}
