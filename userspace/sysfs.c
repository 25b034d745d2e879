// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/memsusp, a file at a time
 *
 * A line takes effect as a whole or not at all, and what it did is the result
 * of the one write(2) that carried it. So there is no stdio here, and no
 * second try.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memsusp-ctl.h"

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

static pid_t number_in(const char *dir)
{
	char file[64], text[32];

	snprintf(file, sizeof(file), "jobs/%.20s/pid", dir);
	return sysfs_read(file, text, sizeof(text)) ? -1 : atoi(text);
}

/**
 * job_directory() - the name of a job's directory below jobs/
 * @pid: its number here
 *
 * There it has its number in the initial pid namespace, which in a container is
 * another one.
 *
 * Return: the name, a number; 0 if there is no such job.
 */
pid_t job_directory(pid_t pid)
{
	struct dirent *entry;
	pid_t found = 0;
	char name[32];
	DIR *dir;

	snprintf(name, sizeof(name), "%d", pid);
	if (number_in(name) == pid)
		return pid;
	dir = opendir(MEMSUSP_SYSFS "/jobs");
	while (dir && !found && (entry = readdir(dir)))
		if (number_in(entry->d_name) == pid)
			found = atoi(entry->d_name);
	if (dir)
		closedir(dir);
	return found;
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
