// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of processes are used again. What was known of the former one must not be
 * believed of the next.
 */
#include "memsusp_tree.h"

/* An actor with a number of our choice, which nobody has just now. */
static struct actor actor_with_pid(pid_t pid)
{
	struct actor a = { 0 };
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		char before[16];

		snprintf(before, sizeof(before), "%d", pid - 1);
		if (ms_write_at("/proc/sys/kernel/ns_last_pid", before, strlen(before)))
			break;
		a = actor_ready();
		if (a.pid == pid)
			return a;
		actor_end(&a);
	}
	a.pid = 0;
	return a;
}

static void end_and_reap(struct actor *a)
{
	actor_send(a, do_exit, 0);
	waitpid(a->pid, NULL, 0);
}

TEST_F(job, of_a_process_that_has_ended_is_not_that_of_the_next_with_its_number)
{
	struct actor next;

	ASSERT_EQ(3000, actor_call(&self->a, do_touch, 3000));
	end_and_reap(&self->a);
	next = actor_with_pid(self->pid);
	ASSERT_EQ(self->pid, next.pid);
	ASSERT_TRUE(ms_until(!ms_job_exists(self->pid)));
	EXPECT_EQ(-ENOENT, ms_write("suspend", "%d", self->pid));
	EXPECT_EQ(200, actor_call(&next, do_touch, 200));
	EXPECT_EQ(0, ms_write("register", "%d max", self->pid));
	EXPECT_EQ(ms_truth(self->pid), ms_charge(self->pid));
	EXPECT_GT(3000, ms_charge(self->pid));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
}

TEST_F(job, does_not_pay_for_a_stranger_with_the_number_of_a_member)
{
	struct actor child = actor_child(&self->a, do_fork);
	struct actor stranger;
	long charge;

	ASSERT_LT(0, child.pid);
	actor_send(&child, do_exit, 0);
	ASSERT_TRUE(ms_until(ms_processes(self->pid) == 1));
	ASSERT_EQ(0, actor_call(&self->a, do_reap, child.pid));
	stranger = actor_with_pid(child.pid);
	ASSERT_EQ(child.pid, stranger.pid);
	EXPECT_FALSE(ms_is_member(stranger.pid, self->pid));
	charge = ms_charge(self->pid);
	EXPECT_EQ(2000, actor_call(&stranger, do_touch, 2000));
	EXPECT_EQ(charge, ms_charge(self->pid));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(7, actor_call(&stranger, do_nothing, 7));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
}

TEST_F(job, without_its_root_keeps_its_number_and_leaves_the_next_alone)
{
	struct actor child = actor_child(&self->a, do_fork);
	struct actor next;

	ASSERT_LT(0, child.pid);
	end_and_reap(&self->a);
	ASSERT_TRUE(ms_until(ms_processes(self->pid) == 1));
	next = actor_with_pid(self->pid);
	ASSERT_EQ(self->pid, next.pid);
	EXPECT_FALSE(ms_is_member(next.pid, self->pid));
	/* The number is the job's as long as it lives. */
	EXPECT_EQ(-EEXIST, ms_write("register", "%d max", next.pid));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_stopped(self->pid, child.pid));
	EXPECT_EQ(7, actor_call(&next, do_nothing, 7));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	actor_send(&child, do_exit, 0);
	ASSERT_TRUE(ms_until(!ms_job_exists(self->pid)));
	EXPECT_EQ(0, ms_write("register", "%d max", next.pid));
	EXPECT_EQ(ms_truth(next.pid), ms_charge(next.pid));
}

TEST_HARNESS_MAIN
