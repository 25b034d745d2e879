// SPDX-License-Identifier: GPL-2.0-only
/*
 * writes to /sys/kernel/memsusp, errno -> one sentence
 *
 * A line takes effect as a whole or not at all, and what it did is the result
 * of the one write(2) that carried it. So no stdio here, and no second try.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memsusp-ctl.h"

/* Where a command has nothing better to say. */
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
 * sysfs_write() - one line, one open, one write
 * @file: its name under /sys/kernel/memsusp
 * @line: ends with a newline
 *
 * Return: 0 or a negative errno; -ENODEV if there is no such file (-ENOENT is
 * what the kernel says of a pid), -EIO if not all was taken.
 */
int sysfs_write(const char *file, const char *line)
{
	size_t len = strlen(line);
	ssize_t written;
	char path[256];
	int err = 0;
	int fd;

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;

	written = write(fd, line, len);
	if (written < 0)
		err = -errno;
	else if ((size_t)written != len)
		err = -EIO;
	close(fd);
	return err;
}

/**
 * sysfs_read() - the one value of a file, without its newline
 * @file: its name under /sys/kernel/memsusp
 * @buf: where to
 * @size: of @buf
 *
 * Return: 0 or a negative errno.
 */
int sysfs_read(const char *file, char *buf, size_t size)
{
	char path[256];
	ssize_t len;
	int err = 0;
	int fd;

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	len = read(fd, buf, size - 1);
	if (len < 0) {
		err = -errno;
		len = 0;
	}
	close(fd);
	buf[len] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return err;
}

/**
 * module_ready() - is the module there, and does it speak our language?
 *
 * Return: true, or false after having said why not.
 */
bool module_ready(void)
{
	char text[32];
	char *end;
	int err;

	err = sysfs_read("abi", text, sizeof(text));
	if (err == -ENOENT) {
		fprintf(stderr, "%s: %s\n", PROGRAM,
			"the memsusp module is not loaded; load it with: modprobe memsusp");
		return false;
	}
	if (err) {
		fprintf(stderr, PROGRAM ": cannot read " MEMSUSP_SYSFS "/abi: %s\n",
			strerror(-err));
		return false;
	}
	if (strtol(text, &end, 10) != MEMSUSP_ABI || *end) {
		fprintf(stderr,
			"%s: the loaded module speaks ABI '%s', this tool ABI %d; use the one that came with it\n",
			PROGRAM, text, MEMSUSP_ABI);
		return false;
	}
	return true;
}

/**
 * process_exists() - tell ESRCH from ENOENT where the kernel was not asked
 * @pid: the pid
 */
bool process_exists(pid_t pid)
{
	return !kill(pid, 0) || errno != ESRCH;
}

/* A process may be registered through its parent: then say under which job. */
static bool explain_member(pid_t pid)
{
	const struct job *process;
	const char *root = NULL;
	struct jobs processes;

	/* An older module without this file is as good as an empty one. */
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
	/* It may have been unloaded since we looked first. */
	if (!module_ready())
		return;
	if (err == -ENOENT && explain_member(pid))
		return;
	complain("pid %d: %s", pid, why_text(why, err));
}
