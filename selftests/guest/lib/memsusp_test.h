/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests share: reading and writing memsusp's files, child processes
 * that do as they are told, and the truth about memory from smaps.
 *
 * An actor is a child that runs the functions it is sent, one after the other,
 * in its own address space. A function that is stopped half-way by memsusp has
 * not answered yet; actor_send() and actor_answer() are for that, actor_call()
 * for the rest.
 */
#ifndef MEMSUSP_TEST_H
#define MEMSUSP_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../uapi/memsusp.h"

/*
 * How many times slower than with Debian's kernels everything is: a kernel with lockdep or
 * KCSAN, and so with all the rest of a debug kernel, is given ten times as long; and with a
 * module that was built to be slow, as much more as the environment says (check-delays).
 */
static inline int ms_slowness(void)
{
	const char *told = getenv("MEMSUSP_SLOWNESS");
	bool slow = !access("/proc/lockdep_stats", F_OK) || errno != ENOENT ||
		    !access("/sys/kernel/debug/kcsan", F_OK);

	return (slow ? 10 : 1) * (told ? atoi(told) : 1);
}

/* The harness's own time limits are no more than guards, either. */
#define alarm(seconds)	alarm((seconds) * 4 * ms_slowness())
#include "kselftest_harness.h"
#undef alarm

#define PAGE	((long)sysconf(_SC_PAGESIZE))
#define MIB	(1L << 20)

/* How long anything may take that must happen; only a guard against hanging. */
#define GUARD_MS	(20000 * ms_slowness())

/* Write a line in a single write(2). Returns 0 or a negative errno. */
static inline int ms_write_at(const char *path, const char *line, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = write(fd, line, len);
	err = n < 0 ? -errno : (size_t)n == len ? 0 : -EIO;
	close(fd);
	return err;
}

/* Write to a file of memsusp: ms_write("register", "%d 1G", pid). */
__attribute__((format(printf, 2, 3)))
static inline int ms_write(const char *file, const char *format, ...)
{
	char path[256], line[512];
	va_list ap;
	int len;

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", file);
	va_start(ap, format);
	len = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return ms_write_at(path, line, len);
}

/* Write to a file of a job. */
__attribute__((format(printf, 3, 4)))
static inline int ms_job_write(pid_t pid, const char *file, const char *format, ...)
{
	char path[256], line[512];
	va_list ap;
	int len;

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d/%s", pid, file);
	va_start(ap, format);
	len = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return ms_write_at(path, line, len);
}

/* Read a small file, without its newline. Returns 0 or a negative errno. */
static inline int ms_read_at(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

static inline int ms_job_read(pid_t pid, const char *file, char *buf, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d/%s", pid, file);
	return ms_read_at(path, buf, size);
}

/* A number from a file of a job; -1 for "max", a negative errno on error. */
static inline long long ms_job_number(pid_t pid, const char *file)
{
	char buf[64];
	int err = ms_job_read(pid, file, buf, sizeof(buf));

	if (err)
		return err;
	return strcmp(buf, "max") ? atoll(buf) : -1;
}

static inline bool ms_job_is(pid_t pid, const char *file, const char *word)
{
	char buf[64];

	return !ms_job_read(pid, file, buf, sizeof(buf)) && !strcmp(buf, word);
}

static inline bool ms_job_exists(pid_t pid)
{
	char path[256];

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d", pid);
	return !access(path, F_OK);
}

/*
 * A field of a line of a table: of the first line of /proc/memsusp/FILE in
 * which @key has the value @id. Returns 0, or -ENOENT.
 */
static inline int ms_table(const char *file, const char *key, long id,
			   const char *field, char *buf, size_t size)
{
	char path[256], want[64], *line = NULL, *word, *save;
	size_t cap = 0;
	int err = -ENOENT;
	FILE *f;

	snprintf(path, sizeof(path), MEMSUSP_PROC "/%s", file);
	snprintf(want, sizeof(want), "%s=%ld", key, id);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (err && getline(&line, &cap, f) > 0) {
		bool match = false;
		const char *value = NULL;

		for (word = strtok_r(line, "\n ", &save); word;
		     word = strtok_r(NULL, "\n ", &save)) {
			match |= !strcmp(word, want);
			if (!strncmp(word, field, strlen(field)) &&
			    word[strlen(field)] == '=')
				value = word + strlen(field) + 1;
		}
		if (match && value) {
			snprintf(buf, size, "%s", value);
			err = 0;
		}
	}
	free(line);
	fclose(f);
	return err;
}

static inline long long ms_table_number(const char *file, const char *key, long id,
					const char *field)
{
	char buf[64];
	int err = ms_table(file, key, id, field, buf, sizeof(buf));

	return err ? err : atoll(buf);
}

/* A counter of /proc/memsusp/stat; -ENOENT if there is none of that name. */
static inline long long ms_stat(const char *name)
{
	char key[64], value[64];
	long long found = -ENOENT;
	FILE *f = fopen(MEMSUSP_PROC "/stat", "re");

	if (!f)
		return -errno;
	while (fscanf(f, "%63s %63s", key, value) == 2)
		if (!strcmp(key, name))
			found = atoll(value);
	fclose(f);
	return found;
}

static inline void ms_sleep(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static inline long ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait until a condition holds, looking each millisecond; 0 if it never does. */
#define ms_until(condition) ({					\
	long end_ = ms_now() + GUARD_MS;			\
	bool true_;						\
	while (!(true_ = (condition)) && ms_now() < end_)	\
		ms_sleep(1);					\
	true_; })

#define ms_until_state(pid, word) ms_until(ms_job_is(pid, "state", word))

/* The state letter of a process in /proc/PID/stat: R S D T Z ...; 0 if gone. */
static inline char ms_process_state(pid_t pid)
{
	char path[64], buf[512], *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (ms_read_at(path, buf, sizeof(buf)))
		return 0;
	end = strrchr(buf, ')');
	return end ? end[2] : 0;
}

/* The sum of one or more keys over all anonymous mappings in smaps, in pages. */
static inline long ms_smaps(pid_t pid, bool with_private_files)
{
	char path[64], line[512];
	bool counts = false;
	long kb = 0, n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		unsigned long start, end, inode;
		char perms[8];

		if (sscanf(line, "%lx-%lx %7s %*x %*s %lu", &start, &end, perms, &inode) == 4)
			counts = perms[3] == 'p' && (with_private_files || !inode);
		else if (counts && (sscanf(line, "Private_Dirty: %ld kB", &n) == 1 ||
				    sscanf(line, "Swap: %ld kB", &n) == 1))
			kb += n;
	}
	fclose(f);
	return kb * 1024 / PAGE;
}

/*
 * What memsusp should say, in pages: anonymous pages that are not shared with
 * another process, in RAM or in swap, those of private file mappings included.
 */
static inline long ms_truth(pid_t pid)
{
	return ms_smaps(pid, true);
}

/* Actors */

struct actor {
	pid_t pid;
	int orders;	/* we write */
	int answers;	/* we read */
};

struct actor_order {
	long (*function)(long argument);
	long argument;
};

/* In an actor: its own ends of the pipes. */
static int actor_orders = -1, actor_answers = -1;

static inline void actor_loop(int orders, int answers)
{
	struct actor_order order;

	actor_orders = orders;
	actor_answers = answers;
	while (read(orders, &order, sizeof(order)) == sizeof(order)) {
		long answer = order.function(order.argument);

		if (write(answers, &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(0);
}

/*
 * An actor is this very program, executed anew, so that it shares no page with
 * the test. It is linked to a fixed address (-no-pie): functions are where they
 * are here. Its end of the pipes comes in the environment.
 */
#define ACTOR_ENV	"MEMSUSP_ACTOR"

__attribute__((constructor))
static void actor_main(void)
{
	const char *fds = getenv(ACTOR_ENV);
	int orders, answers;

	if (fds && sscanf(fds, "%d,%d", &orders, &answers) == 2) {
		unsetenv(ACTOR_ENV);
		fcntl(orders, F_SETFD, FD_CLOEXEC);
		fcntl(answers, F_SETFD, FD_CLOEXEC);
		actor_loop(orders, answers);
	}
}

/* Tell it to run a function, and go on. */
static inline void actor_send(struct actor *a, long (*function)(long), long argument)
{
	struct actor_order order = { function, argument };

	if (write(a->orders, &order, sizeof(order)) != sizeof(order))
		abort();
}

/* Whether it has answered, after waiting so long. */
static inline bool actor_answered(struct actor *a, int timeout_ms)
{
	struct pollfd p = { .fd = a->answers, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1 && p.revents & POLLIN;
}

/* The answer to the oldest order; LONG_MIN if it never came. */
static inline long actor_answer(struct actor *a)
{
	long answer;

	if (!actor_answered(a, GUARD_MS) ||
	    read(a->answers, &answer, sizeof(answer)) != sizeof(answer))
		return LONG_MIN;
	return answer;
}

static inline long actor_call(struct actor *a, long (*function)(long), long argument)
{
	actor_send(a, function, argument);
	return actor_answer(a);
}

/* For what takes long on a slow machine. */
static inline long actor_call_patiently(struct actor *a, long (*function)(long), long argument)
{
	actor_send(a, function, argument);
	actor_answered(a, 5 * GUARD_MS);
	return actor_answer(a);
}

static inline long do_nothing(long argument)
{
	return argument;
}

/* A new actor. It is killed with its parent, so that no test leaves any behind. */
static inline struct actor actor_new(void)
{
	struct actor a = { .pid = -1 };
	int to[2], from[2];
	char fds[32];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return a;
	snprintf(fds, sizeof(fds), "%d,%d", to[0], from[1]);
	fflush(NULL);
	a.pid = fork();
	if (!a.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fcntl(to[0], F_SETFD, 0);
		fcntl(from[1], F_SETFD, 0);
		setenv(ACTOR_ENV, fds, 1);
		execl("/proc/self/exe", "actor", NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	a.orders = to[1];
	a.answers = from[0];
	/* Not before it answers has it done with exec. */
	actor_send(&a, do_nothing, 0);
	actor_answer(&a);
	return a;
}

/* Kill it and reap it. Returns its wait status. */
static inline int actor_end(struct actor *a)
{
	int status = -1;

	if (a->pid > 0) {
		kill(a->pid, SIGKILL);
		waitpid(a->pid, &status, 0);
		close(a->orders);
		close(a->answers);
		a->pid = -1;
	}
	return status;
}

/* What actors do. All work on one region of up to 64 MiB, or 256 on request. */

#define REGION_SIZE	(256 * MIB)

static char *region;

/* Reserve the region, touch none of it; @huge: allow huge pages in it. */
static inline long do_reserve(long huge)
{
	char *p = mmap(NULL, REGION_SIZE + 2 * MIB, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	region = (char *)(((unsigned long)p + 2 * MIB - 1) & ~(2 * MIB - 1));
	/* A kernel without huge pages (PREEMPT_RT) does not know either word. */
	if (madvise(region, REGION_SIZE, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		return huge ? -errno : 0;
	return 0;
}

/* Write one byte to each of the first N pages. */
static inline long do_touch(long pages)
{
	long i;

	for (i = 0; i < pages; i++)
		*(volatile char *)(region + i * PAGE) = 1;
	return pages;
}

/* Read one byte of each of the first N pages. */
static inline long do_read(long pages)
{
	long i, sum = 0;

	for (i = 0; i < pages; i++)
		sum += *(volatile char *)(region + i * PAGE);
	return sum;
}

/* Give the first N pages back. */
static inline long do_free(long pages)
{
	return madvise(region, pages * PAGE, MADV_DONTNEED) ? -errno : 0;
}

static inline long do_exit(long status)
{
	_exit(status);
}

#endif /* MEMSUSP_TEST_H */
