// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users write, taken apart. Every function here either fills its result
 * completely and returns 0, or leaves it alone and returns a negative errno:
 *
 *	-EINVAL	words missing, unknown or trailing, not a number, out of bounds
 *	-ERANGE	a size of 2^64 bytes or more
 *	-ESRCH	a pid that no process can have
 *
 * Context: any; nothing here sleeps, allocates or keeps state.
 */
#include "parse.h"

/* Less than sysfs passes on at once on any architecture. */
#define LINE_MAX_SIZE	1024

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Drop what echo(1) and a careful hand leave around the words. Of a line so
 * long that the kernel may have cut it off, nothing is left.
 */
static void trim(const char **text, size_t *len)
{
	if (*len > LINE_MAX_SIZE)
		*len = 0;
	if (*len && (*text)[*len - 1] == '\n')
		--*len;
	while (*len && is_blank((*text)[*len - 1]))
		--*len;
	while (*len && is_blank(**text)) {
		++*text;
		--*len;
	}
}

/* Cut the first word off; its length is 0 when none is left. */
static size_t next_word(const char **line, size_t *len, const char **word)
{
	size_t n = 0;

	while (*len && is_blank(**line)) {
		++*line;
		--*len;
	}
	*word = *line;
	while (n < *len && !is_blank((*line)[n]))
		n++;
	*line += n;
	*len -= n;
	return n;
}

static bool word_is(const char *word, size_t len, const char *literal)
{
	return len == strlen(literal) && !memcmp(word, literal, len);
}

/* Digits only, the whole word. -ERANGE from 2^64 on. */
static int parse_digits(const char *word, size_t len, unsigned long long *value)
{
	unsigned long long v = 0;
	bool overflow = false;
	size_t i;

	if (!len)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		unsigned int digit = word[i] - '0';

		if (!is_digit(word[i]))
			return -EINVAL;
		if (v > (ULLONG_MAX - digit) / 10)
			overflow = true;
		v = v * 10 + digit;
	}
	if (overflow)
		return -ERANGE;
	*value = v;
	return 0;
}

static int size_word(const char *text, size_t len, unsigned int page_shift, long *pages)
{
	static const char suffixes[] = "KMGT";
	unsigned long long bytes;
	unsigned int shift = 0;
	int err;

	if (word_is(text, len, MEMSUSP_WORD_MAX)) {
		*pages = MEMSUSP_NO_LIMIT;
		return 0;
	}
	if (len && !is_digit(text[len - 1])) {
		char upper = text[len - 1] & ~0x20;
		unsigned int i;

		for (i = 0; suffixes[i]; i++)
			if (upper == suffixes[i])
				shift = 10 * (i + 1);
		if (!shift)
			return -EINVAL;
		len--;
	}
	err = parse_digits(text, len, &bytes);
	if (err)
		return err;
	if (bytes > ULLONG_MAX >> shift)
		return -ERANGE;
	bytes = bytes << shift >> page_shift;
	if (!bytes)
		return -EINVAL;
	/* Only where a long has 32 bits. */
	if (bytes >= MEMSUSP_NO_LIMIT)
		return -ERANGE;
	*pages = bytes;
	return 0;
}

/**
 * memsusp_parse_size() - read a size and round it down to whole pages
 * @text: decimal bytes, or with one of the suffixes K M G T (powers of 1024;
 *	  small letters do as well), or "max"; blanks around and one trailing
 *	  newline are allowed
 * @len: its length in bytes
 * @page_shift: log2 of the page size
 * @pages: the result; MEMSUSP_NO_LIMIT for "max"
 *
 * Return: 0; -EINVAL if it is no size or less than one page; -ERANGE if it
 * does not fit in 64 bits.
 */
int memsusp_parse_size(const char *text, size_t len, unsigned int page_shift,
		       long *pages)
{
	trim(&text, &len);
	return size_word(text, len, page_shift, pages);
}

/**
 * memsusp_parse_amount() - read a size that may be 0, and has a bound
 * @text: as for memsusp_parse_size(), but not "max"
 * @len: its length in bytes
 * @page_shift: log2 of the page size
 * @pages: the result
 *
 * Return: 0; -EINVAL if it is no size, or more than none but less than a page;
 * -ERANGE if it does not fit in 64 bits.
 */
int memsusp_parse_amount(const char *text, size_t len, unsigned int page_shift,
			 long *pages)
{
	unsigned long long zero;
	int err;
	long n;

	trim(&text, &len);
	if (!parse_digits(text, len, &zero) && !zero) {
		*pages = 0;
		return 0;
	}
	err = size_word(text, len, page_shift, &n);
	if (err)
		return err;
	if (n == MEMSUSP_NO_LIMIT)
		return -EINVAL;
	*pages = n;
	return 0;
}

/**
 * memsusp_parse_ms() - read a time
 * @text: milliseconds, digits only; blanks around and one trailing newline are
 *	  allowed
 * @len: its length in bytes
 * @ns: the result, nanoseconds
 *
 * Return: 0; -EINVAL if it is no number; -ERANGE if it does not fit in 64 bits.
 */
int memsusp_parse_ms(const char *text, size_t len, u64 *ns)
{
	unsigned long long ms;
	int err;

	trim(&text, &len);
	err = parse_digits(text, len, &ms);
	if (err)
		return err;
	if (ms > ULLONG_MAX / NSEC_PER_MSEC)
		return -ERANGE;
	*ns = ms * NSEC_PER_MSEC;
	return 0;
}

static int int_word(const char *text, size_t len, int min, int max, int *value)
{
	unsigned long long magnitude;
	bool negative;
	long long v;

	negative = len && *text == '-';
	if (negative || (len && *text == '+')) {
		text++;
		len--;
	}
	if (parse_digits(text, len, &magnitude) || magnitude > INT_MAX)
		return -EINVAL;
	v = negative ? -(long long)magnitude : (long long)magnitude;
	if (v < min || v > max)
		return -EINVAL;
	*value = v;
	return 0;
}

/**
 * memsusp_parse_int() - read a decimal number between two bounds
 * @text: an optional sign and digits; blanks around and one trailing newline
 *	  are allowed
 * @len: its length in bytes
 * @min: the least value allowed
 * @max: the greatest value allowed
 * @value: the result
 *
 * Return: 0 or -EINVAL.
 */
int memsusp_parse_int(const char *text, size_t len, int min, int max, int *value)
{
	trim(&text, &len);
	return int_word(text, len, min, max, value);
}

static int pid_word(const char *text, size_t len, int *pid)
{
	unsigned long long value;
	int err;

	err = parse_digits(text, len, &value);
	if (err == -ERANGE)
		return -ESRCH;
	if (err)
		return err;
	if (!value)
		return -EINVAL;
	if (value > INT_MAX)
		return -ESRCH;
	*pid = value;
	return 0;
}

/**
 * memsusp_parse_pid() - read a process number
 * @text: digits; blanks around and one trailing newline are allowed
 * @len: its length in bytes
 * @pid: the result
 *
 * Return: 0; -EINVAL if it is no positive number; -ESRCH if it is greater than
 * any pid can be.
 */
int memsusp_parse_pid(const char *text, size_t len, int *pid)
{
	trim(&text, &len);
	return pid_word(text, len, pid);
}

static int name_word(const char *text, size_t len, char name[MEMSUSP_NAME_SIZE])
{
	size_t i;

	if (!len || len >= MEMSUSP_NAME_SIZE)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		char c = text[i];

		if (!is_digit(c) && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z') && c != '.' && c != '_' && c != '-')
			return -EINVAL;
	}
	memcpy(name, text, len);
	memset(name + len, 0, MEMSUSP_NAME_SIZE - len);
	return 0;
}

/**
 * memsusp_parse_name() - read a job's name
 * @text: 1 to 31 of A-Z a-z 0-9 . _ -; blanks around and one trailing newline
 *	  are allowed
 * @len: its length in bytes
 * @name: the result, NUL-terminated
 *
 * Return: 0 or -EINVAL.
 */
int memsusp_parse_name(const char *text, size_t len, char name[MEMSUSP_NAME_SIZE])
{
	trim(&text, &len);
	return name_word(text, len, name);
}

/* One "key=value" of a registration. Each key may be given once. */
static int parse_register_key(const char *word, size_t len, unsigned int page_shift,
			      struct memsusp_registration *reg, unsigned int *seen)
{
	enum { INHERIT, SOFT, PRIORITY, NAME, NR_KEYS };
	static const char * const keys[NR_KEYS] = { "inherit", "soft", "priority", "name" };
	const char *equals = memchr(word, '=', len);
	const char *value;
	size_t value_len;
	unsigned int key;
	int inherit, err;

	if (!equals)
		return -EINVAL;
	value = equals + 1;
	value_len = len - (value - word);
	for (key = 0; key < NR_KEYS; key++)
		if (word_is(word, equals - word, keys[key]))
			break;
	if (key == NR_KEYS || *seen & 1u << key)
		return -EINVAL;
	*seen |= 1u << key;

	switch (key) {
	case INHERIT:
		err = int_word(value, value_len, 0, 1, &inherit);
		if (!err)
			reg->inherit = inherit;
		return err;
	case SOFT:
		return size_word(value, value_len, page_shift, &reg->soft_limit);
	case PRIORITY:
		return int_word(value, value_len, MEMSUSP_PRIORITY_MIN,
				MEMSUSP_PRIORITY_MAX, &reg->priority);
	default:
		return name_word(value, value_len, reg->name);
	}
}

/**
 * memsusp_parse_register() - read "PID LIMIT [key=value ...]"
 * @line: what was written; need not be NUL-terminated
 * @len: its length in bytes
 * @page_shift: log2 of the page size
 * @reg: the result
 *
 * Return: 0, -EINVAL, -ERANGE or -ESRCH as at the top of this file.
 */
int memsusp_parse_register(const char *line, size_t len, unsigned int page_shift,
			   struct memsusp_registration *reg)
{
	struct memsusp_registration r = {
		.soft_limit = MEMSUSP_NO_LIMIT,
		.inherit = true,
		.name = "-",
	};
	int err, pid_err;
	unsigned int seen = 0;
	const char *word;
	size_t n;

	trim(&line, &len);
	n = next_word(&line, &len, &word);
	/* A line that is wrong elsewhere too is wrong before it is ESRCH. */
	pid_err = pid_word(word, n, &r.pid);
	if (pid_err == -EINVAL)
		return pid_err;
	n = next_word(&line, &len, &word);
	err = size_word(word, n, page_shift, &r.limit);
	if (err)
		return err;
	while ((n = next_word(&line, &len, &word))) {
		err = parse_register_key(word, n, page_shift, &r, &seen);
		if (err)
			return err;
	}
	if (pid_err)
		return pid_err;
	*reg = r;
	return 0;
}

/**
 * memsusp_parse_resume() - read "PID", "PID LIMIT" or "PID force"
 * @line: what was written; need not be NUL-terminated
 * @len: its length in bytes
 * @page_shift: log2 of the page size
 * @res: the result
 *
 * Return: 0, -EINVAL, -ERANGE or -ESRCH as at the top of this file.
 */
int memsusp_parse_resume(const char *line, size_t len, unsigned int page_shift,
			 struct memsusp_resumption *res)
{
	struct memsusp_resumption r = { 0 };
	int err, pid_err;
	const char *word;
	size_t n;

	trim(&line, &len);
	n = next_word(&line, &len, &word);
	pid_err = pid_word(word, n, &r.pid);
	if (pid_err == -EINVAL)
		return pid_err;
	n = next_word(&line, &len, &word);
	if (word_is(word, n, MEMSUSP_WORD_FORCE)) {
		r.force = true;
	} else if (n) {
		err = size_word(word, n, page_shift, &r.limit);
		if (err)
			return err;
	}
	if (next_word(&line, &len, &word))
		return -EINVAL;
	if (pid_err)
		return pid_err;
	*res = r;
	return 0;
}
