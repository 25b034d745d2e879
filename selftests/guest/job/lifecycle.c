// SPDX-License-Identifier: GPL-2.0-only
/* How jobs begin, change hands and end. */
#include "memsusp_tree.h"

static bool runs(struct actor *a)
{
	return actor_call(a, do_nothing, 7) == 7;
}

/* End an actor that is our child, and forget its pid. */
static bool end_and_reap(struct actor *a)
{
	actor_send(a, do_exit, 0);
	return waitpid(a->pid, NULL, 0) == a->pid;
}

TEST_F(job, registered_late_it_is_charged_with_what_it_holds)
{
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	ASSERT_EQ(3000, actor_call(&self->a, do_touch, 3000));
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	EXPECT_EQ(self->base + 3000, ms_charge(self->pid));
	EXPECT_EQ(ms_truth(self->pid), ms_charge(self->pid));
	/* Old pages leave the charge, and new ones count. */
	ASSERT_EQ(0, actor_call(&self->a, do_free, 2000));
	EXPECT_EQ(self->base + 1000, ms_charge(self->pid));
	ASSERT_EQ(0, ms_leave_room(self->pid, 500));
	actor_send(&self->a, do_touch, 3000);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(self->base + 1501, ms_charge(self->pid));
}

TEST_F(job, goes_on_under_its_number_when_its_root_has_ended)
{
	struct actor child;

	ASSERT_EQ(1000, actor_call(&self->a, do_touch, 1000));
	child = actor_child(&self->a, do_fork);
	ASSERT_LT(0, child.pid);
	ASSERT_TRUE(end_and_reap(&self->a));
	ASSERT_TRUE(ms_until(ms_processes(self->pid) == 1));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_TRUE(ms_is_member(child.pid, self->pid));
	/* What the child holds of its parent's pages is still there. */
	EXPECT_GE(64, labs(ms_truth(child.pid) - ms_charge(self->pid)));
	EXPECT_LE(1000, ms_charge(self->pid));

	ASSERT_EQ(1000, actor_call(&child, do_touch, 1000));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&child, do_touch, 2000);
	ASSERT_TRUE(ms_until_stopped(self->pid, child.pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(2000, actor_answer(&child));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_stopped(self->pid, child.pid));
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_TRUE(runs(&child));
	EXPECT_FALSE(ms_job_exists(self->pid));
	EXPECT_EQ(-ESRCH, ms_write("unregister", "%d", self->pid));
}

TEST_F(job, ends_with_its_last_process_and_its_files_say_so)
{
	struct actor child = actor_child(&self->a, do_fork);
	char path[128], buf[16];
	int fd;

	ASSERT_LT(0, child.pid);
	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d/state", self->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_TRUE(end_and_reap(&self->a));
	ASSERT_TRUE(ms_until(ms_processes(self->pid) == 1));
	EXPECT_LT(0, pread(fd, buf, sizeof(buf), 0));
	actor_send(&child, do_exit, 0);
	ASSERT_TRUE(ms_until(!ms_job_exists(self->pid)));
	EXPECT_EQ(-1, pread(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(ENODEV, errno);
	close(fd);
	EXPECT_EQ(0, ms_stat("jobs"));
}

TEST_F(job, a_zombie_is_no_member_and_no_process)
{
	actor_send(&self->a, do_exit, 0);
	ASSERT_TRUE(ms_until(ms_process_state(self->pid) == 'Z'));
	/* Nobody has waited for it, and the job is over all the same. */
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
	EXPECT_EQ(-ESRCH, ms_write("register", "%d max", self->pid));
	EXPECT_EQ('Z', ms_process_state(self->pid));
	EXPECT_FALSE(ms_job_exists(self->pid));
}

TEST_F(job, killed_while_suspended_it_ends)
{
	struct actor child = actor_child(&self->a, do_fork);

	ASSERT_LT(0, child.pid);
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	/* So low that it does not fit without the child either. */
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", PAGE));
	kill(child.pid, SIGKILL);
	ASSERT_TRUE(ms_until(ms_processes(self->pid) == 1));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	EXPECT_EQ('T', ms_process_state(self->pid));
	EXPECT_EQ(SIGKILL, WTERMSIG(actor_end(&self->a)));
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

TEST_F(job, fits_and_goes_on_when_one_of_its_processes_is_killed)
{
	struct actor child = actor_child(&self->a, do_fork);

	ASSERT_LT(0, child.pid);
	ASSERT_EQ(400, actor_call(&child, do_touch, 400));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d", self->pid));
	kill(child.pid, SIGKILL);
	EXPECT_EQ(200, actor_answer(&self->a));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(1, ms_job_number(self->pid, "suspends"));
}

TEST_F(job, unregistered_while_suspended_all_of_it_goes_on)
{
	struct actor child = actor_child(&self->a, do_fork);

	ASSERT_LT(0, child.pid);
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_FALSE(ms_job_exists(self->pid));
	EXPECT_EQ(200, actor_answer(&self->a));
	EXPECT_TRUE(runs(&child));
	/* And nobody counts any more. */
	EXPECT_EQ(2000, actor_call(&self->a, do_touch, 2000));
	EXPECT_EQ(-ENOENT, ms_write("unregister", "%d", self->pid));
	EXPECT_EQ(-ENOENT, ms_write("suspend", "%d", child.pid));
}

TEST_F(job, a_member_registered_by_root_leaves_with_its_charge)
{
	struct actor child = actor_child(&self->a, do_fork), older, later;
	long all, own;

	ASSERT_LT(0, child.pid);
	older = actor_child(&child, do_fork);
	ASSERT_LT(0, older.pid);
	ASSERT_EQ(500, actor_call(&child, do_touch, 500));
	ASSERT_EQ(300, actor_call(&self->a, do_touch, 300));
	all = ms_charge(self->pid);
	own = ms_process_pages(child.pid, "charge");
	EXPECT_LE(500, own);

	EXPECT_EQ(-EEXIST, ms_write("register", "%d max", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d max name=moved", child.pid));
	EXPECT_EQ(own, ms_charge(child.pid));
	/* But for the stack that its child still holds and it has copied since. */
	EXPECT_GE(8, labs(all - own - ms_charge(self->pid)));
	EXPECT_EQ(2, ms_processes(self->pid));
	EXPECT_EQ(1, ms_processes(child.pid));
	EXPECT_TRUE(ms_is_member(child.pid, child.pid));
	EXPECT_TRUE(ms_is_member(older.pid, self->pid));
	EXPECT_EQ(-EEXIST, ms_write("register", "%d max", child.pid));

	/* Its later children are its own job's, and each has its own limit. */
	later = actor_child(&child, do_fork);
	EXPECT_TRUE(ms_is_member(later.pid, child.pid));
	actor_send(&later, do_exit, 0);
	ASSERT_EQ(0, actor_call(&child, do_reap, later.pid));
	ASSERT_EQ(500, actor_call(&child, do_touch, 500));
	own = ms_charge(child.pid);
	ASSERT_EQ(0, ms_leave_room(self->pid, 10));
	ASSERT_EQ(2000, actor_call(&child, do_touch, 2000));
	EXPECT_EQ(own + 1500, ms_charge(child.pid));
	EXPECT_TRUE(ms_is_running(self->pid));
	ASSERT_EQ(0, ms_leave_room(child.pid, 10));
	actor_send(&child, do_touch, 3000);
	ASSERT_TRUE(ms_until_all_stopped(child.pid));
	EXPECT_EQ(1, ms_overshoot(child.pid));
	EXPECT_TRUE(runs(&self->a));
	EXPECT_TRUE(runs(&older));
	ASSERT_EQ(0, ms_write("unregister", "%d", child.pid));
	EXPECT_EQ(3000, actor_answer(&child));
	EXPECT_TRUE(ms_job_exists(self->pid));
}

TEST_F(job, a_member_registered_out_of_a_suspended_job_goes_on)
{
	struct actor child = actor_child(&self->a, do_fork);

	ASSERT_LT(0, child.pid);
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	ASSERT_EQ(0, ms_write("register", "%d max", child.pid));
	EXPECT_TRUE(runs(&child));
	EXPECT_TRUE(ms_is_running(child.pid));
	EXPECT_EQ('T', ms_process_state(self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "state", "suspended"));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(runs(&self->a));
}

TEST_F(job, a_member_is_no_job_by_its_own_number)
{
	struct actor child = actor_child(&self->a, do_fork);

	ASSERT_LT(0, child.pid);
	EXPECT_EQ(-ENOENT, ms_write("suspend", "%d", child.pid));
	EXPECT_EQ(-ENOENT, ms_write("resume", "%d", child.pid));
	EXPECT_EQ(-ENOENT, ms_write("unregister", "%d", child.pid));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(2, ms_processes(self->pid));
}

TEST_HARNESS_MAIN
