// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options on the command line, and --help, which each command has
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memsusp-ctl.h"

/* The command whose options are parsed; NULL before it is known. */
static const struct command *current;

/**
 * options_command() - options are those of a command from now on
 * @cmd: the command, of which --help tells
 */
void options_command(const struct command *cmd)
{
	current = cmd;
	optind = 0;		/* glibc: start anew, with a new '+' or not */
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
 * Return: as getopt_long(), but never ':' or '?', nor 'h' in a command.
 */
int next_option(int argc, char **argv, const char *shorts,
		const struct option *longs)
{
	int opt = getopt_long(argc, argv, shorts, longs, NULL);
	const char *word = argv[optind > 0 ? optind - 1 : 0];

	switch (opt) {
	case 'h':
		if (!current)
			return opt;
		command_help(current);
		exit(finish(EXIT_OK));
	case ':':
		usage("option '%s' needs a value", word);
	case '?':
		/* Of -xyz only one letter is wrong, and optind may still be on the word. */
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
