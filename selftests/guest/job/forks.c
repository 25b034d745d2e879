// SPDX-License-Identifier: GPL-2.0-only
/* Many forks: in a row, at once, and while the job is being suspended. */
#include "memsusp_tree.h"

#include <linux/io_uring.h>
#include <sys/syscall.h>

/* Make N children that touch some pages and end, one after the other. */
static long do_short_children(long n)
{
	int status;
	pid_t pid;

	while (n--) {
		pid = fork();
		if (!pid) {
			do_touch(50);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return -errno;
	}
	return 0;
}

/* Fork N times, each time ending the parent. Answers from the last child. */
static long do_daemon_chain(long n)
{
	while (n--)
		if (fork())
			_exit(0);
	return 0;
}

/* Make N children that wait to be killed. */
static long do_waiting_children(long n)
{
	pid_t pid;

	while (n--) {
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		if (pid < 0)
			return -errno;
	}
	return 0;
}

/* The same, but as daemons: their parents are gone at once. */
static long do_waiting_daemons(long n)
{
	int status;
	pid_t pid;

	while (n--) {
		pid = fork();
		if (!pid) {
			if (fork())
				_exit(0);
			for (;;)
				pause();
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return -errno;
	}
	return 0;
}

/*
 * Do so on one processor and before all others, so that nobody comes to fill
 * the stock meanwhile.
 */
static long storm(long (*order)(long), long n, int policy)
{
	struct sched_param first = { .sched_priority = 50 }, none = { };
	cpu_set_t cpus;
	long answer;

	CPU_ZERO(&cpus);
	CPU_SET(n & 1, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	if (sched_setscheduler(0, policy, &first))
		return -errno;
	answer = order(n);
	sched_setscheduler(0, SCHED_OTHER, &none);
	return answer;
}

static long do_storm(long n)
{
	return storm(do_waiting_children, n, SCHED_FIFO | SCHED_RESET_ON_FORK);
}

static long do_storm_of_daemons(long n)
{
	return storm(do_waiting_daemons, n, SCHED_FIFO);
}

TEST_F(job, two_hundred_short_children_leave_no_charge_behind)
{
	long long missed = ms_stat("forks_missed");

	/* What the parent copies when it first goes on beside a child. */
	ASSERT_EQ(0, actor_call(&self->a, do_short_children, 3));
	ASSERT_EQ(20, actor_call(&self->a, do_touch, 20));
	self->base = ms_charge(self->pid);
	ASSERT_EQ(0, actor_call(&self->a, do_short_children, 200));
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1));
	EXPECT_EQ(self->base, ms_charge(self->pid));
	EXPECT_EQ(missed, ms_stat("forks_missed"));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
}

TEST_F(job, survives_chains_of_daemons_with_what_the_last_one_holds)
{
	long long missed = ms_stat("forks_missed");
	long charge;
	int i;

	ASSERT_EQ(1000, actor_call(&self->a, do_touch, 1000));
	charge = ms_charge(self->pid);
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, actor_call(&self->a, do_daemon_chain, 15));
		EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1));
		/* It holds the pages that the first one touched. */
		EXPECT_GE(64, labs(charge - ms_charge(self->pid)));
	}
	ASSERT_EQ(0, actor_call(&self->a, do_free, 1000));
	EXPECT_GE(64, ms_charge(self->pid));
	EXPECT_EQ(missed, ms_stat("forks_missed"));
}

TEST_F(job, a_child_forked_while_it_is_suspended_stops_too)
{
	long long missed = ms_stat("forks_missed");
	int round;

	for (round = 1; round <= 20; round++) {
		actor_send(&self->a, do_waiting_children, 15);
		/* Sooner and later, to meet it in the middle of a fork. */
		ms_until(ms_processes(self->pid) > 15 * (round - 1) + round % 12);
		ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
		ASSERT_TRUE(ms_until_all_stopped(self->pid));
		/* And nobody goes on forking. */
		ASSERT_EQ(ms_members_in(self->pid, 'T'), ms_processes(self->pid));
		ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
		ASSERT_EQ(0, actor_answer(&self->a));
		EXPECT_EQ(1 + 15 * round, ms_processes(self->pid));
		ASSERT_TRUE(ms_until_none_stopped(self->pid));
	}
	EXPECT_EQ(20, ms_job_number(self->pid, "suspends"));
	EXPECT_EQ(missed, ms_stat("forks_missed"));
}

/* Two actors at once, one on each processor, make more children than there is stock. */
static void weather(struct __test_metadata *_metadata, struct actor *a,
		    long (*order)(long), long children)
{
	struct actor b = actor_child(a, do_fork);
	long long missed = ms_stat("forks_missed");
	long all = 2 + 2 * children + 1;

	ASSERT_LT(0, b.pid);
	actor_send(a, order, children);
	actor_send(&b, order, children + 1);
	ASSERT_EQ(0, actor_answer(a));
	ASSERT_EQ(0, actor_answer(&b));
	EXPECT_TRUE(ms_until(ms_processes(a->pid) == all));
	EXPECT_EQ(all, ms_processes(a->pid));
	TH_LOG("%lld forks found the stock empty", ms_stat("forks_missed") - missed);
	ASSERT_EQ(0, ms_write("suspend", "%d", a->pid));
	EXPECT_TRUE(ms_until_all_stopped(a->pid));
	ASSERT_EQ(0, ms_write("unregister", "%d", a->pid));
	EXPECT_EQ(7, actor_call(a, do_nothing, 7));
	EXPECT_EQ(7, actor_call(&b, do_nothing, 7));
}

TEST_F(job, all_living_children_of_a_fork_storm_are_members)
{
	weather(_metadata, &self->a, do_storm, 400);
}

TEST_F_TIMEOUT(job, all_daemons_of_a_fork_storm_are_members, 90)
{
	weather(_metadata, &self->a, do_storm_of_daemons, 400);
}

/* Make and close N rings, each with a thread of the kernel in this process. */
static long do_rings(long n)
{
	while (n--) {
		struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL };
		int ring = syscall(SYS_io_uring_setup, 1, &params);

		if (ring < 0)
			return -errno;
		close(ring);
	}
	return 0;
}

/* They end like threads that fork may be called by, but do not begin like them. */
TEST_F(job, threads_of_the_kernel_in_a_job_do_not_empty_the_stock)
{
	long missed = ms_stat("forks_missed");
	long err = actor_call_patiently(&self->a, do_rings, 1200);

	if (err)
		SKIP(return, "no io_uring: %s", strerror(-err));
	EXPECT_EQ(0, actor_call_patiently(&self->a, do_short_children, 300));
	ASSERT_EQ(0, actor_call_patiently(&self->a, do_waiting_children, 300));
	EXPECT_EQ(301, ms_processes(self->pid));
	EXPECT_EQ(missed, ms_stat("forks_missed"));
}

TEST_HARNESS_MAIN
