// SPDX-License-Identifier: GPL-2.0-only
/*
 * run: run a command as a job
 *
 * run registers its own pid and becomes the command by execvp(2), so nothing
 * stands between the command and its parent: exit status, signals, terminal
 * and open files are the command's own. With execve(2) the charge starts from
 * zero: the command does not pay for this program.
 *
 * Who runs a queue must be able to tell a task that has failed from a node that
 * cannot run tasks, so all that goes wrong here ends with a status of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "memsusp-ctl.h"

static const struct why run_why[] = {
	{ EINVAL, "refused: the limit or the soft limit is less than one page" },
	{ EEXIST, "this process is the root of a job already" },
	{ EPERM,  NOT_ROOT "register processes of their own that are in no job, with no priority" },
	{ }
};

int cmd_run(int argc, char **argv)
{
	struct request req = { .limit = MEMSUSP_WORD_MAX };
	pid_t pid = getpid();
	char label[MEMSUSP_NAME_SIZE], line[32];
	int err;

	/* By the '+', what follows the command's name belongs to the command. */
	parse_request(argc, argv, "+:l:n:p:h", &req);
	if (optind >= argc)
		usage("no command to run");
	argv += optind;
	req.name = fit_name(req.name, label);

	if (!module_ready())
		return EXIT_NOT_RUN;
	err = register_job(pid, &req);
	if (err) {
		explain_register(pid, err, run_why);
		return EXIT_NOT_RUN;
	}

	execvp(argv[0], argv);
	err = errno;

	/*
	 * This is so that nobody sees a job that never ran. It fails for others
	 * than root, whose job ends with this process.
	 */
	snprintf(line, sizeof(line), "%d\n", pid);
	sysfs_write("unregister", line);

	complain("cannot run '%s': %s", argv[0], strerror(err));
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}
