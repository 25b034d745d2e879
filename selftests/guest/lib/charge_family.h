/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of the charge of jobs of several processes that share memory by
 * fork: the truth is the number of distinct pages that they hold between them.
 */
#ifndef CHARGE_FAMILY_H
#define CHARGE_FAMILY_H

#include "charge.h"
#include "memsusp_tree.h"

/* Pages that the first process touches before it forks. */
#define N	1000L

/*
 * Fill the fixture's actor: N pages of the region touched, and nothing else to.
 *
 * It and its children stay on one processor. A page that is still on the list
 * of another one looks used to the kernel, which then copies it without need
 * when it is written, up to 15 pages a processor.
 */
static inline void family_start(struct __test_metadata *_metadata, struct actor *root,
				long *base)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ASSERT_EQ(0, sched_setaffinity(root->pid, sizeof(one), &one));
	ASSERT_EQ(0, actor_call(root, do_warm_up, 0));
	/* Empties those lists. */
	ms_write_at("/proc/sys/vm/compact_memory", "1", 1);
	*base = charged_pages(root->pid);
	ASSERT_EQ(held_pages(root->pid), *base);
	ASSERT_EQ(N, actor_call(root, do_touch, N));
	ASSERT_EQ(*base + N, charged_pages(root->pid));
}

/* Have a process end; its parent reaps it, or, without one, the test. */
static inline void family_end(struct actor *a, struct actor *parent)
{
	kill(a->pid, SIGKILL);
	if (parent)
		actor_call(parent, do_reap, a->pid);
	else
		waitpid(a->pid, NULL, 0);
	close(a->orders);
	close(a->answers);
	a->pid = -1;
}

/* Of some actors, those that live. Returns how many. */
static inline int family_pids(struct actor **actors, int n, pid_t *pids)
{
	int i, living = 0;

	for (i = 0; i < n; i++)
		if (actors[i]->pid > 0)
			pids[living++] = actors[i]->pid;
	return living;
}

#define FAMILY_MAX	16

/* The truth about some actors, in pages. */
static inline long family_pages(struct actor **actors, int n)
{
	pid_t pids[FAMILY_MAX];
	int living = family_pids(actors, n, pids);

	return distinct_pages(pids, living);
}

/* Wait until memsusp has seen who has ended. */
static inline bool family_settled(pid_t job, struct actor **actors, int n)
{
	pid_t pids[FAMILY_MAX];
	int living = family_pids(actors, n, pids);

	return ms_until(ms_processes(job) == living);
}

#define FAMILY(...)		((struct actor *[]){ __VA_ARGS__ })
#define FAMILY_SIZE(...)	((int)ARRAY_SIZE(FAMILY(__VA_ARGS__)))

/*
 * Counters do not tell whose copy a copy has replaced, and whether two who copy
 * the same page at the same time leave the old one to anybody. Who forks writes
 * to some stack at once, as does the child: so many pages a fork are in doubt,
 * until there is only one process left.
 */
#define FORK_DOUBT	3L

/*
 * The job "self->pid" consists of these actors, as far as they live, and its
 * charge is what they hold between them. GONE: how many between them have ended.
 */
#define EXPECT_FAMILY_LESS(gone, ...) do {						\
	struct actor **all_ = FAMILY(__VA_ARGS__);					\
	int n_ = FAMILY_SIZE(__VA_ARGS__);						\
	long truth_, doubt_ = n_ > 1 ? (n_ - 1 + (gone)) * FORK_DOUBT : 0;		\
	EXPECT_TRUE(family_settled(self->pid, all_, n_));				\
	truth_ = family_pages(all_, n_);						\
	EXPECT_LE(truth_ - doubt_, charged_pages(self->pid));				\
	EXPECT_GE(truth_ + doubt_, charged_pages(self->pid));				\
} while (0)

#define EXPECT_FAMILY(...)	EXPECT_FAMILY_LESS(0, __VA_ARGS__)

/* The charge is about so much, after one fork. */
#define EXPECT_ABOUT(pages) do {							\
	long about_ = (pages);								\
	EXPECT_LE(about_ - FORK_DOUBT, charged_pages(self->pid));			\
	EXPECT_GE(about_ + FORK_DOUBT, charged_pages(self->pid));			\
} while (0)

#endif /* CHARGE_FAMILY_H */
