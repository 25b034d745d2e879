/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parse.c: what users write, checked and turned into numbers. Plain C without locks,
 * allocation or I/O, so that the module and the host's unit tests, sanitizers and
 * fuzzer run the very same code.
 */
#ifndef MEMSUSP_PARSE_H
#define MEMSUSP_PARSE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif

#include "policy.h"

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
int memsusp_parse_amount(const char *text, size_t len, unsigned int page_shift,
			 long *pages);
int memsusp_parse_ms(const char *text, size_t len, u64 *ns);
int memsusp_parse_int(const char *text, size_t len, int min, int max, int *value);
int memsusp_parse_pid(const char *text, size_t len, int *pid);
int memsusp_parse_name(const char *text, size_t len, char name[MEMSUSP_NAME_SIZE]);
int memsusp_parse_register(const char *line, size_t len, unsigned int page_shift,
			   struct memsusp_registration *reg);
int memsusp_parse_resume(const char *line, size_t len, unsigned int page_shift,
			 struct memsusp_resumption *res);

#endif /* MEMSUSP_PARSE_H */
