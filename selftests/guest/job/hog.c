// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real-time program that never sleeps has a processor for itself; decisions go on
 * nevertheless, on another one.
 */
#include "memsusp_node.h"
#include "memsusp_realtime.h"

#include <sys/sysinfo.h>

static long do_pin(long cpu)
{
	return pin(0, cpu) ? 0 : -errno;
}

static long do_unpin(long unused)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/*
 * Has processor 0 for itself from now on, and has the governor called there once, by
 * continuing @pid.
 */
static void hog(pid_t pid)
{
	struct sched_param highest = { .sched_priority = 99 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!pin(0, 0) || sched_setscheduler(0, SCHED_FIFO, &highest))
		_exit(1);
	kill(pid, SIGCONT);
	for (;;)
		;
}

#define SPARE	6

FIXTURE(hog) {
	struct actor a, other, theirs;
	struct actor spare[SPARE];
	pid_t hog;
	struct share share;
};

FIXTURE_SETUP(hog)
{
	int i;

	if (get_nprocs() < 2)
		SKIP(return, "needs two processors");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	/* We must be able to act, and to put all back as it was. */
	ASSERT_TRUE(pin(0, 1));
	self->share = share_take();
	self->a = actor_ready();
	self->other = actor_ready();
	self->theirs = actor_ready();
	/* Later, exec might wait for what the hog keeps from running. */
	for (i = 0; i < SPARE; i++)
		self->spare[i] = actor_ready();
	ASSERT_EQ(0, ms_write("register", "%d max", self->a.pid));
	ASSERT_EQ(0, ms_write("register", "%d max", self->other.pid));
	ASSERT_EQ(0, ms_write("register", "%d max", self->theirs.pid));
	/* This one may go where it likes, but has been on the hog's processor. */
	ASSERT_EQ(0, actor_call(&self->other, do_pin, 0));
	ASSERT_EQ(10, actor_call(&self->other, do_grow, 10));
	ASSERT_EQ(0, actor_call(&self->other, do_unpin, 0));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->theirs.pid));
	ASSERT_TRUE(ms_until_stopped(self->theirs.pid, self->theirs.pid));
	self->hog = fork();
	if (!self->hog)
		hog(self->theirs.pid);
	/* It has begun when that goes on, and so has the governor once more. */
	ASSERT_TRUE(ms_until(ms_process_state(self->theirs.pid) == 'S'));
}

FIXTURE_TEARDOWN(hog)
{
	kill(self->hog, SIGKILL);
	ms_end_all();
	share_give_back(&self->share);
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(hog, who_was_continued_from_its_processor_is_running)
{
	EXPECT_TRUE(ms_until_state(self->theirs.pid, "running"));
	EXPECT_EQ(7, actor_call(&self->theirs, do_nothing, 7));
}

/* Ten times to its limit, and on. */
static bool is_held_to_its_limit(struct actor *a)
{
	int i;

	for (i = 1; i <= 10; i++) {
		if (ms_leave_room(a->pid, 100))
			return false;
		actor_send(a, do_grow, 101);
		if (!ms_until_stopped(a->pid, a->pid) || ms_overshoot(a->pid) != 1 ||
		    ms_job_number(a->pid, "suspends") != i)
			return false;
		if (ms_write("resume", "%d max", a->pid) || actor_answer(a) < 0)
			return false;
	}
	return true;
}

TEST_F(hog, jobs_on_another_processor_are_held_to_their_limits)
{
	EXPECT_TRUE(is_held_to_its_limit(&self->a));
}

TEST_F(hog, so_is_one_that_has_run_on_its_processor)
{
	EXPECT_TRUE(is_held_to_its_limit(&self->other));
}

TEST_F(hog, jobs_come_and_go)
{
	struct actor *a;
	int i;

	for (i = 0; i < SPARE; i++) {
		a = &self->spare[i];
		ASSERT_EQ(0, ms_write("register", "%d max", a->pid));
		ASSERT_EQ(0, ms_write("suspend", "%d", a->pid));
		ASSERT_TRUE(ms_until_stopped(a->pid, a->pid));
		ASSERT_EQ(0, i % 2 ? ms_write("unregister", "%d", a->pid) :
				     kill(a->pid, SIGKILL));
		ASSERT_TRUE(ms_until(!ms_job_exists(a->pid)));
	}
}

TEST_F(hog, who_waits_for_the_node_is_resumed_when_others_have_shrunk)
{
	ASSERT_LT(0, actor_call(&self->a, do_grow, 3000));
	ASSERT_LT(0, actor_call(&self->other, do_grow, 4000));
	ASSERT_EQ(0, ms_node_leave_room(100));
	actor_send(&self->other, do_grow, 101);
	ASSERT_TRUE(ms_until(ms_is_suspended_for(self->other.pid, "node")));
	/* Nobody tells memsusp of it. */
	ASSERT_EQ(0, actor_call(&self->a, do_shrink, 3000));
	EXPECT_TRUE(ms_until_state(self->other.pid, "running"));
	EXPECT_LT(0, actor_answer(&self->other));
}

/*
 * Who reads on the processor of one that uses it for longer than a survey is kept. What
 * he has asked for is there when he runs again, though nobody else reads.
 */

FIXTURE(reader) {
	struct share share;
	volatile long *times;	/* that he has read */
};

static void read_on(volatile long *times)
{
	char buf[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!pin(0, 0))
		_exit(1);
	while (!ms_read_at(MEMSUSP_PROC "/stat", buf, sizeof(buf)))
		(*times)++;
	_exit(1);
}

FIXTURE_SETUP(reader)
{
	if (get_nprocs() < 2)
		SKIP(return, "needs two processors");
	ASSERT_TRUE(pin(0, 1));
	self->share = share_take();
	self->times = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			   -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->times);
	if (!fork())
		read_on(self->times);
}

FIXTURE_TEARDOWN(reader)
{
	share_give_back(&self->share);
	ms_end_all();
}

static void use_processor_for(long ms)
{
	struct sched_param highest = { .sched_priority = 99 };
	long end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!pin(0, 0) || sched_setscheduler(0, SCHED_FIFO, &highest))
		_exit(1);
	for (end = ms_now() + ms; ms_now() < end;)
		;
	_exit(0);
}

TEST_F(reader, goes_on_when_it_has_its_processor_again)
{
	int round, status;
	long before = 0;
	pid_t hog;

	for (round = 0; round < 5; round++) {
		ASSERT_TRUE(ms_until(*self->times > before + 10));
		hog = fork();
		if (!hog)
			use_processor_for(2500);
		ASSERT_EQ(hog, waitpid(hog, &status, 0));
		ASSERT_EQ(0, status);
		before = *self->times;
	}
	EXPECT_TRUE(ms_until(*self->times > before + 10));
}

TEST_HARNESS_MAIN
