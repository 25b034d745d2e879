// SPDX-License-Identifier: GPL-2.0-only
/* What continues a suspended job and what does not, and what is told of it. */
#include "memsusp_job.h"

/* Run into a limit of 100 pages more. */
static bool suspend_for_limit(struct actor *a)
{
	if (ms_leave_room(a->pid, 100))
		return false;
	actor_send(a, do_touch, 200);
	return ms_until_stopped(a->pid, a->pid);
}

static long long clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

TEST_F(job, resume_needs_a_limit_that_fits)
{
	long above = self->base + 101, i;

	ASSERT_TRUE(suspend_for_limit(&self->a));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d", self->pid));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d %ld", self->pid, (above - 1) * PAGE));
	/* Nothing was changed. */
	for (i = 0; i < 50; i++) {
		ms_sleep(1);
		ASSERT_EQ('T', ms_process_state(self->pid));
	}
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_EQ((above - 1) * PAGE, ms_job_number(self->pid, "limit"));
	/* Just enough: it goes on, to its next page. */
	EXPECT_EQ(0, ms_write("resume", "%d %ld", self->pid, above * PAGE));
	EXPECT_EQ(above * PAGE, ms_job_number(self->pid, "limit"));
	ASSERT_TRUE(ms_until(ms_job_number(self->pid, "suspends") == 2));
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(above + 1, ms_charge(self->pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	EXPECT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(200, actor_answer(&self->a));
	EXPECT_EQ(self->base + 200, ms_charge(self->pid));
}

TEST_F(job, force_does_not_override_its_own_limit)
{
	ASSERT_TRUE(suspend_for_limit(&self->a));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d force", self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_EQ('T', ms_process_state(self->pid));
}

TEST_F(job, a_raised_limit_lets_it_go_on_by_itself)
{
	long long automatic = ms_stat("resumes_auto");

	ASSERT_TRUE(suspend_for_limit(&self->a));
	/* Not enough yet. */
	EXPECT_EQ(0, ms_job_write(self->pid, "limit", "%ld", (self->base + 50) * PAGE));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_EQ(0, ms_job_write(self->pid, "limit", "%ld", (self->base + 500) * PAGE));
	EXPECT_EQ(200, actor_answer(&self->a));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "none"));
	EXPECT_EQ(automatic + 1, ms_stat("resumes_auto"));
}

TEST_F(job, a_limit_lowered_below_the_charge_suspends)
{
	ASSERT_EQ(300, actor_call(&self->a, do_touch, 300));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", (self->base + 300) * PAGE));
	EXPECT_TRUE(ms_is_running(self->pid));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", (self->base + 290) * PAGE));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "limit"));
	EXPECT_TRUE(ms_until(ms_process_state(self->pid) == 'T'));
	EXPECT_EQ(10, ms_overshoot(self->pid));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "max"));
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
}

TEST_F(job, suspended_by_hand_it_waits_for_resume_even_if_it_fits)
{
	int i;

	ASSERT_EQ(0, ms_leave_room(self->pid, 1000));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "user"));
	ASSERT_TRUE(ms_until(ms_process_state(self->pid) == 'T'));
	EXPECT_EQ(0, ms_overshoot(self->pid));
	actor_send(&self->a, do_nothing, 7);
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "max"));
	for (i = 0; i < 50; i++) {
		ms_sleep(1);
		ASSERT_EQ('T', ms_process_state(self->pid));
	}
	EXPECT_FALSE(actor_answered(&self->a, 0));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "user"));
	EXPECT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "none"));
	EXPECT_EQ(7, actor_answer(&self->a));
}

TEST_F(job, suspended_by_hand_as_well_a_raised_limit_is_not_enough)
{
	ASSERT_TRUE(suspend_for_limit(&self->a));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "user"));
	EXPECT_EQ(1, ms_job_number(self->pid, "suspends"));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "max"));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_FALSE(actor_answered(&self->a, 50));
	EXPECT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_EQ(200, actor_answer(&self->a));
}

TEST_F(job, suspended_by_hand_and_above_its_limit_it_needs_a_new_one)
{
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", (self->base - 1) * PAGE));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_EQ(0, ms_write("resume", "%d %ld", self->pid, self->base * PAGE));
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
}

TEST_F(job, resume_of_a_running_job_only_sets_the_limit)
{
	EXPECT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_EQ(-1, ms_job_number(self->pid, "limit"));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d %ld", self->pid, (self->base - 1) * PAGE));
	EXPECT_EQ(-1, ms_job_number(self->pid, "limit"));
	EXPECT_EQ(0, ms_write("resume", "%d 1G", self->pid));
	EXPECT_EQ(1L << 30, ms_job_number(self->pid, "limit"));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
}

TEST_F(job, counts_suspensions_and_how_long_they_were)
{
	long long before, stopped, going, after, ms, total = 0, most = 0;
	int i;

	for (i = 1; i <= 3; i++) {
		before = clock_ms();
		ASSERT_TRUE(suspend_for_limit(&self->a));
		stopped = clock_ms();
		EXPECT_EQ(i, ms_job_number(self->pid, "suspends"));
		ms_sleep(20 * i);
		going = clock_ms();
		/* The present one counts as it goes on. */
		EXPECT_LE(total + going - stopped - 1, ms_job_number(self->pid, "suspended_ms"));
		ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
		after = clock_ms();
		total += going - stopped - 1;
		most += after - before + 1;
		ms = ms_job_number(self->pid, "suspended_ms");
		EXPECT_LE(total, ms);
		EXPECT_GE(most, ms);
		ASSERT_EQ(200, actor_answer(&self->a));
		ASSERT_EQ(0, actor_call(&self->a, do_free, 200));
		EXPECT_EQ(ms, ms_job_number(self->pid, "suspended_ms"));
	}
	EXPECT_EQ(ms, ms_table_number("jobs", "pid", self->pid, "suspended_ms"));
	EXPECT_EQ(3, ms_table_number("jobs", "pid", self->pid, "suspends"));
}

TEST_F(job, latency_is_within_what_the_watch_says)
{
	struct timespec t;
	long long ns;

	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	clock_gettime(CLOCK_MONOTONIC, &t);
	ns = -(t.tv_sec * 1000000000LL + t.tv_nsec);
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	clock_gettime(CLOCK_MONOTONIC, &t);
	ns += t.tv_sec * 1000000000LL + t.tv_nsec;
	EXPECT_LT(0, ms_table_number("jobs", "pid", self->pid, "latency_ns"));
	EXPECT_GT(ns, ms_table_number("jobs", "pid", self->pid, "latency_ns"));
}

/* Read the file from its beginning, which also arms poll(). */
static bool reads(int fd, const char *word)
{
	char buf[32] = "";
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	return n > 0 && !strcmp(buf, word);
}

TEST_F(job, poll_on_state_wakes_on_each_change)
{
	struct pollfd p = { .events = POLLPRI };
	char path[128];
	int i;

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d/state", self->pid);
	p.fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, p.fd);
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(reads(p.fd, "running\n"));
		EXPECT_EQ(0, poll(&p, 1, 20));
		ASSERT_EQ(0, ms_leave_room(self->pid, 10));
		actor_send(&self->a, do_touch, 20);
		ASSERT_EQ(1, poll(&p, 1, GUARD_MS));
		EXPECT_TRUE(p.revents & POLLPRI);
		ASSERT_TRUE(reads(p.fd, "suspended\n"));
		EXPECT_EQ(0, poll(&p, 1, 20));
		ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
		ASSERT_EQ(1, poll(&p, 1, GUARD_MS));
		EXPECT_TRUE(p.revents & POLLPRI);
		ASSERT_EQ(20, actor_answer(&self->a));
		ASSERT_EQ(0, actor_call(&self->a, do_free, 20));
	}
	ASSERT_TRUE(reads(p.fd, "running\n"));
	/* The job's end wakes as well. */
	actor_end(&self->a);
	EXPECT_EQ(1, poll(&p, 1, GUARD_MS));
	ms_until(!ms_job_exists(self->pid));
	EXPECT_FALSE(reads(p.fd, "running\n"));
	close(p.fd);
}

TEST_HARNESS_MAIN
