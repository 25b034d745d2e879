/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of memsusp-ctl share
 *
 *	memsusp-ctl.c	main, the table of commands, help, how errors are told
 *	run.c		run, register: commands that make a job
 *	control.c	unregister, limit, suspend, resume: commands on a job
 *	table.c		list, show: what a person reads
 *	jobs.c		/proc/memsusp/jobs -> struct jobs
 *	sysfs.c		writes to /sys/kernel/memsusp, errno -> one sentence
 *	size.c		pids, sizes and durations, from and to text
 */
#ifndef MEMSUSP_CTL_H
#define MEMSUSP_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "memsusp.h"

#ifndef MEMSUSP_VERSION
#define MEMSUSP_VERSION	"0.1"
#endif

#define PROGRAM			"memsusp-ctl"
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define __printf(fmt, args)	__attribute__((format(printf, fmt, args)))

/* Exit status; run also passes on what its command returns. */
enum {
	EXIT_OK		= 0,
	EXIT_FAILED	= 1,	/* the kernel said no, or something is missing */
	EXIT_USAGE	= 2,
	EXIT_CANNOT_RUN	= 126,	/* as env(1) */
	EXIT_NOT_FOUND	= 127,
};

/**
 * struct command - one row of the table of commands
 * @name: what the user types
 * @main: gets argv with argv[0] the command's name; returns the exit status
 * @args: synopsis of the arguments
 * @brief: one line for the overview
 * @help: the rest of "memsusp-ctl NAME --help"
 */
struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *args;
	const char *brief;
	const char *help;
};

/* memsusp-ctl.c */
struct option;
int next_option(int argc, char **argv, const char *shorts,
		const struct option *longs);
void no_options(int argc, char **argv);
void complain(const char *fmt, ...) __printf(1, 2);
noreturn void usage(const char *fmt, ...) __printf(1, 2);

/* run.c, control.c, table.c */
int cmd_run(int argc, char **argv);
int cmd_register(int argc, char **argv);
int cmd_unregister(int argc, char **argv);
int cmd_limit(int argc, char **argv);
int cmd_suspend(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);

/* jobs.c */
struct field {
	const char *key;
	const char *value;
};

struct job {
	pid_t pid;		/* 0: not visible from this pid namespace */
	struct field *fields;	/* all of the line, pid too, in its order */
	size_t nr_fields;
	char *line;		/* what the fields point into */
};

struct jobs {
	struct job *job;
	size_t nr;
};

int jobs_read(struct jobs *jobs, const char *file);
void jobs_free(struct jobs *jobs);
const struct job *jobs_find(const struct jobs *jobs, pid_t pid);
const char *job_get(const struct job *job, const char *key);
bool job_get_number(const struct job *job, const char *key, unsigned long long *value);
bool job_is_suspended(const struct job *job);

/* sysfs.c */

/* How EPERM is told: this and what they may do, about their own. */
#define NOT_ROOT	"not permitted; others than root may only "

/**
 * struct why - what an errno means to the user of one command
 * @err: errno
 * @text: continues "pid 4711: "
 */
struct why {
	int err;
	const char *text;
};

bool module_ready(void);
int sysfs_write(const char *file, const char *line);
int sysfs_read(const char *file, char *buf, size_t size);
bool process_exists(pid_t pid);
void explain(pid_t pid, int err, const struct why *why);

/* size.c */
pid_t parse_pid(const char *text);
bool parse_size(const char *text, unsigned long long *bytes);
const char *check_size(const char *text, const char *what);
void format_size(char *buf, size_t len, unsigned long long bytes);
void format_ms(char *buf, size_t len, unsigned long long ms);
void format_ns(char *buf, size_t len, unsigned long long ns);

#endif
