// SPDX-License-Identifier: GPL-2.0-only
/*
 * list: all jobs, in a table or as JSON
 *
 * Scripts should read /proc/memsusp/jobs or --json, whose fields are stable;
 * the table may change. It is to be readable in 80 columns, unless names are
 * long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
		copy(cell, record_get(&job->record, key));
}

static void fill_word(struct cell *cell, const struct job *job, const char *key)
{
	const char *word = record_get(&job->record, key);

	if (word && *word && strcmp(word, reason_name(MEMSUSP_REASON_NONE)))
		copy(cell, word);
}

static void fill_name(struct cell *cell, const struct job *job, const char *key)
{
	const char *name = record_get(&job->record, key);

	char comm[COMM_LEN];

	/* "-" is what the kernel calls a job that was given no name. */
	if (name && *name && strcmp(name, "-"))
		copy(cell, name);
	else if (job_comm(job, comm, sizeof(comm)))
		copy(cell, comm);
}

static void fill_size(struct cell *cell, const struct job *job, const char *key)
{
	unsigned long long bytes;

	if (record_get_number(&job->record, key, &bytes))
		format_size(cell->text, CELL_LEN, bytes);
}

static void fill_count(struct cell *cell, const struct job *job, const char *key)
{
	unsigned long long count;

	if (record_get_number(&job->record, key, &count))
		snprintf(cell->text, CELL_LEN, "%llu", count);
}

/* Some columns mean something only for a job that was suspended once. */
static bool was_suspended(const struct job *job)
{
	unsigned long long suspends;

	return !record_get_number(&job->record, "suspends", &suspends) || suspends;
}

static void fill_overshoot(struct cell *cell, const struct job *job, const char *key)
{
	if (was_suspended(job))
		fill_size(cell, job, key);
}

static void fill_ms(struct cell *cell, const struct job *job, const char *key)
{
	unsigned long long ms;

	if (was_suspended(job) && record_get_number(&job->record, key, &ms))
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

static void print_wait(int indent, const struct job *job, const struct outlook *outlook)
{
	struct wait wait;
	char text[80];

	if (!find_wait(job, outlook, &wait))
		return;
	format_wait(text, sizeof(text), &wait, outlook);
	printf("%*s%s\n", indent, "", text);
}

/* The first row is the head; below each job is what it waits for. */
static void print_table(struct cell (*rows)[NR_COLUMNS], const struct jobs *jobs,
			const struct outlook *outlook)
{
	int width[NR_COLUMNS] = { };
	size_t i, c;
	int len;

	for (i = 0; i <= jobs->nr; i++) {
		for (c = 0; c < NR_COLUMNS; c++) {
			len = strlen(rows[i][c].text);
			if (len > width[c])
				width[c] = len;
		}
	}
	for (i = 0; i <= jobs->nr; i++) {
		for (c = 0; c < NR_COLUMNS; c++)
			printf("%s%*s", c ? " " : "",
			       columns[c].right ? width[c] : -width[c],
			       rows[i][c].text);
		putchar('\n');
		if (i)
			print_wait(width[0] + 1, &jobs->job[i - 1], outlook);
	}
}

static int list_table(const struct jobs *jobs, const struct outlook *outlook)
{
	struct cell (*rows)[NR_COLUMNS];
	size_t i, c;

	rows = calloc(jobs->nr + 1, sizeof(*rows));
	if (!rows) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	for (c = 0; c < NR_COLUMNS; c++)
		copy(&rows[0][c], columns[c].title);
	for (i = 0; i < jobs->nr; i++) {
		for (c = 0; c < NR_COLUMNS; c++) {
			copy(&rows[i + 1][c], "-");
			columns[c].fill(&rows[i + 1][c], &jobs->job[i],
					columns[c].key);
		}
	}
	print_table(rows, jobs, outlook);
	free(rows);
	return EXIT_OK;
}

/* "running   674M (1 job) of node limit 2G, node floor 1G, level ok" */
static void print_sum(const struct record *node, const char *key, size_t nr)
{
	unsigned long long bytes = 0;
	char text[16];

	record_get_number(node, key, &bytes);
	format_size(text, sizeof(text), bytes);
	printf("%-9s %s (%zu job%s)", key, text, nr, nr == 1 ? "" : "s");
}

static void print_bounds(const struct record *node)
{
	unsigned long long limit = MEMSUSP_MAX, floor = 0;
	const char *level = record_get(node, "level");
	char text[16];

	record_get_number(node, "limit", &limit);
	record_get_number(node, "floor", &floor);
	format_size(text, sizeof(text), limit);
	if (limit == MEMSUSP_MAX)
		printf(", no node limit");
	else
		printf(" of node limit %s", text);
	format_size(text, sizeof(text), floor);
	if (floor)
		printf(", node floor %s", text);
	if (level)
		printf(", level %s", level);
	putchar('\n');
}

static void print_sums(const struct jobs *jobs, const struct record *node)
{
	size_t nr_suspended = 0, i;

	for (i = 0; i < jobs->nr; i++)
		nr_suspended += job_is_suspended(&jobs->job[i]);
	print_sum(node, "running", jobs->nr - nr_suspended);
	print_bounds(node);
	print_sum(node, "suspended", nr_suspended);
	putchar('\n');
}

static void list_json(const struct jobs *jobs, const struct outlook *outlook)
{
	struct json_object *list = json_new(), *array = json_new_array();
	size_t i;

	for (i = 0; i < jobs->nr; i++)
		json_append(array, json_job(&jobs->job[i], outlook));
	json_add(list, "node", outlook->has_node ? json_node(&outlook->node) : NULL);
	json_add(list, "jobs", array);
	json_print(list);
}

int cmd_list(int argc, char **argv)
{
	struct outlook outlook;
	int status = EXIT_OK;
	struct jobs jobs;
	bool json;

	json = json_option(argc, argv);
	if (optind < argc)
		usage("takes no argument, and so not '%s'", argv[optind]);

	if (!module_ready() || jobs_read_or_complain(&jobs))
		return EXIT_FAILED;
	outlook_read(&outlook, &jobs);
	if (json)
		list_json(&jobs, &outlook);
	else
		status = list_table(&jobs, &outlook);
	if (!json && !status && outlook.has_node)
		print_sums(&jobs, &outlook.node);
	outlook_free(&outlook);
	jobs_free(&jobs);
	return status;
}
