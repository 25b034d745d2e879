// SPDX-License-Identifier: GPL-2.0-only
/*
 * node/floor: jobs are suspended when too little memory is available, whoever holds
 * it, and resumed when it has come back.
 *
 * What is available changes all the time, so everything here is tens of megabytes.
 */
#include "memsusp_node.h"

#include <sys/swap.h>

#define PER_MIB		(MIB / PAGE)
#define EATEN		(128 * PER_MIB)
#define FILE_SIZE	(128 * MIB)

/* What the kernel says is available, in pages. */
static long available(void)
{
	char line[128];
	long kb = 0;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %ld kB", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb * 1024 / PAGE;
}

static int leave_above_floor(long pages)
{
	return ms_node_write("floor", "%ld", (available() - pages) * PAGE);
}

/* The second job holds 96 MiB, the others next to nothing; 64 are left above the floor. */
static bool have_floor(struct actor *a)
{
	return actor_call(&a[1], do_grow, 96 * PER_MIB) > 0 &&
	       !ms_node_write("headroom", "4M") && !leave_above_floor(64 * PER_MIB);
}

/* Each job may take an eighth of what is left unseen; this is so much that it must ask. */
static void touch_enough(struct actor *a)
{
	actor_send(a, do_grow, 12 * PER_MIB);
}

/* A program that is no job. */
static struct actor eater_new(void)
{
	struct actor a = actor_ready();

	actor_call(&a, do_grow, EATEN);
	return a;
}

TEST_F(node, a_job_that_touches_when_memory_is_short_suspends_by_policy)
{
	struct actor eater;
	int i;

	ASSERT_TRUE(have_floor(self->a));
	eater = eater_new();
	/* Nobody touches, nobody looks. */
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_TRUE(ms_is_running(self->pid[i]));
	touch_enough(&self->a[0]);
	ASSERT_TRUE(ms_until_stopped(self->pid[1], self->pid[1]));
	EXPECT_TRUE(ms_job_is(self->pid[1], "reason", "node"));
	/* About the difference: what others have left behind may come back meanwhile. */
	EXPECT_LT(16 * PER_MIB, ms_overshoot(self->pid[1]));
	EXPECT_GT(128 * PER_MIB, ms_overshoot(self->pid[1]));
	EXPECT_TRUE(ms_node_is("level", "critical"));
	EXPECT_TRUE(ms_sums_are_right());
	/* Given back, it is resumed without anybody touching. */
	ASSERT_LT(0, actor_call(&eater, do_shrink, EATEN) + 1);
	EXPECT_TRUE(ms_until_state(self->pid[1], "running"));
	EXPECT_EQ(7, actor_call(&self->a[1], do_nothing, 7));
}

/* A file in memory: not even the memory of a program. */
TEST_F(node, memory_that_a_file_takes_is_missing_as_well)
{
	int fd = memfd_create("eater", MFD_CLOEXEC);

	ASSERT_TRUE(have_floor(self->a));
	ASSERT_EQ(0, posix_fallocate(fd, 0, FILE_SIZE));
	touch_enough(&self->a[0]);
	ASSERT_TRUE(ms_until_stopped(self->pid[1], self->pid[1]));
	ASSERT_EQ(0, ftruncate(fd, 0));
	EXPECT_TRUE(ms_until_state(self->pid[1], "running"));
	close(fd);
}

TEST_F(node, jobs_alone_may_bring_it_below_the_floor)
{
	ASSERT_TRUE(have_floor(self->a));
	ASSERT_EQ(0, ms_node_write("policy", "faulting"));
	actor_send(&self->a[2], do_grow, 128 * PER_MIB);
	ASSERT_TRUE(ms_until_stopped(self->pid[2], self->pid[2]));
	EXPECT_LT(32 * PER_MIB, ms_charge(self->pid[2]));
	EXPECT_GT(120 * PER_MIB, ms_charge(self->pid[2]));
	EXPECT_TRUE(ms_is_running(self->pid[0]));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
}

TEST_F(node, a_floor_above_what_is_available_suspends_at_once_all_but_one)
{
	int i, running = 0;

	ASSERT_LT(0, actor_call(&self->a[0], do_grow, 32 * PER_MIB));
	ASSERT_TRUE(have_floor(self->a));
	ASSERT_EQ(0, leave_above_floor(-400 * PER_MIB));
	for (i = 0; i < NODE_JOBS; i++)
		running += ms_is_running(self->pid[i]);
	EXPECT_EQ(1, running);
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "node"));
	EXPECT_TRUE(ms_is_suspended_for(self->pid[0], "node"));
	ASSERT_EQ(0, ms_node_write("floor", "0"));
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_TRUE(ms_is_running(self->pid[i]));
}

TEST_F(node, the_headroom_must_be_left_above_the_floor)
{
	ASSERT_TRUE(have_floor(self->a));
	ASSERT_EQ(0, leave_above_floor(-8 * PER_MIB));
	ASSERT_TRUE(ms_is_suspended_for(self->pid[1], "node"));
	ASSERT_EQ(0, ms_node_write("headroom", "128M"));
	/* Its own memory is available now as well: enough for it, not for the headroom. */
	ASSERT_EQ(0, leave_above_floor(64 * PER_MIB));
	ms_sleep(700);
	EXPECT_TRUE(ms_is_suspended_for(self->pid[1], "node"));
	ASSERT_EQ(0, ms_node_write("headroom", "0"));
	EXPECT_TRUE(ms_is_running(self->pid[1]));
}

/* The only swap there is, if any. */
static bool swap_device(char path[256])
{
	FILE *f = fopen("/proc/swaps", "re");
	bool found = f && fscanf(f, "%*[^\n] %255s", path) == 1;

	if (f)
		fclose(f);
	return found;
}

FIXTURE(no_swap) {
	struct actor a, b;
	char path[256];
	bool swap;
};

FIXTURE_SETUP(no_swap)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	self->swap = swap_device(self->path);
	if (self->swap)
		ASSERT_EQ(0, swapoff(self->path));
	self->a = actor_ready();
	self->b = actor_ready();
	ASSERT_EQ(0, ms_write("register", "%d max", self->a.pid));
	ASSERT_EQ(0, ms_write("register", "%d max", self->b.pid));
}

FIXTURE_TEARDOWN(no_swap)
{
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	if (self->swap)
		EXPECT_EQ(0, swapon(self->path, 0));
}

/*
 * Memory of suspended jobs is idle, and available as far as there is swap for it.
 * Without, who is suspended gives nothing back; but it takes nothing either when it
 * is resumed.
 */
TEST_F(no_swap, who_was_suspended_is_resumed_when_memory_has_come_back)
{
	struct actor eater;

	ASSERT_LT(0, actor_call(&self->b, do_grow, 96 * PER_MIB));
	ASSERT_EQ(0, ms_node_write("headroom", "4M"));
	ASSERT_EQ(0, leave_above_floor(64 * PER_MIB));
	eater = eater_new();
	actor_send(&self->a, do_grow, 20 * PER_MIB);
	ASSERT_TRUE(ms_until_state(self->b.pid, "suspended"));
	actor_end(&eater);
	EXPECT_TRUE(ms_until_state(self->b.pid, "running"));
	EXPECT_TRUE(ms_until_state(self->a.pid, "running"));
}

TEST_HARNESS_MAIN
