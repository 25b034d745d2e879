// SPDX-License-Identifier: GPL-2.0-only
/* A process that becomes another program stays registered and is charged anew. */
#include "memsusp_tree.h"

#include <pthread.h>

static void *exec_now(void *unused)
{
	do_exec(0);
	return unused;
}

/* Become this program anew, from another thread than the first. */
static long do_exec_by_a_thread(long unused)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_now, NULL))
		return -EAGAIN;
	pthread_join(thread, NULL);
	return -EIO;
}

#define TIMES_ENV	"MEMSUSP_EXEC_TIMES"

/* Become this program anew so many times more. */
static long do_exec_many(long times)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", times - 1);
	setenv(TIMES_ENV, text, 1);
	return do_exec(0);
}

/* Runs before actor_main(), which does the rest when the last has come. */
__attribute__((constructor(101)))
static void exec_again(void)
{
	const char *text = getenv(TIMES_ENV), *fds = getenv(ACTOR_ENV);
	long times = text ? atol(text) : 0;

	if (times > 0 && fds && sscanf(fds, "%d,%d", &actor_orders, &actor_answers) == 2)
		do_exec_many(times);
}

FIXTURE(exec) {
	struct actor a;
	pid_t pid;
	long before;	/* pages charged when it calls exec */
};

FIXTURE_VARIANT(exec) {
	long (*how)(long argument);
};

FIXTURE_VARIANT_ADD(exec, by_its_first_thread) { .how = do_exec };
FIXTURE_VARIANT_ADD(exec, by_another_thread) { .how = do_exec_by_a_thread };

FIXTURE_SETUP(exec)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->a = actor_ready();
	self->pid = self->a.pid;
	ASSERT_EQ(0, ms_write("register", "%d 1G name=exec priority=7", self->pid));
	ASSERT_EQ(3000, actor_call(&self->a, do_touch, 3000));
	self->before = ms_charge(self->pid);
}

FIXTURE_TEARDOWN(exec)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(exec, it_stays_registered_and_its_charge_starts_anew)
{
	ASSERT_TRUE(actor_exec(&self->a, variant->how));
	EXPECT_EQ(1, ms_processes(self->pid));
	EXPECT_TRUE(ms_is_member(self->pid, self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "name", "exec"));
	EXPECT_EQ(7, ms_job_number(self->pid, "priority"));
	EXPECT_EQ(1L << 30, ms_job_number(self->pid, "limit"));
	EXPECT_EQ(ms_truth(self->pid), ms_charge(self->pid));
	EXPECT_LT(0, ms_charge(self->pid));
	EXPECT_GT(self->before - 2900, ms_charge(self->pid));
	EXPECT_LE(self->before * PAGE, ms_job_number(self->pid, "peak"));
}

TEST_F(exec, its_limit_holds_in_the_new_program)
{
	ASSERT_TRUE(actor_exec(&self->a, variant->how));
	ASSERT_EQ(0, actor_call(&self->a, do_reserve, 0));
	ASSERT_EQ(1, actor_call(&self->a, do_touch, 1));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 300);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(300, actor_answer(&self->a));
	EXPECT_EQ(ms_truth(self->pid), ms_charge(self->pid));
}

TEST_F(exec, a_child_that_execs_stays_a_member)
{
	struct actor child = actor_child(&self->a, do_fork);

	ASSERT_LT(0, child.pid);
	ASSERT_TRUE(actor_exec(&child, variant->how));
	EXPECT_EQ(2, ms_processes(self->pid));
	EXPECT_TRUE(ms_is_member(child.pid, self->pid));
	EXPECT_GT(self->before + 200, ms_charge(self->pid));
	EXPECT_LE(self->before, ms_charge(self->pid));
	ASSERT_EQ(0, actor_call(&child, do_reserve, 0));
	ASSERT_EQ(1, actor_call(&child, do_touch, 1));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&child, do_touch, 300);
	ASSERT_TRUE(ms_until_all_stopped(self->pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	EXPECT_EQ('T', ms_process_state(self->pid));
}

TEST_F(job, suspended_and_resumed_between_a_hundred_execs)
{
	int i;

	actor_send(&self->a, do_exec_many, 100);
	for (i = 1; i <= 20; i++) {
		ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
		ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
		EXPECT_EQ(1, ms_processes(self->pid));
		EXPECT_EQ(ms_truth(self->pid), ms_charge(self->pid));
		ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
		EXPECT_TRUE(ms_until(ms_process_state(self->pid) != 'T'));
		ms_sleep(i);
	}
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
	EXPECT_EQ(ms_truth(self->pid), ms_charge(self->pid));
}

TEST_F(job, registered_and_forgotten_between_a_hundred_execs)
{
	long missing;
	int i;

	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	actor_send(&self->a, do_exec_many, 100);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
		ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
		ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
		/* The page of the fault that it was in may be missing. */
		missing = ms_truth(self->pid) - ms_charge(self->pid);
		EXPECT_LE(0, missing);
		EXPECT_GE(1, missing);
		ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
		EXPECT_TRUE(ms_until(ms_process_state(self->pid) != 'T'));
	}
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	EXPECT_EQ(ms_truth(self->pid), ms_charge(self->pid));
}

TEST_HARNESS_MAIN
