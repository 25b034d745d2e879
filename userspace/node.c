// SPDX-License-Identifier: GPL-2.0-only
/*
 * node: its settings, to be seen and changed
 *
 * Several are changed together or not at all. The kernel takes them one by
 * one, so each is checked before, and what was written is put back if a later
 * one is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "memsusp-ctl.h"

#define VALUE_LEN	128

static void check_limit(const char *key, const char *value)
{
	check_size(value, key);
}

/* May be 0, but is not without bound. */
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

/*
 * In the order in which they are written. Whom a lower limit suspends depends
 * on what stands before it. Headroom is the last, and so never put back: while
 * nobody has set it, it follows the limit, and what is read is not what it was.
 */
static const struct {
	const char *key;
	void (*check)(const char *key, const char *value);
} settings[] = {
	{ "policy",		check_policy },
	{ "auto_resume",	check_switch },
	{ "min_running",	check_count },
	{ "drain",		check_switch },
	{ "max_suspended_ms",	check_count },
	{ "floor",		check_amount },
	{ "limit",		check_limit },
	{ "headroom",		check_amount },
};

#define NR_SETTINGS	ARRAY_SIZE(settings)

/* The new value of each setting; NULL where it stays. */
struct change {
	const char *value[NR_SETTINGS];
};

static void parse_setting(struct change *req, const char *word)
{
	const char *value = strchr(word, '=');
	size_t len = value ? value - word : 0;
	size_t i;

	if (!value)
		usage("'%s' is not KEY=VALUE", word);
	for (i = 0; i < NR_SETTINGS; i++) {
		if (strlen(settings[i].key) != len || strncmp(settings[i].key, word, len))
			continue;
		if (req->value[i])
			usage("%s is given twice", settings[i].key);
		settings[i].check(settings[i].key, value + 1);
		req->value[i] = value + 1;
		return;
	}
	usage("'%.*s' is not a setting that can be changed", (int)len, word);
}

static int write_setting(size_t i, const char *value)
{
	char path[64], line[VALUE_LEN + 1];

	snprintf(path, sizeof(path), "node/%s", settings[i].key);
	snprintf(line, sizeof(line), "%s\n", value);
	return sysfs_write(path, line);
}

static void explain_setting(size_t i, const char *value, int err)
{
	static const struct why why[] = {
		{ EINVAL, "refused: out of range, or less than one page" },
		{ EPERM,  "not permitted; only root may change the node" },
		{ EACCES, "not permitted; only root may change the node" },
		{ }
	};

	complain("%s=%s: %s; nothing is changed", settings[i].key, value, why_text(why, err));
}

/* The latest first. */
static void put_back(const struct change *req, const struct record *old, size_t nr)
{
	char value[VALUE_LEN];
	int err;

	while (nr--) {
		if (!req->value[nr])
			continue;
		/* Only policy has more than one word. */
		node_policy(value, sizeof(value), record_get(old, settings[nr].key));
		err = write_setting(nr, value);
		if (err)
			complain("but %s is %s now: %s could not be put back: %s",
				 settings[nr].key, req->value[nr], value, strerror(-err));
	}
}

static int change(const struct change *req, const struct record *old)
{
	size_t i;
	int err;

	for (i = 0; i < NR_SETTINGS; i++) {
		err = req->value[i] ? write_setting(i, req->value[i]) : 0;
		if (!err)
			continue;
		explain_setting(i, req->value[i], err);
		put_back(req, old, i);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int show_node(const struct record *node, bool json)
{
	size_t i;

	if (json) {
		json_print(json_node(node));
		return EXIT_OK;
	}
	for (i = 0; i < node->nr; i++)
		show_field(node->field[i].key, node->field[i].value);
	return EXIT_OK;
}

int cmd_node(int argc, char **argv)
{
	bool json = json_option(argc, argv);
	struct change req = { };
	struct record node;
	int status, i, err;

	if (json && optind < argc)
		usage("--json shows settings, and changes none");
	for (i = optind; i < argc; i++)
		parse_setting(&req, argv[i]);

	if (!module_ready())
		return EXIT_FAILED;
	err = node_read(&node);
	if (err) {
		complain("cannot read " MEMSUSP_SYSFS "/node: %s", strerror(-err));
		return EXIT_FAILED;
	}
	status = optind < argc ? change(&req, &node) : show_node(&node, json);
	record_free(&node);
	return status;
}
