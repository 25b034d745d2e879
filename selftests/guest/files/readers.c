// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who reads delays nobody: however much is read by those who are not root, jobs are summed
 * up for them a few times a second, by somebody else. What they read is a moment old at
 * most, and whole.
 */
#include "memsusp_node.h"

#include <grp.h>

#define NOBODY	65534
#define TIMES	300

static bool become_nobody(void)
{
	gid_t none = NOBODY;

	return !setgroups(1, &none) && !setresgid(none, none, none) &&
	       !setresuid(NOBODY, NOBODY, NOBODY);
}

/* All of a file; -1 if it cannot be read. */
static long read_all(const char *path)
{
	static char buf[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long len = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		len += n;
	close(fd);
	return n ? -1 : len;
}

/* How many of so many readings by nobody failed. */
static int read_by_nobody(const char *path, int times)
{
	int failed = 0, status;
	pid_t pid = fork();

	if (!pid) {
		if (!become_nobody())
			_exit(255);
		while (times--)
			failed += read_all(path) <= 0;
		_exit(failed < 255 ? failed : 254);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

FIXTURE(file) {
	struct actor a[NODE_JOBS];
	char path[128];
};

FIXTURE_VARIANT(file) {
	const char *format;	/* %d: a job */
};

FIXTURE_VARIANT_ADD(file, jobs) { MEMSUSP_PROC "/jobs" };
FIXTURE_VARIANT_ADD(file, processes) { MEMSUSP_PROC "/processes" };
FIXTURE_VARIANT_ADD(file, running) { MEMSUSP_SYSFS "/node/running" };
FIXTURE_VARIANT_ADD(file, suspended) { MEMSUSP_SYSFS "/node/suspended" };
FIXTURE_VARIANT_ADD(file, level) { MEMSUSP_SYSFS "/node/level" };
FIXTURE_VARIANT_ADD(file, charge) { MEMSUSP_SYSFS "/jobs/%d/charge" };
FIXTURE_VARIANT_ADD(file, peak) { MEMSUSP_SYSFS "/jobs/%d/peak" };

FIXTURE_SETUP(file)
{
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	for (i = 0; i < NODE_JOBS; i++) {
		self->a[i] = actor_ready();
		ASSERT_EQ(0, ms_write("register", "%d max", self->a[i].pid));
	}
	snprintf(self->path, sizeof(self->path), variant->format, self->a[0].pid);
}

FIXTURE_TEARDOWN(file)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(file, read_again_and_again_by_nobody_is_summed_up_now_and_then)
{
	long long sums;
	long begun, most;

	/* Jobs are looked at after they were registered; that is over now. */
	ASSERT_LT(0, read_all(self->path));
	sums = ms_stat("true_ups");
	begun = ms_now();
	ASSERT_EQ(0, read_by_nobody(self->path, TIMES));
	most = (ms_now() - begun) / 100 + 2;
	TH_LOG("%lld sums in %ld ms", ms_stat("true_ups") - sums, ms_now() - begun);
	EXPECT_GE(most * NODE_JOBS, ms_stat("true_ups") - sums);
	/* While root always reads what is. */
	sums = ms_stat("true_ups");
	ASSERT_LT(0, read_all(self->path));
	ASSERT_LT(0, read_all(self->path));
	EXPECT_LE(sums + 2, ms_stat("true_ups"));
}

/* Of the only job, in pages. */
static long charge_in(const char *path, pid_t pid)
{
	char buf[64];

	if (strstr(path, MEMSUSP_PROC "/jobs"))
		return ms_table_number("jobs", "pid", pid, "charge") / PAGE;
	if (strstr(path, MEMSUSP_PROC "/processes"))
		return ms_table_number("processes", "pid", pid, "charge") / PAGE;
	return ms_read_at(path, buf, sizeof(buf)) ? -1 : atoll(buf) / PAGE;
}

FIXTURE(growing) {
	struct actor a;
	char path[128];
};

FIXTURE_VARIANT(growing) {
	const char *format;
};

FIXTURE_VARIANT_ADD(growing, jobs) { MEMSUSP_PROC "/jobs" };
FIXTURE_VARIANT_ADD(growing, processes) { MEMSUSP_PROC "/processes" };
FIXTURE_VARIANT_ADD(growing, running) { MEMSUSP_SYSFS "/node/running" };
FIXTURE_VARIANT_ADD(growing, charge) { MEMSUSP_SYSFS "/jobs/%d/charge" };
FIXTURE_VARIANT_ADD(growing, peak) { MEMSUSP_SYSFS "/jobs/%d/peak" };

FIXTURE_SETUP(growing)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->a = actor_ready();
	ASSERT_EQ(0, ms_write("register", "%d max", self->a.pid));
	snprintf(self->path, sizeof(self->path), variant->format, self->a.pid);
}

FIXTURE_TEARDOWN(growing)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(growing, nobody_reads_what_was_true_a_moment_ago)
{
	pid_t pid = self->a.pid, reader;
	int status;

	reader = fork();
	if (!reader) {
		long before = -1;
		int i;

		if (!become_nobody())
			_exit(1);
		for (i = 0; i < 5; i++) {
			long now = charge_in(self->path, pid);

			if (now < before + 1000 * !!i)
				_exit(2);
			before = now;
			if (actor_call(&self->a, do_grow, 1000) < 0)
				_exit(3);
			if (!ms_until(charge_in(self->path, pid) >= before + 1000))
				_exit(4);
		}
		_exit(0);
	}
	EXPECT_EQ(reader, waitpid(reader, &status, 0));
	EXPECT_EQ(0, status);
}

/* Lists that change while they are read. */

#define MANY	60

FIXTURE(list) {
	struct actor a[MANY];
	int fd;
};

FIXTURE_VARIANT(list) {
	const char *file;
	bool by_nobody;
};

FIXTURE_VARIANT_ADD(list, jobs) { "jobs", false };
FIXTURE_VARIANT_ADD(list, processes) { "processes", false };
FIXTURE_VARIANT_ADD(list, jobs_by_nobody) { "jobs", true };

FIXTURE_SETUP(list)
{
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (i = 0; i < MANY; i++) {
		self->a[i] = actor_new();
		ASSERT_LT(0, self->a[i].pid);
	}
}

FIXTURE_TEARDOWN(list)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

/* Count in @seen which are in the lines of @text. */
static int count_lines(char *text, const struct actor *a, int *seen)
{
	char *line, *save = NULL;
	int i, lines = 0, pid;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		lines++;
		if (sscanf(line, "pid=%d ", &pid) != 1)
			continue;
		for (i = 0; i < MANY; i++)
			seen[i] += a[i].pid == pid;
	}
	return lines;
}

/* The first half is there and is listed; of these some go, and the others come. */
TEST_F(list, tells_of_each_once_though_others_come_and_go)
{
	static char text[256 * 1024];
	int seen[MANY] = { }, first, i, pipes[2], more[2];
	char c = 0, *rest;
	ssize_t n, len;
	pid_t pid;

	for (i = 0; i < MANY / 2; i++)
		ASSERT_EQ(0, ms_write("register", "%d max name=%d", self->a[i].pid, i));
	ASSERT_EQ(0, pipe(pipes) | pipe(more));
	pid = fork();
	if (!pid) {
		char path[64];
		int fd;

		if (variant->by_nobody && !become_nobody())
			_exit(1);
		snprintf(path, sizeof(path), MEMSUSP_PROC "/%s", variant->file);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		/* By far not all of it. */
		len = read(fd, text, 1500);
		if (len <= 0 || write(pipes[1], text, len) != len ||
		    read(more[0], &c, 1) != 1)
			_exit(2);
		while ((n = read(fd, text, 1500)) > 0)
			if (write(pipes[1], text, n) != n)
				_exit(3);
		_exit(n != 0);
	}
	close(pipes[1]);
	len = read(pipes[0], text, sizeof(text) - 1);
	ASSERT_LT(0, len);
	text[len] = 0;
	/* The last line may have been cut off: its beginning waits for the rest. */
	rest = strrchr(text, '\n');
	ASSERT_NE(NULL, rest);
	*rest++ = 0;
	first = count_lines(text, self->a, seen);
	len = strlen(rest);
	memmove(text, rest, len);
	ASSERT_LT(2, first);
	ASSERT_GT(MANY / 2 - 5, first);
	for (i = 0; i < first; i++) {
		ASSERT_EQ(1, seen[i]);
		ASSERT_EQ(0, ms_write("unregister", "%d", self->a[i].pid));
	}
	for (i = MANY / 2; i < MANY; i++)
		ASSERT_EQ(0, ms_write("register", "%d max name=%d", self->a[i].pid, i));
	ASSERT_EQ(1, write(more[1], &c, 1));
	for (; (n = read(pipes[0], text + len, sizeof(text) - 1 - len)) > 0; len += n)
		;
	text[len] = 0;
	count_lines(text, self->a, seen);
	for (i = 0; i < MANY / 2; i++)
		EXPECT_EQ(1, seen[i]);
	/* Whether the new ones are in it, is as it happens. */
	for (; i < MANY; i++)
		EXPECT_GE(1, seen[i]);
	EXPECT_EQ(pid, waitpid(pid, &i, 0));
	EXPECT_EQ(0, i);
}

TEST_F(list, can_be_read_from_any_place)
{
	static char whole[256 * 1024], part[256 * 1024];
	char path[64];
	ssize_t len, n;
	int fd, i;

	for (i = 0; i < MANY / 2; i++)
		ASSERT_EQ(0, ms_write("register", "%d max name=%d", self->a[i].pid, i));
	snprintf(path, sizeof(path), MEMSUSP_PROC "/%s", variant->file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (len = 0; (n = read(fd, whole + len, sizeof(whole) - len)) > 0; len += n)
		;
	/* idle_ms and the like may differ, but not in length. */
	for (i = 0; i < len; i += len / 7) {
		n = pread(fd, part, 100, i);
		ASSERT_LT(0, n);
		ASSERT_GE(100, n);
	}
	ASSERT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_LT(0, read(fd, part, 200));
	EXPECT_EQ(0, strncmp(whole, part, strcspn(whole, " ")));
	close(fd);
}

TEST_HARNESS_MAIN
