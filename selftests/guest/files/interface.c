// SPDX-License-Identifier: GPL-2.0-only
/* The files as the contract has them: there, with their modes, and with what they say. */
#include "memsusp_tree.h"

#include <sys/stat.h>

static int mode_of(const char *dir, const char *file)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (stat(path, &st) || st.st_uid || st.st_gid)
		return -1;
	return st.st_mode & 07777;
}

/* The whole of a file, with the newlines. */
static ssize_t contents(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	buf[len] = '\0';
	return n < 0 ? -errno : (ssize_t)len;
}

TEST(the_top_has_its_files)
{
	static const char * const write_only[] = {
		"register", "unregister", "suspend", "resume",
	};
	char buf[64], path[256];
	unsigned int i;

	EXPECT_EQ(2, contents(MEMSUSP_SYSFS "/abi", buf, sizeof(buf)));
	EXPECT_STREQ("1\n", buf);
	EXPECT_EQ(0444, mode_of(MEMSUSP_SYSFS, "abi"));
	for (i = 0; i < ARRAY_SIZE(write_only); i++) {
		EXPECT_EQ(0200, mode_of(MEMSUSP_SYSFS, write_only[i]));
		/* Not even root may read what only takes words. */
		snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", write_only[i]);
		EXPECT_GT(0, contents(path, buf, sizeof(buf)));
	}
	EXPECT_NE(0, ms_write("abi", "2"));
	EXPECT_EQ(0755, mode_of(MEMSUSP_SYSFS, "jobs"));
	EXPECT_EQ(0444, mode_of(MEMSUSP_PROC, "jobs"));
	EXPECT_EQ(0444, mode_of(MEMSUSP_PROC, "processes"));
	EXPECT_EQ(0444, mode_of(MEMSUSP_PROC, "stat"));
}

static const struct {
	const char *name;
	int mode;
	const char *fresh;	/* what a new job has in it; NULL: a number */
} job_files[] = {
	{ "limit", 0644, "max\n" },
	{ "soft_limit", 0644, "max\n" },
	{ "warn_signal", 0644, "0\n" },
	{ "priority", 0644, "0\n" },
	{ "name", 0644, "-\n" },
	{ "charge", 0444, NULL },
	{ "peak", 0444, NULL },
	{ "state", 0444, "running\n" },
	{ "reason", 0444, "none\n" },
	{ "suspends", 0444, "0\n" },
	{ "suspended_ms", 0444, "0\n" },
};

TEST_F(job, has_its_files_with_one_value_a_line_each)
{
	char dir[128], path[256], buf[64], again[64];
	unsigned int i;

	snprintf(dir, sizeof(dir), MEMSUSP_SYSFS "/jobs/%d", self->pid);
	for (i = 0; i < ARRAY_SIZE(job_files); i++) {
		EXPECT_EQ(job_files[i].mode, mode_of(dir, job_files[i].name));
		snprintf(path, sizeof(path), "%s/%s", dir, job_files[i].name);
		ASSERT_LT(0, contents(path, buf, sizeof(buf)));
		if (job_files[i].fresh) {
			EXPECT_STREQ(job_files[i].fresh, buf);
		} else {
			snprintf(again, sizeof(again), "%lld\n", atoll(buf));
			EXPECT_STREQ(again, buf);
			EXPECT_EQ(0, atoll(buf) % PAGE);
		}
		EXPECT_TRUE(job_files[i].mode & 0200 ||
			    ms_job_write(self->pid, job_files[i].name, "1") < 0);
	}
	EXPECT_EQ(0444, mode_of(dir, "pid"));
	EXPECT_EQ(self->pid, ms_job_number(self->pid, "pid"));
}

TEST_F(job, has_the_fields_of_the_table_in_their_order)
{
	static const char * const fields[] = {
		"pid", "name", "state", "reason", "limit", "soft_limit", "charge", "peak",
		"anon", "swap", "touched", "processes", "priority", "suspends",
		"suspended_ms", "overshoot", "latency_ns",
	};
	char buf[4096], *word, *save = NULL;
	unsigned int i;

	ASSERT_LT(0, contents(MEMSUSP_PROC "/jobs", buf, sizeof(buf)));
	/* One line, one blank between two words. */
	EXPECT_EQ(strlen(buf) - 1, strcspn(buf, "\n"));
	EXPECT_EQ(NULL, strstr(buf, "  "));
	word = strtok_r(buf, "\n ", &save);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		ASSERT_NE(NULL, word);
		EXPECT_EQ(strlen(fields[i]), strcspn(word, "="));
		EXPECT_EQ(0, strncmp(fields[i], word, strlen(fields[i])));
		word = strtok_r(NULL, "\n ", &save);
	}
}

TEST_F(job, the_tables_agree_with_the_files)
{
	static const char * const same[] = {
		"name", "state", "reason", "limit", "soft_limit", "charge", "peak",
		"priority", "suspends",
	};
	char table[64], file[64];
	unsigned int i;

	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d 1G soft=512M priority=-3 name=A.b_c-9", self->pid));
	ASSERT_EQ(200, actor_call(&self->a, do_touch, 200));
	for (i = 0; i < ARRAY_SIZE(same); i++) {
		ASSERT_EQ(0, ms_job_read(self->pid, same[i], file, sizeof(file)));
		ASSERT_EQ(0, ms_table("jobs", "pid", self->pid, same[i], table, sizeof(table)));
		EXPECT_STREQ(file, table);
	}
	EXPECT_EQ(200 * PAGE, ms_table_number("jobs", "pid", self->pid, "touched"));
	EXPECT_EQ(0, ms_table_number("jobs", "pid", self->pid, "swap"));
	EXPECT_EQ(ms_job_number(self->pid, "charge"),
		  ms_table_number("jobs", "pid", self->pid, "anon"));
	EXPECT_EQ(1, ms_processes(self->pid));
}

TEST_F(job, processes_has_a_line_for_each_and_its_fields_in_their_order)
{
	struct actor child = actor_child(&self->a, do_fork);
	char buf[4096], want[64];
	int pid, job, found, n = 0;
	char *line, *save;

	ASSERT_LT(0, child.pid);
	ASSERT_EQ(100, actor_call(&child, do_touch, 100));
	ASSERT_LT(0, contents(MEMSUSP_PROC "/processes", buf, sizeof(buf)));
	for (line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		long long charge, anon, swap, touched;

		found = sscanf(line,
			       "pid=%d job=%d comm=%*s charge=%lld anon=%lld swap=%lld touched=%lld",
			       &pid, &job, &charge, &anon, &swap, &touched);
		ASSERT_EQ(6, found);
		EXPECT_EQ(self->pid, job);
		EXPECT_TRUE(pid == self->pid || pid == child.pid);
		if (pid == child.pid) {
			EXPECT_LE(100 * PAGE, charge);
			EXPECT_LE(100 * PAGE, touched);
		}
		n++;
	}
	EXPECT_EQ(2, n);
	/* One word, whatever a process calls itself. */
	snprintf(want, sizeof(want), "exe");
	ms_table("processes", "pid", self->pid, "comm", buf, sizeof(buf));
	EXPECT_STREQ(want, buf);
}

static long do_call_oneself(long name)
{
	static const char * const names[] = { "a b\tc\nd\\e", "" };

	return prctl(PR_SET_NAME, names[name]) ? -errno : 0;
}

TEST_F(job, a_strange_name_of_a_process_breaks_no_line)
{
	char buf[4096];

	ASSERT_EQ(0, actor_call(&self->a, do_call_oneself, 0));
	ASSERT_LT(0, contents(MEMSUSP_PROC "/processes", buf, sizeof(buf)));
	EXPECT_EQ(strlen(buf) - 1, strcspn(buf, "\n"));
	ASSERT_EQ(0, ms_table("processes", "pid", self->pid, "comm", buf, sizeof(buf)));
	EXPECT_STREQ("a\\040b\\011c\\012d\\134e", buf);
	ASSERT_EQ(0, actor_call(&self->a, do_call_oneself, 1));
	ASSERT_EQ(0, ms_table("processes", "pid", self->pid, "comm", buf, sizeof(buf)));
	EXPECT_STREQ("", buf);
}

TEST_F(job, stat_counts)
{
	static const char * const counters[] = {
		"jobs", "first_touches", "suspends_limit", "suspends_user", "resumes_auto",
		"resumes_user", "resumes_release", "continued", "probe_missed", "true_ups",
		"forks_missed",
	};
	long long before[ARRAY_SIZE(counters)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		before[i] = ms_stat(counters[i]);
		EXPECT_LE(0, before[i]);
	}
	EXPECT_EQ(1, before[0]);
	ASSERT_EQ(100, actor_call(&self->a, do_touch, 100));
	EXPECT_EQ(before[1] + 100, ms_stat("first_touches"));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", self->base * PAGE));
	EXPECT_EQ(before[2] + 1, ms_stat("suspends_limit"));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "max"));
	EXPECT_EQ(before[4] + 1, ms_stat("resumes_auto"));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_EQ(before[3] + 1, ms_stat("suspends_user"));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_EQ(before[5] + 1, ms_stat("resumes_user"));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_EQ(before[6] + 1, ms_stat("resumes_release"));
	EXPECT_EQ(0, ms_stat("jobs"));
	/* What ended jobs touched is not forgotten. */
	EXPECT_EQ(before[1] + 100, ms_stat("first_touches"));
	EXPECT_EQ(before[7], ms_stat("continued"));
	EXPECT_LT(before[9], ms_stat("true_ups"));
}

TEST(without_jobs_the_tables_are_empty)
{
	char buf[64];

	EXPECT_EQ(0, contents(MEMSUSP_PROC "/jobs", buf, sizeof(buf)));
	EXPECT_EQ(0, contents(MEMSUSP_PROC "/processes", buf, sizeof(buf)));
	EXPECT_EQ(0, ms_stat("jobs"));
}

#define MANY	100

static long do_fork_many_waiting(long n)
{
	while (n--) {
		pid_t pid = fork();

		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		if (pid < 0)
			return -errno;
	}
	return 0;
}

/* The tables do not fit in one read(2), and change in between. */
TEST_F(job, tables_longer_than_a_page_are_whole)
{
	static char buf[256 * 1024];
	pid_t pids[MANY + 2];
	int i, n;

	ASSERT_EQ(0, actor_call(&self->a, do_fork_many_waiting, MANY));
	ASSERT_TRUE(ms_until(ms_processes(self->pid) == MANY + 1));
	ASSERT_EQ(MANY + 1, ms_members(self->pid, pids, MANY + 2));
	/* Make each a job, and all are in both tables, once. */
	for (i = 1; i <= MANY; i++)
		ASSERT_EQ(0, ms_write("register", "%d 1G name=%d", pids[i], i));
	EXPECT_EQ(MANY + 1, ms_stat("jobs"));
	ASSERT_LT(2 * PAGE, contents(MEMSUSP_PROC "/jobs", buf, sizeof(buf)));
	for (n = 0, i = 0; buf[i]; i++)
		n += buf[i] == '\n';
	EXPECT_EQ(MANY + 1, n);
	for (i = 1; i <= MANY; i++) {
		EXPECT_EQ(i, ms_table_number("jobs", "pid", pids[i], "name"));
		EXPECT_TRUE(ms_is_member(pids[i], pids[i]));
	}
}

TEST_HARNESS_MAIN
