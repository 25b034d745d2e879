/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading /proc/memsusp/events: a line, its fields, and what is there.
 */
#ifndef MEMSUSP_EVENTS_H
#define MEMSUSP_EVENTS_H

#include "memsusp_node.h"

/* So many are retained. */
#define RETAINED	1024

struct event {
	char line[512];
	long long seq;
	long long time_ns;
	char event[32];
	int pid;
	char name[64];
	char reason[32];
	long long charge;	/* bytes, as all that follow; -1: max */
	long long limit;
	long long overshoot;
	long long latency_ns;
	int by;
	long long running;
	long long count;	/* of event=lost */
};

static inline int events_open(int flags)
{
	return open(MEMSUSP_PROC "/events", O_RDONLY | O_CLOEXEC | flags);
}

/* A field of a line; false if there is none of that name. */
static inline bool event_field(const char *line, const char *key, char *buf, size_t size)
{
	char want[64];
	const char *at;
	size_t n;

	snprintf(want, sizeof(want), " %s=", key);
	/* "seq" is the first. */
	at = !strncmp(line, want + 1, strlen(want) - 1) ? line : strstr(line, want);
	if (!at)
		return false;
	at = strchr(at, '=') + 1;
	n = strcspn(at, "\n ");
	snprintf(buf, size, "%.*s", (int)(n < size ? n : size - 1), at);
	return true;
}

static inline long long event_number(const char *line, const char *key)
{
	char buf[64];

	if (!event_field(line, key, buf, sizeof(buf)))
		return -2;
	return strcmp(buf, "max") ? atoll(buf) : -1;
}

static inline void event_parse(struct event *e, const char *line)
{
	memset(e, 0, sizeof(*e));
	snprintf(e->line, sizeof(e->line), "%s", line);
	e->seq = event_number(line, "seq");
	e->time_ns = event_number(line, "time_ns");
	event_field(line, "event", e->event, sizeof(e->event));
	e->pid = event_number(line, "pid");
	event_field(line, "name", e->name, sizeof(e->name));
	event_field(line, "reason", e->reason, sizeof(e->reason));
	e->charge = event_number(line, "charge");
	e->limit = event_number(line, "limit");
	e->overshoot = event_number(line, "overshoot");
	e->latency_ns = event_number(line, "latency_ns");
	e->by = event_number(line, "by");
	e->running = event_number(line, "running");
	e->count = event_number(line, "count");
}

static inline bool readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1 && p.revents & POLLIN;
}

/*
 * The next event. A read(2) with a buffer that holds one line but not two gets
 * exactly one. Returns false if none came.
 */
static inline bool event_next(int fd, struct event *e)
{
	static char buf[512];
	size_t len = 0;
	ssize_t n;

	while (!len || buf[len - 1] != '\n') {
		if (len == sizeof(buf) - 1 || !readable(fd, GUARD_MS))
			return false;
		/* A byte at a time, so that nothing of the next one is taken. */
		n = read(fd, buf + len, 1);
		if (n <= 0)
			return false;
		len += n;
	}
	buf[len] = '\0';
	event_parse(e, buf);
	return true;
}

/* Read on until an event of this type, and of this job unless @pid is 0. */
static inline bool event_until(int fd, const char *type, pid_t pid, struct event *e)
{
	while (event_next(fd, e))
		if (!strcmp(e->event, type) && (!pid || e->pid == pid))
			return true;
	return false;
}

/* Read away all that is there. Returns how many lines that was, or -1. */
static inline int events_skip(int fd)
{
	char buf[4096];
	int lines = 0;
	ssize_t n, i;

	while (readable(fd, 0)) {
		n = read(fd, buf, sizeof(buf));
		if (n <= 0)
			return -1;
		for (i = 0; i < n; i++)
			lines += buf[i] == '\n';
	}
	return lines;
}

/* Make so many events, each with a line of its own. Returns 0 or a negative errno. */
static inline int events_make(int n)
{
	int err = 0;

	while (n-- && !err)
		err = ms_node_write("max_suspended_ms", "0");
	return err;
}

#endif /* MEMSUSP_EVENTS_H */
