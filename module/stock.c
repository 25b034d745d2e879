// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stock: entries that fork and exec hooks may take without allocating. The
 * janitor fills it when it gets low; it holds enough for the forks that can
 * happen until then.
 */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "memsusp.h"

#define STOCK_SIZE	512
#define STOCK_LOW	384
#define STOCK_SCARCE	192

static LIST_HEAD(space_stock);		/* L */
static LIST_HEAD(process_stock);	/* L */
static unsigned int nr_spaces;		/* L */
static unsigned int nr_processes;	/* L */
static DECLARE_WAIT_QUEUE_HEAD(filled);

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
 * memsusp_stock_is_low() - whether the janitor should fill the stock
 *
 * Context: any.
 */
bool memsusp_stock_is_low(void)
{
	return READ_ONCE(nr_spaces) < STOCK_LOW || READ_ONCE(nr_processes) < STOCK_LOW;
}

/**
 * memsusp_stock_is_scarce() - whether who forks should wait for the janitor
 *
 * Context: any.
 */
bool memsusp_stock_is_scarce(void)
{
	return READ_ONCE(nr_spaces) < STOCK_SCARCE || READ_ONCE(nr_processes) < STOCK_SCARCE;
}

/**
 * memsusp_stock_wait() - wait for the janitor while the stock is scarce
 *
 * Context: process, on the way to user mode; may sleep. Ends early with a fatal
 * signal, and after 100 ms.
 */
void memsusp_stock_wait(void)
{
	wait_event_killable_timeout(filled, !memsusp_stock_is_scarce(), HZ / 10);
}

/**
 * memsusp_stock_fill() - fill the stock as far as there is memory
 *
 * Context: process; may sleep and allocate.
 */
void memsusp_stock_fill(void)
{
	struct memsusp_process *process;
	struct memsusp_space *space;

	while (READ_ONCE(nr_spaces) < STOCK_SIZE) {
		space = kzalloc(sizeof(*space), GFP_KERNEL);
		if (!space)
			break;
		raw_spin_lock_irq(&memsusp_ledger_lock);
		list_add(&space->link, &space_stock);
		WRITE_ONCE(nr_spaces, nr_spaces + 1);
		raw_spin_unlock_irq(&memsusp_ledger_lock);
	}
	while (READ_ONCE(nr_processes) < STOCK_SIZE) {
		process = kzalloc(sizeof(*process), GFP_KERNEL);
		if (!process)
			break;
		raw_spin_lock_irq(&memsusp_ledger_lock);
		list_add(&process->link, &process_stock);
		WRITE_ONCE(nr_processes, nr_processes + 1);
		raw_spin_unlock_irq(&memsusp_ledger_lock);
	}
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
	memsusp_stock_fill();
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

	list_for_each_entry_safe(space, next_space, &space_stock, link)
		kfree(space);
	list_for_each_entry_safe(process, next_process, &process_stock, link)
		kfree(process);
}
