// SPDX-License-Identifier: GPL-2.0-only
/* node/level says how near the node is to its limit or its floor, and wakes. */
#include "memsusp_node.h"

static const char * const levels[] = MEMSUSP_LEVELS;

/* The parts of the limit that are left when a level begins. */
static const int parts[] = { 0, 5, 10, 20 };

#define NR_LEVELS	4

/* So many pages later, at most, a touch makes the level be noticed; see node.c. */
static long bound(void)
{
	return ms_node_pages("limit") / 128 + NODE_JOBS + 1;
}

/* Have @a grow until that many pages are left. */
static bool leave(struct actor *a, long pages)
{
	long more = ms_node_pages("limit") - ms_node_pages("running") - pages;

	return more >= 0 ? actor_call(a, do_grow, more) > 0 :
			   actor_call(a, do_shrink, -more) >= 0;
}

TEST_F(node, the_level_is_what_is_left_of_the_limit)
{
	long limit;
	int i;

	EXPECT_TRUE(ms_node_is("level", "ok"));
	ASSERT_EQ(0, ms_node_leave_room(4001));
	limit = ms_node_pages("limit");
	for (i = 1; i < NR_LEVELS; i++) {
		ASSERT_TRUE(leave(&self->a[0], limit / parts[i]));
		EXPECT_TRUE(ms_node_is("level", levels[i - 1]));
		ASSERT_TRUE(leave(&self->a[0], limit / parts[i] - 1));
		EXPECT_TRUE(ms_node_is("level", levels[i]));
	}
	ASSERT_TRUE(leave(&self->a[0], 0));
	EXPECT_TRUE(ms_node_is("level", "critical"));
	/* And back. */
	for (i = NR_LEVELS - 1; i > 0; i--) {
		ASSERT_TRUE(leave(&self->a[0], limit / parts[i] - 1));
		EXPECT_TRUE(ms_node_is("level", levels[i]));
		ASSERT_TRUE(leave(&self->a[0], limit / parts[i]));
		EXPECT_TRUE(ms_node_is("level", levels[i - 1]));
	}
}

TEST_F(node, a_level_is_of_running_jobs_only)
{
	ASSERT_EQ(1000, actor_call(&self->a[0], do_grow, 1000));
	ASSERT_EQ(0, ms_node_leave_room(10));
	EXPECT_TRUE(ms_node_is("level", "critical"));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid[0]));
	EXPECT_TRUE(ms_node_is("level", "ok"));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid[0]));
	EXPECT_TRUE(ms_node_is("level", "critical"));
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	EXPECT_TRUE(ms_node_is("level", "ok"));
}

/* Somebody who waits for the level to change. */

static int level_open(void)
{
	return open(MEMSUSP_SYSFS "/node/level", O_RDONLY | O_CLOEXEC);
}

/* Reading also arms poll(). */
static bool level_reads(int fd, const char *word)
{
	char buf[32] = "";
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	buf[strcspn(buf, "\n")] = '\0';
	return n > 0 && !strcmp(buf, word);
}

static bool level_changed(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	return poll(&p, 1, timeout_ms) == 1 && p.revents & POLLPRI;
}

/* Reading may be what makes it change, and then wakes as well. */
static bool level_settles(int fd, const char *word)
{
	bool so;

	do
		so = level_reads(fd, word);
	while (level_changed(fd, 20));
	return so;
}

TEST_F(node, poll_wakes_when_a_touch_raises_the_level)
{
	int fd = level_open(), round, i;
	long limit;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ms_node_leave_room(4001));
	limit = ms_node_pages("limit");
	for (round = 0; round < 3; round++) {
		for (i = 1; i < NR_LEVELS; i++) {
			ASSERT_TRUE(level_reads(fd, levels[i - 1]));
			EXPECT_FALSE(level_changed(fd, 20));
			actor_call(&self->a[round], do_grow,
				   limit - ms_node_pages("running") - limit / parts[i] + bound());
			EXPECT_TRUE(level_changed(fd, GUARD_MS));
			EXPECT_TRUE(level_reads(fd, levels[i]));
		}
		/* That it falls is noticed by whoever looks. */
		ASSERT_TRUE(leave(&self->a[round], 4001));
		ASSERT_TRUE(ms_node_is("level", "ok"));
		EXPECT_TRUE(level_changed(fd, GUARD_MS));
	}
	close(fd);
}

/* No number of files read in between, which would have it summed up. */
TEST_F(node, poll_wakes_though_the_level_was_read_as_ok_after_a_fall)
{
	int fd = level_open(), i;
	long limit;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ms_node_leave_room(4000));
	limit = ms_node_pages("limit");
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(level_settles(fd, "ok"));
		ASSERT_LT(0, actor_call(&self->a[0], do_grow, 3990));
		EXPECT_TRUE(level_changed(fd, GUARD_MS));
		ASSERT_TRUE(level_settles(fd, "critical"));
		ASSERT_EQ(0, actor_call(&self->a[0], do_shrink, 3990));
		ASSERT_TRUE(level_settles(fd, "ok"));
		/* Into low, but not as far as it was. */
		ASSERT_LT(0, actor_call(&self->a[0], do_grow, 4000 - limit / 8));
		EXPECT_TRUE(level_changed(fd, GUARD_MS));
		ASSERT_TRUE(level_settles(fd, "low"));
		ASSERT_EQ(0, actor_call(&self->a[0], do_shrink, 4000 - limit / 8));
	}
	close(fd);
}

TEST_F(node, poll_wakes_after_whoever_held_most_has_ended)
{
	int fd = level_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ms_node_leave_room(4000));
	ASSERT_LT(0, actor_call(&self->a[0], do_grow, 3990));
	ASSERT_TRUE(level_reads(fd, "critical"));
	actor_end(&self->a[0]);
	EXPECT_TRUE(level_changed(fd, GUARD_MS));
	ASSERT_TRUE(level_settles(fd, "ok"));
	ASSERT_LT(0, actor_call(&self->a[1], do_grow, 3500));
	EXPECT_TRUE(level_changed(fd, GUARD_MS));
	EXPECT_TRUE(level_reads(fd, "low"));
	close(fd);
}

TEST_F(node, poll_wakes_when_a_suspension_or_a_setting_lowers_the_level)
{
	int fd = level_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(1000, actor_call(&self->a[0], do_grow, 1000));
	ASSERT_TRUE(level_reads(fd, "ok"));
	ASSERT_EQ(0, ms_node_leave_room(1));
	EXPECT_TRUE(level_changed(fd, GUARD_MS));
	ASSERT_TRUE(level_reads(fd, "critical"));
	/* Somebody goes for it. */
	actor_call(&self->a[1], do_grow, 10);
	ASSERT_TRUE(ms_is_suspended_for(self->pid[0], "node"));
	EXPECT_TRUE(level_changed(fd, GUARD_MS));
	ASSERT_TRUE(level_reads(fd, "ok"));
	ASSERT_EQ(0, ms_node_write("limit", "%ld", PAGE));
	EXPECT_TRUE(level_changed(fd, GUARD_MS));
	ASSERT_TRUE(level_reads(fd, "critical"));
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	EXPECT_TRUE(level_changed(fd, GUARD_MS));
	ASSERT_TRUE(level_reads(fd, "ok"));
	close(fd);
}

TEST_F(node, all_who_poll_are_woken)
{
	int fds[8], i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = level_open();
		ASSERT_TRUE(level_reads(fds[i], "ok"));
	}
	ASSERT_EQ(0, ms_node_leave_room(1));
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_TRUE(level_changed(fds[i], GUARD_MS));
		EXPECT_TRUE(level_reads(fds[i], "critical"));
		EXPECT_FALSE(level_changed(fds[i], 0));
		close(fds[i]);
	}
}

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

/* As much again is left above the floor, half of it, a quarter: in the middle of each. */
TEST_F(node, the_level_is_what_is_available_above_the_floor)
{
	static const int percent[NR_LEVELS] = { 40, 57, 72, 90 };
	int fd = level_open(), i;

	ASSERT_LE(0, fd);
	ASSERT_TRUE(level_reads(fd, "ok"));
	for (i = 0; i < NR_LEVELS; i++) {
		ASSERT_EQ(0, ms_node_write("floor", "%ld", available() / 100 * percent[i] * PAGE));
		EXPECT_EQ(i > 0, level_changed(fd, i ? GUARD_MS : 20));
		EXPECT_TRUE(level_reads(fd, levels[i]));
	}
	/* The higher of both counts. */
	ASSERT_EQ(0, ms_node_leave_room(10000));
	EXPECT_TRUE(ms_node_is("level", "critical"));
	ASSERT_EQ(0, ms_node_write("floor", "0"));
	EXPECT_TRUE(ms_node_is("level", "ok"));
	ASSERT_EQ(0, ms_node_leave_room(1));
	EXPECT_TRUE(ms_node_is("level", "critical"));
	ASSERT_EQ(0, ms_node_write("floor", "%ld", available() / 100 * percent[1] * PAGE));
	EXPECT_TRUE(ms_node_is("level", "critical"));
	close(fd);
}

TEST_HARNESS_MAIN
