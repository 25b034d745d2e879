// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs that were suspended for the node's sake, and what hands, limits and signals do
 * to them.
 */
#include "memsusp_node.h"

#include <sys/stat.h>

#define LOOK_MS	700

/* All hold 300 pages; the second is the one to go, and waits while the others run. */
static bool second_waits(struct actor *a)
{
	int i;

	for (i = 0; i < NODE_JOBS; i++)
		if (actor_call(&a[i], do_grow, 300) != 300)
			return false;
	return !ms_node_write("policy", "priority") &&
	       !ms_job_write(a[1].pid, "priority", "-100") && !ms_node_leave_room(-1) &&
	       ms_until_stopped(a[1].pid, a[1].pid) && ms_job_is(a[1].pid, "reason", "node");
}

static bool others_run(struct actor *a)
{
	return ms_is_running(a[0].pid) && ms_is_running(a[2].pid) && ms_is_running(a[3].pid);
}

TEST_F(node, resume_needs_room_but_no_headroom)
{
	long charge;

	ASSERT_TRUE(second_waits(self->a));
	charge = ms_charge(self->pid[1]);
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d", self->pid[1]));
	ASSERT_EQ(0, ms_node_leave_room(charge - 1));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d", self->pid[1]));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "node"));
	EXPECT_EQ('T', ms_process_state(self->pid[1]));
	ASSERT_EQ(0, ms_node_leave_room(charge));
	EXPECT_EQ(0, ms_write("resume", "%d", self->pid[1]));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_EQ(7, actor_call(&self->a[1], do_nothing, 7));
	EXPECT_TRUE(others_run(self->a));
	EXPECT_EQ(ms_node_pages("limit"), ms_node_pages("running"));
}

TEST_F(node, resume_without_room_changes_no_limit)
{
	ASSERT_TRUE(second_waits(self->a));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d 64M", self->pid[1]));
	EXPECT_EQ(-1, ms_job_number(self->pid[1], "limit"));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "node"));
}

TEST_F(node, resume_with_force_overrides_the_nodes_limit)
{
	long long by_user = ms_stat("resumes_user");

	ASSERT_TRUE(second_waits(self->a));
	EXPECT_EQ(0, ms_write("resume", "%d force", self->pid[1]));
	EXPECT_EQ(by_user + 1, ms_stat("resumes_user"));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_EQ(7, actor_call(&self->a[1], do_nothing, 7));
	/* All run, a page above the limit, until somebody touches one more. */
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_TRUE(others_run(self->a));
	EXPECT_EQ(ms_node_pages("limit") + 1, ms_node_pages("running"));
	EXPECT_TRUE(ms_sums_are_right());
	/* Then it is not the one who was just let go. */
	EXPECT_EQ(310, actor_call(&self->a[1], do_grow, 10));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_FALSE(others_run(self->a));
}

TEST_F(node, force_does_not_override_its_own_limit)
{
	ASSERT_TRUE(second_waits(self->a));
	ASSERT_EQ(0, ms_leave_room(self->pid[1], -1));
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d force", self->pid[1]));
	EXPECT_TRUE(ms_job_is(self->pid[1], "state", "suspended"));
}

TEST_F(node, who_is_suspended_by_hand_as_well_waits_for_resume)
{
	ASSERT_TRUE(second_waits(self->a));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid[1]));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "user"));
	EXPECT_EQ(1, ms_job_number(self->pid[1], "suspends"));
	/* The node's limit holds for it nevertheless. */
	EXPECT_EQ(-EDQUOT, ms_write("resume", "%d", self->pid[1]));
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "user"));
	EXPECT_EQ(0, ms_write("resume", "%d", self->pid[1]));
	EXPECT_EQ(7, actor_call(&self->a[1], do_nothing, 7));
}

TEST_F(node, a_job_that_fits_its_limit_again_waits_for_room)
{
	ASSERT_TRUE(second_waits(self->a));
	/* The third is suspended for its own limit, and then others take its room. */
	ASSERT_EQ(0, ms_leave_room(self->pid[2], -1));
	ASSERT_TRUE(ms_is_suspended_for(self->pid[2], "limit"));
	ASSERT_EQ(0, ms_node_leave_room(0));
	ASSERT_EQ(0, ms_job_write(self->pid[2], "limit", "max"));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[2], "node"));
	EXPECT_TRUE(ms_until_stopped(self->pid[2], self->pid[2]));
	EXPECT_EQ(1, ms_job_number(self->pid[2], "suspends"));
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	EXPECT_TRUE(ms_is_running(self->pid[2]));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
}

TEST_F(node, a_job_that_waits_for_room_must_fit_its_limit)
{
	ASSERT_TRUE(second_waits(self->a));
	ASSERT_EQ(0, ms_leave_room(self->pid[1], -1));
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "limit"));
	ASSERT_EQ(0, ms_job_write(self->pid[1], "limit", "max"));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_EQ(7, actor_call(&self->a[1], do_nothing, 7));
}

TEST_F(node, continued_by_somebody_else_it_runs_and_nobody_has_to_go_for_it)
{
	long long continued = ms_stat("continued");

	ASSERT_TRUE(second_waits(self->a));
	actor_send(&self->a[1], do_nothing, 7);
	kill(self->pid[1], SIGCONT);
	EXPECT_EQ(7, actor_answer(&self->a[1]));
	EXPECT_TRUE(ms_until_state(self->pid[1], "running"));
	EXPECT_TRUE(ms_job_is(self->pid[1], "reason", "none"));
	EXPECT_EQ(continued + 1, ms_stat("continued"));
	ms_sleep(LOOK_MS);
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_TRUE(others_run(self->a));
	EXPECT_TRUE(ms_sums_are_right());
	EXPECT_EQ(ms_node_pages("limit") + 1, ms_node_pages("running"));
}

TEST_F(node, continued_by_somebody_else_it_is_no_better_than_before)
{
	ASSERT_TRUE(second_waits(self->a));
	kill(self->pid[1], SIGCONT);
	ASSERT_TRUE(ms_until_state(self->pid[1], "running"));
	/* At its next touch it is the one to go, as it was. */
	actor_send(&self->a[1], do_grow, 10);
	EXPECT_TRUE(ms_until(ms_job_number(self->pid[1], "suspends") == 2));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "node"));
	EXPECT_TRUE(others_run(self->a));
}

TEST_F(node, stopped_by_somebody_else_it_stays_so_when_there_is_room)
{
	ASSERT_TRUE(second_waits(self->a));
	kill(self->pid[1], SIGSTOP);
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
	EXPECT_TRUE(ms_stays(ms_process_state(self->pid[1]) == 'T'));
	kill(self->pid[1], SIGCONT);
	EXPECT_EQ(7, actor_call(&self->a[1], do_nothing, 7));
}

TEST_F(node, killed_while_it_waits_it_leaves_the_sums)
{
	long running;

	ASSERT_TRUE(second_waits(self->a));
	running = ms_node_pages("running");
	actor_end(&self->a[1]);
	ASSERT_TRUE(ms_until(ms_stat("jobs") == NODE_JOBS - 1));
	EXPECT_EQ(running, ms_node_pages("running"));
	EXPECT_EQ(0, ms_node_pages("suspended"));
	EXPECT_TRUE(others_run(self->a));
}

TEST_F(node, unregistered_while_it_waits_it_goes_on)
{
	ASSERT_TRUE(second_waits(self->a));
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid[1]));
	EXPECT_EQ(7, actor_call(&self->a[1], do_nothing, 7));
	EXPECT_EQ(0, ms_node_pages("suspended"));
	/* It does not count any more. */
	ASSERT_EQ(0, ms_node_leave_room(0));
	EXPECT_EQ(400, actor_call(&self->a[1], do_grow, 100));
	EXPECT_TRUE(others_run(self->a));
}

#define GROUP	"/sys/fs/cgroup/memsusp-test"

static int group_write(const char *path, const char *text)
{
	return ms_write_at(path, text, strlen(text));
}

/* A memory cgroup too small for what the first job is going to touch. */
static bool enter_group(pid_t pid)
{
	char text[32];

	group_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		return false;
	snprintf(text, sizeof(text), "%d", pid);
	group_write(GROUP "/memory.swap.max", "0");
	return !group_write(GROUP "/memory.max", "16M") &&
	       !group_write(GROUP "/cgroup.procs", text);
}

TEST_F(node, killed_for_lack_of_memory_it_leaves_room)
{
	int status;

	ASSERT_TRUE(second_waits(self->a));
	ASSERT_EQ(0, ms_node_write("headroom", "0"));
	if (!enter_group(self->pid[0])) {
		rmdir(GROUP);
		SKIP(return, "no memory cgroup");
	}
	/* The others of the node are so small that this one has to be let alone. */
	ASSERT_EQ(0, ms_node_write("min_running", "3"));
	actor_send(&self->a[0], do_grow, 32 * MIB / PAGE);
	ASSERT_EQ(self->pid[0], waitpid(self->pid[0], &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	EXPECT_TRUE(ms_until_state(self->pid[1], "running"));
	EXPECT_EQ(7, actor_call(&self->a[1], do_nothing, 7));
	EXPECT_EQ(0, ms_node_pages("suspended"));
	EXPECT_TRUE(ms_sums_are_right());
	EXPECT_TRUE(ms_until(!rmdir(GROUP)));
}

TEST_HARNESS_MAIN
