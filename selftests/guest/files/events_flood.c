// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program, or its user, can bring about as often as he likes is told of once a
 * second, with a count: the other events stay where everybody can read them.
 */
#include "memsusp_events.h"

#define FLOOD	600

FIXTURE(flood) {
	struct actor a, quiet;
	pid_t pid;
	int fd;
	long begun;
	/* What was read of the job, but for "limit" and the like: lines, and events. */
	int lines;
	long long continued, suspends, warns;
	struct event last;
};

FIXTURE_SETUP(flood)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	self->a = actor_ready();
	self->quiet = actor_ready();
	self->pid = self->a.pid;
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d max name=quiet", self->quiet.pid));
	self->fd = events_open(0);
	ASSERT_LE(0, events_skip(self->fd));
	self->begun = ms_now();
}

FIXTURE_TEARDOWN(flood)
{
	close(self->fd);
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

/* Take an event down. */
static void take_down(FIXTURE_DATA(flood) * self, const struct event *e)
{
	long long count = e->count > 0 ? e->count : 1;

	if (e->pid != self->pid)
		return;
	if (!strcmp(e->event, "continued"))
		self->continued += count;
	else if (!strcmp(e->event, "suspend"))
		self->suspends += count;
	else if (!strcmp(e->event, "warn"))
		self->warns += count;
	else
		return;
	self->last = *e;
	self->lines++;
}

/* Have it suspended, and continued so many times by somebody who is not asked to. */
static bool continue_again_and_again(FIXTURE_DATA(flood) * self, int times)
{
	int i;

	if (ms_leave_room(self->pid, 100))
		return false;
	actor_send(&self->a, do_grow, 60000);
	for (i = 1; i <= times; i++) {
		if (!ms_until_stopped(self->pid, self->pid))
			return false;
		kill(self->pid, SIGCONT);
		if (!ms_until(ms_job_number(self->pid, "suspends") == i + 1))
			return false;
	}
	return ms_until_stopped(self->pid, self->pid);
}

/* No more lines than two a second of each of two kinds, and some at the beginning. */
#define EXPECT_FEW_LINES()						\
	EXPECT_GE(2 * ((ms_now() - self->begun) / 1000 + 3), self->lines)

#define EXPECT_THE_OTHERS_ARE_THERE()					\
	do {								\
		int fd_ = events_open(O_NONBLOCK);			\
		bool found_ = false;					\
		while (!found_ && readable(fd_, 0) && event_next(fd_, &e)) \
			found_ = !strcmp(e.event, "register") &&	\
				 e.pid == self->quiet.pid;		\
		EXPECT_TRUE(found_);					\
		close(fd_);						\
	} while (0)

TEST_F_TIMEOUT(flood, sigcont_in_a_loop_is_one_pair_of_events_a_second, 120)
{
	long long continued = ms_stat("continued"), suspends = ms_stat("suspends_limit");
	struct event e;

	ASSERT_TRUE(continue_again_and_again(self, FLOOD));
	/* What is counted is exact. */
	EXPECT_EQ(continued + FLOOD, ms_stat("continued"));
	EXPECT_EQ(suspends + FLOOD + 1, ms_stat("suspends_limit"));
	/* And so is what is told, in the end. */
	while (self->continued < FLOOD || self->suspends < FLOOD + 1) {
		ASSERT_TRUE(event_next(self->fd, &e));
		ASSERT_STRNE("lost", e.event);
		take_down(self, &e);
	}
	EXPECT_EQ(FLOOD, self->continued);
	EXPECT_EQ(FLOOD + 1, self->suspends);
	EXPECT_STREQ("suspend", self->last.event);
	EXPECT_STREQ("limit", self->last.reason);
	TH_LOG("%d lines in %ld ms", self->lines, ms_now() - self->begun);
	EXPECT_FEW_LINES();
	EXPECT_THE_OTHERS_ARE_THERE();
}

TEST_F(flood, what_was_kept_back_is_told_before_anything_else)
{
	struct event e;

	ASSERT_TRUE(continue_again_and_again(self, 5));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "max"));
	do {
		ASSERT_TRUE(event_next(self->fd, &e));
		take_down(self, &e);
	} while (strcmp(e.event, "resume"));
	EXPECT_EQ(5, self->continued);
	EXPECT_EQ(6, self->suspends);
	EXPECT_STREQ("suspend", self->last.event);
	ASSERT_LT(0, actor_answer(&self->a));
	EXPECT_FALSE(readable(self->fd, 1500));
}

TEST_F(flood, so_it_is_when_the_job_ends)
{
	struct event e;

	ASSERT_TRUE(continue_again_and_again(self, 5));
	actor_end(&self->a);
	do {
		ASSERT_TRUE(event_next(self->fd, &e));
		take_down(self, &e);
	} while (strcmp(e.event, "exit"));
	EXPECT_EQ(5, self->continued);
	EXPECT_EQ(6, self->suspends);
	EXPECT_FALSE(readable(self->fd, 1500));
}

static volatile sig_atomic_t warnings;

static void on_warning(int sig)
{
	warnings++;
}

static long do_catch(long sig)
{
	return signal(sig, on_warning) == SIG_ERR ? -errno : 0;
}

/* Touch so many pages and free them, until that was warned of so many times. */
static long do_cross(long times)
{
	long i;

	for (i = 1; i <= times; i++) {
		long end = ms_now() + GUARD_MS;

		do_touch(2000);
		while (warnings < i && ms_now() < end)
			do_touch(1);
		do_free(2000);
		/* Only when it was looked at in between is it warned again. */
		do_touch(1);
		if (warnings != i)
			return -i;
	}
	return times;
}

TEST_F_TIMEOUT(flood, warnings_are_one_a_second_but_for_the_signal, 120)
{
	struct event e;
	long base;

	ASSERT_EQ(0, actor_call(&self->a, do_catch, SIGUSR1));
	base = ms_charge(self->pid);
	ASSERT_EQ(0, ms_job_write(self->pid, "warn_signal", "%d", SIGUSR1));
	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", (base + 1000) * PAGE));
	ASSERT_EQ(50, actor_call_patiently(&self->a, do_cross, 50));
	while (self->warns < 50) {
		ASSERT_TRUE(event_next(self->fd, &e));
		take_down(self, &e);
	}
	EXPECT_EQ(50, self->warns);
	TH_LOG("%d lines in %ld ms", self->lines, ms_now() - self->begun);
	EXPECT_FEW_LINES();
}

TEST_HARNESS_MAIN
