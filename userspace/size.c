// SPDX-License-Identifier: GPL-2.0-only
/*
 * pids, sizes and durations, from and to text
 *
 * The kernel is the judge of sizes: what the user wrote goes there as it is.
 * They are only looked at here to tell a slip of the pen (exit status 2) from
 * a limit that the kernel will not have (exit status 1).
 */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "memsusp-ctl.h"

#define SUFFIXES	"KMGT"

/* A longer word is no size, and the line must fit a page of sysfs. */
#define SIZE_LEN_MAX	32

/**
 * parse_pid() - read a positive decimal number, and nothing else
 * @text: what the user wrote
 *
 * Return: the pid; does not return if it is none.
 */
pid_t parse_pid(const char *text)
{
	long long pid = 0;
	const char *p;

	for (p = text; isdigit((unsigned char)*p) && pid <= INT_MAX; p++)
		pid = pid * 10 + (*p - '0');
	if (*p || pid <= 0 || pid > INT_MAX)
		usage("'%s' is not a pid", text);
	return pid;
}

/**
 * parse_size() - read "max" or a decimal number, with K M G T or not
 * @text: what to read
 * @bytes: the size; %ULLONG_MAX for "max" and what does not fit
 *
 * Return: whether @text is a size.
 */
bool parse_size(const char *text, unsigned long long *bytes)
{
	const char *p, *suffix;
	unsigned long long value = 0;
	bool fits = true;
	int shift = 0;

	*bytes = ULLONG_MAX;
	if (!strcmp(text, MEMSUSP_WORD_MAX))
		return true;

	for (p = text; isdigit((unsigned char)*p); p++) {
		fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
		       !__builtin_add_overflow(value, *p - '0', &value);
	}
	if (p == text)
		return false;
	if (*p) {
		suffix = strchr(SUFFIXES, toupper((unsigned char)*p++));
		if (!suffix || *p)
			return false;
		shift = 10 * (suffix - SUFFIXES + 1);
	}
	if (fits && value <= ULLONG_MAX >> shift)
		*bytes = value << shift;
	return true;
}

/**
 * check_size() - make sure that a word of the command line is a size
 * @text: what the user wrote
 * @what: the option it belongs to
 *
 * Return: @text; does not return if it is no size.
 */
const char *check_size(const char *text, const char *what)
{
	unsigned long long bytes;

	if (!parse_size(text, &bytes) || strlen(text) > SIZE_LEN_MAX)
		usage("%s '%s' is not a size: bytes like 2147483648, or 512M, 2G, ..., or max",
		      what, text);
	return text;
}

enum rounding {
	DOWN,
	NEAREST,
	UP,
};

/*
 * There is one digit after the point. A whole number goes without it, so that 2G is
 * shown as it was set, and 2.0G is a little more or less.
 */
static void format_rounded(char *buf, size_t len, unsigned long long bytes, enum rounding how)
{
	unsigned long long unit = 1024, tenths, more;
	size_t i = 0;

	if (bytes == ULLONG_MAX) {
		snprintf(buf, len, "%s", MEMSUSP_WORD_MAX);
		return;
	}
	if (bytes < 1024) {
		snprintf(buf, len, "%llu", bytes);
		return;
	}
	for (;;) {
		more = how == UP ? unit - 1 : how == NEAREST ? unit / 2 : 0;
		tenths = bytes / unit * 10 + (bytes % unit * 10 + more) / unit;
		/* 1023.95K would be rounded to 1024.0K: that is 1M */
		if (tenths < 10240 || i == strlen(SUFFIXES) - 1)
			break;
		unit *= 1024;
		i++;
	}
	if (bytes % unit)
		snprintf(buf, len, "%llu.%llu%c",
			 tenths / 10, tenths % 10, SUFFIXES[i]);
	else
		snprintf(buf, len, "%llu%c", bytes / unit, SUFFIXES[i]);
}

/**
 * format_size() - 2040109466 -> "1.9G"
 * @buf: where to
 * @len: of @buf
 * @bytes: the size; %ULLONG_MAX is "max"
 */
void format_size(char *buf, size_t len, unsigned long long bytes)
{
	format_rounded(buf, len, bytes, NEAREST);
}

/**
 * format_need() - a size that is needed: rounded up, so that it is enough
 * @buf: where to
 * @len: of @buf
 * @bytes: the size
 */
void format_need(char *buf, size_t len, unsigned long long bytes)
{
	format_rounded(buf, len, bytes, UP);
}

/**
 * format_room() - a size that there is: rounded down, so that it is there
 * @buf: where to
 * @len: of @buf
 * @bytes: the size; %ULLONG_MAX is "max"
 */
void format_room(char *buf, size_t len, unsigned long long bytes)
{
	format_rounded(buf, len, bytes, DOWN);
}

/**
 * format_ms() - a time to wait, in the two units that matter
 * @buf: where to
 * @len: of @buf
 * @ms: milliseconds
 */
void format_ms(char *buf, size_t len, unsigned long long ms)
{
	unsigned long long s = ms / 1000;

	if (ms < 1000)
		snprintf(buf, len, "%llums", ms);
	else if (s < 60)
		snprintf(buf, len, "%llu.%llus", s, ms / 100 % 10);
	else if (s < 60 * 60)
		snprintf(buf, len, "%llum%02llus", s / 60, s % 60);
	else if (s < 24 * 60 * 60)
		snprintf(buf, len, "%lluh%02llum",
			 s / 3600, s / 60 % 60);
	else
		snprintf(buf, len, "%llud%02lluh",
			 s / 86400, s / 3600 % 24);
}

/**
 * format_ns() - a latency
 * @buf: where to
 * @len: of @buf
 * @ns: nanoseconds
 */
void format_ns(char *buf, size_t len, unsigned long long ns)
{
	if (ns < 1000)
		snprintf(buf, len, "%lluns", ns);
	else if (ns < 1000000)
		snprintf(buf, len, "%llu.%lluus",
			 ns / 1000, ns / 100 % 10);
	else if (ns < 1000000000)
		snprintf(buf, len, "%llu.%llums",
			 ns / 1000000, ns / 100000 % 10);
	else
		format_ms(buf, len, ns / 1000000);
}
