// SPDX-License-Identifier: GPL-2.0-only
/*
 * errno -> one sentence
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "memsusp-ctl.h"

/* A command that has nothing better to say says this. */
static const struct why common_why[] = {
	{ ESRCH,  "no such process" },
	{ ENOENT, "not registered" },
	{ EEXIST, "is registered already" },
	{ EPERM,  "not permitted" },
	{ EACCES, "not permitted; only root may, and the group that the module was given as gid=" },
	{ EROFS,  "sysfs is mounted read-only here, as it is in most containers" },
	{ ERANGE, "the size does not fit" },
	{ ENOMEM, "the kernel is out of memory; nothing was changed" },
	{ EIO,    "the kernel did not take the whole line" },
	{ ENODEV, "the memsusp module does not offer this, or is just being unloaded" },
	{ }
};

/**
 * process_exists() - tell ESRCH from ENOENT where the kernel was not asked
 * @pid: the pid
 */
bool process_exists(pid_t pid)
{
	return !kill(pid, 0) || errno != ESRCH;
}

/* A process may belong to the job of a parent, and then it is said which. */
static bool explain_member(pid_t pid)
{
	const struct job *process;
	const char *root = NULL;
	struct jobs processes;

	/* A file that cannot be read is as good as an empty one. */
	jobs_read(&processes, "processes");
	process = jobs_find(&processes, pid);
	if (process)
		root = record_get(&process->record, "job");
	if (root)
		complain("pid %d: not a job of its own; it belongs to job %s",
			 pid, root);
	jobs_free(&processes);
	return root;
}

static const char *find_why(const struct why *why, int err)
{
	for (; why && why->text; why++)
		if (why->err == err)
			return why->text;
	return NULL;
}

/**
 * why_text() - what an error means
 * @why: what it means in this command, ended by an empty row; may be %NULL
 * @err: negative errno, as sysfs_write() returns
 */
const char *why_text(const struct why *why, int err)
{
	const char *text = find_why(why, -err);

	if (!text)
		text = find_why(common_why, -err);
	return text ? text : strerror(-err);
}

/**
 * explain() - say in one line what an error means for a pid
 * @pid: the pid
 * @err: negative errno, as sysfs_write() returns
 * @why: what it means in this command, ended by an empty row; may be %NULL
 */
void explain(pid_t pid, int err, const struct why *why)
{
	/* The module may have been unloaded since we looked first. */
	if (!module_ready())
		return;
	if (err == -ENOENT && explain_member(pid))
		return;
	complain("pid %d: %s", pid, why_text(why, err));
}
