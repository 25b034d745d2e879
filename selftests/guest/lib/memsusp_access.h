/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of rights share: actors who are somebody, and the module with a group. */
#ifndef MEMSUSP_ACCESS_H
#define MEMSUSP_ACCESS_H

#include "memsusp_module.h"
#include "memsusp_tree.h"

#include <grp.h>
#include <sys/stat.h>

#define GROUP	4321
#define ANN	1001
#define BOB	1002

/* Orders to an actor: what it should be. */

static inline long become(uid_t uid, uid_t euid, bool member)
{
	gid_t group = GROUP;

	if (setgroups(member, &group) || setresgid(uid, uid, uid) ||
	    setresuid(uid, euid, euid))
		return -errno;
	/* New credentials have cleared it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

static inline long do_become_member(long uid)
{
	return become(uid, uid, true);
}

static inline long do_become_stranger(long uid)
{
	return become(uid, uid, false);
}

/* And what it should try. */

static inline long do_register(long pid)
{
	return ms_write("register", "%ld 64M", pid);
}

static inline long do_suspend(long pid)
{
	return ms_write("suspend", "%ld", pid);
}

static inline long do_resume(long pid)
{
	return ms_write("resume", "%ld", pid);
}

static inline long do_resume_lower(long pid)
{
	return ms_write("resume", "%ld 48M", pid);
}

static inline long do_lower_soft(long pid)
{
	return ms_job_write(pid, "soft_limit", "16M");
}

static inline struct actor somebody(long (*order)(long), long uid)
{
	struct actor a = actor_ready();

	if (actor_call(&a, order, uid))
		abort();
	return a;
}

/* Load it anew if need be. */
static inline int load_with_group(bool group)
{
	char now[16], args[32] = "";
	int err;

	if (!ms_read_at("/sys/module/memsusp/parameters/gid", now, sizeof(now)) &&
	    group == (atoi(now) == GROUP))
		return 0;
	if (group)
		snprintf(args, sizeof(args), "gid=%d", GROUP);
	err = module_unload();
	return err ? err : module_load(args);
}

/* At the end of the program it is as it was. */
__attribute__((destructor))
static void load_without_group(void)
{
	load_with_group(false);
}

/* A copy of the running program, to be set-user-ID and the like. */
#define COPY	"/run/memsusp-copy"

static inline int make_copy(uid_t uid, gid_t gid, mode_t mode)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(COPY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	static char buf[65536];
	ssize_t n = -1;
	int err;

	while (to >= 0 && (n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, n) != n)
			break;
	err = n || fchown(to, uid, gid) || fchmod(to, mode) ? -EIO : 0;
	close(from);
	close(to);
	return err;
}

/* By the file's mode, or by what the module says. */
static inline bool refused(long err)
{
	return err == -EPERM || err == -EACCES;
}

#endif /* MEMSUSP_ACCESS_H */
