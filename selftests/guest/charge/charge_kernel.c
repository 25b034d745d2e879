// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge of memory that the kernel rearranges behind its owner's back:
 * into huge pages (khugepaged), into one page for many (KSM), from one place to
 * another (compaction, soft offline). The charge goes on being what smaps says.
 */
#include "charge.h"

#define THP		"/sys/kernel/mm/transparent_hugepage/"
#define KHUGEPAGED	THP "khugepaged/"
#define KSM		"/sys/kernel/mm/ksm/"

#define HUGE		(2 * MIB / PAGE)
#define N		1000L

FIXTURE(kernel) {
	struct actor a;
	long base;
	struct knob knobs[8];
	struct knob *next;
};

FIXTURE_SETUP(kernel)
{
	self->next = self->knobs;
	self->a = actor_new_job(_metadata, &self->base);
}

FIXTURE_TEARDOWN(kernel)
{
	actor_end_job(_metadata, &self->a);
	knobs_restore(self->knobs, self->next - self->knobs);
}

#define KNOB(path, value)	knob_set(self->next++, path, value)

static long huge_pages(pid_t pid)
{
	return smaps_pages(pid, "AnonHugePages", NULL) / HUGE;
}

/* Touch so many pages of each of the first four huge pages' ranges. */
static long do_touch_in_each(long pages)
{
	long i, j;

	for (i = 0; i < 4; i++)
		for (j = 0; j < pages; j++)
			region[(i * HUGE + j) * PAGE] = 1;
	return 0;
}

static long do_advise_huge(long advice)
{
	return madvise(region, 4 * HUGE * PAGE, advice) ? -errno : 0;
}

#define NEEDS_THP() do {							\
	if (access(THP "enabled", F_OK))					\
		SKIP(return, "no transparent huge pages in this kernel");	\
	EXPECT_EQ(0, actor_call(&self->a, do_allow_huge, true));		\
} while (0)

/* khugepaged takes every range that is allowed to be huge, as soon as it is. */
#define START_KHUGEPAGED() do {							\
	NEEDS_THP();								\
	EXPECT_EQ(0, KNOB(THP "enabled", "madvise"));				\
	EXPECT_EQ(0, KNOB(THP "defrag", "always"));				\
	EXPECT_EQ(0, KNOB(KHUGEPAGED "max_ptes_none", "511"));			\
	EXPECT_EQ(0, KNOB(KHUGEPAGED "pages_to_scan", "100000"));		\
	EXPECT_EQ(0, KNOB(KHUGEPAGED "alloc_sleep_millisecs", "10"));		\
	EXPECT_EQ(0, KNOB(KHUGEPAGED "scan_sleep_millisecs", "10"));		\
} while (0)

TEST_F(kernel, khugepaged_changes_nothing_where_all_is_touched)
{
	START_KHUGEPAGED();
	actor_call(&self->a, do_touch, 4 * HUGE);
	EXPECT_EQ(0, huge_pages(self->a.pid));
	EXPECT_GROWN(4 * HUGE);
	EXPECT_EQ(0, actor_call(&self->a, do_advise_huge, MADV_HUGEPAGE));
	ASSERT_TRUE(ms_until(huge_pages(self->a.pid) == 4));
	EXPECT_GROWN(4 * HUGE);
	EXPECT_EQ(0, actor_call(&self->a, do_free, 4 * HUGE));
	EXPECT_GROWN(0);
}

/* Then the rest is filled with zeroes: the process holds that, too. */
TEST_F(kernel, khugepaged_adds_what_it_fills_up)
{
	START_KHUGEPAGED();
	actor_call(&self->a, do_touch_in_each, HUGE / 2);
	EXPECT_EQ(0, huge_pages(self->a.pid));
	EXPECT_GROWN(2 * HUGE);
	EXPECT_EQ(0, actor_call(&self->a, do_advise_huge, MADV_HUGEPAGE));
	ASSERT_TRUE(ms_until(huge_pages(self->a.pid) == 4));
	EXPECT_GROWN(4 * HUGE);
	actor_call(&self->a, do_touch, 4 * HUGE);
	EXPECT_GROWN(4 * HUGE);
}

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

TEST_F(kernel, madv_collapse_is_like_khugepaged)
{
	NEEDS_THP();
	actor_call(&self->a, do_touch_in_each, HUGE / 2);
	EXPECT_GROWN(2 * HUGE);
	EXPECT_EQ(0, actor_call(&self->a, do_reserve, 0));
	actor_call(&self->a, do_touch, 3 * HUGE);
	actor_call(&self->a, do_touch_in_each, HUGE / 2);
	EXPECT_GROWN(2 * HUGE + 3 * HUGE + HUGE / 2);
	EXPECT_EQ(0, actor_call(&self->a, do_advise_huge, MADV_HUGEPAGE));
	if (actor_call(&self->a, do_advise_huge, MADV_COLLAPSE) == -EINVAL)
		SKIP(return, "no MADV_COLLAPSE before Linux 6.1");
	EXPECT_EQ(4, huge_pages(self->a.pid));
	EXPECT_GROWN(2 * HUGE + 4 * HUGE);
}

/* Fill the first N pages, all with the same. */
static long do_fill(long byte)
{
	memset(region, byte, N * PAGE);
	return 0;
}

static long do_mergeable(long advice)
{
	return madvise(region, N * PAGE, advice) ? -errno : 0;
}

static long ksm_number(const char *path)
{
	char buf[32];

	return ms_read_at(path, buf, sizeof(buf)) ? -1 : atol(buf);
}

#define START_KSM(use_zero_pages) do {						\
	if (KNOB(KSM "pages_to_scan", "10000"))					\
		SKIP(return, "no KSM in this kernel");				\
	EXPECT_EQ(0, KNOB(KSM "sleep_millisecs", "10"));			\
	EXPECT_EQ(0, KNOB(KSM "use_zero_pages", use_zero_pages));		\
	EXPECT_EQ(0, KNOB(KSM "run", "1"));					\
} while (0)

TEST_F(kernel, merging_and_unmerging_by_ksm_changes_nothing)
{
	START_KSM("0");
	actor_call(&self->a, do_fill, 7);
	EXPECT_GROWN(N);
	EXPECT_EQ(0, actor_call(&self->a, do_mergeable, MADV_MERGEABLE));
	/* One page in 256 is a new copy. */
	ASSERT_TRUE(ms_until(ksm_number(KSM "pages_sharing") > N - 10));
	EXPECT_GROWN(N);
	actor_call(&self->a, do_touch, N / 2);
	EXPECT_GROWN(N);
	EXPECT_EQ(0, ms_write_at(KSM "run", "2", 1));
	EXPECT_EQ(0, ksm_number(KSM "pages_sharing"));
	EXPECT_GROWN(N);
	EXPECT_EQ(0, actor_call(&self->a, do_free, N));
	EXPECT_GROWN(0);
}

TEST_F(kernel, what_ksm_merges_with_the_zero_page_leaves)
{
	START_KSM("1");
	actor_call(&self->a, do_fill, 0);
	EXPECT_GROWN(N);
	EXPECT_EQ(0, actor_call(&self->a, do_mergeable, MADV_MERGEABLE));
	ASSERT_TRUE(ms_until(held_pages(self->a.pid) == self->base));
	EXPECT_GROWN(0);
	EXPECT_EQ(0, actor_call(&self->a, do_mergeable, MADV_UNMERGEABLE));
	EXPECT_EQ(held_pages(self->a.pid), charged_pages(self->a.pid));
	actor_call(&self->a, do_touch, N);
	EXPECT_GROWN(N);
}

static long do_tell_region(long unused)
{
	return (long)region;
}

static long do_free_every_other(long pages)
{
	long i;

	for (i = 0; i < pages; i += 2)
		madvise(region + i * PAGE, PAGE, MADV_DONTNEED);
	return 0;
}

/* Where the region's pages are in RAM. */
static struct page_set places(pid_t pid, unsigned long start, long pages)
{
	struct page_set set = { 0 };
	char path[64];
	int pagemap;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	page_set_add_range(&set, pagemap, start, start + pages * PAGE);
	close(pagemap);
	return set;
}

/* Leave holes everywhere in half of the memory, so that there is something to do. */
TEST_F(kernel, moving_pages_by_compaction_changes_nothing)
{
	long pages = sysconf(_SC_AVPHYS_PAGES) / 4 * 2;
	struct page_set before, after;
	size_t i, moved = 0;
	long start;

	if (pages > REGION_SIZE / PAGE)
		pages = REGION_SIZE / PAGE;
	actor_call(&self->a, do_touch, pages);
	actor_call(&self->a, do_free_every_other, pages);
	EXPECT_GROWN(pages / 2);
	start = actor_call(&self->a, do_tell_region, 0);
	before = places(self->a.pid, start, pages);
	ASSERT_EQ(0, ms_write_at("/proc/sys/vm/compact_memory", "1", 1));
	after = places(self->a.pid, start, pages);
	ASSERT_EQ(pages / 2, (long)before.count);
	ASSERT_EQ(pages / 2, (long)after.count);
	for (i = 0; i < before.count; i++)
		moved += before.entries[i] != after.entries[i];
	EXPECT_GROWN(pages / 2);
	EXPECT_EQ(pages, touched_pages(self->a.pid));
	if (!moved)
		SKIP(return, "the kernel found nothing to move");
}

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE	101
#endif

static long do_soft_offline(long pages)
{
	return madvise(region, pages * PAGE, MADV_SOFT_OFFLINE) ? -errno : 0;
}

TEST_F(kernel, taking_pages_offline_softly_changes_nothing)
{
	long err;

	actor_call(&self->a, do_touch, N);
	err = actor_call(&self->a, do_soft_offline, 4);
	if (err == -EINVAL || err == -EOPNOTSUPP)
		SKIP(return, "no memory failure handling in this kernel");
	EXPECT_EQ(0, err);
	EXPECT_GROWN(N);
	EXPECT_EQ(N, touched_pages(self->a.pid));
}

/* One byte in each of eight folios of so many pages, from a huge page's start on. */
static long do_touch_folios(long pages)
{
	long i;

	for (i = 0; i < 8; i++)
		region[i * pages * PAGE] = 1;
	return 0;
}

static long do_free_first_of_folios(long pages)
{
	long i;

	for (i = 0; i < 8; i++)
		if (madvise(region + i * pages * PAGE, PAGE, MADV_DONTNEED))
			return -errno;
	return 0;
}

TEST_F(kernel, large_folios_of_all_sizes_count_for_what_they_hold)
{
	struct knob enabled;
	long kb, pages;
	char path[128];
	int sizes = 0;

	NEEDS_THP();
	/* No greater ones than are asked for below. */
	EXPECT_EQ(0, KNOB(THP "enabled", "never"));
	EXPECT_EQ(0, KNOB(THP "defrag", "always"));
	EXPECT_EQ(0, actor_call(&self->a, do_reserve, 1));
	for (kb = 8; kb < 2048; kb *= 2) {
		snprintf(path, sizeof(path), THP "hugepages-%ldkB/enabled", kb);
		if (knob_set(&enabled, path, "madvise"))
			continue;
		sizes++;
		pages = kb * 1024 / PAGE;
		actor_call(&self->a, do_touch_folios, pages);
		EXPECT_GROWN(8 * pages);
		EXPECT_EQ(0, actor_call(&self->a, do_free_first_of_folios, pages));
		EXPECT_GROWN(8 * pages - 8);
		actor_call(&self->a, do_touch, 8 * pages);
		EXPECT_GROWN(8 * pages);
		EXPECT_EQ(0, actor_call(&self->a, do_free, 8 * pages));
		EXPECT_GROWN(0);
		knobs_restore(&enabled, 1);
	}
	if (!sizes)
		SKIP(return, "no large folios of anonymous memory before Linux 6.8");
}

TEST_HARNESS_MAIN
