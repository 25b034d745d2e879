// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge on the ways on which a process itself takes memory and gives it
 * back, in pages of the ordinary size. After each step it is what smaps says,
 * and has changed by what the step was about.
 */
#include "charge.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#define N	1000L

FIXTURE(path) {
	struct actor a;
	long base;
};

FIXTURE_SETUP(path)
{
	self->a = actor_new_job(_metadata, &self->base);
}

FIXTURE_TEARDOWN(path)
{
	actor_end_job(_metadata, &self->a);
}

/* A second mapping, besides the region. */
static char *mapping;

static long map(long pages, int prot, int flags, int fd)
{
	mapping = mmap(NULL, pages * PAGE, prot, flags, fd, 0);
	return mapping == MAP_FAILED ? -errno : pages;
}

static long do_write_mapping(long pages)
{
	long i;

	for (i = 0; i < pages; i++)
		*(volatile char *)(mapping + i * PAGE) = 1;
	return pages;
}

static long do_read_mapping(long pages)
{
	long i, sum = 0;

	for (i = 0; i < pages; i++)
		sum += *(volatile char *)(mapping + i * PAGE);
	return sum & 0;
}

static long do_unmap(long pages)
{
	return munmap(mapping, pages * PAGE) ? -errno : 0;
}

static long do_advise(long advice)
{
	return madvise(region, N * PAGE, advice) ? -errno : 0;
}

TEST_F(path, written_pages_count_once)
{
	EXPECT_EQ(N, actor_call(&self->a, do_touch, N));
	EXPECT_GROWN(N);
	EXPECT_EQ(N, actor_call(&self->a, do_touch, N));
	EXPECT_GROWN(N);
	EXPECT_EQ(2 * N, actor_call(&self->a, do_touch, 2 * N));
	EXPECT_GROWN(2 * N);
}

TEST_F(path, the_zero_page_does_not_count_until_it_is_written)
{
	EXPECT_EQ(0, actor_call(&self->a, do_read, N));
	EXPECT_GROWN(0);
	EXPECT_EQ(N / 2, actor_call(&self->a, do_touch, N / 2));
	EXPECT_GROWN(N / 2);
}

TEST_F(path, memory_given_back_leaves_and_counts_again_when_written)
{
	actor_call(&self->a, do_touch, 2 * N);
	EXPECT_EQ(0, actor_call(&self->a, do_free, N));
	EXPECT_GROWN(N);
	EXPECT_EQ(N / 2, actor_call(&self->a, do_touch, N / 2));
	EXPECT_GROWN(N + N / 2);
	EXPECT_EQ(0, actor_call(&self->a, do_free, 2 * N));
	EXPECT_GROWN(0);
}

static long do_map(long pages)
{
	return map(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

TEST_F(path, memory_touched_before_registration_counts_and_leaves)
{
	actor_call(&self->a, do_touch, N);
	ASSERT_EQ(0, ms_write("unregister", "%d", self->a.pid));
	actor_call(&self->a, do_touch, 2 * N);
	ASSERT_EQ(0, ms_write("register", "%d max", self->a.pid));
	EXPECT_GROWN(2 * N);
	EXPECT_EQ(0, touched_pages(self->a.pid));
	EXPECT_EQ(0, actor_call(&self->a, do_free, N));
	EXPECT_GROWN(N);
	actor_call(&self->a, do_touch, N / 2);
	EXPECT_GROWN(N + N / 2);
}

TEST_F(path, unmapped_memory_leaves)
{
	EXPECT_EQ(N, actor_call(&self->a, do_map, N));
	actor_call(&self->a, do_write_mapping, N);
	EXPECT_GROWN(N);
	EXPECT_EQ(0, actor_call(&self->a, do_unmap, N / 4));
	EXPECT_GROWN(N - N / 4);
	EXPECT_EQ(0, actor_call(&self->a, do_unmap, N));
	EXPECT_GROWN(0);
}

/* Between 0 and 1000 pages, with room for 1000: 60 times, 30 of them. */
static long do_breathe(long times)
{
	while (times--) {
		do_touch(N);
		do_free(times % 2 ? N : N - times);
	}
	return do_free(N);
}

TEST_F(path, growing_and_shrinking_below_the_limit_never_stops)
{
	ASSERT_EQ(0, ms_job_write(self->a.pid, "limit", "%ld", (self->base + N) * PAGE));
	EXPECT_EQ(0, actor_call(&self->a, do_breathe, 60));
	EXPECT_EQ(0, ms_job_number(self->a.pid, "suspends"));
	EXPECT_GROWN(0);
	/* And one page more does. */
	actor_send(&self->a, do_touch, N + 1);
	EXPECT_TRUE(ms_until_state(self->a.pid, "suspended"));
	EXPECT_TRUE(ms_until(ms_process_state(self->a.pid) == 'T'));
	EXPECT_GROWN(N + 1);
}

static long do_populate(long prot)
{
	return map(N, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
}

TEST_F(path, populate_counts_what_may_be_written)
{
	EXPECT_EQ(N, actor_call(&self->a, do_populate, PROT_READ | PROT_WRITE));
	EXPECT_GROWN(N);
	actor_call(&self->a, do_write_mapping, N);
	EXPECT_GROWN(N);
	/* Only the zero page, N times. */
	EXPECT_EQ(N, actor_call(&self->a, do_populate, PROT_READ));
	EXPECT_GROWN(N);
}

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#define MADV_POPULATE_WRITE	23
#endif

TEST_F(path, madv_populate_write_counts_and_read_does_not)
{
	if (actor_call(&self->a, do_advise, MADV_POPULATE_READ) == -EINVAL)
		SKIP(return, "no MADV_POPULATE_READ before Linux 5.14");
	EXPECT_GROWN(0);
	EXPECT_EQ(0, actor_call(&self->a, do_advise, MADV_POPULATE_WRITE));
	EXPECT_GROWN(N);
}

static long do_mlock(long flags)
{
	return mlock2(region, N * PAGE, flags) ? -errno : 0;
}

static long do_munlock(long argument)
{
	return munlock(region, N * PAGE) ? -errno : 0;
}

TEST_F(path, mlock_counts_at_once_and_mlock_onfault_when_written)
{
	EXPECT_EQ(0, actor_call(&self->a, do_mlock, MLOCK_ONFAULT));
	EXPECT_GROWN(0);
	EXPECT_EQ(N / 2, actor_call(&self->a, do_touch, N / 2));
	EXPECT_GROWN(N / 2);
	EXPECT_EQ(0, actor_call(&self->a, do_mlock, 0));
	EXPECT_GROWN(N);
	EXPECT_EQ(0, actor_call(&self->a, do_munlock, 0));
	EXPECT_GROWN(N);
}

/* Have the mapping's first 1000 pages grow or shrink to so many. */
static long do_mremap(long pages)
{
	char *p = mremap(mapping, N * PAGE, pages * PAGE, MREMAP_MAYMOVE);

	if (p == MAP_FAILED)
		return -errno;
	mapping = p;
	return pages;
}

/* To another place, and the old one stays mapped, empty, if the flags say so. */
static long do_move(long flags)
{
	char *to = mmap(NULL, N * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *p = mremap(mapping, N * PAGE, N * PAGE,
			 MREMAP_MAYMOVE | MREMAP_FIXED | flags, to);

	if (p == MAP_FAILED)
		return -errno;
	if (!flags)
		mapping = p;
	return p == to;
}

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP	4
#endif

TEST_F(path, mremap_moves_and_grows_without_a_touch)
{
	EXPECT_EQ(N, actor_call(&self->a, do_map, N));
	actor_call(&self->a, do_write_mapping, N);
	EXPECT_EQ(1, actor_call(&self->a, do_move, 0));
	EXPECT_GROWN(N);
	EXPECT_EQ(2 * N, actor_call(&self->a, do_mremap, 2 * N));
	EXPECT_GROWN(N);
	EXPECT_EQ(2 * N, actor_call(&self->a, do_write_mapping, 2 * N));
	EXPECT_GROWN(2 * N);
	/* Shrink the first half of it. */
	EXPECT_EQ(N / 2, actor_call(&self->a, do_mremap, N / 2));
	EXPECT_GROWN(2 * N - N / 2);
}

TEST_F(path, what_mremap_leaves_behind_is_untouched)
{
	EXPECT_EQ(N, actor_call(&self->a, do_map, N));
	actor_call(&self->a, do_write_mapping, N);
	EXPECT_EQ(1, actor_call(&self->a, do_move, MREMAP_DONTUNMAP));
	EXPECT_GROWN(N);
	actor_call(&self->a, do_write_mapping, N);
	EXPECT_GROWN(2 * N);
}

/* Give it up, and have the kernel take what was given up. */
static long do_give_up(long pages)
{
	return madvise(region, pages * PAGE, MADV_FREE) ? -errno :
	       page_out_range(-1, region, pages * PAGE);
}

/*
 * A page that was just on its way to another of the kernel's lists is put back
 * instead, and must be given up again.
 */
static bool reclaimed(struct actor *a, long expected)
{
	return !actor_call(a, do_give_up, N) && held_pages(a->pid) == expected;
}

TEST_F(path, madv_free_leaves_when_it_is_reclaimed)
{
	actor_call(&self->a, do_touch, N);
	EXPECT_EQ(0, actor_call(&self->a, do_advise, MADV_FREE));
	EXPECT_GROWN(N);
	/* Written again, they are no new pages, and stay. */
	EXPECT_EQ(N / 2, actor_call(&self->a, do_touch, N / 2));
	EXPECT_GROWN(N);
	EXPECT_TRUE(ms_until(reclaimed(&self->a, self->base)));
	EXPECT_GROWN(0);
	actor_call(&self->a, do_touch, N);
	EXPECT_GROWN(N);
}

static long do_brk(long pages)
{
	char *old = sbrk(0), *p;

	if (sbrk(pages * PAGE) == (void *)-1)
		return -errno;
	for (p = old; p < old + pages * PAGE; p += PAGE)
		*(volatile char *)p = 1;
	return 0;
}

TEST_F(path, brk_counts_and_shrinks)
{
	long before;

	/* Up to a page boundary, and libc's first use of it. */
	EXPECT_EQ(0, actor_call(&self->a, do_brk, 1));
	before = held_pages(self->a.pid) - self->base;
	EXPECT_EQ(0, actor_call(&self->a, do_brk, N));
	EXPECT_GROWN(before + N);
	EXPECT_EQ(0, actor_call(&self->a, do_brk, -N));
	EXPECT_GROWN(before);
}

static long do_use_stack(long pages)
{
	char stack[pages * PAGE];
	volatile char *p = stack;
	long i;

	for (i = pages; i--;)
		p[i * PAGE] = 1;
	return pages;
}

TEST_F(path, the_stack_counts_as_far_as_it_was_used)
{
	EXPECT_EQ(N, actor_call(&self->a, do_use_stack, N));
	EXPECT_GE(held_pages(self->a.pid), self->base + N - 10);
	EXPECT_EQ(held_pages(self->a.pid), charged_pages(self->a.pid));
}

/* This program's own file: it has some pages. */
#define FILE_PAGES	16

static long do_map_file(long flags)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	long pages = map(FILE_PAGES, PROT_READ | PROT_WRITE, flags, fd);

	close(fd);
	return pages;
}

TEST_F(path, private_file_pages_count_when_written)
{
	EXPECT_EQ(FILE_PAGES, actor_call(&self->a, do_map_file, MAP_PRIVATE));
	actor_call(&self->a, do_read_mapping, FILE_PAGES);
	EXPECT_GROWN(0);
	actor_call(&self->a, do_write_mapping, FILE_PAGES / 2);
	EXPECT_GROWN(FILE_PAGES / 2);
	/* Without having been read first. */
	EXPECT_EQ(0, actor_call(&self->a, do_unmap, FILE_PAGES));
	EXPECT_GROWN(0);
	EXPECT_EQ(FILE_PAGES, actor_call(&self->a, do_map_file, MAP_PRIVATE));
	actor_call(&self->a, do_write_mapping, FILE_PAGES);
	EXPECT_GROWN(FILE_PAGES);
}

static long do_map_memfd(long flags)
{
	int fd = memfd_create("charge", MFD_CLOEXEC);
	long pages = ftruncate(fd, N * PAGE) ? -errno :
		     map(N, PROT_READ | PROT_WRITE, flags, fd);

	close(fd);
	return pages;
}

static long do_map_sysv(long argument)
{
	int id = shmget(IPC_PRIVATE, N * PAGE, 0600);

	mapping = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	return mapping == (void *)-1 ? -errno : N;
}

static long do_map_shared(long argument)
{
	return map(N, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
}

TEST_F(path, shared_memory_does_not_count)
{
	EXPECT_EQ(N, actor_call(&self->a, do_map_shared, 0));
	actor_call(&self->a, do_write_mapping, N);
	EXPECT_GROWN(0);
	EXPECT_EQ(N, actor_call(&self->a, do_map_memfd, MAP_SHARED));
	actor_call(&self->a, do_write_mapping, N);
	EXPECT_GROWN(0);
	EXPECT_EQ(N, actor_call(&self->a, do_map_sysv, 0));
	actor_call(&self->a, do_write_mapping, N);
	EXPECT_GROWN(0);
}

TEST_F(path, a_private_copy_of_shared_memory_counts)
{
	EXPECT_EQ(N, actor_call(&self->a, do_map_memfd, MAP_PRIVATE));
	actor_call(&self->a, do_read_mapping, N);
	EXPECT_GROWN(0);
	actor_call(&self->a, do_write_mapping, N / 2);
	EXPECT_GROWN(N / 2);
}

TEST_HARNESS_MAIN
