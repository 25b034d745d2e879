// SPDX-License-Identifier: GPL-2.0-only
/*
 * list, show: what a person reads
 *
 * Scripts should read /proc/memsusp/jobs, whose fields are stable; these two
 * may change.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memsusp-ctl.h"

#define CELL_LEN	40

struct cell {
	char text[CELL_LEN];
};

/**
 * struct column - a column of the table
 * @title: its head
 * @key: the field it shows, if @fill is %NULL or for it to use
 * @fill: writes the cell, which is "-" beforehand
 * @right: numbers to the right, words to the left
 */
struct column {
	const char *title;
	const char *key;
	void (*fill)(struct cell *cell, const struct job *job, const char *key);
	bool right;
};

static void copy(struct cell *cell, const char *text)
{
	snprintf(cell->text, CELL_LEN, "%s", text);
}

static void fill_pid(struct cell *cell, const struct job *job, const char *key)
{
	if (job->pid)
		copy(cell, job_get(job, key));
}

static void fill_word(struct cell *cell, const struct job *job, const char *key)
{
	const char *word = job_get(job, key);

	if (word && *word && strcmp(word, "none"))
		copy(cell, word);
}

/* The kernel's own name of the process, which it may have chosen itself. */
static void fill_comm(struct cell *cell, const struct job *job)
{
	char path[32], comm[CELL_LEN] = "";
	FILE *f;
	char *p;

	snprintf(path, sizeof(path), "/proc/%d/comm", job->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);

	comm[strcspn(comm, "\n")] = '\0';
	for (p = comm; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	if (*comm)
		copy(cell, comm);
}

static void fill_name(struct cell *cell, const struct job *job, const char *key)
{
	const char *name = job_get(job, key);

	/* "-" is what the kernel calls a job that was given no name. */
	if (name && *name && strcmp(name, "-"))
		copy(cell, name);
	else if (job->pid)
		fill_comm(cell, job);
}

static void fill_size(struct cell *cell, const struct job *job, const char *key)
{
	unsigned long long bytes;

	if (job_get_number(job, key, &bytes))
		format_size(cell->text, CELL_LEN, bytes);
}

static void fill_count(struct cell *cell, const struct job *job, const char *key)
{
	unsigned long long count;

	if (job_get_number(job, key, &count))
		snprintf(cell->text, CELL_LEN, "%llu", count);
}

/* What only means something after a suspension. */
static bool was_suspended(const struct job *job)
{
	unsigned long long suspends;

	return !job_get_number(job, "suspends", &suspends) || suspends;
}

static void fill_overshoot(struct cell *cell, const struct job *job, const char *key)
{
	if (was_suspended(job))
		fill_size(cell, job, key);
}

static void fill_ms(struct cell *cell, const struct job *job, const char *key)
{
	unsigned long long ms;

	if (was_suspended(job) && job_get_number(job, key, &ms))
		format_ms(cell->text, CELL_LEN, ms);
}

static const struct column columns[] = {
	{ "PID",	"pid",		fill_pid,	true },
	{ "NAME",	"name",		fill_name,	false },
	{ "STATE",	"state",	fill_word,	false },
	{ "REASON",	"reason",	fill_word,	false },
	{ "CHARGE",	"charge",	fill_size,	true },
	{ "LIMIT",	"limit",	fill_size,	true },
	{ "PEAK",	"peak",		fill_size,	true },
	{ "OVERSHOOT",	"overshoot",	fill_overshoot,	true },
	{ "TIMES",	"suspends",	fill_count,	true },
	{ "SUSPENDED",	"suspended_ms",	fill_ms,	true },
};

#define NR_COLUMNS	ARRAY_SIZE(columns)

static int read_jobs(struct jobs *jobs)
{
	int err = jobs_read(jobs, "jobs");

	if (err)
		complain("cannot read " MEMSUSP_PROC "/jobs: %s", strerror(-err));
	return err;
}

static void print_table(struct cell (*rows)[NR_COLUMNS], size_t nr)
{
	int width[NR_COLUMNS] = { };
	size_t i, c;
	int len;

	for (i = 0; i < nr; i++) {
		for (c = 0; c < NR_COLUMNS; c++) {
			len = strlen(rows[i][c].text);
			if (len > width[c])
				width[c] = len;
		}
	}
	for (i = 0; i < nr; i++) {
		for (c = 0; c < NR_COLUMNS; c++)
			printf("%s%*s", c ? "  " : "",
			       columns[c].right ? width[c] : -width[c],
			       rows[i][c].text);
		putchar('\n');
	}
}

int cmd_list(int argc, char **argv)
{
	struct cell (*rows)[NR_COLUMNS];
	struct jobs jobs;
	size_t i, c;

	no_options(argc, argv);
	if (optind < argc)
		usage("takes no argument, and so not '%s'", argv[optind]);

	if (!module_ready() || read_jobs(&jobs))
		return EXIT_FAILED;
	rows = calloc(jobs.nr + 1, sizeof(*rows));
	if (!rows) {
		complain("out of memory");
		jobs_free(&jobs);
		return EXIT_FAILED;
	}
	for (c = 0; c < NR_COLUMNS; c++)
		copy(&rows[0][c], columns[c].title);
	for (i = 0; i < jobs.nr; i++) {
		for (c = 0; c < NR_COLUMNS; c++) {
			copy(&rows[i + 1][c], "-");
			columns[c].fill(&rows[i + 1][c], &jobs.job[i],
					columns[c].key);
		}
	}
	print_table(rows, jobs.nr + 1);
	free(rows);
	jobs_free(&jobs);
	return EXIT_OK;
}

/* How show tells numbers; fields that are not here are shown as they are. */
static const struct {
	const char *key;
	void (*format)(char *buf, size_t len, unsigned long long value);
	const char *unit;
} units[] = {
	{ "limit",		format_size,	"bytes" },
	{ "soft_limit",		format_size,	"bytes" },
	{ "charge",		format_size,	"bytes" },
	{ "peak",		format_size,	"bytes" },
	{ "anon",		format_size,	"bytes" },
	{ "swap",		format_size,	"bytes" },
	{ "touched",		format_size,	"bytes" },
	{ "overshoot",		format_size,	"bytes" },
	{ "suspended_ms",	format_ms,	"ms" },
	{ "latency_ns",		format_ns,	"ns" },
};

static void show_field(const struct job *job, const char *key, const char *value)
{
	unsigned long long number;
	char text[CELL_LEN];
	size_t i;

	printf("%s:%*s", key, (int)(strlen(key) < 15 ? 15 - strlen(key) : 1), "");
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(units[i].key, key) ||
		    !job_get_number(job, key, &number) || number == ULLONG_MAX)
			continue;
		units[i].format(text, sizeof(text), number);
		printf("%s (%s %s)\n", text, value, units[i].unit);
		return;
	}
	printf("%s\n", value);
}

static void show_job(const struct job *job)
{
	const char *value;
	struct cell comm = { "" };
	size_t i;

	for (i = 0; i < job->nr_fields; i++) {
		value = job->fields[i].value;
		show_field(job, job->fields[i].key, *value ? value : "-");
		if (i)
			continue;
		fill_comm(&comm, job);
		if (*comm.text)
			show_field(job, "comm", comm.text);
	}
}

int cmd_show(int argc, char **argv)
{
	char file[64], signal[32];
	const struct job *job;
	struct jobs jobs;
	pid_t pid;

	no_options(argc, argv);
	if (argc - optind != 1)
		usage("takes one pid");
	pid = parse_pid(argv[optind]);

	if (!module_ready() || read_jobs(&jobs))
		return EXIT_FAILED;
	job = jobs_find(&jobs, pid);
	if (!job) {
		explain(pid, process_exists(pid) ? -ENOENT : -ESRCH, NULL);
		jobs_free(&jobs);
		return EXIT_FAILED;
	}
	show_job(job);
	/* The one setting of a job that its line does not have. */
	snprintf(file, sizeof(file), "jobs/%d/warn_signal", pid);
	if (!job_get(job, "warn_signal") &&
	    !sysfs_read(file, signal, sizeof(signal)))
		show_field(job, "warn_signal", signal);
	jobs_free(&jobs);
	return EXIT_OK;
}
