// SPDX-License-Identifier: GPL-2.0-only
/*
 * Idle memory: how much of what suspended jobs hold could leave RAM.
 *
 * The node's floor takes it for available. Too much, and the floor is not kept
 * when it is needed; too little, and a job more is suspended. So what cannot be
 * known is guessed with care:
 *
 *	What is locked is counted with its file pages and with what was never
 *	touched, and what is pinned (RDMA, io_uring) likewise: all of it is taken
 *	from the job's anonymous pages.
 *
 *	A cgroup's limit on swap leaves room for a part of what the cgroup holds.
 *	Each of its pages, whoever's it is, has the same part of that room. So jobs
 *	together are never promised more of it than there is.
 *
 *	Swap in RAM (zram, zswap) gives back what it saves by compressing. That is
 *	learned from what has been swapped since the floor was set.
 *
 * Not known is what a cgroup protects (memory.min, or vm.swappiness and its like
 * in cgroup v1), nor which cgroup pays for a process that was moved.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/page_counter.h>
#include <linux/rculist.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "memsusp.h"

/* So many pages' worth of swapping weighs as much as what is assumed before: 16 MiB. */
#define ASSUMED		((16L << 20) >> PAGE_SHIFT)

static long not_locked(struct mm_struct *mm, long pages)
{
	return pages - (long)READ_ONCE(mm->locked_vm) - (long)atomic64_read(&mm->pinned_vm);
}

#ifdef CONFIG_MEMCG
/* What limits on swap leave of @pages, by the cgroup of @mm and those above it. */
static long within_cgroup(struct mm_struct *mm, long pages)
{
	struct mem_cgroup *memcg;
	long left = pages;

	/* In cgroup v1 the limit is on RAM and swap together, and swapping helps. */
	if (mem_cgroup_disabled() || !cgroup_subsys_on_dfl(memory_cgrp_subsys))
		return pages;
	rcu_read_lock();
	for (memcg = mem_cgroup_from_task(rcu_dereference(mm->owner)); memcg;
	     memcg = parent_mem_cgroup(memcg)) {
		unsigned long most = READ_ONCE(memcg->swap.max);
		unsigned long used = page_counter_read(&memcg->swap);
		unsigned long held = page_counter_read(&memcg->memory);
		unsigned long room = most > used ? most - used : 0;

		if (room < held)
			left = min_t(long, left, pages * room / held);
	}
	rcu_read_unlock();
	return left;
}
#else
static long within_cgroup(struct mm_struct *mm, long pages)
{
	return pages;
}
#endif

/**
 * memsusp_idle_pages() - what of a job the kernel could swap out
 * @job: it, just summed up
 *
 * Shared pages are counted by each sharer.
 *
 * Context: process, memsusp_mutex held.
 * Return: pages in RAM.
 */
long memsusp_idle_pages(const struct memsusp_job *job)
{
	struct memsusp_space *space;
	long idle = 0;

	lockdep_assert_held(&memsusp_mutex);
	list_for_each_entry_rcu(space, &job->spaces, link, lockdep_is_held(&memsusp_mutex)) {
		long pages = space->mm ? not_locked(space->mm, space->anon) : 0;

		if (pages > 0)
			idle += within_cgroup(space->mm, pages);
	}
	return min(idle, job->charge);
}

/* Pages that zram and zswap take up; nearly always that is what zsmalloc holds. */
static long compressed(void)
{
#if IS_ENABLED(CONFIG_ZSMALLOC)
	return global_zone_page_state(NR_ZSPAGES);
#else
	return 0;
#endif
}

/*
 * When there was most room in swap since the floor was set: how much, and what was
 * compressed then. M
 */
static long most_room;
static long compressed_then;

/**
 * memsusp_idle_in_ram() - how much of swap is RAM
 * @room: pages of free swap
 *
 * If anything is compressed, as the header of a zram disk is, it is assumed that half
 * of what is swapped stays in RAM, until more is known.
 *
 * Context: process, memsusp_mutex held.
 * Return: of 1024 pages that are swapped out, how many are still needed to hold them.
 */
int memsusp_idle_in_ram(long room)
{
	long now = compressed();
	long kept, used;

	lockdep_assert_held(&memsusp_mutex);
	if (room >= most_room) {
		most_room = room;
		compressed_then = now;
	}
	used = most_room - room;
	kept = max(now - compressed_then, 0L);
	if (now) {
		used += ASSUMED;
		kept += ASSUMED / 2;
	}
	return used ? min(DIV_ROUND_UP(1024 * kept, used), 1024L) : 0;
}

/**
 * memsusp_idle_forget() - forget what was learned about swap
 *
 * After swapoff(8), room that is no more would be taken for what was swapped: then the
 * floor should be switched off and on.
 *
 * Context: process, memsusp_mutex held.
 */
void memsusp_idle_forget(void)
{
	lockdep_assert_held(&memsusp_mutex);
	most_room = 0;
}
