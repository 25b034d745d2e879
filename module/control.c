// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users may do with a job that exists. Here it is checked and written down;
 * the governor carries it out before the caller returns.
 */
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "memsusp.h"

/* The job whose root has the number @nr in the pid namespace of current now; under RCU. */
static struct memsusp_job *job_of_root(int nr)
{
	struct pid *pid = find_vpid(nr);
	struct memsusp_process *process = pid ? memsusp_process_find(pid) : NULL;
	struct memsusp_job *job = process ? READ_ONCE(process->job) : NULL;

	return job && job->root == pid ? job : NULL;
}

/*
 * The job whose number is @nr in the pid namespace of current. Its root may be
 * gone, so its number is asked for, not a task. In the initial namespace the number is
 * the job's as long as it lives; in others a new root can have it, and then is meant.
 */
static struct memsusp_job *find_job(int nr)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct memsusp_job *job;

	lockdep_assert_held(&memsusp_mutex);
	if (ns == &init_pid_ns) {
		job = memsusp_job_find(nr);
		return job && READ_ONCE(job->nr_processes) && !job->ended ? job : NULL;
	}
	rcu_read_lock();
	job = job_of_root(nr);
	rcu_read_unlock();
	if (job && job->begun && !job->ended)
		return job;
	list_for_each_entry(job, &memsusp_jobs, link)
		if (pid_nr_ns(job->root, ns) == nr && READ_ONCE(job->nr_processes) && !job->ended)
			return job;
	return NULL;
}

/**
 * memsusp_job_vnr() - the number by which current can order something of a job
 * @job: whose number
 *
 * Context: process.
 * Return: its number in the pid namespace of current; 0 if it has none there, or if
 * another job's root has it by now.
 */
pid_t memsusp_job_vnr(const struct memsusp_job *job)
{
	struct memsusp_job *other;
	pid_t nr = pid_vnr(job->root);

	if (!nr)
		return 0;
	rcu_read_lock();
	other = job_of_root(nr);
	rcu_read_unlock();
	return other && other != job ? 0 : nr;
}

/* Why there is no job with that number. */
static int no_job(int nr)
{
	struct task_struct *task;
	struct pid *pid;
	int err;

	rcu_read_lock();
	pid = find_vpid(nr);
	task = pid ? pid_task(pid, PIDTYPE_TGID) : NULL;
	if (!task)
		err = -ESRCH;
	else if (is_global_init(task))
		err = -EPERM;
	else if (task->flags & PF_KTHREAD)
		err = -EINVAL;
	else
		err = -ENOENT;
	rcu_read_unlock();
	return err;
}

/* Find a job that may be changed through @opened, and return with memsusp_mutex held. */
static struct memsusp_job *lock_job(const struct file *opened, int nr, bool *admin)
{
	struct memsusp_job *job;
	int err;

	mutex_lock(&memsusp_mutex);
	job = find_job(nr);
	err = job ? memsusp_job_access(opened, job, admin) : no_job(nr);
	if (!err)
		return job;
	mutex_unlock(&memsusp_mutex);
	return ERR_PTR(err);
}

/*
 * Whether a job's number may become another one: only root may raise it. Under
 * memsusp_mutex. Returns 0, -ENOENT or -EPERM.
 */
static int may_set(const struct file *opened, const struct memsusp_job *job, long old, long new)
{
	bool admin;
	int err = memsusp_job_access(opened, job, &admin);

	return err ?: !admin && new > old ? -EPERM : 0;
}

static void give_order(struct memsusp_job *job, enum memsusp_order order)
{
	job->order = order;
	job->ordered_by = task_tgid_nr(current);
}

static void change_limit(struct memsusp_job *job, long limit)
{
	WRITE_ONCE(job->limit, limit);
	job->drained = false;
	memsusp_event_job(MEMSUSP_EVENT_LIMIT, job, job->reason, task_tgid_nr(current));
}

static void unlock_and_run(struct memsusp_job *job)
{
	memsusp_governor_order(job);
	mutex_unlock(&memsusp_mutex);
	memsusp_governor_run();
}

/**
 * memsusp_unregister() - forget a job; one that is suspended is continued first
 * @opened: the file through which it is asked for
 * @nr: its number in the pid namespace of current
 *
 * Context: process; may sleep.
 * Return: 0, -ESRCH, -ENOENT or -EPERM.
 */
int memsusp_unregister(const struct file *opened, int nr)
{
	struct memsusp_job *job;
	unsigned long flags;
	bool admin;

	job = lock_job(opened, nr, &admin);
	if (IS_ERR(job))
		return PTR_ERR(job);
	if (!admin) {
		mutex_unlock(&memsusp_mutex);
		return -EPERM;
	}
	kobject_get(&job->kobj);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	job->ended = true;
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	give_order(job, MEMSUSP_ORDER_RELEASE);
	unlock_and_run(job);
	/* One of its processes may be just exiting, and be removed only then. */
	while (!READ_ONCE(job->gone))
		memsusp_governor_run();
	memsusp_janitor_flush();
	kobject_put(&job->kobj);
	memsusp_hooks_settle();
	return 0;
}

/**
 * memsusp_suspend() - suspend a job by hand
 * @opened: the file through which it is asked for
 * @nr: its number in the pid namespace of current
 *
 * Context: process; may sleep.
 * Return: 0, -ESRCH, -ENOENT or -EPERM.
 */
int memsusp_suspend(const struct file *opened, int nr)
{
	struct memsusp_job *job;
	bool admin;

	job = lock_job(opened, nr, &admin);
	if (IS_ERR(job))
		return PTR_ERR(job);
	give_order(job, MEMSUSP_ORDER_SUSPEND);
	unlock_and_run(job);
	return 0;
}

/**
 * memsusp_resume() - continue a job
 * @opened: the file through which it is asked for
 * @res: what was written to "resume"
 *
 * Context: process; may sleep.
 * Return: 0, -ESRCH, -ENOENT, -EPERM, or -EDQUOT if it is above the limit that
 * it would have, or if the node has no room for it and it is not forced; then
 * nothing was changed.
 */
int memsusp_resume(const struct file *opened, const struct memsusp_resumption *res)
{
	struct memsusp_job *job;
	bool admin;
	long limit;
	int err = 0;

	job = lock_job(opened, res->pid, &admin);
	if (IS_ERR(job))
		return PTR_ERR(job);
	limit = res->limit ?: job->limit;
	memsusp_node_update(job);
	if (!admin && (limit > job->limit || res->force))
		err = -EPERM;
	else if ((res->limit || job->state == MEMSUSP_SUSPENDED) &&
		 !memsusp_policy_may_resume(job->charge, limit))
		err = -EDQUOT;
	else if (job->state == MEMSUSP_SUSPENDED && !res->force && !memsusp_node_has_room(job))
		err = -EDQUOT;
	if (err) {
		mutex_unlock(&memsusp_mutex);
		return err;
	}
	if (res->limit)
		change_limit(job, limit);
	give_order(job, MEMSUSP_ORDER_RESUME);
	unlock_and_run(job);
	return 0;
}

/**
 * memsusp_job_set_limit() - change a job's limit
 * @opened: the file through which it is asked for
 * @job: whose limit
 * @limit: pages
 *
 * Lowered below the charge, it suspends the job; raised above it, it lets a job
 * go that was suspended for it.
 *
 * Context: process; may sleep.
 * Return: 0, -ENOENT or -EPERM.
 */
int memsusp_job_set_limit(const struct file *opened, struct memsusp_job *job, long limit)
{
	int err;

	mutex_lock(&memsusp_mutex);
	err = may_set(opened, job, job->limit, limit);
	if (err) {
		mutex_unlock(&memsusp_mutex);
		return err;
	}
	change_limit(job, limit);
	job->calm_touched = -1;
	unlock_and_run(job);
	return 0;
}

/**
 * memsusp_job_set_soft_limit() - change where a job is warned
 * @opened: the file through which it is asked for
 * @job: whose soft limit
 * @soft_limit: pages
 *
 * Context: process; may sleep.
 * Return: 0, -ENOENT or -EPERM.
 */
int memsusp_job_set_soft_limit(const struct file *opened, struct memsusp_job *job,
			       long soft_limit)
{
	int err;

	mutex_lock(&memsusp_mutex);
	err = may_set(opened, job, job->soft_limit, soft_limit);
	if (err) {
		mutex_unlock(&memsusp_mutex);
		return err;
	}
	WRITE_ONCE(job->soft_limit, soft_limit);
	unlock_and_run(job);
	return 0;
}

/**
 * memsusp_job_set_warn_signal() - change how a job's root is warned
 * @opened: the file through which it is asked for
 * @job: whose root
 * @sig: the signal; 0: none
 *
 * Context: process; may sleep.
 * Return: 0, -ENOENT or -EPERM.
 */
int memsusp_job_set_warn_signal(const struct file *opened, struct memsusp_job *job, int sig)
{
	bool admin;
	int err;

	mutex_lock(&memsusp_mutex);
	err = memsusp_job_access(opened, job, &admin);
	if (!err) {
		WRITE_ONCE(job->warn_signal, sig);
		/* Pairs with the barrier in memsusp_job_raise(). */
		smp_mb();
		err = memsusp_job_access(opened, job, &admin);
		if (err)
			WRITE_ONCE(job->warn_signal, 0);
	}
	mutex_unlock(&memsusp_mutex);
	return err;
}

/**
 * memsusp_job_set_priority() - change a job's priority
 * @opened: the file through which it is asked for
 * @job: whose
 * @priority: what it becomes
 *
 * Context: process; may sleep.
 * Return: 0, -ENOENT or -EPERM.
 */
int memsusp_job_set_priority(const struct file *opened, struct memsusp_job *job, int priority)
{
	int err;

	mutex_lock(&memsusp_mutex);
	err = may_set(opened, job, job->priority, priority);
	if (!err)
		WRITE_ONCE(job->priority, priority);
	mutex_unlock(&memsusp_mutex);
	return err;
}

/**
 * memsusp_job_rename() - change a job's name
 * @opened: the file through which it is asked for
 * @job: whose
 * @name: what it becomes
 *
 * Context: process; may sleep.
 * Return: 0, -ENOENT or -EPERM.
 */
int memsusp_job_rename(const struct file *opened, struct memsusp_job *job,
		       const char name[MEMSUSP_NAME_SIZE])
{
	bool admin;
	int err;

	mutex_lock(&memsusp_mutex);
	err = memsusp_job_access(opened, job, &admin);
	if (!err)
		memsusp_job_set_name(job, name);
	mutex_unlock(&memsusp_mutex);
	return err;
}
