// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge of huge pages. A transparent one counts for the 512 pages (with
 * 4 KiB pages) that it holds, however it comes, and however much of it is left
 * when a part is given back. Pages of hugetlbfs do not count: they come out of
 * a pool that the administrator has set apart, and the kernel itself does not
 * count them as anonymous memory.
 */
#include "charge.h"

#define THP	"/sys/kernel/mm/transparent_hugepage/"
#define POOL	"/proc/sys/vm/nr_hugepages"

/* One huge page, in small ones and in bytes. */
#define HUGE		(2 * MIB / PAGE)
#define HUGE_BYTES	(HUGE * PAGE)

FIXTURE(huge) {
	struct actor a;
	long base;
	struct knob knobs[6];
	bool missing;
};

FIXTURE_SETUP(huge)
{
	struct knob *k = self->knobs;

	self->a = actor_new_job(_metadata, &self->base);
	self->missing = access(THP "enabled", F_OK);
	if (self->missing)
		return;
	/* Actors must not get any but where they ask for them, and then surely. */
	ASSERT_EQ(0, knob_set(k++, THP "enabled", "madvise"));
	ASSERT_EQ(0, knob_set(k++, THP "defrag", "always"));
	ASSERT_EQ(0, knob_set(k++, THP "use_zero_page", "1"));
	ASSERT_EQ(0, knob_set(k++, THP "khugepaged/max_ptes_none", "0"));
	ASSERT_EQ(0, actor_call(&self->a, do_allow_huge, true));
	ASSERT_EQ(0, actor_call(&self->a, do_reserve, 1));
}

#define NEEDS_THP() do {							\
	if (self->missing)							\
		SKIP(return, "no transparent huge pages in this kernel");	\
} while (0)

FIXTURE_TEARDOWN(huge)
{
	actor_end_job(_metadata, &self->a);
	knobs_restore(self->knobs, ARRAY_SIZE(self->knobs));
}

static long huge_pages(pid_t pid)
{
	return smaps_pages(pid, "AnonHugePages", NULL) / HUGE;
}

/* One byte in each of the first N huge pages' ranges. */
static long do_touch_huge(long n)
{
	long i;

	for (i = 0; i < n; i++)
		region[i * HUGE_BYTES] = 1;
	return n;
}

static long do_read_huge(long n)
{
	long i, sum = 0;

	for (i = 0; i < n; i++)
		sum += *(volatile char *)(region + i * HUGE_BYTES);
	return sum;
}

static long do_no_huge(long n)
{
	return madvise(region, n * HUGE_BYTES, MADV_NOHUGEPAGE) ? -errno : 0;
}

/* So many are there; and nobody makes any of small pages from now on. */
#define ASSERT_HUGE(n) do {							\
	ASSERT_EQ(n, huge_pages(self->a.pid));					\
	ASSERT_EQ(0, ms_write_at(THP "enabled", "never", 5));			\
} while (0)

TEST_F(huge, a_huge_page_counts_for_all_that_it_holds)
{
	NEEDS_THP();
	EXPECT_EQ(8, actor_call(&self->a, do_touch_huge, 8));
	ASSERT_HUGE(8);
	EXPECT_GROWN(8 * HUGE);
	EXPECT_EQ(8 * HUGE, touched_pages(self->a.pid));
	/* All of it is touched now. */
	actor_call(&self->a, do_touch, 8 * HUGE);
	EXPECT_GROWN(8 * HUGE);
	EXPECT_EQ(0, actor_call(&self->a, do_free, 8 * HUGE));
	EXPECT_GROWN(0);
}

TEST_F(huge, huge_and_small_pages_add_up)
{
	NEEDS_THP();
	EXPECT_EQ(0, actor_call(&self->a, do_no_huge, 2));
	actor_call(&self->a, do_touch, HUGE + 1);
	actor_call(&self->a, do_touch_huge, 4);
	ASSERT_HUGE(2);
	EXPECT_GROWN(2 * HUGE + HUGE + 1);
}

TEST_F(huge, a_job_is_stopped_by_one_huge_page_too_many)
{
	NEEDS_THP();
	ASSERT_EQ(0, ms_job_write(self->a.pid, "limit", "%ld",
				  (self->base + 4 * HUGE + 100) * PAGE));
	actor_send(&self->a, do_touch_huge, 20);
	EXPECT_TRUE(ms_until_state(self->a.pid, "suspended"));
	EXPECT_TRUE(ms_until(ms_process_state(self->a.pid) == 'T'));
	ASSERT_HUGE(5);
	EXPECT_GROWN(5 * HUGE);
}

TEST_F(huge, the_huge_zero_page_does_not_count_until_it_is_written)
{
	NEEDS_THP();
	EXPECT_EQ(0, actor_call(&self->a, do_read_huge, 4));
	EXPECT_GROWN(0);
	/* The kernel may give a huge page for it or a small one. */
	actor_call(&self->a, do_touch_huge, 1);
	EXPECT_GE(held_pages(self->a.pid), self->base + 1);
	EXPECT_EQ(held_pages(self->a.pid), charged_pages(self->a.pid));
	actor_call(&self->a, do_touch, 4 * HUGE);
	EXPECT_GROWN(4 * HUGE);
}

/* Of four huge pages, cut the last quarter of the first out, in four ways. */
#define CUT	(HUGE / 4)

static char *cut_start(void)
{
	return region + 3 * CUT * PAGE;
}

static long do_dontneed_cut(long argument)
{
	return madvise(cut_start(), CUT * PAGE, MADV_DONTNEED) ? -errno : 0;
}

static long do_unmap_cut(long argument)
{
	return munmap(cut_start(), CUT * PAGE) ? -errno : 0;
}

static long do_protect_cut(long argument)
{
	return mprotect(cut_start(), CUT * PAGE, PROT_READ) ? -errno : 0;
}

static long do_move_cut(long argument)
{
	char *to = mmap(NULL, CUT * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mremap(cut_start(), CUT * PAGE, CUT * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      to) == to ? 0 : -errno;
}

/* After which the huge page is mapped in small pieces. */
static long do_mlock_cut(long argument)
{
	return mlock(cut_start(), CUT * PAGE) ? -errno : 0;
}

TEST_F(huge, part_of_a_huge_page_given_back_leaves)
{
	NEEDS_THP();
	actor_call(&self->a, do_touch_huge, 4);
	ASSERT_HUGE(4);
	EXPECT_EQ(0, actor_call(&self->a, do_dontneed_cut, 0));
	EXPECT_GROWN(4 * HUGE - CUT);
	/* And counts again, page by page. */
	actor_call(&self->a, do_touch, HUGE);
	EXPECT_GROWN(4 * HUGE);
	EXPECT_EQ(0, actor_call(&self->a, do_unmap_cut, 0));
	EXPECT_GROWN(4 * HUGE - CUT);
	EXPECT_LT(huge_pages(self->a.pid), 4);
}

TEST_F(huge, splitting_the_mapping_changes_nothing)
{
	NEEDS_THP();
	actor_call(&self->a, do_touch_huge, 4);
	ASSERT_HUGE(4);
	EXPECT_EQ(0, actor_call(&self->a, do_mlock_cut, 0));
	EXPECT_GROWN(4 * HUGE);
	EXPECT_EQ(0, actor_call(&self->a, do_protect_cut, 0));
	EXPECT_GROWN(4 * HUGE);
	EXPECT_EQ(0, actor_call(&self->a, do_move_cut, 0));
	EXPECT_GROWN(4 * HUGE);
	EXPECT_LT(huge_pages(self->a.pid), 4);
}

/* Split all huge pages of the machine; one that is just in use, the next time. */
static bool split_all(struct actor *a)
{
	return !ms_write_at("/sys/kernel/debug/split_huge_pages", "1", 1) &&
	       !huge_pages(a->pid);
}

TEST_F(huge, splitting_the_page_changes_nothing)
{
	NEEDS_THP();
	actor_call(&self->a, do_touch, 4 * HUGE);
	ASSERT_HUGE(4);
	if (access("/sys/kernel/debug/split_huge_pages", W_OK))
		SKIP(return, "no split_huge_pages in debugfs");
	EXPECT_TRUE(ms_until(split_all(&self->a)));
	EXPECT_GROWN(4 * HUGE);
	actor_call(&self->a, do_touch, 4 * HUGE);
	EXPECT_GROWN(4 * HUGE);
}

/* From Linux 6.12 on, parts that are all zero are then given back. */
TEST_F(huge, what_splitting_gives_back_leaves)
{
	NEEDS_THP();
	actor_call(&self->a, do_touch_huge, 4);
	ASSERT_HUGE(4);
	if (access("/sys/kernel/debug/split_huge_pages", W_OK))
		SKIP(return, "no split_huge_pages in debugfs");
	EXPECT_TRUE(ms_until(split_all(&self->a)));
	EXPECT_EQ(held_pages(self->a.pid), charged_pages(self->a.pid));
	actor_call(&self->a, do_touch, 4 * HUGE);
	EXPECT_GROWN(4 * HUGE);
}

static char *hugetlb;

static long do_map_hugetlb(long n)
{
	long i;

	hugetlb = mmap(NULL, n * HUGE_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (hugetlb == MAP_FAILED)
		return -errno;
	for (i = 0; i < n; i++)
		hugetlb[i * HUGE_BYTES] = 1;
	return 0;
}

TEST_F(huge, hugetlb_does_not_count)
{
	char pool[32];

	if (knob_set(&self->knobs[5], POOL, "4"))
		SKIP(return, "no hugetlbfs in this kernel");
	ASSERT_EQ(0, ms_read_at(POOL, pool, sizeof(pool)));
	EXPECT_STREQ("4", pool);
	EXPECT_EQ(0, actor_call(&self->a, do_map_hugetlb, 4));
	EXPECT_EQ(4 * HUGE, smaps_pages(self->a.pid, "Private_Hugetlb", NULL));
	EXPECT_GROWN(0);
	EXPECT_EQ(0, touched_pages(self->a.pid));
}

TEST_HARNESS_MAIN
