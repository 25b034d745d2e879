// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a job. register.c makes it and control.c changes it. It goes when
 * its last process has: the governor takes it from the list; the janitor, a
 * second work item that may sleep and allocate, removes its directory and
 * disarms the hooks; and the memory is freed after an RCU grace period, when no
 * probe can hold a pointer to it any more.
 */
#include <linux/hashtable.h>
#include <linux/pid.h>
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
 * memsusp_janitor_flush() - wait until those that have ended now are removed
 *
 * Context: process; may sleep; no lock held.
 */
void memsusp_janitor_flush(void)
{
	flush_work(&janitor);
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
	/* Whoever decides about them all must have room for them all. */
	if (memsusp_node_reserve(atomic_inc_return(&allocated_jobs))) {
		memsusp_job_free(job);
		return NULL;
	}
	INIT_LIST_HEAD(&job->link);
	INIT_LIST_HEAD(&job->by_state);
	INIT_LIST_HEAD(&job->ordered);
	INIT_LIST_HEAD(&job->leaving);
	INIT_LIST_HEAD(&job->processes);
	INIT_LIST_HEAD(&job->spaces);
	job->limit = MEMSUSP_NO_LIMIT;
	job->soft_limit = MEMSUSP_NO_LIMIT;
	job->trip = MEMSUSP_NO_LIMIT;
	job->ceiling = MEMSUSP_NO_LIMIT;
	job->calm_touched = -1;
	job->born_ns = ktime_get_ns();
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
	/* A touch or an exec of somebody else's would come to a job that is freed. */
	WARN_ON_ONCE(!list_empty(&job->spaces));
	list_del_init(&job->ordered);
	memsusp_node_del(job);
	memsusp_event_job(job->ended ? MEMSUSP_EVENT_UNREGISTER : MEMSUSP_EVENT_EXIT, job,
			  job->reason, job->ended ? job->ordered_by : 0);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	job->ended = true;
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	WRITE_ONCE(job->gone, true);
	memsusp_stats.touches_gone += memsusp_charge_touched(job);
	list_move_tail(&job->link, &gone_jobs);
	WRITE_ONCE(memsusp_nr_jobs, memsusp_nr_jobs - 1);
	memsusp_janitor_kick();
}

/**
 * memsusp_job_find() - the job that has a number
 * @nr: in the initial pid namespace
 *
 * Context: process, memsusp_mutex held.
 * Return: the job, which may be on its way in or out; NULL if the number is free.
 */
struct memsusp_job *memsusp_job_find(pid_t nr)
{
	struct memsusp_job *job;

	lockdep_assert_held(&memsusp_mutex);
	hash_for_each_possible(numbers, job, by_nr, nr)
		if (job->nr == nr)
			return job;
	return NULL;
}

/**
 * memsusp_job_take_number() - make a job's number its own
 * @job: its number is free
 *
 * Context: process, memsusp_mutex held.
 */
void memsusp_job_take_number(struct memsusp_job *job)
{
	lockdep_assert_held(&memsusp_mutex);
	hash_add(numbers, &job->by_nr, job->nr);
}

/**
 * memsusp_job_drop_number() - give a job's number back
 * @job: its directory is gone
 *
 * Context: process; takes memsusp_mutex.
 */
void memsusp_job_drop_number(struct memsusp_job *job)
{
	mutex_lock(&memsusp_mutex);
	hash_del(&job->by_nr);
	mutex_unlock(&memsusp_mutex);
}

/* The work item of the janitor. */
static void clean_up(struct work_struct *work)
{
	struct memsusp_job *job;

	memsusp_stock_refill();
	memsusp_ledger_adopt();
	memsusp_events_send();
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
		memsusp_job_drop_number(job);
		kobject_put(&job->kobj);
	}
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
		memsusp_governor_order(job);
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
