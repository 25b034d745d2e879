// SPDX-License-Identifier: GPL-2.0-only
/*
 * What run and register have in common: the options that tell what the job is
 * to be, and the line that is written
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/**
 * check_name() - make sure that a word of the command line can be a label
 * @name: what the user wrote
 *
 * This does not return if it cannot.
 */
void check_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > NAME_LEN_MAX || name[strspn(name, NAME_CHARS)])
		usage("'%s' cannot be a name: 1 to %d characters of A-Z a-z 0-9 . _ -",
		      name, NAME_LEN_MAX);
}

/**
 * fit_name() - make a label of any word
 * @name: what the user wrote, or %NULL
 * @label: the label
 *
 * Other characters than those of labels become '_', also one of several bytes,
 * and what is too long is cut off.
 *
 * Return: @label, or %NULL if nothing is left of the name.
 */
const char *fit_name(const char *name, char label[MEMSUSP_NAME_SIZE])
{
	size_t len = 0;

	for (; name && *name && len < NAME_LEN_MAX; name++) {
		/* Bytes of UTF-8 after the first of a character are no characters. */
		if ((*name & 0xc0) == 0x80)
			continue;
		label[len++] = strchr(NAME_CHARS, *name) ? *name : '_';
	}
	label[len] = '\0';
	return len ? label : NULL;
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

/**
 * parse_request() - parse the options of a command that makes a job
 * @argc: as main's
 * @argv: as main's
 * @shorts: as next_option()'s
 * @req: what they say is added here
 */
void parse_request(int argc, char **argv, const char *shorts, struct request *req)
{
	int opt;

	while ((opt = next_option(argc, argv, shorts, longs)) != -1) {
		switch (opt) {
		case 'l':
			req->limit = check_size(optarg, "limit");
			break;
		case 'n':
			req->name = optarg;
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

/**
 * register_job() - have the kernel make a job of a process
 * @pid: the process
 * @req: from parse_request(), with a limit
 *
 * Return: 0 or a negative errno.
 */
int register_job(pid_t pid, const struct request *req)
{
	/* Each word has been checked, and so has a length for which there is room. */
	char line[256];

	snprintf(line, sizeof(line), "%d %s%s%s%s%s%s%s%s\n", pid, req->limit,
		 req->no_inherit ? " inherit=0" : "",
		 req->soft ? " soft=" : "", req->soft ? req->soft : "",
		 req->priority ? " priority=" : "",
		 req->priority ? req->priority : "",
		 req->name ? " name=" : "", req->name ? req->name : "");
	return sysfs_write("register", line);
}

/**
 * explain_register() - say why a process could not be registered
 * @pid: the process
 * @err: from register_job()
 * @why: what errors mean in this command, ended by an empty row
 */
void explain_register(pid_t pid, int err, const struct why *why)
{
	if (err == -EPERM && pid == 1)
		complain("pid 1: cannot be registered, it is init");
	else
		explain(pid, err, why);
}
