// SPDX-License-Identifier: GPL-2.0-only
/* parse.c: what users write. */
#include <stdint.h>
#include <stdlib.h>

#include "ktap.h"
#include "parse.h"

#define SHIFT	12
#define NOTHING	(-12345)

static int size(const char *text, long *pages)
{
	*pages = NOTHING;
	return memsusp_parse_size(text, strlen(text), SHIFT, pages);
}

static void sizes_are_read_and_rounded_down(void)
{
	static const struct {
		const char *text;
		long pages;
	} good[] = {
		{ "4096", 1 }, { "8191", 1 }, { "8192\n", 2 }, { " 4K ", 1 },
		{ "4096\t\n", 1 }, { "4k", 1 },
		{ "1M", 256 }, { "2G", 524288 }, { "1T", 268435456 }, { "max", MEMSUSP_NO_LIMIT },
		{ "max\n", MEMSUSP_NO_LIMIT }, { "0004096", 1 }, { "16777215T", 4503599358935040 },
		{ "18446744073709551615", 4503599627370495 },
	};
	long pages;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		EXPECT(!size(good[i].text, &pages));
		EXPECT(pages == good[i].pages);
	}
}

static void bad_sizes_are_refused_and_change_nothing(void)
{
	static const struct {
		const char *text;
		int err;
	} bad[] = {
		{ "", -EINVAL }, { "\n", -EINVAL }, { " ", -EINVAL }, { "K", -EINVAL },
		{ "0", -EINVAL }, { "4095", -EINVAL }, { "3K", -EINVAL }, { "-1", -EINVAL },
		{ "+4096", -EINVAL }, { "4 K", -EINVAL }, { "4KB", -EINVAL },
		{ "4KK", -EINVAL }, { "1.5G", -EINVAL }, { "0x1000", -EINVAL }, { "1P", -EINVAL },
		{ "MAX", -EINVAL }, { "maximum", -EINVAL }, { "4096\n\n", -EINVAL },
		{ "18446744073709551616", -ERANGE }, { "16777216T", -ERANGE },
		{ "99999999999999999999999999", -ERANGE }, { "99999999999999999999x", -EINVAL },
	};
	long pages;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = size(bad[i].text, &pages);

		EXPECT(err == bad[i].err);
		EXPECT(!err || pages == NOTHING);
		if (err != bad[i].err)
			printf("# \"%s\" gave %d\n", bad[i].text, err);
	}
}

static int reg(const char *line, struct memsusp_registration *r)
{
	memset(r, 0x5a, sizeof(*r));
	return memsusp_parse_register(line, strlen(line), SHIFT, r);
}

static void registrations_have_defaults(void)
{
	struct memsusp_registration r;

	EXPECT(!reg("4711 2G\n", &r));
	EXPECT(r.pid == 4711 && r.limit == 524288 && r.soft_limit == MEMSUSP_NO_LIMIT);
	EXPECT(r.inherit && !r.priority && !strcmp(r.name, "-"));
}

static void registrations_take_every_key(void)
{
	struct memsusp_registration r;

	EXPECT(!reg("1  max\tname=a.B_c-9 inherit=0 priority=-100 soft=1M", &r));
	EXPECT(r.pid == 1 && r.limit == MEMSUSP_NO_LIMIT && r.soft_limit == 256);
	EXPECT(!r.inherit && r.priority == -100 && !strcmp(r.name, "a.B_c-9"));
	EXPECT(!reg("1 4K name=1234567890123456789012345678901", &r));
}

static void bad_registrations_are_refused_and_change_nothing(void)
{
	static const struct {
		const char *line;
		int err;
	} bad[] = {
		{ "", -EINVAL }, { "1", -EINVAL }, { "x 1G", -EINVAL }, { "-1 1G", -EINVAL },
		{ "0 1G", -EINVAL }, { "1 x", -EINVAL }, { "1 1G x", -EINVAL },
		{ "1 1G inherit", -EINVAL }, { "1 1G inherit=", -EINVAL },
		{ "1 1G inherit=2", -EINVAL }, { "1 1G inherit=1 inherit=1", -EINVAL },
		{ "1 1G soft=0", -EINVAL }, { "1 1G priority=101", -EINVAL },
		{ "1 1G priority=-101", -EINVAL }, { "1 1G priority=99999999999", -EINVAL },
		{ "1 1G name=", -EINVAL }, { "1 1G name=a/b", -EINVAL },
		{ "1 1G name=12345678901234567890123456789012", -EINVAL },
		{ "1 1G Name=a", -EINVAL }, { "1 1G =a", -EINVAL }, { "1 1G\n2 1G", -EINVAL },
		{ "1 1G\n\n", -EINVAL }, { "1\n 1G", -EINVAL },
		{ "1 1G name=a\nb", -EINVAL }, { "99999999999 1G", -ESRCH },
		{ "99999999999999999999 1G", -ESRCH }, { "99999999999 0", -EINVAL },
		{ "99999999999 1G x", -EINVAL }, { "1 99999999T", -ERANGE },
		{ "1 1G soft=99999999T", -ERANGE },
	};
	struct memsusp_registration r, untouched;
	size_t i;

	memset(&untouched, 0x5a, sizeof(untouched));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = reg(bad[i].line, &r);

		EXPECT(err == bad[i].err);
		EXPECT(!memcmp(&r, &untouched, sizeof(r)));
		if (err != bad[i].err)
			printf("# \"%s\" gave %d\n", bad[i].line, err);
	}
	EXPECT(memsusp_parse_register("1 1G\0 x", 7, SHIFT, &r) == -EINVAL);
}

static void long_lines_are_refused(void)
{
	char line[4097] = "1 1G";
	struct memsusp_registration r;
	struct memsusp_resumption s;
	long pages;

	memset(line + 4, ' ', sizeof(line) - 5);
	EXPECT(reg(line, &r) == -EINVAL);
	EXPECT(memsusp_parse_resume(line, 4096, SHIFT, &s) == -EINVAL);
	EXPECT(memsusp_parse_size(line + 2, 4094, SHIFT, &pages) == -EINVAL);
	line[100] = '\0';
	EXPECT(!reg(line, &r));
}

static int res(const char *line, struct memsusp_resumption *r)
{
	memset(r, 0x5a, sizeof(*r));
	return memsusp_parse_resume(line, strlen(line), SHIFT, r);
}

static void resumptions_are_read(void)
{
	struct memsusp_resumption r;

	EXPECT(!res("17\n", &r) && r.pid == 17 && !r.limit && !r.force);
	EXPECT(!res("17 1M\n", &r) && r.limit == 256 && !r.force);
	EXPECT(!res("17 force", &r) && !r.limit && r.force);
	EXPECT(res("", &r) == -EINVAL);
	EXPECT(res("17 forces", &r) == -EINVAL);
	EXPECT(res("17 1M force", &r) == -EINVAL);
	EXPECT(res("17\n\n", &r) == -EINVAL);
	EXPECT(res("17 0", &r) == -EINVAL);
	EXPECT(res("9999999999", &r) == -ESRCH);
}

static void integers_and_pids_keep_their_bounds(void)
{
	int v = NOTHING;

	EXPECT(!memsusp_parse_int(" -3\n", 4, -3, 3, &v) && v == -3);
	EXPECT(!memsusp_parse_int("+3", 2, -3, 3, &v) && v == 3);
	v = NOTHING;
	EXPECT(memsusp_parse_int("4", 1, -3, 3, &v) == -EINVAL && v == NOTHING);
	EXPECT(memsusp_parse_int("", 0, -3, 3, &v) == -EINVAL);
	EXPECT(memsusp_parse_int("-", 1, -3, 3, &v) == -EINVAL);
	EXPECT(memsusp_parse_int("--1", 3, -3, 3, &v) == -EINVAL);
	EXPECT(!memsusp_parse_pid("2147483647", 10, &v) && v == INT_MAX);
	EXPECT(memsusp_parse_pid("2147483648", 10, &v) == -ESRCH);
	EXPECT(memsusp_parse_pid("1 2", 3, &v) == -EINVAL);
	EXPECT(memsusp_parse_pid("+1", 2, &v) == -EINVAL);
}

/* Words of the language and noise, in any order, in a buffer just long enough. */
static void random_lines_are_survived(void)
{
	static const char * const words[] = {
		"1", "4711", "1G", "max", "force", "soft=", "soft=1M", "name=a", "inherit=1",
		"priority=-5", " ", "\t", "\n", "=", "-", "99999999999999999999", "K", "T",
	};
	uint32_t seed = 1;
	int i;

	for (i = 0; i < 300000; i++) {
		char line[64] = "";
		size_t len = 0;
		char *copy;
		struct memsusp_registration r;
		struct memsusp_resumption s;
		long pages = NOTHING;

		while (len < 40 && (seed = seed * 1664525 + 1013904223) >> 28) {
			const char *word = words[(seed >> 16) % (sizeof(words) / sizeof(words[0]))];

			if (!(seed >> 13 & 7)) {
				line[len++] = seed >> 20;
				continue;
			}
			memcpy(line + len, word, strlen(word));
			len += strlen(word);
		}
		copy = malloc(len);
		memcpy(copy, line, len);
		if (!memsusp_parse_register(copy, len, SHIFT, &r)) {
			EXPECT(r.pid > 0 && r.limit > 0 && r.soft_limit > 0);
			EXPECT(r.priority >= MEMSUSP_PRIORITY_MIN);
			EXPECT(r.priority <= MEMSUSP_PRIORITY_MAX);
			EXPECT(r.name[0] && !r.name[MEMSUSP_NAME_SIZE - 1]);
		}
		if (!memsusp_parse_resume(copy, len, SHIFT, &s))
			EXPECT(s.pid > 0 && s.limit >= 0 && !(s.limit && s.force));
		if (memsusp_parse_size(copy, len, SHIFT, &pages))
			EXPECT(pages == NOTHING);
		else
			EXPECT(pages > 0);
		free(copy);
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		KTAP_TEST(sizes_are_read_and_rounded_down),
		KTAP_TEST(bad_sizes_are_refused_and_change_nothing),
		KTAP_TEST(registrations_have_defaults),
		KTAP_TEST(registrations_take_every_key),
		KTAP_TEST(bad_registrations_are_refused_and_change_nothing),
		KTAP_TEST(long_lines_are_refused),
		KTAP_TEST(resumptions_are_read),
		KTAP_TEST(integers_and_pids_keep_their_bounds),
		KTAP_TEST(random_lines_are_survived),
	};

	return ktap_main(tests, sizeof(tests) / sizeof(tests[0]));
}
