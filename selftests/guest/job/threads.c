// SPDX-License-Identifier: GPL-2.0-only
/* Several threads, and a vfork child, in one address space. */
#include "memsusp_tree.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/syscall.h>

#define THREADS	8

static pthread_barrier_t barrier;
static long pages_each;

static void *touch_my_part(void *my_number)
{
	char *part = region + (long)my_number * pages_each * PAGE;
	long i;

	pthread_barrier_wait(&barrier);
	for (i = 0; i < pages_each; i++)
		*(volatile char *)(part + i * PAGE) = 1;
	/* Who is done stays, so that there are eight until the end. */
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* Touch the first N pages, in eight threads at once. */
static long do_touch_in_threads(long pages)
{
	pthread_t threads[THREADS];
	long i;

	pages_each = pages / THREADS;
	if (pthread_barrier_init(&barrier, NULL, THREADS))
		return -errno;
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, touch_my_part, (void *)i))
			return -EAGAIN;
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return pages;
}

static void *loop_on(void *unused)
{
	actor_loop(actor_orders, actor_answers);
	return unused;
}

/* Let another thread take the orders, and end the first one. */
static long do_leave_to_a_thread(long unused)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, loop_on, NULL))
		return -EAGAIN;
	return syscall(SYS_exit, 0);
}

/* Touch the first N pages in a child that borrows our memory until it exits. */
static long do_touch_in_vfork(long pages)
{
	int status;
	pid_t pid = vfork();

	if (!pid) {
		do_touch(pages);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -errno;
}

/* How many threads of a process are in a state of /proc/PID/stat. */
static int threads_in(pid_t pid, char state)
{
	struct dirent *entry;
	char path[64];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		n += atoi(entry->d_name) && ms_process_state(atoi(entry->d_name)) == state;
	if (dir)
		closedir(dir);
	return n;
}

TEST_F(job, eight_threads_stop_at_most_eight_pages_past_the_limit)
{
	long worst = 0, i;

	/* Stacks and the like, once and for all. */
	ASSERT_EQ(THREADS, actor_call(&self->a, do_touch_in_threads, THREADS));
	for (i = 0; i < 25; i++) {
		long past, limit = ms_charge(self->pid) + 800 + i;

		ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", limit * PAGE));
		actor_send(&self->a, do_touch_in_threads, 4000);
		ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
		EXPECT_TRUE(ms_until(threads_in(self->pid, 'T') == THREADS + 1));
		past = ms_charge(self->pid) - limit;
		if (worst < past)
			worst = past;
		EXPECT_LE(1, past);
		EXPECT_EQ(past, ms_overshoot(self->pid));
		EXPECT_GE(64, labs(ms_truth(self->pid) - ms_charge(self->pid)));
		ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
		ASSERT_EQ(4000, actor_answer(&self->a));
		ASSERT_EQ(0, actor_call(&self->a, do_free, 4000));
	}
	EXPECT_GE(THREADS, worst);
}

TEST_F(job, threads_come_and_go_uncounted_and_their_stacks_do_not)
{
	ASSERT_EQ(800, actor_call(&self->a, do_touch_in_threads, 800));
	EXPECT_EQ(1, ms_processes(self->pid));
	EXPECT_LE(self->base + 800, ms_charge(self->pid));
	EXPECT_EQ(ms_truth(self->pid), ms_charge(self->pid));
}

TEST_F(job, goes_on_when_its_first_thread_has_ended)
{
	actor_send(&self->a, do_leave_to_a_thread, 0);
	ASSERT_EQ(7, actor_call(&self->a, do_nothing, 7));
	ASSERT_TRUE(ms_until(ms_process_state(self->pid) == 'Z'));
	EXPECT_EQ(1, ms_processes(self->pid));
	ASSERT_EQ(1, actor_call(&self->a, do_touch, 1));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_state(self->pid, "suspended"));
	EXPECT_TRUE(ms_until(threads_in(self->pid, 'T') == 1));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(200, actor_answer(&self->a));
	/* Its last thread ends it. */
	actor_send(&self->a, do_exit, 0);
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

TEST_F(job, registered_after_its_first_thread_has_ended)
{
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	actor_send(&self->a, do_leave_to_a_thread, 0);
	ASSERT_EQ(7, actor_call(&self->a, do_nothing, 7));
	ASSERT_TRUE(ms_until(ms_process_state(self->pid) == 'Z'));
	ASSERT_EQ(1, actor_call(&self->a, do_touch, 1));
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	EXPECT_LT(0, ms_charge(self->pid));
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_state(self->pid, "suspended"));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_EQ(200, actor_answer(&self->a));
}

TEST_F(job, a_vfork_child_is_a_member_and_touches_at_its_parents_cost)
{
	ASSERT_EQ(0, actor_call(&self->a, do_touch_in_vfork, 1));
	self->base = ms_charge(self->pid);
	ASSERT_EQ(0, actor_call(&self->a, do_touch_in_vfork, 301));
	EXPECT_EQ(self->base + 300, ms_charge(self->pid));
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1));

	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch_in_vfork, 500);
	ASSERT_TRUE(ms_until_state(self->pid, "suspended"));
	EXPECT_EQ(2, ms_processes(self->pid));
	/* The parent waits in the kernel for the child, which has stopped. */
	EXPECT_TRUE(ms_until(ms_members_in(self->pid, 'T') == 1));
	EXPECT_EQ(self->base + 401, ms_charge(self->pid));
	EXPECT_EQ(1, ms_overshoot(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(0, actor_answer(&self->a));
	EXPECT_EQ(self->base + 499, ms_charge(self->pid));
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1));
}

TEST_HARNESS_MAIN
