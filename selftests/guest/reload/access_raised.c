// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the moment on that a member executes a program with rights that its user does
 * not have, nobody but root may touch the job.
 */
#include "memsusp_access.h"

#include <linux/capability.h>
#include <linux/xattr.h>
#include <sys/xattr.h>

/* Orders to the actor who tries. */

static long do_lower(long pid)
{
	return ms_job_write(pid, "limit", "48M");
}

static long do_warn(long pid)
{
	return ms_job_write(pid, "warn_signal", "%d", SIGTERM);
}

static long do_name(long pid)
{
	return ms_job_write(pid, "name", "mine");
}

static long do_prefer_others(long pid)
{
	return ms_job_write(pid, "priority", "-1");
}

static long (* const touching[])(long) = {
	do_suspend, do_resume, do_resume_lower, do_lower, do_lower_soft, do_warn, do_name,
	do_prefer_others,
};

/* And to members. */

/* Become the copy. The answer is the next order's, from there. */
static long do_exec_copy(long unused)
{
	char fds[32];

	snprintf(fds, sizeof(fds), "%d,%d", actor_orders, actor_answers);
	fcntl(actor_orders, F_SETFD, 0);
	fcntl(actor_answers, F_SETFD, 0);
	setenv(ACTOR_ENV, fds, 1);
	execl(COPY, "actor", NULL);
	return -errno;
}

static long do_want_no_new_rights(long unused)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

/* From root to a user who may become anybody again. */
static long do_become_with_a_way_back(long uid)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2] = {
		{ .effective = 1 << CAP_SETUID, .permitted = 1 << CAP_SETUID },
	};

	return prctl(PR_SET_KEEPCAPS, 1) ? -errno :
	       do_become_stranger(uid) ?: syscall(SYS_capset, &head, caps) ? -errno : 0;
}

static int give_capability(void)
{
	struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = 1 << CAP_NET_RAW,
	};

	return setxattr(COPY, "security.capability", &data, sizeof(data), 0) ? -errno : 0;
}

FIXTURE(raised) {
	struct actor ann, hers;
	pid_t pid;
};

FIXTURE_VARIANT(raised) {
	uid_t uid;
	gid_t gid;
	mode_t mode;
	bool capability, plain, no_new_rights;
};

FIXTURE_VARIANT_ADD(raised, set_user_id_of_root) { .mode = 04755 };
FIXTURE_VARIANT_ADD(raised, set_user_id_of_another) { .uid = BOB, .mode = 04755 };
FIXTURE_VARIANT_ADD(raised, set_group_id) { .gid = 42, .mode = 02755 };
FIXTURE_VARIANT_ADD(raised, with_capabilities) { .mode = 0755, .capability = true };
FIXTURE_VARIANT_ADD(raised, set_user_id_of_its_user) { .uid = ANN, .mode = 04755, .plain = true };
FIXTURE_VARIANT_ADD(raised, without_any_of_it) { .mode = 0755, .plain = true };
FIXTURE_VARIANT_ADD(raised, without_new_privileges) {
	.mode = 04755, .plain = true, .no_new_rights = true,
};

FIXTURE_SETUP(raised)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!module_is_at_hand())
		SKIP(_exit(255), "MEMSUSP_KO does not tell where the module is");
	ASSERT_EQ(0, load_with_group(true));
	unlink(COPY);
	ASSERT_EQ(0, make_copy(variant->uid, variant->gid, variant->mode));
	if (variant->capability)
		ASSERT_EQ(0, give_capability());
	self->ann = somebody(do_become_member, ANN);
	self->hers = somebody(do_become_stranger, ANN);
	self->pid = self->hers.pid;
	if (variant->no_new_rights)
		ASSERT_EQ(0, actor_call(&self->hers, do_want_no_new_rights, 0));
}

FIXTURE_TEARDOWN(raised)
{
	ms_end_all();
	unlink(COPY);
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

/* Whether she may touch her job, and that she may do all or nothing. */
static bool may_touch(struct __test_metadata *_metadata, struct actor *ann, pid_t pid)
{
	int i, done = 0;

	for (i = 0; i < ARRAY_SIZE(touching); i++) {
		long err = actor_call(ann, touching[i], pid);

		EXPECT_TRUE(!err || err == -EPERM);
		done += !err;
	}
	EXPECT_TRUE(!done || done == ARRAY_SIZE(touching));
	EXPECT_TRUE(ms_is_running(pid));
	EXPECT_EQ(done ? SIGTERM : 0, ms_job_number(pid, "warn_signal"));
	EXPECT_EQ((done ? 48 : 64) * MIB, ms_job_number(pid, "limit"));
	EXPECT_TRUE(ms_job_is(pid, "name", done ? "mine" : "-"));
	return done;
}

TEST_F(raised, a_job_is_roots_when_its_root_executes_such_a_program)
{
	ASSERT_EQ(0, actor_call(&self->ann, do_register, self->pid));
	ASSERT_EQ(0, actor_call(&self->ann, do_warn, self->pid));
	EXPECT_EQ(SIGTERM, ms_job_number(self->pid, "warn_signal"));
	ASSERT_TRUE(actor_exec(&self->hers, do_exec_copy));
	EXPECT_EQ(variant->plain ? SIGTERM : 0, ms_job_number(self->pid, "warn_signal"));
	EXPECT_EQ(variant->plain, may_touch(_metadata, &self->ann, self->pid));
	EXPECT_EQ(0, do_warn(self->pid));
	EXPECT_EQ(SIGTERM, ms_job_number(self->pid, "warn_signal"));
	EXPECT_EQ(0, do_suspend(self->pid));
	EXPECT_EQ(variant->plain ? 0 : -EPERM, actor_call(&self->ann, do_resume, self->pid));
	EXPECT_EQ(0, do_resume(self->pid));
}

TEST_F(raised, and_when_any_member_does_though_it_has_ended_since)
{
	struct actor child;

	ASSERT_EQ(0, ms_write("register", "%d 64M", self->pid));
	child = actor_child(&self->hers, do_fork);
	ASSERT_LT(0, child.pid);
	EXPECT_TRUE(actor_exec(&child, do_exec_copy));
	EXPECT_EQ(variant->plain, may_touch(_metadata, &self->ann, self->pid));
	actor_send(&child, do_exit, 0);
	ASSERT_EQ(0, actor_call(&self->hers, do_reap, child.pid));
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1));
	if (!variant->plain)
		EXPECT_FALSE(may_touch(_metadata, &self->ann, self->pid));
	/* It is the job's, not the process's: a new one is hers again. */
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	ASSERT_EQ(0, actor_call(&self->ann, do_register, self->pid));
	EXPECT_TRUE(may_touch(_metadata, &self->ann, self->pid));
}

TEST_F(raised, such_a_program_is_registered_by_root_and_for_root)
{
	ASSERT_TRUE(actor_exec(&self->hers, do_exec_copy));
	EXPECT_EQ(variant->plain ? 0 : -EPERM, actor_call(&self->ann, do_register, self->pid));
	EXPECT_EQ(variant->plain, ms_job_exists(self->pid));
	if (!variant->plain)
		ASSERT_EQ(0, ms_write("register", "%d 64M", self->pid));
	EXPECT_EQ(variant->plain, may_touch(_metadata, &self->ann, self->pid));
}

TEST_F(raised, such_a_program_is_not_caught_in_its_exec)
{
	struct actor child;
	long err;
	int i;

	for (i = 0; i < 20; i++) {
		child = actor_child(&self->hers, do_fork);
		ASSERT_LT(0, child.pid);
		actor_send(&child, do_exec_copy, 0);
		actor_send(&self->ann, do_register, child.pid);
		ASSERT_EQ(7, actor_call(&child, do_nothing, 7));
		err = actor_answer(&self->ann);
		EXPECT_TRUE(!err || err == -EPERM);
		EXPECT_EQ(!err, ms_job_exists(child.pid));
		if (!err)
			EXPECT_EQ(variant->plain, may_touch(_metadata, &self->ann, child.pid));
		actor_send(&child, do_exit, 0);
		ASSERT_EQ(0, actor_call(&self->hers, do_reap, child.pid));
		ASSERT_TRUE(ms_until(ms_stat("jobs") == 0));
	}
}

TEST_F(raised, who_may_become_somebody_else_is_nobodys_but_roots)
{
	struct actor daemon = actor_ready();

	ASSERT_EQ(0, actor_call(&daemon, do_become_with_a_way_back, ANN));
	EXPECT_EQ(-EPERM, actor_call(&self->ann, do_register, daemon.pid));
	ASSERT_EQ(0, ms_write("register", "%d 64M", daemon.pid));
	EXPECT_FALSE(may_touch(_metadata, &self->ann, daemon.pid));
}

TEST_HARNESS_MAIN
