// SPDX-License-Identifier: GPL-2.0-only
/*
 * One field in a line, for a person
 */
#include <stdio.h>
#include <string.h>

#include "memsusp-ctl.h"

/* All values begin in this column, unless the name is too long. */
#define INDENT	16

/* Fields that are not in this table are shown as the kernel wrote them. */
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
	{ "floor",		format_size,	"bytes" },
	{ "headroom",		format_size,	"bytes" },
	{ "running",		format_size,	"bytes" },
	{ "suspended",		format_size,	"bytes" },
	{ "suspended_ms",	format_ms,	"ms" },
	{ "max_suspended_ms",	format_ms,	"ms" },
	{ "latency_ns",		format_ns,	"ns" },
};

/**
 * show_field() - a line for a person: name and value
 * @key: the name, as the kernel has it
 * @value: the value, as the kernel has it
 */
void show_field(const char *key, const char *value)
{
	int len = strlen(key) + 1;
	unsigned long long number;
	char text[16];
	size_t i;

	printf("%s:%*s", key, len < INDENT ? INDENT - len : 1, "");
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(units[i].key, key) || !parse_size(value, &number) ||
		    number == MEMSUSP_MAX)
			continue;
		units[i].format(text, sizeof(text), number);
		printf("%s (%s %s)\n", text, value, units[i].unit);
		return;
	}
	printf("%s\n", value);
}
