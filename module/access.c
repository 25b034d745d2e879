// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may. The rights that count are those of whoever opened the file, as they
 * were when he did: otherwise a set-user-ID program could be made to write a line
 * of somebody else's choice to a file that it never chose, its standard error for
 * instance. So nothing here asks about current, and everything takes the file.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/uidgid.h>

#include "memsusp.h"

static int gid = -1;
module_param(gid, int, 0444);
MODULE_PARM_DESC(gid, "group whose members may register and suspend their own processes (default: none)");

/**
 * memsusp_gid() - the group given at load
 *
 * Context: any.
 * Return: the group; INVALID_GID if none was given.
 */
kgid_t memsusp_gid(void)
{
	return gid < 0 ? INVALID_GID : make_kgid(&init_user_ns, gid);
}

/* in_group_p() for others than current. */
static bool is_in_group(const struct cred *cred, kgid_t group)
{
	int i;

	if (gid_eq(cred->fsgid, group))
		return true;
	for (i = 0; i < cred->group_info->ngroups; i++)
		if (gid_eq(cred->group_info->gid[i], group))
			return true;
	return false;
}

static bool is_member(const struct cred *cred)
{
	return gid_valid(memsusp_gid()) && is_in_group(cred, memsusp_gid());
}

/*
 * Whether a process with these credentials is @uid's and nobody else's, and has no
 * power in the initial user namespace that not all of its user's programs have:
 * what is neither set-user-ID nor set-group-ID nor has capabilities from its file,
 * nor kept some from when it was root.
 */
static bool is_plain(const struct cred *cred, kuid_t uid)
{
	return uid_eq(cred->uid, uid) && uid_eq(cred->euid, uid) && uid_eq(cred->suid, uid) &&
	       gid_eq(cred->egid, cred->gid) && gid_eq(cred->sgid, cred->gid) &&
	       (cred->user_ns != &init_user_ns ||
		cap_issubset(cred->cap_permitted, cred->cap_ambient));
}

/**
 * memsusp_is_admin() - whether somebody may do all
 * @opened: the file through which he asks
 *
 * Context: any.
 */
bool memsusp_is_admin(const struct file *opened)
{
	return file_ns_capable(opened, &init_user_ns, CAP_SYS_RESOURCE);
}

/**
 * memsusp_may_register() - whether somebody may make a process a job
 * @opened: the file through which he asks
 * @task: the process
 *
 * Context: process.
 */
bool memsusp_may_register(const struct file *opened, struct task_struct *task)
{
	bool own;

	if (memsusp_is_admin(opened))
		return true;
	rcu_read_lock();
	own = is_plain(__task_cred(task), opened->f_cred->uid);
	rcu_read_unlock();
	return own && is_member(opened->f_cred);
}

/**
 * memsusp_may_see() - whether somebody is told of a process
 * @opened: the file below /proc through which he asks
 * @task: the process; NULL if it is just ending
 *
 * As /proc itself does, if it was mounted with hidepid= where the file was opened; but
 * for processes that are not dumpable, and what a security module says.
 *
 * Context: RCU.
 */
bool memsusp_may_see(const struct file *opened, struct task_struct *task)
{
	const struct proc_fs_info *proc = proc_sb_info(file_inode(opened)->i_sb);
	const struct cred *cred = opened->f_cred;
	const struct cred *its;

	if (proc->hide_pid == HIDEPID_OFF)
		return true;
	if (proc->hide_pid != HIDEPID_NOT_PTRACEABLE && is_in_group(cred, proc->pid_gid))
		return true;
	if (file_ns_capable(opened, &init_user_ns, CAP_SYS_PTRACE))
		return true;
	if (!task)
		return false;
	its = __task_cred(task);
	return is_plain(its, cred->fsuid) && gid_eq(its->gid, cred->fsgid) &&
	       its->user_ns == cred->user_ns &&
	       cap_issubset(its->cap_permitted, cred->cap_effective);
}

/**
 * memsusp_job_raise() - from now on nobody but root may touch a job
 * @job: a member has got rights that its user does not have
 *
 * As the kernel does with the signal of PR_SET_PDEATHSIG, what its user wanted it
 * to be sent is forgotten.
 *
 * Context: any, hooks too.
 */
void memsusp_job_raise(struct memsusp_job *job)
{
	if (test_and_set_bit(MEMSUSP_JOB_RAISED, &job->flags))
		return;
	/* Pairs with the barrier in memsusp_job_set_warn_signal(). */
	smp_mb__after_atomic();
	WRITE_ONCE(job->warn_signal, 0);
}

/**
 * memsusp_job_admit() - look at the rights of a new member
 * @job: its job
 * @task: it became a member in another way than by fork; the hooks see what it
 *	executes from now on
 *
 * Context: process.
 */
void memsusp_job_admit(struct memsusp_job *job, struct task_struct *task)
{
	/* Either what it has just executed is seen here, or the exec hook saw @job. */
	smp_mb();
	rcu_read_lock();
	if (!is_plain(__task_cred(task), job->uid))
		memsusp_job_raise(job);
	rcu_read_unlock();
}

/**
 * memsusp_job_access() - whether somebody may change a job
 * @opened: the file through which he asks
 * @job: which one
 * @admin: filled with whether he may do all; otherwise only what takes from
 *	the job: suspend, resume, lower a limit
 *
 * Context: process, memsusp_mutex held.
 * Return: 0, -EPERM, or -ENOENT if it is on its way in or out.
 */
int memsusp_job_access(const struct file *opened, const struct memsusp_job *job, bool *admin)
{
	lockdep_assert_held(&memsusp_mutex);
	if (!job->begun || job->ended)
		return -ENOENT;
	*admin = memsusp_is_admin(opened);
	if (*admin)
		return 0;
	if (test_bit(MEMSUSP_JOB_RAISED, &job->flags) ||
	    !is_member(opened->f_cred) || !uid_eq(job->uid, opened->f_cred->uid))
		return -EPERM;
	return 0;
}
