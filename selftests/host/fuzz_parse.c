// SPDX-License-Identifier: GPL-2.0-only
/*
 * parse.c against whatever bytes there are, with libFuzzer and sanitizers.
 *
 * The first byte of the input says which function, and with which page size; the
 * rest is the text, in memory of exactly its length. Each result is held against
 * what the interface promises: an errno from the table and nothing changed, or a
 * value that is in bounds and is read again as itself.
 */
#include <stdio.h>

#include "parse.h"

#define CHECK(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
		abort();						\
	}								\
} while (0)

/* What a result is filled with before, to see whether it was left alone. */
#define FILL	0x5a

static bool is_left_alone(const void *result, size_t size)
{
	const unsigned char *p = result;

	while (size--)
		if (*p++ != FILL)
			return false;
	return true;
}

#define CHECK_REFUSED(err, result, allowed)				\
	CHECK((allowed) && is_left_alone(&(result), sizeof(result)))

/* Blanks and one newline around a word are nothing; so is a line too long to be one. */
static size_t trimmed(const char **text, size_t len)
{
	if (len > 1024)
		return 0;
	if (len && (*text)[len - 1] == '\n')
		len--;
	while (len && strchr(" \t", (*text)[len - 1]) && (*text)[len - 1])
		len--;
	while (len && strchr(" \t", **text) && **text) {
		++*text;
		len--;
	}
	return len;
}

/* A size as the documentation has it, computed in another way. */
static int expected_size(const char *text, size_t len, unsigned int shift, long *pages)
{
	unsigned __int128 bytes = 0, limit = (unsigned __int128)1 << 64;
	unsigned int factor = 0;
	size_t i;

	len = trimmed(&text, len);
	if (len == 3 && !memcmp(text, "max", 3)) {
		*pages = MEMSUSP_NO_LIMIT;
		return 0;
	}
	if (len && memchr("KMGTkmgt", text[len - 1], 8)) {
		factor = 10 * (strchr("kmgt", text[len - 1] | 0x20) - "kmgt" + 1);
		len--;
	}
	if (!len)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		if (bytes < limit)
			bytes = bytes * 10 + (text[i] - '0');
	}
	bytes = bytes >= limit ? limit : bytes << factor;
	if (bytes >= limit)
		return -ERANGE;
	if (!(bytes >> shift))
		return -EINVAL;
	*pages = bytes >> shift;
	return 0;
}

static void fuzz_size(const char *text, size_t len, unsigned int shift)
{
	long pages, want = 0;
	int err;

	memset(&pages, FILL, sizeof(pages));
	err = memsusp_parse_size(text, len, shift, &pages);
	CHECK(err == expected_size(text, len, shift, &want));
	if (err)
		CHECK_REFUSED(err, pages, err == -EINVAL || err == -ERANGE);
	else
		CHECK(pages == want && pages > 0);
}

static void fuzz_amount(const char *text, size_t len, unsigned int shift)
{
	char again[32];
	long pages, same, size;
	int err, n;

	memset(&pages, FILL, sizeof(pages));
	err = memsusp_parse_amount(text, len, shift, &pages);
	if (err) {
		CHECK_REFUSED(err, pages, err == -EINVAL || err == -ERANGE);
		return;
	}
	CHECK(pages >= 0 && pages < MEMSUSP_NO_LIMIT);
	if (pages)
		CHECK(!memsusp_parse_size(text, len, shift, &size) && size == pages);
	n = snprintf(again, sizeof(again), "%llu\n", (unsigned long long)pages << shift);
	CHECK(!memsusp_parse_amount(again, n, shift, &same) && same == pages);
}

static void fuzz_ms(const char *text, size_t len)
{
	char again[32];
	u64 ns, same;
	int err, n;

	memset(&ns, FILL, sizeof(ns));
	err = memsusp_parse_ms(text, len, &ns);
	if (err) {
		CHECK_REFUSED(err, ns, err == -EINVAL || err == -ERANGE);
		return;
	}
	n = snprintf(again, sizeof(again), " %llu", (unsigned long long)(ns / NSEC_PER_MSEC));
	CHECK(!memsusp_parse_ms(again, n, &same) && same == ns);
}

static void fuzz_int(const char *text, size_t len, int min, int max)
{
	int value, same, err, n;
	char again[32];

	memset(&value, FILL, sizeof(value));
	err = memsusp_parse_int(text, len, min, max, &value);
	if (err) {
		CHECK_REFUSED(err, value, err == -EINVAL);
		return;
	}
	CHECK(value >= min && value <= max);
	n = snprintf(again, sizeof(again), "%d", value);
	CHECK(!memsusp_parse_int(again, n, min, max, &same) && same == value);
}

static void fuzz_pid(const char *text, size_t len)
{
	int pid, err;

	memset(&pid, FILL, sizeof(pid));
	err = memsusp_parse_pid(text, len, &pid);
	if (err)
		CHECK_REFUSED(err, pid, err == -EINVAL || err == -ESRCH);
	else
		CHECK(pid > 0);
}

static void check_name(const char name[MEMSUSP_NAME_SIZE])
{
	size_t i, len = strnlen(name, MEMSUSP_NAME_SIZE);

	CHECK(len && len < MEMSUSP_NAME_SIZE);
	for (i = 0; i < len; i++)
		CHECK((name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= 'a' && name[i] <= 'z') ||
		      (name[i] >= '0' && name[i] <= '9') || strchr("._-", name[i]));
	for (; i < MEMSUSP_NAME_SIZE; i++)
		CHECK(!name[i]);
}

static void fuzz_name(const char *text, size_t len)
{
	char name[MEMSUSP_NAME_SIZE];
	int err;

	memset(name, FILL, sizeof(name));
	err = memsusp_parse_name(text, len, name);
	if (err)
		CHECK_REFUSED(err, name, err == -EINVAL);
	else
		check_name(name);
}

static void print_size(char *buf, size_t size, long pages, unsigned int shift)
{
	if (pages == MEMSUSP_NO_LIMIT)
		snprintf(buf, size, "max");
	else
		snprintf(buf, size, "%llu", (unsigned long long)pages << shift);
}

static void fuzz_register(const char *text, size_t len, unsigned int shift)
{
	struct memsusp_registration reg, same;
	char again[256], limit[32], soft[32];
	int err, n;

	memset(&reg, FILL, sizeof(reg));
	err = memsusp_parse_register(text, len, shift, &reg);
	if (err) {
		CHECK_REFUSED(err, reg, err == -EINVAL || err == -ERANGE || err == -ESRCH);
		return;
	}
	CHECK(reg.pid > 0 && reg.limit > 0 && reg.soft_limit > 0);
	CHECK(reg.priority >= MEMSUSP_PRIORITY_MIN && reg.priority <= MEMSUSP_PRIORITY_MAX);
	check_name(reg.name);
	/* Keys in another order, blanks elsewhere. */
	print_size(limit, sizeof(limit), reg.limit, shift);
	print_size(soft, sizeof(soft), reg.soft_limit, shift);
	n = snprintf(again, sizeof(again), " %d\t%s name=%s priority=%+d soft=%s  inherit=%d\t\n",
		     reg.pid, limit, reg.name, reg.priority, soft, reg.inherit);
	CHECK(!memsusp_parse_register(again, n, shift, &same));
	CHECK(same.pid == reg.pid && same.limit == reg.limit &&
	      same.soft_limit == reg.soft_limit && same.priority == reg.priority &&
	      same.inherit == reg.inherit && !strcmp(same.name, reg.name));
}

static void fuzz_resume(const char *text, size_t len, unsigned int shift)
{
	struct memsusp_resumption res;
	int err;

	memset(&res, FILL, sizeof(res));
	err = memsusp_parse_resume(text, len, shift, &res);
	if (err)
		CHECK_REFUSED(err, res, err == -EINVAL || err == -ERANGE || err == -ESRCH);
	else
		CHECK(res.pid > 0 && res.limit >= 0 && !(res.limit && res.force));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	unsigned int shift;
	char *text;

	if (!size)
		return 0;
	shift = data[0] & 8 ? 16 : 12;
	/* One byte read beyond it, and the sanitizer knows. */
	text = malloc(size - 1);
	memcpy(text, data + 1, size - 1);
	switch (data[0] & 7) {
	case 0:
		fuzz_register(text, size - 1, shift);
		break;
	case 1:
		fuzz_resume(text, size - 1, shift);
		break;
	case 2:
		fuzz_size(text, size - 1, shift);
		break;
	case 3:
		fuzz_amount(text, size - 1, shift);
		break;
	case 4:
		fuzz_ms(text, size - 1);
		break;
	case 5:
		fuzz_int(text, size - 1, shift == 12 ? MEMSUSP_PRIORITY_MIN : 0,
			 shift == 12 ? MEMSUSP_PRIORITY_MAX : INT_MAX);
		break;
	case 6:
		fuzz_pid(text, size - 1);
		break;
	default:
		fuzz_name(text, size - 1);
	}
	free(text);
	return 0;
}
