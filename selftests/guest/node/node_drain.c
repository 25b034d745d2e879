// SPDX-License-Identifier: GPL-2.0-only
/* node/drain: jobs above their own limits run one at a time when nothing else can. */
#include "memsusp_node.h"

/* Longer than it takes until the node is looked at again while somebody waits. */
#define LOOK_MS	700

/* Pages that the jobs have grown by, in the order in which they are suspended. */
static const long sizes[NODE_JOBS] = { 300, 100, 400, 200 };
/* And the order in which they are drained. */
static const int order[NODE_JOBS] = { 1, 3, 0, 2 };

static bool only_runs(struct actor *a, int who)
{
	int i;

	/* Those who have ended are in no state at all. */
	for (i = 0; i < NODE_JOBS; i++)
		if (ms_job_is(a[i].pid, "state", i == who ? "suspended" : "running"))
			return false;
	return true;
}

static bool comes_to_run_alone(struct actor *a, int who)
{
	return ms_until_state(a[who].pid, "running") && only_runs(a, who);
}

/* Have all but the first N suspended for their own limits. */
static bool suspend_for_limit(struct actor *a, int n)
{
	int i;

	for (i = n; i < NODE_JOBS; i++)
		if (actor_call(&a[i], do_grow, sizes[i]) != sizes[i] ||
		    ms_leave_room(a[i].pid, -1) || !ms_is_suspended_for(a[i].pid, "limit"))
			return false;
	return true;
}

TEST_F(node, drained_one_at_a_time_and_the_smallest_first)
{
	int i;

	ASSERT_TRUE(suspend_for_limit(self->a, 0));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	for (i = 0; i < NODE_JOBS; i++) {
		struct actor *a = &self->a[order[i]];

		ASSERT_TRUE(comes_to_run_alone(self->a, order[i]));
		EXPECT_TRUE(ms_job_is(a->pid, "reason", "none"));
		/* Its own limit does not hold it. */
		EXPECT_EQ(sizes[order[i]] + 1000, actor_call(a, do_grow, 1000));
		EXPECT_EQ(1, ms_job_number(a->pid, "suspends"));
		EXPECT_TRUE(only_runs(self->a, order[i]));
		EXPECT_TRUE(ms_sums_are_right());
		actor_end(a);
	}
}

TEST_F(node, not_drained_they_wait_for_a_new_limit)
{
	ASSERT_TRUE(suspend_for_limit(self->a, 0));
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(only_runs(self->a, -1));
	ASSERT_EQ(0, ms_job_write(self->pid[2], "limit", "max"));
	EXPECT_TRUE(comes_to_run_alone(self->a, 2));
}

TEST_F(node, not_drained_while_another_runs)
{
	ASSERT_TRUE(suspend_for_limit(self->a, 1));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(only_runs(self->a, 0));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid[0]));
	EXPECT_TRUE(comes_to_run_alone(self->a, 1));
}

TEST_F(node, who_waits_for_the_node_goes_before_who_is_drained)
{
	ASSERT_TRUE(suspend_for_limit(self->a, 2));
	ASSERT_EQ(0, ms_node_write("policy", "oldest"));
	ASSERT_EQ(500, actor_call(&self->a[0], do_grow, 500));
	ASSERT_EQ(0, ms_node_leave_room(-1));
	ASSERT_TRUE(ms_is_suspended_for(self->pid[0], "node"));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	EXPECT_TRUE(only_runs(self->a, 1));
	/* It is larger than the others, and does not fit. */
	ASSERT_EQ(0, ms_node_write("limit", "%ld", 100 * PAGE));
	actor_end(&self->a[1]);
	EXPECT_TRUE(comes_to_run_alone(self->a, 0));
	actor_end(&self->a[0]);
	EXPECT_TRUE(comes_to_run_alone(self->a, 3));
}

TEST_F(node, without_drain_its_own_limit_holds_again)
{
	ASSERT_TRUE(suspend_for_limit(self->a, 0));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	ASSERT_TRUE(comes_to_run_alone(self->a, 1));
	ASSERT_EQ(0, ms_node_write("drain", "0"));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "limit"));
	EXPECT_TRUE(only_runs(self->a, -1));
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(only_runs(self->a, -1));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	EXPECT_TRUE(comes_to_run_alone(self->a, 1));
}

TEST_F(node, a_new_limit_ends_its_being_drained)
{
	ASSERT_TRUE(suspend_for_limit(self->a, 0));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	ASSERT_TRUE(comes_to_run_alone(self->a, 1));
	ASSERT_EQ(0, ms_leave_room(self->pid[1], 10));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	actor_send(&self->a[1], do_grow, 20);
	/* It is suspended for it; and then nothing runs, and it is the smallest. */
	ASSERT_TRUE(ms_until(ms_job_number(self->pid[1], "suspends") == 2));
	EXPECT_EQ(1, ms_overshoot(self->pid[1]));
	EXPECT_TRUE(comes_to_run_alone(self->a, 1));
	EXPECT_EQ(sizes[1] + 20, actor_answer(&self->a[1]));
}

TEST_F(node, held_to_the_nodes_limit_while_it_is_drained)
{
	struct actor other;

	ASSERT_TRUE(suspend_for_limit(self->a, 0));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	ASSERT_TRUE(comes_to_run_alone(self->a, 1));
	/* Somebody comes, and there is not room for both: first the one has to go, then it. */
	other = actor_ready();
	ASSERT_EQ(0, ms_node_write("policy", "oldest"));
	ASSERT_EQ(0, ms_write("register", "%d max", other.pid));
	ASSERT_TRUE(ms_is_running(other.pid));
	ASSERT_EQ(0, ms_node_leave_room(-1));
	ASSERT_TRUE(ms_is_suspended_for(other.pid, "node"));
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	ASSERT_TRUE(ms_is_running(other.pid));
	ASSERT_EQ(0, ms_node_leave_room(-1));
	ASSERT_TRUE(ms_until_stopped(self->pid[1], self->pid[1]));
	/*
	 * Now it is one of those who are above their limits: there may be room, but
	 * somebody runs.
	 */
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "limit"));
	EXPECT_TRUE(only_runs(self->a, -1));
	actor_end(&other);
	EXPECT_TRUE(comes_to_run_alone(self->a, 1));
}

TEST_F(node, who_was_suspended_by_hand_is_not_drained)
{
	ASSERT_TRUE(suspend_for_limit(self->a, 0));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid[1]));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	EXPECT_TRUE(comes_to_run_alone(self->a, 3));
	/* Nor does it run on, if it was drained. */
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid[3]));
	EXPECT_TRUE(comes_to_run_alone(self->a, 0));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d", self->pid[3]));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[3], "user"));
}

TEST_F(node, without_auto_resume_nobody_is_drained)
{
	ASSERT_TRUE(suspend_for_limit(self->a, 0));
	ASSERT_EQ(0, ms_node_write("auto_resume", "0"));
	ASSERT_EQ(0, ms_node_write("drain", "1"));
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(only_runs(self->a, -1));
	ASSERT_EQ(0, ms_node_write("auto_resume", "1"));
	EXPECT_TRUE(comes_to_run_alone(self->a, 1));
}

TEST_HARNESS_MAIN
