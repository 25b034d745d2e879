// SPDX-License-Identifier: GPL-2.0-only
/*
 * show: one job, a field a line
 *
 * Scripts should read /proc/memsusp/jobs or --json, whose fields are stable.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "memsusp-ctl.h"

static void show_job(const struct job *job, const struct outlook *outlook,
		     const char *signal)
{
	const struct field *field;
	struct wait wait;
	char text[80];
	size_t i;

	for (i = 0; i < job->record.nr; i++) {
		field = &job->record.field[i];
		show_field(field->key, *field->value ? field->value : "-");
		if (!i && job_comm(job, text, sizeof(text)))
			show_field("comm", text);
		if (strcmp(field->key, "reason") || !find_wait(job, outlook, &wait))
			continue;
		format_wait(text, sizeof(text), &wait, outlook);
		show_field("why", text);
	}
	if (*signal)
		show_field("warn_signal", signal);
}

static void show_json(const struct job *job, const struct outlook *outlook, const char *signal)
{
	struct json_object *json = json_job(job, outlook);

	if (*signal)
		json_add_value(json, "warn_signal", signal);
	json_print(json);
}

int cmd_show(int argc, char **argv)
{
	char file[64], signal[32] = "";
	struct outlook outlook;
	const struct job *job;
	struct jobs jobs;
	bool json;
	pid_t pid;

	json = json_option(argc, argv);
	if (argc - optind != 1)
		usage("takes one pid");
	pid = parse_pid(argv[optind]);

	if (!module_ready() || jobs_read_or_complain(&jobs))
		return EXIT_FAILED;
	job = jobs_find(&jobs, pid);
	if (!job) {
		explain(pid, process_exists(pid) ? -ENOENT : -ESRCH, NULL);
		jobs_free(&jobs);
		return EXIT_FAILED;
	}
	outlook_read(&outlook, &jobs);
	/* warn_signal is the one setting of a job that its line does not have. */
	snprintf(file, sizeof(file), "jobs/%d/warn_signal", job_directory(pid));
	if (!record_get(&job->record, "warn_signal"))
		sysfs_read(file, signal, sizeof(signal));
	if (json)
		show_json(job, &outlook, signal);
	else
		show_job(job, &outlook, signal);
	outlook_free(&outlook);
	jobs_free(&jobs);
	return EXIT_OK;
}
