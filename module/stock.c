// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stock: entries that fork and exec hooks may take without allocating.
 *
 * It never runs out. Each thread of a member may take one pair of entries, by a fork,
 * before it returns to user mode; whoever forks while the stock holds less than one for
 * each of these threads is made to wait there, and so is the new process. So the stock
 * owes one pair to each thread, and holds some more, so that nobody has to wait as
 * long as it is filled in time.
 *
 * It is filled by a work item of its own, which waits for no lock: memory is short
 * just when everything else is slow. Only where the kernel cannot allocate at all, or
 * more than the brake can hold make threads at once, can a fork find it empty; the
 * janitor then looks for the child.
 */
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "memsusp.h"

/* Pairs of entries beyond what is owed, and how many are owed to a thread. */
#ifndef MEMSUSP_STOCK_SIZE
#define MEMSUSP_STOCK_SIZE	512
#endif
#ifndef MEMSUSP_STOCK_A_THREAD
#define MEMSUSP_STOCK_A_THREAD	1
#endif

#define STOCK_LOW	(MEMSUSP_STOCK_SIZE * 3 / 4)
#define STOCK_SCARCE	(MEMSUSP_STOCK_SIZE * 3 / 8)

static void fill_up(struct work_struct *work);

static struct workqueue_struct *queue;
static DECLARE_WORK(filler, fill_up);

static LIST_HEAD(space_stock);		/* L */
static LIST_HEAD(process_stock);	/* L */
static long nr_spaces;			/* L */
static long nr_processes;		/* L */
static long owed;			/* L */
static DECLARE_WAIT_QUEUE_HEAD(filled);
static bool closing;			/* the module goes: nobody may wait */

/**
 * memsusp_stock_space() - take an empty entry for an address space
 *
 * Context: memsusp_ledger_lock held.
 * Return: the entry, zeroed; NULL if the stock is empty.
 */
struct memsusp_space *memsusp_stock_space(void)
{
	struct memsusp_space *space;

	lockdep_assert_held(&memsusp_ledger_lock);
	space = list_first_entry_or_null(&space_stock, struct memsusp_space, link);
	if (space) {
		list_del(&space->link);
		WRITE_ONCE(nr_spaces, nr_spaces - 1);
	}
	return space;
}

/**
 * memsusp_stock_process() - take an empty entry for a process
 *
 * Context: memsusp_ledger_lock held.
 * Return: the entry, zeroed; NULL if the stock is empty.
 */
struct memsusp_process *memsusp_stock_process(void)
{
	struct memsusp_process *process;

	lockdep_assert_held(&memsusp_ledger_lock);
	process = list_first_entry_or_null(&process_stock, struct memsusp_process, link);
	if (process) {
		list_del(&process->link);
		WRITE_ONCE(nr_processes, nr_processes - 1);
	}
	return process;
}

/**
 * memsusp_process_put() - give back a reference on the entry of a process
 * @process: its entry
 *
 * The table has one, and each thread that a fork makes wait (brake.c).
 *
 * Context: any.
 */
void memsusp_process_put(struct memsusp_process *process)
{
	if (refcount_dec_and_test(&process->refs))
		kfree_rcu(process, rcu);
}

/**
 * memsusp_stock_owe() - threads that may fork have come or gone
 * @threads: so many; negative: gone
 *
 * Context: memsusp_ledger_lock held.
 */
void memsusp_stock_owe(int threads)
{
	lockdep_assert_held(&memsusp_ledger_lock);
	WRITE_ONCE(owed, owed + threads * MEMSUSP_STOCK_A_THREAD);
}

/* Beyond what is owed. */
static long surplus(void)
{
	return min(READ_ONCE(nr_spaces), READ_ONCE(nr_processes)) - max(READ_ONCE(owed), 0L);
}

/**
 * memsusp_stock_is_low() - whether the stock should be filled
 *
 * Context: any.
 */
bool memsusp_stock_is_low(void)
{
	return surplus() < STOCK_LOW;
}

/**
 * memsusp_stock_is_scarce() - whether who forks should wait until it is filled
 *
 * Context: any.
 */
bool memsusp_stock_is_scarce(void)
{
	return surplus() < STOCK_SCARCE;
}

/**
 * memsusp_stock_wait() - wait while the stock is scarce
 *
 * Context: process, on the way to user mode; may sleep. Ends early with a fatal
 * signal, and when the module goes.
 */
void memsusp_stock_wait(void)
{
	long left = 0;

	/* Asked for again and again, because filling may fail. */
	while (!left) {
		memsusp_stock_kick();
		left = wait_event_killable_timeout(filled, !memsusp_stock_is_scarce() ||
						   READ_ONCE(closing), HZ);
	}
}

/**
 * memsusp_stock_close() - let go whoever waits, now and later
 *
 * Context: module exit.
 */
void memsusp_stock_close(void)
{
	WRITE_ONCE(closing, true);
	wake_up_all(&filled);
}

/**
 * memsusp_stock_kick() - have the stock filled
 *
 * Context: any.
 */
void memsusp_stock_kick(void)
{
	queue_work(queue, &filler);
}

/**
 * memsusp_stock_refill() - have the stock filled, and wait for it
 *
 * Context: process; may sleep; no lock held.
 */
void memsusp_stock_refill(void)
{
	memsusp_stock_kick();
	flush_work(&filler);
}

/* What is set aside for those who cannot wait for memory is for us, too, if need be. */
static void *allocate(size_t size)
{
	void *entry = NULL;

	if (memsusp_stock_is_scarce())
		entry = kzalloc(size, GFP_ATOMIC | __GFP_NOWARN);
	return entry ?: kzalloc(size, GFP_KERNEL);
}

static bool add_space(void)
{
	struct memsusp_space *space = allocate(sizeof(*space));

	if (!space)
		return false;
	raw_spin_lock_irq(&memsusp_ledger_lock);
	list_add(&space->link, &space_stock);
	WRITE_ONCE(nr_spaces, nr_spaces + 1);
	raw_spin_unlock_irq(&memsusp_ledger_lock);
	return true;
}

static bool add_process(void)
{
	struct memsusp_process *process = allocate(sizeof(*process));

	if (!process)
		return false;
	raw_spin_lock_irq(&memsusp_ledger_lock);
	list_add(&process->link, &process_stock);
	WRITE_ONCE(nr_processes, nr_processes + 1);
	raw_spin_unlock_irq(&memsusp_ledger_lock);
	return true;
}

static bool is_full(long nr)
{
	return nr - max(READ_ONCE(owed), 0L) >= MEMSUSP_STOCK_SIZE;
}

/* A storm is over: this is more than twice what another one would need. */
static bool is_too_full(long nr)
{
	return nr > 2 * (max(READ_ONCE(owed), 0L) + MEMSUSP_STOCK_SIZE);
}

static void fill(void)
{
	while (!is_full(READ_ONCE(nr_spaces)) && add_space())
		cond_resched();
	while (!is_full(READ_ONCE(nr_processes)) && add_process())
		cond_resched();
}

static void shrink(void)
{
	struct memsusp_process *process = NULL;
	struct memsusp_space *space = NULL;

	do {
		kfree(space);
		kfree(process);
		raw_spin_lock_irq(&memsusp_ledger_lock);
		space = is_too_full(nr_spaces) ? memsusp_stock_space() : NULL;
		process = is_too_full(nr_processes) ? memsusp_stock_process() : NULL;
		raw_spin_unlock_irq(&memsusp_ledger_lock);
	} while (space || process);
}

static void fill_up(struct work_struct *work)
{
	fill();
	shrink();
	wake_up_all(&filled);
}

/**
 * memsusp_stock_init() - fill the stock
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int memsusp_stock_init(void)
{
	queue = alloc_workqueue("memsusp_stock", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 1);
	if (!queue)
		return -ENOMEM;
	fill();
	if (!memsusp_stock_is_low())
		return 0;
	memsusp_stock_exit();
	return -ENOMEM;
}

/**
 * memsusp_stock_exit() - free the stock
 *
 * Context: module exit; no hook is armed.
 */
void memsusp_stock_exit(void)
{
	struct memsusp_process *process, *next_process;
	struct memsusp_space *space, *next_space;

	destroy_workqueue(queue);
	list_for_each_entry_safe(space, next_space, &space_stock, link)
		kfree(space);
	list_for_each_entry_safe(process, next_process, &process_stock, link)
		kfree(process);
}
