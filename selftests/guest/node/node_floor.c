// SPDX-License-Identifier: GPL-2.0-only
/*
 * node/floor: jobs are suspended when too little memory is available, whoever holds
 * it, and resumed when it has come back.
 *
 * What is available changes all the time, so everything here is tens of megabytes.
 */
#include "memsusp_node.h"
#include "memsusp_swap.h"

#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>

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

/*
 * Idle memory that cannot leave RAM, or not all of it. A job holds 96 MiB of such memory,
 * another 80 that can leave. As many are eaten as would be there again if all of the first
 * one's memory could leave; the other must be suspended as well, and only then.
 */
struct scene {
	struct actor a[3];
	struct actor eater;
	const char *missing;
	char disk[256];
	bool zram;
};

FIXTURE(stuck) {
	struct scene scene;
};

#define STUCK	(96 * PER_MIB)

FIXTURE_SETUP(stuck)
{
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	for (i = 0; i < 3; i++) {
		self->scene.a[i] = actor_ready();
		ASSERT_EQ(0, ms_write("register", "%d max", self->scene.a[i].pid));
	}
	ASSERT_LT(0, actor_call(&self->scene.a[2], do_grow, 80 * PER_MIB));
	self->scene.missing = swap_device(self->scene.disk) ? NULL : "no swap";
}

/* A cgroup and one in it. */
#define GROUPS	"/sys/fs/cgroup/"
#define OUTER	GROUPS "memsusp-floor/"
#define INNER	OUTER "inner/"

FIXTURE_TEARDOWN(stuck)
{
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_TRUE(ms_until(!rmdir(INNER) || errno == ENOENT));
	EXPECT_TRUE(ms_until(!rmdir(OUTER) || errno == ENOENT));
	if (self->scene.zram) {
		EXPECT_TRUE(zram_off());
		EXPECT_EQ(0, swapon(self->scene.disk, 0));
	}
}

#define NEEDS_SWAP() do {						\
	if (self->scene.missing)					\
		SKIP(return, "%s", self->scene.missing);		\
} while (0)

/* So much is missing at the floor, before the first job touches some more. */
static bool eat(struct scene *s, long pages)
{
	if (ms_node_write("headroom", "4M") || leave_above_floor(64 * PER_MIB))
		return false;
	s->eater = actor_ready();
	actor_call(&s->eater, do_grow, 64 * PER_MIB + pages);
	touch_enough(&s->a[0]);
	return true;
}

static bool one_is_enough(struct scene *s)
{
	return ms_until_stopped(s->a[1].pid, s->a[1].pid) &&
	       actor_answer(&s->a[0]) > 0 && ms_stays(ms_is_running(s->a[2].pid));
}

static bool other_is_needed(struct scene *s)
{
	return ms_until_stopped(s->a[2].pid, s->a[2].pid) &&
	       ms_is_suspended_for(s->a[2].pid, "node");
}

/* What cannot leave need not be brought back either. */
static bool all_are_resumed(struct scene *s)
{
	actor_end(&s->eater);
	return ms_until_state(s->a[1].pid, "running") &&
	       ms_until_state(s->a[2].pid, "running") && actor_answer(&s->a[0]) > 0;
}

TEST_F(stuck, what_can_leave_is_available)
{
	NEEDS_SWAP();
	ASSERT_LT(0, actor_call(&self->scene.a[1], do_grow, STUCK));
	ASSERT_TRUE(eat(&self->scene, 64 * PER_MIB));
	EXPECT_TRUE(one_is_enough(&self->scene));
}

static long do_lock(long pages)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_MEMLOCK, &all) || mlock(region, pages * PAGE) ? -errno : 0;
}

TEST_F(stuck, what_is_locked_is_not)
{
	ASSERT_LT(0, actor_call(&self->scene.a[1], do_grow, STUCK));
	ASSERT_EQ(0, actor_call(&self->scene.a[1], do_lock, STUCK));
	ASSERT_TRUE(eat(&self->scene, 64 * PER_MIB));
	EXPECT_TRUE(other_is_needed(&self->scene));
	EXPECT_TRUE(all_are_resumed(&self->scene));
}

static int group_write(const char *file, const char *text)
{
	return ms_write_at(file, text, strlen(text));
}

/* NULL, or what is missing. */
static const char *join_inner(struct actor *a)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", a->pid);
	group_write(GROUPS "cgroup.subtree_control", "+memory");
	mkdir(OUTER, 0755);
	group_write(OUTER "cgroup.subtree_control", "+memory");
	mkdir(INNER, 0755);
	if (access(INNER "memory.swap.max", F_OK))
		return "no limits on swap";
	return group_write(INNER "cgroup.procs", pid) ? "no cgroup" : NULL;
}

static void limit_swap(struct __test_metadata *_metadata, struct scene *s,
		       const char *file, const char *limit)
{
	if (!s->missing)
		s->missing = join_inner(&s->a[1]);
	if (s->missing)
		return;
	ASSERT_LT(0, actor_call(&s->a[1], do_grow, STUCK));
	ASSERT_EQ(0, group_write(file, limit));
	ASSERT_TRUE(eat(s, 64 * PER_MIB));
}

TEST_F(stuck, what_its_cgroup_may_not_swap_is_not)
{
	limit_swap(_metadata, &self->scene, INNER "memory.swap.max", "0");
	NEEDS_SWAP();
	EXPECT_TRUE(other_is_needed(&self->scene));
	EXPECT_TRUE(all_are_resumed(&self->scene));
}

TEST_F(stuck, nor_is_what_a_cgroup_above_may_not)
{
	limit_swap(_metadata, &self->scene, OUTER "memory.swap.max", "32M");
	NEEDS_SWAP();
	EXPECT_TRUE(other_is_needed(&self->scene));
	EXPECT_TRUE(all_are_resumed(&self->scene));
}

TEST_F(stuck, a_cgroup_that_may_swap_all_is_like_none)
{
	limit_swap(_metadata, &self->scene, INNER "memory.swap.max", "200M");
	NEEDS_SWAP();
	EXPECT_TRUE(one_is_enough(&self->scene));
}

static void zram_alone(struct __test_metadata *_metadata, struct scene *s)
{
	if (s->missing)
		return;
	s->missing = zram_on(256 * MIB);
	if (s->missing)
		return;
	s->zram = true;
	ASSERT_EQ(0, swapoff(s->disk));
	ASSERT_LT(0, actor_call(&s->a[1], do_grow, STUCK));
}

/* Fill pages with what cannot be compressed, or with what can, and swap them out. */
static long do_swap_out(long random)
{
	long size = 64 * MIB, done;

	memset(region, 1, size);
	for (done = 0; random && done < size; done += MIB)
		if (getrandom(region + done, MIB, 0) != MIB)
			return -errno;
	return madvise(region, size, MADV_PAGEOUT) ? -errno : 0;
}

static void swap_out(struct __test_metadata *_metadata, bool random)
{
	struct actor other = actor_ready();

	ASSERT_EQ(0, actor_call_patiently(&other, do_swap_out, random));
	/* The kernel adds up what compressed memory takes once a second. */
	ms_sleep(3000);
}

TEST_F(stuck, compressed_in_ram_it_takes_half_as_far_as_is_known)
{
	zram_alone(_metadata, &self->scene);
	NEEDS_SWAP();
	ms_sleep(3000);
	ASSERT_TRUE(eat(&self->scene, 64 * PER_MIB));
	EXPECT_TRUE(other_is_needed(&self->scene));
	EXPECT_TRUE(all_are_resumed(&self->scene));
}

TEST_F(stuck, more_if_others_could_not_be_compressed)
{
	zram_alone(_metadata, &self->scene);
	NEEDS_SWAP();
	/* So far that nobody is suspended yet; but with a floor, it is looked at. */
	ASSERT_EQ(0, leave_above_floor(256 * PER_MIB));
	swap_out(_metadata, true);
	ASSERT_TRUE(eat(&self->scene, 24 * PER_MIB));
	EXPECT_TRUE(other_is_needed(&self->scene));
}

TEST_F(stuck, less_if_they_could)
{
	zram_alone(_metadata, &self->scene);
	NEEDS_SWAP();
	/* So far that nobody is suspended yet; but with a floor, it is looked at. */
	ASSERT_EQ(0, leave_above_floor(256 * PER_MIB));
	swap_out(_metadata, false);
	ASSERT_TRUE(eat(&self->scene, 64 * PER_MIB));
	EXPECT_TRUE(one_is_enough(&self->scene));
}

TEST_HARNESS_MAIN
