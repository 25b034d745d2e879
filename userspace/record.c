// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line of "key=value" fields, split by one blank
 *
 * The lines of /proc/memsusp/jobs, processes and events are such. Fields are found by their
 * names and kept in their order, whether known here or not: a newer module may
 * add some at the end. A missing or unreadable field is missing, not zero.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memsusp-ctl.h"

/**
 * record_parse() - cut a line into fields
 * @record: the result, to be freed
 * @line: taken over, even if this fails; without its newline
 *
 * Words that are no "key=value" are passed over.
 *
 * Return: 0 or -ENOMEM.
 */
int record_parse(struct record *record, char *line)
{
	size_t size = 1;
	char *word, *value, *save, *p;

	*record = (struct record){ .line = line };
	for (p = line; *p; p++) {
		/* A line may have what plays with the reader's terminal. */
		if (*p < ' ' || *p > '~')
			*p = '?';
		size += *p == ' ';
	}
	record->field = calloc(size, sizeof(*record->field));
	if (!record->field) {
		record_free(record);
		return -ENOMEM;
	}
	for (word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		value = strchr(word, '=');
		if (!value || value == word)
			continue;
		*value++ = '\0';
		record->field[record->nr].key = word;
		record->field[record->nr].value = value;
		record->nr++;
	}
	return 0;
}

/**
 * record_free() - free what record_parse() made
 * @record: empty afterwards
 */
void record_free(struct record *record)
{
	free(record->field);
	free(record->line);
	*record = (struct record){ };
}

/**
 * record_get() - find a field by its name
 * @record: where
 * @key: the name
 *
 * Return: the value as text, or NULL.
 */
const char *record_get(const struct record *record, const char *key)
{
	size_t i;

	for (i = 0; i < record->nr; i++)
		if (!strcmp(record->field[i].key, key))
			return record->field[i].value;
	return NULL;
}

/**
 * record_get_number() - read a field that is a number, or a size that may be "max"
 * @record: where
 * @key: the name
 * @value: the result, set only if there is one
 *
 * Return: whether the field is there and is a number.
 */
bool record_get_number(const struct record *record, const char *key, unsigned long long *value)
{
	const char *text = record_get(record, key);
	unsigned long long number;

	if (!text || !parse_size(text, &number))
		return false;
	*value = number;
	return true;
}

/**
 * record_is() - whether a field has a certain value
 * @record: where
 * @key: the name
 * @value: the value
 */
bool record_is(const struct record *record, const char *key, const char *value)
{
	const char *text = record_get(record, key);

	return text && !strcmp(text, value);
}
