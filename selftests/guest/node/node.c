// SPDX-License-Identifier: GPL-2.0-only
/* All running jobs together stay within node/limit; who is too much is suspended. */
#include "memsusp_node.h"

#define STOPS	30

/* Never ends. */
static long do_spin(long unused)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return unused;
}

static long do_grow_and_shrink(long pages)
{
	int i;

	for (i = 0; i < 100; i++) {
		do_grow(pages);
		do_shrink(pages);
	}
	return i;
}

/*
 * By how many pages running jobs may be above the limit before it is noticed: all
 * but one have what they may grow unseen, and each touches one page more. See
 * memsusp_policy_least_share().
 */
static long bound(long limit, long jobs)
{
	long least = limit / 1024 / jobs ?: 1;

	return (jobs - 1) * least + jobs;
}

TEST_F(node, at_its_limit_all_run_and_above_it_somebody_is_suspended)
{
	long long before = ms_stat("suspends_node");
	long limit, past;
	int i;

	ASSERT_EQ(0, ms_node_leave_room(400));
	limit = ms_node_pages("limit");
	for (i = 0; i < NODE_JOBS; i++)
		ASSERT_EQ(100, actor_call(&self->a[i], do_grow, 100));
	EXPECT_EQ(limit, ms_node_pages("running"));
	EXPECT_EQ(limit, ms_sum_of_charges("running"));
	EXPECT_EQ(0, ms_node_pages("suspended"));
	EXPECT_EQ(before, ms_stat("suspends_node"));
	ASSERT_EQ(0, ms_node_write("policy", "faulting"));
	actor_send(&self->a[1], do_grow, 2 * NODE_JOBS);
	ASSERT_TRUE(ms_until_stopped(self->pid[1], self->pid[1]));
	EXPECT_TRUE(ms_job_is(self->pid[1], "reason", "node"));
	past = ms_node_pages("running") + ms_node_pages("suspended") - limit;
	EXPECT_LE(1, past);
	EXPECT_GE(bound(limit, NODE_JOBS), past);
	EXPECT_EQ(past, ms_overshoot(self->pid[1]));
	EXPECT_LT(0, ms_table_number("jobs", "pid", self->pid[1], "latency_ns"));
	EXPECT_EQ(1, ms_job_number(self->pid[1], "suspends"));
	EXPECT_EQ(before + 1, ms_stat("suspends_node"));
	EXPECT_EQ(ms_charge(self->pid[1]), ms_node_pages("suspended"));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_EQ(i != 1, ms_is_running(self->pid[i]));
	EXPECT_FALSE(actor_answered(&self->a[1], 50));
}

static bool somebody_is_suspended(struct actor *a)
{
	int i;

	for (i = 0; i < NODE_JOBS; i++)
		if (ms_is_suspended_for(a[i].pid, "node"))
			return true;
	return false;
}

/*
 * The third job touches one page more than there is room for. How far past the limit
 * were all, by the sums? -1: not what whoever was suspended for it tells.
 */
static long stop_once(struct actor *a, long room)
{
	long limit, past;
	int i;

	if (ms_node_leave_room(room))
		return -1;
	limit = ms_node_pages("limit");
	actor_send(&a[2], do_grow, room + 1);
	if (!ms_until(somebody_is_suspended(a)))
		return -1;
	past = ms_sum_of_charges("running") + ms_sum_of_charges("suspended") - limit;
	for (i = 0; i < NODE_JOBS; i++)
		if (!ms_is_running(a[i].pid) && ms_overshoot(a[i].pid) != past)
			return -1;
	return past;
}

static int exact_stops(struct actor *a, struct __test_metadata *_metadata)
{
	int exact = 0, i;

	for (i = 0; i < STOPS; i++) {
		long room = i * i;
		long past = stop_once(a, room);

		if (past == 1)
			exact++;
		else
			TH_LOG("stop %d: %ld pages past the limit", i, past);
		EXPECT_EQ(0, ms_node_write("limit", "max"));
		EXPECT_FALSE(somebody_is_suspended(a));
		if (actor_answer(&a[2]) != room + 1 || actor_call(&a[2], do_shrink, room + 1))
			break;
	}
	return exact;
}

/* One that grows, three that do not. */
TEST_F(node, one_job_that_grows_stops_one_page_past_the_limit_each_time)
{
	EXPECT_EQ(STOPS, exact_stops(self->a, _metadata));
}

TEST_F(node, one_job_that_grows_stops_one_page_past_the_limit_on_a_busy_machine)
{
	int i;

	for (i = 0; i < 4; i++) {
		struct actor busy = actor_new();

		actor_send(&busy, do_spin, 0);
	}
	EXPECT_EQ(STOPS, exact_stops(self->a, _metadata));
}

/* One of them may be suspended; he tells how far all of them had come. */
static void grow_together(struct __test_metadata *_metadata, struct actor *a, long room)
{
	long long suspends[NODE_JOBS];
	long limit, past = 0;
	int i;

	ASSERT_EQ(0, ms_node_write("min_running", "%d", NODE_JOBS - 1));
	ASSERT_EQ(0, ms_node_leave_room(room));
	limit = ms_node_pages("limit");
	for (i = 0; i < NODE_JOBS; i++) {
		suspends[i] = ms_job_number(a[i].pid, "suspends");
		actor_send(&a[i], do_grow, room / 2);
	}
	for (i = 0; i < NODE_JOBS; i++)
		ASSERT_TRUE(ms_until(actor_answered(&a[i], 0) ||
				     ms_is_suspended_for(a[i].pid, "node")));
	for (i = 0; i < NODE_JOBS; i++)
		if (ms_job_number(a[i].pid, "suspends") > suspends[i])
			past = ms_overshoot(a[i].pid);
	EXPECT_LE(1, past);
	EXPECT_GE(bound(limit, NODE_JOBS), past);
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	for (i = 0; i < NODE_JOBS; i++)
		ASSERT_LT(0, actor_answer(&a[i]));
}

TEST_F(node, several_that_grow_at_once_stop_within_the_bound)
{
	int i;

	for (i = 0; i < 5; i++)
		grow_together(_metadata, self->a, 501 + 200 * i);
	grow_together(_metadata, self->a, 60 * MIB / PAGE);
}

TEST_F(node, what_is_given_back_does_not_count)
{
	long long sums = ms_stat("true_ups");
	int i;

	ASSERT_EQ(0, ms_node_leave_room(300));
	ASSERT_EQ(200, actor_call(&self->a[0], do_grow, 200));
	ASSERT_EQ(100, actor_call(&self->a[1], do_grow_and_shrink, 100));
	ASSERT_EQ(0, actor_call(&self->a[0], do_shrink, 200));
	ASSERT_EQ(100, actor_call(&self->a[2], do_grow_and_shrink, 300));
	EXPECT_LT(sums, ms_stat("true_ups"));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_EQ(0, ms_job_number(self->pid[i], "suspends"));
	/* And the limit is where it was. */
	actor_send(&self->a[1], do_grow, 1000);
	ASSERT_TRUE(ms_until_stopped(self->pid[1], self->pid[1]));
	EXPECT_EQ(self->base[1] + 301, ms_charge(self->pid[1]));
}

TEST_F(node, the_last_one_goes_on_above_the_limit)
{
	int i;

	ASSERT_EQ(0, ms_node_leave_room(1000));
	ASSERT_EQ(0, ms_node_write("policy", "newest"));
	actor_send(&self->a[0], do_grow, 3000);
	EXPECT_EQ(3000, actor_answer(&self->a[0]));
	EXPECT_TRUE(ms_is_running(self->pid[0]));
	EXPECT_EQ(0, ms_job_number(self->pid[0], "suspends"));
	for (i = 1; i < NODE_JOBS; i++)
		EXPECT_TRUE(ms_is_suspended_for(self->pid[i], "node"));
	EXPECT_EQ(self->base[0] + 3000, ms_node_pages("running"));
	EXPECT_TRUE(ms_sums_are_right());
}

TEST_F(node, never_fewer_than_min_running_are_left)
{
	int i;

	ASSERT_EQ(0, ms_node_write("min_running", "2"));
	ASSERT_EQ(0, ms_node_write("policy", "newest"));
	ASSERT_EQ(0, ms_node_leave_room(500));
	EXPECT_EQ(3000, actor_call(&self->a[0], do_grow, 3000));
	EXPECT_EQ(1000, actor_call(&self->a[1], do_grow, 1000));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_EQ(i < 2, ms_is_running(self->pid[i]));
	/* No more than those who run. */
	ASSERT_EQ(0, ms_node_write("min_running", "3"));
	EXPECT_FALSE(ms_is_running(self->pid[2]));
	/* One less, and at the next look the others are one too many. */
	ASSERT_EQ(0, ms_node_write("min_running", "1"));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "node"));
	EXPECT_TRUE(ms_is_running(self->pid[0]));
}

TEST_F(node, without_auto_resume_min_running_0_stops_even_the_last_one)
{
	int i;

	ASSERT_EQ(0, ms_node_write("min_running", "0"));
	ASSERT_EQ(0, ms_node_write("policy", "newest"));
	ASSERT_EQ(0, ms_node_leave_room(1000));
	/* With it, one always runs. */
	EXPECT_EQ(2000, actor_call(&self->a[0], do_grow, 2000));
	EXPECT_TRUE(ms_is_running(self->pid[0]));
	ASSERT_EQ(0, ms_node_write("auto_resume", "0"));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[0], "node"));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_TRUE(ms_until(ms_process_state(self->pid[i]) == 'T'));
	EXPECT_EQ(0, ms_node_pages("running"));
	EXPECT_EQ(ms_sum_of_charges("suspended"), ms_node_pages("suspended"));
}

TEST_F(node, lowered_below_the_sum_it_suspends_at_once)
{
	int i;

	for (i = 0; i < NODE_JOBS; i++)
		ASSERT_EQ(100 * (i + 1), actor_call(&self->a[i], do_grow, 100 * (i + 1)));
	ASSERT_EQ(0, ms_node_leave_room(0));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_TRUE(ms_is_running(self->pid[i]));
	/* The largest is enough. */
	ASSERT_EQ(0, ms_node_leave_room(-300));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_EQ(i != 3, ms_is_running(self->pid[i]));
	EXPECT_EQ(300, ms_overshoot(self->pid[3]));
	EXPECT_EQ(0, ms_table_number("jobs", "pid", self->pid[3], "latency_ns"));
	/* Two more, and one always runs. */
	ASSERT_EQ(0, ms_node_write("limit", "%ld", PAGE));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_EQ(i == 0, ms_is_running(self->pid[i]));
	EXPECT_TRUE(ms_sums_are_right());
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_EQ(7, actor_call(&self->a[i], do_nothing, 7));
}

TEST_F(node, a_job_that_is_registered_may_be_what_is_too_much)
{
	struct actor more = actor_ready();

	ASSERT_EQ(0, ms_node_write("policy", "newest"));
	ASSERT_EQ(0, ms_node_leave_room(1));
	ASSERT_EQ(0, ms_write("register", "%d max", more.pid));
	/* On return. */
	EXPECT_TRUE(ms_is_suspended_for(more.pid, "node"));
	EXPECT_TRUE(ms_until_stopped(more.pid, more.pid));
	EXPECT_EQ(ms_charge(more.pid) - 1, ms_overshoot(more.pid));
	EXPECT_EQ(0, ms_write("resume", "%d force", more.pid));
}

TEST_F(node, jobs_that_are_suspended_do_not_count)
{
	ASSERT_EQ(500, actor_call(&self->a[0], do_grow, 500));
	ASSERT_EQ(500, actor_call(&self->a[1], do_grow, 500));
	ASSERT_EQ(0, ms_node_leave_room(100));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid[0]));
	ASSERT_EQ(0, ms_job_write(self->pid[1], "limit", "%ld", PAGE));
	ASSERT_TRUE(ms_is_suspended_for(self->pid[1], "limit"));
	EXPECT_EQ(1000, actor_call(&self->a[2], do_grow, 1000));
	EXPECT_EQ(0, ms_job_number(self->pid[2], "suspends"));
	EXPECT_EQ(0, ms_job_number(self->pid[3], "suspends"));
	EXPECT_TRUE(ms_sums_are_right());
}

TEST_F(node, its_own_limit_holds_below_the_nodes)
{
	ASSERT_EQ(0, ms_node_leave_room(500));
	ASSERT_EQ(0, ms_leave_room(self->pid[0], 100));
	actor_send(&self->a[0], do_grow, 200);
	ASSERT_TRUE(ms_until_stopped(self->pid[0], self->pid[0]));
	EXPECT_TRUE(ms_job_is(self->pid[0], "reason", "limit"));
	EXPECT_EQ(1, ms_overshoot(self->pid[0]));
	EXPECT_EQ(self->base[0] + 101, ms_charge(self->pid[0]));
}

TEST_F(node, a_huge_page_may_be_what_is_too_much)
{
	struct actor a = actor_new();
	long past;

	if (actor_call(&a, do_reserve, 1))
		SKIP(return, "no huge pages");
	ASSERT_EQ(0, ms_write("register", "%d max", a.pid));
	ASSERT_EQ(0, ms_node_leave_room(1000));
	actor_send(&a, do_touch, 5 * 512);
	ASSERT_TRUE(ms_until_stopped(a.pid, a.pid));
	past = ms_node_pages("running") + ms_charge(a.pid) - ms_node_pages("limit");
	EXPECT_EQ(past, ms_overshoot(a.pid));
	EXPECT_LE(1, past);
	EXPECT_GE(512, past);
}

TEST_HARNESS_MAIN
