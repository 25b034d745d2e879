// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge of a job whose processes share memory by fork. Each page counts
 * once for the job, whoever touched it first, for as long as one of them holds
 * it, and a copy that was made on a write counts as well, whoever wrote.
 */
#include "charge_family.h"

#include <pthread.h>

/* All with the N pages after the region's first N. Read: that is the zero page. */
static long do_read_second(long unused)
{
	long i;

	for (i = 0; i < N; i++)
		(void)*(volatile char *)(region + (N + i) * PAGE);
	return 0;
}

static long do_touch_second(long unused)
{
	long i;

	for (i = 0; i < N; i++)
		region[(N + i) * PAGE] = 1;
	return 0;
}

static long do_free_second(long unused)
{
	return madvise(region + N * PAGE, N * PAGE, MADV_DONTNEED) ? -errno : 0;
}

TEST_F(job, a_child_is_not_charged_for_what_it_shares)
{
	struct actor child;
	long alone;

	family_start(_metadata, &self->a, &self->base);
	alone = charged_pages(self->pid);
	child = actor_child(&self->a, do_fork);
	EXPECT_FAMILY(&self->a, &child);
	/* Both need some stack and data of their own to go on. */
	EXPECT_LT(charged_pages(self->pid), alone + 40);
	EXPECT_EQ(0, actor_call(&child, do_read, N) * 0);
	EXPECT_FAMILY(&self->a, &child);
	family_end(&child, &self->a);
	EXPECT_FAMILY(&self->a);
}

TEST_F(job, a_child_pays_for_what_it_writes)
{
	struct actor child;
	long before;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	before = charged_pages(self->pid);
	actor_call(&child, do_touch, 400);
	EXPECT_ABOUT(before + 400);
	EXPECT_FAMILY(&self->a, &child);
	actor_call(&child, do_touch, N);
	EXPECT_ABOUT(before + N);
	/* Nobody shares these with the parent any more: it writes to its own. */
	actor_call(&self->a, do_touch, N);
	EXPECT_ABOUT(before + N);
	actor_call(&child, do_touch, 2 * N);
	EXPECT_ABOUT(before + 2 * N);
	EXPECT_FAMILY(&self->a, &child);
	family_end(&child, &self->a);
	EXPECT_FAMILY(&self->a);
}

TEST_F(job, a_parent_that_writes_first_leaves_the_old_pages_to_the_child)
{
	struct actor child;
	long before;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	before = charged_pages(self->pid);
	actor_call(&self->a, do_touch, N);
	EXPECT_ABOUT(before + N);
	EXPECT_FAMILY(&self->a, &child);
	/* It is the only one that has them. */
	actor_call(&child, do_touch, N);
	EXPECT_ABOUT(before + N);
	EXPECT_FAMILY(&self->a, &child);
	family_end(&child, &self->a);
	EXPECT_FAMILY(&self->a);
}

TEST_F(job, parent_and_child_write_first_here_and_there)
{
	struct actor child;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	actor_call(&child, do_touch, 400);
	actor_call(&self->a, do_touch, 700);
	EXPECT_FAMILY(&self->a, &child);
	actor_call(&child, do_touch, N);
	EXPECT_FAMILY(&self->a, &child);
	family_end(&self->a, NULL);
	EXPECT_FAMILY(&child);
}

TEST_F(job, writing_to_the_zero_page_is_no_copy_of_what_is_shared)
{
	struct actor child;
	long before;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	before = charged_pages(self->pid);
	actor_call(&self->a, do_read_second, 0);
	EXPECT_ABOUT(before);
	actor_call(&self->a, do_touch_second, 0);
	EXPECT_ABOUT(before + N);
	EXPECT_FAMILY(&self->a, &child);
	actor_call(&child, do_read_second, 0);
	actor_call(&child, do_touch_second, 0);
	EXPECT_ABOUT(before + 2 * N);
	EXPECT_FAMILY(&self->a, &child);
}

TEST_F(job, what_a_parent_takes_and_gives_back_after_fork_leaves_nothing)
{
	struct actor child;
	long before;
	int i;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	before = charged_pages(self->pid);
	/* Repeatedly, so that it would add up. */
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, actor_call(&self->a, do_touch_second, 0));
		EXPECT_LE(before + N, charged_pages(self->pid));
		EXPECT_FAMILY(&self->a, &child);
		EXPECT_EQ(0, actor_call(&self->a, do_free_second, 0));
		EXPECT_FAMILY(&self->a, &child);
	}
}

TEST_F(job, what_a_parent_gives_back_stays_while_a_child_holds_it)
{
	struct actor child;
	long before;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	before = charged_pages(self->pid);
	EXPECT_EQ(0, actor_call(&self->a, do_free, N / 2));
	EXPECT_ABOUT(before);
	EXPECT_FAMILY(&self->a, &child);
	/* Then it goes, but for a doubt: is what they still share among it? */
	EXPECT_EQ(0, actor_call(&child, do_free, N));
	EXPECT_LE(before - N / 2 - FORK_DOUBT, charged_pages(self->pid));
	EXPECT_GE(before - N / 2 + 40, charged_pages(self->pid));
}

TEST_F(job, what_a_parent_touched_stays_when_it_calls_exec)
{
	struct actor child;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	ASSERT_TRUE(actor_exec(&self->a, do_exec));
	EXPECT_FAMILY(&self->a, &child);
	EXPECT_GT(charged_pages(self->pid), self->base + N);
	family_end(&child, &self->a);
	EXPECT_FAMILY(&self->a);
	EXPECT_LT(charged_pages(self->pid), self->base + N / 2);
}

TEST_F(job, a_child_that_calls_exec_has_only_its_own)
{
	struct actor child;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	actor_call(&child, do_touch, N);
	EXPECT_FAMILY(&self->a, &child);
	ASSERT_TRUE(actor_exec(&child, do_exec));
	EXPECT_FAMILY(&self->a, &child);
	EXPECT_LT(charged_pages(self->pid), self->base + N + N / 2);
	ASSERT_EQ(0, actor_call(&child, do_reserve, 0));
	actor_call(&child, do_touch, N);
	EXPECT_FAMILY(&self->a, &child);
}

static void *exec_thread(void *unused)
{
	do_exec(0);
	_exit(127);
}

static long do_exec_by_thread(long unused)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_thread, NULL);
	return pthread_join(thread, NULL);
}

TEST_F(job, exec_by_a_thread_leaves_only_the_new_memory)
{
	family_start(_metadata, &self->a, &self->base);
	ASSERT_TRUE(actor_exec(&self->a, do_exec_by_thread));
	EXPECT_FAMILY(&self->a);
	EXPECT_LT(charged_pages(self->pid), self->base + N / 2);
	ASSERT_EQ(0, actor_call(&self->a, do_reserve, 0));
	actor_call(&self->a, do_touch, N);
	EXPECT_FAMILY(&self->a);
}

TEST_F(job, a_spawned_child_has_only_its_own)
{
	struct actor child;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_spawn);
	ASSERT_GT(child.pid, 0);
	EXPECT_FAMILY(&self->a, &child);
	EXPECT_LT(charged_pages(self->pid), self->base + N + N / 2);
	family_end(&child, &self->a);
	EXPECT_FAMILY(&self->a);
}

static long do_vfork_touch(long pages)
{
	pid_t pid = vfork();
	int status;

	if (!pid) {
		do_touch(pages);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -errno;
}

TEST_F(job, what_a_vfork_child_touches_stays_with_its_parent)
{
	family_start(_metadata, &self->a, &self->base);
	EXPECT_EQ(0, actor_call(&self->a, do_vfork_touch, 2 * N));
	EXPECT_FAMILY(&self->a);
	EXPECT_GE(charged_pages(self->pid), self->base + 2 * N);
}

TEST_F(job, memory_shared_with_clone_vm_counts_once_until_the_last_is_gone)
{
	struct actor child;
	long before;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_clone_vm);
	ASSERT_GT(child.pid, 0);
	EXPECT_FAMILY(&self->a, &child);
	before = charged_pages(self->pid);
	actor_call(&child, do_touch, 2 * N);
	EXPECT_ABOUT(before + N);
	actor_call(&self->a, do_touch, 2 * N);
	EXPECT_ABOUT(before + N);
	EXPECT_FAMILY(&self->a, &child);
	family_end(&self->a, NULL);
	EXPECT_FAMILY(&child);
	EXPECT_ABOUT(before + N);
	family_end(&child, NULL);
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

TEST_F(job, what_the_root_touched_stays_while_a_daemon_holds_it)
{
	struct actor daemon;

	family_start(_metadata, &self->a, &self->base);
	daemon = actor_child(&self->a, do_fork_twice);
	ASSERT_GT(daemon.pid, 0);
	EXPECT_FAMILY_LESS(1, &self->a, &daemon);
	family_end(&self->a, NULL);
	EXPECT_FAMILY(&daemon);
	EXPECT_GE(charged_pages(self->pid), self->base + N);
	actor_call(&daemon, do_touch, 2 * N);
	EXPECT_FAMILY(&daemon);
	EXPECT_EQ(0, actor_call(&daemon, do_free, 2 * N));
	EXPECT_FAMILY(&daemon);
	EXPECT_LE(charged_pages(self->pid), self->base + 40);
}

TEST_HARNESS_MAIN
