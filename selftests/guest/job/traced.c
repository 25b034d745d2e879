// SPDX-License-Identifier: GPL-2.0-only
/* A job that is being traced: its tracer sees our signals and passes them on. */
#include "memsusp_node.h"
#include "memsusp_tree.h"

#include <sys/ptrace.h>

/* The tracer lets the next event pass, if there is one. Returns what it was. */
static int pass_on(pid_t pid)
{
	int status, sig;

	if (waitpid(pid, &status, WNOHANG | __WALL) != pid || !WIFSTOPPED(status))
		return 0;
	sig = WSTOPSIG(status);
	if (status >> 16 != PTRACE_EVENT_STOP) {
		/* About to be delivered. */
		ptrace(PTRACE_CONT, pid, 0, sig);
	} else if (sig == SIGTRAP) {
		/* It was continued. */
		ptrace(PTRACE_CONT, pid, 0, 0);
	} else {
		/* A stop of the whole group: it stays, and we listen. */
		ptrace(PTRACE_LISTEN, pid, 0, 0);
	}
	return sig;
}

static bool traced_and_stopped(pid_t job, pid_t pid)
{
	int i, quiet = 0;

	if (!ms_until_state(job, "suspended"))
		return false;
	/* The signal, and the stop that comes of it. */
	for (i = 0; i < GUARD_MS && quiet < 50; i++) {
		quiet = pass_on(pid) || !strchr("tT", ms_process_state(pid)) ? 0 : quiet + 1;
		ms_sleep(1);
	}
	return quiet == 50 && strchr("tT", ms_process_state(pid));
}

/* Where the region is. */
static long do_region(long unused)
{
	return (long)region;
}

static long traced_answer(struct actor *a)
{
	ms_until(actor_answered(a, 0) || (pass_on(a->pid), false));
	return actor_answer(a);
}

TEST_F(job, traced_it_stops_at_its_limit_and_goes_on)
{
	int i;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->pid, 0, 0));
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0, ms_leave_room(self->pid, 100));
		actor_send(&self->a, do_touch, 200);
		ASSERT_TRUE(traced_and_stopped(self->pid, self->pid));
		EXPECT_EQ(self->base + 101, ms_charge(self->pid));
		EXPECT_EQ(1, ms_overshoot(self->pid));
		EXPECT_EQ(i, ms_job_number(self->pid, "suspends"));
		EXPECT_FALSE(actor_answered(&self->a, 0));
		ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
		EXPECT_EQ(200, traced_answer(&self->a));
		EXPECT_TRUE(ms_is_running(self->pid));
		actor_send(&self->a, do_free, 200);
		EXPECT_EQ(0, traced_answer(&self->a));
	}
}

TEST_F(job, when_its_tracer_goes_it_is_as_stopped_as_before)
{
	int i;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->pid, 0, 0));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(traced_and_stopped(self->pid, self->pid));
	/* To detach, it must be in a trap, not listening. */
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->pid, 0, 0));
	ASSERT_EQ(self->pid, waitpid(self->pid, NULL, __WALL));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, 0, 0));
	for (i = 0; i < 50; i++)
		ms_sleep(1);
	ASSERT_TRUE(ms_until(ms_process_state(self->pid) == 'T'));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_EQ(self->base + 101, ms_charge(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(200, actor_answer(&self->a));
}

TEST_F(job, stopped_by_its_tracer_it_is_suspended_and_continued_all_the_same)
{
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->pid, 0, 0));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->pid, 0, 0));
	ASSERT_TRUE(ms_until(ms_process_state(self->pid) == 't'));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(ms_is_running(self->pid));
	actor_send(&self->a, do_nothing, 7);
	EXPECT_EQ(7, traced_answer(&self->a));
}

TEST_F(job, pages_poked_by_its_tracer_count_and_do_not_stop_the_tracer)
{
	long at = actor_call(&self->a, do_region, 0), i;

	ASSERT_LT(0, at);
	ASSERT_EQ(0, ms_leave_room(self->pid, 10));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->pid, 0, 0));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->pid, 0, 0));
	ASSERT_EQ(self->pid, waitpid(self->pid, NULL, __WALL));
	for (i = 0; i < 30; i++)
		ASSERT_EQ(0, ptrace(PTRACE_POKEDATA, self->pid, at + i * PAGE, 1));
	EXPECT_TRUE(ms_until_state(self->pid, "suspended"));
	EXPECT_EQ(self->base + 30, ms_charge(self->pid));
	EXPECT_EQ(20, ms_overshoot(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	ptrace(PTRACE_CONT, self->pid, 0, 0);
	actor_send(&self->a, do_nothing, 7);
	EXPECT_EQ(7, traced_answer(&self->a));
}

TEST_F(node, traced_it_is_suspended_for_the_nodes_sake_and_goes_on)
{
	struct actor *a = &self->a[0];
	int i;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, a->pid, 0, 0));
	for (i = 1; i <= 3; i++) {
		/* The others have to go first, once it was resumed. */
		ASSERT_EQ(0, ms_write("unregister", "%d", a->pid));
		ASSERT_EQ(0, ms_write("register", "%d max", a->pid));
		ASSERT_EQ(0, ms_node_leave_room(100));
		actor_send(a, do_touch, 200);
		ASSERT_TRUE(traced_and_stopped(a->pid, a->pid));
		EXPECT_TRUE(ms_job_is(a->pid, "reason", "node"));
		EXPECT_EQ(1, ms_overshoot(a->pid));
		EXPECT_FALSE(actor_answered(a, 0));
		ASSERT_EQ(0, ms_node_write("limit", "max"));
		EXPECT_EQ(200, traced_answer(a));
		EXPECT_TRUE(ms_is_running(a->pid));
		actor_send(a, do_free, 200);
		EXPECT_EQ(0, traced_answer(a));
	}
}

TEST_HARNESS_MAIN
