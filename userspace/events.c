// SPDX-License-Identifier: GPL-2.0-only
/*
 * events: read the stream
 *
 * The file is read without blocking; with --follow poll(2) waits for more, for
 * a signal to end, or for the reader of our output to go away. A line is
 * written as soon as it is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "memsusp-ctl.h"

#define EVENTS		MEMSUSP_PROC "/events"
#define BUF_SIZE	65536

struct stream {
	int fd;
	bool json;
	size_t len;		/* bytes of @buf that are no whole line yet */
	char buf[BUF_SIZE];
};

static int print_line(const struct stream *stream, const char *start, size_t len)
{
	char *line = strndup(start, len);
	struct json_object *json;
	struct record event;
	int err;

	err = line ? record_parse(&event, line) : -ENOMEM;
	if (err)
		return err;
	if (event.nr && stream->json) {
		json = json_new();
		json_add_fields(json, &event);
		json_print(json);
	} else if (event.nr) {
		print_event(&event);
	}
	record_free(&event);
	return 0;
}

/*
 * Read once, and print all the lines that are complete then.
 *
 * Return: 1 if there may be more, 0 at the end, -EAGAIN if there is no more yet,
 * or another negative errno.
 */
static int read_some(struct stream *stream)
{
	char *start = stream->buf, *end;
	ssize_t len;
	int err;

	/* What fills all of the buffer is longer than any line, and is none. */
	if (stream->len == BUF_SIZE)
		stream->len = 0;
	len = read(stream->fd, stream->buf + stream->len, BUF_SIZE - stream->len);
	if (len <= 0)
		return len ? -errno : 0;
	stream->len += len;
	while ((end = memchr(start, '\n', stream->len))) {
		err = print_line(stream, start, end - start);
		if (err)
			return err;
		stream->len -= end + 1 - start;
		start = end + 1;
	}
	memmove(stream->buf, start, stream->len);
	return 1;
}

/*
 * From now on SIGINT and SIGTERM are read, unless they were to be ignored, as
 * SIGINT is for what a script runs in the background.
 */
static int open_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct sigaction action;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (!sigaction(signals[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Return: whether to go on; not after a signal, or if nobody reads our output. */
static bool wait_for_more(const struct stream *stream, int signals)
{
	struct pollfd fds[] = {
		{ .fd = stream->fd,	.events = POLLIN },
		{ .fd = signals,	.events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	if (ferror(stdout))
		return false;
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		if (errno != EINTR)
			return false;
	return !fds[1].revents && !fds[2].revents;
}

/*
 * Return: 0 when all was read that there is, or following has come to its end;
 * or a negative errno.
 */
static int read_all(struct stream *stream, bool follow)
{
	int signals = -1;
	int err;

	if (follow) {
		signals = open_signals();
		if (signals < 0)
			return -errno;
		setvbuf(stdout, NULL, _IOLBF, 0);
	}
	do {
		err = read_some(stream);
		if (follow && (err > 0 || err == -EAGAIN) && !wait_for_more(stream, signals))
			err = 0;
	} while (err > 0 || err == -EINTR || (follow && err == -EAGAIN));
	if (follow)
		close(signals);

	/* The file goes with the module, which is no error here. */
	if (err == -EAGAIN || (follow && (err == -EIO || err == -ENODEV)))
		return 0;
	return err;
}

int cmd_events(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "follow",	no_argument, NULL, 'f' },
		{ "json",	no_argument, NULL, 'j' },
		{ "help",	no_argument, NULL, 'h' },
		{ }
	};
	static struct stream stream;
	bool follow = false;
	int opt, err;

	while ((opt = next_option(argc, argv, ":fh", longs)) != -1) {
		if (opt == 'f')
			follow = true;
		else
			stream.json = true;
	}
	if (optind < argc)
		usage("takes no argument, and so not '%s'", argv[optind]);

	if (!module_ready())
		return EXIT_FAILED;
	stream.fd = open(EVENTS, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	err = stream.fd < 0 ? -errno : read_all(&stream, follow);
	if (stream.fd >= 0)
		close(stream.fd);
	if (!err)
		return EXIT_OK;
	complain("cannot read " EVENTS ": %s", strerror(-err));
	return EXIT_FAILED;
}
