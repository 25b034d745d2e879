// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job's memory and its number. register.c makes it and control.c changes it. It goes
 * when its last process has: the governor takes it from the list; the janitor removes
 * its directory; and the memory is freed after an RCU grace period, when no probe can
 * hold a pointer to it any more.
 */
#include <linux/hashtable.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/wait_bit.h>

#include "compat.h"
#include "memsusp.h"

#define NUMBER_BITS	10

static DEFINE_HASHTABLE(numbers, NUMBER_BITS);	/* M */
static atomic_t allocated_jobs = ATOMIC_INIT(0);

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
	atomic_inc(&allocated_jobs);
	INIT_LIST_HEAD(&job->link);
	INIT_LIST_HEAD(&job->by_state);
	INIT_LIST_HEAD(&job->ordered);
	INIT_LIST_HEAD(&job->leaving);
	INIT_LIST_HEAD(&job->processes);
	INIT_LIST_HEAD(&job->spaces);
	INIT_LIST_HEAD(&job->flood.link);
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
	memsusp_janitor_free(job);
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

/**
 * memsusp_job_suspended_ms() - how long a job was suspended, until now
 * @job: whose time
 *
 * Context: any.
 * Return: milliseconds.
 */
u64 memsusp_job_suspended_ms(const struct memsusp_job *job)
{
	s64 ns = atomic64_read(&job->suspended_ns);

	/* It was not suspended before the clock began. */
	if (ns < 0)
		ns += ktime_get_mono_fast_ns();
	return div_u64(ns, NSEC_PER_MSEC);
}

/* Names are read also by those who must not hold M. Held for a copy. */
static DEFINE_RAW_SPINLOCK(names_lock);

/**
 * memsusp_job_get_name() - copy a job's name
 * @job: whose name
 * @name: filled with it
 *
 * Context: process.
 */
void memsusp_job_get_name(const struct memsusp_job *job, char name[MEMSUSP_NAME_SIZE])
{
	raw_spin_lock(&names_lock);
	memcpy(name, job->name, MEMSUSP_NAME_SIZE);
	raw_spin_unlock(&names_lock);
}

/**
 * memsusp_job_set_name() - change a job's name
 * @job: whose name
 * @name: the new one
 *
 * Context: process, memsusp_mutex held.
 */
void memsusp_job_set_name(struct memsusp_job *job, const char name[MEMSUSP_NAME_SIZE])
{
	lockdep_assert_held(&memsusp_mutex);
	raw_spin_lock(&names_lock);
	memcpy(job->name, name, MEMSUSP_NAME_SIZE);
	raw_spin_unlock(&names_lock);
}

/**
 * memsusp_jobs_allocated() - how many jobs there are, or are about to be
 *
 * Context: any.
 */
unsigned int memsusp_jobs_allocated(void)
{
	return atomic_read(&allocated_jobs);
}

/**
 * memsusp_jobs_wait() - wait until all jobs are freed
 *
 * Context: module exit; all have ended.
 */
void memsusp_jobs_wait(void)
{
	wait_var_event(&allocated_jobs, !atomic_read(&allocated_jobs));
}
