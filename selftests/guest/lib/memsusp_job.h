/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of single jobs begin with and end with: a registered actor, actors
 * that it forks, and nothing left behind.
 */
#ifndef MEMSUSP_JOB_H
#define MEMSUSP_JOB_H

#include "memsusp_test.h"

#include <sched.h>

/* The first child of a process, a zombie perhaps, that is not @other; 0 if there is none. */
static inline pid_t ms_next_child_of(pid_t pid, pid_t other)
{
	char path[64], buf[4096], *word, *save;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	if (ms_read_at(path, buf, sizeof(buf)))
		return 0;
	for (word = strtok_r(buf, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (atoi(word) != other)
			return atoi(word);
	return 0;
}

static inline pid_t ms_child_of(pid_t pid)
{
	return ms_next_child_of(pid, 0);
}

/*
 * End all processes that a test began, in whatever state they are. Those whose
 * parents ended first come to us, if we are a subreaper.
 */
static inline void ms_end_all(void)
{
	pid_t pid;

	while ((pid = ms_child_of(getpid()))) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, __WALL);
	}
}

/* Numbers of a job in pages, as they are now. */

static inline long ms_charge(pid_t pid)
{
	return ms_job_number(pid, "charge") / PAGE;
}

static inline long ms_overshoot(pid_t pid)
{
	return ms_table_number("jobs", "pid", pid, "overshoot") / PAGE;
}

static inline long ms_processes(pid_t pid)
{
	return ms_table_number("jobs", "pid", pid, "processes");
}

/* Give a job a limit of so many pages above what it is charged now. */
static inline int ms_leave_room(pid_t pid, long pages)
{
	return ms_job_write(pid, "limit", "%ld", (ms_charge(pid) + pages) * PAGE);
}

static inline bool ms_is_running(pid_t pid)
{
	return ms_job_is(pid, "state", "running");
}

/* Wait until a job is suspended and its process @pid has really stopped. */
static inline bool ms_until_stopped(pid_t job, pid_t pid)
{
	return ms_until_state(job, "suspended") &&
	       ms_until(ms_process_state(pid) == 'T');
}

/* An actor that is no job yet, with the region reserved and one page touched. */
static inline struct actor actor_ready(void)
{
	struct actor a = actor_new();

	if (actor_call(&a, do_reserve, 0) || actor_call(&a, do_touch, 1) != 1 ||
	    actor_call(&a, do_free, 1))
		abort();
	return a;
}

FIXTURE(job) {
	struct actor a;
	pid_t pid;
	long base;	/* pages charged before anything is touched */
};

FIXTURE_SETUP(job)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->a = actor_ready();
	self->pid = self->a.pid;
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	self->base = ms_charge(self->pid);
	ASSERT_LT(0, self->base);
}

FIXTURE_TEARDOWN(job)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

#endif /* MEMSUSP_JOB_H */
