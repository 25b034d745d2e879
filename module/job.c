// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: how they come, what users may do with them, and how they go.
 *
 * A job is created and made visible in sysfs before its first process is
 * entered, so that nothing can fail once it has begun to count. It goes when
 * its last process has: the governor takes it from the list, the janitor, a
 * second work item that may sleep and allocate, removes its directory and
 * disarms the hooks, and the memory is freed after an RCU grace period, when no
 * probe can hold a pointer to it any more.
 */
#include <linux/hashtable.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/wait_bit.h>

#include "compat.h"
#include "memsusp.h"

#define NUMBER_BITS	10

LIST_HEAD(memsusp_jobs);
unsigned int memsusp_nr_jobs;
struct memsusp_stats memsusp_stats;

static DEFINE_HASHTABLE(numbers, NUMBER_BITS);	/* M */
static LIST_HEAD(gone_jobs);			/* M */
static atomic_t allocated_jobs = ATOMIC_INIT(0);

static void clean_up(struct work_struct *work);

static struct workqueue_struct *queue;
static DECLARE_WORK(janitor, clean_up);

/**
 * memsusp_janitor_kick() - have ended jobs removed and the stock filled
 *
 * Context: any.
 */
void memsusp_janitor_kick(void)
{
	queue_work(queue, &janitor);
}

/**
 * memsusp_job_alloc() - allocate a job without processes
 *
 * Context: may sleep and allocate.
 * Return: the job; NULL if there is no memory.
 */
struct memsusp_job *memsusp_job_alloc(void)
{
	struct memsusp_job *job = kzalloc(sizeof(*job), GFP_KERNEL);

	if (!job)
		return NULL;
	INIT_LIST_HEAD(&job->link);
	INIT_LIST_HEAD(&job->processes);
	INIT_LIST_HEAD(&job->spaces);
	job->limit = MEMSUSP_NO_LIMIT;
	job->soft_limit = MEMSUSP_NO_LIMIT;
	job->trip = MEMSUSP_NO_LIMIT;
	job->calm_touched = -1;
	job->born_ns = ktime_get_ns();
	atomic_inc(&allocated_jobs);
	return job;
}

/**
 * memsusp_job_free() - free a job that no probe knows
 * @job: without processes and spaces
 *
 * Context: process.
 */
void memsusp_job_free(struct memsusp_job *job)
{
	put_pid(job->root);
	kfree(job);
	if (atomic_dec_and_test(&allocated_jobs))
		wake_up_var(&allocated_jobs);
}

static void free_job_work(struct work_struct *work)
{
	struct memsusp_job *job = container_of(to_rcu_work(work), struct memsusp_job, free_work);

	/* A probe may have marked it until a moment ago: empty the list. */
	memsusp_governor_run();
	memsusp_job_free(job);
}

/**
 * memsusp_job_freed() - free a job when no probe can know it any more
 * @job: its directory is gone, and nobody holds a reference on it
 *
 * Context: any.
 */
void memsusp_job_freed(struct memsusp_job *job)
{
	INIT_RCU_WORK(&job->free_work, free_job_work);
	queue_rcu_work(queue, &job->free_work);
}

/**
 * memsusp_job_end() - take a job without processes out of the list
 * @job: it
 *
 * Context: the governor; memsusp_mutex held.
 */
void memsusp_job_end(struct memsusp_job *job)
{
	unsigned long flags;

	lockdep_assert_held(&memsusp_mutex);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	job->ended = true;
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	job->gone = true;
	memsusp_stats.touches_gone += memsusp_charge_touched(job);
	list_move_tail(&job->link, &gone_jobs);
	memsusp_nr_jobs--;
	memsusp_janitor_kick();
}

/* The work item of the janitor. */
static void clean_up(struct work_struct *work)
{
	struct memsusp_job *job;

	memsusp_ledger_restock();
	for (;;) {
		mutex_lock(&memsusp_mutex);
		job = list_first_entry_or_null(&gone_jobs, struct memsusp_job, link);
		if (job)
			list_del_init(&job->link);
		mutex_unlock(&memsusp_mutex);
		if (!job)
			return;

		memsusp_sysfs_del(job);
		memsusp_hooks_put();
		mutex_lock(&memsusp_mutex);
		hash_del(&job->by_nr);
		mutex_unlock(&memsusp_mutex);
		kobject_put(&job->kobj);
	}
}

static struct memsusp_job *find_number(pid_t nr)
{
	struct memsusp_job *job;

	lockdep_assert_held(&memsusp_mutex);
	hash_for_each_possible(numbers, job, by_nr, nr)
		if (job->nr == nr)
			return job;
	return NULL;
}

/*
 * The job whose number is @nr in the pid namespace of current. Its root may be
 * gone, so its number is asked for, not a task.
 */
static struct memsusp_job *find_job(int nr)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct memsusp_job *job;

	lockdep_assert_held(&memsusp_mutex);
	if (ns == &init_pid_ns) {
		job = find_number(nr);
		return job && job->nr_processes && !job->ended ? job : NULL;
	}
	list_for_each_entry(job, &memsusp_jobs, link)
		if (pid_nr_ns(job->root, ns) == nr && job->nr_processes && !job->ended)
			return job;
	return NULL;
}

/* Why there is no job with that number. */
static int no_job(int nr)
{
	struct pid *pid = find_get_pid(nr);
	int err = -ESRCH;

	rcu_read_lock();
	if (pid && pid_task(pid, PIDTYPE_TGID))
		err = -ENOENT;
	rcu_read_unlock();
	put_pid(pid);
	return err;
}

/* Whether current may register and suspend what belongs to its own user. */
static bool in_group(void)
{
	return gid_valid(memsusp_gid()) && in_group_p(memsusp_gid());
}

/**
 * memsusp_job_access() - whether current may change a job
 * @job: it
 * @admin: filled with whether it may do all; otherwise only what takes from
 *	itself: suspend, resume, lower a limit
 *
 * Context: any.
 * Return: 0 or -EPERM.
 */
int memsusp_job_access(const struct memsusp_job *job, bool *admin)
{
	*admin = capable(CAP_SYS_RESOURCE);
	if (*admin || (in_group() && uid_eq(job->uid, current_uid())))
		return 0;
	return -EPERM;
}

/* Whether current may register @task, as with prlimit(2). */
static bool may_register(struct task_struct *task)
{
	const struct cred *cred;
	kuid_t uid = current_uid();
	bool own;

	if (capable(CAP_SYS_RESOURCE))
		return true;
	rcu_read_lock();
	cred = __task_cred(task);
	own = uid_eq(uid, cred->uid) && uid_eq(uid, cred->euid) && uid_eq(uid, cred->suid);
	rcu_read_unlock();
	return own && in_group();
}

/* What a registration needs; all of it is allocated before M is taken. */
struct candidate {
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
		if (!capable(CAP_SYS_RESOURCE))
			return -EPERM;
	}
	other = find_number(c->job->nr);
	if (other)
		return other->ended ? -EAGAIN : -EEXIST;
	hash_add(numbers, &c->job->by_nr, c->job->nr);
	return 0;
}

/* Leave the old job, with what was touched, for a new one. */
static int move_member(struct memsusp_process *process, struct memsusp_job *job)
{
	struct memsusp_job *old = process->job;
	struct memsusp_space *space = process->space;
	struct memsusp_space *heir;

	lockdep_assert_held(&memsusp_ledger_lock);
	if (old->root == process->pid)
		return -EEXIST;
	/* Memory that others of the old job run in stays charged to it. */
	if (space && space->users > 1)
		return -EEXIST;
	list_del_rcu(&process->link);
	old->nr_processes--;
	WRITE_ONCE(process->job, job);
	list_add_tail_rcu(&process->link, &job->processes);
	job->nr_processes++;
	if (space) {
		list_for_each_entry(heir, &old->spaces, link) {
			if (heir->origin == space) {
				heir->origin = NULL;
				space->heirs--;
			}
		}
		if (space->origin)
			space->origin->heirs--;
		space->origin = NULL;
		list_del_rcu(&space->link);
		WRITE_ONCE(space->job, job);
		list_add_tail_rcu(&space->link, &job->spaces);
	}
	memsusp_governor_mark(old);
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
		c->process->job = c->job;
		c->process->space = c->space;
		memsusp_process_insert(c->process);
	}
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	return err;
}

/*
 * Let the job begin. -EAGAIN: the process was in the middle of exec; the
 * entries are used up, try again with new ones.
 */
static int begin(struct candidate *c)
{
	struct memsusp_job *job = c->job;
	struct task_struct *task = c->task;
	struct mm_struct *mm;
	int err;

	mm = memsusp_grab_mm(task);
	if (!mm)
		return -ESRCH;
	mutex_lock(&memsusp_mutex);
	err = enter(c, mm);
	if (!err && c->process->pid) {
		struct memsusp_process *process = c->process;

		c->process = NULL;
		c->space = NULL;
		memsusp_charge_begin(job);
		/* Did it exit, or call exec, before the hooks could know it? */
		smp_mb();
		if (!atomic_read(&task->signal->live))
			err = -ESRCH;
		else if (READ_ONCE(process->space)->mm != READ_ONCE(task->mm))
			err = -EAGAIN;
		if (err)
			memsusp_ledger_clear(job);
		/* The exit hook was faster: the job ends in the usual way. */
		if (job->nr_processes)
			err = 0;
	}
	if (!err) {
		list_add_tail(&job->link, &memsusp_jobs);
		memsusp_nr_jobs++;
		memsusp_governor_mark(job);
	}
	mutex_unlock(&memsusp_mutex);
	mmdrop(mm);
	return err;
}

static int allocate_and_begin(struct candidate *c)
{
	int err;

	do {
		c->process = kzalloc(sizeof(*c->process), GFP_KERNEL);
		c->space = kzalloc(sizeof(*c->space), GFP_KERNEL);
		err = c->process && c->space ? begin(c) : -ENOMEM;
		kfree(c->space);
		kfree(c->process);
	} while (err == -EAGAIN);
	return err;
}

static int reserve(struct candidate *c)
{
	int err;

	for (;;) {
		mutex_lock(&memsusp_mutex);
		err = reserve_number(c);
		mutex_unlock(&memsusp_mutex);
		if (err != -EAGAIN)
			return err;
		memsusp_governor_run();
		flush_work(&janitor);
	}
}

static int register_task(struct task_struct *task, struct pid *pid,
			 const struct memsusp_registration *reg)
{
	struct candidate c = { .task = task, .pid = pid };
	struct memsusp_job *job;
	int err;

	c.job = job = memsusp_job_alloc();
	if (!job)
		return -ENOMEM;
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
	memsusp_sysfs_del(job);
err_hooks:
	memsusp_hooks_put();
err_number:
	mutex_lock(&memsusp_mutex);
	hash_del(&job->by_nr);
	mutex_unlock(&memsusp_mutex);
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
 * @reg: what was written to "register"
 *
 * Context: process; may sleep and allocate.
 * Return: 0, or a negative errno as in the table of docs/interface.md; then
 * nothing was changed.
 */
int memsusp_register(const struct memsusp_registration *reg)
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
	else if (!may_register(task))
		err = -EPERM;
	else
		err = register_task(task, pid, reg);
	if (task)
		put_task_struct(task);
	put_pid(pid);
	return err;
}

/* Find a job that current may change, and return with memsusp_mutex held. */
static struct memsusp_job *lock_job(int nr, bool *admin)
{
	struct memsusp_job *job;
	int err;

	mutex_lock(&memsusp_mutex);
	job = find_job(nr);
	err = job ? memsusp_job_access(job, admin) : no_job(nr);
	if (!err)
		return job;
	mutex_unlock(&memsusp_mutex);
	return ERR_PTR(err);
}

static void unlock_and_run(struct memsusp_job *job)
{
	memsusp_governor_mark(job);
	mutex_unlock(&memsusp_mutex);
	memsusp_governor_run();
}

/**
 * memsusp_unregister() - forget a job; one that is suspended is continued first
 * @nr: its number in the pid namespace of current
 *
 * Context: process; may sleep.
 * Return: 0, -ESRCH, -ENOENT or -EPERM.
 */
int memsusp_unregister(int nr)
{
	struct memsusp_job *job;
	unsigned long flags;
	bool admin;

	job = lock_job(nr, &admin);
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
	job->order = MEMSUSP_ORDER_RELEASE;
	unlock_and_run(job);
	/* One of its processes may be just exiting, and be removed only then. */
	while (!READ_ONCE(job->gone))
		memsusp_governor_run();
	kobject_put(&job->kobj);
	flush_work(&janitor);
	return 0;
}

/**
 * memsusp_suspend() - suspend a job by hand
 * @nr: its number in the pid namespace of current
 *
 * Context: process; may sleep.
 * Return: 0, -ESRCH, -ENOENT or -EPERM.
 */
int memsusp_suspend(int nr)
{
	struct memsusp_job *job;
	bool admin;

	job = lock_job(nr, &admin);
	if (IS_ERR(job))
		return PTR_ERR(job);
	job->order = MEMSUSP_ORDER_SUSPEND;
	unlock_and_run(job);
	return 0;
}

/**
 * memsusp_resume() - continue a job
 * @res: what was written to "resume"
 *
 * Context: process; may sleep.
 * Return: 0, -ESRCH, -ENOENT, -EPERM, or -EDQUOT if it is above the limit that
 * it would have; then nothing was changed.
 */
int memsusp_resume(const struct memsusp_resumption *res)
{
	struct memsusp_job *job;
	bool admin;
	long limit;
	int err = 0;

	job = lock_job(res->pid, &admin);
	if (IS_ERR(job))
		return PTR_ERR(job);
	limit = res->limit ?: job->limit;
	memsusp_charge_update(job);
	if (!admin && limit > job->limit)
		err = -EPERM;
	else if ((res->limit || job->state == MEMSUSP_SUSPENDED) &&
		 !memsusp_policy_may_resume(job->charge, limit))
		err = -EDQUOT;
	if (err) {
		mutex_unlock(&memsusp_mutex);
		return err;
	}
	WRITE_ONCE(job->limit, limit);
	job->order = MEMSUSP_ORDER_RESUME;
	unlock_and_run(job);
	return 0;
}

/**
 * memsusp_job_set_limit() - change a job's limit
 * @job: it
 * @limit: pages
 *
 * Lowered below the charge, it suspends the job; raised above it, it lets a job
 * go that was suspended for it.
 *
 * Context: process; may sleep.
 * Return: 0, -ENOENT or -EPERM.
 */
int memsusp_job_set_limit(struct memsusp_job *job, long limit)
{
	bool admin;
	int err;

	mutex_lock(&memsusp_mutex);
	err = job->ended ? -ENOENT : memsusp_job_access(job, &admin);
	if (!err && !admin && limit > job->limit)
		err = -EPERM;
	if (err) {
		mutex_unlock(&memsusp_mutex);
		return err;
	}
	WRITE_ONCE(job->limit, limit);
	job->calm_touched = -1;
	unlock_and_run(job);
	return 0;
}

/**
 * memsusp_job_set_soft_limit() - change where a job is warned
 * @job: it
 * @soft_limit: pages
 *
 * Context: process; may sleep.
 * Return: 0, -ENOENT or -EPERM.
 */
int memsusp_job_set_soft_limit(struct memsusp_job *job, long soft_limit)
{
	bool admin;
	int err;

	mutex_lock(&memsusp_mutex);
	err = job->ended ? -ENOENT : memsusp_job_access(job, &admin);
	if (err) {
		mutex_unlock(&memsusp_mutex);
		return err;
	}
	job->soft_limit = soft_limit;
	unlock_and_run(job);
	return 0;
}

/**
 * memsusp_job_suspended_ms() - how long a job was suspended, until now
 * @job: it
 *
 * Context: process, memsusp_mutex held.
 * Return: milliseconds.
 */
u64 memsusp_job_suspended_ms(const struct memsusp_job *job)
{
	u64 ns = job->suspended_ns;

	if (job->state == MEMSUSP_SUSPENDED)
		ns += ktime_get_mono_fast_ns() - job->since_ns;
	return div_u64(ns, NSEC_PER_MSEC);
}

/**
 * memsusp_jobs_init() - create the janitor
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int memsusp_jobs_init(void)
{
	queue = alloc_workqueue("memsusp_janitor", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/**
 * memsusp_jobs_exit() - release all jobs and wait until they are freed
 *
 * Everything that memsusp stopped is continued.
 *
 * Context: module exit; no user can reach us any more.
 */
void memsusp_jobs_exit(void)
{
	struct memsusp_job *job;

	mutex_lock(&memsusp_mutex);
	list_for_each_entry(job, &memsusp_jobs, link) {
		raw_spin_lock_irq(&memsusp_ledger_lock);
		job->ended = true;
		raw_spin_unlock_irq(&memsusp_ledger_lock);
		job->order = MEMSUSP_ORDER_RELEASE;
		memsusp_governor_mark(job);
	}
	mutex_unlock(&memsusp_mutex);
	do {
		memsusp_governor_run();
	} while (READ_ONCE(memsusp_nr_jobs));
	memsusp_janitor_kick();
	flush_work(&janitor);
	wait_var_event(&allocated_jobs, !atomic_read(&allocated_jobs));
	destroy_workqueue(queue);
}
