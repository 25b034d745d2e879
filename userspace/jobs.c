// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/memsusp/jobs -> struct jobs: one line, one record, one job
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memsusp-ctl.h"

/* Takes over @line. Lines that do not name a pid are of no use to anybody. */
static int add_line(struct jobs *jobs, char *line)
{
	unsigned long long pid;
	struct job *grown;
	struct job job;
	int err;

	err = record_parse(&job.record, line);
	if (err)
		return err;
	if (!record_get_number(&job.record, "pid", &pid) || pid > INT_MAX)
		goto drop;
	job.pid = pid;

	/* The array is full at 0, 1, 2, 4, 8, ... jobs, and then doubled. */
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
	record_free(&job.record);
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
		record_free(&jobs->job[i].record);
	free(jobs->job);
	*jobs = (struct jobs){ };
}

/**
 * jobs_read_or_complain() - jobs_read() of all jobs, and say what went wrong
 * @jobs: the result, to be freed; empty after an error
 *
 * Return: 0 or a negative errno.
 */
int jobs_read_or_complain(struct jobs *jobs)
{
	int err = jobs_read(jobs, "jobs");

	if (err)
		complain("cannot read " MEMSUSP_PROC "/jobs: %s", strerror(-err));
	return err;
}

/**
 * jobs_find() - find a job by its number
 * @jobs: where
 * @pid: not 0
 *
 * In a container, a job whose root is gone can have the number of a newer one; that is
 * further down.
 *
 * Return: the job or NULL.
 */
const struct job *jobs_find(const struct jobs *jobs, pid_t pid)
{
	size_t i;

	for (i = jobs->nr; i--;)
		if (jobs->job[i].pid == pid)
			return &jobs->job[i];
	return NULL;
}

/**
 * job_is_suspended() - has memsusp suspended it?
 * @job: the job
 */
bool job_is_suspended(const struct job *job)
{
	return record_is(&job->record, "state", state_name(MEMSUSP_SUSPENDED));
}

/**
 * job_comm() - the kernel's own name of a job's process
 * @job: the job
 * @buf: where to; the process may have chosen it itself, but it is printable
 * @size: of @buf
 *
 * Return: whether there is one.
 */
bool job_comm(const struct job *job, char *buf, size_t size)
{
	char path[32];
	FILE *f;
	char *p;

	buf[0] = '\0';
	if (!job->pid)
		return false;
	snprintf(path, sizeof(path), PROCFS "/%d/comm", job->pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(buf, size, f))
		buf[0] = '\0';
	fclose(f);

	buf[strcspn(buf, "\n")] = '\0';
	for (p = buf; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return *buf;
}
