// SPDX-License-Identifier: GPL-2.0-only
/*
 * The brake: a thread whose touch went over the limit waits, on its way back to
 * user mode, until the governor has decided, and if the job was suspended, until
 * the stop has reached this thread: SIGSTOP wakes one thread of a process, and
 * only when that one runs are the others stopped. So each thread stands at
 * exactly one fault past the limit, however busy the machine is; without, it
 * would run on until others get a processor.
 *
 * The wait is a task_work, at the same place where memcg holds threads above
 * memory.high. Each half ends with what it waits for, with a fatal signal, or
 * after a second.
 *
 * Who forks faster than the janitor can fill the stock is held as well.
 *
 * A slot of a fixed table belongs to one thread from memsusp_brake_current()
 * until its task_work has run, at the latest at its exit. With all slots taken a
 * thread is not held, and the signal alone stops it.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/wait_bit.h>

#include "compat.h"
#include "memsusp.h"

#define SLOTS	256

/**
 * struct brake - one thread on its way to user mode
 * @wait: makes it wait
 * @kick: makes it run @wait now, when the module goes
 * @tripped_ns: when it touched the page that was one too many, 0: it did not; only
 *	the thread itself uses it
 */
struct brake {
	struct callback_head wait;
	struct callback_head kick;
	u64 tripped_ns;
};

static struct brake brakes[SLOTS];
/* Apart, so that looking for one's own slot stays in few cache lines. A */
static struct task_struct *owners[SLOTS];
/* Callbacks that have not run to their end. A */
static atomic_t callbacks = ATOMIC_INIT(0);
static bool releasing;

static void callback_done(void)
{
	if (atomic_dec_and_test(&callbacks))
		wake_up_var(&callbacks);
}

/*
 * Have the governor look at current's job once more, if it has not suspended it: in
 * many a fault the kernel counts a page only when it has passed the hook, so that a
 * run that the hook asked for may have been too early. Returns a ticket; 0: no need.
 */
static int look_again(u64 tripped_ns)
{
	struct memsusp_space *space;
	struct memsusp_job *job;
	int ticket = 0;

	rcu_read_lock();
	space = memsusp_space_find(current->mm);
	job = space ? READ_ONCE(space->job) : NULL;
	if (job && READ_ONCE(job->state) != MEMSUSP_SUSPENDED) {
		atomic64_cmpxchg(&job->tripped_ns, 0, tripped_ns);
		memsusp_governor_mark(job);
		ticket = memsusp_governor_kick();
	}
	rcu_read_unlock();
	return ticket;
}

static void brake_wait(struct callback_head *head)
{
	struct brake *brake = container_of(head, struct brake, wait);
	int ticket;

	if (!(current->flags & PF_EXITING) && !READ_ONCE(releasing)) {
		ticket = brake->tripped_ns ? look_again(brake->tripped_ns) : 0;
		if (ticket)
			memsusp_governor_hold(ticket);
		memsusp_governor_hold_suspended();
		memsusp_stock_wait();
	}
	/* We are done with the slot; pairs with cmpxchg() of the next owner. */
	smp_store_release(&owners[brake - brakes], NULL);
	callback_done();
}

static void brake_kicked(struct callback_head *head)
{
	callback_done();
}

/**
 * memsusp_brake_current() - hold the current thread before it returns to user mode
 * @mm: the address space that was touched; if it is not current's own, somebody
 *	touches for somebody else and is not held
 * @tripped_ns: when it touched the page that was one too many, 0: it did not. If it
 *	did, the governor looks once more when the thread has left the fault.
 *
 * Context: any in which current is the toucher; takes no lock.
 */
void memsusp_brake_current(struct mm_struct *mm, u64 tripped_ns)
{
	struct brake *brake;
	int i, slot = -1;

	if (current->mm != mm || current->flags & (PF_KTHREAD | PF_IO_WORKER | PF_EXITING))
		return;
	for (i = 0; i < SLOTS; i++) {
		struct task_struct *owner = READ_ONCE(owners[i]);

		if (owner == current) {
			/* Once a return to user mode; the first touch counts. */
			if (!brakes[i].tripped_ns)
				brakes[i].tripped_ns = tripped_ns;
			return;
		}
		if (!owner && slot < 0)
			slot = i;
	}
	while (slot >= 0 && slot < SLOTS && cmpxchg(&owners[slot], NULL, current))
		slot++;
	if (slot < 0 || slot == SLOTS)
		goto missed;

	brake = &brakes[slot];
	brake->tripped_ns = tripped_ns;
	init_task_work(&brake->wait, brake_wait);
	atomic_inc(&callbacks);
	if (task_work_add(current, &brake->wait, TWA_RESUME)) {
		/* It is exiting and will not return to user mode: as above. */
		smp_store_release(&owners[slot], NULL);
		callback_done();
		return;
	}
	atomic64_inc(&memsusp_stats.brakes);
	return;
missed:
	atomic64_inc(&memsusp_stats.brakes_missed);
}

/**
 * memsusp_brake_release() - let go every thread that is held or will be
 *
 * A thread that sleeps in a system call since its touch would keep the module's
 * code in use for as long; it is made to run its task_work now. What it sees is
 * what SIGSTOP and SIGCONT would have shown it: the call is restarted, or ends
 * with EINTR where signal(7) says so.
 *
 * Context: module exit; may sleep. No hook finds a job any more.
 */
void memsusp_brake_release(void)
{
	int i;

	WRITE_ONCE(releasing, true);
	for (i = 0; i < SLOTS; i++) {
		struct task_struct *task;

		/* While it owns a slot it has not passed exit_task_work(). */
		rcu_read_lock();
		/* Pairs with cmpxchg() that made it the owner. */
		task = smp_load_acquire(&owners[i]);
		if (task) {
			init_task_work(&brakes[i].kick, brake_kicked);
			atomic_inc(&callbacks);
			if (task_work_add(task, &brakes[i].kick, TWA_SIGNAL))
				callback_done();
		}
		rcu_read_unlock();
	}
	wait_var_event(&callbacks, !atomic_read(&callbacks));
}
