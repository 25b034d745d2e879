// SPDX-License-Identifier: GPL-2.0-only
/*
 * register: make a job of a running process
 */
#include <errno.h>
#include <unistd.h>

#include "memsusp-ctl.h"

static const struct why register_why[] = {
	{ EINVAL, "refused: a kernel thread, or a limit or soft limit of less than one page" },
	{ EEXIST, "is registered already" },
	{ EPERM,  NOT_ROOT "register processes of their own that are in no job" },
	{ }
};

int cmd_register(int argc, char **argv)
{
	struct request req = { };
	pid_t pid;
	int err;

	parse_request(argc, argv, ":l:n:p:h", &req);
	if (optind >= argc)
		usage("no pid given");
	if (optind + 1 < argc)
		usage("one pid at a time, not '%s' too", argv[optind + 1]);
	pid = parse_pid(argv[optind]);
	if (req.name)
		check_name(req.name);
	if (!req.limit)
		usage("no limit given; -l max is none");

	if (!module_ready())
		return EXIT_FAILED;
	err = register_job(pid, &req);
	if (!err)
		return EXIT_OK;
	explain_register(pid, err, register_why);
	return EXIT_FAILED;
}
