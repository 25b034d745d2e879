// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hundreds of processes that fork, or become another program, in the same moment:
 * more than the stock has entries for, before anybody can fill it. Who found it
 * empty is looked for and found, and who ended meanwhile is not missed.
 */
#include "memsusp_realtime.h"
#include "memsusp_tree.h"

/*
 * Each of a crowd takes an entry before it can be held; there are 512, unless the
 * module was built with fewer (check-delays), and then so many are enough:
 */
#define CROWD_ENV	"MEMSUSP_CROWD"
#define CROWD		((getenv(CROWD_ENV) ? atoi(getenv(CROWD_ENV)) : 800) / part)

/* A plan that makes many processes of each takes only a part of the crowd. */
static int part = 1;

/* What the last of them touch when they are found. */
#define PAGES	20

#define LAST_GATE_ENV	"MEMSUSP_LAST_GATE"

/* With this set besides, another program first makes children of its own. */
#define VFORKS_ENV	"MEMSUSP_VFORKS"
#define VFORKS		2
#define END_ENV		"MEMSUSP_END"

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

static void touch_and_stay_alone(void)
{
	if (write(guest_book[1], "", 1) != 1)
		_exit(1);
	wait_at(last_gate[0]);
	do_touch(PAGES);
	for (;;)
		pause();
}

static void touch_and_stay(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	touch_and_stay_alone();
}

/* Children that run in our memory until they are another program, which ends at once. */
static void vfork_some(void)
{
	char * const argv[] = { "end", NULL }, * const envp[] = { END_ENV "=1", NULL };
	int i;

	for (i = 0; i < VFORKS; i++)
		if (!vfork()) {
			execve("/proc/self/exe", argv, envp);
			_exit(1);
		}
}

__attribute__((constructor))
static void another_program(void)
{
	const char *fds = getenv(LAST_GATE_ENV);

	if (getenv(END_ENV))
		_exit(0);
	if (!fds)
		return;
	if (getenv(VFORKS_ENV))
		vfork_some();
	if (sscanf(fds, "%d,%d", &last_gate[0], &guest_book[1]) != 2 || do_reserve(0))
		_exit(1);
	touch_and_stay();
}

/* What a crowd is to do at once, and whether its children run before all others, too. */
struct plan {
	void (*then)(void);
	bool children_first;
	int part;	/* 0: all */
};

/* Make a crowd that waits at the first gate. The plan is the test's own. */
static long do_crowd(long address)
{
	const struct plan *plan = (const struct plan *)address;
	int policy = SCHED_FIFO | (plan->children_first ? 0 : SCHED_RESET_ON_FORK);
	struct sched_param first = { .sched_priority = 50 };
	char fds[32];
	int i, crowd;
	pid_t pid;

	part = plan->part ?: 1;
	crowd = CROWD;

	arrived = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (arrived == MAP_FAILED || pipe(first_gate) || pipe(last_gate) ||
	    pipe(guest_book))
		return -errno;
	snprintf(fds, sizeof(fds), "%d,%d", last_gate[0], guest_book[1]);
	for (i = 0; i < crowd; i++) {
		pid = fork();
		if (pid < 0)
			return -errno;
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(first_gate[1]);
		close(last_gate[1]);
		setenv(LAST_GATE_ENV, fds, 1);
		if (sched_setscheduler(0, policy, &first))
			_exit(1);
		arrive();
		wait_at(first_gate[0]);
		plan->then();
		_exit(0);
	}
	while (*arrived < crowd)
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

/* Its grandchild has no parent any more when somebody looks for it. */
static void fork_twice(void)
{
	signal(SIGCHLD, SIG_IGN);
	if (!fork()) {
		if (!fork())
			touch_and_stay_alone();
		_exit(0);
	}
	arrive();
	touch_and_stay();
}

static void fork_twice_and_be_gone(void)
{
	signal(SIGCHLD, SIG_IGN);
	if (!fork()) {
		if (!fork())
			touch_and_stay_alone();
		_exit(0);
	}
	arrive();
}

static void become_another_that_vforks(void)
{
	arrive();
	signal(SIGCHLD, SIG_IGN);
	setenv(VFORKS_ENV, "", 1);
	become_another();
}

/* Be a job of one's own, if nobody knows us yet, and end after everybody else has gone on. */
static int register_and_end(void *unused)
{
	struct sched_param none = { };
	char line[32];
	int len = snprintf(line, sizeof(line), "%d max", getpid());

	ms_write_at(MEMSUSP_SYSFS "/register", line, len);
	sched_setscheduler(0, SCHED_OTHER, &none);
	ms_sleep(300);
	_exit(0);
}

/* A child has a child of its own, in the same memory, which becomes another job. */
static void fork_one_that_shares(void)
{
	char *stack;
	pid_t pid;

	if (!fork()) {
		stack = mmap(NULL, 64 * 1024, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		pid = clone(register_and_end, stack + 64 * 1024, CLONE_VM | SIGCHLD, NULL);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			_exit(1);
		touch_and_stay();
	}
	arrive();
	touch_and_stay();
}

/*
 * Open the first gate for all before any of them runs, and wait until they did it
 * and so many are at the last one.
 */
static long do_open_first(long at_last)
{
	struct sched_param first = { .sched_priority = 60 }, none = { };
	int crowd = CROWD;
	char c;

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		return -errno;
	close(first_gate[1]);
	sched_setscheduler(0, SCHED_OTHER, &none);
	while (*arrived < 2 * crowd)
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
	struct share share;
};

FIXTURE_VARIANT(crowd) {
	struct plan plan;
	int stay;	/* how many times the crowd are members when all is done */
	int before;	/* pages that one may have touched before it was found */
};

FIXTURE_VARIANT_ADD(crowd, forks) {
	.plan.then = fork_one,
	.stay = 2,
};

FIXTURE_VARIANT_ADD(crowd, forks_one_that_execs) {
	.plan.then = fork_one_that_becomes_another,
	.stay = 2,
};

FIXTURE_VARIANT_ADD(crowd, forks_and_is_another) {
	.plan.then = fork_one_and_become_another,
	.stay = 2,
};

FIXTURE_VARIANT_ADD(crowd, forks_who_ends) {
	.plan.then = fork_one_that_ends,
	.stay = 1,
};

FIXTURE_VARIANT_ADD(crowd, forks_and_goes) {
	.plan.then = fork_one_that_ends_and_be_gone,
	.stay = 0,
};

FIXTURE_VARIANT_ADD(crowd, forks_twice) {
	.plan = { fork_twice, .children_first = true },
	.stay = 2,
};

FIXTURE_VARIANT_ADD(crowd, forks_twice_and_goes) {
	.plan = { fork_twice_and_be_gone, .children_first = true },
	.stay = 1,
};

FIXTURE_VARIANT_ADD(crowd, execs_and_vforks) {
	.plan = { become_another_that_vforks, .part = 8 },
	.stay = 1,
};

/* Who shares memory with a job that has ended pays for what it touches, like all others. */
FIXTURE_VARIANT_ADD(crowd, forks_who_shares_with_a_job) {
	.plan = { fork_one_that_shares, .children_first = true },
	.stay = 2,
	.before = 1,
};

FIXTURE_SETUP(crowd)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->a = actor_ready();
	self->pid = self->a.pid;
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	self->share = share_take();
}

FIXTURE_TEARDOWN(crowd)
{
	share_give_back(&self->share);
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
}

/*
 * Wait until a job is charged so many pages, for as long as it becomes more; returns how
 * many are lacking. Not each millisecond: a look sums up thousands of address spaces.
 */
static long wait_for_charge(pid_t pid, long charge)
{
	long lacking = LONG_MAX, before, end;

	do {
		before = lacking;
		end = ms_now() + GUARD_MS;
		do {
			ms_sleep(100);
			lacking = charge - ms_charge(pid);
		} while (lacking > 0 && lacking >= before && ms_now() < end);
	} while (lacking > 0 && lacking < before);
	return lacking;
}

/* Each process holds some anonymous memory; what nobody pays for yet is shown as none. */
static bool all_is_paid_for(void)
{
	FILE *f = fopen(MEMSUSP_PROC "/processes", "re");
	bool all = f;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		all &= !strstr(line, " anon=0 swap=0 ");
	if (f)
		fclose(f);
	return all;
}

TEST_F_TIMEOUT(crowd, all_are_members_and_none_is_left_behind, 300)
{
	long long missed = ms_stat("forks_missed"), adopted = ms_stat("forks_adopted");
	long charge, lacking, stay;

	part = variant->plan.part ?: 1;
	stay = 1 + variant->stay * CROWD;
	if (getenv(CROWD_ENV) && (variant->plan.then == fork_twice ||
				  variant->plan.then == fork_twice_and_be_gone))
		SKIP(return, "a stock that owes nothing to threads may lose them");
	ASSERT_EQ(0, actor_call_patiently(&self->a, do_crowd, (long)&variant->plan));
	EXPECT_TRUE(ms_until(ms_processes(self->pid) == 1 + CROWD));
	EXPECT_EQ(missed, ms_stat("forks_missed"));
	ASSERT_EQ(0, actor_call_patiently(&self->a, do_open_first, stay - 1));

	EXPECT_TRUE(ms_until(ms_processes(self->pid) == stay));
	/* And so it stays. */
	ms_sleep(300);
	EXPECT_EQ(stay, ms_processes(self->pid));
	EXPECT_TRUE(ms_until(all_is_paid_for()));
	missed = ms_stat("forks_missed") - missed;
	TH_LOG("%lld found the stock empty, %lld were adopted", missed,
	       ms_stat("forks_adopted") - adopted);

	/* They count, and stop. */
	charge = ms_charge(self->pid);
	ASSERT_EQ(0, actor_call(&self->a, do_open_last, 0));
	charge += PAGES * (stay - 1) - (missed ? variant->before * CROWD : 0);
	lacking = wait_for_charge(self->pid, charge);
	EXPECT_GE(0, lacking);
	if (lacking > 0)
		TH_LOG("%ld pages are lacking", lacking);
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_TRUE(ms_until_all_stopped(self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_TRUE(ms_until_none_stopped(self->pid));
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
	/* The stock holds what it promises, and one that promises nothing may be empty. */
	if (!getenv(CROWD_ENV))
		EXPECT_EQ(0, missed);
}

TEST_HARNESS_MAIN
