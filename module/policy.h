/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.c: what is to be done with a job, and with whom the node is made to fit. Plain
 * C over plain structs, without locks, allocation or I/O, so that the module and the
 * host's unit tests, sanitizers and simulator run the very same code.
 */
#ifndef MEMSUSP_POLICY_H
#define MEMSUSP_POLICY_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long u64;

#define NSEC_PER_MSEC	1000000L

/* What the kernel's sort() is here. */
#define sort(base, n, size, cmp, swap)	qsort(base, n, size, cmp)
#endif

#include "../uapi/memsusp.h"

/* A limit of that many pages is none: "max". */
#define MEMSUSP_NO_LIMIT	LONG_MAX

/* What somebody asked the governor to do with a job. */
enum memsusp_order {
	MEMSUSP_ORDER_NONE,
	MEMSUSP_ORDER_SUSPEND,
	MEMSUSP_ORDER_RESUME,
	MEMSUSP_ORDER_RELEASE,	/* unregister, or the module goes */
};

/* All that is known of a job when it is decided about. */
struct memsusp_case {
	enum memsusp_state state;
	enum memsusp_reason reason;
	enum memsusp_order order;
	long charge;		/* pages */
	long limit;		/* pages */
	bool touched;		/* first touches since it was last continued */
	bool continued;		/* somebody else sent SIGCONT */
};

enum memsusp_action {
	MEMSUSP_STAY,
	MEMSUSP_SUSPEND,
	MEMSUSP_CONTINUE,
};

enum memsusp_cause {
	MEMSUSP_CAUSE_NONE,
	MEMSUSP_CAUSE_AUTO,
	MEMSUSP_CAUSE_USER,
	MEMSUSP_CAUSE_FOREIGN,
	MEMSUSP_CAUSE_RELEASE,
	MEMSUSP_NR_CAUSES
};

struct memsusp_verdict {
	enum memsusp_action action;
	enum memsusp_reason reason;	/* of MEMSUSP_SUSPEND */
	enum memsusp_cause cause;	/* of MEMSUSP_CONTINUE */
};

/* The node: its settings, and what is known of it when a decision is made. */
struct memsusp_node {
	long limit;		/* pages that running jobs may be charged together */
	long floor;		/* pages that are to stay available; 0: off */
	long headroom;		/* pages; negative: a twentieth of the limit */
	enum memsusp_policy policy;
	bool auto_resume;
	bool drain;
	int min_running;
	u64 max_suspended_ns;	/* 0: off */

	long running;		/* pages charged to running jobs */
	/* Only looked at with a floor: */
	long available;		/* pages, as the kernel sees it */
	long idle;		/* pages in RAM of suspended jobs, which could be swapped out */
	long swap;		/* pages of free swap */
	int swap_in_ram;	/* of 1024 of them, those whose content will stay in RAM */
	unsigned int nr_running;
	unsigned int nr_faded;	/* whose processes have ended, but not all their memory is gone */
	u64 now_ns;
};

/* A job in a decision about the node. */
struct memsusp_candidate {
	long charge;		/* pages */
	long idle;		/* of them, those in RAM that could be swapped out */
	long swapped;		/* those that are, and will be brought back */
	int priority;
	bool fresh;		/* resumed since somebody was suspended last */
	bool over_limit;	/* above its own limit; only "drain" can resume it */
	u64 born_ns;		/* when it was registered */
	u64 faulted_ns;		/* when it last reached the end of its share */
	u64 since_ns;		/* when it was suspended */
};

struct memsusp_verdict memsusp_policy_decide(const struct memsusp_case *c);
bool memsusp_policy_may_resume(long charge, long limit);
long memsusp_policy_next_look(long charge, long limit, long soft_limit, bool warned,
			      unsigned int page_shift);

long memsusp_policy_room(const struct memsusp_node *node);
long memsusp_policy_headroom(const struct memsusp_node *node);
bool memsusp_policy_fits(const struct memsusp_node *node, const struct memsusp_candidate *job,
			 long headroom);
size_t memsusp_policy_victims(const struct memsusp_node *node,
			      struct memsusp_candidate **running, size_t n);
size_t memsusp_policy_waiters(const struct memsusp_node *node,
			      struct memsusp_candidate **waiting, size_t n);
enum memsusp_level memsusp_policy_level(const struct memsusp_node *node);
long memsusp_policy_boundary(const struct memsusp_node *node);
long memsusp_policy_share(const struct memsusp_node *node);
long memsusp_policy_least_share(const struct memsusp_node *node);

#endif /* MEMSUSP_POLICY_H */
