/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of the node share: its files, jobs that grow and shrink page by
 * page, and settings that are put back when a test has ended.
 */
#ifndef MEMSUSP_NODE_H
#define MEMSUSP_NODE_H

#include "memsusp_job.h"

__attribute__((format(printf, 2, 3)))
static inline int ms_node_write(const char *file, const char *format, ...)
{
	char path[256], line[512];
	va_list ap;
	int len;

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/node/%s", file);
	va_start(ap, format);
	len = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return ms_write_at(path, line, len);
}

static inline int ms_node_read(const char *file, char *buf, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/node/%s", file);
	return ms_read_at(path, buf, size);
}

static inline bool ms_node_is(const char *file, const char *word)
{
	char buf[128];

	return !ms_node_read(file, buf, sizeof(buf)) && !strcmp(buf, word);
}

/* A file of sizes, in pages. */
static inline long ms_node_pages(const char *file)
{
	char buf[64];
	int err = ms_node_read(file, buf, sizeof(buf));

	return err ? err : atoll(buf) / PAGE;
}

/* Let running jobs hold so many pages more than now. */
static inline int ms_node_leave_room(long pages)
{
	return ms_node_write("limit", "%ld", (ms_node_pages("running") + pages) * PAGE);
}

/*
 * As after loading, but for the headroom, which does not follow the limit any more
 * once it was set: it is so much that no job is resumed by chance.
 */
#define HEADROOM	1024

static inline int ms_node_reset(void)
{
	return ms_node_write("limit", "max") ?: ms_node_write("floor", "0") ?:
	       ms_node_write("headroom", "%ld", HEADROOM * PAGE) ?:
	       ms_node_write("policy", "largest") ?:
	       ms_node_write("auto_resume", "1") ?: ms_node_write("min_running", "1") ?:
	       ms_node_write("drain", "0") ?: ms_node_write("max_suspended_ms", "0");
}

/* Orders to an actor: touch so many pages more, or give so many back. */

static long grown;

static inline long do_grow(long pages)
{
	while (pages--)
		*(volatile char *)(region + grown++ * PAGE) = 1;
	return grown;
}

static inline long do_shrink(long pages)
{
	grown -= pages;
	return madvise(region + grown * PAGE, pages * PAGE, MADV_DONTNEED) ? -errno : grown;
}

/* What all jobs are charged, one by one, in pages. */
static inline long ms_sum_of_charges(const char *state)
{
	char line[1024], is[32];
	long long charge, sum = 0;
	const char *at;
	FILE *f = fopen(MEMSUSP_PROC "/jobs", "re");

	snprintf(is, sizeof(is), " state=%s ", state);
	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, " charge=");
		if (at && sscanf(at, " charge=%lld", &charge) == 1 && strstr(line, is))
			sum += charge;
	}
	if (f)
		fclose(f);
	return sum / PAGE;
}

/* Once everybody is at rest: somebody may still be touching. */
static inline bool ms_sums_are_right(void)
{
	return ms_until(ms_node_pages("running") == ms_sum_of_charges("running") &&
			ms_node_pages("suspended") == ms_sum_of_charges("suspended"));
}

static inline bool ms_is_suspended_for(pid_t pid, const char *reason)
{
	return ms_job_is(pid, "state", "suspended") && ms_job_is(pid, "reason", reason);
}

/* For a while, again and again. */
#define ms_stays(condition) ({					\
	int left_ = 100;					\
	while (left_ && (condition)) {				\
		ms_sleep(1);					\
		left_--;					\
	}							\
	!left_; })

static inline long long ms_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Jobs, the oldest first; each holds @base pages of its own and has grown by @size. */
#define NODE_JOBS	4

FIXTURE(node) {
	struct actor a[NODE_JOBS];
	pid_t pid[NODE_JOBS];
	long base[NODE_JOBS];
};

FIXTURE_SETUP(node)
{
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	for (i = 0; i < NODE_JOBS; i++) {
		self->a[i] = actor_ready();
		self->pid[i] = self->a[i].pid;
		ASSERT_EQ(0, ms_write("register", "%d max name=%c", self->pid[i], 'a' + i));
		self->base[i] = ms_charge(self->pid[i]);
		ASSERT_LT(0, self->base[i]);
	}
}

FIXTURE_TEARDOWN(node)
{
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_EQ(0, ms_node_pages("running"));
	EXPECT_EQ(0, ms_node_pages("suspended"));
}

#endif /* MEMSUSP_NODE_H */
