// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hundreds of processes that fork, or become another program, in the same moment:
 * more than the stock has entries for, before anybody can fill it. Who found it
 * empty is looked for and found, and who ended meanwhile is not missed.
 */
#include "memsusp_tree.h"

/* Each of a crowd takes an entry before it can be held; there are 512. */
#define CROWD	800

/* What the last of them touch when they are found. */
#define PAGES	20

#define LAST_GATE_ENV	"MEMSUSP_LAST_GATE"

/* Everybody of the crowd waits here until the test opens it. */
static int first_gate[2], last_gate[2];
/* Who comes to the last gate writes a byte. */
static int guest_book[2];
static volatile int *arrived;

static void arrive(void)
{
	__sync_fetch_and_add(arrived, 1);
}

static void wait_at(int gate)
{
	char c;

	/* Nobody writes: it ends when the last writer has closed. */
	while (read(gate, &c, 1) < 0 && errno == EINTR)
		;
}

static void touch_and_stay(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(guest_book[1], "", 1) != 1)
		_exit(1);
	wait_at(last_gate[0]);
	do_touch(PAGES);
	for (;;)
		pause();
}

__attribute__((constructor))
static void another_program(void)
{
	const char *fds = getenv(LAST_GATE_ENV);

	if (!fds)
		return;
	if (sscanf(fds, "%d,%d", &last_gate[0], &guest_book[1]) != 2 || do_reserve(0))
		_exit(1);
	touch_and_stay();
}

/* Make a crowd that waits at the first gate, and then does something at once. */
static long do_crowd(long what)
{
	void (*then)(void) = (void (*)(void))what;
	struct sched_param first = { .sched_priority = 50 };
	char fds[32];
	pid_t pid;
	int i;

	arrived = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (arrived == MAP_FAILED || pipe(first_gate) || pipe(last_gate) ||
	    pipe(guest_book))
		return -errno;
	snprintf(fds, sizeof(fds), "%d,%d", last_gate[0], guest_book[1]);
	for (i = 0; i < CROWD; i++) {
		pid = fork();
		if (pid < 0)
			return -errno;
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(first_gate[1]);
		close(last_gate[1]);
		setenv(LAST_GATE_ENV, fds, 1);
		/* Before all others, but not their children. */
		if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first))
			_exit(1);
		arrive();
		wait_at(first_gate[0]);
		then();
		_exit(0);
	}
	while (*arrived < CROWD)
		usleep(1000);
	return 0;
}

static void become_another(void)
{
	execl("/proc/self/exe", "another", NULL);
}

static void fork_one(void)
{
	if (!fork())
		touch_and_stay();
	arrive();
	touch_and_stay();
}

static void fork_one_that_becomes_another(void)
{
	if (!fork())
		become_another();
	arrive();
	touch_and_stay();
}

static void fork_one_and_become_another(void)
{
	if (!fork())
		touch_and_stay();
	arrive();
	become_another();
}

static void fork_one_that_ends(void)
{
	if (!fork())
		_exit(0);
	wait(NULL);
	arrive();
	touch_and_stay();
}

static void fork_one_that_ends_and_be_gone(void)
{
	if (!fork())
		_exit(0);
	wait(NULL);
	arrive();
}

/*
 * Open the first gate for all before any of them runs, and wait until they did it
 * and so many are at the last one.
 */
static long do_open_first(long at_last)
{
	struct sched_param first = { .sched_priority = 60 }, none = { };
	char c;

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		return -errno;
	close(first_gate[1]);
	sched_setscheduler(0, SCHED_OTHER, &none);
	while (*arrived < 2 * CROWD)
		usleep(1000);
	while (at_last--)
		if (read(guest_book[0], &c, 1) != 1)
			return -EIO;
	return 0;
}

static long do_open_last(long unused)
{
	return close(last_gate[1]);
}

FIXTURE(crowd) {
	struct actor a;
	pid_t pid;
	char throttle[32], server[32];
};

FIXTURE_VARIANT(crowd) {
	void (*then)(void);
	long stay;	/* how many are members when all is done */
};

FIXTURE_VARIANT_ADD(crowd, forks) {
	.then = fork_one,
	.stay = 1 + 2 * CROWD,
};

FIXTURE_VARIANT_ADD(crowd, forks_one_that_execs) {
	.then = fork_one_that_becomes_another,
	.stay = 1 + 2 * CROWD,
};

FIXTURE_VARIANT_ADD(crowd, forks_and_is_another) {
	.then = fork_one_and_become_another,
	.stay = 1 + 2 * CROWD,
};

FIXTURE_VARIANT_ADD(crowd, forks_who_ends) {
	.then = fork_one_that_ends,
	.stay = 1 + CROWD,
};

FIXTURE_VARIANT_ADD(crowd, forks_and_goes) {
	.then = fork_one_that_ends_and_be_gone,
	.stay = 1,
};

/*
 * What all others have of a second when somebody of real-time class could use it
 * all: by the old way and the new one, which has a file for each processor.
 */
#define THROTTLE	"/proc/sys/kernel/sched_rt_runtime_us"
#define SERVER		"/sys/kernel/debug/sched/fair_server/cpu%d/runtime"

static void give_others(const char *throttle, const char *server)
{
	char path[128];
	int cpu;

	ms_write_at(THROTTLE, throttle, strlen(throttle));
	for (cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		snprintf(path, sizeof(path), SERVER, cpu);
		ms_write_at(path, server, strlen(server));
	}
}

static void read_or(const char *path, char *buf, size_t size, const char *otherwise)
{
	if (ms_read_at(path, buf, size))
		snprintf(buf, size, "%s", otherwise);
}

FIXTURE_SETUP(crowd)
{
	char path[128];

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->a = actor_ready();
	self->pid = self->a.pid;
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	snprintf(path, sizeof(path), SERVER, 0);
	read_or(THROTTLE, self->throttle, sizeof(self->throttle), "950000");
	read_or(path, self->server, sizeof(self->server), "0");
	give_others("-1", "0");
}

FIXTURE_TEARDOWN(crowd)
{
	give_others(self->throttle, self->server);
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

TEST_F_TIMEOUT(crowd, all_are_members_and_none_is_left_behind, 300)
{
	long long missed = ms_stat("forks_missed"), adopted = ms_stat("forks_adopted");
	long charge, lacking;

	ASSERT_EQ(0, actor_call_patiently(&self->a, do_crowd, (long)variant->then));
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1 + CROWD));
	EXPECT_EQ(missed, ms_stat("forks_missed"));
	ASSERT_EQ(0, actor_call_patiently(&self->a, do_open_first, variant->stay - 1));

	EXPECT_TRUE(ms_until(ms_processes(self->pid) == variant->stay));
	/* And so it stays. */
	ms_sleep(300);
	EXPECT_EQ(variant->stay, ms_processes(self->pid));
	missed = ms_stat("forks_missed") - missed;
	TH_LOG("%lld found the stock empty, %lld were adopted", missed,
	       ms_stat("forks_adopted") - adopted);

	/* They count, and stop. */
	charge = ms_charge(self->pid);
	ASSERT_EQ(0, actor_call(&self->a, do_open_last, 0));
	charge += PAGES * (variant->stay - 1);
	EXPECT_TRUE(ms_until((lacking = charge - ms_charge(self->pid)) <= 0));
	if (lacking > 0)
		TH_LOG("%ld pages are lacking", lacking);
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_TRUE(ms_until_all_stopped(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(ms_until_none_stopped(self->pid));
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
	if (!missed)
		SKIP(return, "the stock was enough for all of them");
}

TEST_HARNESS_MAIN
