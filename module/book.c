// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all files share, as memsusp.h describes it. No code: so everybody may stand
 * above it.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "memsusp.h"

/* M of memsusp.h */
DEFINE_MUTEX(memsusp_mutex);
/* L of memsusp.h */
DEFINE_RAW_SPINLOCK(memsusp_ledger_lock);

struct hlist_head memsusp_spaces[1 << MEMSUSP_SPACE_BITS];

LIST_HEAD(memsusp_jobs);
LIST_HEAD(memsusp_gone_jobs);
unsigned int memsusp_nr_jobs;
struct memsusp_stats memsusp_stats;
struct memsusp_node memsusp_node = {
	.limit = MEMSUSP_NO_LIMIT,
	.headroom = -1,
	.policy = MEMSUSP_POLICY_LARGEST,
	.auto_resume = true,
	.min_running = 1,
};
