// SPDX-License-Identifier: GPL-2.0-only
/*
 * open() and write() for the test binary, and for it alone
 *
 * Plain files take whatever is written to them; sysfs files have opinions. So
 * these take their place (-Dopen=test_open -Dwrite=test_write). Each write to sys/ is noted in the
 * file "log", one "FILE <- LINE" per call, and fails if the file "faults"
 * wants so:
 *
 *	open FILE - ERRNO
 *	write FILE PID ERRNO	PID: the first word written
 *	write FILE PID short	all but the last byte is taken
 *
 * After a write the file "next-jobs", if there is one, becomes proc/jobs.
 */
#undef open
#undef write

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NR_FDS	16
#define PREFIX	MEMSUSP_SYSFS "/"

/* Which of the sysfs files is open where. */
static char names[NR_FDS][64];

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
static int fault(const char *call, const char *file, const char *pid)
{
	char fcall[16], ffile[64], fpid[16], fname[16];
	int err = 0;
	FILE *f;

	f = fopen("faults", "re");
	if (!f)
		return 0;
	while (fscanf(f, "%15s %63s %15s %15s", fcall, ffile, fpid, fname) == 4)
		if (!strcmp(fcall, call) && !strcmp(ffile, file) &&
		    !strcmp(fpid, pid))
			err = errno_of(fname);
	fclose(f);
	return err;
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
	char pid[16] = "";
	FILE *log;
	int err;

	if (fd < 0 || fd >= NR_FDS || !names[fd][0])
		return write(fd, buf, len);

	log = fopen("log", "ae");
	if (!log)
		abort();
	fprintf(log, "%s <- %.*s", names[fd], (int)len, (const char *)buf);
	fclose(log);
	rename("next-jobs", "proc/jobs");

	snprintf(pid, sizeof(pid), "%.*s", (int)strspn(buf, "0123456789"),
		 (const char *)buf);
	err = fault("write", names[fd], pid);
	if (err > 0) {
		errno = err;
		return -1;
	}
	return err ? (ssize_t)len - 1 : (ssize_t)len;
}
