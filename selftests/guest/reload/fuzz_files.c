// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files themselves, with lines that are almost right. Whatever comes back is an
 * errno that the table in docs/interface.md has for it, and if it is one, nothing
 * has changed.
 */
#include "fuzz_lines.h"

#include <sched.h>

static const char * const read_only_files[] = {
	"abi", "node/level", "node/running", "node/suspended",
};

/* What the table has for each kind of file; 0 ends it. */
static const int register_errors[] = { EINVAL, ESRCH, EEXIST, EPERM, ERANGE, 0 };
static const int order_errors[] = { EINVAL, ESRCH, ENOENT, EPERM, 0 };
static const int resume_errors[] = { EINVAL, ESRCH, ENOENT, EPERM, EDQUOT, ERANGE, 0 };
static const int value_errors[] = { EINVAL, ERANGE, 0 };

static const int *errors_of(const char *file)
{
	if (!strcmp(file, "register"))
		return register_errors;
	if (!strcmp(file, "resume"))
		return resume_errors;
	return strchr(file, '/') ? value_errors : order_errors;
}

static bool is_among(int err, const int *errors)
{
	while (*errors && *errors != err)
		errors++;
	return *errors;
}

static const char *random_file(char *path, size_t size)
{
	int kind = storm_random(10);

	if (kind < 5)
		return ONE_OF(top_files);
	if (kind < 7)
		return ONE_OF(node_files);
	snprintf(path, size, "jobs/%d/%s", storm->pids[JOB], ONE_OF(job_files));
	return path;
}

/* Write it at once, or in two halves, each of which is a line of its own. */
static int write_line(const char *file, const struct line *line, size_t *halves)
{
	char path[256];
	ssize_t n;
	int fd, err = 0;

	*halves = line->len;
	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*halves = storm_random(16) ? line->len : storm_random(line->len) + 1;
	n = write(fd, line->text, *halves);
	if (n >= 0 && *halves < line->len)
		n = write(fd, line->text + *halves, line->len - *halves);
	if (n < 0)
		err = -errno;
	close(fd);
	return err;
}

#define SNAPSHOT_SIZE	8192

/* All that a line may change, as text; what the clock changes is left out. */
static void snapshot(char *buf, size_t size)
{
	FILE *out = fmemopen(buf, size, "w"), *f = fopen(MEMSUSP_PROC "/jobs", "re");
	char word[512], path[256];
	size_t i;

	while (f && fscanf(f, "%511s", word) == 1)
		if (strncmp(word, "suspended_ms=", 13))
			fprintf(out, "%s ", word);
	if (f)
		fclose(f);
	for (i = 0; i < ARRAY_SIZE(node_files); i++) {
		snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", node_files[i]);
		if (!ms_read_at(path, word, sizeof(word)))
			fprintf(out, "%s ", word);
	}
	fprintf(out, "%lld", ms_job_number(storm->pids[JOB], "warn_signal"));
	fclose(out);
}

static void describe(const char *file, const struct line *line, size_t first, int err)
{
	size_t i;

	fprintf(stderr, "# %s (%zu of %zu bytes first): %s: '", file, first, line->len,
		err ? strerrorname_np(-err) : "success");
	for (i = 0; i < line->len && i < 200; i++)
		fprintf(stderr, line->text[i] < ' ' || line->text[i] > '~' ? "\\x%02x" : "%c",
			(unsigned char)line->text[i]);
	fprintf(stderr, "'\n");
}

/* The job that all is about, and no bounds on the node. */
static void put_right(void)
{
	ms_write("register", "%d max", storm->pids[JOB]);
	ms_write("resume", "%d max", storm->pids[JOB]);
	ms_write("node/limit", "max");
	ms_write("node/floor", "0");
}

FIXTURE(files) {
	struct actor actors[NR_ACTORS], anchor;
};

FIXTURE_SETUP(files)
{
	int i;

	storm_begin();
	for (i = 0; i < NR_ACTORS; i++) {
		self->actors[i] = actor_ready();
		storm->pids[i] = self->actors[i].pid;
	}
	/* With no job left, the hooks would be disarmed each time. */
	self->anchor = actor_ready();
	ASSERT_EQ(0, ms_write("register", "%d max", self->anchor.pid));
	put_right();
}

FIXTURE_TEARDOWN(files)
{
	ms_write("node/limit", "max");
	storm_end(_metadata);
}

/*
 * Write a line. True: if it was refused, nothing has changed. Time changes things
 * too, as when somebody has waited long enough; but not each time. *@before: what
 * was there, if that is known.
 */
static bool nothing_or_all(const char *file, const struct line *line, char *before,
			   size_t *first, int *err)
{
	static char after[SNAPSHOT_SIZE];
	int tries;

	for (tries = 0; tries < 3; tries++) {
		if (!*before)
			snapshot(before, SNAPSHOT_SIZE);
		*err = write_line(file, line, first);
		if (*err && *first == line->len) {
			snapshot(after, sizeof(after));
			if (!strcmp(before, after))
				return true;
			if (tries == 2)
				fprintf(stderr, "# before: %s\n# after: %s\n", before, after);
		}
		*before = '\0';
		/* One half of two may well have been good. */
		if (!*err || *first < line->len)
			return true;
	}
	return false;
}

static bool is_allowed(const char *file, int err)
{
	/* The files of a job go with it. */
	return !err || is_among(-err, errors_of(file)) ||
	       (!strncmp(file, "jobs/", 5) && (err == -ENOENT || err == -ENODEV));
}

TEST_F_TIMEOUT(files, whatever_is_written_has_its_errno_and_is_refused_as_a_whole, STORM_GUARD_S)
{
	long lines = storm_count(3000, 1000000), n, taken = 0;
	long long end = storm_end_ms();
	static char before[SNAPSHOT_SIZE];
	static struct line line;
	const char *file;
	char path[128];
	size_t first;
	bool good;
	int err;

	for (n = 0; n < lines && storm_goes_on(end); n++) {
		file = random_file(path, sizeof(path));
		make_line(&line, file);
		good = nothing_or_all(file, &line, before, &first, &err) &&
		       is_allowed(file, err);
		if (!good)
			describe(file, &line, first, err);
		ASSERT_TRUE(good);
		taken += !err;
		if (!(n % 16)) {
			put_right();
			*before = '\0';
		}
	}
	TH_LOG("%ld lines, %ld of them taken", n, taken);
	EXPECT_LT(0, taken);
}

static void write_anything(int i)
{
	static struct line line;
	const char *file;
	char path[128];
	size_t first;
	int err;

	file = random_file(path, sizeof(path));
	make_line(&line, file);
	err = write_line(file, &line, &first);
	if (!is_allowed(file, err))
		storm_bad("%.40s: '%.80s': %s", file, line.text, strerrorname_np(-err));
	storm->done[i]++;
	if (!storm_random(16))
		put_right();
}

TEST_F_TIMEOUT(files, many_write_at_once, STORM_GUARD_S)
{
	long lines = storm_count(6000, 500000), n = 0;
	long long end = storm_end_ms();
	int i;

	for (i = 0; i < 4; i++)
		storm_caller(write_anything, NR_ACTORS + i);
	while (n < lines && storm_goes_on(end)) {
		ms_sleep(10);
		for (i = 0, n = 0; i < 4; i++)
			n += storm->done[NR_ACTORS + i];
	}
	TH_LOG("%ld lines", n);
	EXPECT_EQ(0, storm->bad);
}

/* In another pid namespace, others' pids are nobody's. */
static void write_from_another_namespace(int i)
{
	static const char * const files[] = { "unregister", "suspend", "resume" };
	pid_t pid = storm->pids[storm_random(NR_ACTORS)];
	char line[64];
	int err;

	snprintf(line, sizeof(line), "%d", pid);
	err = ms_write(ONE_OF(files), "%s", line);
	if (err != -ESRCH)
		storm_bad("another namespace reached job %d: %s", pid, strerrorname_np(-err));
	err = ms_write("register", "%d 1G", pid);
	if (err != -ESRCH)
		storm_bad("another namespace registered %d: %s", pid, strerrorname_np(-err));
	storm->done[i]++;
}

TEST_F_TIMEOUT(files, nobody_is_reached_by_pids_of_another_namespace, STORM_GUARD_S)
{
	long lines = storm_count(300, 100000);
	long long end = storm_end_ms();
	static char before[SNAPSHOT_SIZE], after[SNAPSHOT_SIZE];

	snapshot(before, sizeof(before));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	storm_caller(write_from_another_namespace, NR_ACTORS);
	while (storm->done[NR_ACTORS] < lines && storm_goes_on(end))
		ms_sleep(10);
	TH_LOG("%ld lines", storm->done[NR_ACTORS]);
	EXPECT_LT(0, storm->done[NR_ACTORS]);
	snapshot(after, sizeof(after));
	EXPECT_STREQ(before, after);
}

TEST_F(files, what_is_only_read_cannot_be_written)
{
	char path[128];
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(read_only_files); i++) {
		snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", read_only_files[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		EXPECT_EQ(-1, fd < 0 ? -1 : write(fd, "1\n", 2));
		close(fd);
	}
}

TEST_HARNESS_MAIN
