// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON on stdout, by json-c
 *
 * What is an integer in the kernel's text is one in JSON, all else is a string:
 * "max" too, for which JSON has no number. Without memory the tool ends here:
 * half of an object must not pass for all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "memsusp-ctl.h"

static noreturn void no_memory(void)
{
	complain("out of memory");
	exit(EXIT_FAILED);
}

static struct json_object *checked(struct json_object *value)
{
	if (!value)
		no_memory();
	return value;
}

/**
 * json_new() - an object without fields
 *
 * Return: the object, to be printed or to be part of another one.
 */
struct json_object *json_new(void)
{
	return checked(json_object_new_object());
}

/**
 * json_new_array() - an array without elements
 *
 * Return: the array, to be part of an object.
 */
struct json_object *json_new_array(void)
{
	return checked(json_object_new_array());
}

/**
 * json_append() - add an element to an array
 * @array: the array
 * @value: the element, which belongs to the array from now on
 */
void json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value))
		no_memory();
}

/**
 * json_add() - add a field to an object
 * @object: the object
 * @key: the name of the field
 * @value: its value, which belongs to the object from now on; %NULL is null
 */
void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value))
		no_memory();
}

/**
 * json_add_number() - add a field that is a number
 * @object: the object
 * @key: the name of the field
 * @number: its value
 */
void json_add_number(struct json_object *object, const char *key, unsigned long long number)
{
	json_add(object, key, checked(json_object_new_uint64(number)));
}

/**
 * json_add_string() - add a field that is a string
 * @object: the object
 * @key: the name of the field
 * @text: its value, which may have any characters
 */
void json_add_string(struct json_object *object, const char *key, const char *text)
{
	json_add(object, key, checked(json_object_new_string(text)));
}

/* A name stays a string, although a job may be called 7. */
static bool is_name(const char *key)
{
	return !strcmp(key, "name") || !strcmp(key, "comm");
}

/**
 * json_add_value() - add a field as the kernel wrote it
 * @object: the object
 * @key: the name of the field
 * @text: its value, which becomes a number if JSON has the same digits for it
 */
void json_add_value(struct json_object *object, const char *key, const char *text)
{
	struct json_object *value = is_name(key) ? NULL : json_tokener_parse(text);

	if (json_object_is_type(value, json_type_int) &&
	    !strcmp(json_object_to_json_string(value), text)) {
		json_add(object, key, value);
		return;
	}
	json_object_put(value);
	json_add_string(object, key, text);
}

/**
 * json_add_fields() - add all fields of a record
 * @object: the object
 * @record: the record
 */
void json_add_fields(struct json_object *object, const struct record *record)
{
	size_t i;

	for (i = 0; i < record->nr; i++)
		json_add_value(object, record->field[i].key, record->field[i].value);
}

/**
 * json_print() - print an object in a line, and free it with all its parts
 * @object: the object
 */
void json_print(struct json_object *object)
{
	const char *line = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!line)
		no_memory();
	puts(line);
	json_object_put(object);
}
