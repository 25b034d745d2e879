// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/memsusp/node -> struct node, and what room it leaves
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memsusp-ctl.h"

#define VALUE_LEN	128

/* In the order in which they are shown. */
static const char * const files[] = {
	"limit", "floor", "headroom", "policy", "auto_resume", "min_running", "drain",
	"max_suspended_ms", "level", "running", "suspended",
};

/**
 * node_read() - read all files of node/
 * @node: the result, to be freed; empty after an error
 *
 * Return: 0 or a negative errno.
 */
int node_read(struct record *node)
{
	char path[64];
	char *value;
	size_t i;
	int err;

	*node = (struct record){
		.field = calloc(ARRAY_SIZE(files), sizeof(*node->field)),
		.line = calloc(ARRAY_SIZE(files), VALUE_LEN),
	};
	err = node->field && node->line ? 0 : -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(files) && !err; i++) {
		value = node->line + i * VALUE_LEN;
		snprintf(path, sizeof(path), "node/%s", files[i]);
		err = sysfs_read(path, value, VALUE_LEN);
		node->field[node->nr++] = (struct field){ files[i], value };
	}
	if (err)
		record_free(node);
	return err;
}

/**
 * node_policy() - the word in force, of those in node/policy
 * @buf: where to
 * @size: of @buf
 * @words: what the file reads: "[largest] newest oldest ..."
 */
void node_policy(char *buf, size_t size, const char *words)
{
	const char *open = strchr(words, '[');

	if (open)
		words = open + 1;
	snprintf(buf, size, "%.*s", (int)strcspn(words, "]"), words);
}

/**
 * json_node() - the node as an object; of the policies the one in force
 * @node: from node_read()
 *
 * Return: the object.
 */
struct json_object *json_node(const struct record *node)
{
	struct json_object *json = json_new();
	char policy[VALUE_LEN];
	const char *value;
	size_t i;

	for (i = 0; i < node->nr; i++) {
		value = node->field[i].value;
		if (!strcmp(node->field[i].key, "policy")) {
			node_policy(policy, sizeof(policy), value);
			value = policy;
		}
		json_add_value(json, node->field[i].key, value);
	}
	return json;
}

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
 * Headroom is not taken off: who is resumed by hand does without.
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
