// SPDX-License-Identifier: GPL-2.0-only
/*
 * The governor: one work item that looks at the jobs that asked for it, sums
 * up what they hold, and suspends or continues them. No other code changes a
 * job's state.
 *
 * Everybody else marks a job and kicks (kick.c).
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

static LIST_HEAD(leaving_jobs);			/* M */

/* Nobody tells us when memory is gone: so often is looked. */
#define LEAVING_MS	10

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
	/* If it was being drained, it has to be chosen for that anew. */
	job->drained = false;
	set_state(job, MEMSUSP_SUSPENDED, reason);
	job->stop_limit = job->limit;
	job->overshoot = overshoot;
	job->latency_ns = tripped_ns ? ktime_get_mono_fast_ns() - tripped_ns : 0;
	job->since_ns = now;
	atomic64_sub(now, &job->suspended_ns);
	WRITE_ONCE(job->suspends, job->suspends + 1);
	memsusp_stats.suspends[reason]++;
	memsusp_event_job(MEMSUSP_EVENT_SUSPEND, job, reason,
			  reason == MEMSUSP_REASON_USER ? job->ordered_by : 0);
	memsusp_event_wake(job);
}

static void resume(struct memsusp_job *job, enum memsusp_cause cause, long touched_since)
{
	enum memsusp_reason reason = job->reason;

	atomic64_add(ktime_get_mono_fast_ns(), &job->suspended_ns);
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
	memsusp_node_update(job);
	memsusp_stats.continues[cause]++;
	if (cause == MEMSUSP_CAUSE_FOREIGN)
		memsusp_event_job(MEMSUSP_EVENT_CONTINUED, job, reason,
				  READ_ONCE(job->continued_by));
	else
		memsusp_event_job(MEMSUSP_EVENT_RESUME, job, reason,
				  cause == MEMSUSP_CAUSE_AUTO ? 0 : job->ordered_by);
	memsusp_event_wake(job);
}

/* Tell the program when it has crossed its soft limit upwards. */
static void warn(struct memsusp_job *job)
{
	bool above = job->charge > job->soft_limit;
	int sig = READ_ONCE(job->warn_signal);

	if (above && !job->warned) {
		memsusp_event_job(MEMSUSP_EVENT_WARN, job, job->reason, 0);
		if (sig)
			kill_pid(job->root, sig, 1);
	}
	if (above != job->warned) {
		WRITE_ONCE(job->warned, above);
		memsusp_node_update(job);
	}
}

/* Its last process and its memory are gone: the janitor does the rest. */
static void end(struct memsusp_job *job)
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
	memsusp_charge_touched(job);
	list_move_tail(&job->link, &memsusp_gone_jobs);
	WRITE_ONCE(memsusp_nr_jobs, memsusp_nr_jobs - 1);
	memsusp_janitor_kick();
}

/* What its processes have left behind is charged until it is gone. */
static void sweep(struct memsusp_job *job)
{
	if (memsusp_ledger_sweep(job)) {
		list_move_tail(&job->leaving, &leaving_jobs);
		memsusp_governor_kick_later(LEAVING_MS);
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
	memsusp_node_update(job);
	if (job->faded)
		goto done;
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
done:
	if (job->order == MEMSUSP_ORDER_RELEASE)
		sweep(job);
	job->order = MEMSUSP_ORDER_NONE;
	if (READ_ONCE(job->nr_processes))
		return;
	if (list_empty(&job->leaving))
		end(job);
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

/**
 * memsusp_governor_work() - one run
 * @work: the work item (kick.c)
 *
 * Context: process; takes memsusp_mutex. Does not allocate.
 */
void memsusp_governor_work(struct work_struct *work)
{
	struct memsusp_job *job;
	int ticket;

	mutex_lock(&memsusp_mutex);
	ticket = memsusp_governor_begin();
	memsusp_ledger_reap();
	list_for_each_entry(job, &leaving_jobs, leaving)
		memsusp_governor_order(job);
	while ((job = memsusp_governor_next()))
		look_at(job);
	if (memsusp_node_is_stale())
		settle_node();
	memsusp_events_tell_kept();
	memsusp_stats.passes++;
	mutex_unlock(&memsusp_mutex);
	memsusp_governor_end(ticket);
}
