// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge of a process whose threads touch memory at the same time. At rest
 * it is exact, also while the threads live: kernels before 6.2 let each thread
 * keep some of its counts to itself, which memsusp has to add.
 */
#include "charge_family.h"

#include <pthread.h>

#define THREADS		8
#define PART		777L	/* no multiple of 64, which is when threads settle up */

static pthread_t threads[THREADS];
static pthread_barrier_t begin, done, leave;
static long (*work)(long thread);

static void *thread_main(void *thread)
{
	pthread_barrier_wait(&begin);
	work((long)thread);
	pthread_barrier_wait(&done);
	pthread_barrier_wait(&leave);
	return NULL;
}

static long start_threads(long (*function)(long))
{
	long i;

	work = function;
	pthread_barrier_init(&begin, NULL, THREADS + 1);
	pthread_barrier_init(&done, NULL, THREADS + 1);
	pthread_barrier_init(&leave, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, thread_main, (void *)i))
			return -EAGAIN;
	pthread_barrier_wait(&begin);
	return 0;
}

/* Have all do it; they have done when this answers, and wait. */
static long run_threads(long (*function)(long))
{
	long err = start_threads(function);

	if (!err)
		pthread_barrier_wait(&done);
	return err;
}

static long do_end_threads(long unused)
{
	long i;

	pthread_barrier_wait(&leave);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static long touch_part(long thread)
{
	long i;

	for (i = thread * PART; i < (thread + 1) * PART; i++)
		region[i * PAGE] = 1;
	return 0;
}

/* All of them the same pages: each is touched once, whoever wins. */
static long touch_same(long thread)
{
	return do_touch(PART);
}

/* Some touch and some give back, the same pages, for a while. */
static long struggle(long thread)
{
	long i;

	for (i = 0; i < 20; i++) {
		do_touch(PART);
		if (thread % 2)
			do_free(PART / (i + 1));
	}
	return 0;
}

static long do_touch_parts(long unused)
{
	return run_threads(touch_part);
}

static long do_touch_same(long unused)
{
	return run_threads(touch_same);
}

static long do_struggle(long unused)
{
	return run_threads(struggle);
}

/* Threads touch while others are forked, write to some pages, and end. */
static long do_touch_parts_and_fork(long forks)
{
	int status, bad = 0;
	long i;

	bad = start_threads(touch_part);
	for (i = 0; !bad && i < forks; i++) {
		if (!fork()) {
			do_touch(50);
			_exit(0);
		}
		bad = wait(&status) < 0 || status;
	}
	pthread_barrier_wait(&done);
	return bad;
}

/* What threads need of their own is touched by a first round of them. */
static void threads_warm_up(struct __test_metadata *_metadata, struct actor *a, long *base)
{
	ASSERT_EQ(0, actor_call(a, do_warm_up, 0));
	ASSERT_EQ(0, actor_call(a, do_touch_parts, 0));
	ASSERT_EQ(0, actor_call(a, do_end_threads, 0));
	ASSERT_EQ(0, actor_call(a, do_free, THREADS * PART));
	*base = held_pages(a->pid);
	ASSERT_EQ(*base, charged_pages(a->pid));
}

TEST_F(job, eight_threads_at_once_are_charged_exactly)
{
	long touched;
	int i;

	threads_warm_up(_metadata, &self->a, &self->base);
	touched = touched_pages(self->pid);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, actor_call(&self->a, do_touch_parts, 0));
		EXPECT_EQ(held_pages(self->pid), charged_pages(self->pid));
		EXPECT_LE(self->base + THREADS * PART, charged_pages(self->pid));
		ASSERT_EQ(0, actor_call(&self->a, do_end_threads, 0));
		EXPECT_EQ(held_pages(self->pid), charged_pages(self->pid));
		ASSERT_EQ(0, actor_call(&self->a, do_free, THREADS * PART));
		EXPECT_EQ(held_pages(self->pid), charged_pages(self->pid));
		EXPECT_GT(self->base + 64, charged_pages(self->pid));
	}
	EXPECT_LE(touched + 5 * THREADS * PART, touched_pages(self->pid));
	EXPECT_GT(touched + 5 * THREADS * PART + 5 * 64, touched_pages(self->pid));
}

TEST_F(job, pages_that_eight_threads_touch_at_once_count_once)
{
	long touched;

	threads_warm_up(_metadata, &self->a, &self->base);
	touched = touched_pages(self->pid);
	ASSERT_EQ(0, actor_call(&self->a, do_touch_same, 0));
	EXPECT_EQ(held_pages(self->pid), charged_pages(self->pid));
	EXPECT_LE(self->base + PART, charged_pages(self->pid));
	EXPECT_GT(self->base + PART + 64, charged_pages(self->pid));
	EXPECT_GT(touched + PART + 64, touched_pages(self->pid));
}

TEST_F(job, touching_and_giving_back_at_once_is_charged_exactly)
{
	threads_warm_up(_metadata, &self->a, &self->base);
	ASSERT_EQ(0, actor_call(&self->a, do_struggle, 0));
	EXPECT_EQ(held_pages(self->pid), charged_pages(self->pid));
	ASSERT_EQ(0, actor_call(&self->a, do_end_threads, 0));
	EXPECT_EQ(held_pages(self->pid), charged_pages(self->pid));
}

TEST_F(job, forking_while_threads_touch_leaves_no_trace)
{
	threads_warm_up(_metadata, &self->a, &self->base);
	ASSERT_EQ(0, actor_call(&self->a, do_touch_parts_and_fork, 20));
	EXPECT_FAMILY(&self->a);
	EXPECT_EQ(held_pages(self->pid), charged_pages(self->pid));
	EXPECT_LE(self->base + THREADS * PART, charged_pages(self->pid));
	ASSERT_EQ(0, actor_call(&self->a, do_end_threads, 0));
	EXPECT_FAMILY(&self->a);
}

TEST_HARNESS_MAIN
