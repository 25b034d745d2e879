// SPDX-License-Identifier: GPL-2.0-only
/*
 * memsusp-ctl - the command line of memsusp
 *
 * Each command is a function that gets its own argv and returns the exit
 * status. This file has the table of them; no other file calls it.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

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
		"Without -l the job has no limit of its own; the node's still holds. A NAME\n"
		"that cannot be a label is made to fit.\n"
		"Exit status: that of CMD; 127 if CMD is not found, 126 if it cannot be\n"
		"executed, 125 if it was not run for any other reason.\n",
		.own_status = EXIT_NOT_RUN,
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

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	usage("unknown command '%s'", name);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help",	no_argument, NULL, 'h' },
		{ "version",	no_argument, NULL, 'V' },
		{ }
	};
	const struct command *cmd;
	int opt;

	opt = next_option(argc, argv, "+:hV", longs);
	if (opt == 'V')
		printf(PROGRAM " " MEMSUSP_VERSION " (ABI %d)\n", MEMSUSP_ABI);
	else if (opt == 'h')
		overview();
	if (opt != -1)
		return finish(EXIT_OK);
	if (optind >= argc)
		usage("no command given");
	cmd = find_command(argv[optind]);
	argc -= optind;
	argv += optind;
	msg_command(cmd);
	options_command(cmd);
	return finish(cmd->main(argc, argv));
}
