// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rights that count are those of whoever opened the file: a set-user-ID program
 * that is made to write to it lends nobody its own.
 */
#include "memsusp_access.h"

#define SAY_ENV		"MEMSUSP_SAY"

/* What the copy of this program does: say a line on its standard error, as such programs do. */
__attribute__((constructor))
static void say_main(void)
{
	const char *line = getenv(SAY_ENV);

	if (!line)
		return;
	if (geteuid())
		_exit(254);
	_exit(write(2, line, strlen(line)) < 0 ? errno : 0);
}

/* What it is made to say, and to which file. In both, %d is a pid. */
static const struct said {
	const char *file, *line;
} said[] = {
	{ "register", "%d 100G" },
	{ "unregister", "%d" },
	{ "suspend", "%d" },
	{ "resume", "%d" },
	{ "resume", "%d 100G" },
	{ "resume", "%d force" },
	{ "jobs/%d/limit", "100G" },
	{ "jobs/%d/soft_limit", "100G" },
	{ "jobs/%d/warn_signal", "15" },
	{ "jobs/%d/priority", "100" },
	{ "jobs/%d/name", "mine" },
};

static long said_about(int i, pid_t pid)
{
	return (long)i << 32 | pid;
}

static long do_have_root_say(long about)
{
	const struct said *s = &said[about >> 32];
	pid_t pid = about & INT_MAX, child;
	char file[64], path[128], line[64];
	int fd, status;

	snprintf(file, sizeof(file), s->file, pid);
	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", file);
	snprintf(line, sizeof(line), s->line, pid);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	child = fork();
	if (!child) {
		dup2(fd, 2);
		setenv(SAY_ENV, line, 1);
		execl(COPY, "copy", NULL);
		_exit(255);
	}
	close(fd);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

/* sudo says its prompt with all capabilities, before it has asked for anything. */
static long do_have_sudo_say(long pid)
{
	int fd = open(MEMSUSP_SYSFS "/register", O_WRONLY), status;
	char prompt[64];
	pid_t child;

	if (fd < 0)
		return -errno;
	snprintf(prompt, sizeof(prompt), "%ld 100G", pid);
	child = fork();
	if (!child) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(fd, 2);
		execl("/usr/bin/sudo", "sudo", "-k", "-S", "-p", prompt, "true", NULL);
		_exit(255);
	}
	close(fd);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -EIO;
	return WEXITSTATUS(status);
}

static int kept = -1;

static long do_open(long unused)
{
	kept = open(MEMSUSP_SYSFS "/register", O_WRONLY | O_CLOEXEC);
	return kept < 0 ? -errno : 0;
}

static long do_write_kept(long pid)
{
	char line[64];

	snprintf(line, sizeof(line), "%ld 64M", pid);
	return write(kept, line, strlen(line)) < 0 ? -errno : 0;
}

FIXTURE(opener) {
	struct actor ann, roots, hers;
	pid_t pid;
};

FIXTURE_VARIANT(opener) {
	bool group;
};

FIXTURE_VARIANT_ADD(opener, with_a_group) { .group = true };
FIXTURE_VARIANT_ADD(opener, without_a_group) { .group = false };

FIXTURE_SETUP(opener)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!module_is_at_hand())
		SKIP(_exit(255), "MEMSUSP_KO does not tell where the module is");
	ASSERT_EQ(0, load_with_group(variant->group));
	ASSERT_EQ(0, make_copy(0, 0, 04755));
	self->ann = somebody(do_become_member, ANN);
	self->hers = somebody(do_become_stranger, ANN);
	self->roots = actor_ready();
	self->pid = self->hers.pid;
	ASSERT_EQ(0, ms_write("register", "%d 64M soft=32M", self->pid));
}

FIXTURE_TEARDOWN(opener)
{
	ms_end_all();
	unlink(COPY);
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(opener, a_set_user_id_program_lends_nobody_its_rights)
{
	unsigned int i;
	long err;

	/* It is not lent even what its caller might do to others. */
	for (i = 0; i < ARRAY_SIZE(said); i++) {
		err = actor_call(&self->ann, do_have_root_say, said_about(i, self->roots.pid));
		EXPECT_TRUE(refused(err) || err == -ENOENT);
		EXPECT_FALSE(ms_job_exists(self->roots.pid));
	}
	ASSERT_EQ(0, ms_write("register", "%d 64M soft=32M", self->roots.pid));
	for (i = 0; i < ARRAY_SIZE(said); i++) {
		err = actor_call(&self->ann, do_have_root_say, said_about(i, self->roots.pid));
		EXPECT_TRUE(refused(err));
	}
	EXPECT_TRUE(ms_is_running(self->roots.pid));
	EXPECT_EQ(64 * MIB, ms_job_number(self->roots.pid, "limit"));
}

TEST_F(opener, what_its_caller_may_it_may_too)
{
	struct {
		unsigned int i;
		long err;
	} own[] = {
		{ 1, -EPERM }, { 2, 0 }, { 4, -EPERM }, { 5, -EPERM }, { 3, 0 },
		{ 6, -EPERM }, { 8, 0 }, { 9, -EPERM }, { 10, 0 },
	};
	unsigned int i;

	if (!variant->group)
		SKIP(return, "only members may anything");
	for (i = 0; i < ARRAY_SIZE(own); i++)
		EXPECT_EQ(own[i].err, actor_call(&self->ann, do_have_root_say,
						 said_about(own[i].i, self->pid)));
	EXPECT_TRUE(ms_is_running(self->pid));
	EXPECT_EQ(64 * MIB, ms_job_number(self->pid, "limit"));
	EXPECT_EQ(15, ms_job_number(self->pid, "warn_signal"));
	EXPECT_TRUE(ms_job_is(self->pid, "name", "mine"));
	EXPECT_EQ(0, ms_job_number(self->pid, "priority"));
}

TEST_F(opener, the_prompt_of_sudo_registers_nobody)
{
	/* sudo wants its caller to be in passwd. */
	struct actor daemon = somebody(do_become_member, 1);

	if (access("/usr/bin/sudo", X_OK))
		SKIP(return, "no sudo");
	EXPECT_EQ(variant->group ? 1 : -EACCES,
		  actor_call(&daemon, do_have_sudo_say, self->roots.pid));
	EXPECT_FALSE(ms_job_exists(self->roots.pid));
}

TEST_F(opener, a_file_that_root_has_opened_may_be_handed_on)
{
	struct actor heir = actor_ready();

	ASSERT_EQ(0, actor_call(&heir, do_open, 0));
	ASSERT_EQ(0, actor_call(&heir, do_become_stranger, BOB));
	EXPECT_EQ(-EACCES, actor_call(&heir, do_have_root_say, said_about(0, heir.pid)));
	EXPECT_EQ(0, actor_call(&heir, do_write_kept, self->roots.pid));
	EXPECT_TRUE(ms_job_exists(self->roots.pid));
}

TEST_HARNESS_MAIN
