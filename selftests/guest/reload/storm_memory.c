// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node is full again and again while its settings change, jobs are killed for
 * memory of their own, and processors come and go.
 */
#include "storm.h"

#include <sys/stat.h>

#define JOBS		8
#define SETTERS		2
#define READERS		2
/* Behind the jobs in storm->pids and storm->done. */
#define SETTER		JOBS
#define READER		(SETTER + SETTERS)

static int write_file(const char *path, const char *text)
{
	return ms_write_at(path, text, strlen(text));
}

static void job(int i)
{
	if (!region)
		ms_write("register", "%d max priority=%ld", getpid(), storm_random(100));
	storm_fault(i);
	/* Some hold what they have for a while. */
	if (!storm_random(8))
		do_touch(1 + storm_random(STORM_PAGES));
}

static void set_anything(int i)
{
	static const char * const policies[] = MEMSUSP_POLICIES;
	pid_t pid = storm->pids[storm_random(JOBS)];
	long pages = 200 + storm_random(JOBS * STORM_PAGES / 2);
	int err = 0;

	switch (storm_random(12)) {
	case 0:
	case 1:
	case 2:
		err = ms_write("node/limit", storm_random(4) ? "%ld" : "max", pages * PAGE);
		break;
	case 3:
		err = ms_write("node/floor", "%ld", storm_random(2) ? pages * PAGE : 0);
		break;
	case 4:
		err = ms_write("node/policy", "%s",
			       policies[storm_random(MEMSUSP_POLICY_FAULTING + 1)]);
		break;
	case 5:
		err = ms_write("node/min_running", "%ld", storm_random(JOBS));
		break;
	case 6:
		err = ms_write("node/auto_resume", "%d", !!storm_random(4));
		break;
	case 7:
		err = ms_write("node/drain", "%ld", storm_random(2));
		break;
	case 8:
		err = ms_write("node/headroom", "%ld", storm_random(500) * PAGE);
		break;
	case 9:
		err = ms_write("node/max_suspended_ms", "%ld", storm_random(1000));
		break;
	case 10:
		ms_job_write(pid, "limit", "%ld", pages * PAGE);
		break;
	default:
		ms_write("resume", storm_random(2) ? "%d force" : "%d max", pid);
	}
	if (err)
		storm_bad("a setting was refused: %s", strerrorname_np(-err));
	storm->done[i]++;
	usleep(storm_random(3000));
}

static void read_anything(int i)
{
	static const char * const files[] = {
		MEMSUSP_PROC "/jobs", MEMSUSP_PROC "/processes", MEMSUSP_PROC "/stat",
		MEMSUSP_PROC "/events", MEMSUSP_SYSFS "/node/running",
		MEMSUSP_SYSFS "/node/suspended", MEMSUSP_SYSFS "/node/level",
		MEMSUSP_SYSFS "/node/policy",
	};
	static const char * const of_job[] = {
		"charge", "peak", "state", "reason", "suspends", "suspended_ms", "limit", "name",
	};
	char buf[4096];
	int fd;

	fd = open(files[storm_random(ARRAY_SIZE(files))], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	while (fd >= 0 && read(fd, buf, 1 + storm_random(sizeof(buf) - 1)) > 0)
		;
	close(fd);
	ms_job_read(storm->pids[storm_random(JOBS)], of_job[storm_random(ARRAY_SIZE(of_job))],
		    buf, sizeof(buf));
	storm->done[i]++;
	usleep(storm_random(2000));
}

/* Settings as they are when the module is loaded. */
static void set_back(struct __test_metadata *_metadata)
{
	EXPECT_EQ(0, ms_write("node/auto_resume", "1"));
	EXPECT_EQ(0, ms_write("node/min_running", "1"));
	EXPECT_EQ(0, ms_write("node/drain", "0"));
	EXPECT_EQ(0, ms_write("node/floor", "0"));
	EXPECT_EQ(0, ms_write("node/headroom", "0"));
	EXPECT_EQ(0, ms_write("node/max_suspended_ms", "0"));
	EXPECT_EQ(0, ms_write("node/limit", "max"));
}

static int jobs_that_got_somewhere(const long before[JOBS])
{
	int i, n = 0;

	for (i = 0; i < JOBS; i++)
		n += storm->done[i] > before[i];
	return n;
}

static pid_t begin_job(int i)
{
	storm->pids[i] = storm_crowd(job, i);
	return storm->pids[i];
}

/* Without bounds, all run again. */
static void all_run_freely(struct __test_metadata *_metadata)
{
	long before[JOBS];
	int i;

	set_back(_metadata);
	for (i = 0; i < JOBS; i++)
		ms_write("resume", "%d max", storm->pids[i]);
	for (i = 0; i < JOBS; i++)
		before[i] = storm->done[i];
	EXPECT_TRUE(ms_until(jobs_that_got_somewhere(before) == JOBS));
	EXPECT_EQ(0, storm_stopped_but(0));
}

/* With everybody stopped, the sums can be compared. */
static void sums_agree(struct __test_metadata *_metadata)
{
	int i;

	for (i = 0; i < JOBS; i++)
		kill(storm->pids[i], SIGSTOP);
	for (i = 0; i < JOBS; i++)
		EXPECT_TRUE(ms_until(strchr("TZ", ms_process_state(storm->pids[i]))));
	/* Half of them suspended. */
	for (i = 0; i < JOBS; i += 2)
		ms_write("suspend", "%d", storm->pids[i]);
	EXPECT_TRUE(ms_until(storm_sums_agree()));
	for (i = 0; i < JOBS; i += 2)
		ms_write("resume", "%d", storm->pids[i]);
	for (i = 0; i < JOBS; i++)
		kill(storm->pids[i], SIGCONT);
}

/* Whoever writes and reads goes; the jobs go on. */
static void silence(struct __test_metadata *_metadata)
{
	int i;

	for (i = SETTER; i < READER + READERS; i++) {
		kill(storm->pids[i], SIGKILL);
		EXPECT_EQ(storm->pids[i], waitpid(storm->pids[i], NULL, 0));
	}
}

TEST_F_TIMEOUT(storm, settings_change_while_jobs_grow_shrink_and_die, STORM_GUARD_S)
{
	long changes = storm_count(2000, 200000), n = 0;
	long long end = storm_end_ms(), touches, runs;
	pid_t pid;
	int i;

	for (i = 0; i < JOBS; i++)
		ASSERT_LT(0, begin_job(i));
	for (i = 0; i < SETTERS; i++)
		storm->pids[SETTER + i] = storm_caller(set_anything, SETTER + i);
	for (i = 0; i < READERS; i++)
		storm->pids[READER + i] = storm_caller(read_anything, READER + i);
	while (n < changes && storm_goes_on(end)) {
		/* One goes, in whatever state it is, and another comes. */
		ms_sleep(storm_random(50));
		i = storm_random(JOBS);
		pid = storm->pids[i];
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		begin_job(i);
		for (i = 0, n = 0; i < SETTERS; i++)
			n += storm->done[SETTER + i];
	}
	TH_LOG("%ld changes, %ld looks", n, storm->done[READER] + storm->done[READER + 1]);
	silence(_metadata);
	all_run_freely(_metadata);
	/* No touch asks anybody any more. */
	touches = ms_stat("first_touches");
	runs = ms_stat("governor_runs");
	EXPECT_TRUE(ms_until(ms_stat("first_touches") > touches + 20 * STORM_PAGES));
	EXPECT_GT((ms_stat("first_touches") - touches) / 4, ms_stat("governor_runs") - runs);
	sums_agree(_metadata);
	all_run_freely(_metadata);
}

static void take_cpu1(const char *online)
{
	if (write_file("/sys/devices/system/cpu/cpu1/online", online))
		storm_bad("cpu1 cannot be switched to %s", online);
}

TEST_F_TIMEOUT(storm, a_processor_goes_and_comes_while_jobs_fault, STORM_GUARD_S)
{
	long rounds = storm_count(5, 200), round;
	long long end = storm_end_ms();
	int i;

	if (access("/sys/devices/system/cpu/cpu1/online", W_OK))
		SKIP(return, "there is no second processor that could go");
	for (i = 0; i < JOBS; i++)
		begin_job(i);
	for (i = 0; i < SETTERS; i++)
		storm->pids[SETTER + i] = storm_caller(set_anything, SETTER + i);
	for (i = 0; i < READERS; i++)
		storm->pids[READER + i] = storm_caller(read_anything, READER + i);
	for (round = 0; round < rounds && storm_goes_on(end); round++) {
		take_cpu1("0");
		ms_sleep(storm_random(100));
		take_cpu1("1");
		ms_sleep(storm_random(100));
	}
	TH_LOG("%ld times", round);
	silence(_metadata);
	all_run_freely(_metadata);
	sums_agree(_metadata);
}

/*
 * All processes are frozen, wherever they are, and thawed. The machine needs not
 * really sleep for that: in ours, a device refuses. If it does sleep, its clock
 * wakes it.
 */
static int sleep_once(void)
{
	write_file("/sys/class/rtc/rtc0/wakealarm", "0");
	if (write_file("/sys/class/rtc/rtc0/wakealarm", "+3"))
		return -ENODEV;
	return write_file("/sys/power/state", "freeze");
}

TEST_F_TIMEOUT(storm, all_are_frozen_and_thawed_while_jobs_fault, STORM_GUARD_S)
{
	long rounds = storm_count(5, 200), round;
	long long end = storm_end_ms();
	int i, err;

	if (access("/sys/power/state", W_OK) || access("/sys/class/rtc/rtc0/wakealarm", W_OK))
		SKIP(return, "this machine cannot sleep, or would not wake");
	for (i = 0; i < JOBS; i++)
		begin_job(i);
	for (i = 0; i < SETTERS; i++)
		storm->pids[SETTER + i] = storm_caller(set_anything, SETTER + i);
	for (i = 0; i < READERS; i++)
		storm->pids[READER + i] = storm_caller(read_anything, READER + i);
	for (round = 0; round < rounds && storm_goes_on(end); round++) {
		ms_sleep(storm_random(300));
		err = sleep_once();
		/* EBUSY: something else has just woken it. */
		EXPECT_TRUE(!err || err == -EOPNOTSUPP || err == -EBUSY);
	}
	TH_LOG("%ld times", round);
	silence(_metadata);
	all_run_freely(_metadata);
	sums_agree(_metadata);
}

#define CGROUP	"/sys/fs/cgroup/memsusp-storm"

/* A job of four in too small a cgroup: somebody has to die. */
static void be_killed(void)
{
	pid_t root = getpid();
	int n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write_file(CGROUP "/cgroup.procs", "0") || do_reserve(0))
		_exit(1);
	ms_write("register", "%d %ld", getpid(), (1 + storm_random(12)) * MIB);
	for (n = 0; n < 3; n++) {
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			/* It may be dead already, and we would live on. */
			if (getppid() != root)
				_exit(1);
			break;
		}
	}
	do_touch(12 * MIB / PAGE);
	if (n == 3)
		while (wait(NULL) > 0)
			;
	_exit(0);
}

static long oom_kills(void)
{
	char text[512] = "", *found;
	int fd = open(CGROUP "/memory.events", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	found = strstr(text, "oom_kill ");
	return found ? atol(found + strlen("oom_kill ")) : 0;
}

static bool make_cgroup(void)
{
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(CGROUP, 0755);
	if (write_file(CGROUP "/memory.max", "16M"))
		return false;
	write_file(CGROUP "/memory.swap.max", "0");
	return true;
}

TEST_F_TIMEOUT(storm, killed_for_want_of_memory_jobs_leave_nothing_behind, STORM_GUARD_S)
{
	long jobs = storm_count(10, 500), n, suspended = 0;
	long long end = storm_end_ms();
	pid_t pid;

	if (!make_cgroup())
		SKIP(return, "there is no memory controller");
	for (n = 0; n < jobs && storm_goes_on(end); n++) {
		write_file(CGROUP "/memory.oom.group", storm_random(2) ? "1" : "0");
		storm_random(2);
		pid = fork();
		if (!pid)
			be_killed();
		ASSERT_LT(0, pid);
		/* Its own limit may have been faster. */
		while (waitpid(pid, NULL, WNOHANG) != pid) {
			if (ms_job_is(pid, "state", "suspended")) {
				suspended++;
				if (!oom_kills() || storm_random(2))
					ms_write("resume", "%d max", pid);
				else
					kill(pid, SIGKILL);
			}
			ms_sleep(1);
		}
	}
	TH_LOG("%ld jobs, %ld processes were killed, %ld suspensions", n, oom_kills(), suspended);
	EXPECT_LT(0, oom_kills());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	ms_end_all();
	EXPECT_TRUE(ms_until(!rmdir(CGROUP)));
}

TEST_HARNESS_MAIN
