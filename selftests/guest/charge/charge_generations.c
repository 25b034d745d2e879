// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge of jobs that fork over and over: chains, bushes, crowds of short
 * lives, ancestors that go before their descendants. And where counters alone
 * cannot tell who shares what with whom: how far off the charge may be then.
 */
#include "charge_family.h"

static long do_touch_at(long pages)
{
	/* From the first half of the word to the second. */
	long i, end = pages & 0xffff;

	for (i = pages >> 16; i < end; i++)
		region[i * PAGE] = 3;
	return 0;
}

#define FROM_TO(from, to)	((long)(from) << 16 | (to))

TEST_F(job, a_chain_counts_each_page_once_whoever_goes_first)
{
	struct actor c1, c2, c3;

	family_start(_metadata, &self->a, &self->base);
	c1 = actor_child(&self->a, do_fork);
	actor_call(&c1, do_touch_at, FROM_TO(500, 1500));
	c2 = actor_child(&c1, do_fork);
	actor_call(&c2, do_touch_at, FROM_TO(1000, 2000));
	c3 = actor_child(&c2, do_fork);
	actor_call(&c3, do_touch_at, FROM_TO(1500, 2500));
	EXPECT_FAMILY(&self->a, &c1, &c2, &c3);
	family_end(&c2, &c1);
	EXPECT_FAMILY_LESS(1, &self->a, &c1, &c3);
	family_end(&self->a, NULL);
	EXPECT_FAMILY_LESS(2, &c1, &c3);
	family_end(&c1, NULL);
	EXPECT_FAMILY(&c3);
	EXPECT_GE(charged_pages(self->pid), self->base + 2500);
}

TEST_F(job, a_bush_counts_what_all_share_once)
{
	struct actor c[4];
	int i;

	family_start(_metadata, &self->a, &self->base);
	for (i = 0; i < 4; i++) {
		c[i] = actor_child(&self->a, do_fork);
		actor_call(&c[i], do_touch, 100 * (i + 1));
	}
	EXPECT_FAMILY(&self->a, &c[0], &c[1], &c[2], &c[3]);
	family_end(&c[1], &self->a);
	EXPECT_FAMILY_LESS(1, &self->a, &c[0], &c[2], &c[3]);
	family_end(&self->a, NULL);
	EXPECT_FAMILY_LESS(2, &c[0], &c[2], &c[3]);
	family_end(&c[0], NULL);
	EXPECT_FAMILY_LESS(3, &c[2], &c[3]);
	family_end(&c[2], NULL);
	EXPECT_FAMILY(&c[3]);
	EXPECT_GE(charged_pages(self->pid), self->base + N);
}

#define GENERATIONS	300

/* Each generation writes to a page of its own, and ends when the next is there. */
static long do_fork_a_chain(long unused)
{
	int p[2], i, status, err = child_pipes();
	pid_t pid = -1, first;

	if (err || pipe(p))
		return err ?: -errno;
	first = fork();
	if (first) {
		waitpid(first, &status, 0);
		if (read(p[0], &pid, sizeof(pid)) != sizeof(pid))
			return -EIO;
		close(p[0]);
		close(p[1]);
		return child_answer(pid);
	}
	for (i = 1; i < GENERATIONS; i++) {
		region[i * PAGE] = 4;
		pid = fork();
		if (pid)
			_exit(pid < 0);
	}
	pid = getpid();
	if (write(p[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(126);
	close(p[0]);
	close(p[1]);
	child_main();
	return 0;
}

TEST_F(job, the_end_of_a_long_chain_holds_what_all_before_it_touched)
{
	long long missed = ms_stat("forks_missed");
	struct actor last;

	family_start(_metadata, &self->a, &self->base);
	last = actor_child(&self->a, do_fork_a_chain);
	ASSERT_GT(last.pid, 0);
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 2));
	/* Which pages those in between have replaced is not known. */
	EXPECT_LE(held_pages(self->pid), charged_pages(self->pid));
	EXPECT_GE(held_pages(self->pid) + held_pages(last.pid), charged_pages(self->pid));
	/* Now all that is held is the last one's, whoever touched it. */
	family_end(&self->a, NULL);
	EXPECT_FAMILY(&last);
	EXPECT_LE(self->base + N, charged_pages(self->pid));
	actor_call(&last, do_touch, N);
	EXPECT_FAMILY(&last);
	EXPECT_EQ(missed, ms_stat("forks_missed"));
}

/* A thousand children that write to ten pages and end, SIZE at a time. */
static long do_fork_many(long size)
{
	int i, j, status, bad = 0;

	for (i = 0; i < 1000; i += size) {
		for (j = 0; j < size; j++) {
			if (fork())
				continue;
			do_touch(10);
			_exit(0);
		}
		for (j = 0; j < size; j++)
			bad += wait(&status) < 0 || status;
	}
	return bad;
}

/* Emulated and in company, a thousand forks take their time. */
TEST_F_TIMEOUT(job, after_a_thousand_children_the_charge_is_where_it_was, 120)
{
	family_start(_metadata, &self->a, &self->base);
	ASSERT_EQ(0, actor_call_patiently(&self->a, do_fork_many, 1));
	EXPECT_FAMILY(&self->a);
	EXPECT_EQ(self->base + N, charged_pages(self->pid));
}

TEST_F_TIMEOUT(job, after_a_thousand_children_in_crowds_the_charge_is_where_it_was, 120)
{
	family_start(_metadata, &self->a, &self->base);
	ASSERT_EQ(0, actor_call_patiently(&self->a, do_fork_many, 50));
	EXPECT_FAMILY(&self->a);
	EXPECT_EQ(self->base + N, charged_pages(self->pid));
}

/*
 * Exceptions. The kernel's counters tell how much a process holds, and memsusp
 * how much it touched, but not which pages.
 */

/* Touch the 1000 pages after the region's first 1000, and free them. */
static long do_churn(long times)
{
	while (times--) {
		do_touch_at(FROM_TO(N, 2 * N));
		madvise(region + N * PAGE, N * PAGE, MADV_DONTNEED);
	}
	return 0;
}

/*
 * A child that touches and frees again and again may be charged for what it
 * only shares, as it might have copied that: never for more than it holds.
 */
TEST_F(job, a_child_that_shares_and_churns_pays_for_what_it_holds_at_most)
{
	struct actor child;
	long truth;

	family_start(_metadata, &self->a, &self->base);
	child = actor_child(&self->a, do_fork);
	actor_call(&child, do_churn, 10);
	truth = family_pages(FAMILY(&self->a, &child), 2);
	EXPECT_GE(charged_pages(self->pid), truth - FORK_DOUBT);
	EXPECT_LE(charged_pages(self->pid), held_pages(self->pid) + held_pages(child.pid));
	family_end(&child, &self->a);
	EXPECT_FAMILY(&self->a);
}

/*
 * Of the pages of an ancestor that is gone, children that hold different ones
 * are charged for those of the child that holds most.
 */
TEST_F(job, children_that_hold_different_pages_of_the_dead_pay_for_the_most)
{
	struct actor c1, c2;
	long truth;

	family_start(_metadata, &self->a, &self->base);
	c1 = actor_child(&self->a, do_fork);
	c2 = actor_child(&self->a, do_fork);
	EXPECT_EQ(0, actor_call(&c1, do_free, N / 2));
	actor_call(&c2, do_touch_at, FROM_TO(N / 2, N));
	EXPECT_FAMILY(&self->a, &c1, &c2);
	family_end(&self->a, NULL);
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 2));
	truth = family_pages(FAMILY(&c1, &c2), 2);
	EXPECT_LE(charged_pages(self->pid), truth + 2 * FORK_DOUBT);
	EXPECT_GE(charged_pages(self->pid), truth - N / 2 - 2 * FORK_DOUBT);
}

/*
 * A process that was forked, and is registered later, brings all that it holds,
 * also what it still shares with its parent, which is not in the job.
 */
TEST_F(job, what_a_process_shares_at_registration_is_its_own)
{
	struct actor child;

	family_start(_metadata, &self->a, &self->base);
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	child = actor_child(&self->a, do_fork);
	ASSERT_EQ(0, ms_write("register", "%d max", child.pid));
	EXPECT_EQ(held_pages(child.pid), charged_pages(child.pid));
	EXPECT_LE(N, charged_pages(child.pid));
	actor_call(&child, do_touch, N);
	EXPECT_EQ(held_pages(child.pid), charged_pages(child.pid));
	EXPECT_EQ(0, actor_call(&child, do_free, N));
	EXPECT_EQ(held_pages(child.pid), charged_pages(child.pid));
}

TEST_HARNESS_MAIN
