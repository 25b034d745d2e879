// SPDX-License-Identifier: GPL-2.0-only
/* The soft limit: the root is told, once a crossing, and runs on. */
#include "memsusp_job.h"

static volatile sig_atomic_t warnings;

static void on_warning(int sig)
{
	warnings++;
}

static long do_catch(long sig)
{
	return signal(sig, on_warning) == SIG_ERR ? -errno : 0;
}

static long do_count(long unused)
{
	return warnings;
}

static long warnings_of(struct actor *a)
{
	return actor_call(a, do_count, 0);
}

/* Have the job warned with a signal at so many pages more. */
static int warn_at(struct actor *a, long pages)
{
	return actor_call(a, do_catch, SIGUSR1) ?:
	       ms_job_write(a->pid, "warn_signal", "%d", SIGUSR1) ?:
	       ms_job_write(a->pid, "soft_limit", "%ld", (ms_charge(a->pid) + pages) * PAGE);
}

TEST_F(job, warned_when_it_is_above_its_soft_limit_and_once)
{
	ASSERT_EQ(0, warn_at(&self->a, 100));
	ASSERT_EQ(100, actor_call(&self->a, do_touch, 100));
	EXPECT_EQ(0, warnings_of(&self->a));
	ASSERT_EQ(101, actor_call(&self->a, do_touch, 101));
	EXPECT_TRUE(ms_until(warnings_of(&self->a) == 1));
	/* Still above it: no news, however much it is. */
	ASSERT_EQ(12000, actor_call(&self->a, do_touch, 12000));
	EXPECT_EQ(1, warnings_of(&self->a));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
}

/*
 * A sum overlooks the touch of a thread that is between the hook and the place where
 * the kernel counts it (memsusp_charge_sum()). Who is summed up below a limit may so
 * be a page further than it seems when it comes there.
 */
#define OVERLOOKED	1

/* Cross, and go back far below, three times. */
static void cross_again(struct __test_metadata *_metadata, struct actor *a, long pages)
{
	long above = pages + 1 + OVERLOOKED;
	int i;

	ASSERT_EQ(0, warn_at(a, pages));
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(above, actor_call(a, do_touch, above));
		EXPECT_TRUE(ms_until(warnings_of(a) >= i));
		EXPECT_EQ(i, warnings_of(a));
		ASSERT_EQ(0, actor_call(a, do_free, above));
	}
}

TEST_F(job, warned_again_when_it_freed_and_crosses_again)
{
	cross_again(_metadata, &self->a, 64 * MIB / PAGE);
}

TEST_F(job, warned_again_even_if_the_soft_limit_is_small)
{
	cross_again(_metadata, &self->a, 1000);
}

TEST_F(job, warned_before_it_is_suspended)
{
	ASSERT_EQ(0, warn_at(&self->a, 100));
	ASSERT_EQ(0, ms_leave_room(self->pid, 200));
	actor_send(&self->a, do_touch, 300);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_LE(self->base + 201, ms_charge(self->pid));
	EXPECT_GE(self->base + 201 + OVERLOOKED, ms_charge(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	ASSERT_EQ(300, actor_answer(&self->a));
	EXPECT_EQ(1, warnings_of(&self->a));
}

TEST_F(job, soft_limit_at_registration_and_no_signal_is_silent)
{
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d max soft=%ld", self->pid,
			      (self->base + 50) * PAGE));
	EXPECT_EQ((self->base + 50) * PAGE, ms_job_number(self->pid, "soft_limit"));
	EXPECT_EQ(0, ms_job_number(self->pid, "warn_signal"));
	/* By default the signal would kill it. */
	EXPECT_EQ(100, actor_call(&self->a, do_touch, 100));
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
}

TEST_F(job, a_warning_without_a_handler_does_what_the_signal_does)
{
	int status;

	ASSERT_EQ(0, ms_job_write(self->pid, "warn_signal", "%d", SIGUSR2));
	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", (self->base + 5) * PAGE));
	actor_send(&self->a, do_touch, 6);
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGUSR2, WTERMSIG(status));
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

TEST_HARNESS_MAIN
