// SPDX-License-Identifier: GPL-2.0-only
/*
 * system calls for the test binary, and for it alone
 *
 * Plain files take whatever is written to them and never change by themselves;
 * sysfs files have opinions and events. So these take the place of the calls
 * (-Dopen=test_open and so on). Each write to sys/ is noted in the file "log",
 * one "FILE <- LINE" per call, and fails if the file "faults" wants so:
 *
 *	open FILE - ERRNO
 *	pread FILE - ERRNO
 *	write FILE WORD ERRNO	WORD: the first one written
 *	write FILE WORD short	all but the last byte is taken
 *
 * After a write the file "next-jobs", if there is one, becomes proc/jobs.
 *
 * jobs/PID/state changes while it is polled, as the file "polls" says: each
 * line is "SECONDS STATE", so long after the one before; "gone" removes the
 * job's directory. Reads and polls of it are in the log, too. Time passes only
 * there: the clocks stand still.
 */
#undef open
#undef write
#undef pread
#undef ppoll
#undef clock_gettime

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NR_FDS		16
#define PREFIX		MEMSUSP_SYSFS "/"
#define NSEC_PER_SEC	1000000000LL

/* Which of the sysfs files is open where. */
static char names[NR_FDS][64];

/* 22:13:20 UTC on 14 November 2023, 1000 seconds after the start */
static long long realtime_ns = 1700000000LL * NSEC_PER_SEC;
static long long monotonic_ns = 1000 * NSEC_PER_SEC;

static int errno_of(const char *name)
{
	int err;

	if (!strcmp(name, "short"))
		return -1;
	for (err = 1; err < 200; err++)
		if (strerrorname_np(err) && !strcmp(strerrorname_np(err), name))
			return err;
	fprintf(stderr, "faults: no errno is called %s\n", name);
	abort();
}

/* Return: errno, -1 for a short write, or 0. */
static int fault(const char *call, const char *file, const char *word)
{
	char fcall[16], ffile[64], fword[32], fname[16];
	int err = 0;
	FILE *f;

	f = fopen("faults", "re");
	if (!f)
		return 0;
	while (fscanf(f, "%15s %63s %31s %15s", fcall, ffile, fword, fname) == 4)
		if (!strcmp(fcall, call) && !strcmp(ffile, file) &&
		    !strcmp(fword, word))
			err = errno_of(fname);
	fclose(f);
	return err;
}

static void note(const char *fmt, ...)
{
	va_list ap;
	FILE *log;

	log = fopen("log", "ae");
	if (!log)
		abort();
	va_start(ap, fmt);
	vfprintf(log, fmt, ap);
	va_end(ap);
	fclose(log);
}

static const char *name_of(int fd)
{
	return fd >= 0 && fd < NR_FDS && names[fd][0] ? names[fd] : NULL;
}

int test_open(const char *path, int flags, ...)
{
	int fd, err;

	/* None of those that are tested here creates a file. */
	if (flags & O_CREAT)
		abort();
	if (!strncmp(path, PREFIX, strlen(PREFIX))) {
		err = fault("open", path + strlen(PREFIX), "-");
		if (err) {
			errno = err;
			return -1;
		}
	}
	fd = open(path, flags);
	if (fd >= 0 && fd < NR_FDS) {
		names[fd][0] = '\0';
		if (!strncmp(path, PREFIX, strlen(PREFIX)))
			snprintf(names[fd], sizeof(names[fd]), "%s",
				 path + strlen(PREFIX));
	}
	return fd;
}

ssize_t test_write(int fd, const void *buf, size_t len)
{
	const char *name = name_of(fd);
	const char *blank;
	char word[32];
	int err;

	if (!name)
		return write(fd, buf, len);

	note("%s <- %.*s", name, (int)len, (const char *)buf);
	rename("next-jobs", "proc/jobs");

	/* Each line ends with a newline. */
	for (blank = buf; *blank > ' '; blank++)
		;
	snprintf(word, sizeof(word), "%.*s", (int)(blank - (const char *)buf),
		 (const char *)buf);
	err = fault("write", name, word);
	if (err > 0) {
		errno = err;
		return -1;
	}
	return err ? (ssize_t)len - 1 : (ssize_t)len;
}

/* In sysfs an open file does not outlive its directory. */
ssize_t test_pread(int fd, void *buf, size_t len, off_t offset)
{
	const char *name = name_of(fd);
	char path[128];
	ssize_t n;

	if (!name)
		abort();
	errno = fault("pread", name, "-");
	if (errno)
		return -1;
	snprintf(path, sizeof(path), PREFIX "%s", name);
	if (access(path, F_OK)) {
		note("%s is gone\n", name);
		errno = ENODEV;
		return -1;
	}
	n = pread(fd, buf, len, offset);
	note("%s -> %.*s", name, n > 0 ? (int)n : 0, (const char *)buf);
	return n;
}

static void change_state(const char *name, const char *state)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), PREFIX "%s", name);
	if (!strcmp(state, "gone")) {
		unlink(path);
		return;
	}
	/* In place, as it is open. */
	f = fopen(path, "we");
	if (!f)
		abort();
	fprintf(f, "%s\n", state);
	fclose(f);
}

/* The next line of "polls"; false after the last one. */
static int next_poll(long long *ns, char state[32])
{
	static FILE *f;
	double s;

	if (!f)
		f = fopen("polls", "re");
	if (!f || fscanf(f, "%lf %31s", &s, state) != 2)
		return 0;
	*ns = s * NSEC_PER_SEC;
	return 1;
}

int test_ppoll(struct pollfd *fds, nfds_t nr, const struct timespec *timeout,
	       const sigset_t *mask)
{
	const char *name = nr == 1 ? name_of(fds->fd) : NULL;
	long long ns = 0, limit = 0;
	char state[32];
	int found;

	if (!name || mask || !(fds->events & POLLPRI))
		abort();
	if (timeout) {
		limit = timeout->tv_sec * NSEC_PER_SEC + timeout->tv_nsec;
		note("%s polled for %.3f\n", name, (double)limit / NSEC_PER_SEC);
	} else {
		note("%s polled\n", name);
	}
	found = next_poll(&ns, state);
	/* For ever, and nothing comes. */
	if (!found && !timeout)
		abort();
	if (!found || (timeout && ns > limit)) {
		monotonic_ns += limit;
		return 0;
	}
	monotonic_ns += ns;
	change_state(name, state);
	fds->revents = POLLPRI | POLLERR;
	return 1;
}

int test_clock_gettime(clockid_t clock, struct timespec *now)
{
	long long ns = clock == CLOCK_REALTIME ? realtime_ns : monotonic_ns;

	*now = (struct timespec){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
	return 0;
}
