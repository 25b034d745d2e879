// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of /sys/kernel/memsusp/node: the settings of the node and its sums
 *
 * What else lists them (--help, the completion, the pages for people, and the
 * module itself) is held against this table by tests.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memsusp-ctl.h"

static void check_limit(const char *key, const char *value)
{
	check_size(value, key);
}

/* An amount may be 0, but is not without bound. */
static void check_amount(const char *key, const char *value)
{
	if (!strcmp(value, MEMSUSP_WORD_MAX))
		usage("%s cannot be " MEMSUSP_WORD_MAX, key);
	check_size(value, key);
}

static void check_policy(const char *key, const char *value)
{
	char policies[128];

	if (is_policy(value))
		return;
	list_policies(policies, sizeof(policies));
	usage("%s '%s' is not one of: %s", key, value, policies);
}

static void check_switch(const char *key, const char *value)
{
	if (strcmp(value, "0") && strcmp(value, "1"))
		usage("%s '%s' is neither 0 nor 1", key, value);
}

static void check_count(const char *key, const char *value)
{
	if (!*value || value[strspn(value, "0123456789")] || strlen(value) > 20)
		usage("%s '%s' is not a number", key, value);
}

const struct setting settings[NR_SETTINGS] = {
	{ "limit",		check_limit,	TURN_LIMIT },
	{ "floor",		check_amount,	TURN_FLOOR },
	{ "headroom",		check_amount,	TURN_HEADROOM },
	{ "policy",		check_policy,	TURN_HOW },
	{ "auto_resume",	check_switch,	TURN_HOW },
	{ "min_running",	check_count,	TURN_HOW },
	{ "drain",		check_switch,	TURN_HOW },
	{ "max_suspended_ms",	check_count,	TURN_HOW },
	{ .key = "level" },
	{ .key = "running" },
	{ .key = "suspended" },
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
		.field = calloc(NR_SETTINGS, sizeof(*node->field)),
		.line = calloc(NR_SETTINGS, VALUE_LEN),
	};
	err = node->field && node->line ? 0 : -ENOMEM;
	for (i = 0; i < NR_SETTINGS && !err; i++) {
		value = node->line + i * VALUE_LEN;
		snprintf(path, sizeof(path), "node/%s", settings[i].key);
		err = sysfs_read(path, value, VALUE_LEN);
		node->field[node->nr++] = (struct field){ settings[i].key, value };
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
