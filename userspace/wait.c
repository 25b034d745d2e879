// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait: until a job is in a state
 *
 * jobs/PID/state is read, and poll(2) wakes when it is not any more what was
 * read: no change between the two is missed. The file stays that job's own, be
 * there meanwhile another one of the same number.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "memsusp-ctl.h"

#define GONE		"gone"

/* A billion seconds: whoever wants more wants for ever. */
#define SECONDS_LEN_MAX	9

static const char *check_state(const char *text)
{
	if (!is_state(text) && strcmp(text, GONE))
		usage("'%s' is not a state: %s, %s or " GONE, text,
		      state_name(MEMSUSP_RUNNING), state_name(MEMSUSP_SUSPENDED));
	return text;
}

/* "10" or "2.5" */
static struct timespec parse_seconds(const char *text)
{
	size_t len = strspn(text, "0123456789");
	const char *point = text + len;
	long unit = 100000000;
	struct timespec time;
	const char *p = point;

	if (*p == '.')
		p++;
	time = (struct timespec){ .tv_sec = strtol(text, NULL, 10) };
	for (; *p >= '0' && *p <= '9'; p++, unit /= 10)
		time.tv_nsec += (*p - '0') * unit;
	if (*p || !len || len > SECONDS_LEN_MAX || (*point && p == point + 1))
		usage("'%s' is not a number of seconds, like 10 or 2.5", text);
	return time;
}

static struct timespec add(struct timespec a, struct timespec b)
{
	struct timespec sum = { a.tv_sec + b.tv_sec, a.tv_nsec + b.tv_nsec };

	if (sum.tv_nsec >= 1000000000) {
		sum.tv_nsec -= 1000000000;
		sum.tv_sec++;
	}
	return sum;
}

/* What is left until then; nothing if it was. */
static struct timespec until(struct timespec then)
{
	struct timespec now, left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (struct timespec){ then.tv_sec - now.tv_sec, then.tv_nsec - now.tv_nsec };
	if (left.tv_nsec < 0) {
		left.tv_nsec += 1000000000;
		left.tv_sec--;
	}
	if (left.tv_sec < 0)
		left = (struct timespec){ };
	return left;
}

/* Return: 0, -ETIME if the time is over, or another negative errno. */
static int wait_for_change(int fd, const struct timespec *end)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLPRI };
	struct timespec left;
	int nr;

	do {
		if (end)
			left = until(*end);
		nr = ppoll(&pollfd, 1, end ? &left : NULL, NULL);
	} while (nr < 0 && errno == EINTR);
	if (nr < 0)
		return -errno;
	return nr ? 0 : -ETIME;
}

/* Return: 0, -ETIME, -ENODEV if the job is gone, or another negative errno. */
static int wait_for_state(int fd, const char *wanted, const struct timespec *end)
{
	char state[32];
	ssize_t len;
	int err;

	do {
		len = pread(fd, state, sizeof(state) - 1, 0);
		if (len < 0)
			return -errno;
		state[len] = '\0';
		state[strcspn(state, "\n")] = '\0';
		if (!strcmp(state, wanted))
			return 0;
		err = wait_for_change(fd, end);
	} while (!err);
	return err;
}

static int wait_for_job(pid_t pid, const char *wanted, const struct timespec *end)
{
	bool until_gone = !strcmp(wanted, GONE);
	char path[256];
	int fd, err;

	/* Without a directory, 0, which no job has. */
	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d/state", job_directory(pid));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		if (err != -ENOENT && err != -ENODEV) {
			complain("pid %d: %s", pid, strerror(-err));
			return EXIT_FAILED;
		}
		if (until_gone)
			return EXIT_OK;
		explain(pid, process_exists(pid) ? -ENOENT : -ESRCH, NULL);
		return EXIT_FAILED;
	}
	err = wait_for_state(fd, wanted, end);
	close(fd);

	if (!err || (until_gone && err == -ENODEV))
		return EXIT_OK;
	if (err == -ETIME)
		return EXIT_TIMEOUT;
	if (err == -ENODEV)
		complain("pid %d: the job ended before it was %s", pid, wanted);
	else
		complain("pid %d: cannot wait: %s", pid, strerror(-err));
	return EXIT_FAILED;
}

int cmd_wait(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "state",	required_argument, NULL, 's' },
		{ "timeout",	required_argument, NULL, 't' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ }
	};
	const char *wanted = GONE;
	struct timespec end, now;
	bool limited = false;
	pid_t pid;
	int opt;

	while ((opt = next_option(argc, argv, ":s:t:h", longs)) != -1) {
		if (opt == 's') {
			wanted = check_state(optarg);
		} else {
			end = parse_seconds(optarg);
			limited = true;
		}
	}
	if (argc - optind != 1)
		usage("takes one pid");
	pid = parse_pid(argv[optind]);

	if (!module_ready())
		return EXIT_FAILED;
	if (limited) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		end = add(now, end);
	}
	return wait_for_job(pid, wanted, limited ? &end : NULL);
}
