/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What readers see: surveys of all jobs, made for them by survey.c.
 */
#ifndef MEMSUSP_SURVEY_H
#define MEMSUSP_SURVEY_H

#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "memsusp.h"

enum memsusp_survey_kind {
	MEMSUSP_SURVEY_COUNTERS,	/* nothing is summed up for it */
	MEMSUSP_SURVEY_JOBS,
	MEMSUSP_SURVEY_PROCESSES,
	MEMSUSP_NR_SURVEYS
};

/**
 * struct memsusp_job_entry - what a survey tells of a job
 * @number: counts registrations; greater in each than in the one before
 * @root: with a reference
 *
 * All else is as in struct memsusp_job.
 */
struct memsusp_job_entry {
	u64 number;
	struct pid *root;
	char name[MEMSUSP_NAME_SIZE];
	enum memsusp_state state;
	enum memsusp_reason reason;
	long limit;
	long soft_limit;
	long charge;
	long peak;
	long anon;
	long swap;
	long touched;
	unsigned int nr_processes;
	int priority;
	u64 suspends;
	u64 suspended_ms;
	long overshoot;
	u64 latency_ns;
};

/**
 * struct memsusp_process_entry - what a survey tells of a process
 * @number: its job's, and its own there; greater in each than in the one before
 * @pid: with a reference
 * @root: of its job, with a reference
 *
 * All else is as in struct memsusp_space.
 */
struct memsusp_process_entry {
	u64 number;
	struct pid *pid;
	struct pid *root;
	long charge;
	long anon;
	long swap;
	long touched;
};

/* So many are in a page. */
#define MEMSUSP_LEAF_ROOM	(PAGE_SIZE - sizeof(struct list_head) - sizeof(long))
#define MEMSUSP_LEAF_JOBS	(MEMSUSP_LEAF_ROOM / sizeof(struct memsusp_job_entry))
#define MEMSUSP_LEAF_PROCESSES	(MEMSUSP_LEAF_ROOM / sizeof(struct memsusp_process_entry))

/**
 * struct memsusp_leaf - a page of a survey
 * @link: in @leaves
 * @n: entries
 * @jobs: of a survey of jobs
 * @processes: of one of processes
 */
struct memsusp_leaf {
	struct list_head link;
	unsigned int n;
	union {
		struct memsusp_job_entry jobs[MEMSUSP_LEAF_JOBS];
		struct memsusp_process_entry processes[MEMSUSP_LEAF_PROCESSES];
	};
};

/**
 * struct memsusp_survey - what was seen of all jobs and of the node
 * @ref: readers, and being the newest of its kind
 * @kind: what it tells
 * @begun_ns: when it was begun, CLOCK_MONOTONIC; what it tells was so later
 * @leaves: entries in the order of their numbers, but for MEMSUSP_SURVEY_COUNTERS
 * @stats: counters; of those that need no lock, memsusp_stats itself is newer
 * @node: settings and sums of the node
 * @suspended: pages charged to suspended jobs
 * @level: how near the node is to where jobs are suspended
 *
 * All C, once it is published.
 */
struct memsusp_survey {
	struct kref ref;
	enum memsusp_survey_kind kind;
	u64 begun_ns;
	struct list_head leaves;
	struct memsusp_stats stats;
	struct memsusp_node node;
	long suspended;
	enum memsusp_level level;
};

bool memsusp_survey_may_hurry(void);
u64 memsusp_survey_since(void);
struct memsusp_survey *memsusp_survey_get(enum memsusp_survey_kind kind, u64 since_ns);
void memsusp_survey_put(struct memsusp_survey *survey);

#endif /* MEMSUSP_SURVEY_H */
