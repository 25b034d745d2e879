// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON on stdout
 *
 * The caller opens, fills and closes; commas and quotes are put here. What is
 * a number in the kernel's text is one in JSON, all else is a string: "max"
 * too, for which JSON has no number.
 */
#include <stdio.h>
#include <string.h>

#include "memsusp-ctl.h"

/* The next value comes after another one. */
static bool comma;

static void quote(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	putchar('"');
	for (; *p; p++) {
		if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else if (*p < ' ')
			printf("\\u%04x", *p);
		else
			putchar(*p);
	}
	putchar('"');
}

static void begin(const char *key)
{
	if (comma)
		putchar(',');
	if (key) {
		quote(key);
		putchar(':');
	}
	comma = true;
}

/**
 * json_open() - begin an object or an array
 * @key: its name in the object around it; %NULL at the top and in an array
 * @bracket: '{' or '['
 */
void json_open(const char *key, char bracket)
{
	begin(key);
	putchar(bracket);
	comma = false;
}

/**
 * json_close() - end an object or an array
 * @bracket: '}' or ']'
 */
void json_close(char bracket)
{
	putchar(bracket);
	comma = true;
}

/**
 * json_end() - end the line, after the outermost object
 */
void json_end(void)
{
	putchar('\n');
	comma = false;
}

/**
 * json_null() - nothing where there could be something
 * @key: its name
 */
void json_null(const char *key)
{
	begin(key);
	printf("null");
}

/**
 * json_number() - a number
 * @key: its name
 * @number: it
 */
void json_number(const char *key, unsigned long long number)
{
	begin(key);
	printf("%llu", number);
}

/**
 * json_string() - a string, whatever is in it
 * @key: its name
 * @text: it
 */
void json_string(const char *key, const char *text)
{
	begin(key);
	quote(text);
}

/* An integer as JSON writes it: no '+', and no 0 before other digits. */
static bool is_number(const char *text)
{
	const char *digits = text + (*text == '-');

	return *digits && !digits[strspn(digits, "0123456789")] &&
	       (*digits != '0' || !digits[1]);
}

/* A job may be called 7 and is not a number. */
static bool is_name(const char *key)
{
	return !strcmp(key, "name") || !strcmp(key, "comm");
}

/**
 * json_value() - what the kernel wrote
 * @key: its name
 * @text: it
 */
void json_value(const char *key, const char *text)
{
	if (is_name(key) || !is_number(text)) {
		json_string(key, text);
		return;
	}
	begin(key);
	printf("%s", text);
}

/**
 * json_fields() - all fields of a record, in the object that is open
 * @record: it
 */
void json_fields(const struct record *record)
{
	size_t i;

	for (i = 0; i < record->nr; i++)
		json_value(record->field[i].key, record->field[i].value);
}
