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
 * Who forks, or makes threads, faster than the stock can be filled is held as well.
 * For a fork the entry of the new process has what it takes, so that no fork goes by.
 *
 * A slot of a fixed table belongs to one thread from memsusp_brake_current()
 * until its task_work has run, at the latest at its exit. Threads that sleep in a
 * system call before they get there keep their slots for as long, so a job may have
 * only those of its window, some way into the table. A thread that finds none is not
 * held, and the signal alone stops it.
 */
#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/wait_bit.h>

#include "compat.h"
#include "memsusp.h"

#define SLOT_BITS	12
#define SLOTS		BIT(SLOT_BITS)
#define WINDOW		64

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

static struct brake brakes[SLOTS + WINDOW];
/* Apart, so that looking for one's own slot stays in few cache lines. A */
static struct task_struct *owners[SLOTS + WINDOW];
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
		if (memsusp_stock_is_scarce())
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
 * @job: the job that @mm is charged to
 * @mm: the address space that was touched; if it is not current's own, somebody
 *	touches for somebody else and is not held
 * @tripped_ns: when it touched the page that was one too many, 0: it did not. If it
 *	did, the governor looks once more when the thread has left the fault.
 *
 * Context: any in which current is the toucher; takes no lock.
 */
void memsusp_brake_current(const struct memsusp_job *job, struct mm_struct *mm, u64 tripped_ns)
{
	int first = hash_ptr(job, SLOT_BITS);
	struct brake *brake;
	int i, slot = -1;

	if (current->mm != mm || current->flags & (MEMSUSP_PF_NEVER_IN_USER_MODE | PF_EXITING))
		return;
	for (i = first; i < first + WINDOW; i++) {
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
	while (slot >= 0 && slot < first + WINDOW && cmpxchg(&owners[slot], NULL, current))
		slot++;
	if (slot < 0 || slot == first + WINDOW)
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

static void fork_wait(struct memsusp_process *process)
{
	if (!(current->flags & PF_EXITING))
		memsusp_stock_wait();
	memsusp_process_put(process);
	callback_done();
}

static void parent_waits(struct callback_head *head)
{
	fork_wait(container_of(head, struct memsusp_process, parent_waits));
}

static void child_waits(struct callback_head *head)
{
	fork_wait(container_of(head, struct memsusp_process, child_waits));
}

static void fork_wait_add(struct task_struct *task, struct memsusp_process *process,
			  struct callback_head *head)
{
	refcount_inc(&process->refs);
	atomic_inc(&callbacks);
	if (task_work_add(task, head, TWA_RESUME)) {
		memsusp_process_put(process);
		callback_done();
	}
}

/**
 * memsusp_brake_fork() - hold both sides of a fork until the stock is filled
 * @process: the entry of the new process, just made; the caller holds a reference
 * @child: its thread, not run yet
 *
 * After vfork() the child alone is held: until it calls exec or exits, current waits for
 * it anyway, and must not keep the module from going for as long. That it is vfork()
 * is not known yet, but that they share their memory.
 *
 * Context: the fork hook, under RCU; current is the parent. Takes no lock.
 */
void memsusp_brake_fork(struct memsusp_process *process, struct task_struct *child)
{
	init_task_work(&process->child_waits, child_waits);
	fork_wait_add(child, process, &process->child_waits);
	if (child->mm == current->mm)
		return;
	init_task_work(&process->parent_waits, parent_waits);
	fork_wait_add(current, process, &process->parent_waits);
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
	memsusp_stock_close();
	for (i = 0; i < SLOTS + WINDOW; i++) {
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
