// SPDX-License-Identifier: GPL-2.0-only
/*
 * The janitor: the second work item, which may sleep and allocate. It finds processes
 * that forks have missed, makes uevents, and removes jobs that have ended, with their
 * directories and, after the last one, the hooks.
 */
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include "memsusp.h"

/**
 * memsusp_janitor_hide() - remove a job's directory
 * @job: whose
 *
 * Context: process; waits for those who are just reading or writing its files,
 * so no lock may be held that they take.
 */
void memsusp_janitor_hide(struct memsusp_job *job)
{
	kobject_del(&job->kobj);
	/* Whoever polls would sleep on, and finds out now. */
	memsusp_event_wake(job);
}

/**
 * memsusp_janitor_work() - one round
 * @work: the work item (kick.c)
 *
 * Context: process; may sleep and allocate; takes memsusp_mutex.
 */
void memsusp_janitor_work(struct work_struct *work)
{
	struct memsusp_job *job;

	memsusp_stock_refill();
	memsusp_adopt_missed();
	memsusp_events_send();
	for (;;) {
		mutex_lock(&memsusp_mutex);
		job = list_first_entry_or_null(&memsusp_gone_jobs, struct memsusp_job, link);
		if (job)
			list_del_init(&job->link);
		mutex_unlock(&memsusp_mutex);
		if (!job)
			return;

		memsusp_janitor_hide(job);
		memsusp_hooks_put();
		memsusp_job_drop_number(job);
		kobject_put(&job->kobj);
	}
}

/**
 * memsusp_janitor_exit() - release all jobs and wait until they are freed
 *
 * Everything that memsusp stopped is continued.
 *
 * Context: module exit; no user can reach us any more.
 */
void memsusp_janitor_exit(void)
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
	memsusp_janitor_flush();
	memsusp_jobs_wait();
}
