// SPDX-License-Identifier: GPL-2.0-only
/* Who was suspended for the node's sake goes on as soon as there is room, in order. */
#include "memsusp_node.h"
#include "memsusp_tree.h"

/* Longer than running jobs are left alone while somebody waits for them to shrink. */
#define LOOK_MS	700

/*
 * Have one of the jobs suspended for the node's sake: it is the one that matters least,
 * and a page is missing.
 */
static bool send_to_sleep(struct actor *a)
{
	bool sleeps = !ms_node_write("policy", "priority") &&
		      !ms_job_write(a->pid, "priority", "-100") && !ms_node_leave_room(-1) &&
		      ms_until_stopped(a->pid, a->pid) && ms_job_is(a->pid, "reason", "node");

	return sleeps && !ms_job_write(a->pid, "priority", "0");
}

static bool sleeps_on(pid_t pid)
{
	ms_sleep(LOOK_MS);
	return ms_job_is(pid, "state", "suspended") && ms_process_state(pid) == 'T';
}

/* The ways in which room appears: the job lets go of 2000 pages. */

static int by_exit(struct actor *a)
{
	actor_send(a, do_exit, 0);
	return 0;
}

static int by_death(struct actor *a)
{
	return kill(a->pid, SIGKILL);
}

static int by_madvise(struct actor *a)
{
	return actor_call(a, do_shrink, 2000);
}

static long do_unmap(long unused)
{
	return munmap(region, REGION_SIZE) ? -errno : 0;
}

static int by_munmap(struct actor *a)
{
	return actor_call(a, do_unmap, 0);
}

static int by_exec(struct actor *a)
{
	return actor_exec(a, do_exec) ? 0 : -EIO;
}

static int by_unregister(struct actor *a)
{
	return ms_write("unregister", "%d", a->pid);
}

static int by_suspension_by_hand(struct actor *a)
{
	return ms_write("suspend", "%d", a->pid);
}

static int by_its_own_limit(struct actor *a)
{
	return ms_job_write(a->pid, "limit", "%ld", PAGE);
}

static int by_the_nodes_limit(struct actor *a)
{
	return ms_node_write("limit", "%ld", (ms_node_pages("limit") + 2000) * PAGE);
}

static int by_no_limit(struct actor *a)
{
	return ms_node_write("limit", "max");
}

FIXTURE(room) {
	struct actor a, b;
};

FIXTURE_VARIANT(room) {
	int (*appears)(struct actor *a);
};

FIXTURE_VARIANT_ADD(room, by_exit) { by_exit };
FIXTURE_VARIANT_ADD(room, by_death) { by_death };
FIXTURE_VARIANT_ADD(room, by_madvise) { by_madvise };
FIXTURE_VARIANT_ADD(room, by_munmap) { by_munmap };
FIXTURE_VARIANT_ADD(room, by_exec) { by_exec };
FIXTURE_VARIANT_ADD(room, by_unregister) { by_unregister };
FIXTURE_VARIANT_ADD(room, by_suspension_by_hand) { by_suspension_by_hand };
FIXTURE_VARIANT_ADD(room, by_its_own_limit) { by_its_own_limit };
FIXTURE_VARIANT_ADD(room, by_the_nodes_limit) { by_the_nodes_limit };
FIXTURE_VARIANT_ADD(room, by_no_limit) { by_no_limit };

FIXTURE_SETUP(room)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	ASSERT_EQ(0, ms_node_write("headroom", "%ld", 100 * PAGE));
	self->a = actor_ready();
	self->b = actor_ready();
	ASSERT_EQ(0, ms_write("register", "%d max", self->a.pid));
	ASSERT_EQ(0, ms_write("register", "%d max", self->b.pid));
	ASSERT_EQ(2000, actor_call(&self->a, do_grow, 2000));
	ASSERT_EQ(1000, actor_call(&self->b, do_grow, 1000));
}

FIXTURE_TEARDOWN(room)
{
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(room, lets_who_waits_go_on)
{
	long long automatic = ms_stat("resumes_auto");

	ASSERT_TRUE(send_to_sleep(&self->b));
	actor_send(&self->b, do_nothing, 7);
	EXPECT_TRUE(ms_stays(ms_process_state(self->b.pid) == 'T'));
	ASSERT_EQ(0, variant->appears(&self->a));
	EXPECT_TRUE(ms_until_state(self->b.pid, "running"));
	EXPECT_TRUE(ms_job_is(self->b.pid, "reason", "none"));
	EXPECT_EQ(7, actor_answer(&self->b));
	EXPECT_EQ(automatic + 1, ms_stat("resumes_auto"));
	EXPECT_EQ(1, ms_job_number(self->b.pid, "suspends"));
	EXPECT_TRUE(ms_sums_are_right());
}

TEST_F(room, is_of_no_use_to_who_was_suspended_by_hand)
{
	ASSERT_TRUE(send_to_sleep(&self->b));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->b.pid));
	EXPECT_TRUE(ms_job_is(self->b.pid, "reason", "user"));
	ASSERT_EQ(0, variant->appears(&self->a));
	EXPECT_TRUE(sleeps_on(self->b.pid));
	EXPECT_TRUE(ms_job_is(self->b.pid, "reason", "user"));
	ASSERT_EQ(0, ms_write("resume", "%d", self->b.pid));
	EXPECT_EQ(7, actor_call(&self->b, do_nothing, 7));
}

TEST_F(room, is_left_unused_without_auto_resume)
{
	ASSERT_EQ(0, ms_node_write("auto_resume", "0"));
	ASSERT_TRUE(send_to_sleep(&self->b));
	ASSERT_EQ(0, variant->appears(&self->a));
	EXPECT_TRUE(sleeps_on(self->b.pid));
	ASSERT_EQ(0, ms_node_write("auto_resume", "1"));
	EXPECT_TRUE(ms_is_running(self->b.pid));
	EXPECT_EQ(7, actor_call(&self->b, do_nothing, 7));
}

TEST_F(node, a_job_is_resumed_only_if_the_headroom_is_left)
{
	long needs;

	ASSERT_EQ(0, ms_node_write("headroom", "%ld", 200 * PAGE));
	ASSERT_EQ(500, actor_call(&self->a[1], do_grow, 500));
	ASSERT_TRUE(send_to_sleep(&self->a[1]));
	needs = ms_node_pages("running") + ms_charge(self->pid[1]) + 200;
	ASSERT_EQ(0, ms_node_write("limit", "%ld", (needs - 1) * PAGE));
	EXPECT_TRUE(ms_job_is(self->pid[1], "state", "suspended"));
	ASSERT_EQ(0, ms_node_write("limit", "%ld", needs * PAGE));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	/* It is for those who come back, not for those who grow. */
	ASSERT_EQ(0, ms_node_leave_room(10));
	EXPECT_EQ(510, actor_call(&self->a[1], do_grow, 10));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
}

TEST_F(node, a_smaller_headroom_is_room)
{
	ASSERT_EQ(500, actor_call(&self->a[1], do_grow, 500));
	ASSERT_TRUE(send_to_sleep(&self->a[1]));
	ASSERT_EQ(0, ms_node_write("limit", "%ld", (ms_node_pages("limit") + 1) * PAGE));
	EXPECT_TRUE(ms_job_is(self->pid[1], "state", "suspended"));
	ASSERT_EQ(0, ms_node_write("headroom", "0"));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
}

/* The first job runs, the others wait in their order, and no room is left but @room. */
static bool have_three_wait(struct actor *a, const long sizes[NODE_JOBS], long room)
{
	int i;

	for (i = 0; i < NODE_JOBS; i++)
		if (actor_call(&a[i], do_grow, sizes[i]) != sizes[i])
			return false;
	for (i = 1; i < NODE_JOBS; i++)
		if (!send_to_sleep(&a[i]))
			return false;
	return !ms_node_leave_room(room) && !ms_node_write("headroom", "0");
}

static bool only_runs(struct actor *a, int who)
{
	int i;

	for (i = 1; i < NODE_JOBS; i++)
		if (ms_job_is(a[i].pid, "state", i == who ? "suspended" : "running"))
			return false;
	return true;
}

TEST_F(node, who_has_waited_longest_is_next)
{
	static const long sizes[NODE_JOBS] = { 100, 500, 500, 500 };
	int i;

	ASSERT_TRUE(have_three_wait(self->a, sizes, 0));
	/* For one of them at a time. */
	ASSERT_EQ(0, ms_node_leave_room(600));
	for (i = 1; i < NODE_JOBS; i++) {
		EXPECT_TRUE(ms_until_state(self->pid[i], "running"));
		EXPECT_TRUE(only_runs(self->a, i));
		actor_end(&self->a[i]);
	}
}

TEST_F(node, a_smaller_one_passes_while_the_larger_does_not_fit)
{
	static const long sizes[NODE_JOBS] = { 100, 1000, 500, 300 };

	ASSERT_TRUE(have_three_wait(self->a, sizes, 0));
	ASSERT_EQ(0, ms_node_leave_room(400));
	EXPECT_TRUE(only_runs(self->a, 3));
	/* Enough for the second, and for the first, but not for both: the first. */
	ASSERT_EQ(0, ms_node_leave_room(1200));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[2], "node"));
	ASSERT_EQ(0, ms_node_leave_room(600));
	EXPECT_TRUE(ms_is_running(self->pid[2]));
}

TEST_F(node, all_who_fit_are_resumed_at_once)
{
	static const long sizes[NODE_JOBS] = { 100, 500, 500, 500 };
	int i;

	ASSERT_TRUE(have_three_wait(self->a, sizes, 0));
	ASSERT_EQ(0, ms_node_leave_room(1700));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_TRUE(ms_is_running(self->pid[i]));
}

TEST_F(node, who_has_waited_longer_than_max_suspended_ms_is_passed_by_nobody)
{
	static const long sizes[NODE_JOBS] = { 100, 1000, 500, 300 };

	ASSERT_TRUE(have_three_wait(self->a, sizes, 0));
	ms_sleep(10);
	ASSERT_EQ(0, ms_node_write("max_suspended_ms", "1"));
	ASSERT_EQ(0, ms_node_leave_room(600));
	EXPECT_TRUE(sleeps_on(self->pid[3]));
	EXPECT_TRUE(only_runs(self->a, 0));
	ASSERT_EQ(0, ms_node_leave_room(1100));
	EXPECT_TRUE(only_runs(self->a, 1));
	/* Not overdue yet: it may be passed. */
	ASSERT_EQ(0, ms_node_write("max_suspended_ms", "1000000000"));
	ASSERT_EQ(0, ms_node_leave_room(400));
	EXPECT_TRUE(ms_is_running(self->pid[3]));
	EXPECT_FALSE(ms_is_running(self->pid[2]));
}

TEST_F(node, max_suspended_ms_0_means_for_ever)
{
	static const long sizes[NODE_JOBS] = { 100, 1000, 500, 300 };

	ASSERT_TRUE(have_three_wait(self->a, sizes, 0));
	ASSERT_EQ(0, ms_node_write("max_suspended_ms", "1"));
	ms_sleep(10);
	ASSERT_EQ(0, ms_node_leave_room(400));
	EXPECT_TRUE(only_runs(self->a, 0));
	ASSERT_EQ(0, ms_node_write("max_suspended_ms", "0"));
	EXPECT_TRUE(only_runs(self->a, 3));
}

TEST_F(node, if_nothing_runs_the_smallest_goes_on_fit_or_not)
{
	static const long sizes[NODE_JOBS] = { 100, 1000, 500, 800 };
	static const int order[] = { 2, 3, 1 };
	int i;

	ASSERT_TRUE(have_three_wait(self->a, sizes, 0));
	ASSERT_EQ(0, ms_node_write("limit", "%ld", PAGE));
	EXPECT_TRUE(only_runs(self->a, 0));
	actor_end(&self->a[0]);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		ASSERT_TRUE(ms_until_state(self->pid[order[i]], "running"));
		EXPECT_TRUE(only_runs(self->a, order[i]));
		EXPECT_LT(0, actor_call(&self->a[order[i]], do_grow, 100));
		/* Somebody's hand, or its end: either way nothing runs. */
		if (i)
			actor_end(&self->a[order[i]]);
		else
			ASSERT_EQ(0, ms_write("suspend", "%d", self->pid[order[i]]));
	}
}

TEST_F(node, if_nothing_runs_who_has_waited_too_long_is_next)
{
	static const long sizes[NODE_JOBS] = { 100, 1000, 500, 800 };

	ASSERT_TRUE(have_three_wait(self->a, sizes, 0));
	ASSERT_EQ(0, ms_node_write("limit", "%ld", PAGE));
	ASSERT_EQ(0, ms_node_write("max_suspended_ms", "1"));
	ms_sleep(10);
	actor_end(&self->a[0]);
	ASSERT_TRUE(ms_until_state(self->pid[1], "running"));
	EXPECT_TRUE(only_runs(self->a, 1));
}

TEST_F(node, without_auto_resume_the_node_may_stand_still)
{
	static const long sizes[NODE_JOBS] = { 100, 300, 300, 300 };

	ASSERT_TRUE(have_three_wait(self->a, sizes, 0));
	ASSERT_EQ(0, ms_node_write("auto_resume", "0"));
	actor_end(&self->a[0]);
	EXPECT_TRUE(sleeps_on(self->pid[1]));
	EXPECT_TRUE(only_runs(self->a, 0));
	ASSERT_EQ(0, ms_node_write("auto_resume", "1"));
	EXPECT_FALSE(only_runs(self->a, 0));
}

TEST_HARNESS_MAIN
