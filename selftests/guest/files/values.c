// SPDX-License-Identifier: GPL-2.0-only
/* What may be written: sizes in all their spellings, and the other values. */
#include "memsusp_job.h"

static const struct {
	const char *text;
	long long bytes;	/* before rounding to pages; -1: max */
} sizes[] = {
	{ "max", -1 },
	{ "1048576", 1048576 },
	{ "1048577", 1048577 },
	{ "1114111", 1114111 },
	{ "0001048576", 1048576 },
	{ "1024K", 1048576 },
	{ "1025K", 1049600 },
	{ "7M", 7LL << 20 },
	{ "3G", 3LL << 30 },
	{ "2T", 2LL << 40 },
	{ "1023T", 1023LL << 40 },
	{ "8388607T", 8388607LL << 40 },
	{ " 1M ", 1LL << 20 },
	{ "\t1M\t", 1LL << 20 },
	{ "1M\n", 1LL << 20 },
	{ "max\n", -1 },
};

static long long rounded(long long bytes)
{
	return bytes < 0 ? bytes : bytes / PAGE * PAGE;
}

TEST_F(job, a_size_may_be_written_in_all_these_ways)
{
	static const char * const files[] = { "limit", "soft_limit" };
	unsigned int i, f;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (f = 0; f < ARRAY_SIZE(files); f++) {
			ASSERT_EQ(0, ms_job_write(self->pid, files[f], "2G"));
			EXPECT_EQ(0, ms_job_write(self->pid, files[f], "%s", sizes[i].text));
			EXPECT_EQ(rounded(sizes[i].bytes), ms_job_number(self->pid, files[f]));
		}
		ASSERT_EQ(0, ms_job_write(self->pid, "limit", "2G"));
		EXPECT_EQ(0, ms_write("resume", "%d %s", self->pid, sizes[i].text));
		EXPECT_EQ(rounded(sizes[i].bytes), ms_job_number(self->pid, "limit"));
	}
}

TEST_F(job, a_size_is_rounded_down_to_pages_and_at_least_one)
{
	char buf[64];

	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", PAGE));
	EXPECT_EQ(PAGE, ms_job_number(self->pid, "soft_limit"));
	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", 2 * PAGE - 1));
	EXPECT_EQ(PAGE, ms_job_number(self->pid, "soft_limit"));
	EXPECT_EQ(-EINVAL, ms_job_write(self->pid, "soft_limit", "%ld", PAGE - 1));
	EXPECT_EQ(PAGE, ms_job_number(self->pid, "soft_limit"));
	/* The greatest there is; a long long cannot hold it. */
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "18446744073709551615"));
	ASSERT_EQ(0, ms_job_read(self->pid, "limit", buf, sizeof(buf)));
	EXPECT_EQ(0UL - PAGE, strtoull(buf, NULL, 10));
	ASSERT_EQ(0, ms_table("jobs", "pid", self->pid, "limit", buf, sizeof(buf)));
	EXPECT_EQ(0UL - PAGE, strtoull(buf, NULL, 10));
}

TEST_F(job, register_takes_its_words_in_any_order_and_with_any_blanks)
{
	static const char * const lines[] = {
		"%d 1G inherit=0 soft=512M priority=-100 name=abc",
		"%d 1G name=abc priority=-100 soft=512M inherit=0\n",
		"  %d\t1048576K \t soft=524288K\tname=abc inherit=0 priority=-100  ",
		"00%d 1G priority=-0100 inherit=0 soft=512M name=abc",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		char line[256];

		ASSERT_EQ(0, ms_write("unregister", " %d\t\n", self->pid));
		snprintf(line, sizeof(line), lines[i], self->pid);
		ASSERT_EQ(0, ms_write("register", "%s", line));
		EXPECT_EQ(1LL << 30, ms_job_number(self->pid, "limit"));
		EXPECT_EQ(512LL << 20, ms_job_number(self->pid, "soft_limit"));
		EXPECT_EQ(-100, ms_job_number(self->pid, "priority"));
		EXPECT_TRUE(ms_job_is(self->pid, "name", "abc"));
	}
}

TEST_F(job, a_new_registration_knows_nothing_of_the_one_before)
{
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "1G"));
	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "1G"));
	ASSERT_EQ(0, ms_job_write(self->pid, "priority", "9"));
	ASSERT_EQ(0, ms_job_write(self->pid, "name", "before"));
	ASSERT_EQ(0, ms_job_write(self->pid, "warn_signal", "10"));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	EXPECT_EQ(-1, ms_job_number(self->pid, "limit"));
	EXPECT_EQ(-1, ms_job_number(self->pid, "soft_limit"));
	EXPECT_EQ(0, ms_job_number(self->pid, "priority"));
	EXPECT_TRUE(ms_job_is(self->pid, "name", "-"));
	EXPECT_EQ(0, ms_job_number(self->pid, "warn_signal"));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspended_ms"));
	EXPECT_EQ(0, ms_table_number("jobs", "pid", self->pid, "touched"));
}

TEST_F(job, names_priorities_and_signals_keep_what_is_written)
{
	static const char * const names[] = {
		"a", "-", ".", "..", "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
		"abcdefghijklmnopqrstuvwxyz56789", "._-", "job",
	};
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, ms_job_write(self->pid, "name", "%s\n", names[i]));
		EXPECT_TRUE(ms_job_is(self->pid, "name", names[i]));
	}
	for (n = -100; n <= 100; n += 50) {
		ASSERT_EQ(0, ms_job_write(self->pid, "priority", "%d", n));
		EXPECT_EQ(n, ms_job_number(self->pid, "priority"));
	}
	for (n = SIGRTMAX; n; n = n == SIGUSR1 ? 0 : SIGUSR1) {
		ASSERT_EQ(0, ms_job_write(self->pid, "warn_signal", "%d\n", n));
		EXPECT_EQ(n, ms_job_number(self->pid, "warn_signal"));
	}
	ASSERT_EQ(0, ms_job_write(self->pid, "warn_signal", "0"));
	EXPECT_EQ(0, ms_job_number(self->pid, "warn_signal"));
}

TEST_F(job, limit_is_what_holds_whoever_set_it)
{
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	/* Half a page does not count. */
	ASSERT_EQ(0, ms_write("register", "%d %ld", self->pid,
			      (self->base + 20) * PAGE + PAGE / 2));
	EXPECT_EQ((self->base + 20) * PAGE, ms_job_number(self->pid, "limit"));
	ASSERT_EQ(20, actor_call(&self->a, do_touch, 20));
	EXPECT_TRUE(ms_is_running(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d %ldK", self->pid, (self->base + 30) * PAGE / 1024));
	ASSERT_EQ(30, actor_call(&self->a, do_touch, 30));
	EXPECT_TRUE(ms_is_running(self->pid));
	actor_send(&self->a, do_touch, 31);
	EXPECT_TRUE(ms_until_stopped(self->pid, self->pid));
}

static int open_file(pid_t pid, const char *file, int flags)
{
	char path[256];

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d/%s", pid, file);
	return open(path, flags | O_CLOEXEC);
}

TEST_F(job, each_write_is_a_line_wherever_it_goes)
{
	static const int flags[] = { 0, O_APPEND, O_TRUNC };
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = open_file(self->pid, "limit", O_WRONLY | flags[i]);
		ASSERT_LE(0, fd);
		/* One after the other, and past where an ordinary file would end. */
		EXPECT_EQ(3, write(fd, "1G\n", 3));
		EXPECT_EQ(1LL << 30, ms_job_number(self->pid, "limit"));
		EXPECT_EQ(2, write(fd, "2G", 2));
		EXPECT_EQ(2LL << 30, ms_job_number(self->pid, "limit"));
		EXPECT_EQ(2, pwrite(fd, "3G", 2, 4095));
		EXPECT_EQ(3LL << 30, ms_job_number(self->pid, "limit"));
		EXPECT_EQ(2, pwrite(fd, "4G", 2, 1 << 20));
		EXPECT_EQ(4LL << 30, ms_job_number(self->pid, "limit"));
		EXPECT_EQ(0, write(fd, "", 0));
		close(fd);
	}
}

TEST_F(job, a_line_is_never_cut)
{
	static const int lens[] = { 1025, 4095, 4096, 4097, 100000 };
	static char line[100000];
	unsigned int i;
	int fd;

	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "1G"));
	memset(line, ' ', sizeof(line));
	memcpy(line, "2G", 2);
	fd = open_file(self->pid, "limit", O_WRONLY);
	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		EXPECT_EQ(-1, write(fd, line, lens[i]));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(1LL << 30, ms_job_number(self->pid, "limit"));
	}
	EXPECT_EQ(1024, write(fd, line, 1024));
	EXPECT_EQ(2LL << 30, ms_job_number(self->pid, "limit"));
	close(fd);
}

TEST_F(job, a_file_may_be_read_in_pieces_and_again)
{
	struct pollfd p = { .events = POLLIN };
	char buf[64] = "";
	int fd, i;

	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "1G"));
	fd = open_file(self->pid, "limit", O_RDWR);
	ASSERT_LE(0, fd);
	for (i = 0; i < 11; i++)
		ASSERT_EQ(1, read(fd, buf + i, 1));
	EXPECT_STREQ("1073741824\n", buf);
	EXPECT_EQ(0, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(0, pread(fd, buf, sizeof(buf), 4000));
	EXPECT_EQ(5, pread(fd, buf, sizeof(buf), 6));
	EXPECT_EQ(0, strncmp("1824\n", buf, 5));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(0, read(fd, buf, 0));
	EXPECT_EQ(11, read(fd, buf, sizeof(buf)));
	/* What was written through it, too. */
	EXPECT_EQ(2, write(fd, "2G", 2));
	EXPECT_EQ(11, pread(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, strncmp("2147483648\n", buf, 11));
	/* Always there to be read, and nobody tells of changes. */
	p.fd = fd;
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLIN, p.revents);
	close(fd);
}

TEST_HARNESS_MAIN
