// SPDX-License-Identifier: GPL-2.0-only
/* What the node's files take, and what each wrong word is answered with. */
#include "memsusp_node.h"

#include <sys/stat.h>

static const char * const settings[] = {
	"limit", "floor", "headroom", "policy", "auto_resume", "min_running", "drain",
	"max_suspended_ms",
};

static const char * const sums[] = { "level", "running", "suspended" };

/* Pages of the largest size that there is. */
#define GREATEST	"18446744073709547520"

static const struct {
	const char *file, *text, *reads;
} good[] = {
	{ "limit", "max", "max" },
	{ "limit", "1G", "1073741824" },
	{ "limit", "1073741824", "1073741824" },
	{ "limit", "1073745919", "1073741824" },
	{ "limit", " 512m\t", "536870912" },
	{ "limit", "1T", "1099511627776" },
	{ "limit", "0004194304", "4194304" },
	{ "limit", "18446744073709551615", GREATEST },
	{ "limit", "max\n", "max" },
	{ "floor", "64M", "67108864" },
	{ "floor", "67108865", "67108864" },
	{ "floor", "0", "0" },
	{ "headroom", "10M", "10485760" },
	{ "headroom", "0", "0" },
	{ "headroom", "18446744073709551615", GREATEST },
	{ "headroom", "\t4M\t", "4194304" },
	{ "policy", "newest", "largest [newest] oldest priority faulting" },
	{ "policy", "oldest\n", "largest newest [oldest] priority faulting" },
	{ "policy", "priority", "largest newest oldest [priority] faulting" },
	{ "policy", "faulting", "largest newest oldest priority [faulting]" },
	{ "policy", "largest", "[largest] newest oldest priority faulting" },
	{ "auto_resume", "0", "0" },
	{ "auto_resume", "\t1 ", "1" },
	{ "min_running", "0", "0" },
	{ "min_running", "2147483647", "2147483647" },
	{ "min_running", "+3", "3" },
	{ "min_running", "1", "1" },
	{ "drain", "1", "1" },
	{ "drain", "0", "0" },
	{ "max_suspended_ms", "1", "1" },
	{ "max_suspended_ms", "86400000", "86400000" },
	{ "max_suspended_ms", "18446744073709", "18446744073709" },
	{ "max_suspended_ms", "0\n", "0" },
};

TEST_F(node, settings_are_read_as_they_were_written)
{
	char buf[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, ms_node_write(good[i].file, "%s", good[i].text));
		ASSERT_EQ(0, ms_node_read(good[i].file, buf, sizeof(buf)));
		EXPECT_STREQ(good[i].reads, buf);
	}
	/* Nothing of it was too much for anybody. */
	for (i = 0; i < NODE_JOBS; i++)
		EXPECT_TRUE(ms_is_running(self->pid[i]));
}

TEST_F(node, a_setting_changes_no_other)
{
	char before[ARRAY_SIZE(settings)][128], now[128];
	unsigned int i, j;

	for (j = 0; j < ARRAY_SIZE(settings); j++)
		ASSERT_EQ(0, ms_node_read(settings[j], before[j], sizeof(before[j])));
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ASSERT_EQ(0, ms_node_write(good[i].file, "%s", good[i].text));
		for (j = 0; j < ARRAY_SIZE(settings); j++) {
			ASSERT_EQ(0, ms_node_read(settings[j], now, sizeof(now)));
			if (!strcmp(settings[j], good[i].file))
				strcpy(before[j], now);
			EXPECT_STREQ(before[j], now);
		}
	}
}

/* All that a line might have changed, as text; and how many events there were. */
static void snapshot(char *buf, size_t size)
{
	char word[512], last[512] = "";
	FILE *out = fmemopen(buf, size, "w"), *f;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		ms_node_read(settings[i], word, sizeof(word));
		fprintf(out, "%s=%s ", settings[i], word);
	}
	for (i = 0; i < ARRAY_SIZE(sums); i++) {
		ms_node_read(sums[i], word, sizeof(word));
		fprintf(out, "%s=%s ", sums[i], word);
	}
	f = fopen(MEMSUSP_PROC "/jobs", "re");
	while (f && fscanf(f, "%511s", word) == 1)
		if (strncmp(word, "suspended_ms=", 13))
			fprintf(out, "%s ", word);
	if (f)
		fclose(f);
	/* Of the last event, its number. */
	fd = open(MEMSUSP_PROC "/events", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	f = fdopen(fd, "re");
	while (f && fgets(word, sizeof(word), f))
		sscanf(word, "%511s", last);
	if (f)
		fclose(f);
	fprintf(out, "%s", last);
	fclose(out);
}

/* \1 stands for NUL. */
static void refuse(struct __test_metadata *_metadata, const char *file, const char *line,
		   size_t len, int err)
{
	static char before[16384], after[16384];
	char path[256], text[8192];
	size_t i;
	int got;

	snapshot(before, sizeof(before));
	for (i = 0; i < len; i++)
		text[i] = line[i] == '\1' ? '\0' : line[i];
	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/node/%s", file);
	got = ms_write_at(path, text, len);
	if (got != -err)
		TH_LOG("%s: '%.80s': %s instead of %s", file, line,
		       got ? strerrorname_np(-got) : "success", strerrorname_np(err));
	EXPECT_EQ(-err, got);
	snapshot(after, sizeof(after));
	if (strcmp(before, after))
		TH_LOG("%s: '%.80s' changed something", file, line);
	ASSERT_EQ(0, strcmp(before, after));
}

struct line {
	int err;
	const char *line;
};

static void refuse_all(struct __test_metadata *_metadata, const char *file,
		       const struct line *lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		refuse(_metadata, file, lines[i].line, strlen(lines[i].line), lines[i].err);
}

#define REFUSE_ALL(file, lines) \
	refuse_all(_metadata, file, lines, sizeof(lines) / sizeof(struct line))

/* What no file takes. */
static const struct line nonsense[] = {
	{ EINVAL, "\n" }, { EINVAL, " " }, { EINVAL, "\n\n" }, { EINVAL, "x" }, { EINVAL, "-" },
	{ EINVAL, "-1" }, { EINVAL, "1 1" }, { EINVAL, "1\n1\n" }, { EINVAL, "1\n\n" },
	{ EINVAL, "\1" }, { EINVAL, "1\1" }, { EINVAL, "\0011" }, { EINVAL, "1\0012" },
	{ EINVAL, "\177ELF\2\1\1" }, { EINVAL, "\377\376\375" }, { EINVAL, "1\r\n" },
	{ EINVAL, "0x1" }, { EINVAL, "1.0" }, { EINVAL, "1e3" }, { EINVAL, "1," },
	{ EINVAL, "limit=1G" }, { EINVAL, "off" }, { EINVAL, "yes" }, { EINVAL, "\"1\"" },
};

static const struct line bad_sizes[] = {
	{ EINVAL, "1" }, { EINVAL, "4095" }, { EINVAL, "3K" }, { EINVAL, "0G" },
	{ EINVAL, "-1G" }, { EINVAL, "+1G" }, { EINVAL, "1.5G" }, { EINVAL, "G" },
	{ EINVAL, "1GB" }, { EINVAL, "1GG" },
	{ EINVAL, "1P" }, { EINVAL, "1 G" }, { EINVAL, "maxx" }, { EINVAL, "max 1" },
	{ EINVAL, "MAX" }, { EINVAL, "1G max" }, { EINVAL, "1G\1" }, { EINVAL, "1G 1G" },
	{ EINVAL, "10%" },
	{ ERANGE, "18446744073709551616" }, { ERANGE, "99999999999999999999999999" },
	{ ERANGE, "16777216T" }, { ERANGE, "18446744073709551615K" },
};

/* A size that may be none is not without bound. */
static const struct line not_an_amount[] = {
	{ EINVAL, "max" }, { EINVAL, "max\n" }, { EINVAL, "0 0" }, { EINVAL, "-0" },
};

TEST_F(node, no_file_takes_nonsense)
{
	unsigned int i;

	ASSERT_EQ(0, ms_node_leave_room(1000));
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		REFUSE_ALL(settings[i], nonsense);
}

TEST_F(node, sizes_that_are_none_are_refused)
{
	static const struct line none[] = { { EINVAL, "0" }, { EINVAL, "0K" } };

	ASSERT_EQ(0, ms_node_leave_room(1000));
	REFUSE_ALL("limit", bad_sizes);
	REFUSE_ALL("limit", none);
	REFUSE_ALL("floor", bad_sizes);
	REFUSE_ALL("floor", not_an_amount);
	REFUSE_ALL("headroom", bad_sizes);
	REFUSE_ALL("headroom", not_an_amount);
}

TEST_F(node, policies_that_are_none_are_refused)
{
	static const struct line lines[] = {
		{ EINVAL, "larges" }, { EINVAL, "largest2" }, { EINVAL, "Largest" },
		{ EINVAL, "LARGEST" }, { EINVAL, "[largest]" }, { EINVAL, "newest oldest" },
		{ EINVAL, "newest,oldest" }, { EINVAL, "newest\noldest\n" },
		{ EINVAL, "newest\n\n" }, { EINVAL, "0" }, { EINVAL, "1" }, { EINVAL, "max" },
		{ EINVAL, "newest\1" }, { EINVAL, "newest\n\1" }, { EINVAL, "newest\1oldest" },
		{ EINVAL, "\1newest" },
	};

	REFUSE_ALL("policy", lines);
}

TEST_F(node, numbers_out_of_bounds_are_refused)
{
	static const struct line switches[] = {
		{ EINVAL, "2" }, { EINVAL, "10" }, { EINVAL, "on" }, { EINVAL, "true" },
		{ EINVAL, "4294967296" }, { EINVAL, "4294967297" }, { EINVAL, "max" },
		{ EINVAL, "99999999999999999999999999" },
	};
	static const struct line counts[] = {
		{ EINVAL, "2147483648" }, { EINVAL, "4294967297" }, { EINVAL, "1K" },
		{ EINVAL, "max" }, { EINVAL, "99999999999999999999999999" },
	};
	static const struct line times[] = {
		{ EINVAL, "1s" }, { EINVAL, "1ms" }, { EINVAL, "+1" }, { EINVAL, "1K" },
		{ EINVAL, "max" },
		{ ERANGE, "18446744073710" }, { ERANGE, "18446744073709551615" },
		{ ERANGE, "18446744073709551616" }, { ERANGE, "99999999999999999999999999" },
	};

	REFUSE_ALL("auto_resume", switches);
	REFUSE_ALL("drain", switches);
	REFUSE_ALL("min_running", counts);
	REFUSE_ALL("max_suspended_ms", times);
}

TEST_F(node, a_line_that_is_too_long_is_refused_as_a_whole)
{
	static const char * const begin[] = {
		"1G", "1M", "1M", "newest", "0", "2", "1", "5",
	};
	char line[6000];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		memset(line, ' ', sizeof(line));
		memcpy(line, begin[i], strlen(begin[i]));
		refuse(_metadata, settings[i], line, sizeof(line), EINVAL);
		refuse(_metadata, settings[i], line, 2000, EINVAL);
		memset(line, '0', sizeof(line));
		refuse(_metadata, settings[i], line, sizeof(line), EINVAL);
	}
}

TEST_F(node, nothing_is_no_line)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		refuse(_metadata, settings[i], "", 0, 0);
}

TEST_F(node, sums_and_the_level_cannot_be_written)
{
	struct stat st;
	char path[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sums); i++) {
		EXPECT_EQ(-EACCES, ms_node_write(sums[i], "0"));
		snprintf(path, sizeof(path), MEMSUSP_SYSFS "/node/%s", sums[i]);
		ASSERT_EQ(0, stat(path, &st));
		EXPECT_EQ(0444, st.st_mode & 07777);
	}
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		snprintf(path, sizeof(path), MEMSUSP_SYSFS "/node/%s", settings[i]);
		ASSERT_EQ(0, stat(path, &st));
		EXPECT_EQ(0644, st.st_mode & 07777);
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(0, st.st_gid);
	}
}

TEST_HARNESS_MAIN
