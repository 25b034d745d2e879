// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/memsusp/jobs -> struct jobs
 *
 * One line a job, "key=value" fields separated by one blank. Fields are found
 * by their names and kept in their order, whether known here or not: a newer
 * module may add some at the end, an older one may lack some. A missing or
 * unreadable field is missing, not zero.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memsusp-ctl.h"

/* Cuts the line into fields; words that are no "key=value" are passed over. */
static int parse_fields(struct job *job)
{
	size_t size = 1;
	char *word, *value, *save, *p;

	for (p = job->line; *p; p++)
		size += *p == ' ';
	job->fields = calloc(size, sizeof(*job->fields));
	if (!job->fields)
		return -ENOMEM;

	for (word = strtok_r(job->line, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		value = strchr(word, '=');
		if (!value || value == word)
			continue;
		*value++ = '\0';
		job->fields[job->nr_fields].key = word;
		job->fields[job->nr_fields].value = value;
		job->nr_fields++;
	}
	return 0;
}

static void job_free(struct job *job)
{
	free(job->fields);
	free(job->line);
}

/* Takes over @line. Lines that do not name a pid are of no use to anybody. */
static int add_line(struct jobs *jobs, char *line)
{
	struct job job = { .line = line };
	struct job *grown;
	unsigned long long pid;
	char *p;
	int err;

	/* Nothing in there may play with the reader's terminal. */
	for (p = line; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';

	err = parse_fields(&job);
	if (err || !job_get_number(&job, "pid", &pid) || pid > INT_MAX)
		goto drop;
	job.pid = pid;

	/* Grow at 0, 1, 2, 4, 8, ... */
	if (!(jobs->nr & (jobs->nr - 1))) {
		grown = reallocarray(jobs->job, jobs->nr ? 2 * jobs->nr : 1,
				     sizeof(*grown));
		if (!grown) {
			err = -ENOMEM;
			goto drop;
		}
		jobs->job = grown;
	}
	jobs->job[jobs->nr++] = job;
	return 0;

drop:
	job_free(&job);
	return err;
}

/**
 * jobs_read() - read a file of /proc/memsusp that has one line a job
 * @jobs: the result, to be freed; empty after an error
 * @file: its name there
 *
 * Return: 0 or a negative errno.
 */
int jobs_read(struct jobs *jobs, const char *file)
{
	char path[256];
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *f;
	int err = 0;

	*jobs = (struct jobs){ };
	snprintf(path, sizeof(path), MEMSUSP_PROC "/%s", file);
	f = fopen(path, "re");
	if (!f)
		return -errno;

	for (;;) {
		errno = 0;
		len = getline(&line, &size, f);
		if (len < 0) {
			if (ferror(f) || !feof(f))
				err = errno ? -errno : -EIO;
			break;
		}
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		err = add_line(jobs, line);
		line = NULL;
		size = 0;
		if (err)
			break;
	}
	free(line);
	fclose(f);
	if (err)
		jobs_free(jobs);
	return err;
}

/**
 * jobs_free() - free what jobs_read() got
 * @jobs: empty afterwards
 */
void jobs_free(struct jobs *jobs)
{
	size_t i;

	for (i = 0; i < jobs->nr; i++)
		job_free(&jobs->job[i]);
	free(jobs->job);
	*jobs = (struct jobs){ };
}

/**
 * jobs_find() - find a job by its number
 * @jobs: where
 * @pid: not 0
 *
 * Return: the job or NULL.
 */
const struct job *jobs_find(const struct jobs *jobs, pid_t pid)
{
	size_t i;

	for (i = 0; i < jobs->nr; i++)
		if (jobs->job[i].pid == pid)
			return &jobs->job[i];
	return NULL;
}

/**
 * job_get() - find a field by its name
 * @job: where
 * @key: the name
 *
 * Return: the value as text, or NULL.
 */
const char *job_get(const struct job *job, const char *key)
{
	size_t i;

	for (i = 0; i < job->nr_fields; i++)
		if (!strcmp(job->fields[i].key, key))
			return job->fields[i].value;
	return NULL;
}

/**
 * job_get_number() - read a field that is a number, or a size that may be "max"
 * @job: where
 * @key: the name
 * @value: the result, set only if there is one
 *
 * Return: whether the field is there and is a number.
 */
bool job_get_number(const struct job *job, const char *key, unsigned long long *value)
{
	const char *text = job_get(job, key);
	unsigned long long number;

	if (!text || !parse_size(text, &number))
		return false;
	*value = number;
	return true;
}

/**
 * job_is_suspended() - has memsusp suspended it?
 * @job: the job
 */
bool job_is_suspended(const struct job *job)
{
	const char *state = job_get(job, "state");

	return state && !strcmp(state, "suspended");
}
