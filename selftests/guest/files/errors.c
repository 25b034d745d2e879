// SPDX-License-Identifier: GPL-2.0-only
/* Each wrong word has its errno, and changes nothing. */
#include "memsusp_tree.h"

#include <dirent.h>
#include <pthread.h>

/*
 * The processes that the lines below are about, and the letters for them: @J in
 * a line stands for the pid of the running job, and so on, \1 for NUL.
 */
enum {
	RUNNING,	/* @J: a job */
	WAITING,	/* @S: a job, suspended for its limit */
	FREE,		/* @F: no job */
	MEMBER,		/* @M: a child of @J */
	THREAD,		/* @T: a thread of @F, not its first */
	DEAD,		/* @D: was a process */
	KERNEL,		/* @X: a thread of the kernel */
	NR_PIDS
};

static const char letters[] = "JSFMTDX";

struct world {
	pid_t pids[NR_PIDS];
	char before[8192];
};

FIXTURE(errors) {
	struct actor running, waiting, unregistered, member;
	struct world world;
};

static void *sleep_on(void *tid)
{
	*(long *)tid = gettid();
	for (;;)
		pause();
	return NULL;
}

static long do_thread(long unused)
{
	static volatile long tid;
	pthread_t thread;

	if (pthread_create(&thread, NULL, sleep_on, (void *)&tid))
		return -EAGAIN;
	while (!tid)
		ms_sleep(1);
	return tid;
}

/* All that a line might have changed, as text. */
static void snapshot(struct world *world, char *buf, size_t size)
{
	char word[512];
	struct dirent *entry;
	FILE *out = fmemopen(buf, size, "w"), *f;
	DIR *dir = opendir(MEMSUSP_SYSFS "/jobs");
	int i;

	while (dir && (entry = readdir(dir)))
		fprintf(out, "%s ", entry->d_name);
	if (dir)
		closedir(dir);
	f = fopen(MEMSUSP_PROC "/jobs", "re");
	while (f && fscanf(f, "%511s", word) == 1)
		if (strncmp(word, "suspended_ms=", 13))
			fprintf(out, "%s ", word);
	if (f)
		fclose(f);
	f = fopen(MEMSUSP_PROC "/processes", "re");
	while (f && fscanf(f, "%511s", word) == 1)
		fprintf(out, "%s ", word);
	if (f)
		fclose(f);
	for (i = 0; i < MEMBER; i++)
		fprintf(out, "%c %lld ", ms_process_state(world->pids[i]),
			ms_job_number(world->pids[i], "warn_signal"));
	fclose(out);
}

FIXTURE_SETUP(errors)
{
	pid_t *pids = self->world.pids;
	struct actor dead;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->running = actor_ready();
	self->waiting = actor_ready();
	self->unregistered = actor_ready();
	dead = actor_ready();
	pids[DEAD] = dead.pid;
	actor_end(&dead);
	pids[RUNNING] = self->running.pid;
	pids[WAITING] = self->waiting.pid;
	pids[FREE] = self->unregistered.pid;
	pids[THREAD] = actor_call(&self->unregistered, do_thread, 0);
	ASSERT_LT(0, pids[THREAD]);
	pids[KERNEL] = 2;
	ASSERT_EQ(0, ms_write("register", "%d 1G soft=512M priority=5 name=job",
			      pids[RUNNING]));
	self->member = actor_child(&self->running, do_fork);
	pids[MEMBER] = self->member.pid;
	ASSERT_LT(0, self->member.pid);
	ASSERT_EQ(0, ms_write("register", "%d %ld", self->waiting.pid, 5 * PAGE));
	ASSERT_TRUE(ms_until_stopped(self->waiting.pid, self->waiting.pid));
	/* Let all come to rest. */
	ASSERT_EQ(0, actor_call(&self->member, do_nothing, 0));
	ASSERT_EQ(0, actor_call(&self->running, do_nothing, 0));
	ASSERT_TRUE(ms_until(ms_process_state(self->running.pid) == 'S' &&
			     ms_process_state(self->member.pid) == 'S' &&
			     ms_process_state(self->unregistered.pid) == 'S'));
	snapshot(&self->world, self->world.before, sizeof(self->world.before));
}

FIXTURE_TEARDOWN(errors)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

/* Write a line and see that it fails like that and changes nothing. */
static void refuse(struct __test_metadata *_metadata, struct world *world,
		   const char *file, const char *line, size_t len, int err)
{
	char text[8192], path[256], after[8192];
	size_t i, n = 0;
	int who, got;

	for (i = 0; i < len && n < sizeof(text) - 16; i++) {
		if (line[i] == '@') {
			who = strchr(letters, line[++i]) - letters;
			n += sprintf(text + n, "%d", world->pids[who]);
		} else {
			text[n++] = line[i] == '\1' ? '\0' : line[i];
		}
	}
	text[n] = '\0';
	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", file);
	got = ms_write_at(path, text, n);
	if (got != -err)
		TH_LOG("%s: '%.80s': %s instead of %s", file, text,
		       got ? strerrorname_np(-got) : "success", strerrorname_np(err));
	EXPECT_EQ(-err, got);
	snapshot(world, after, sizeof(after));
	if (strcmp(world->before, after))
		TH_LOG("%s: '%.80s' changed something", file, text);
	ASSERT_EQ(0, strcmp(world->before, after));
}

struct line {
	int err;
	const char *line;
};

static void refuse_all(struct __test_metadata *_metadata, struct world *world,
		       const char *file, const struct line *lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		refuse(_metadata, world, file, lines[i].line, strlen(lines[i].line),
		       lines[i].err);
}

#define REFUSE_ALL(file, lines) \
	refuse_all(_metadata, &self->world, file, lines, sizeof(lines) / sizeof(struct line))

/* What is no size, behind a blank. */
static const struct line bad_sizes[] = {
	{ EINVAL, " 0" }, { EINVAL, " 1" }, { EINVAL, " 4095" }, { EINVAL, " 3K" },
	{ EINVAL, " 0G" }, { EINVAL, " -1" }, { EINVAL, " -1G" }, { EINVAL, " +1G" },
	{ EINVAL, " 1.5G" }, { EINVAL, " 1e9" }, { EINVAL, " 0x100000" }, { EINVAL, " G" },
	{ EINVAL, " 1GB" }, { EINVAL, " 1GG" }, { EINVAL, " 1P" }, { EINVAL, " 1 G" },
	{ EINVAL, " maxx" }, { EINVAL, " ma" }, { EINVAL, " 1G," }, { EINVAL, " 1,000,000" },
	{ EINVAL, " 1G\1" }, { EINVAL, " \0011G" }, { EINVAL, " 1\001G" }, { EINVAL, " 1G\r" },
	{ ERANGE, " 18446744073709551616" }, { ERANGE, " 99999999999999999999999999" },
	{ ERANGE, " 18014398509481984K" }, { ERANGE, " 17592186044416M" },
	{ ERANGE, " 17179869184G" }, { ERANGE, " 16777216T" },
	{ ERANGE, " 18446744073709551615K" },
};

static void refuse_bad_sizes(struct __test_metadata *_metadata, struct world *world,
			     const char *file, const char *before)
{
	char line[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_sizes); i++) {
		/* "key=" and the size are one word. */
		bool word = *before && before[strlen(before) - 1] == '=';

		snprintf(line, sizeof(line), "%s%s", before, bad_sizes[i].line + word);
		refuse(_metadata, world, file, line, strlen(line), bad_sizes[i].err);
	}
}

/* Lines that are wrong for every file that takes a pid first. */
static const struct line bad_pids[] = {
	{ EINVAL, "\n" }, { EINVAL, " " }, { EINVAL, "\n\n" }, { EINVAL, "x" },
	{ EINVAL, "@Jx" }, { EINVAL, "-@J" }, { EINVAL, "+@J" }, { EINVAL, "0" },
	{ EINVAL, "\1@J" }, { EINVAL, "@J\1" }, { EINVAL, "@J\n\n" }, { EINVAL, "@J\nS" },
	{ EINVAL, "@J\nS\n" }, { EINVAL, "@J x" }, { EINVAL, "@J @J @J" }, { EINVAL, "0x@J" },
};

/* That is what sysfs does, and the module does not come to know of it. */
TEST_F(errors, nothing_is_no_line)
{
	refuse(_metadata, &self->world, "register", "", 0, 0);
	refuse(_metadata, &self->world, "suspend", "", 0, 0);
}

TEST_F(errors, register_refuses)
{
	static const struct line lines[] = {
		{ EINVAL, "@F" }, { EINVAL, "@F " }, { EINVAL, "1G" }, { EINVAL, "1G @F" },
		{ EINVAL, "@F 1G 2G" }, { EINVAL, "@F 1G x" }, { EINVAL, "@F 1G x=1" },
		{ EINVAL, "@F 1G =1" }, { EINVAL, "@F 1G =" }, { EINVAL, "@F 1G inherit" },
		{ EINVAL, "@F 1G inherit=" }, { EINVAL, "@F 1G inherit=2" },
		{ EINVAL, "@F 1G inherit=-1" }, { EINVAL, "@F 1G inherit=yes" },
		{ EINVAL, "@F 1G INHERIT=1" }, { EINVAL, "@F 1G inherit =1" },
		{ EINVAL, "@F 1G inherit=1 inherit=1" }, { EINVAL, "@F 1G soft=1G soft=1G" },
		{ EINVAL, "@F 1G name=a name=a" }, { EINVAL, "@F 1G priority=1 name=a priority=1" },
		{ EINVAL, "@F 1G priority=" }, { EINVAL, "@F 1G priority=101" },
		{ EINVAL, "@F 1G priority=-101" }, { EINVAL, "@F 1G priority=1.0" },
		{ EINVAL, "@F 1G priority=1x" }, { EINVAL, "@F 1G priority=--1" },
		{ EINVAL, "@F 1G priority=4294967296" }, { EINVAL, "@F 1G name=" },
		{ EINVAL, "@F 1G name=a/b" }, { EINVAL, "@F 1G name=a=b" },
		{ EINVAL, "@F 1G name=a\1" }, { EINVAL, "@F 1G name=\303\244" },
		{ EINVAL, "@F 1G name=../x" },
		{ EINVAL, "@F 1G name=12345678901234567890123456789012" },
		{ EINVAL, "@F 1G soft=1G priority=1 inherit=1 name=a b" },
		{ EINVAL, "@F 1G\nF 1G" }, { EINVAL, "@F 1G\n\n" }, { EINVAL, "@F 1G\1" },
		{ EINVAL, "@F\n1G" }, { EINVAL, "@F,1G" }, { EINVAL, "@F=1G" },
		{ EINVAL, "0 1G" }, { EINVAL, "-@F 1G" }, { EINVAL, "+@F 1G" },
		{ EINVAL, "@X 1G" },
		{ ESRCH, "@D 1G" }, { ESRCH, "@T 1G" }, { ESRCH, "2147483647 1G" },
		{ ESRCH, "2147483648 1G" }, { ESRCH, "4294967297 1G" },
		{ ESRCH, "18446744073709551617 1G" }, { ESRCH, "99999999999999999999999 1G" },
		{ EPERM, "1 1G" }, { EEXIST, "@J 1G" }, { EEXIST, "@S max" },
		/* The line itself comes first. */
		{ EINVAL, "@D x" }, { EINVAL, "1 1G x" }, { EINVAL, "@J 1G name=a/b" },
		{ ERANGE, "@D 16777216T" },
	};

	REFUSE_ALL("register", bad_pids);
	REFUSE_ALL("register", lines);
	refuse_bad_sizes(_metadata, &self->world, "register", "@F");
	refuse_bad_sizes(_metadata, &self->world, "register", "@F 1G soft=");
	refuse_bad_sizes(_metadata, &self->world, "register", "@F 1G name=a inherit=0 soft=");
}

static const struct line not_a_job[] = {
	{ ENOENT, "@F" }, { ENOENT, "@M" }, { EPERM, "1" }, { EINVAL, "@X" },
	{ ESRCH, "@D" }, { ESRCH, "@T" },
	{ ESRCH, "2147483647" }, { ESRCH, "4294967297" }, { ESRCH, "18446744073709551617" },
};

TEST_F(errors, unregister_refuses)
{
	REFUSE_ALL("unregister", bad_pids);
	REFUSE_ALL("unregister", not_a_job);
}

TEST_F(errors, suspend_refuses)
{
	REFUSE_ALL("suspend", bad_pids);
	REFUSE_ALL("suspend", not_a_job);
}

TEST_F(errors, resume_refuses)
{
	static const struct line lines[] = {
		{ EINVAL, "@J 1G x" }, { EINVAL, "@J 1G force" }, { EINVAL, "@J force 1G" },
		{ EINVAL, "@J force x" }, { EINVAL, "@J force force" }, { EINVAL, "@J forced" },
		{ EINVAL, "@J FORCE" }, { EINVAL, "force" }, { EINVAL, "@J limit=1G" },
		{ ENOENT, "@F 1G" }, { ENOENT, "@F force" }, { ESRCH, "@D 1G" }, { EINVAL, "@D x" },
		{ EDQUOT, "@S" }, { EDQUOT, "@S force" }, { EDQUOT, "@S 24K" },
		{ EDQUOT, "@J 24K" },
	};

	REFUSE_ALL("resume", bad_pids);
	REFUSE_ALL("resume", not_a_job);
	REFUSE_ALL("resume", lines);
	refuse_bad_sizes(_metadata, &self->world, "resume", "@J");
	refuse_bad_sizes(_metadata, &self->world, "resume", "@S");
}

TEST_F(errors, the_files_of_a_job_refuse)
{
	static const struct line sizes[] = {
		{ EINVAL, "\n" }, { EINVAL, "1G 1G" }, { EINVAL, "1G\n1G\n" },
		{ EINVAL, "1G\n\n" }, { EINVAL, "limit=1G" },
	};
	static const struct line signals[] = {
		{ EINVAL, "\n" }, { EINVAL, "-1" }, { EINVAL, "65" },
		{ EINVAL, "x" }, { EINVAL, "1 1" }, { EINVAL, "10\1" }, { EINVAL, "USR1" },
		{ EINVAL, "4294967306" },
	};
	static const struct line priorities[] = {
		{ EINVAL, "\n" }, { EINVAL, "101" }, { EINVAL, "-101" },
		{ EINVAL, "x" }, { EINVAL, "1 1" }, { EINVAL, "1\1" }, { EINVAL, "1.5" },
		{ EINVAL, "4294967297" },
	};
	static const struct line names[] = {
		{ EINVAL, "\n" }, { EINVAL, " " }, { EINVAL, "a b" },
		{ EINVAL, "a/b" }, { EINVAL, "a\nb" }, { EINVAL, "a=b" }, { EINVAL, "a\1" },
		{ EINVAL, "\303\244" }, { EINVAL, "12345678901234567890123456789012" },
	};
	char file[64];

	snprintf(file, sizeof(file), "jobs/%d/limit", self->running.pid);
	REFUSE_ALL(file, sizes);
	refuse_bad_sizes(_metadata, &self->world, file, "");
	snprintf(file, sizeof(file), "jobs/%d/soft_limit", self->running.pid);
	REFUSE_ALL(file, sizes);
	refuse_bad_sizes(_metadata, &self->world, file, "");
	snprintf(file, sizeof(file), "jobs/%d/warn_signal", self->running.pid);
	REFUSE_ALL(file, signals);
	snprintf(file, sizeof(file), "jobs/%d/priority", self->running.pid);
	REFUSE_ALL(file, priorities);
	snprintf(file, sizeof(file), "jobs/%d/name", self->running.pid);
	REFUSE_ALL(file, names);
}

/* sysfs hands on one page at most; what is cut off there is not the line. */
TEST_F(errors, a_line_longer_than_a_page_is_refused_as_a_whole)
{
	char line[6000];

	memset(line, ' ', sizeof(line));
	memcpy(line, "@F 1G", 5);
	refuse(_metadata, &self->world, "register", line, sizeof(line), EINVAL);
	line[sizeof(line) - 1] = 'x';
	refuse(_metadata, &self->world, "register", line, sizeof(line), EINVAL);
	memcpy(line, "@J   ", 5);
	refuse(_metadata, &self->world, "suspend", line, sizeof(line), EINVAL);
	refuse(_metadata, &self->world, "unregister", line, sizeof(line), EINVAL);
	memcpy(line, "@J 2G", 5);
	refuse(_metadata, &self->world, "resume", line, sizeof(line), EINVAL);
}

TEST_HARNESS_MAIN
