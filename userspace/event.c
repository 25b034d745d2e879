// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event, for a person
 *
 *	12:03:04.123  suspend     4711  sorter        node   charge 3.1G  limit 4G
 *
 * The kernel's time is CLOCK_MONOTONIC, which stands still while the machine
 * sleeps: what happened before that is shown that much too late.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "memsusp-ctl.h"

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_MSEC	1000000LL

static void format_count(char *buf, size_t len, unsigned long long count)
{
	snprintf(buf, len, "%llu", count);
}

/* A detail is told of events of a job, of events of the node, or of both. */
enum {
	OF_JOB = 1,
	OF_NODE = 2,
};

/* A detail that is zero is not told. */
static const struct {
	const char *key;
	const char *word;
	void (*format)(char *buf, size_t len, unsigned long long value);
	int of;
} details[] = {
	{ "charge",	"charge",	format_size,	OF_JOB },
	{ "running",	"running",	format_size,	OF_NODE },
	{ "limit",	"limit",	format_size,	OF_JOB | OF_NODE },
	{ "overshoot",	"overshoot",	format_size,	OF_JOB },
	{ "latency_ns",	"latency",	format_ns,	OF_JOB },
	{ "by",		"by",		format_count,	OF_JOB | OF_NODE },
	{ "count",	"times",	format_count,	OF_JOB },
};

static long long now_ns(clockid_t clock)
{
	struct timespec now = { };

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static void print_day(const struct tm *tm)
{
	static int year, day = -1;
	time_t now = now_ns(CLOCK_REALTIME) / NSEC_PER_SEC;
	struct tm today;
	char text[16];

	/* The date of today needs no line. */
	if (day < 0 && localtime_r(&now, &today)) {
		year = today.tm_year;
		day = today.tm_yday;
	}
	if (tm->tm_year == year && tm->tm_yday == day)
		return;
	year = tm->tm_year;
	day = tm->tm_yday;
	strftime(text, sizeof(text), "%Y-%m-%d", tm);
	printf("%s\n", text);
}

/* The day, where it has changed, stands in a line of its own. */
static void format_time(char *buf, size_t len, const struct record *event)
{
	unsigned long long time_ns;
	long long wall_ns;
	struct tm tm;
	time_t s;

	snprintf(buf, len, "-");
	if (!record_get_number(event, "time_ns", &time_ns) || time_ns > LLONG_MAX)
		return;
	wall_ns = now_ns(CLOCK_REALTIME) - (now_ns(CLOCK_MONOTONIC) - (long long)time_ns);
	s = wall_ns / NSEC_PER_SEC;
	if (wall_ns < 0 || !localtime_r(&s, &tm))
		return;
	print_day(&tm);
	snprintf(buf, len, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (int)(wall_ns % NSEC_PER_SEC / NSEC_PER_MSEC));
}

static const char *word(const struct record *event, const char *key, const char *nothing)
{
	const char *text = record_get(event, key);

	return text && *text && strcmp(text, nothing) ? text : "-";
}

/**
 * print_event() - a line for a person
 * @event: what the kernel wrote
 */
void print_event(const struct record *event)
{
	int of = record_is(event, "event", event_name(MEMSUSP_EVENT_NODE)) ? OF_NODE : OF_JOB;
	const char *count = record_get(event, "count");
	const char *reason = word(event, "reason", reason_name(MEMSUSP_REASON_NONE));
	int pad = 5 - (int)strlen(reason);
	unsigned long long value;
	char text[32];
	size_t i;

	format_time(text, sizeof(text), event);
	if (record_is(event, "event", MEMSUSP_WORD_LOST)) {
		printf("%-12s  lost        %s events, as they were not read in time\n",
		       text, count ? count : "some");
		return;
	}
	printf("%-12s  %-10s  %7s  %-12s  %s", text, word(event, "event", ""),
	       word(event, "pid", "0"), word(event, "name", ""), reason);
	for (i = 0; i < ARRAY_SIZE(details); i++) {
		if (!(details[i].of & of) ||
		    !record_get_number(event, details[i].key, &value) || !value)
			continue;
		details[i].format(text, sizeof(text), value);
		printf("%*s  %s %s", pad > 0 ? pad : 0, "", details[i].word, text);
		pad = 0;
	}
	putchar('\n');
}
