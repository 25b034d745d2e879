// SPDX-License-Identifier: GPL-2.0-only
/*
 * memsusp-ctl - the command line of memsusp
 *
 * Each command is a function that gets its own argv and returns the exit
 * status. What goes wrong is told in one line on stderr: usage() does not
 * return and ends with status 2; complain() leaves it to the command, which
 * then returns 1.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memsusp-ctl.h"

#define JOB_OPTIONS							\
	"  -l, --limit LIMIT    suspend the job when its charge exceeds LIMIT:\n" \
	"                       bytes, or with K M G T (powers of 1024), or max\n" \
	"  -n, --name NAME      label, 1 to 31 of A-Z a-z 0-9 . _ -\n"	\
	"      --soft SIZE      warn when the charge exceeds SIZE\n"	\
	"  -p, --priority N     -100 to 100; with the policy 'priority' the lowest\n" \
	"                       is suspended first (0 if not given)\n"	\
	"      --no-inherit     processes forked later do not belong to the job\n"

static const struct command commands[] = {
	{
		.name	= "run",
		.main	= cmd_run,
		.args	= "[OPTION...] [--] CMD [ARG...]",
		.brief	= "run a command as a job",
		.help	=
		JOB_OPTIONS
		"\n"
		"Without -l the job has no limit of its own; the node's still holds.\n"
		"Exit status: that of CMD; 127 if CMD is not found, 126 if it cannot be\n"
		"executed, 1 if it could not be registered (then it is not run).\n",
	}, {
		.name	= "register",
		.main	= cmd_register,
		.args	= "PID -l LIMIT [OPTION...]",
		.brief	= "make a job of a running process",
		.help	= JOB_OPTIONS,
	}, {
		.name	= "unregister",
		.main	= cmd_unregister,
		.args	= "PID...",
		.brief	= "forget jobs; what memsusp had suspended is continued",
		.help	= "",
	}, {
		.name	= "limit",
		.main	= cmd_limit,
		.args	= "PID SIZE",
		.brief	= "change the limit of a job",
		.help	=
		"SIZE is in bytes, or with K M G T (powers of 1024), or max. Below the\n"
		"job's charge it suspends the job; above it the job is free to resume.\n",
	}, {
		.name	= "suspend",
		.main	= cmd_suspend,
		.args	= "PID...",
		.brief	= "suspend jobs until they are resumed",
		.help	= "",
	}, {
		.name	= "resume",
		.main	= cmd_resume,
		.args	= "{PID... | --all} [-l LIMIT | --force]",
		.brief	= "continue suspended jobs",
		.help	=
		"  -a, --all            every suspended job\n"
		"  -l, --limit LIMIT    with a new limit\n"
		"  -f, --force          even if the node has no room\n",
	}, {
		.name	= "wait",
		.main	= cmd_wait,
		.args	= "PID [-s STATE] [-t SECONDS]",
		.brief	= "wait until a job is gone, running or suspended",
		.help	=
		"  -s, --state STATE    running, suspended or gone (if not given)\n"
		"  -t, --timeout SECONDS\n"
		"                       how long at most; 0.5 is half a second\n"
		"\n"
		"Exit status: 0 when it is in that state, 124 when the time is over, 1 if\n"
		"there is no such job, or it has ended in another state.\n",
	}, {
		.name	= "list",
		.main	= cmd_list,
		.args	= "[--json]",
		.brief	= "show all jobs in a table, and the node's sums",
		.help	=
		"      --json           one object: \"node\" and an array \"jobs\"\n"
		"\n"
		"For scripts, " MEMSUSP_PROC "/jobs has the same and more as key=value.\n",
	}, {
		.name	= "show",
		.main	= cmd_show,
		.args	= "PID [--json]",
		.brief	= "show everything about one job",
		.help	=
		"      --json           as an object\n",
	}, {
		.name	= "node",
		.main	= cmd_node,
		.args	= "[--json | KEY=VALUE...]",
		.brief	= "show or change the settings of the node",
		.help	=
		"  limit=SIZE           for all running jobs together\n"
		"  floor=SIZE           memory that is to stay available; 0: off\n"
		"  headroom=SIZE        room left when a job is resumed automatically\n"
		"  policy=WORD          who is suspended when the node is full:\n"
		"                       largest newest oldest priority faulting\n"
		"  auto_resume=0|1      whether jobs continue by themselves once they fit\n"
		"  min_running=N        jobs that are left running in any case\n"
		"  drain=0|1            when nothing else can run, let those run that are\n"
		"                       suspended for their own limit, one at a time\n"
		"  max_suspended_ms=N   who has waited longer is resumed next; 0: off\n"
		"      --json           show them as an object\n"
		"\n"
		"If one of several is refused, none is changed.\n",
	}, {
		.name	= "events",
		.main	= cmd_events,
		.args	= "[-f] [--json]",
		.brief	= "show what has happened, and what happens",
		.help	=
		"  -f, --follow         wait for more, until SIGINT or SIGTERM\n"
		"      --json           an object a line, with all fields\n",
	},
};

/* The command being executed, for messages; NULL before it is known. */
static const struct command *current;

static void vcomplain(const char *fmt, va_list ap)
{
	fprintf(stderr, PROGRAM ": ");
	if (current)
		fprintf(stderr, "%s: ", current->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

/**
 * complain() - say in one line what went wrong
 * @fmt: without a newline
 */
void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(fmt, ap);
	va_end(ap);
}

/**
 * usage() - say what is wrong with the command line, and exit
 * @fmt: without a newline
 */
void usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(fmt, ap);
	va_end(ap);

	fprintf(stderr, "Try '" PROGRAM "%s%s --help'.\n",
		current ? " " : "", current ? current->name : "");
	exit(EXIT_USAGE);
}

/*
 * Nothing was said unless it was really written: a full disk must not look
 * like an empty list.
 */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout) &&
	    (!close(STDOUT_FILENO) || errno == EBADF))
		return status;

	complain("cannot write the output: %s", strerror(errno));
	return EXIT_FAILED;
}

static void overview(void)
{
	size_t i;

	printf("Usage: " PROGRAM " COMMAND [ARG...]\n"
	       "Suspend processes that touch too much memory, and continue them.\n"
	       "\n"
	       "Commands:\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-12s %s\n", commands[i].name, commands[i].brief);
	printf("\n"
	       "  -h, --help     this text; after a command, about that one\n"
	       "  -V, --version  version of the tool and of the interface it speaks\n"
	       "\n"
	       "Exit status: 0 done, 1 failed, 2 wrong usage. See " PROGRAM "(8).\n");
}

static void command_help(const struct command *cmd)
{
	printf("Usage: " PROGRAM " %s%s%s\n%c%s.\n", cmd->name,
	       *cmd->args ? " " : "", cmd->args,
	       cmd->brief[0] - 'a' + 'A', cmd->brief + 1);
	if (*cmd->help)
		printf("\n%s", cmd->help);
}

/**
 * next_option() - getopt_long() with our messages and --help
 * @argc: as main's
 * @argv: as main's
 * @shorts: begins with ':', or with "+:" to stop at the first operand
 * @longs: must contain --help as 'h'
 *
 * Return: as getopt_long(), but never ':' '?' or 'h'.
 */
int next_option(int argc, char **argv, const char *shorts,
		const struct option *longs)
{
	int opt = getopt_long(argc, argv, shorts, longs, NULL);
	const char *word = argv[optind > 0 ? optind - 1 : 0];

	switch (opt) {
	case 'h':
		if (current)
			command_help(current);
		else
			overview();
		exit(finish(EXIT_OK));
	case ':':
		usage("option '%s' needs a value", word);
	case '?':
		/* Of -xyz only the letter is wrong; optind may be on it still. */
		if (optopt > ' ' && optopt < 127 && strncmp(word, "--", 2))
			usage("unknown option '-%c'", optopt);
		usage("unknown, ambiguous or malformed option '%s'", word);
	}
	return opt;
}

/**
 * no_options() - parse the options of a command that has none but --help
 * @argc: as main's
 * @argv: as main's
 */
void no_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ }
	};

	while (next_option(argc, argv, ":h", longs) != -1)
		;
}

/**
 * json_option() - parse the options of a command that has none but --json and --help
 * @argc: as main's
 * @argv: as main's
 *
 * Return: whether --json was given.
 */
bool json_option(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	bool json = false;

	while (next_option(argc, argv, ":h", longs) != -1)
		json = true;
	return json;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help",	no_argument, NULL, 'h' },
		{ "version",	no_argument, NULL, 'V' },
		{ }
	};
	const struct command *cmd;

	while (next_option(argc, argv, "+:hV", longs) != -1) {
		/* The only option that comes back here is --version. */
		printf(PROGRAM " " MEMSUSP_VERSION " (ABI %d)\n", MEMSUSP_ABI);
		return finish(EXIT_OK);
	}
	if (optind >= argc)
		usage("no command given");
	cmd = find_command(argv[optind]);
	if (!cmd)
		usage("unknown command '%s'", argv[optind]);

	argc -= optind;
	argv += optind;
	optind = 0;		/* glibc: start anew, with a new '+' or not */
	current = cmd;
	return finish(cmd->main(argc, argv));
}
