// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doorbells of the two work items: the governor, who decides, and the janitor, who
 * may allocate and sleep. They stand below everybody who rings, and know nothing of
 * what is done when they ring.
 *
 * Who wants a job to be looked at marks it and kicks. Each kick draws a ticket; a run
 * of the governor serves all tickets drawn before it began. Who needs the outcome waits
 * until his is served.
 */
#include <linux/llist.h>
#include <linux/preempt.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "memsusp.h"

/*
 * The longest that a thread is held for a verdict. On a node that swaps, the
 * governor may have to wait for the mutex, and who is let go touches one page more.
 * memcg holds threads above memory.high for at most 2 s.
 */
#define HOLD_MS	1000

static struct workqueue_struct *governor_queue;
static struct workqueue_struct *janitor_queue;
static DECLARE_WORK(governor, memsusp_governor_work);
static DECLARE_WORK(janitor, memsusp_janitor_work);

static LLIST_HEAD(marked_jobs);
static LIST_HEAD(ordered_jobs);			/* M */
static atomic_t tickets = ATOMIC_INIT(0);	/* 0 is never drawn */
static int served;				/* W O, with release and acquire */
static DECLARE_WAIT_QUEUE_HEAD(verdicts);

/**
 * memsusp_governor_kick() - ask for a run
 *
 * Context: any.
 * Return: a ticket for memsusp_governor_hold().
 */
int memsusp_governor_kick(void)
{
	int ticket = atomic_inc_return(&tickets) ?: atomic_inc_return(&tickets);

	queue_work(governor_queue, &governor);
	return ticket;
}

static void kick_again(struct work_struct *work)
{
	memsusp_governor_kick();
}

static DECLARE_DELAYED_WORK(later, kick_again);

/**
 * memsusp_governor_kick_later() - ask for a run some time later
 * @ms: milliseconds; if somebody has asked for one already, as long as he said
 *
 * Context: any but hooks.
 */
void memsusp_governor_kick_later(unsigned int ms)
{
	queue_delayed_work(janitor_queue, &later, msecs_to_jiffies(ms));
}

/**
 * memsusp_governor_mark() - have a run look at a job soon
 * @job: which
 *
 * For those who cannot take the mutex. If somebody else is just marking it, he may
 * not have put it in the list yet when our run begins; his own kick brings another. That
 * must not take longer than he needs for these two lines.
 *
 * Context: any; under RCU or memsusp_mutex, so that @job stays. To be followed
 * by memsusp_governor_kick().
 */
void memsusp_governor_mark(struct memsusp_job *job)
{
	preempt_disable_notrace();
	if (!test_and_set_bit(MEMSUSP_JOB_DIRTY, &job->flags))
		llist_add(&job->dirty, &marked_jobs);
	preempt_enable_notrace();
}

/**
 * memsusp_governor_order() - have the next run look at a job
 * @job: which
 *
 * Every run that begins after the mutex was released looks at it, so who waits for
 * such a run finds his order carried out.
 *
 * Context: process, memsusp_mutex held. To be followed by memsusp_governor_kick().
 */
void memsusp_governor_order(struct memsusp_job *job)
{
	lockdep_assert_held(&memsusp_mutex);
	list_move_tail(&job->ordered, &ordered_jobs);
}

static bool is_served(int ticket)
{
	/* Pairs with the release at the end of run(). */
	return smp_load_acquire(&served) - ticket >= 0;
}

/**
 * memsusp_governor_run() - kick, and wait until that run is over
 *
 * Context: process; may sleep; no lock held.
 */
void memsusp_governor_run(void)
{
	int ticket = memsusp_governor_kick();

	wait_event(verdicts, is_served(ticket));
}

/**
 * memsusp_governor_hold() - wait for a verdict, but not forever
 * @ticket: from memsusp_governor_kick()
 *
 * Context: process, on the way to user mode; may sleep. Ends early with a fatal
 * signal, and after a second.
 */
void memsusp_governor_hold(int ticket)
{
	wait_event_killable_timeout(verdicts, is_served(ticket),
				    msecs_to_jiffies(HOLD_MS));
}

static bool current_is_suspended(void)
{
	struct memsusp_space *space;
	bool suspended;

	rcu_read_lock();
	space = memsusp_space_find(current->mm);
	suspended = space && READ_ONCE(READ_ONCE(space->job)->state) == MEMSUSP_SUSPENDED;
	rcu_read_unlock();
	return suspended;
}

/**
 * memsusp_governor_hold_suspended() - wait for SIGSTOP if current's job is suspended
 *
 * Context: process, on the way to user mode; may sleep. The stop itself, or any
 * other signal, ends the wait; so does the end of the suspension, and a second.
 */
void memsusp_governor_hold_suspended(void)
{
	wait_event_interruptible_timeout(verdicts, !current_is_suspended(),
					 msecs_to_jiffies(HOLD_MS));
}

/**
 * memsusp_governor_begin() - a run begins
 *
 * Context: the governor; memsusp_mutex held.
 * Return: what to serve when it ends: all tickets drawn until now.
 */
int memsusp_governor_begin(void)
{
	int ticket = atomic_read(&tickets);
	struct memsusp_job *job, *next;

	lockdep_assert_held(&memsusp_mutex);
	/* Who drew one of these has marked his job before. */
	smp_mb();
	llist_for_each_entry_safe(job, next, llist_del_all(&marked_jobs), dirty) {
		clear_bit(MEMSUSP_JOB_DIRTY, &job->flags);
		/* A mark from now on puts it back in the list. */
		smp_mb__after_atomic();
		memsusp_governor_order(job);
	}
	return ticket;
}

/**
 * memsusp_governor_next() - the next job to be looked at
 *
 * Context: the governor; memsusp_mutex held.
 * Return: the job, taken off the list; NULL if there is none.
 */
struct memsusp_job *memsusp_governor_next(void)
{
	struct memsusp_job *job;

	lockdep_assert_held(&memsusp_mutex);
	job = list_first_entry_or_null(&ordered_jobs, struct memsusp_job, ordered);
	if (job)
		list_del_init(&job->ordered);
	return job;
}

/**
 * memsusp_governor_end() - a run is over: let go who waits for it
 * @ticket: from memsusp_governor_begin()
 *
 * Context: the governor.
 */
void memsusp_governor_end(int ticket)
{
	/* What was decided is visible to whom we wake. */
	smp_store_release(&served, ticket);
	wake_up_all(&verdicts);
}

/**
 * memsusp_janitor_kick() - have ended jobs removed and the stock filled
 *
 * Context: any.
 */
void memsusp_janitor_kick(void)
{
	queue_work(janitor_queue, &janitor);
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
 * memsusp_janitor_free() - have a job freed after an RCU grace period
 * @job: with @free_work initialised
 *
 * Context: any.
 */
void memsusp_janitor_free(struct memsusp_job *job)
{
	queue_rcu_work(janitor_queue, &job->free_work);
}

/**
 * memsusp_kick_init() - create the work queues
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int memsusp_kick_init(void)
{
	/*
	 * Not bound to the processor that kicks: a real-time program may keep that for
	 * itself, and once the item is queued there, no other kick could move it.
	 */
	governor_queue = alloc_workqueue("memsusp", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 1);
	if (!governor_queue)
		return -ENOMEM;
	janitor_queue = alloc_workqueue("memsusp_janitor", WQ_UNBOUND, 0);
	if (!janitor_queue) {
		destroy_workqueue(governor_queue);
		return -ENOMEM;
	}
	return 0;
}

/**
 * memsusp_kick_exit() - destroy the work queues
 *
 * Context: module exit; nobody kicks any more.
 */
void memsusp_kick_exit(void)
{
	cancel_delayed_work_sync(&later);
	destroy_workqueue(janitor_queue);
	destroy_workqueue(governor_queue);
}
