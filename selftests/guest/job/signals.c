// SPDX-License-Identifier: GPL-2.0-only
/* Signals of others: theirs and ours do not undo one another. */
#include "memsusp_tree.h"

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught++;
}

static long do_catch(long sig)
{
	return signal(sig, on_signal) == SIG_ERR ? -errno : 0;
}

static long do_caught(long unused)
{
	return caught;
}

static bool runs(struct actor *a)
{
	return actor_call(a, do_nothing, 7) == 7;
}

/* Look for a while whether it stays stopped. */
static bool stays_stopped(pid_t pid)
{
	int i;

	for (i = 0; i < 50; i++) {
		if (ms_process_state(pid) != 'T')
			return false;
		ms_sleep(1);
	}
	return true;
}

TEST_F(job, continued_by_somebody_else_it_runs_until_its_next_first_touch)
{
	long long continued = ms_stat("continued");

	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	/* It stops when all is done, with nothing more to touch. */
	actor_send(&self->a, do_touch, 101);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	kill(self->pid, SIGCONT);
	EXPECT_EQ(101, actor_answer(&self->a));
	EXPECT_TRUE(ms_until_state(self->pid, "running"));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "none"));
	EXPECT_EQ(continued + 1, ms_stat("continued"));
	/* Above its limit, it runs on, however often one looks. */
	EXPECT_EQ(101, actor_call(&self->a, do_touch, 101));
	EXPECT_EQ(self->base + 101, ms_charge(self->pid));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(1, ms_job_number(self->pid, "suspends"));

	actor_send(&self->a, do_touch, 110);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(2, ms_job_number(self->pid, "suspends"));
	EXPECT_EQ(2, ms_overshoot(self->pid));
	EXPECT_EQ(self->base + 102, ms_charge(self->pid));
	EXPECT_EQ(continued + 1, ms_stat("continued"));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(110, actor_answer(&self->a));
}

/*
 * One page each time; two if it touched the first one before the signal hook,
 * which comes after the wake-up, had seen the SIGCONT.
 */
TEST_F(job, continued_again_and_again_it_gains_a_page_or_two_each_time)
{
	long before, now = self->base + 101;
	int i;

	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 300);
	for (i = 1; i <= 50; i++) {
		ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
		ASSERT_EQ(i, ms_job_number(self->pid, "suspends"));
		before = now;
		now = ms_charge(self->pid);
		ASSERT_LE(before + (i > 1), now);
		ASSERT_GE(before + 2 * (i > 1), now);
		kill(self->pid, SIGCONT);
		ASSERT_TRUE(ms_until(ms_job_number(self->pid, "suspends") == i + 1));
	}
}

TEST_F(job, continued_by_somebody_else_after_suspend_by_hand_it_runs)
{
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	kill(self->pid, SIGCONT);
	ASSERT_TRUE(ms_until_state(self->pid, "running"));
	EXPECT_TRUE(runs(&self->a));
	/* Its limit holds as ever. */
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
}

TEST_F(job, sigcont_to_one_process_continues_all_of_the_job)
{
	struct actor b = actor_child(&self->a, do_fork);
	struct actor c = actor_child(&b, do_fork);
	long long continued = ms_stat("continued");

	ASSERT_LT(0, c.pid);
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	kill(b.pid, SIGCONT);
	EXPECT_TRUE(runs(&self->a));
	EXPECT_TRUE(runs(&b));
	EXPECT_TRUE(runs(&c));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(continued + 1, ms_stat("continued"));
	/* And it can be suspended as ever. */
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_TRUE(ms_until_all_stopped(self->pid));
	EXPECT_EQ(3, ms_members_in(self->pid, 'T'));
}

TEST_F(job, sigcont_to_a_running_job_is_no_event)
{
	long long continued = ms_stat("continued");

	kill(self->pid, SIGCONT);
	EXPECT_TRUE(runs(&self->a));
	kill(self->pid, SIGSTOP);
	ASSERT_TRUE(ms_until(ms_process_state(self->pid) == 'T'));
	EXPECT_TRUE(ms_is_running(self->pid));
	kill(self->pid, SIGCONT);
	EXPECT_TRUE(runs(&self->a));
	EXPECT_EQ(continued, ms_stat("continued"));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
}

FIXTURE(stop) {
	struct actor a, b;
	pid_t pid;
};

/* By which signal and when somebody else stops a process. */
FIXTURE_VARIANT(stop) {
	int sig;
	bool before;
};

FIXTURE_VARIANT_ADD(stop, sigstop_before_suspend) { SIGSTOP, true };
FIXTURE_VARIANT_ADD(stop, sigstop_while_suspended) { SIGSTOP, false };
FIXTURE_VARIANT_ADD(stop, sigtstp_before_suspend) { SIGTSTP, true };
FIXTURE_VARIANT_ADD(stop, sigtstp_while_suspended) { SIGTSTP, false };

FIXTURE_SETUP(stop)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->a = actor_ready();
	self->pid = self->a.pid;
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	self->b = actor_child(&self->a, do_fork);
	ASSERT_LT(0, self->b.pid);
	if (variant->before) {
		kill(self->b.pid, variant->sig);
		ASSERT_TRUE(ms_until(ms_process_state(self->b.pid) == 'T'));
		ASSERT_TRUE(ms_is_running(self->pid));
	}
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	if (!variant->before)
		kill(self->b.pid, variant->sig);
}

FIXTURE_TEARDOWN(stop)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

/* SIGCONT throws SIGTSTP away, so that has to be sent again, and takes a moment. */
static bool is_stopped_by_others(pid_t pid, int sig)
{
	return (sig == SIGSTOP || ms_until(ms_process_state(pid) == 'T')) && stays_stopped(pid);
}

TEST_F(stop, is_not_undone_by_resume)
{
	long long continued = ms_stat("continued");

	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	/* Its parent was stopped by us alone. */
	EXPECT_TRUE(runs(&self->a));
	EXPECT_TRUE(is_stopped_by_others(self->b.pid, variant->sig));
	EXPECT_TRUE(ms_is_running(self->pid));
	kill(self->b.pid, SIGCONT);
	EXPECT_TRUE(runs(&self->b));
	EXPECT_EQ(continued, ms_stat("continued"));
}

TEST_F(stop, is_not_undone_by_unregister)
{
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_TRUE(runs(&self->a));
	EXPECT_TRUE(is_stopped_by_others(self->b.pid, variant->sig));
	kill(self->b.pid, SIGCONT);
	EXPECT_TRUE(runs(&self->b));
}

TEST_F(stop, is_over_with_somebody_elses_sigcont)
{
	kill(self->b.pid, SIGCONT);
	EXPECT_TRUE(runs(&self->b));
	EXPECT_TRUE(runs(&self->a));
	EXPECT_TRUE(ms_is_running(self->pid));
	/* It is forgotten: the next suspension is ours alone. */
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(runs(&self->b));
}

TEST_F(job, what_others_sent_during_one_suspension_is_forgotten_in_the_next)
{
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	kill(self->pid, SIGTSTP);
	kill(self->pid, SIGSTOP);
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(stays_stopped(self->pid));
	kill(self->pid, SIGCONT);
	EXPECT_TRUE(runs(&self->a));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(runs(&self->a));
	ms_sleep(50);
	EXPECT_TRUE(runs(&self->a));
}

TEST_F(job, a_parent_sees_the_stop_only_if_it_asks_for_stops)
{
	int status;

	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(0, waitpid(self->pid, &status, WNOHANG));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, WUNTRACED));
	EXPECT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGSTOP, WSTOPSIG(status));
	EXPECT_EQ(0, waitpid(self->pid, &status, WNOHANG | WUNTRACED | WCONTINUED));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, WCONTINUED));
	EXPECT_TRUE(WIFCONTINUED(status));
	EXPECT_EQ(200, actor_answer(&self->a));
	EXPECT_EQ(0, waitpid(self->pid, &status, WNOHANG));
}

TEST_F(job, a_signal_waits_with_the_job_and_is_delivered_on_resume)
{
	ASSERT_EQ(0, actor_call(&self->a, do_catch, SIGUSR1));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	kill(self->pid, SIGUSR1);
	EXPECT_TRUE(stays_stopped(self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(200, actor_answer(&self->a));
	EXPECT_EQ(1, actor_call(&self->a, do_caught, 0));
}

TEST_F(job, sigterm_waits_with_the_job_and_ends_it_on_resume)
{
	int status;

	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	kill(self->pid, SIGTERM);
	EXPECT_TRUE(stays_stopped(self->pid));
	EXPECT_TRUE(ms_job_exists(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGTERM, WTERMSIG(status));
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

TEST_F(job, a_handler_of_sigcont_is_called_on_resume)
{
	ASSERT_EQ(0, actor_call(&self->a, do_catch, SIGCONT));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_EQ(1, actor_call(&self->a, do_caught, 0));
}

TEST_HARNESS_MAIN
