// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that do one thing to each of several jobs
 *
 * All arguments are checked before the first one takes effect. Of several pids
 * each is tried, each failure is told, and one failure makes the exit status 1.
 */
#include <stdio.h>
#include <unistd.h>

#include "memsusp-ctl.h"

/**
 * write_pids() - a command that writes each of its pids to a file
 * @argc: as main's
 * @argv: as main's; pids, and no option but --help
 * @file: the file's name under /sys/kernel/memsusp
 * @why: what errors mean in this command, ended by an empty row
 *
 * Return: the exit status.
 */
int write_pids(int argc, char **argv, const char *file, const struct why *why)
{
	int status = EXIT_OK;
	char line[32];
	int i, err;

	no_options(argc, argv);
	if (optind >= argc)
		usage("no pid given");
	for (i = optind; i < argc; i++)
		parse_pid(argv[i]);

	if (!module_ready())
		return EXIT_FAILED;
	for (i = optind; i < argc; i++) {
		snprintf(line, sizeof(line), "%d\n", parse_pid(argv[i]));
		err = sysfs_write(file, line);
		if (err) {
			explain(parse_pid(argv[i]), err, why);
			status = EXIT_FAILED;
		}
	}
	return status;
}
