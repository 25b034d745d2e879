// SPDX-License-Identifier: GPL-2.0-only
/* Who may do what: root, members of the module's group, and nobody else. */
#include "memsusp_access.h"
#include "memsusp_node.h"

#include <linux/capability.h>
#include <sys/mount.h>

/* Like a set-user-ID program that somebody started. */
static long do_become_setuid(long uid)
{
	return become(uid, 0, false);
}

static long do_drop_resource(long unused)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2];

	if (syscall(SYS_capget, &head, caps))
		return -errno;
	caps[0].effective &= ~(1 << CAP_SYS_RESOURCE);
	return syscall(SYS_capset, &head, caps) ? -errno : 0;
}

static long do_unshare_users(long unused)
{
	return unshare(CLONE_NEWUSER) ? -errno : 0;
}

/* And what it should try. */

static long do_unregister(long pid)
{
	return ms_write("unregister", "%ld", pid);
}

static long do_resume_higher(long pid)
{
	return ms_write("resume", "%ld 1G", pid);
}

static long do_lower(long pid)
{
	return ms_job_write(pid, "limit", "32M");
}

static long do_raise(long pid)
{
	return ms_job_write(pid, "limit", "1G");
}

static long do_lift(long pid)
{
	return ms_job_write(pid, "limit", "max");
}

static long do_look(long pid)
{
	return ms_table_number("jobs", "pid", pid, "limit");
}

static long do_force(long pid)
{
	return ms_write("resume", "%ld force", pid);
}

static long do_register_with_priority(long pid)
{
	return ms_write("register", "%ld 64M priority=1", pid);
}

static long do_register_with_none(long pid)
{
	return ms_write("register", "%ld 64M soft=32M priority=0", pid);
}

static long do_raise_soft(long pid)
{
	return ms_job_write(pid, "soft_limit", "24M");
}

static long do_prefer(long pid)
{
	return ms_job_write(pid, "priority", "1");
}

/* Hers by its uid, but started with newgrp or sg. */
static long do_become_in_other_group(long uid)
{
	if (setresgid(BOB, BOB, BOB))
		return -errno;
	return setresuid(uid, uid, uid) ? -errno : 0;
}

#define OTHER_PROC	"/run/memsusp-proc"

/* Whether we are told of a process by the /proc that is mounted there. */
static long do_look_there(long pid)
{
	FILE *f = fopen(OTHER_PROC "/memsusp/processes", "re");
	bool found = false;
	char line[512];
	int of;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		found |= sscanf(line, "pid=%d ", &of) == 1 && of == pid;
	fclose(f);
	return found;
}

/* All that would do something to a job of somebody else's. */
static long (* const touching[])(long) = {
	do_unregister, do_suspend, do_resume, do_resume_lower, do_resume_higher,
	do_lower, do_raise, do_lift, do_force,
};

/* The node's settings, and what they are not when a test begins. */
static const struct {
	const char *file, *value;
} settings[] = {
	{ "limit", "64M" }, { "floor", "64M" }, { "headroom", "64M" },
	{ "policy", "oldest" }, { "auto_resume", "0" }, { "min_running", "7" },
	{ "drain", "1" }, { "max_suspended_ms", "7" },
};

static long do_set(long i)
{
	return ms_node_write(settings[i].file, "%s", settings[i].value);
}

FIXTURE(access) {
	struct actor ann, her_other, bob, bobs_job, roots;
	pid_t her_pid, bobs_pid;
};

FIXTURE_VARIANT(access) {
	bool group;
};

FIXTURE_VARIANT_ADD(access, with_a_group) { .group = true };
FIXTURE_VARIANT_ADD(access, without_a_group) { .group = false };

FIXTURE_SETUP(access)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!module_is_at_hand())
		SKIP(_exit(255), "MEMSUSP_KO does not tell where the module is");
	ASSERT_EQ(0, load_with_group(variant->group));
	self->ann = somebody(do_become_member, ANN);
	self->her_other = somebody(do_become_stranger, ANN);
	self->bob = somebody(do_become_member, BOB);
	self->bobs_job = somebody(do_become_stranger, BOB);
	self->roots = actor_ready();
	self->her_pid = self->her_other.pid;
	self->bobs_pid = self->bobs_job.pid;
	ASSERT_EQ(0, ms_write("register", "%d 64M", self->bobs_pid));
	ASSERT_EQ(0, ms_write("register", "%d 64M", self->roots.pid));
}

FIXTURE_TEARDOWN(access)
{
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(access, the_modes_of_the_files_say_so)
{
	static const char * const files[] = { "register", "unregister", "suspend", "resume" };
	struct stat st;
	char path[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", files[i]);
		ASSERT_EQ(0, stat(path, &st));
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(variant->group ? GROUP : 0, st.st_gid);
		EXPECT_EQ(variant->group ? 0220 : 0200, st.st_mode & 07777);
	}
}

TEST_F(access, a_member_manages_jobs_of_its_own)
{
	struct actor *ann = &self->ann;

	if (!variant->group) {
		EXPECT_EQ(-EACCES, actor_call(ann, do_register, ann->pid));
		EXPECT_EQ(-EACCES, actor_call(ann, do_register, self->her_pid));
		EXPECT_FALSE(ms_job_exists(ann->pid));
		return;
	}
	EXPECT_EQ(0, actor_call(ann, do_register, ann->pid));
	EXPECT_TRUE(ms_job_exists(ann->pid));
	EXPECT_EQ(0, actor_call(ann, do_register, self->her_pid));
	EXPECT_EQ(0, actor_call(ann, do_suspend, self->her_pid));
	EXPECT_TRUE(ms_until_stopped(self->her_pid, self->her_pid));
	EXPECT_EQ(0, actor_call(ann, do_resume, self->her_pid));
	EXPECT_TRUE(ms_is_running(self->her_pid));
	/* Downwards only. */
	EXPECT_EQ(0, actor_call(ann, do_suspend, self->her_pid));
	EXPECT_EQ(-EPERM, actor_call(ann, do_resume_higher, self->her_pid));
	EXPECT_TRUE(ms_job_is(self->her_pid, "state", "suspended"));
	EXPECT_EQ(64 * MIB, ms_job_number(self->her_pid, "limit"));
	EXPECT_EQ(0, actor_call(ann, do_resume_lower, self->her_pid));
	EXPECT_EQ(48 * MIB, ms_job_number(self->her_pid, "limit"));
	EXPECT_TRUE(ms_is_running(self->her_pid));
	EXPECT_EQ(0, actor_call(ann, do_lower, self->her_pid));
	EXPECT_EQ(32 * MIB, ms_job_number(self->her_pid, "limit"));
	EXPECT_EQ(0, actor_call(ann, do_lower, self->her_pid));
	EXPECT_EQ(-EPERM, actor_call(ann, do_resume_lower, self->her_pid));
	EXPECT_EQ(-EPERM, actor_call(ann, do_raise, self->her_pid));
	EXPECT_EQ(-EPERM, actor_call(ann, do_lift, self->her_pid));
	EXPECT_EQ(-EPERM, actor_call(ann, do_unregister, self->her_pid));
	EXPECT_EQ(32 * MIB, ms_job_number(self->her_pid, "limit"));
	EXPECT_TRUE(ms_is_running(self->her_pid));
	/* Not even to leave by registering anew. */
	EXPECT_EQ(-EEXIST, actor_call(ann, do_register, self->her_pid));
	/* Root may do all that. */
	EXPECT_EQ(0, do_raise(self->her_pid));
	EXPECT_EQ(0, do_unregister(self->her_pid));
}

TEST_F(access, a_member_prefers_its_jobs_to_nobodys)
{
	struct actor *ann = &self->ann;

	if (!variant->group)
		SKIP(return, "only members may register");
	EXPECT_EQ(-EPERM, actor_call(ann, do_register_with_priority, self->her_pid));
	EXPECT_FALSE(ms_job_exists(self->her_pid));
	EXPECT_EQ(0, actor_call(ann, do_register_with_none, self->her_pid));
	EXPECT_EQ(-EPERM, actor_call(ann, do_prefer, self->her_pid));
	EXPECT_EQ(0, ms_job_number(self->her_pid, "priority"));
	EXPECT_EQ(0, actor_call(ann, do_lower_soft, self->her_pid));
	EXPECT_EQ(0, actor_call(ann, do_lower_soft, self->her_pid));
	EXPECT_EQ(-EPERM, actor_call(ann, do_raise_soft, self->her_pid));
	EXPECT_EQ(16 * MIB, ms_job_number(self->her_pid, "soft_limit"));
	EXPECT_EQ(0, do_raise_soft(self->her_pid));
	EXPECT_EQ(0, do_prefer(self->her_pid));
	EXPECT_EQ(0, do_register_with_priority(ann->pid));
}

TEST_F(access, processes_are_shown_to_whom_proc_shows_them)
{
	static const struct {
		const char *options;
		bool to_ann, to_all;
	} mounts[] = {
		{ "hidepid=0", true, true }, { "hidepid=1", false, false },
		{ "hidepid=2", false, false }, { "hidepid=4", false, false },
		{ "hidepid=2,gid=4321", true, false }, { "hidepid=4,gid=4321", false, false },
	};
	struct actor grouped = somebody(do_become_in_other_group, ANN);
	struct actor boxed = somebody(do_become_stranger, ANN);
	unsigned int i;

	ASSERT_EQ(0, ms_write("register", "%d 64M", self->her_pid));
	ASSERT_EQ(0, ms_write("register", "%d 64M", grouped.pid));
	ASSERT_EQ(0, actor_call(&boxed, do_unshare_users, 0));
	mkdir(OTHER_PROC, 0755);
	for (i = 0; i < ARRAY_SIZE(mounts); i++) {
		ASSERT_EQ(0, mount("proc", OTHER_PROC, "proc", 0, mounts[i].options));
		/* What they read may be older than the last registration, at first. */
		ASSERT_TRUE(i || ms_until(actor_call(&self->ann, do_look_there, grouped.pid)));
		EXPECT_EQ(mounts[i].to_ann, actor_call(&self->ann, do_look_there, self->bobs_pid));
		EXPECT_EQ(mounts[i].to_ann, actor_call(&self->ann, do_look_there, self->roots.pid));
		EXPECT_EQ(mounts[i].to_ann, actor_call(&self->ann, do_look_there, grouped.pid));
		EXPECT_EQ(1, actor_call(&self->ann, do_look_there, self->her_pid));
		/* From a user namespace of her own she sees less. */
		EXPECT_EQ(mounts[i].to_all, actor_call(&boxed, do_look_there, self->her_pid));
		EXPECT_EQ(1, actor_call(&self->bob, do_look_there, self->bobs_pid));
		EXPECT_EQ(1, do_look_there(self->bobs_pid));
		umount(OTHER_PROC);
	}
	rmdir(OTHER_PROC);
	/* Jobs are everybody's to see. */
	EXPECT_TRUE(ms_until(actor_call(&self->ann, do_look, self->roots.pid) == 64 * MIB));
}

TEST_F(access, nobody_but_root_touches_somebody_elses)
{
	long err = variant->group ? -EPERM : -EACCES;
	pid_t others[] = { self->bobs_pid, self->roots.pid };
	unsigned int i, j;

	EXPECT_EQ(err, actor_call(&self->ann, do_register, self->bob.pid));
	EXPECT_EQ(err, actor_call(&self->ann, do_register, getpid()));
	EXPECT_EQ(err, actor_call(&self->ann, do_register, 1));
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		for (j = 0; j < ARRAY_SIZE(touching); j++)
			EXPECT_TRUE(refused(actor_call(&self->ann, touching[j], others[i])));
		EXPECT_TRUE(ms_is_running(others[i]));
		EXPECT_EQ(64 * MIB, ms_job_number(others[i], "limit"));
	}
	EXPECT_EQ(2, ms_stat("jobs"));
	/* Looking is free. */
	EXPECT_TRUE(ms_until(actor_call(&self->ann, do_look, self->roots.pid) == 64 * MIB));
}

TEST_F(access, its_owner_may_touch_what_root_registered)
{
	long err = variant->group ? 0 : -EACCES;

	EXPECT_EQ(err, actor_call(&self->bob, do_suspend, self->bobs_pid));
	EXPECT_EQ(err, actor_call(&self->bob, do_resume, self->bobs_pid));
	EXPECT_EQ(err, actor_call(&self->bob, do_lower, self->bobs_pid));
	EXPECT_TRUE(ms_is_running(self->bobs_pid));
	EXPECT_EQ(variant->group ? -EPERM : -EACCES,
		  actor_call(&self->bob, do_unregister, self->bobs_pid));
}

TEST_F(access, who_is_in_no_group_may_nothing)
{
	unsigned int i;

	EXPECT_EQ(-EACCES, actor_call(&self->her_other, do_register, self->her_pid));
	for (i = 0; i < ARRAY_SIZE(touching); i++)
		EXPECT_TRUE(refused(actor_call(&self->bobs_job, touching[i], self->bobs_pid)));
	EXPECT_EQ(64 * MIB, ms_job_number(self->bobs_pid, "limit"));
	EXPECT_TRUE(ms_is_running(self->bobs_pid));
}

TEST_F(access, a_member_may_not_take_its_child_out_of_a_job)
{
	struct actor child;

	ASSERT_EQ(0, ms_write("register", "%d 64M", self->ann.pid));
	child = actor_child(&self->ann, do_fork);
	ASSERT_LT(0, child.pid);
	EXPECT_EQ(variant->group ? -EPERM : -EACCES,
		  actor_call(&self->ann, do_register, child.pid));
	EXPECT_TRUE(ms_is_member(child.pid, self->ann.pid));
	EXPECT_EQ(0, do_register(child.pid));
}

TEST_F(access, a_set_user_id_program_is_not_its_users)
{
	struct actor program = somebody(do_become_setuid, ANN);

	EXPECT_EQ(variant->group ? -EPERM : -EACCES,
		  actor_call(&self->ann, do_register, program.pid));
	EXPECT_FALSE(ms_job_exists(program.pid));
}

TEST_F(access, root_is_who_has_the_capability_here)
{
	struct actor weak = actor_ready(), elsewhere = actor_ready();
	unsigned int i;

	ASSERT_EQ(0, actor_call(&weak, do_drop_resource, 0));
	ASSERT_EQ(0, actor_call(&elsewhere, do_unshare_users, 0));
	EXPECT_EQ(-EPERM, actor_call(&weak, do_register, weak.pid));
	EXPECT_EQ(-EPERM, actor_call(&elsewhere, do_register, elsewhere.pid));
	for (i = 0; i < ARRAY_SIZE(touching); i++) {
		EXPECT_EQ(-EPERM, actor_call(&weak, touching[i], self->bobs_pid));
		EXPECT_TRUE(refused(actor_call(&elsewhere, touching[i], self->bobs_pid)));
	}
	EXPECT_EQ(64 * MIB, ms_job_number(self->bobs_pid, "limit"));
	EXPECT_TRUE(ms_is_running(self->bobs_pid));
}

TEST_F(access, nobody_but_root_changes_the_node)
{
	struct actor weak = actor_ready(), elsewhere = actor_ready();
	struct actor *who[] = { &self->ann, &self->bobs_job, &weak, &elsewhere };
	char before[128];
	unsigned int i, j;

	ASSERT_EQ(0, actor_call(&weak, do_drop_resource, 0));
	ASSERT_EQ(0, actor_call(&elsewhere, do_unshare_users, 0));
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		ASSERT_EQ(0, ms_node_read(settings[i].file, before, sizeof(before)));
		for (j = 0; j < ARRAY_SIZE(who); j++) {
			EXPECT_TRUE(refused(actor_call(who[j], do_set, i)));
			EXPECT_TRUE(ms_node_is(settings[i].file, before));
		}
	}
}

TEST_F(access, a_member_may_not_force_its_way_past_the_node)
{
	struct actor *ann = &self->ann;

	if (!variant->group)
		SKIP(return, "only members may resume");
	ASSERT_EQ(0, ms_node_reset());
	ASSERT_EQ(0, actor_call(ann, do_register, self->her_pid));
	ASSERT_EQ(0, ms_node_write("policy", "newest"));
	ASSERT_EQ(0, ms_node_leave_room(-1));
	ASSERT_TRUE(ms_is_suspended_for(self->her_pid, "node"));
	EXPECT_EQ(-EDQUOT, actor_call(ann, do_resume, self->her_pid));
	EXPECT_EQ(-EPERM, actor_call(ann, do_force, self->her_pid));
	EXPECT_TRUE(ms_is_suspended_for(self->her_pid, "node"));
	EXPECT_EQ(0, do_force(self->her_pid));
	EXPECT_TRUE(ms_is_running(self->her_pid));
	EXPECT_EQ(0, ms_node_reset());
}

TEST_HARNESS_MAIN
