// SPDX-License-Identifier: GPL-2.0-only
/*
 * limit: change the limit of a job
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "memsusp-ctl.h"

/*
 * jobs/PID/limit is a file of the job, so it is the file's absence that says
 * that there is no such job, and not whether there is such a process.
 */
static int limit_error(pid_t pid, int err)
{
	if (err != -ENODEV && err != -ENOENT)
		return err;
	return process_exists(pid) ? -ENOENT : -ESRCH;
}

int cmd_limit(int argc, char **argv)
{
	static const struct why why[] = {
		{ EINVAL, "refused: the limit is less than one page" },
		{ EPERM, NOT_ROOT "lower the limits of their own jobs" },
		{ }
	};
	char file[64], line[64];
	pid_t pid, dir;
	int err;

	no_options(argc, argv);
	if (argc - optind != 2)
		usage("takes a pid and a size");
	pid = parse_pid(argv[optind]);
	check_size(argv[optind + 1], "limit");

	if (!module_ready())
		return EXIT_FAILED;
	dir = job_directory(pid);
	snprintf(file, sizeof(file), "jobs/%d/limit", dir);
	snprintf(line, sizeof(line), "%s\n", argv[optind + 1]);
	err = dir ? sysfs_write(file, line) : -ENOENT;
	if (!err)
		return EXIT_OK;
	explain(pid, limit_error(pid, err), why);
	return EXIT_FAILED;
}
