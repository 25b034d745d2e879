// SPDX-License-Identifier: GPL-2.0-only
/*
 * With no memory left, in RAM or in swap, whoever crosses a limit is suspended as
 * ever: on the way to a suspension nothing is allocated.
 */
#include "memsusp_tree.h"

#include <sys/sysinfo.h>

/* A larger machine takes long to fill; check-storms has one of this size. */
#define LARGEST	(800 * MIB)
/* What is left free: enough for a job to touch a few more pages. */
#define LEFT_KB	16384
/*
 * After fragmentation the kernel keeps more to itself for a while, and MemAvailable does
 * not know: somebody would be killed while there seems to be memory.
 */
#define BOOST	"/proc/sys/vm/watermark_boost_factor"

static long meminfo_kb(const char *key)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
			kb = atol(line + strlen(key) + 1);
	if (f)
		fclose(f);
	return kb;
}

static bool protect(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	return !ms_write_at(path, "-1000", 5);
}

static bool is_full(void)
{
	return meminfo_kb("MemAvailable") < LEFT_KB && meminfo_kb("SwapFree") < LEFT_KB;
}

/* What runs in the test must not have to be read from a disk first. */
static long do_lock(long unused)
{
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ? -errno : 0;
}

static char *filling;
static long filled;

/* Touch new memory until there is no more. Answers with how many MiB it was. */
static long do_fill(long most)
{
	long i, chunk = MIB / 4;

	filling = mmap(NULL, most, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (filling == MAP_FAILED)
		return -errno;
	madvise(filling, most, MADV_NOHUGEPAGE);
	for (filled = 0; filled < most && !is_full(); filled += chunk)
		for (i = 0; i < chunk; i += PAGE)
			/* No two alike, lest somebody compresses or merges them. */
			*(volatile long *)(filling + filled + i) = filled + i + 1;
	return filled / MIB;
}

FIXTURE(full) {
	struct actor a, b, filler;
	char boost[32];
};

FIXTURE_SETUP(full)
{
	struct sysinfo info;
	long mib;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (sysinfo(&info) || info.totalram * info.mem_unit > LARGEST)
		SKIP(_exit(255), "this machine has too much memory to fill it");
	ASSERT_EQ(0, ms_read_at(BOOST, self->boost, sizeof(self->boost)));
	ASSERT_EQ(0, ms_write_at(BOOST, "0", 1));
	self->a = actor_ready();
	self->b = actor_ready();
	ASSERT_EQ(0, ms_write("register", "%d max", self->a.pid));
	ASSERT_EQ(0, ms_write("register", "%d max", self->b.pid));
	/* What the kernel needs for it is there: the job is not the one to starve. */
	ASSERT_EQ(200, actor_call(&self->a, do_touch, 200));
	ASSERT_EQ(200, actor_call(&self->b, do_touch, 200));
	ASSERT_EQ(0, do_lock(0));
	ASSERT_EQ(0, actor_call(&self->a, do_lock, 0));
	ASSERT_EQ(0, actor_call(&self->b, do_lock, 0));
	self->filler = actor_new();
	ASSERT_TRUE(protect(self->filler.pid));
	ASSERT_TRUE(protect(getpid()));
	/* The harness waits for us. */
	ASSERT_TRUE(protect(getppid()));
	ASSERT_TRUE(protect(self->a.pid));
	ASSERT_TRUE(protect(self->b.pid));
	mib = actor_call_patiently(&self->filler, do_fill,
				   info.totalram * info.mem_unit + info.totalswap * info.mem_unit);
	TH_LOG("%ld MiB fill it; %ld kB available, %ld kB of swap free", mib,
	       meminfo_kb("MemAvailable"), meminfo_kb("SwapFree"));
	ASSERT_LT(0, mib);
	ASSERT_TRUE(is_full());
}

FIXTURE_TEARDOWN(full)
{
	EXPECT_EQ(0, ms_write("node/limit", "max"));
	EXPECT_EQ(0, ms_write("node/floor", "0"));
	EXPECT_EQ(0, ms_write("node/policy", "largest"));
	EXPECT_EQ(0, ms_write_at(BOOST, self->boost, strlen(self->boost)));
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F_TIMEOUT(full, a_job_that_crosses_its_limit_is_suspended, 300)
{
	struct actor child = actor_child(&self->a, do_fork);

	ASSERT_LT(0, child.pid);
	ASSERT_EQ(0, ms_leave_room(self->a.pid, 50));
	actor_send(&self->a, do_touch, 300);
	EXPECT_TRUE(ms_until_all_stopped(self->a.pid));
	EXPECT_EQ(1, ms_overshoot(self->a.pid));
	EXPECT_TRUE(ms_job_is(self->a.pid, "reason", "limit"));
	/* And it goes on, if it may. */
	ASSERT_EQ(0, ms_write("resume", "%d max", self->a.pid));
	EXPECT_EQ(300, actor_answer(&self->a));
	EXPECT_EQ(7, actor_call(&child, do_nothing, 7));
}

TEST_F_TIMEOUT(full, a_job_that_crosses_the_nodes_limit_is_suspended, 300)
{
	long pages = ms_charge(self->a.pid) + ms_charge(self->b.pid) + 50;

	ASSERT_EQ(0, ms_write("node/policy", "faulting"));
	ASSERT_EQ(0, ms_write("node/limit", "%ld", pages * PAGE));
	actor_send(&self->a, do_touch, 300);
	EXPECT_TRUE(ms_until_stopped(self->a.pid, self->a.pid));
	EXPECT_TRUE(ms_job_is(self->a.pid, "reason", "node"));
	EXPECT_TRUE(ms_is_running(self->b.pid));
	ASSERT_EQ(0, ms_write("node/limit", "max"));
	EXPECT_EQ(300, actor_answer(&self->a));
	/* The floor is what there is for this case. */
	ASSERT_EQ(0, ms_write("node/floor", "%ld", 64 * MIB));
	EXPECT_TRUE(ms_until(ms_is_running(self->a.pid) != ms_is_running(self->b.pid)));
	ASSERT_EQ(0, ms_write("node/floor", "0"));
	EXPECT_TRUE(ms_until(ms_is_running(self->a.pid) && ms_is_running(self->b.pid)));
}

TEST_HARNESS_MAIN
