// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adoption: who was forked, or called exec, when the stock was empty is found again by
 * his parent, and what a hook could not know of a process is made up for. The stock
 * promises that this is rare (stock.c).
 */
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "memsusp.h"

/*
 * Enter a process that may have been forked, or may have called exec, while the
 * stock was empty. What it touched meanwhile is not known: as long as neither it
 * nor its parent has called exec, nothing of what it holds is its own; then, all.
 * Returns its entry, which has no space yet if the stock has none; NULL: nothing
 * was missing, or there is no entry for it.
 */
static struct memsusp_process *adopt(struct task_struct *task, struct pid *pid,
				     struct mm_struct *mm, long held)
{
	struct task_struct *parent = rcu_dereference(task->real_parent);
	struct memsusp_process *process, *from;
	struct memsusp_space *origin = NULL;

	lockdep_assert_held(&memsusp_ledger_lock);
	process = memsusp_process_find(pid);
	if (process && memsusp_ledger_is_settled(process, mm))
		return NULL;
	from = memsusp_process_find(task_tgid(parent));
	/* Neither has called exec since the fork: the number is one of the parent's execs. */
	if (from && task->flags & PF_FORKNOEXEC &&
	    READ_ONCE(task->parent_exec_id) == READ_ONCE(parent->self_exec_id))
		origin = from->space;
	if (process) {
		if (origin && origin->job != process->job)
			origin = NULL;
		memsusp_ledger_settle(process, mm, origin, held);
	} else if (from && from->job->inherit && from->job->seeks &&
		   task->start_time > from->job->born_ns) {
		memsusp_ledger_enter(from, pid, get_nr_threads(task), mm, origin, held);
		process = memsusp_process_find(pid);
	}
	return process;
}

/**
 * memsusp_adopt_follow() - catch up with what the hooks did not see
 * @task: the first thread of a process
 * @process: its entry, which the hooks know from now on
 *
 * Just before they knew it, it may have called exec, or have ended.
 *
 * Context: process, memsusp_mutex held. Takes memsusp_ledger_lock.
 */
void memsusp_adopt_follow(struct task_struct *task, struct memsusp_process *process)
{
	struct mm_struct *mm;
	unsigned long flags;
	bool there, settled;
	long held;

	lockdep_assert_held(&memsusp_mutex);
	/* Pairs with the order in which a thread dies: first @live, then the hook. */
	smp_mb();
	do {
		mm = memsusp_grab_mm(task);
		if (!mm)
			break;
		held = memsusp_pages_held(mm, task);
		raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
		there = memsusp_ledger_is_settled(process, mm);
		settled = there || memsusp_ledger_settle(process, mm, NULL, held);
		raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
		mmdrop(mm);
		/* Once more, lest it was a later exec that the hook had entered. */
	} while (!there && settled);
	if (mm && !settled)
		memsusp_ledger_missed(process->job);
	if (!atomic_read(&task->signal->live))
		memsusp_process_exited(process);
}

/* Whether a process may be one that was missed. Only for those is anything counted. */
static bool may_be_missed(struct task_struct *task, struct pid *pid)
{
	struct memsusp_process *process = memsusp_process_find(pid);
	struct task_struct *parent;

	if (process)
		return !READ_ONCE(process->space);
	parent = rcu_dereference(task->real_parent);
	process = memsusp_process_find(task_tgid(parent));
	return process && READ_ONCE(process->job)->seeks;
}

/* One look at a process. Returns whether it has an entry and a space now, and had not. */
static bool consider(struct task_struct *task)
{
	struct memsusp_process *process = NULL;
	struct pid *pid = task_tgid(task);
	bool adopted = false;
	struct mm_struct *mm;
	unsigned long flags;
	long held;

	/* It has no number any more when its parent has waited for it. */
	if (!pid || !may_be_missed(task, pid))
		return false;
	mm = memsusp_grab_mm(task);
	if (!mm)
		return false;
	held = memsusp_pages_held(mm, task);
	if (atomic_read(&task->signal->live)) {
		raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
		process = adopt(task, pid, mm, held);
		raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	}
	if (process) {
		memsusp_adopt_follow(task, process);
		memsusp_job_admit(process->job, task);
		memsusp_governor_order(process->job);
		adopted = READ_ONCE(process->space);
		memsusp_stats.adopted += adopted;
	}
	mmdrop(mm);
	return adopted;
}

/**
 * memsusp_adopt_missed() - find the children that forks missed, and theirs
 *
 * Context: the janitor, after it has filled the stock. Takes memsusp_mutex.
 */
void memsusp_adopt_missed(void)
{
	struct task_struct *task;
	struct memsusp_job *job;
	bool again;

	mutex_lock(&memsusp_mutex);
	if (!memsusp_ledger_take_missed())
		goto unlock;
	list_for_each_entry(job, &memsusp_jobs, link)
		if (test_and_clear_bit(MEMSUSP_JOB_MISSED, &job->flags))
			job->seeks = true;
	do {
		again = false;
		rcu_read_lock();
		for_each_process(task)
			again |= consider(task);
		rcu_read_unlock();
	} while (again && !memsusp_stock_is_low());
	if (memsusp_stock_is_low()) {
		/* Fill it first, and go on. */
		memsusp_ledger_seek_again();
	} else {
		list_for_each_entry(job, &memsusp_jobs, link)
			job->seeks = false;
	}
	memsusp_governor_kick();
unlock:
	mutex_unlock(&memsusp_mutex);
}
