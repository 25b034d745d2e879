// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much more running jobs may be charged
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memsusp-ctl.h"

static bool meminfo_is(const char *line, const char *key, unsigned long long *bytes)
{
	size_t len = strlen(key);

	if (strncmp(line, key, len))
		return false;
	*bytes = strtoull(line + len, NULL, 10) * 1024;
	return true;
}

/*
 * What the kernel compares with node/floor: the memory of suspended jobs is
 * available too, as far as there is swap for it.
 */
static bool available(const struct jobs *jobs, unsigned long long *bytes)
{
	unsigned long long swap = 0, idle = 0, anon = 0;
	bool found = false;
	char line[128];
	size_t i;
	FILE *f;

	*bytes = 0;
	f = fopen(PROCFS "/meminfo", "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		found = meminfo_is(line, "MemAvailable:", bytes) || found;
		meminfo_is(line, "SwapFree:", &swap);
	}
	fclose(f);

	for (i = 0; i < jobs->nr; i++)
		if (job_is_suspended(&jobs->job[i]) &&
		    record_get_number(&jobs->job[i].record, "anon", &anon))
			idle += anon;
	*bytes += idle < swap ? idle : swap;
	return found;
}

static unsigned long long less(unsigned long long a, unsigned long long b)
{
	return a > b ? a - b : 0;
}

/**
 * node_room() - how much more running jobs may be charged
 * @node: the node; may be empty
 * @jobs: all jobs
 * @room: the result; %ULLONG_MAX bytes if nothing bounds it
 *
 * Headroom is not taken off, as jobs that are resumed by hand do not need it.
 */
void node_room(const struct record *node, const struct jobs *jobs, struct room *room)
{
	unsigned long long limit = MEMSUSP_MAX, running = 0, floor = 0, there;

	*room = (struct room){ .bytes = MEMSUSP_MAX };
	record_get_number(node, "limit", &limit);
	record_get_number(node, "running", &running);
	record_get_number(node, "floor", &floor);
	if (limit != MEMSUSP_MAX)
		*room = (struct room){ less(limit, running), limit, "under node limit" };
	if (floor && available(jobs, &there) && less(there, floor) < room->bytes)
		*room = (struct room){ less(there, floor), floor, "above node floor" };
}
