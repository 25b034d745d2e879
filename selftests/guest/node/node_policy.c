// SPDX-License-Identifier: GPL-2.0-only
/* Who is suspended when the node is full, and that it is nobody else. */
#include "memsusp_node.h"

/* Pages that the jobs have grown by: the third is the largest, the second the smallest. */
static const long sizes[NODE_JOBS] = { 300, 100, 400, 200 };

FIXTURE(policy) {
	struct actor a[NODE_JOBS];
	pid_t pid[NODE_JOBS];
};

/* Who touches the page that is one too many, and who has to go for it. */
FIXTURE_VARIANT(policy) {
	const char *policy;
	int priority[NODE_JOBS];
	int toucher;
	int victims[NODE_JOBS - 1];	/* in their order */
};

FIXTURE_VARIANT_ADD(policy, largest) { "largest", { }, 1, { 2, 0, 3 } };
FIXTURE_VARIANT_ADD(policy, newest) { "newest", { }, 0, { 3, 2, 1 } };
FIXTURE_VARIANT_ADD(policy, oldest) { "oldest", { }, 3, { 0, 1, 2 } };
FIXTURE_VARIANT_ADD(policy, priority) { "priority", { 5, -5, 9, -1 }, 2, { 1, 3, 0 } };
FIXTURE_VARIANT_ADD(policy, priority_newest_of_equals) {
	"priority", { 0, 100, 0, 0 }, 1, { 3, 2, 0 }
};

/* They have asked for room in their order, before the toucher did. */
FIXTURE_VARIANT_ADD(policy, faulting) { "faulting", { }, 1, { 1, 3, 2 } };

FIXTURE_SETUP(policy)
{
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	ASSERT_EQ(0, ms_node_write("policy", "%s", variant->policy));
	/* So much that each has to ask before it has grown. */
	ASSERT_EQ(0, ms_node_write("limit", "8M"));
	for (i = 0; i < NODE_JOBS; i++) {
		self->a[i] = actor_ready();
		self->pid[i] = self->a[i].pid;
		ASSERT_EQ(0, ms_write("register", "%d max priority=%d", self->pid[i],
				      variant->priority[i]));
	}
	for (i = 0; i < NODE_JOBS; i++)
		ASSERT_EQ(sizes[i], actor_call(&self->a[i], do_grow, sizes[i]));
}

FIXTURE_TEARDOWN(policy)
{
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(policy, decides_for_whom_a_touch_is_one_too_many)
{
	int victim = variant->victims[0], i;

	ASSERT_EQ(0, ms_node_leave_room(50));
	for (i = 0; i < NODE_JOBS; i++)
		ASSERT_TRUE(ms_is_running(self->pid[i]));
	actor_send(&self->a[variant->toucher], do_grow, 60);
	ASSERT_TRUE(ms_until_stopped(self->pid[victim], self->pid[victim]));
	EXPECT_TRUE(ms_job_is(self->pid[victim], "reason", "node"));
	EXPECT_EQ(1, ms_overshoot(self->pid[victim]));
	EXPECT_LT(0, ms_table_number("jobs", "pid", self->pid[victim], "latency_ns"));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_EQ(i != victim, ms_is_running(self->pid[i]));
	/* Whoever touched goes on, if it is not himself. */
	if (victim == variant->toucher) {
		EXPECT_FALSE(actor_answered(&self->a[variant->toucher], 50));
	} else {
		EXPECT_EQ(sizes[variant->toucher] + 60,
			  actor_answer(&self->a[variant->toucher]));
	}
	EXPECT_TRUE(ms_sums_are_right());
}

/* To reach the limit exactly, one has to ask for each of the last pages. */
static bool ask_for_room(struct actor *a)
{
	return !ms_node_leave_room(10) && actor_call(a, do_grow, 10) > 0;
}

/* One after the other, each time the limit is lowered by a page below the sum. */
TEST_F(policy, decides_who_is_next)
{
	int i, j;

	ASSERT_TRUE(ask_for_room(&self->a[variant->toucher]));
	for (i = 0; i < NODE_JOBS - 1; i++) {
		ASSERT_EQ(0, ms_node_leave_room(-1));
		for (j = 0; j <= i; j++)
			EXPECT_TRUE(ms_is_suspended_for(self->pid[variant->victims[j]], "node"));
		for (; j < NODE_JOBS - 1; j++)
			EXPECT_TRUE(ms_is_running(self->pid[variant->victims[j]]));
	}
	EXPECT_TRUE(ms_sums_are_right());
}

/* All at once, in the same order, until it fits. */
TEST_F(policy, decides_who_goes_and_how_many_is_how_much_it_takes)
{
	long first, second;
	int i;

	ASSERT_TRUE(ask_for_room(&self->a[variant->toucher]));
	first = ms_charge(self->pid[variant->victims[0]]);
	second = ms_charge(self->pid[variant->victims[1]]);
	ASSERT_EQ(0, ms_node_leave_room(-first - second));
	for (i = 0; i < NODE_JOBS - 1; i++)
		EXPECT_EQ(i >= 2, ms_is_running(self->pid[variant->victims[i]]));
}

TEST_F(node, one_that_fits_again_because_of_a_later_one_is_left_alone)
{
	ASSERT_EQ(0, ms_node_write("headroom", "0"));
	ASSERT_EQ(0, ms_node_write("policy", "newest"));
	ASSERT_EQ(400, actor_call(&self->a[2], do_grow, 400));
	ASSERT_EQ(100, actor_call(&self->a[3], do_grow, 100));
	/* The newest is not enough, the one before it is more than enough for both. */
	ASSERT_EQ(0, ms_node_leave_room(-200));
	EXPECT_TRUE(ms_is_running(self->pid[3]));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[2], "node"));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
}

TEST_F(node, a_change_of_priority_counts_at_the_next_decision)
{
	ASSERT_EQ(0, ms_node_write("policy", "priority"));
	ASSERT_EQ(0, ms_node_leave_room(10));
	ASSERT_EQ(0, ms_job_write(self->pid[1], "priority", "-7"));
	EXPECT_EQ(20, actor_call(&self->a[0], do_grow, 20));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "node"));
	EXPECT_TRUE(ms_is_running(self->pid[0]));
	EXPECT_TRUE(ms_is_running(self->pid[2]));
	EXPECT_TRUE(ms_is_running(self->pid[3]));
}

TEST_F(node, a_change_of_policy_counts_at_the_next_decision)
{
	ASSERT_EQ(200, actor_call(&self->a[2], do_grow, 200));
	ASSERT_EQ(0, ms_node_leave_room(10));
	ASSERT_EQ(0, ms_node_write("policy", "oldest"));
	EXPECT_EQ(20, actor_call(&self->a[1], do_grow, 20));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[0], "node"));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_TRUE(ms_is_running(self->pid[2]));
}

TEST_HARNESS_MAIN
