// SPDX-License-Identifier: GPL-2.0-only
/*
 * run, register: the commands that make a job
 *
 * run registers its own pid and becomes the command by execvp(2), so nothing
 * stands between the command and its parent: exit status, signals, terminal
 * and open files are the command's own. With execve(2) the charge starts from
 * zero: the command does not pay for this program.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memsusp-ctl.h"

#define NAME_LEN_MAX	(MEMSUSP_NAME_SIZE - 1)
#define NAME_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"	\
			"abcdefghijklmnopqrstuvwxyz"	\
			"0123456789._-"

enum {
	OPT_SOFT = 256,
	OPT_NO_INHERIT,
};

static const struct option longs[] = {
	{ "limit",	required_argument, NULL, 'l' },
	{ "name",	required_argument, NULL, 'n' },
	{ "priority",	required_argument, NULL, 'p' },
	{ "soft",	required_argument, NULL, OPT_SOFT },
	{ "no-inherit",	no_argument,	   NULL, OPT_NO_INHERIT },
	{ "help",	no_argument,	   NULL, 'h' },
	{ }
};

static const struct why run_why[] = {
	{ EINVAL, "refused: the limit or the soft limit is less than one page" },
	{ EEXIST, "this process is the root of a job already" },
	{ EPERM,  NOT_ROOT "register processes of their own that are in no job" },
	{ }
};

static const struct why register_why[] = {
	{ EINVAL, "refused: a kernel thread, or a limit or soft limit of less than one page" },
	{ EEXIST, "is registered already" },
	{ EPERM,  NOT_ROOT "register processes of their own that are in no job" },
	{ }
};

/* What the options said; NULL is what the kernel takes if not told. */
struct request {
	const char *limit;
	const char *soft;
	const char *name;
	const char *priority;
	bool no_inherit;
};

static const char *check_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > NAME_LEN_MAX || name[strspn(name, NAME_CHARS)])
		usage("'%s' cannot be a name: 1 to %d characters of A-Z a-z 0-9 . _ -",
		      name, NAME_LEN_MAX);
	return name;
}

static const char *check_priority(const char *text)
{
	char *end;
	long priority;

	/* strtol() alone would let blanks and a '+' pass. */
	priority = strtol(text, &end, 10);
	if (!*text || *end || text[strspn(text, "-0123456789")] ||
	    priority < MEMSUSP_PRIORITY_MIN || priority > MEMSUSP_PRIORITY_MAX)
		usage("'%s' is not a priority: a number from %d to %d",
		      text, MEMSUSP_PRIORITY_MIN, MEMSUSP_PRIORITY_MAX);
	return text;
}

static void parse_options(int argc, char **argv, const char *shorts,
			  struct request *req)
{
	int opt;

	while ((opt = next_option(argc, argv, shorts, longs)) != -1) {
		switch (opt) {
		case 'l':
			req->limit = check_size(optarg, "limit");
			break;
		case 'n':
			req->name = check_name(optarg);
			break;
		case 'p':
			req->priority = check_priority(optarg);
			break;
		case OPT_SOFT:
			req->soft = check_size(optarg, "soft limit");
			break;
		case OPT_NO_INHERIT:
			req->no_inherit = true;
			break;
		}
	}
}

/* Each word was checked, and so has a length for which there is room. */
static int register_job(pid_t pid, const struct request *req)
{
	char line[256];

	snprintf(line, sizeof(line), "%d %s%s%s%s%s%s%s%s\n", pid, req->limit,
		 req->no_inherit ? " inherit=0" : "",
		 req->soft ? " soft=" : "", req->soft ? req->soft : "",
		 req->priority ? " priority=" : "",
		 req->priority ? req->priority : "",
		 req->name ? " name=" : "", req->name ? req->name : "");
	return sysfs_write("register", line);
}

static void explain_register(pid_t pid, int err, const struct why *why)
{
	if (err == -EPERM && pid == 1)
		complain("pid 1: cannot be registered, it is init");
	else
		explain(pid, err, why);
}

int cmd_run(int argc, char **argv)
{
	struct request req = { .limit = MEMSUSP_WORD_MAX };
	pid_t pid = getpid();
	char line[32];
	int err;

	/* '+': what follows the command's name belongs to the command */
	parse_options(argc, argv, "+:l:n:p:h", &req);
	if (optind >= argc)
		usage("no command to run");
	argv += optind;

	if (!module_ready())
		return EXIT_FAILED;
	err = register_job(pid, &req);
	if (err) {
		explain_register(pid, err, run_why);
		return EXIT_FAILED;
	}

	execvp(argv[0], argv);
	err = errno;

	/*
	 * Best effort, so that nobody sees a job that never ran. Others than
	 * root may not; for them the job ends with this process.
	 */
	snprintf(line, sizeof(line), "%d\n", pid);
	sysfs_write("unregister", line);

	complain("cannot run '%s': %s", argv[0], strerror(err));
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

int cmd_register(int argc, char **argv)
{
	struct request req = { };
	pid_t pid;
	int err;

	parse_options(argc, argv, ":l:n:p:h", &req);
	if (optind >= argc)
		usage("no pid given");
	if (optind + 1 < argc)
		usage("one pid at a time, not '%s' too", argv[optind + 1]);
	pid = parse_pid(argv[optind]);
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
