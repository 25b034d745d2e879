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

static inline struct actor somebody(long (*order)(long), long uid)
{
	struct actor a = actor_ready();

	if (actor_call(&a, order, uid))
		abort();
	return a;
}

/*
 * Load it anew if need be. The last test of a program has to be one without a group,
 * so that in the end it is loaded as it was.
 */
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

/* By the file's mode, or by what the module says. */
static inline bool refused(long err)
{
	return err == -EPERM || err == -EACCES;
}

#endif /* MEMSUSP_ACCESS_H */
