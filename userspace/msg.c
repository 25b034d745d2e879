// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tool says, and with which status it ends
 *
 * Whatever goes wrong is told in one line on stderr. complain() leaves the rest
 * to the command, which then returns the status of a failure; usage() does not
 * return.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memsusp-ctl.h"

/* The command being executed; NULL before it is known. */
static const struct command *current;

/**
 * msg_command() - messages are those of a command from now on
 * @cmd: the command
 */
void msg_command(const struct command *cmd)
{
	current = cmd;
}

/* Its status for what goes wrong; @status where commands agree. */
static int own_status(int status)
{
	return current && current->own_status ? current->own_status : status;
}

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
	exit(own_status(EXIT_USAGE));
}

/**
 * finish() - close stdout at the end of the program
 * @status: the exit status so far
 *
 * Nothing was said unless it was really written: a full disk must not look
 * like an empty list.
 *
 * Return: the exit status.
 */
int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout) &&
	    (!close(STDOUT_FILENO) || errno == EBADF))
		return status;

	complain("cannot write the output: %s", strerror(errno));
	return status ? status : own_status(EXIT_FAILED);
}
