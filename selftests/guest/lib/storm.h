/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the storms share: workers that do the same thing for ever, how long it
 * goes on, and what must be true when it is over.
 *
 * MEMSUSP_STORM=N makes each storm N times as long, up to its full size; without,
 * it takes a few seconds. A storm ends when it has its number or its time is up.
 */
#ifndef STORM_H
#define STORM_H

#include "memsusp_module.h"
#include "memsusp_tree.h"

#include <dirent.h>
#include <sys/resource.h>

/* The time of a short storm, and the most that one may take. */
#define STORM_S		6
#define STORM_MAX_S	3600

/* For TEST_F_TIMEOUT: only a guard against hanging. */
#define STORM_GUARD_S	(2 * STORM_MAX_S)

static inline long storm_factor(void)
{
	const char *n = getenv("MEMSUSP_STORM");

	return n && atol(n) > 0 ? atol(n) : 1;
}

/* How often something is done: in a short storm, and at most. */
static inline long storm_count(long few, long full)
{
	return storm_factor() < full / few ? few * storm_factor() : full;
}

static inline long long storm_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* When the storm that begins now is over. */
static inline long long storm_end_ms(void)
{
	long s = STORM_S * storm_factor() < STORM_MAX_S ? STORM_S * storm_factor() : STORM_MAX_S;

	return storm_now_ms() + s * 1000 * (storm_factor() == 1 ? ms_slowness() : 1);
}

static inline bool storm_goes_on(long long end_ms)
{
	return storm_now_ms() < end_ms;
}

#define STORM_PIDS	64

/* The most that a worker touches. */
#define STORM_PAGES	500

/* What the test and its workers all see. */
struct storm {
	volatile int stop;
	volatile int pids[STORM_PIDS];
	volatile long done[STORM_PIDS];		/* worker by worker */
	volatile int bad;			/* somebody saw what must not be */
	char what[256];				/* and this is it */
};

static struct storm *storm;

/* A random number below N; each worker has a sequence of its own. */
static unsigned long long storm_seed;

static inline long storm_random(long n)
{
	storm_seed ^= storm_seed << 13;
	storm_seed ^= storm_seed >> 7;
	storm_seed ^= storm_seed << 17;
	return storm_seed % n;
}

static inline void storm_begin(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	storm_seed = getenv("MEMSUSP_SEED") ? atoll(getenv("MEMSUSP_SEED")) : storm_now_ms();
	storm_seed = storm_seed * 2654435761u | 1;
	storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (storm == MAP_FAILED)
		abort();
}

/* A worker saw what must not be: keep the first. */
__attribute__((format(printf, 1, 2)))
static inline void storm_bad(const char *format, ...)
{
	va_list ap;

	if (__atomic_exchange_n(&storm->bad, 1, __ATOMIC_SEQ_CST))
		return;
	va_start(ap, format);
	vsnprintf(storm->what, sizeof(storm->what), format, ap);
	va_end(ap);
}

/*
 * Start a worker: it runs the function until it is told to stop, or killed. The
 * many that fault come after the few that write and read.
 */
static inline pid_t storm_worker(void (*once)(int i), int i, int nice)
{
	unsigned long long seed = storm_seed + 977 * (i + 1);
	pid_t pid;

	storm_random(2);
	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, nice);
	storm_seed = seed;
	while (!storm->stop)
		once(i);
	_exit(0);
}

#define storm_crowd(once, i)	storm_worker(once, i, 5)
#define storm_caller(once, i)	storm_worker(once, i, 0)

/* Touch some pages and give them back, now and then only a part of them. */
static inline void storm_fault(int i)
{
	if (!region && do_reserve(0))
		_exit(1);
	do_touch(1 + storm_random(STORM_PAGES));
	do_free(storm_random(4) ? STORM_PAGES : 1 + storm_random(STORM_PAGES));
	storm->done[i]++;
	/* Leave the processor to others, too. */
	usleep(storm_random(1000));
}

/* Write a line, and see that if it fails, it fails with one of these; 0 ends them. */
static inline int storm_write(const int *may, const char *file, const char *line)
{
	int err = ms_write(file, "%s", line);

	if (!err)
		return 0;
	while (*may && *may != -err)
		may++;
	if (!*may)
		storm_bad("'%s' to %s: %s", line, file, strerrorname_np(-err));
	return err;
}

/* The errors that a line may meet whose job comes and goes meanwhile. */
static const int storm_may_register[] = { ESRCH, EEXIST, 0 };
static const int storm_may_order[] = { ESRCH, ENOENT, EDQUOT, 0 };
/* The files of a job go with it. */
static const int storm_may_set[] = { ENOENT, ENODEV, 0 };

/* The sum of a field over all jobs in a state, as /proc/memsusp/jobs has it. */
static inline long long storm_sum(const char *state, int *jobs)
{
	FILE *f = fopen(MEMSUSP_PROC "/jobs", "re");
	long long sum = 0;
	char line[1024];

	*jobs = 0;
	while (f && fgets(line, sizeof(line), f)) {
		const char *charge = strstr(line, " charge=");
		char want[32];

		snprintf(want, sizeof(want), " state=%s ", state);
		if (!charge || !strstr(line, want))
			continue;
		sum += atoll(charge + 8);
		++*jobs;
	}
	if (f)
		fclose(f);
	return sum;
}

static inline long long storm_node(const char *file)
{
	char path[128], buf[64];

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/node/%s", file);
	return ms_read_at(path, buf, sizeof(buf)) ? -1 : atoll(buf);
}

/* With nobody touching anything: the node's sums are those of the jobs. */
static inline bool storm_sums_agree(void)
{
	int running, suspended;

	return storm_sum("running", &running) == storm_node("running") &&
	       storm_sum("suspended", &suspended) == storm_node("suspended") &&
	       running + suspended == ms_stat("jobs");
}

static inline int storm_job_directories(void)
{
	DIR *dir = opendir(MEMSUSP_SYSFS "/jobs");
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

/* A process of the whole machine that is stopped, but for one; 0: there is none. */
static inline pid_t storm_stopped_but(pid_t except)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0, pid;

	while (dir && (entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		if (pid > 0 && pid != except && ms_process_state(pid) == 'T')
			found = pid;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The kernel has said WARNING or worse since it was booted. */
static inline long storm_taint(void)
{
	char buf[32] = "";

	ms_read_at("/proc/sys/kernel/tainted", buf, sizeof(buf));
	return atol(buf) & (1 << 7 | 1 << 9);
}

/*
 * After each storm: nothing that must not be was seen, all processes of it end,
 * and no job is left. The module goes and comes, which shows what it still held.
 */
static inline void storm_end(struct __test_metadata *_metadata)
{
	storm->stop = 1;
	if (storm->bad)
		TH_LOG("%s", storm->what);
	EXPECT_EQ(0, storm->bad);
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_TRUE(ms_until(!storm_job_directories()));
	EXPECT_EQ(0, storm_node("running"));
	EXPECT_EQ(0, storm_node("suspended"));
	if (module_is_at_hand()) {
		EXPECT_EQ(0, module_unload());
		EXPECT_EQ(0, module_load(""));
	}
	EXPECT_EQ(0, storm_taint());
	munmap(storm, sizeof(*storm));
}

FIXTURE(storm) {
	int unused;
};

FIXTURE_SETUP(storm)
{
	storm_begin();
}

FIXTURE_TEARDOWN(storm)
{
	storm_end(_metadata);
}

#endif /* STORM_H */
