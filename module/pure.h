/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pure part of memsusp: parse.c and policy.c. Plain C over plain structs,
 * without locks, allocation or I/O, so that the module and the host's unit
 * tests, sanitizers and fuzzers run the very same code.
 */
#ifndef MEMSUSP_PURE_H
#define MEMSUSP_PURE_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#endif

#include "../uapi/memsusp.h"

/* A limit of that many pages is none: "max". */
#define MEMSUSP_NO_LIMIT	LONG_MAX

/* One line written to "register". */
struct memsusp_registration {
	int pid;		/* in the pid namespace of the writer */
	long limit;		/* pages */
	long soft_limit;	/* pages */
	int priority;
	bool inherit;
	char name[MEMSUSP_NAME_SIZE];
};

/* One line written to "resume". */
struct memsusp_resumption {
	int pid;		/* in the pid namespace of the writer */
	long limit;		/* pages; 0: keep the one in force */
	bool force;
};

int memsusp_parse_size(const char *text, size_t len, unsigned int page_shift,
		       long *pages);
int memsusp_parse_int(const char *text, size_t len, int min, int max, int *value);
int memsusp_parse_pid(const char *text, size_t len, int *pid);
int memsusp_parse_name(const char *text, size_t len, char name[MEMSUSP_NAME_SIZE]);
int memsusp_parse_register(const char *line, size_t len, unsigned int page_shift,
			   struct memsusp_registration *reg);
int memsusp_parse_resume(const char *line, size_t len, unsigned int page_shift,
			 struct memsusp_resumption *res);

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

struct memsusp_verdict memsusp_policy_decide(const struct memsusp_case *c);
bool memsusp_policy_may_resume(long charge, long limit);
long memsusp_policy_next_look(long charge, long limit, long soft_limit, bool warned,
			      unsigned int page_shift);

#endif /* MEMSUSP_PURE_H */
