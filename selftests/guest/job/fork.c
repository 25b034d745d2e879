// SPDX-License-Identifier: GPL-2.0-only
/* Whoever a job's processes bring to life belongs to it, unless it was told not to. */
#include "memsusp_tree.h"

FIXTURE(child) {
	struct actor a, b;
	pid_t pid;
};

FIXTURE_VARIANT(child) {
	long (*how)(long argument);
	bool shares_memory;
};

FIXTURE_VARIANT_ADD(child, fork) { .how = do_fork };
FIXTURE_VARIANT_ADD(child, fork_twice) { .how = do_fork_twice };
FIXTURE_VARIANT_ADD(child, spawn) { .how = do_spawn };
FIXTURE_VARIANT_ADD(child, clone_vm) { .how = do_clone_vm, .shares_memory = true };

FIXTURE_SETUP(child)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->a = actor_ready();
	self->pid = self->a.pid;
}

FIXTURE_TEARDOWN(child)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

/* A child, with a region of its own and all that it copies copied. */
static struct actor child_of(struct actor *a, long (*how)(long argument), bool shares_memory)
{
	struct actor b = actor_child(a, how);

	if (b.pid > 0 && !shares_memory && actor_call(&b, do_reserve, 0))
		b.pid = -1;
	if (b.pid > 0 && actor_call(&b, do_touch, 1) != 1)
		b.pid = -1;
	return b;
}

TEST_F(child, is_a_member_is_charged_and_stops_with_all_at_one_limit)
{
	long long missed = ms_stat("forks_missed");
	long base;

	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	self->b = child_of(&self->a, variant->how, variant->shares_memory);
	ASSERT_LT(0, self->b.pid);
	/* Who was between them may just be leaving. */
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 2));
	base = ms_charge(self->pid);
	EXPECT_TRUE(ms_is_member(self->a.pid, self->pid));
	EXPECT_TRUE(ms_is_member(self->b.pid, self->pid));

	ASSERT_EQ(301, actor_call(&self->b, do_touch, 301));
	EXPECT_EQ(base + 300, ms_charge(self->pid));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->b, do_touch, 500);
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	EXPECT_EQ(base + 401, ms_charge(self->pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	EXPECT_EQ('T', ms_process_state(self->a.pid));
	EXPECT_EQ('T', ms_process_state(self->b.pid));

	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(500, actor_answer(&self->b));
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
	EXPECT_TRUE(ms_until_none_stopped(self->pid));

	/* The child goes, with what it touched if that was its own. */
	actor_send(&self->b, do_exit, 0);
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1));
	EXPECT_TRUE(variant->shares_memory ? ms_charge(self->pid) == base + 499 :
					     ms_charge(self->pid) <= base);
	EXPECT_EQ(missed, ms_stat("forks_missed"));
}

TEST_F(child, of_a_job_that_does_not_inherit_is_none_of_its_business)
{
	long charge;

	ASSERT_EQ(0, ms_write("register", "%d max inherit=0", self->pid));
	self->b = child_of(&self->a, variant->how, variant->shares_memory);
	ASSERT_LT(0, self->b.pid);
	EXPECT_EQ(1, ms_processes(self->pid));
	EXPECT_FALSE(ms_is_member(self->b.pid, self->pid));
	charge = ms_charge(self->pid);
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	if (!variant->shares_memory) {
		ASSERT_EQ(500, actor_call(&self->b, do_touch, 500));
		EXPECT_EQ(charge, ms_charge(self->pid));
		EXPECT_TRUE(ms_is_running(self->pid));
	}
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	EXPECT_EQ(7, actor_call(&self->b, do_nothing, 7));
	/* Its own job, if one wants; not if it runs in memory that is paid for. */
	EXPECT_EQ(variant->shares_memory ? -EEXIST : 0,
		  ms_write("register", "%d max", self->b.pid));
	EXPECT_EQ(7, actor_call(&self->b, do_nothing, 7));
}

TEST_F(child, alive_at_registration_is_no_member_but_its_later_siblings_are)
{
	struct actor later;

	self->b = child_of(&self->a, variant->how, variant->shares_memory);
	ASSERT_LT(0, self->b.pid);
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	EXPECT_EQ(1, ms_processes(self->pid));
	later = actor_child(&self->a, variant->how);
	ASSERT_LT(0, later.pid);
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 2));
	EXPECT_TRUE(ms_is_member(later.pid, self->pid));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	EXPECT_EQ('T', ms_process_state(later.pid));
	EXPECT_EQ(7, actor_call(&self->b, do_nothing, 7));
}

TEST_F(child, grandchildren_belong_to_it_as_well_and_die_with_it)
{
	struct actor c, d;

	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	self->b = child_of(&self->a, variant->how, variant->shares_memory);
	ASSERT_LT(0, self->b.pid);
	c = actor_child(&self->b, do_fork);
	d = actor_child(&c, variant->how);
	ASSERT_LT(0, d.pid);
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 4));
	EXPECT_TRUE(ms_is_member(d.pid, self->pid));
	ASSERT_EQ(0, actor_call(&d, do_reserve, 0));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&d, do_touch, 300);
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	/* Killed one by one, it is a job until the last has gone. */
	kill(self->a.pid, SIGKILL);
	kill(self->b.pid, SIGKILL);
	kill(c.pid, SIGKILL);
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1));
	kill(d.pid, SIGKILL);
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
	EXPECT_EQ(0, ms_stat("jobs"));
}

TEST_HARNESS_MAIN
