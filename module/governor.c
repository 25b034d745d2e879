// SPDX-License-Identifier: GPL-2.0-only
/*
 * The governor: one work item that looks at the jobs that asked for it, sums
 * up what they hold, and suspends or continues them. No other code changes a
 * job's state.
 *
 * Everybody else marks a job and kicks. Each kick draws a ticket; a run serves
 * all tickets drawn before it began. Who needs the outcome waits until his is
 * served.
 *
 * Nothing here allocates: this is the way to a suspension, and memory may be
 * what is missing.
 */
#include <linux/llist.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "compat.h"
#include "memsusp.h"

/*
 * The longest that a thread is held for a verdict. On a node that swaps, the
 * governor may have to wait for the mutex, and who is let go touches one page more.
 * memcg holds threads above memory.high for at most 2 s.
 */
#define HOLD_MS	1000

static void run(struct work_struct *work);

static struct workqueue_struct *queue;
static DECLARE_WORK(governor, run);
static LLIST_HEAD(dirty_jobs);
static LIST_HEAD(ordered_jobs);			/* M */
static LIST_HEAD(leaving_jobs);			/* M */
static atomic_t tickets = ATOMIC_INIT(0);	/* 0 is never drawn */
static int served;				/* W R */
static DECLARE_WAIT_QUEUE_HEAD(verdicts);

/* Nobody tells us when memory is gone: so often is looked. */
#define LEAVING_MS	10

static void look_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(leaving_work, look_again);

/**
 * memsusp_governor_kick() - ask for a run
 *
 * Context: any.
 * Return: a ticket for memsusp_governor_served() and its like.
 */
int memsusp_governor_kick(void)
{
	int ticket = atomic_inc_return(&tickets) ?: atomic_inc_return(&tickets);

	queue_work(queue, &governor);
	return ticket;
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
		llist_add(&job->dirty, &dirty_jobs);
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

static void set_state(struct memsusp_job *job, enum memsusp_state state,
		      enum memsusp_reason reason)
{
	bool moves = job->state != state;

	WRITE_ONCE(job->reason, reason);
	WRITE_ONCE(job->state, state);
	if (moves)
		memsusp_node_move(job);
	/*
	 * Pairs with the barrier in memsusp_forked(): either we see the child
	 * in the list, or it sees that the job is suspended and marks it.
	 */
	smp_mb();
	memsusp_signals_apply(job);
}

/*
 * The touch that was one too many was at @tripped_ns, and it took the job, or the
 * node, so many pages above its limit. 0: it was no touch.
 */
static void suspend(struct memsusp_job *job, enum memsusp_reason reason, long overshoot,
		    u64 tripped_ns)
{
	u64 now = ktime_get_mono_fast_ns();

	if (job->state == MEMSUSP_SUSPENDED) {
		WRITE_ONCE(job->reason, reason);
		return;
	}
	/* From now on every touch is one too many. */
	WRITE_ONCE(job->trip, MEMSUSP_TRIP_ALWAYS);
	/* To be drained again, it takes its turn again. */
	job->drained = false;
	set_state(job, MEMSUSP_SUSPENDED, reason);
	job->stop_limit = job->limit;
	job->overshoot = overshoot;
	job->latency_ns = tripped_ns ? ktime_get_mono_fast_ns() - tripped_ns : 0;
	job->since_ns = now;
	WRITE_ONCE(job->suspends, job->suspends + 1);
	memsusp_stats.suspends[reason]++;
	memsusp_event_job(MEMSUSP_EVENT_SUSPEND, job, reason,
			  reason == MEMSUSP_REASON_USER ? job->ordered_by : 0);
	memsusp_sysfs_notify(job);
}

static void resume(struct memsusp_job *job, enum memsusp_cause cause, long touched_since)
{
	enum memsusp_reason reason = job->reason;

	job->suspended_ns += ktime_get_mono_fast_ns() - job->since_ns;
	/* Somebody else's SIGCONT is no reason for others to go instead. */
	job->fresh = cause != MEMSUSP_CAUSE_FOREIGN;
	job->calm_touched = -1;
	if (cause == MEMSUSP_CAUSE_FOREIGN) {
		job->calm_touched = memsusp_charge_touched(job) - touched_since;
		/* It may have gone too far already. */
		memsusp_governor_mark(job);
		memsusp_governor_kick();
	}
	set_state(job, MEMSUSP_RUNNING, MEMSUSP_REASON_NONE);
	/* Sets the mark at which it is looked at next. */
	memsusp_charge_update(job);
	memsusp_stats.continues[cause]++;
	if (cause == MEMSUSP_CAUSE_FOREIGN)
		memsusp_event_job(MEMSUSP_EVENT_CONTINUED, job, reason,
				  READ_ONCE(job->continued_by));
	else
		memsusp_event_job(MEMSUSP_EVENT_RESUME, job, reason,
				  cause == MEMSUSP_CAUSE_AUTO ? 0 : job->ordered_by);
	memsusp_sysfs_notify(job);
}

/* Tell the program when it has crossed its soft limit upwards. */
static void warn(struct memsusp_job *job)
{
	bool above = job->charge > job->soft_limit;

	if (above && !job->warned) {
		memsusp_event_job(MEMSUSP_EVENT_WARN, job, job->reason, 0);
		if (job->warn_signal)
			kill_pid(job->root, job->warn_signal, 1);
	}
	if (above != job->warned) {
		job->warned = above;
		memsusp_charge_update(job);
	}
}

static void look_again(struct work_struct *work)
{
	memsusp_governor_kick();
}

/* What its processes have left behind is charged until it is gone. */
static void sweep(struct memsusp_job *job)
{
	if (memsusp_ledger_sweep(job)) {
		list_move_tail(&job->leaving, &leaving_jobs);
		queue_delayed_work(queue, &leaving_work, msecs_to_jiffies(LEAVING_MS));
	} else {
		list_del_init(&job->leaving);
	}
}

static void look_at(struct memsusp_job *job)
{
	struct memsusp_verdict verdict;
	struct memsusp_case facts;
	long touched_since;
	bool continued;
	u64 tripped_ns;

	if (!job->begun || job->gone)
		return;
	sweep(job);
	continued = test_and_clear_bit(MEMSUSP_JOB_CONTINUED, &job->flags);
	touched_since = max(atomic_long_read(&job->used) -
			    atomic_long_read(&job->continued_used), 0L);
	/* A touch later than this calls us again. */
	tripped_ns = atomic64_xchg(&job->tripped_ns, 0);
	memsusp_charge_update(job);
	if (job->faded)
		goto end;
	warn(job);
	/* One that came before the last sum was ready may be in it. */
	if (!tripped_ns && job->charge > job->limit)
		tripped_ns = atomic64_xchg(&job->tripped_ns, 0);
	facts = (struct memsusp_case){
		.state = job->state,
		.reason = job->reason,
		.order = job->order,
		.charge = job->charge,
		.limit = memsusp_job_limit(job),
		.touched = job->calm_touched < 0 ||
			   memsusp_charge_touched(job) > job->calm_touched,
		.continued = continued,
	};
	verdict = memsusp_policy_decide(&facts);
	if (verdict.action == MEMSUSP_SUSPEND && verdict.reason == MEMSUSP_REASON_LIMIT)
		suspend(job, verdict.reason, job->charge - job->limit, tripped_ns);
	else if (verdict.action == MEMSUSP_SUSPEND)
		suspend(job, verdict.reason, 0, 0);
	else if (verdict.cause == MEMSUSP_CAUSE_AUTO)
		memsusp_node_wait(job);
	else if (verdict.action == MEMSUSP_CONTINUE)
		resume(job, verdict.cause, touched_since);
	else
		memsusp_signals_apply(job);
	if (job->state == MEMSUSP_RUNNING)
		memsusp_node_ask(job, tripped_ns);

	if (job->order == MEMSUSP_ORDER_RELEASE)
		memsusp_ledger_clear(job);
end:
	if (job->order == MEMSUSP_ORDER_RELEASE)
		sweep(job);
	job->order = MEMSUSP_ORDER_NONE;
	if (READ_ONCE(job->nr_processes))
		return;
	if (list_empty(&job->leaving))
		memsusp_job_end(job);
	else if (!job->faded)
		memsusp_node_fade(job);
}

/* Who sleeps for the node's sake, and who wakes? */
static void settle_node(void)
{
	unsigned int i, n;
	long overshoot;
	u64 tripped_ns;

	n = memsusp_node_victims(&overshoot, &tripped_ns);
	for (i = 0; i < n; i++)
		suspend(memsusp_node_chosen(i), MEMSUSP_REASON_NODE, overshoot, tripped_ns);
	n = memsusp_node_waiters();
	for (i = 0; i < n; i++)
		resume(memsusp_node_chosen(i), MEMSUSP_CAUSE_AUTO, 0);
	memsusp_node_settle();
}

static void run(struct work_struct *work)
{
	int ticket = atomic_read(&tickets);
	struct memsusp_job *job, *next;

	mutex_lock(&memsusp_mutex);
	memsusp_ledger_reap();
	list_for_each_entry(job, &leaving_jobs, leaving)
		memsusp_governor_order(job);
	llist_for_each_entry_safe(job, next, llist_del_all(&dirty_jobs), dirty) {
		clear_bit(MEMSUSP_JOB_DIRTY, &job->flags);
		/* A mark from now on puts it back in the list. */
		smp_mb__after_atomic();
		memsusp_governor_order(job);
	}
	while ((job = list_first_entry_or_null(&ordered_jobs, struct memsusp_job, ordered))) {
		list_del_init(&job->ordered);
		look_at(job);
	}
	if (memsusp_node_is_stale())
		settle_node();
	memsusp_stats.passes++;
	mutex_unlock(&memsusp_mutex);

	/* What was decided is visible to whom we wake. */
	smp_store_release(&served, ticket);
	wake_up_all(&verdicts);
}

/**
 * memsusp_governor_init() - create the work queue
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int memsusp_governor_init(void)
{
	queue = alloc_workqueue("memsusp", WQ_HIGHPRI | WQ_MEM_RECLAIM | MEMSUSP_WQ_PERCPU, 1);
	return queue ? 0 : -ENOMEM;
}

/**
 * memsusp_governor_exit() - destroy the work queue
 *
 * Context: module exit; nobody kicks any more.
 */
void memsusp_governor_exit(void)
{
	cancel_delayed_work_sync(&leaving_work);
	destroy_workqueue(queue);
}
