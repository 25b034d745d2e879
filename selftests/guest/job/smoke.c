// SPDX-License-Identifier: GPL-2.0-only
/* The main job, once: touch, charge, SIGSTOP, resume. */
#include "memsusp_test.h"

TEST(stopped_at_the_limit_and_resumed)
{
	struct actor a = actor_new();
	long base;

	ASSERT_EQ(0, actor_call(&a, do_reserve, 0));
	ASSERT_EQ(0, ms_write("register", "%d max", a.pid));
	base = ms_job_number(a.pid, "charge");
	ASSERT_EQ(0, ms_job_write(a.pid, "limit", "%ld", base + 1000 * PAGE));
	actor_send(&a, do_touch, 2000);
	ASSERT_TRUE(ms_until_state(a.pid, "suspended"));
	ASSERT_TRUE(ms_until(ms_process_state(a.pid) == 'T'));
	EXPECT_EQ(base + 1001 * PAGE, ms_job_number(a.pid, "charge"));
	EXPECT_EQ(PAGE, ms_table_number("jobs", "pid", a.pid, "overshoot"));
	EXPECT_TRUE(ms_job_is(a.pid, "reason", "limit"));
	EXPECT_EQ(ms_truth(a.pid) * PAGE, ms_job_number(a.pid, "charge"));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d", a.pid));
	EXPECT_EQ(0, ms_write("resume", "%d %ld", a.pid, base + 3000 * PAGE));
	EXPECT_EQ(2000, actor_answer(&a));
	EXPECT_TRUE(ms_job_is(a.pid, "state", "running"));
	EXPECT_EQ(ms_truth(a.pid) * PAGE, ms_job_number(a.pid, "charge"));
	actor_end(&a);
	EXPECT_TRUE(ms_until(!ms_job_exists(a.pid)));
}

TEST_HARNESS_MAIN
