// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge of memory that is paged out and in again: it does not change, and
 * what comes back is no first touch. Once with the swap that the machine has,
 * and once with compressed swap in memory (zram).
 */
#include "charge_family.h"
#include "memsusp_swap.h"

#define ZRAM_SIZE	(64 * MIB)

FIXTURE(swap) {
	struct actor a;
	pid_t pid;
	long base;
	const char *missing;
};

FIXTURE_VARIANT(swap) {
	bool zram;
};

FIXTURE_VARIANT_ADD(swap, disk) {
	.zram = false,
};

FIXTURE_VARIANT_ADD(swap, zram) {
	.zram = true,
};

/* Why there is no swap, or NULL. */
static const char *disk_on(void)
{
	char path[256];

	return swap_device(path) ? NULL : "no swap";
}

FIXTURE_SETUP(swap)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->missing = variant->zram ? zram_on(ZRAM_SIZE) : disk_on();
	self->a = actor_new_job(_metadata, &self->base);
	self->pid = self->a.pid;
}

FIXTURE_TEARDOWN(swap)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
	if (variant->zram && !self->missing)
		EXPECT_TRUE(zram_off());
}

#define NEEDS_SWAP() do {						\
	if (self->missing)						\
		SKIP(return, "%s", self->missing);			\
} while (0)

static long do_page_out(long pages)
{
	return page_out_range(-1, region, pages * PAGE);
}

static long swapped(pid_t pid)
{
	return smaps_pages(pid, "Swap", NULL);
}

/* A page that is just being written to swap, or read, does not go at once. */
static bool page_out(struct actor *a, long pages)
{
	return ms_until(!actor_call(a, do_page_out, pages) && swapped(a->pid) >= pages);
}

TEST_F(swap, what_is_paged_out_counts_and_reading_it_is_no_touch)
{
	long touched;

	NEEDS_SWAP();
	actor_call(&self->a, do_touch, N);
	touched = touched_pages(self->pid);
	EXPECT_EQ(N, touched);
	ASSERT_TRUE(page_out(&self->a, N));
	EXPECT_GROWN(N);
	EXPECT_EQ(N * PAGE, ms_table_number("jobs", "pid", self->pid, "swap"));
	EXPECT_EQ(self->base * PAGE, ms_table_number("jobs", "pid", self->pid, "anon"));
	EXPECT_EQ(N, actor_call(&self->a, do_read, N));
	EXPECT_GROWN(N);
	EXPECT_EQ(0, ms_table_number("jobs", "pid", self->pid, "swap"));
	EXPECT_EQ(touched, touched_pages(self->pid));
	/* Still in the swap cache: some kernels (5.10) copy it when it is written. */
	actor_call(&self->a, do_touch, N / 2);
	EXPECT_GROWN(N);
	ASSERT_TRUE(page_out(&self->a, N));
	EXPECT_GROWN(N);
	EXPECT_EQ(0, actor_call(&self->a, do_free, N));
	EXPECT_GROWN(0);
}

TEST_F(swap, writing_to_what_is_paged_out_is_no_touch)
{
	long touched;

	NEEDS_SWAP();
	actor_call(&self->a, do_touch, N);
	touched = touched_pages(self->pid);
	ASSERT_TRUE(page_out(&self->a, N));
	EXPECT_EQ(N, actor_call(&self->a, do_touch, N));
	EXPECT_EQ(0, swapped(self->pid));
	EXPECT_GROWN(N);
	EXPECT_EQ(touched, touched_pages(self->pid));
	/* But fresh pages are, as ever. */
	actor_call(&self->a, do_touch, 2 * N);
	EXPECT_GROWN(2 * N);
	EXPECT_EQ(touched + N, touched_pages(self->pid));
}

TEST_F(swap, a_job_just_below_its_limit_pages_out_and_in_without_a_stop)
{
	int i;

	NEEDS_SWAP();
	actor_call(&self->a, do_touch, N);
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld",
				  (self->base + N + 1) * PAGE));
	for (i = 0; i < 10; i++) {
		ASSERT_TRUE(page_out(&self->a, N));
		ASSERT_EQ(N, actor_call(&self->a, i % 2 ? do_touch : do_read, N));
	}
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
	EXPECT_GROWN(N);
	ASSERT_TRUE(page_out(&self->a, N));
	actor_send(&self->a, do_touch, N + 2);
	EXPECT_TRUE(ms_until_state(self->pid, "suspended"));
	EXPECT_TRUE(ms_until(ms_process_state(self->pid) == 'T'));
	EXPECT_GROWN(N + 2);
}

/* Page out all that a process holds. */
static bool page_out_all(pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	char path[64], line[512], perms[8];
	unsigned long start, end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, perms) == 3 && perms[3] == 'p')
			page_out_range(pidfd, (void *)start, end - start);
	if (f)
		fclose(f);
	close(pidfd);
	return swapped(pid) == held_pages(pid);
}

TEST_F(swap, a_suspended_job_that_is_all_paged_out_keeps_its_charge)
{
	NEEDS_SWAP();
	actor_call(&self->a, do_touch, N);
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_TRUE(ms_until(ms_process_state(self->pid) == 'T'));
	EXPECT_TRUE(ms_until(page_out_all(self->pid)));
	EXPECT_GROWN(N);
	EXPECT_EQ(0, ms_table_number("jobs", "pid", self->pid, "anon"));
	EXPECT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_EQ(N, actor_call(&self->a, do_touch, N));
	EXPECT_GROWN(N);
}

TEST_F(swap, a_child_shares_what_is_paged_out_until_it_writes)
{
	struct actor child;
	long before;

	NEEDS_SWAP();
	actor_call(&self->a, do_touch, N);
	ASSERT_TRUE(page_out(&self->a, N));
	child = actor_child(&self->a, do_fork);
	ASSERT_GT(child.pid, 0);
	before = charged_pages(self->pid);
	EXPECT_LT(before, self->base + N + N / 2);
	EXPECT_EQ(N, actor_call(&child, do_read, N));
	EXPECT_ABOUT(before);
	EXPECT_EQ(N, actor_call(&child, do_touch, N));
	EXPECT_ABOUT(before + N);
	EXPECT_EQ(N, actor_call(&self->a, do_read, N));
	EXPECT_ABOUT(before + N);
}

#define THP	"/sys/kernel/mm/transparent_hugepage/"
#define HUGE	(2 * MIB / PAGE)

TEST_F(swap, huge_pages_count_the_same_when_paged_out)
{
	struct knob knobs[2];
	long huge;

	NEEDS_SWAP();
	if (access(THP "enabled", F_OK))
		SKIP(return, "no transparent huge pages in this kernel");
	EXPECT_EQ(0, knob_set(&knobs[0], THP "enabled", "madvise"));
	EXPECT_EQ(0, knob_set(&knobs[1], THP "defrag", "always"));
	EXPECT_EQ(0, actor_call(&self->a, do_allow_huge, true));
	EXPECT_EQ(0, actor_call(&self->a, do_reserve, 1));
	actor_call(&self->a, do_touch, 4 * HUGE);
	huge = smaps_pages(self->pid, "AnonHugePages", NULL);
	/* Nobody makes any of small pages from now on. */
	EXPECT_EQ(0, ms_write_at(THP "enabled", "never", 5));
	EXPECT_EQ(4 * HUGE, huge);
	EXPECT_GROWN(4 * HUGE);
	EXPECT_TRUE(page_out(&self->a, 4 * HUGE));
	EXPECT_GROWN(4 * HUGE);
	actor_call(&self->a, do_touch, HUGE);
	actor_call(&self->a, do_read, 4 * HUGE);
	EXPECT_GROWN(4 * HUGE);
	EXPECT_EQ(4 * HUGE, touched_pages(self->pid));
	knobs_restore(knobs, 2);
}

TEST_HARNESS_MAIN
