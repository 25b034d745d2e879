/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines that are almost right: made of the words that there are, in any order and
 * number, and then spoilt, or not.
 */
#ifndef FUZZ_LINES_H
#define FUZZ_LINES_H

#include "storm.h"

/* Those in storm->pids whose numbers get into the lines. */
enum { JOB, OTHER, FREE, NR_ACTORS };

static const char * const top_files[] = { "register", "unregister", "suspend", "resume" };
static const char * const job_files[] = {
	"limit", "soft_limit", "warn_signal", "priority", "name",
};

static const char * const node_files[] = {
	"node/limit", "node/floor", "node/headroom", "node/policy", "node/auto_resume",
	"node/min_running", "node/drain", "node/max_suspended_ms",
};

struct line {
	char text[5000];
	size_t len;
};

static inline void put(struct line *line, const char *word)
{
	size_t n = strlen(word);

	if (line->len + n > sizeof(line->text))
		return;
	memcpy(line->text + line->len, word, n);
	line->len += n;
}

#define ONE_OF(array)	((array)[storm_random(sizeof(array) / sizeof(array[0]))])

static inline void put_number(struct line *line)
{
	static const long long numbers[] = {
		0, 1, -1, 2, 9, 64, 65, 100, 101, -100, -101, 4095, 4096, INT_MAX,
		INT_MAX + 1LL, 1LL << 32, LONG_MAX, LONG_MIN,
	};
	char word[32];

	snprintf(word, sizeof(word), "%lld", storm_random(3) ? ONE_OF(numbers) :
						(long long)storm_random(1 << 20));
	put(line, word);
}

static inline void put_pid(struct line *line)
{
	char word[32];
	int who = storm_random(NR_ACTORS + 6);

	if (who < NR_ACTORS) {
		snprintf(word, sizeof(word), "%d", storm->pids[who]);
		put(line, word);
	} else if (who == NR_ACTORS) {
		put(line, "2");		/* a kernel thread */
	} else if (who == NR_ACTORS + 1) {
		put(line, "1");
	} else if (who == NR_ACTORS + 2) {
		put(line, "4194304");	/* nobody's */
	} else {
		put_number(line);
	}
}

static inline void put_size(struct line *line)
{
	static const char * const sizes[] = {
		"max", "1G", "64M", "4K", "100000000", "1T", "16777216T", "0", "3K",
		"18446744073709551615", "18446744073709551616", "999999999999999999999999K", "1P",
	};

	if (storm_random(4))
		put(line, ONE_OF(sizes));
	else
		put_number(line);
}

static inline void put_key(struct line *line)
{
	static const char * const keys[] = { "inherit", "soft", "priority", "name", "nice", "" };
	static const char * const names[] = { "a", "x.y_z-1", "a/b", "", "\303\244",
		"1234567890123456789012345678901", "12345678901234567890123456789012" };
	const char *key = ONE_OF(keys);

	put(line, key);
	if (storm_random(10))
		put(line, "=");
	if (!strcmp(key, "soft"))
		put_size(line);
	else if (!strcmp(key, "name"))
		put(line, ONE_OF(names));
	else
		put_number(line);
}

/* Bytes lost, doubled, turned or added; now and then very many. */
static inline void spoil(struct line *line)
{
	size_t at;

	switch (storm_random(8)) {
	case 0:
		if (line->len)
			line->text[storm_random(line->len)] = storm_random(256);
		break;
	case 1:
		if (line->len)
			line->len = storm_random(line->len) + 1;
		break;
	case 2:
		put(line, storm_random(2) ? " " : "\n");
		break;
	case 3:
		at = line->len;
		line->len += storm_random(sizeof(line->text) - at);
		memset(line->text + at, storm_random(2) ? ' ' : storm_random(256),
		       line->len - at);
		break;
	case 4:
		put_size(line);
		break;
	}
}

static inline void make_line(struct line *line, const char *file)
{
	static const char * const policies[] = {
		"largest", "newest", "oldest", "priority", "faulting", "[largest]", "fault",
	};
	int n;

	line->len = 0;
	if (!strcmp(file, "register")) {
		put_pid(line);
		put(line, " ");
		put_size(line);
		for (n = storm_random(6); n > 0; n--) {
			put(line, storm_random(9) ? " " : "\t ");
			put_key(line);
		}
	} else if (!strcmp(file, "resume")) {
		put_pid(line);
		put(line, storm_random(2) ? " " : "");
		if (storm_random(2))
			put_size(line);
		else
			put(line, storm_random(2) ? "force" : "");
	} else if (!strcmp(file, "unregister") || !strcmp(file, "suspend")) {
		put_pid(line);
	} else if (!strcmp(file, "node/policy")) {
		put(line, ONE_OF(policies));
	} else if (strstr(file, "name")) {
		put(line, storm_random(2) ? "job" : "no job");
	} else {
		put_size(line);
	}
	if (storm_random(2))
		put(line, "\n");
	if (!storm_random(4))
		spoil(line);
	if (!line->len)
		put(line, "\n");
}

#endif /* FUZZ_LINES_H */
