// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: which process belongs to which job, which address space is
 * charged to it, and how many pages it touched first.
 *
 * A first touch is one lookup, two additions and one comparison. The number it
 * is compared with (job->trip) was computed the last time the job's memory was
 * summed up; freed memory makes the count too high, so nothing is missed, and the
 * governor sums up before it believes the count. Too low is it at most by the fault
 * in which another processor summed up (memsusp_node_update()).
 *
 * Example. A job with a limit of 1000 pages registers with 100 pages. It is
 * summed up: used = 100, trip = 1000. It touches 500 pages and frees 400 of
 * them: used = 600. It touches 401 more: used = 1001, and the governor is
 * called; it finds 601 pages, sets used = 601, and the job goes on. Only when
 * 1001 pages are really held is it suspended.
 *
 * The entries that fork and exec need come from a stock (stock.c), because a
 * hook must not allocate. A fork that finds it empty is counted, and the janitor
 * adopts the child as soon as it has filled it again.
 */
#include <linux/hashtable.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "memsusp.h"
#include "trace.h"

#define PROCESS_BITS	12

static DEFINE_HASHTABLE(processes, PROCESS_BITS);

static LLIST_HEAD(exited);

/*
 * So long an address space is still charged whose processes have all ended but which
 * threads have not left yet: from Linux 6.16 on the exit hook comes before that.
 */
#define LEAVING_NS	NSEC_PER_SEC

/* Where the kernel copies a page on write; empty if that was not found. */
static unsigned long copies_start __ro_after_init;
static unsigned long copies_size __ro_after_init;

/**
 * memsusp_ledger_copies() - say which function copies a page on write
 * @start: its first address
 * @size: bytes
 *
 * Context: module init.
 */
void __init memsusp_ledger_copies(unsigned long start, unsigned long size)
{
	copies_start = start;
	copies_size = size;
}

/**
 * memsusp_process_find() - the entry of a process
 * @pid: the struct pid of its thread group
 *
 * Context: any, under RCU.
 * Return: the entry; NULL if it is no member of a job.
 */
struct memsusp_process *memsusp_process_find(struct pid *pid)
{
	struct memsusp_process *process;

	hash_for_each_possible_rcu(processes, process, hash, (unsigned long)pid)
		if (process->pid == pid)
			return process;
	return NULL;
}

/*
 * The count went over the mark: have the governor look, and have the thread
 * wait for it. In a suspended job every touch is over the mark: a thread that
 * SIGSTOP has not reached yet must not go on.
 */
static noinline void tripped(struct memsusp_job *job, struct mm_struct *mm, long used)
{
	bool over = used > READ_ONCE(job->limit) || used > READ_ONCE(job->ceiling) ||
		    (used > READ_ONCE(job->soft_limit) && !READ_ONCE(job->warned));
	u64 now = over ? ktime_get_mono_fast_ns() : 0;

	trace_memsusp_trip(job->nr, used, READ_ONCE(job->trip));
	if (READ_ONCE(job->state) == MEMSUSP_SUSPENDED) {
		memsusp_brake_current(job, mm, 0);
		return;
	}
	if (over)
		atomic64_cmpxchg(&job->tripped_ns, 0, now);
	memsusp_governor_mark(job);
	memsusp_governor_kick();
	if (over)
		memsusp_brake_current(job, mm, now);
}

/**
 * memsusp_touch() - new anonymous memory is being mapped into a job: count it
 * @space: into which address space, not always that of current
 * @mapped: the page or folio
 * @caller: where the hooked function was called from
 *
 * Context: the fault hook. The page table lock is held, so RCU waits for us: on
 * PREEMPT_RT spin_lock() is a read-side section, elsewhere preemption is off.
 * Takes no lock.
 */
void memsusp_touch(struct memsusp_space *space, void *mapped, unsigned long caller)
{
	struct memsusp_job *job = READ_ONCE(space->job);
	long nr_pages = memsusp_first_touches(mapped);
	long used;

	atomic_long_add(nr_pages, &space->touched);
	if (caller - copies_start < copies_size)
		atomic_long_add(nr_pages, &space->copied);
	used = atomic_long_add_return(nr_pages, &job->used);
	if (unlikely(used > READ_ONCE(job->trip)) && nr_pages)
		tripped(job, READ_ONCE(space->mm), used);
}

/* Whether the janitor has somebody to look for. A */
static bool any_missed;

/**
 * memsusp_ledger_missed() - have the janitor find who was missed
 * @job: of which the stock was empty for a process
 *
 * Context: any, under RCU or memsusp_mutex.
 */
void memsusp_ledger_missed(struct memsusp_job *job)
{
	atomic64_inc(&memsusp_stats.forks_missed);
	set_bit(MEMSUSP_JOB_MISSED, &job->flags);
	/* Pairs with the barrier in memsusp_ledger_take_missed(). */
	smp_mb__after_atomic();
	memsusp_ledger_seek_again();
}

/**
 * memsusp_space_insert() - enter an address space whose fields are filled in
 * @space: with @mm grabbed and @job set
 *
 * Context: memsusp_ledger_lock held.
 */
void memsusp_space_insert(struct memsusp_space *space)
{
	lockdep_assert_held(&memsusp_ledger_lock);
	if (space->origin)
		WRITE_ONCE(space->origin->heirs, space->origin->heirs + 1);
	hlist_add_head_rcu(&space->hash,
			   &memsusp_spaces[hash_ptr(space->mm, MEMSUSP_SPACE_BITS)]);
	list_add_tail_rcu(&space->link, &space->job->spaces);
}

/**
 * memsusp_process_insert() - enter a process whose fields are filled in
 * @process: with a reference on @pid, @job and @space set
 *
 * Context: memsusp_ledger_lock held.
 */
void memsusp_process_insert(struct memsusp_process *process)
{
	lockdep_assert_held(&memsusp_ledger_lock);
	if (process->space)
		WRITE_ONCE(process->space->users, process->space->users + 1);
	refcount_set(&process->refs, 1);
	memsusp_stock_owe(process->nr_threads);
	hash_add_rcu(processes, &process->hash, (unsigned long)process->pid);
	process->serial = ++process->job->last_serial;
	list_add_tail_rcu(&process->link, &process->job->processes);
	WRITE_ONCE(process->job->nr_processes, process->job->nr_processes + 1);
}

/**
 * memsusp_ledger_is_settled() - whether somebody pays for the memory of a process
 * @process: its entry
 * @mm: the address space that it runs in now
 *
 * Context: memsusp_ledger_lock held.
 * Return: true if its own job does, or another one where it is written down that
 * this process waits for its end.
 */
bool memsusp_ledger_is_settled(const struct memsusp_process *process, const struct mm_struct *mm)
{
	struct memsusp_space *space = process->space;

	lockdep_assert_held(&memsusp_ledger_lock);
	if (space)
		return space->mm == mm;
	space = memsusp_space_find(mm);
	return space && space->job != process->job && space->awaited;
}

/*
 * Write down what @space holds as it is entered. What was copied for it while the fork
 * was under way it has touched; the rest it shares with its origin, or without one,
 * it is its own.
 */
static void note_entry(struct memsusp_space *space, long held)
{
	struct memsusp_space *origin = space->origin;

	space->entered_held = held - atomic_long_read(&space->touched);
	if (origin) {
		space->at_fork.held = held;
		space->at_fork.touched = atomic_long_read(&origin->touched);
		space->at_fork.copied = atomic_long_read(&origin->copied);
	} else {
		space->baseline = space->entered_held;
		atomic_long_add(space->baseline, &space->job->used);
	}
}

/* A new entry for @mm; NULL: the stock has none. */
static struct memsusp_space *new_space(struct memsusp_job *job, struct mm_struct *mm,
				       struct memsusp_space *origin, long held)
{
	struct memsusp_space *space = memsusp_stock_space();

	lockdep_assert_held(&memsusp_ledger_lock);
	if (!space)
		return NULL;
	mmgrab(mm);
	space->mm = mm;
	space->job = job;
	space->origin = origin;
	note_entry(space, held);
	memsusp_space_insert(space);
	return space;
}

/**
 * memsusp_ledger_settle() - have a process run in an address space from now on
 * @process: its entry
 * @mm: the address space
 * @origin: from which @mm was forked; NULL: what it holds is its own
 * @held: pages it holds
 *
 * A space that nobody runs in any more is left for the sweep. A space belongs to one
 * job: where another job pays for @mm, @process has none.
 *
 * Context: memsusp_ledger_lock held.
 * Return: false if the stock is empty.
 */
bool memsusp_ledger_settle(struct memsusp_process *process, struct mm_struct *mm,
			   struct memsusp_space *origin, long held)
{
	struct memsusp_space *old = process->space;
	struct memsusp_space *space;
	bool settled;

	lockdep_assert_held(&memsusp_ledger_lock);
	if (memsusp_ledger_is_settled(process, mm))
		return true;
	space = memsusp_space_find(mm);
	if (space && space->job != process->job) {
		WRITE_ONCE(space->awaited, true);
		/* It is not our fork that this one was entered in. */
		WRITE_ONCE(space->forking, false);
		space = NULL;
		settled = true;
	} else if (space) {
		if (space->forking)
			note_entry(space, held);
		settled = true;
	} else {
		space = new_space(process->job, mm, origin, held);
		settled = space;
	}
	if (space) {
		WRITE_ONCE(space->forking, false);
		WRITE_ONCE(space->users, space->users + 1);
	}
	WRITE_ONCE(process->space, space);
	if (old)
		WRITE_ONCE(old->users, old->users - 1);
	return settled;
}

/**
 * memsusp_ledger_enter() - make a child a member of its parent's job
 * @from: the entry of its parent
 * @pid: the struct pid of its thread group
 * @nr_threads: that it has
 * @mm: the address space that it runs in
 * @origin: as in memsusp_ledger_settle()
 * @held: as in memsusp_ledger_settle()
 *
 * Context: memsusp_ledger_lock held.
 * Return: false if the stock is empty.
 */
bool memsusp_ledger_enter(struct memsusp_process *from, struct pid *pid, int nr_threads,
			  struct mm_struct *mm, struct memsusp_space *origin, long held)
{
	struct memsusp_job *job = from->job;
	struct memsusp_process *process;

	lockdep_assert_held(&memsusp_ledger_lock);
	/* The janitor may have seen a child before its fork's hook was called. */
	if (job->ended || !job->inherit || memsusp_process_find(pid))
		return true;
	process = memsusp_stock_process();
	if (!process)
		return false;
	process->pid = get_pid(pid);
	process->job = job;
	process->nr_threads = nr_threads;
	memsusp_process_insert(process);
	return memsusp_ledger_settle(process, mm, origin, held);
}

/**
 * memsusp_pages_held() - what an address space holds in which one thread has run
 * @mm: the address space
 * @thread: the thread; NULL: none has run in it yet
 *
 * Context: any; with per-CPU counters O(processors), so not under memsusp_ledger_lock.
 * Return: anonymous pages in RAM and in swap.
 */
long memsusp_pages_held(struct mm_struct *mm, struct task_struct *thread)
{
	long held = memsusp_mm_pages(mm, MM_ANONPAGES) + memsusp_mm_pages(mm, MM_SWAPENTS);

	if (thread)
		held += memsusp_thread_pages(thread, MM_ANONPAGES) +
			memsusp_thread_pages(thread, MM_SWAPENTS);
	return held;
}

/* A thread more that may fork. */
static void thread_created(struct memsusp_process *process)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	/* It may have been forgotten in between. */
	if (hash_hashed(&process->hash)) {
		process->nr_threads++;
		memsusp_stock_owe(1);
	}
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	if (memsusp_stock_is_low())
		memsusp_stock_kick();
	if (memsusp_stock_is_scarce())
		memsusp_brake_current(READ_ONCE(process->job), current->mm, 0);
}

static void child_forked(struct memsusp_process *from, struct task_struct *child)
{
	struct memsusp_process *process = NULL;
	struct memsusp_job *job;
	unsigned long flags;
	bool entered = true;
	long held;

	held = memsusp_pages_held(child->mm, NULL);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	job = from->job;
	/* It may have been forgotten in between. */
	if (hash_hashed(&from->hash)) {
		entered = memsusp_ledger_enter(from, task_tgid(child), 1, child->mm, from->space,
					       held);
		process = memsusp_process_find(task_tgid(child));
		if (process)
			refcount_inc(&process->refs);
	}
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	if (!entered)
		memsusp_ledger_missed(job);
	if (memsusp_stock_is_low())
		memsusp_stock_kick();
	/* Forks must not be faster than the stock is filled. */
	if (process && memsusp_stock_is_scarce())
		memsusp_brake_fork(process, child);
	if (process)
		memsusp_process_put(process);
	/* Pairs with the barrier in the governor's set_state(). */
	smp_mb();
	if (READ_ONCE(job->state) == MEMSUSP_SUSPENDED) {
		memsusp_governor_mark(job);
		memsusp_governor_kick();
	}
}

/**
 * memsusp_forked() - a thread or a process was made: it joins its parent's job
 * @parent: current
 * @child: not run yet
 *
 * The address space of a new process starts with no page of its own: it is charged
 * for what it copies.
 *
 * Context: the fork hook: preemption off. Takes memsusp_ledger_lock.
 */
void memsusp_forked(struct task_struct *parent, struct task_struct *child)
{
	struct memsusp_process *from;

	if (!child->mm || child->flags & PF_KTHREAD)
		return;
	rcu_read_lock();
	from = memsusp_process_find(task_tgid(parent));
	if (from && same_thread_group(parent, child))
		thread_created(from);
	else if (from && READ_ONCE(from->job)->inherit)
		child_forked(from, child);
	rcu_read_unlock();
}

/**
 * memsusp_copied_in_fork() - a page was copied for a child before fork is over
 * @mm: the child's
 * @mapped: the page or folio
 *
 * Pages that are pinned for a device, as by io_uring or RDMA, are not shared with the
 * child but copied at once. So the child's address space is entered with the first
 * such page, and has no user before its process is entered.
 *
 * Context: the fault hook. Takes memsusp_ledger_lock.
 */
void memsusp_copied_in_fork(struct mm_struct *mm, void *mapped)
{
	struct memsusp_space *space = NULL;
	struct memsusp_process *from;
	unsigned long flags;

	rcu_read_lock();
	from = memsusp_process_find(task_tgid(current));
	if (from && READ_ONCE(from->job)->inherit) {
		raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
		/* It may have been forgotten, or become another job, in between. */
		if (hash_hashed(&from->hash) && !from->job->ended && from->job->inherit) {
			space = new_space(from->job, mm, from->space, 0);
			if (space)
				WRITE_ONCE(space->forking, true);
		}
		raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	}
	if (space) {
		memsusp_touch(space, mapped, 0);
		/* If the fork fails, nobody else tells of it. */
		memsusp_governor_mark(space->job);
		memsusp_governor_kick();
		if (memsusp_stock_is_low())
			memsusp_stock_kick();
		if (memsusp_stock_is_scarce())
			memsusp_brake_current(space->job, current->mm, 0);
	}
	rcu_read_unlock();
}

/**
 * memsusp_execed() - a process has got a new address space
 * @task: current, its only thread
 * @raised: the program gives it rights that its caller does not have
 *
 * The old address space leaves the charge; what the new one holds already
 * (arguments, stack, initialised data) is its own and counts.
 *
 * Context: the exec hook: preemption off. Takes memsusp_ledger_lock.
 */
void memsusp_execed(struct task_struct *task, bool raised)
{
	struct memsusp_process *process;
	struct mm_struct *mm = task->mm;
	struct memsusp_job *job;
	unsigned long flags;
	bool settled;
	long held;

	rcu_read_lock();
	process = memsusp_process_find(task_tgid(task));
	if (process) {
		held = memsusp_pages_held(mm, task);
		raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
		job = process->job;
		if (raised)
			memsusp_job_raise(job);
		/* It may have been forgotten in between. */
		settled = !hash_hashed(&process->hash) ||
			  memsusp_ledger_settle(process, mm, NULL, held);
		raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
		if (!settled)
			memsusp_ledger_missed(job);
		if (memsusp_stock_is_low())
			memsusp_stock_kick();
		memsusp_governor_mark(job);
		memsusp_governor_kick();
	}
	rcu_read_unlock();
}

/**
 * memsusp_process_exited() - have the governor remove a process that has ended
 * @process: its entry
 *
 * Context: any, under RCU or memsusp_mutex.
 */
void memsusp_process_exited(struct memsusp_process *process)
{
	if (!test_and_set_bit(MEMSUSP_PROCESS_EXITED, &process->flags)) {
		llist_add(&process->exited, &exited);
		memsusp_governor_kick();
	}
}

/**
 * memsusp_exited() - a thread is exiting, perhaps the last of its process
 * @task: current
 *
 * Context: the exit hook: preemption off. Takes memsusp_ledger_lock.
 */
void memsusp_exited(struct task_struct *task)
{
	struct memsusp_process *process;
	unsigned long flags;

	rcu_read_lock();
	process = memsusp_process_find(task_tgid(task));
	if (process) {
		raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
		/* Threads of the kernel's own in a process end here, but do not begin by a fork. */
		if (hash_hashed(&process->hash) && process->nr_threads &&
		    !(task->flags & MEMSUSP_PF_NEVER_IN_USER_MODE)) {
			process->nr_threads--;
			memsusp_stock_owe(-1);
		}
		raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
		if (!atomic_read(&task->signal->live))
			memsusp_process_exited(process);
	}
	rcu_read_unlock();
}

static void process_remove(struct memsusp_process *process)
{
	unsigned long flags;

	lockdep_assert_held(&memsusp_mutex);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	hash_del_rcu(&process->hash);
	list_del_rcu(&process->link);
	WRITE_ONCE(process->job->nr_processes, process->job->nr_processes - 1);
	if (process->space)
		WRITE_ONCE(process->space->users, process->space->users - 1);
	memsusp_stock_owe(-process->nr_threads);
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	put_pid(process->pid);
	memsusp_process_put(process);
}

/**
 * memsusp_ledger_reap() - remove the processes that have ended
 *
 * Their jobs are marked for the governor.
 *
 * Context: process, memsusp_mutex held.
 */
void memsusp_ledger_reap(void)
{
	struct memsusp_process *process, *next;

	lockdep_assert_held(&memsusp_mutex);
	llist_for_each_entry_safe(process, next, llist_del_all(&exited), exited) {
		memsusp_governor_order(process->job);
		process_remove(process);
	}
}

/**
 * memsusp_space_remove() - take an address space out of the table if nobody runs in it
 * @space: its entry, which stays for its heirs
 *
 * The look at the users and the removal are one step: without a user at one moment,
 * it may have one at the next, whoever a vfork brings, as long as it can be found.
 * Once removed it can get none.
 *
 * Context: process, memsusp_mutex held. Takes memsusp_ledger_lock.
 * Return: whether it was removed.
 */
bool memsusp_space_remove(struct memsusp_space *space)
{
	struct mm_struct *mm = space->mm;
	unsigned long flags;
	bool unused, seek;

	lockdep_assert_held(&memsusp_mutex);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	unused = !space->users;
	if (unused) {
		hlist_del_init_rcu(&space->hash);
		WRITE_ONCE(space->mm, NULL);
	}
	/* Somebody of another job runs in it, who is to pay from now on. */
	seek = unused && space->awaited;
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	if (!unused)
		return false;
	space->anon = 0;
	space->swap = 0;
	mmdrop(mm);
	if (seek)
		memsusp_ledger_seek_again();
	return true;
}

/*
 * Whether a space in which no process runs any more still holds memory that will go
 * by itself: a thread has yet to leave it, or the kernel is unmapping it, or the fork
 * that it was entered in is still under way.
 */
static bool is_leaving(struct memsusp_space *space)
{
	u64 now = ktime_get_mono_fast_ns();

	if (space->job->ended)
		return false;
	/* Pages are counted out before they are freed; after that the program's file goes. */
	if (!atomic_read(&space->mm->mm_users))
		return rcu_access_pointer(space->mm->exe_file);
	if (READ_ONCE(space->forking))
		return true;
	/* A process of another job runs in it, which pays from now on. */
	if (READ_ONCE(space->awaited))
		return false;
	/* Somebody else may run in it who is no member: do not wait for him. */
	if (!space->leaving_ns)
		space->leaving_ns = now;
	return now - space->leaving_ns < LEAVING_NS;
}

static void space_free(struct memsusp_space *space)
{
	unsigned long flags;

	space->job->touched_gone += atomic_long_read(&space->touched);
	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	list_del_rcu(&space->link);
	if (space->origin)
		WRITE_ONCE(space->origin->heirs, space->origin->heirs - 1);
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	kfree_rcu(space, rcu);
}

/**
 * memsusp_ledger_sweep() - remove a job's address spaces that have ended
 * @job: whose
 *
 * One that has heirs, spaces that were forked from it and live, keeps its
 * entry: they may still hold pages that it touched, and nobody else pays. One
 * whose memory is just going is charged until it is gone.
 *
 * Context: process, memsusp_mutex held. Takes memsusp_ledger_lock.
 * Return: whether the memory of some is just going, so that it has to be called again.
 */
bool memsusp_ledger_sweep(struct memsusp_job *job)
{
	struct memsusp_space *space, *ended, *origin;
	bool leaving = false;

	lockdep_assert_held(&memsusp_mutex);
	rcu_read_lock();
	list_for_each_entry_rcu(space, &job->spaces, link) {
		/* Only a first look: memsusp_space_remove() decides. */
		if (READ_ONCE(space->users)) {
			space->leaving_ns = 0;
			continue;
		}
		if (space->mm && is_leaving(space)) {
			leaving = true;
			continue;
		}
		if (space->mm && !memsusp_space_remove(space))
			continue;
		/* The last heir gone, its origins stand before it in the list. */
		for (ended = space; ended && !ended->mm && !READ_ONCE(ended->heirs);
		     ended = origin) {
			origin = ended->origin;
			space_free(ended);
		}
	}
	rcu_read_unlock();
	return leaving;
}

/**
 * memsusp_ledger_clear() - forget all processes of a job
 * @job: it; ended, so that no fork adds to it any more
 *
 * Context: process, memsusp_mutex held.
 */
void memsusp_ledger_clear(struct memsusp_job *job)
{
	struct memsusp_process *process, *next;

	lockdep_assert_held(&memsusp_mutex);
	list_for_each_entry_safe(process, next, &job->processes, link) {
		/* One that is just exiting is on the list that reap() takes. */
		if (!test_and_set_bit(MEMSUSP_PROCESS_EXITED, &process->flags))
			process_remove(process);
	}
	memsusp_ledger_reap();
}

/**
 * memsusp_grab_mm() - pin the address space of somebody else's process
 * @leader: its first thread, which may have ended before the others
 *
 * Context: any but hooks. Takes task_lock().
 * Return: its mm, to be given back with mmdrop(); NULL if it has none of its
 * own (any more).
 */
struct mm_struct *memsusp_grab_mm(struct task_struct *leader)
{
	struct mm_struct *mm = NULL;
	struct task_struct *thread;

	if (leader->flags & PF_KTHREAD)
		return NULL;
	rcu_read_lock();
	memsusp_for_each_thread(leader, thread) {
		task_lock(thread);
		mm = thread->mm;
		if (mm)
			mmgrab(mm);
		task_unlock(thread);
		if (mm)
			break;
	}
	rcu_read_unlock();
	return mm;
}

/**
 * memsusp_ledger_take_missed() - whether somebody was missed since the last time
 *
 * Context: process, memsusp_mutex held. Who is missed from now on is for the next time,
 * or his job's bit MEMSUSP_JOB_MISSED is seen by the caller.
 */
bool memsusp_ledger_take_missed(void)
{
	lockdep_assert_held(&memsusp_mutex);
	if (!READ_ONCE(any_missed))
		return false;
	WRITE_ONCE(any_missed, false);
	/* Pairs with the barrier in memsusp_ledger_missed(). */
	smp_mb();
	return true;
}

/**
 * memsusp_ledger_seek_again() - have the janitor look for missed processes once more
 *
 * Context: any.
 */
void memsusp_ledger_seek_again(void)
{
	WRITE_ONCE(any_missed, true);
	memsusp_janitor_kick();
}

/**
 * memsusp_ledger_is_empty() - whether nobody is in the tables
 *
 * Context: any.
 */
bool memsusp_ledger_is_empty(void)
{
	return hash_empty(memsusp_spaces) && hash_empty(processes) && llist_empty(&exited);
}
