// SPDX-License-Identifier: GPL-2.0-only
/* A job is stopped by the first page above its limit, and by nothing else. */
#include "memsusp_job.h"

/* Never ends. */
static long do_spin(long unused)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return unused;
}

/* Touch and free N pages, a hundred times. */
static long do_churn(long pages)
{
	int i;

	for (i = 0; i < 100; i++) {
		do_touch(pages);
		do_free(pages);
	}
	return i;
}

/*
 * Run into a limit of so many pages more. Returns how far past it the job stood
 * when it had stopped, by its charge, if the rest agrees; else -1.
 */
static long stop_once(struct actor *a, long room)
{
	long limit = ms_charge(a->pid) + room, past;

	if (ms_job_write(a->pid, "limit", "%ld", limit * PAGE))
		return -1;
	actor_send(a, do_touch, room + 100);
	if (!ms_until_stopped(a->pid, a->pid))
		return -1;
	past = ms_charge(a->pid) - limit;
	if (ms_overshoot(a->pid) != past || !ms_job_is(a->pid, "reason", "limit") ||
	    ms_table_number("jobs", "pid", a->pid, "latency_ns") <= 0)
		return -1;
	return past;
}

/* What stopped it is over: it goes on to the end of its order, and frees. */
static bool go_on(struct actor *a, long room)
{
	return actor_answer(a) == room + 100 && !actor_call(a, do_free, room + 100);
}

/*
 * Stop it so many times, or until a minute is over, but 20 times at least. Returns how
 * many of the stops were not exactly one page past the limit.
 */
static int inexact_stops(struct actor *a, int stops, struct __test_metadata *_metadata)
{
	long end = ms_now() + 60000;
	int inexact = 0, i;

	for (i = 0; i < stops && (i < 20 || ms_now() < end); i++) {
		long room = 1 + i * 3;
		long past = stop_once(a, room);

		if (past != 1) {
			TH_LOG("stop %d: %ld pages past the limit", i, past);
			inexact++;
		}
		EXPECT_TRUE(i % 10 || ms_truth(a->pid) == ms_charge(a->pid));
		EXPECT_EQ(0, ms_write("resume", "%d max", a->pid));
		if (!go_on(a, room))
			return -1;
	}
	TH_LOG("%d stops", i);
	EXPECT_EQ(i, ms_job_number(a->pid, "suspends"));
	return inexact;
}

TEST_F_TIMEOUT(job, each_of_100_stops_is_one_page_past_its_limit, 120)
{
	EXPECT_EQ(0, inexact_stops(&self->a, 100, _metadata));
}

TEST_F_TIMEOUT(job, each_of_200_stops_is_one_page_past_its_limit_on_a_busy_machine, 120)
{
	int i;

	for (i = 0; i < 4; i++) {
		struct actor busy = actor_new();

		actor_send(&busy, do_spin, 0);
	}
	EXPECT_EQ(0, inexact_stops(&self->a, 200, _metadata));
}

TEST_F(job, each_registration_stops_it_anew_and_unregister_lets_it_go)
{
	int exact = 0, i;

	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
		EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
		exact += stop_once(&self->a, 1 + i * 3) == 1;
		ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
		EXPECT_FALSE(ms_job_exists(self->pid));
		ASSERT_TRUE(go_on(&self->a, 1 + i * 3));
	}
	EXPECT_EQ(20, exact);
}

TEST_F(job, a_limit_at_registration_holds)
{
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d %ld", self->pid, (self->base + 10) * PAGE));
	ASSERT_EQ(10, actor_call(&self->a, do_touch, 10));
	EXPECT_TRUE(ms_is_running(self->pid));
	actor_send(&self->a, do_touch, 11);
	EXPECT_TRUE(ms_until_stopped(self->pid, self->pid));
}

TEST_F(job, registered_above_its_limit_it_is_suspended_on_return)
{
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d %ld", self->pid, (self->base - 3) * PAGE));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "limit"));
	EXPECT_EQ(3, ms_overshoot(self->pid));
	EXPECT_TRUE(ms_until(ms_process_state(self->pid) == 'T'));
}

/* Touch and free one page for ever. */
static long do_touch_always(long unused)
{
	for (;;) {
		do_touch(1);
		do_free(1);
	}
	return unused;
}

/* While its touches call the governor all the time. */
TEST_F(job, an_order_is_carried_out_when_write_returns)
{
	int i, missed = 0;

	ASSERT_EQ(0, ms_leave_room(self->pid, 1));
	actor_send(&self->a, do_touch_always, 0);
	for (i = 0; i < 500; i++) {
		ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
		missed += !ms_job_is(self->pid, "state", "suspended");
		ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
		missed += !ms_job_is(self->pid, "state", "running");
	}
	EXPECT_EQ(0, missed);
}

TEST_F(job, at_its_limit_it_runs)
{
	ASSERT_EQ(0, ms_leave_room(self->pid, 500));
	ASSERT_EQ(500, actor_call(&self->a, do_touch, 500));
	EXPECT_EQ(ms_job_number(self->pid, "limit"), ms_job_number(self->pid, "charge"));
	/* Not even on a closer look. */
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", (self->base + 500) * PAGE));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
}

TEST_F(job, touching_and_freeing_100_times_the_limit_is_no_stop)
{
	ASSERT_EQ(0, ms_leave_room(self->pid, 500));
	ASSERT_EQ(100, actor_call(&self->a, do_churn, 500));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
	EXPECT_EQ(self->base, ms_charge(self->pid));
	/* And its limit is where it was. */
	actor_send(&self->a, do_touch, 1000);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(self->base + 501, ms_charge(self->pid));
}

TEST_F(job, growing_and_shrinking_around_its_limit_it_stops_only_above)
{
	int i;

	ASSERT_EQ(0, ms_leave_room(self->pid, 300));
	for (i = 1; i <= 20; i++) {
		ASSERT_EQ(300, actor_call(&self->a, do_touch, 300));
		ASSERT_EQ(0, actor_call(&self->a, do_free, 10 * i));
		ASSERT_EQ(300, actor_call(&self->a, do_touch, 300));
		EXPECT_EQ(i - 1, ms_job_number(self->pid, "suspends"));
		actor_send(&self->a, do_touch, 301);
		ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
		EXPECT_EQ(self->base + 301, ms_charge(self->pid));
		ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
		ASSERT_EQ(301, actor_answer(&self->a));
		ASSERT_EQ(0, actor_call(&self->a, do_free, 301));
		ASSERT_EQ(0, ms_leave_room(self->pid, 300));
	}
}

TEST_F(job, reading_untouched_memory_and_reserving_it_are_free)
{
	ASSERT_EQ(0, ms_leave_room(self->pid, 1));
	ASSERT_EQ(0, actor_call(&self->a, do_read, 2000));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(self->base, ms_charge(self->pid));
}

TEST_F(job, it_stays_stopped_and_touches_nothing_more)
{
	long past = stop_once(&self->a, 200);
	int i;

	ASSERT_EQ(1, past);
	for (i = 0; i < 200; i++) {
		ms_sleep(1);
		ASSERT_EQ('T', ms_process_state(self->pid));
	}
	EXPECT_EQ(self->base + 201, ms_charge(self->pid));
	EXPECT_FALSE(actor_answered(&self->a, 0));
}

TEST_F(job, peak_is_the_greatest_charge)
{
	long size = 64 * MIB / PAGE, peak;

	ASSERT_EQ(1000, actor_call(&self->a, do_touch, 1000));
	EXPECT_EQ((self->base + 1000) * PAGE, ms_job_number(self->pid, "charge"));
	ASSERT_EQ(0, actor_call(&self->a, do_free, 1000));
	EXPECT_EQ(self->base, ms_charge(self->pid));
	EXPECT_EQ((self->base + 1000) * PAGE, ms_job_number(self->pid, "peak"));
	/* Nobody looked when it was there: to a sixth of it, at worst 16 MiB. */
	ASSERT_EQ(size, actor_call(&self->a, do_touch, size));
	ASSERT_EQ(0, actor_call(&self->a, do_free, size));
	peak = ms_job_number(self->pid, "peak") / PAGE;
	EXPECT_GE(self->base + size, peak);
	EXPECT_LE(self->base + size - 16 * MIB / PAGE, peak);
}

TEST_HARNESS_MAIN
