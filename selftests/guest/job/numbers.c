// SPDX-License-Identifier: GPL-2.0-only
/* Numbers that are used again, and numbers in another pid namespace. */
#include "memsusp_tree.h"

static bool runs(struct actor *a)
{
	return actor_call(a, do_nothing, 7) == 7;
}

/* An actor that is no job's, to be the parent of others. */
static struct actor stranger(void)
{
	return actor_ready();
}

TEST_F(job, a_process_with_a_dead_members_pid_is_no_member)
{
	struct actor child = actor_child(&self->a, do_fork);
	struct actor other = stranger(), again;
	long charge;

	ASSERT_LT(0, child.pid);
	actor_send(&child, do_exit, 0);
	ASSERT_EQ(0, actor_call(&self->a, do_reap, child.pid));
	again = actor_child_as(&other, do_fork_as, child.pid);
	ASSERT_EQ(child.pid, again.pid);
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1));
	EXPECT_FALSE(ms_is_member(again.pid, self->pid));
	charge = ms_charge(self->pid);
	ASSERT_EQ(0, ms_leave_room(self->pid, 10));
	EXPECT_EQ(500, actor_call(&again, do_touch, 500));
	EXPECT_EQ(charge, ms_charge(self->pid));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	EXPECT_TRUE(runs(&again));
	EXPECT_EQ(-ENOENT, ms_write("suspend", "%d", again.pid));
}

TEST_F(job, a_number_is_the_jobs_as_long_as_it_lives)
{
	struct actor child = actor_child(&self->a, do_fork);
	struct actor other = stranger(), again;

	ASSERT_LT(0, child.pid);
	actor_send(&self->a, do_exit, 0);
	ASSERT_EQ(self->pid, waitpid(self->pid, NULL, 0));
	again = actor_child_as(&other, do_fork_as, self->pid);
	ASSERT_EQ(self->pid, again.pid);
	/* The number means the job, not the new process. */
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_TRUE(ms_until_stopped(self->pid, child.pid));
	EXPECT_TRUE(runs(&again));
	EXPECT_EQ(-EEXIST, ms_write("register", "%d max", again.pid));
	EXPECT_EQ(1, ms_processes(self->pid));
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_TRUE(runs(&child));
	/* From now on it is the new one's. */
	ASSERT_EQ(0, ms_write("register", "%d max", again.pid));
	EXPECT_TRUE(ms_is_member(again.pid, self->pid));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
	EXPECT_FALSE(ms_is_member(child.pid, self->pid));
	ASSERT_EQ(1, actor_call(&again, do_touch, 1));
	ASSERT_EQ(0, ms_leave_room(self->pid, 10));
	actor_send(&again, do_touch, 100);
	EXPECT_TRUE(ms_until_stopped(self->pid, again.pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
}

TEST_F(job, a_number_is_free_at_once_when_its_job_has_ended)
{
	struct actor other = stranger(), again;
	int i;

	for (i = 0; i < 20; i++) {
		/* Its end and the next one's beginning may meet in the module. */
		if (i) {
			actor_send(&again, do_exit, 0);
			ASSERT_EQ(0, actor_call(&other, do_reap, self->pid));
		} else {
			actor_end(&self->a);
		}
		again = actor_child_as(&other, do_fork_as, self->pid);
		ASSERT_EQ(self->pid, again.pid);
		ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
		ASSERT_EQ(1, ms_processes(self->pid));
		EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
		ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
		ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
		ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	}
}

/* Its children are in a new pid namespace. */
static long do_unshare_pids(long unused)
{
	return unshare(CLONE_NEWPID) ? -errno : 0;
}

static long do_register(long pid)
{
	return ms_write("register", "%ld max", pid);
}

static long do_suspend(long pid)
{
	return ms_write("suspend", "%ld", pid);
}

static long do_resume(long pid)
{
	return ms_write("resume", "%ld", pid);
}

static long do_unregister(long pid)
{
	return ms_write("unregister", "%ld", pid);
}

static long do_read_pid(long dir)
{
	return ms_job_number(dir, "pid");
}

static long do_read_limit(long dir)
{
	return ms_job_number(dir, "limit");
}

static long do_read_charge(long dir)
{
	return ms_job_number(dir, "charge");
}

static long do_lower(long dir)
{
	return ms_job_write(dir, "limit", "1G");
}

/* How many processes a job has that we see under this number. */
static long do_processes(long pid)
{
	return ms_processes(pid);
}

static long do_jobs_seen(long unused)
{
	FILE *f = fopen(MEMSUSP_PROC "/jobs", "re");
	char line[1024];
	long n = 0;

	while (f && fgets(line, sizeof(line), f))
		n++;
	if (f)
		fclose(f);
	return n;
}

/* The only child of an actor whose own numbers are not ours. */
static struct actor only_child(struct actor *parent)
{
	long answer = actor_call(parent, do_fork, 0);

	if (answer < 0)
		return (struct actor){ .pid = -1 };
	return actor_attach(ms_child_of(parent->pid), answer);
}

/* Two actors in a pid namespace of their own, in which they are 1 and 2. */
static bool contained(struct actor *first, struct actor *second)
{
	struct actor other = stranger();

	if (actor_call(&other, do_unshare_pids, 0))
		return false;
	*first = actor_child(&other, do_fork);
	if (first->pid <= 0)
		return false;
	*second = only_child(first);
	return second->pid > 0;
}

TEST_F(job, numbers_are_those_of_the_writers_and_readers_pid_namespace)
{
	struct actor first, second;

	ASSERT_TRUE(contained(&first, &second));
	ASSERT_EQ(0, actor_call(&first, do_register, 2));
	EXPECT_TRUE(ms_is_member(second.pid, second.pid));
	EXPECT_EQ(-ENOENT, actor_call(&first, do_suspend, 1));
	EXPECT_EQ(1, actor_call(&first, do_processes, 2));
	/* The other job is not theirs to see, nor to touch. */
	EXPECT_EQ(1, actor_call(&first, do_jobs_seen, 0));
	EXPECT_EQ(-ESRCH, actor_call(&first, do_suspend, self->pid));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(2, do_jobs_seen(0));

	ASSERT_EQ(0, actor_call(&first, do_suspend, 2));
	ASSERT_TRUE(ms_until_stopped(second.pid, second.pid));
	ASSERT_EQ(0, actor_call(&first, do_resume, 2));
	EXPECT_TRUE(runs(&second));
	ASSERT_EQ(0, actor_call(&first, do_unregister, 2));
	EXPECT_FALSE(ms_job_exists(second.pid));
	/* Its process 1 is no more than a process. */
	ASSERT_EQ(0, actor_call(&first, do_register, 1));
	EXPECT_TRUE(ms_is_member(first.pid, first.pid));
}

TEST_F(job, directories_have_initial_numbers_and_are_open_to_who_sees_the_job)
{
	struct actor first, second;

	ASSERT_TRUE(contained(&first, &second));
	ASSERT_EQ(0, actor_call(&first, do_register, 2));

	EXPECT_EQ(second.pid, ms_job_number(second.pid, "pid"));
	EXPECT_EQ(2, actor_call(&first, do_read_pid, second.pid));
	EXPECT_EQ(-1, actor_call(&first, do_read_limit, second.pid));
	EXPECT_LT(0, actor_call(&first, do_read_charge, second.pid));
	EXPECT_EQ(0, actor_call(&first, do_lower, second.pid));
	EXPECT_EQ(1 << 30, ms_job_number(second.pid, "limit"));

	EXPECT_EQ(-ESRCH, actor_call(&first, do_read_pid, self->pid));
	EXPECT_EQ(-ESRCH, actor_call(&first, do_read_limit, self->pid));
	EXPECT_EQ(-ESRCH, actor_call(&first, do_read_charge, self->pid));
	EXPECT_EQ(-ESRCH, actor_call(&first, do_lower, self->pid));
	EXPECT_EQ(-1, ms_job_number(self->pid, "limit"));
}

TEST_F(job, of_two_with_one_number_there_the_one_whose_root_lives_is_meant)
{
	struct actor first, second, third, again;
	long answer;

	ASSERT_TRUE(contained(&first, &second));
	ASSERT_EQ(0, actor_call(&first, do_register, 2));
	third = only_child(&second);
	ASSERT_LT(0, third.pid);
	/* Its root gone, the job still has its number there. */
	actor_send(&second, do_exit, 0);
	ASSERT_EQ(0, actor_call(&first, do_reap, 2));
	EXPECT_EQ(2, actor_call(&first, do_read_pid, second.pid));
	ASSERT_EQ(0, actor_call(&first, do_suspend, 2));
	ASSERT_TRUE(ms_until_stopped(second.pid, third.pid));
	ASSERT_EQ(0, actor_call(&first, do_resume, 2));
	/* The first child of the first is the orphan now, the second is the new one. */
	answer = actor_call(&first, do_fork_as, 2);
	ASSERT_LT(0, answer);
	again = actor_attach(ms_next_child_of(first.pid, third.pid), answer);
	ASSERT_LT(0, again.pid);
	ASSERT_NE(third.pid, again.pid);
	/* Until the number means another job. */
	ASSERT_EQ(0, actor_call(&first, do_suspend, 2));
	ASSERT_TRUE(ms_until_stopped(second.pid, third.pid));
	ASSERT_EQ(0, actor_call(&first, do_resume, 2));
	ASSERT_EQ(0, actor_call(&first, do_register, 2));
	EXPECT_EQ(2, actor_call(&first, do_read_pid, again.pid));
	EXPECT_EQ(0, actor_call(&first, do_read_pid, second.pid));
	ASSERT_EQ(0, actor_call(&first, do_suspend, 2));
	EXPECT_TRUE(ms_until_stopped(again.pid, again.pid));
	EXPECT_TRUE(runs(&third));
	EXPECT_TRUE(ms_is_running(second.pid));
	ASSERT_EQ(0, actor_call(&first, do_resume, 2));
	ASSERT_EQ(0, actor_call(&first, do_unregister, 2));
	EXPECT_FALSE(ms_job_exists(again.pid));
	EXPECT_TRUE(ms_job_exists(second.pid));
	/* And then the other once more. */
	ASSERT_EQ(0, actor_call(&first, do_unregister, 2));
	EXPECT_FALSE(ms_job_exists(second.pid));
}

TEST_HARNESS_MAIN
