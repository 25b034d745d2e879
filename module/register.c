// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration: a process becomes a job.
 *
 * The job is made and shown in sysfs before its process is entered, so that
 * nothing can fail once it has begun to count. Until then it is inert: it is in
 * no list, and what is written to its files finds no process.
 */
#include <linux/delay.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "compat.h"
#include "memsusp.h"

/* What a registration needs; all of it is allocated before M is taken. */
struct candidate {
	const struct file *opened;
	struct task_struct *task;
	struct pid *pid;
	struct memsusp_job *job;
	struct memsusp_process *process;
	struct memsusp_space *space;
};

/*
 * Whether the candidate may become a job, and if so, make its number its own.
 * -EAGAIN: a job that has ended is about to give that number back.
 */
static int reserve_number(struct candidate *c)
{
	struct memsusp_process *process;
	struct memsusp_job *other;

	lockdep_assert_held(&memsusp_mutex);
	rcu_read_lock();
	process = memsusp_process_find(c->pid);
	rcu_read_unlock();
	if (process && !process->job->ended) {
		if (process->job->root == c->pid)
			return -EEXIST;
		if (!memsusp_is_admin(c->opened))
			return -EPERM;
	}
	other = memsusp_job_find(c->job->nr);
	/* Its processes may be gone while their memory still is to go. */
	if (other)
		return other->ended || other->faded ? -EAGAIN : -EEXIST;
	memsusp_job_take_number(c->job);
	return 0;
}

/* Leave the old job, with what was touched, for a new one. */
static int move_member(struct memsusp_process *process, struct memsusp_job *job)
{
	struct memsusp_job *old = process->job;
	struct memsusp_space *space = process->space;
	struct memsusp_space *heir, *next;

	lockdep_assert_held(&memsusp_ledger_lock);
	if (old->root == process->pid)
		return -EEXIST;
	/* Memory that others of the old job run in stays charged to it. */
	if (space && space->users > 1)
		return -EEXIST;
	list_del_rcu(&process->link);
	WRITE_ONCE(old->nr_processes, old->nr_processes - 1);
	WRITE_ONCE(process->job, job);
	process->serial = ++job->last_serial;
	list_add_tail_rcu(&process->link, &job->processes);
	WRITE_ONCE(job->nr_processes, job->nr_processes + 1);
	if (space) {
		list_for_each_entry_safe(heir, next, &old->spaces, link) {
			if (heir->origin != space)
				continue;
			heir->origin = NULL;
			WRITE_ONCE(space->heirs, space->heirs - 1);
			/* It is just forking: what comes of it comes along, if it is ours. */
			if (heir->forking) {
				list_del_rcu(&heir->link);
				WRITE_ONCE(heir->job, job);
				list_add_tail_rcu(&heir->link, &job->spaces);
				WRITE_ONCE(heir->forking, job->inherit);
			}
		}
		if (space->origin)
			WRITE_ONCE(space->origin->heirs, space->origin->heirs - 1);
		space->origin = NULL;
		list_del_rcu(&space->link);
		WRITE_ONCE(space->job, job);
		list_add_tail_rcu(&space->link, &job->spaces);
	}
	memsusp_governor_order(old);
	return 0;
}

/*
 * Enter the candidate's process and address space: from here on it counts.
 * Members of other jobs bring their entries along.
 */
static int enter(struct candidate *c, struct mm_struct *mm)
{
	struct memsusp_process *process;
	unsigned long flags;
	int err = 0;

	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	process = memsusp_process_find(c->pid);
	if (process) {
		err = move_member(process, c->job);
	} else if (memsusp_space_find(mm)) {
		/* Shared with a member of a job (CLONE_VM), which pays for it. */
		err = -EEXIST;
	} else {
		mmgrab(mm);
		c->space->mm = mm;
		c->space->job = c->job;
		memsusp_space_insert(c->space);
		c->process->pid = get_pid(c->pid);
		c->process->nr_threads = get_nr_threads(c->task);
		c->process->job = c->job;
		c->process->space = c->space;
		memsusp_process_insert(c->process);
	}
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	return err;
}

static u64 last_number;	/* M */

/* Let the job begin. */
static int begin(struct candidate *c)
{
	struct memsusp_job *job = c->job;
	struct mm_struct *mm;
	int err;

	mm = memsusp_grab_mm(c->task);
	if (!mm)
		return -ESRCH;
	mutex_lock(&memsusp_mutex);
	err = enter(c, mm);
	if (!err) {
		memsusp_job_admit(job, c->task);
		if (c->process->pid) {
			struct memsusp_process *process = c->process;

			c->process = NULL;
			c->space = NULL;
			memsusp_charge_begin(job);
			/* It may have called exec, or have exited, a moment ago. */
			memsusp_adopt_follow(c->task, process);
			memsusp_job_admit(job, c->task);
		}
		job->begun = true;
		job->number = ++last_number;
		list_add_tail(&job->link, &memsusp_jobs);
		WRITE_ONCE(memsusp_nr_jobs, memsusp_nr_jobs + 1);
		memsusp_node_add(job);
		memsusp_node_update(job);
		memsusp_event_job(MEMSUSP_EVENT_REGISTER, job, job->reason, task_tgid_nr(current));
		memsusp_governor_order(job);
	}
	mutex_unlock(&memsusp_mutex);
	/* It may have many threads. */
	memsusp_stock_kick();
	mmdrop(mm);
	return err;
}

static int allocate_and_begin(struct candidate *c)
{
	int err;

	c->process = kzalloc(sizeof(*c->process), GFP_KERNEL);
	c->space = kzalloc(sizeof(*c->space), GFP_KERNEL);
	err = c->process && c->space ? begin(c) : -ENOMEM;
	kfree(c->space);
	kfree(c->process);
	return err;
}

static int reserve(struct candidate *c)
{
	bool looked = false;
	int err;

	for (;;) {
		mutex_lock(&memsusp_mutex);
		err = reserve_number(c);
		mutex_unlock(&memsusp_mutex);
		/* That its last process has ended, the governor may not have seen yet. */
		if (err != -EAGAIN && (err != -EEXIST || looked))
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		memsusp_governor_run();
		memsusp_janitor_flush();
		if (looked)
			usleep_range(1000, 2000);
		looked = true;
	}
}

static int register_task(const struct file *opened, struct task_struct *task, struct pid *pid,
			 const struct memsusp_registration *reg)
{
	struct candidate c = { .opened = opened, .task = task, .pid = pid };
	struct memsusp_job *job;
	int err;

	job = memsusp_job_alloc();
	if (!job)
		return -ENOMEM;
	/* Whoever decides about them all must have room for them all. */
	err = memsusp_node_reserve();
	if (err)
		goto err_free;
	c.job = job;
	job->root = get_pid(pid);
	job->nr = pid_nr(pid);
	job->uid = task_uid(task);
	job->inherit = reg->inherit;
	job->limit = reg->limit;
	job->soft_limit = reg->soft_limit;
	job->priority = reg->priority;
	memcpy(job->name, reg->name, sizeof(job->name));

	err = reserve(&c);
	if (err)
		goto err_free;
	err = memsusp_hooks_get();
	if (err)
		goto err_number;
	/* From here on the reference that sysfs holds frees the job. */
	err = memsusp_sysfs_add(job);
	if (err)
		goto err_hooks;
	err = allocate_and_begin(&c);
	if (err)
		goto err_sysfs;
	/* If it is above its limit already, it is suspended when we return. */
	memsusp_governor_run();
	return 0;

err_sysfs:
	memsusp_janitor_hide(job);
err_hooks:
	memsusp_hooks_put();
err_number:
	memsusp_job_drop_number(job);
	if (job->kobj.state_initialized) {
		kobject_put(&job->kobj);
		return err;
	}
err_free:
	memsusp_job_free(job);
	return err;
}

/**
 * memsusp_register() - make a process and its future children a job
 * @opened: the file through which it is asked for
 * @reg: what was written to "register"
 *
 * Context: process; may sleep and allocate.
 * Return: 0, or a negative errno as in the table of docs/interface.md; then
 * nothing was changed.
 */
int memsusp_register(const struct file *opened, const struct memsusp_registration *reg)
{
	struct pid *pid = find_get_pid(reg->pid);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);
	int err;

	if (!task)
		err = -ESRCH;
	else if (is_global_init(task))
		err = -EPERM;
	else if (task->flags & PF_KTHREAD)
		err = -EINVAL;
	else if (!memsusp_may_register(opened, task))
		err = -EPERM;
	else if (reg->priority > 0 && !memsusp_is_admin(opened))
		err = -EPERM;
	else
		err = register_task(opened, task, pid, reg);
	if (task)
		put_task_struct(task);
	put_pid(pid);
	return err;
}
