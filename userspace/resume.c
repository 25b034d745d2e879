// SPDX-License-Identifier: GPL-2.0-only
/*
 * resume: continue suspended jobs
 *
 * All arguments are checked before the first one takes effect. Of several pids
 * each is tried, each failure is told, and one failure makes the exit status 1.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "memsusp-ctl.h"

/* What resume writes after each pid: a limit, "force", or nothing. */
struct resume {
	const char *limit;
	bool force;
};

/* The job is within its limit, so it is the node that has no room for it. */
static void explain_node(pid_t pid, unsigned long long charge, const struct room *room,
			 const struct resume *how)
{
	char needs[16], there[16], bound[16], hint[128] = "--force resumes it all the same";

	/* A limit that was refused is not in force. */
	if (how->limit)
		snprintf(hint, sizeof(hint),
			 "'" PROGRAM " limit %d %s' sets the limit, then --force resumes it",
			 pid, how->limit);
	if (!room->of || room->bytes >= charge) {
		complain("pid %d: the node has no room for it now; %s", pid, hint);
		return;
	}
	format_need(needs, sizeof(needs), charge);
	format_room(there, sizeof(there), room->bytes);
	format_size(bound, sizeof(bound), room->bound);
	complain("pid %d: needs %s, but %s are free %s of %s; %s",
		 pid, needs, there, room->of, bound, hint);
}

/*
 * EDQUOT has two meanings with two ways out. Which one it is follows from the
 * job's charge; it may have changed since, but then both are worth a try.
 */
static void explain_quota(pid_t pid, const struct resume *how)
{
	unsigned long long charge = 0, limit = 0;
	char charge_text[16], limit_text[16];
	const struct job *job;
	struct record node;
	struct room room;
	struct jobs jobs;

	jobs_read(&jobs, "jobs");
	job = jobs_find(&jobs, pid);
	if (job && record_get_number(&job->record, "charge", &charge) &&
	    record_get_number(&job->record, "limit", &limit) && how->limit)
		parse_size(how->limit, &limit);
	node_read(&node);
	node_room(&node, &jobs, &room);
	record_free(&node);
	jobs_free(&jobs);

	if (charge > limit) {
		format_size(charge_text, sizeof(charge_text), charge);
		format_size(limit_text, sizeof(limit_text), limit);
		complain("pid %d: charged %s, above %s limit of %s; give it a higher one with -l",
			 pid, charge_text, how->limit ? "the new" : "its",
			 limit_text);
	} else if (limit && !how->force) {
		explain_node(pid, charge, &room, how);
	} else {
		complain("pid %d: above its limit (see -l), or no room on the node (see --force)",
			 pid);
	}
}

static int resume_one(pid_t pid, const struct resume *how)
{
	char line[64];

	const char *word = how->force ? MEMSUSP_WORD_FORCE : how->limit;

	snprintf(line, sizeof(line), "%d%s%s\n", pid, word ? " " : "",
		 word ? word : "");
	return sysfs_write("resume", line);
}

static void explain_resume(pid_t pid, int err, const struct resume *how)
{
	static const struct why why[] = {
		{ EPERM, NOT_ROOT "resume jobs of their own, not raise limits or use force" },
		{ }
	};
	static const struct why why_limit[] = {
		{ EINVAL, "refused: the limit is less than one page" },
		{ EPERM, NOT_ROOT "resume jobs of their own, not raise limits or use force" },
		{ }
	};

	if (err == -EDQUOT)
		explain_quota(pid, how);
	else
		explain(pid, err, how->limit ? why_limit : why);
}

/* Is it still waiting for us, as far as can be known? */
static bool still_suspended(pid_t pid)
{
	const struct job *job;
	struct jobs jobs;
	bool suspended;

	if (jobs_read(&jobs, "jobs"))
		return true;
	job = jobs_find(&jobs, pid);
	suspended = job && job_is_suspended(job);
	jobs_free(&jobs);
	return suspended;
}

/*
 * Jobs come and go meanwhile: one that ended, or that the kernel has resumed
 * because another one left room, is no failure. The goal is that none sleeps.
 */
static int resume_all(const struct resume *how)
{
	int status = EXIT_OK;
	struct jobs jobs;
	pid_t pid;
	size_t i;
	int err;

	if (jobs_read_or_complain(&jobs))
		return EXIT_FAILED;
	for (i = 0; i < jobs.nr; i++) {
		pid = jobs.job[i].pid;
		if (!job_is_suspended(&jobs.job[i]))
			continue;
		if (!pid) {
			complain("a job outside this pid namespace cannot be resumed from here");
			status = EXIT_FAILED;
			continue;
		}
		err = resume_one(pid, how);
		if (err && still_suspended(pid)) {
			explain_resume(pid, err, how);
			status = EXIT_FAILED;
		}
	}
	jobs_free(&jobs);
	return status;
}

int cmd_resume(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "all",	no_argument,	   NULL, 'a' },
		{ "force",	no_argument,	   NULL, 'f' },
		{ "limit",	required_argument, NULL, 'l' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ }
	};
	struct resume how = { };
	int status = EXIT_OK;
	bool all = false;
	int opt, i, err;
	pid_t pid;

	while ((opt = next_option(argc, argv, ":afl:h", longs)) != -1) {
		switch (opt) {
		case 'a':
			all = true;
			break;
		case 'f':
			how.force = true;
			break;
		case 'l':
			how.limit = check_size(optarg, "limit");
			break;
		}
	}
	if (all && optind < argc)
		usage("--all and a pid exclude each other");
	if (!all && optind >= argc)
		usage("no pid given, nor --all");
	/* The kernel takes one or the other, and two writes would not be one. */
	if (how.force && how.limit)
		usage("-l or --force, not both; set the limit first: " PROGRAM " limit PID SIZE");
	for (i = optind; i < argc; i++)
		parse_pid(argv[i]);

	if (!module_ready())
		return EXIT_FAILED;
	if (all)
		return resume_all(&how);
	for (i = optind; i < argc; i++) {
		pid = parse_pid(argv[i]);
		err = resume_one(pid, &how);
		if (err) {
			explain_resume(pid, err, &how);
			status = EXIT_FAILED;
		}
	}
	return status;
}
