// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signals that stop and continue a job: what is sent, what is seen, and what is
 * given back.
 *
 * SIGSTOP and SIGCONT are sent by the governor's work item alone. Who stopped a
 * process is noted where the signal is generated, whoever sent it: the lock held there
 * puts our signals and those of others in one order.
 */
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "memsusp.h"

static struct task_struct *sender;	/* W O */

/*
 * The stop signals of others that are kept while a process is stopped by us. SIGCONT
 * throws them away, so they are sent again after ours.
 */
static const struct kept {
	int sig;
	int bit;	/* of memsusp_process.flags */
} kept_signals[] = {
	{ SIGSTOP, MEMSUSP_PROCESS_FOREIGN_STOP },
	{ SIGTSTP, MEMSUSP_PROCESS_SIGTSTP },
	{ SIGTTIN, MEMSUSP_PROCESS_SIGTTIN },
	{ SIGTTOU, MEMSUSP_PROCESS_SIGTTOU },
};

/* The signal hook sees it as ours. */
static void send(struct memsusp_process *process, int sig)
{
	WRITE_ONCE(sender, current);
	kill_pid(process->pid, sig, 1);
	WRITE_ONCE(sender, NULL);
}

static bool is_sending(void)
{
	return READ_ONCE(sender) == current;
}

/* What SIGCONT has thrown away is not ours: we only give it back. */
static void send_kept_again(struct memsusp_process *process)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept_signals); i++)
		if (test_and_clear_bit(kept_signals[i].bit, &process->flags))
			kill_pid(process->pid, kept_signals[i].sig, 1);
}

static void continue_process(struct memsusp_process *process)
{
	if (test_and_clear_bit(MEMSUSP_PROCESS_FOREIGN_STOP, &process->flags)) {
		clear_bit(MEMSUSP_PROCESS_STOPPED, &process->flags);
		return;
	}
	send(process, SIGCONT);
	/* SIGSTOP is among them if it came just before. */
	send_kept_again(process);
}

/**
 * memsusp_signals_apply() - make a job's processes be what its state says
 * @job: which
 *
 * Also finds those that were forked while it changed, and those that came from
 * another job.
 *
 * Context: the governor; memsusp_mutex held.
 */
void memsusp_signals_apply(struct memsusp_job *job)
{
	struct memsusp_process *process;

	lockdep_assert_held(&memsusp_mutex);
	list_for_each_entry_rcu(process, &job->processes, link,
				lockdep_is_held(&memsusp_mutex)) {
		bool stopped = test_bit(MEMSUSP_PROCESS_STOPPED, &process->flags);

		if (job->state == MEMSUSP_SUSPENDED && !stopped)
			send(process, SIGSTOP);
		else if (job->state == MEMSUSP_RUNNING && stopped)
			continue_process(process);
	}
}

static void forget_kept(struct memsusp_process *process)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept_signals); i++)
		clear_bit(kept_signals[i].bit, &process->flags);
}

/* Whether others have sent a stop signal that the process has not seen yet. */
static bool is_pending(struct task_struct *task, int sig, bool again)
{
	struct task_struct *thread;

	memsusp_for_each_thread(task, thread)
		if (sigismember(&thread->pending.signal, sig))
			return true;
	/* One that stood in the common queue already is not the one we sent. */
	return sig == SIGSTOP ? again : sigismember(&task->signal->shared_pending.signal, sig);
}

/*
 * Our SIGSTOP is in the queue, or @again: one is there already. What others did
 * before is kept: the process has stopped for it, or is about to.
 */
static void on_own_stop(struct memsusp_process *process, struct task_struct *task, bool again)
{
	unsigned int i;

	forget_kept(process);
	for (i = 0; i < ARRAY_SIZE(kept_signals); i++)
		if (is_pending(task, kept_signals[i].sig, again))
			set_bit(kept_signals[i].bit, &process->flags);
	if (task->signal->flags & SIGNAL_STOP_STOPPED || task->signal->group_stop_count)
		set_bit(MEMSUSP_PROCESS_FOREIGN_STOP, &process->flags);
	set_bit(MEMSUSP_PROCESS_STOPPED, &process->flags);
}

static void on_foreign_continue(struct memsusp_process *process)
{
	struct memsusp_job *job = READ_ONCE(process->job);

	forget_kept(process);
	if (!test_and_clear_bit(MEMSUSP_PROCESS_STOPPED, &process->flags))
		return;
	WRITE_ONCE(job->continued_by, task_tgid_nr(current));
	atomic_long_set(&job->continued_used, atomic_long_read(&job->used));
	/* The count is there before the bit. */
	smp_mb__before_atomic();
	set_bit(MEMSUSP_JOB_CONTINUED, &job->flags);
	memsusp_governor_mark(job);
	memsusp_governor_kick();
}

static void on_foreign_stop(struct memsusp_process *process, int sig)
{
	unsigned int i;

	if (!test_bit(MEMSUSP_PROCESS_STOPPED, &process->flags))
		return;
	for (i = 0; i < ARRAY_SIZE(kept_signals); i++)
		if (kept_signals[i].sig == sig)
			set_bit(kept_signals[i].bit, &process->flags);
}

/**
 * memsusp_signalled() - a signal was sent
 * @sig: which
 * @task: to whom
 * @again: it is in the queue already
 *
 * Here alone it is noted who stopped a process, and only here it can be: the lock
 * puts our signals and those of others in one order. SIGCONT to a process that
 * we have stopped is the end of its suspension. A stop signal to such a process is
 * somebody else's, which our SIGCONT must not undo later.
 *
 * Context: the signal hook: @task's sighand lock held, interrupts off. Takes no
 * lock.
 */
void memsusp_signalled(int sig, struct task_struct *task, bool again)
{
	struct memsusp_process *process;
	bool ours = is_sending();

	if (sig != SIGCONT && !sig_kernel_stop(sig))
		return;
	rcu_read_lock();
	process = memsusp_process_find(task_tgid(task));
	if (process) {
		if (ours && sig == SIGSTOP)
			on_own_stop(process, task, again);
		else if (ours)
			clear_bit(MEMSUSP_PROCESS_STOPPED, &process->flags);
		else if (sig == SIGCONT)
			on_foreign_continue(process);
		else
			on_foreign_stop(process, sig);
	}
	rcu_read_unlock();
}
