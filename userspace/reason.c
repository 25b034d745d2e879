// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why a suspended job sleeps: what it needs, and what it waits for
 *
 * A job above its own limit waits for a higher one. Any other job waits until the
 * node has room for it, or, if it was suspended by hand or jobs are not to be
 * resumed automatically, for "resume".
 */
#include <stdio.h>
#include <string.h>

#include "memsusp-ctl.h"

/**
 * outlook_read() - what there is to know about all jobs together
 * @outlook: the result, to be freed
 * @jobs: all jobs
 *
 * Where node/ cannot be read, all that is known is whether jobs wait for a
 * higher limit, or were suspended by hand.
 */
void outlook_read(struct outlook *outlook, const struct jobs *jobs)
{
	unsigned long long headroom;

	*outlook = (struct outlook){ };
	outlook->has_node = !node_read(&outlook->node);
	outlook->by_hand = record_is(&outlook->node, "auto_resume", "0");
	node_room(&outlook->node, jobs, &outlook->room);
	if (outlook->room.bytes == MEMSUSP_MAX || outlook->by_hand ||
	    !record_get_number(&outlook->node, "headroom", &headroom))
		return;
	outlook->room.bytes -= headroom < outlook->room.bytes ? headroom : outlook->room.bytes;
}

/**
 * outlook_free() - free what outlook_read() got
 * @outlook: empty afterwards
 */
void outlook_free(struct outlook *outlook)
{
	record_free(&outlook->node);
	*outlook = (struct outlook){ };
}

/**
 * find_wait() - what a job waits for
 * @job: the job
 * @outlook: from outlook_read()
 * @wait: the result
 *
 * Return: whether it waits, and it is known what for.
 */
bool find_wait(const struct job *job, const struct outlook *outlook, struct wait *wait)
{
	const char *reason = record_get(&job->record, "reason");
	unsigned long long limit;

	*wait = (struct wait){ };
	if (!job_is_suspended(job) || !reason)
		return false;
	if (!strcmp(reason, reason_name(MEMSUSP_REASON_USER))) {
		wait->for_what = WAIT_RESUME;
		return true;
	}
	if (!record_get_number(&job->record, "charge", &wait->needs) ||
	    !record_get_number(&job->record, "limit", &limit))
		return false;
	if (wait->needs > limit) {
		wait->for_what = WAIT_LIMIT;
		return true;
	}
	wait->for_what = outlook->by_hand ? WAIT_RESUME : WAIT_NODE;
	/* Room that there is matters only to a job for which there was none. */
	if (outlook->room.bytes < wait->needs ||
	    !strcmp(reason, reason_name(MEMSUSP_REASON_NODE)))
		wait->room = outlook->room;
	return outlook->has_node;
}

/* A job that fits may still have to wait for one that has waited too long. */
static bool is_next(const struct wait *wait)
{
	return wait->for_what == WAIT_NODE && (!wait->room.of || wait->room.bytes >= wait->needs);
}

/**
 * format_wait() - what a job waits for, for a person
 * @buf: where to
 * @len: of @buf
 * @wait: from find_wait()
 * @outlook: from outlook_read()
 */
void format_wait(char *buf, size_t len, const struct wait *wait, const struct outlook *outlook)
{
	char needs[16], room[16];

	format_need(needs, sizeof(needs), wait->needs);
	format_room(room, sizeof(room), wait->room.bytes);
	if (wait->for_what == WAIT_LIMIT)
		snprintf(buf, len, "needs a limit of %s%s", needs,
			 outlook->by_hand ? ", and resume" :
			 record_is(&outlook->node, "drain", "1") ?
			 ", or that nothing else can run" : "");
	else if (wait->room.of)
		snprintf(buf, len, "needs %s, %s free %s%s", needs, room, wait->room.of,
			 wait->for_what == WAIT_RESUME ? "; waits for resume" :
			 is_next(wait) ? "; waits for its turn" : "");
	else
		snprintf(buf, len, "waits for %s", is_next(wait) ? "its turn" : "resume");
}

static void json_add_wait(struct json_object *job, const struct wait *wait)
{
	static const char * const words[] = {
		[WAIT_RESUME] = "resume",
		[WAIT_LIMIT] = "limit",
		[WAIT_NODE] = "node",
	};

	json_add_string(job, "waits_for", words[wait->for_what]);
	if (wait->needs)
		json_add_number(job, "needs", wait->needs);
	if (wait->room.of)
		json_add_number(job, "free", wait->room.bytes);
}

/**
 * json_job() - one job as an object
 * @job: the job
 * @outlook: from outlook_read()
 *
 * Return: the object.
 */
struct json_object *json_job(const struct job *job, const struct outlook *outlook)
{
	struct json_object *json = json_new();
	char comm[COMM_LEN];
	struct wait wait;

	json_add_fields(json, &job->record);
	if (job_comm(job, comm, sizeof(comm)))
		json_add_string(json, "comm", comm);
	if (find_wait(job, outlook, &wait))
		json_add_wait(json, &wait);
	return json;
}
