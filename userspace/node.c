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

/* What is to be changed, in the order in which it is written. */
struct changes {
	size_t nr;
	struct change {
		const struct setting *setting;
		const char *value;
	} change[NR_SETTINGS];
};

static bool is_before(const struct setting *a, const struct setting *b)
{
	return a->turn != b->turn ? a->turn < b->turn : a < b;
}

static void add_change(struct changes *changes, const struct setting *setting, const char *value)
{
	struct change *change = changes->change;
	size_t i;

	for (i = 0; i < changes->nr; i++)
		if (change[i].setting == setting)
			usage("%s is given twice", setting->key);
	setting->check(setting->key, value);

	for (i = changes->nr++; i && is_before(setting, change[i - 1].setting); i--)
		change[i] = change[i - 1];
	change[i] = (struct change){ setting, value };
}

static void parse_change(struct changes *changes, const char *word)
{
	const char *value = strchr(word, '=');
	size_t len = value ? value - word : 0;
	size_t i;

	if (!value)
		usage("'%s' is not KEY=VALUE", word);
	for (i = 0; i < NR_SETTINGS; i++) {
		if (!settings[i].check || strlen(settings[i].key) != len ||
		    strncmp(settings[i].key, word, len))
			continue;
		add_change(changes, &settings[i], value + 1);
		return;
	}
	usage("'%.*s' is not a setting that can be changed", (int)len, word);
}

static int write_setting(const struct setting *setting, const char *value)
{
	char path[64], line[VALUE_LEN + 1];

	snprintf(path, sizeof(path), "node/%s", setting->key);
	snprintf(line, sizeof(line), "%s\n", value);
	return sysfs_write(path, line);
}

static void explain_change(const struct change *change, int err)
{
	static const struct why why[] = {
		{ EINVAL, "refused: out of range, or less than one page" },
		{ EPERM,  "not permitted; only root may change the node" },
		{ EACCES, "not permitted; only root may change the node" },
		{ }
	};

	complain("%s=%s: %s; nothing is changed", change->setting->key, change->value,
		 why_text(why, err));
}

/* Undo the first @nr changes, the latest first. */
static void put_back(const struct changes *changes, size_t nr, const struct record *old)
{
	const struct change *change;
	char value[VALUE_LEN];
	int err;

	while (nr--) {
		change = &changes->change[nr];
		/* Of the words of policy one is in force; all other files have one word. */
		node_policy(value, sizeof(value), record_get(old, change->setting->key));
		err = write_setting(change->setting, value);
		if (err)
			complain("but %s is %s now: %s could not be put back: %s",
				 change->setting->key, change->value, value, strerror(-err));
	}
}

static int change_node(const struct changes *changes, const struct record *old)
{
	size_t i;
	int err;

	for (i = 0; i < changes->nr; i++) {
		err = write_setting(changes->change[i].setting, changes->change[i].value);
		if (!err)
			continue;
		explain_change(&changes->change[i], err);
		put_back(changes, i, old);
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
	struct changes changes = { };
	struct record node;
	int status, i, err;

	if (json && optind < argc)
		usage("--json shows settings, and changes none");
	for (i = optind; i < argc; i++)
		parse_change(&changes, argv[i]);

	if (!module_ready())
		return EXIT_FAILED;
	err = node_read(&node);
	if (err) {
		complain("cannot read " MEMSUSP_SYSFS "/node: %s", strerror(-err));
		return EXIT_FAILED;
	}
	status = optind < argc ? change_node(&changes, &node) : show_node(&node, json);
	record_free(&node);
	return status;
}
