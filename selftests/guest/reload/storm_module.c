// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module goes and comes while processes fault, others register them and read
 * its files, and somebody kills both. Whatever it had stopped goes on each time.
 */
#include "storm.h"

#include <sys/epoll.h>

#define FAULTERS	8
#define WRITERS		2
/* Behind the faulters and writers in storm->pids. */
#define FAMILY		(FAULTERS + WRITERS)

static void fault(int i)
{
	storm_fault(i);
}

/* Children that fault and end; the family is one job. */
static void fork_and_fault(int i)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!region)
			do_reserve(0);
		do_touch(1 + storm_random(100));
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	usleep(storm_random(2000));
}

/* Any word about any of them; the module may be gone in the middle of it. */
static void write_words(int i)
{
	pid_t pid = storm->pids[storm_random(FAULTERS)];
	static const char * const files[] = { "suspend", "resume", "unregister" };

	if (pid <= 0)
		return;
	switch (storm_random(4)) {
	case 0:
		ms_write("register", "%d %ld", pid, (50 + storm_random(600)) * PAGE);
		break;
	case 1:
		ms_job_write(pid, "limit", "%ld", (50 + storm_random(600)) * PAGE);
		break;
	case 2:
		ms_write("node/limit", storm_random(2) ? "max" : "%ld",
			 (500 + storm_random(1000)) * PAGE);
		break;
	default:
		ms_write(files[storm_random(3)], "%d", pid);
	}
	storm->done[i]++;
	usleep(storm_random(500));
}

static void read_files(int i)
{
	static const char * const files[] = {
		MEMSUSP_PROC "/jobs", MEMSUSP_PROC "/processes", MEMSUSP_PROC "/stat",
		MEMSUSP_SYSFS "/node/running", MEMSUSP_SYSFS "/node/level",
	};
	char buf[4096];
	int fd = open(files[storm_random(ARRAY_SIZE(files))], O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && read(fd, buf, 1 + storm_random(sizeof(buf) - 1)) > 0)
		;
	close(fd);
	storm->done[i]++;
	usleep(storm_random(2000));
}

/* Sleep for events, in read() or in epoll_wait(), when the module goes. */
static void wait_for_events(int i)
{
	int fd = open(MEMSUSP_PROC "/events", O_RDONLY | O_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	bool polls = storm_random(2);
	char buf[4096];

	if (fd >= 0 && polls && !epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		while (epoll_wait(epoll, &event, 1, 100) > 0 && read(fd, buf, sizeof(buf)) > 0)
			;
	while (fd >= 0 && !polls && read(fd, buf, sizeof(buf)) > 0)
		;
	close(epoll);
	close(fd);
	storm->done[i]++;
	usleep(1000);
}

static bool nothing_is_left(void)
{
	return !module_is_loaded() && access(MEMSUSP_SYSFS, F_OK) && access(MEMSUSP_PROC, F_OK);
}

/* With the module gone, only who was stopped by others is stopped. */
static bool only_is_stopped(pid_t stopped)
{
	int i;

	if (!ms_until(!storm_stopped_but(stopped)))
		return false;
	for (i = 0; i < 20; i++) {
		if (ms_process_state(stopped) != 'T')
			return false;
		ms_sleep(1);
	}
	return true;
}

TEST_F_TIMEOUT(storm, it_is_loaded_and_unloaded_while_all_go_on, STORM_GUARD_S)
{
	long rounds = storm_count(8, 100), round, n;
	long long end = storm_end_ms();
	pid_t stopped;
	int i;

	if (!module_is_at_hand())
		SKIP(return, "MEMSUSP_KO does not tell where the module is");
	for (i = 0; i < FAULTERS; i++)
		storm->pids[i] = storm_crowd(i % 4 ? fault : fork_and_fault, i);
	for (i = 0; i < WRITERS; i++)
		storm->pids[FAULTERS + i] = storm_caller(write_words, FAULTERS + i);
	storm_caller(read_files, FAMILY);
	storm_caller(wait_for_events, FAMILY + 1);
	storm_caller(wait_for_events, FAMILY + 2);
	for (round = 0; round < rounds && storm_goes_on(end); round++) {
		ms_sleep(storm_random(150));
		/* A writer dies in the middle of a word. */
		i = FAULTERS + storm_random(WRITERS);
		kill(storm->pids[i], SIGKILL);
		ASSERT_EQ(storm->pids[i], waitpid(storm->pids[i], NULL, 0));
		storm->pids[i] = storm_caller(write_words, i);
		stopped = storm->pids[storm_random(FAULTERS)];
		ASSERT_EQ(0, kill(stopped, SIGSTOP));
		ASSERT_EQ(0, module_unload());
		EXPECT_TRUE(nothing_is_left());
		ASSERT_TRUE(only_is_stopped(stopped));
		kill(stopped, SIGCONT);
		ASSERT_EQ(0, module_load(""));
	}
	for (i = n = 0; i < WRITERS; i++)
		n += storm->done[FAULTERS + i];
	TH_LOG("%ld loads and unloads, %ld words", round, n);
	EXPECT_LT(0, n);
}

TEST_HARNESS_MAIN
