// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes come, go, fork, become other programs and make threads, while others
 * register and unregister the very same ones.
 */
#include "storm.h"

#include <pthread.h>

/* Who lives a life in storm->pids[], and the children of the last of them. */
#define LIVES		6
#define CHILDREN	(2 * LIVES)
#define WRITERS		2

#define LIFE_ENV	"MEMSUSP_STORM_LIFE"

static void *touch_a_page(void *page)
{
	*(volatile char *)page = 1;
	return NULL;
}

static void with_threads(void)
{
	pthread_t threads[3];
	int n = 1 + storm_random(3), i, made = 0;

	for (i = 0; i < n; i++)
		made += !pthread_create(&threads[made], NULL, touch_a_page, region + i * PAGE);
	/* Now and then it ends with them. */
	if (!storm_random(8))
		_exit(0);
	for (i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
}

static void *exec_from_here(void *seed)
{
	setenv(LIFE_ENV, seed, 1);
	execl("/proc/self/exe", "life", NULL);
	return NULL;
}

/* A few steps, then the end. Without the storm's memory after exec. */
static void live(int i)
{
	pthread_t thread;
	char seed[32];
	pid_t pid;
	int step;

	if (!region && do_reserve(0))
		_exit(1);
	for (step = storm_random(12); step >= 0; step--) {
		do_touch(1 + storm_random(100));
		switch (storm_random(6)) {
		case 0:
		case 1:
			pid = fork();
			if (!pid) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				do_touch(1 + storm_random(50));
				_exit(0);
			}
			if (pid > 0 && storm)
				storm->pids[LIVES + i] = pid;
			if (storm_random(2))
				waitpid(-1, NULL, 0);
			break;
		case 2:
			with_threads();
			break;
		case 3:
			do_free(100);
			break;
		case 4:
			if (storm_random(3))
				break;
			/* By the first thread, or by another. */
			snprintf(seed, sizeof(seed), "%d", (int)storm_random(INT_MAX));
			if (storm_random(2))
				exec_from_here(seed);
			if (!pthread_create(&thread, NULL, exec_from_here, seed))
				pthread_join(thread, NULL);
			break;
		default:
			usleep(storm_random(300));
		}
	}
	_exit(0);
}

__attribute__((constructor))
static void life_main(void)
{
	const char *seed = getenv(LIFE_ENV);

	if (seed) {
		storm_seed = atoll(seed) * 2654435761u | 1;
		live(0);
	}
}

/* Bear one, and the next when it has ended; now and then it is ended. */
static void bear(int i)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		storm_seed += getpid();
		storm_random(2);
		live(i);
	}
	if (pid < 0)
		return;
	storm->pids[i] = pid;
	if (!storm_random(4)) {
		usleep(storm_random(3000));
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) != pid)
		;
	storm->done[i]++;
}

static pid_t anybody(void)
{
	pid_t pid = storm->pids[storm_random(CHILDREN)];

	/* Where nobody is, too. */
	return pid > 0 ? pid : 99999;
}

/* Register one, do something to it, or nothing, and unregister it. */
static void register_and_unregister(int i)
{
	pid_t pid = anybody();
	char line[64];

	snprintf(line, sizeof(line), "%d %ld%s", pid, (20 + storm_random(200)) * PAGE,
		 storm_random(4) ? "" : " inherit=0");
	if (storm_write(storm_may_register, "register", line))
		goto count;
	snprintf(line, sizeof(line), "%d", pid);
	switch (storm_random(8)) {
	case 0:
		storm_write(storm_may_order, "suspend", line);
		break;
	case 1:
		storm_write(storm_may_order, "resume", line);
		break;
	case 2:
		ms_job_write(pid, "limit", "%ld", (20 + storm_random(200)) * PAGE);
		break;
	case 3:
		/* Let it live with it a while. */
		usleep(storm_random(2000));
	}
	storm_write(storm_may_order, "unregister", line);
count:
	storm->done[i]++;
}

static void read_tables(int i)
{
	int jobs;

	storm_sum("running", &jobs);
	ms_table_number("processes", "pid", anybody(), "charge");
	ms_job_number(anybody(), "charge");
	usleep(storm_random(3000));
}

static void begin_lives(void)
{
	int i;

	for (i = 0; i < LIVES; i++)
		storm_crowd(bear, i);
}

static long written(void)
{
	long n = 0;
	int i;

	for (i = 0; i < WRITERS; i++)
		n += storm->done[CHILDREN + i];
	return n;
}

TEST_F_TIMEOUT(storm, registered_and_unregistered_while_they_fork_exec_and_exit, STORM_GUARD_S)
{
	long pairs = storm_count(1000, 100000);
	long long end = storm_end_ms();
	/* With no job left, the hooks would be disarmed each time. */
	struct actor anchor = actor_ready();
	int i;

	ASSERT_EQ(0, ms_write("register", "%d max", anchor.pid));
	begin_lives();
	for (i = 0; i < WRITERS; i++)
		storm_caller(register_and_unregister, CHILDREN + i);
	storm_caller(read_tables, CHILDREN + WRITERS);
	while (written() < pairs && storm_goes_on(end))
		ms_sleep(10);
	TH_LOG("%ld pairs", written());
	EXPECT_LT(0, written());
	EXPECT_EQ(7, actor_call(&anchor, do_nothing, 7));
	EXPECT_EQ(0, ms_write("unregister", "%d", anchor.pid));
}

/* The first job arms the hooks, and the last one's end disarms them. */
TEST_F_TIMEOUT(storm, registered_and_unregistered_as_the_only_job, STORM_GUARD_S)
{
	long pairs = storm_count(20, 500);
	long long end = storm_end_ms();

	begin_lives();
	storm_caller(register_and_unregister, CHILDREN);
	while (written() < pairs && storm_goes_on(end))
		ms_sleep(10);
	TH_LOG("%ld pairs", written());
	EXPECT_LT(0, written());
}

/* A writer that is killed leaves its job as it was, or as it was told to be. */
TEST_F_TIMEOUT(storm, writers_are_killed_in_the_middle_of_a_word, STORM_GUARD_S)
{
	long kills = storm_count(50, 5000), n;
	long long end = storm_end_ms();
	pid_t writer;

	begin_lives();
	for (n = 0; n < kills && storm_goes_on(end); n++) {
		writer = storm_caller(register_and_unregister, CHILDREN);
		usleep(storm_random(10000));
		kill(writer, SIGKILL);
		ASSERT_EQ(writer, waitpid(writer, NULL, 0));
	}
	TH_LOG("%ld writers were killed", n);
	if (module_is_at_hand()) {
		ASSERT_EQ(0, module_unload());
		EXPECT_TRUE(ms_until(!storm_stopped_but(0)));
		ASSERT_EQ(0, module_load(""));
	}
}

static pid_t ctl_run(const char *limit)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("memsusp-ctl", "memsusp-ctl", "run", "-l", limit, "--",
		       "sh", "-c", "x=a; while :; do x=$x$x; done", NULL);
		_exit(127);
	}
	return pid;
}

TEST_F_TIMEOUT(storm, memsusp_ctl_run_is_killed_at_any_moment, STORM_GUARD_S)
{
	long kills = storm_count(30, 1000), n, began = 0;
	long long end = storm_end_ms();
	int status;
	pid_t pid;

	for (n = 0; n < kills && storm_goes_on(end); n++) {
		pid = ctl_run("1M");
		usleep(storm_random(200000 * ms_slowness()));
		began += ms_job_exists(pid);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status));
		ASSERT_EQ(SIGKILL, WTERMSIG(status));
	}
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_EQ(0, storm_stopped_but(0));
	EXPECT_LT(0, began);
	TH_LOG("killed %ld times, %ld of them as a job", n, began);
}

/* Some that are registered and end; whoever gets the number is registered as well. */
static void bear_and_register(int i)
{
	pid_t pid = fork();
	char line[64];

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		storm_seed += getpid();
		storm_random(2);
		if (do_reserve(0))
			_exit(1);
		do_touch(1 + storm_random(STORM_PAGES));
		if (!storm_random(3) && !fork())
			do_touch(1 + storm_random(STORM_PAGES));
		_exit(0);
	}
	if (pid < 0)
		return;
	storm->pids[i] = pid;
	snprintf(line, sizeof(line), "%d %ld", pid, (20 + storm_random(200)) * PAGE);
	storm_write(storm_may_register, "register", line);
	if (storm_random(2)) {
		snprintf(line, sizeof(line), "%d max", pid);
		storm_write(storm_may_order, "resume", line);
	}
	snprintf(line, sizeof(line), "%d", pid);
	storm_write(storm_may_order, "unregister", line);
	while (waitpid(pid, NULL, 0) != pid)
		;
	storm->done[i]++;
}

#define BEARERS	4

static long born(void)
{
	long n = 0;
	int i;

	for (i = 0; i < BEARERS; i++)
		n += storm->done[i];
	return n;
}

TEST_F_TIMEOUT(storm, in_a_hundred_numbers_that_are_used_again_and_again, STORM_GUARD_S)
{
	long most = storm_count(1000, 100000);
	long long end = storm_end_ms();
	struct actor anchor = actor_ready();
	char before[16];
	int i;

	ASSERT_EQ(0, ms_write("register", "%d max", anchor.pid));
	ASSERT_EQ(0, ms_read_at("/proc/sys/kernel/pid_max", before, sizeof(before)));
	ASSERT_EQ(0, ms_write_at("/proc/sys/kernel/pid_max", "400", 3));
	for (i = 0; i < BEARERS; i++)
		storm_caller(bear_and_register, i);
	while (born() <= 100 || (born() < most && storm_goes_on(end)))
		ms_sleep(10);
	TH_LOG("%ld processes in 100 numbers", born());
	EXPECT_EQ(0, ms_write_at("/proc/sys/kernel/pid_max", before, strlen(before)));
}

TEST_HARNESS_MAIN
