// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module goes at any time, and whatever it had stopped goes on. To be run
 * last: who sees the module go and come may be surprised.
 */
#include "memsusp_module.h"
#include "memsusp_node.h"
#include "memsusp_tree.h"

#include <sys/socket.h>

#define ACTORS	3

/* The load test does so many rounds, or what a slow machine can in this time. */
#define ROUNDS	20
#define ENOUGH_S	20

/* The kernel has said WARNING or worse since it was booted. */
#define TAINT_DIE	(1 << 7)
#define TAINT_WARN	(1 << 9)

static long taint(void)
{
	char buf[32] = "";

	ms_read_at("/proc/sys/kernel/tainted", buf, sizeof(buf));
	return atol(buf) & (TAINT_DIE | TAINT_WARN);
}

static bool nothing_is_left(void)
{
	return !module_is_loaded() && access(MEMSUSP_SYSFS, F_OK) &&
	       access(MEMSUSP_PROC, F_OK);
}

static bool runs(struct actor *a)
{
	return actor_call(a, do_nothing, 7) == 7;
}

FIXTURE(unload) {
	struct actor a[ACTORS];
	long taint, base;
};

FIXTURE_SETUP(unload)
{
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!module_is_at_hand())
		SKIP(_exit(255), "MEMSUSP_KO does not tell where the module is");
	ASSERT_TRUE(module_is_loaded() || !module_load(""));
	self->taint = taint();
	for (i = 0; i < ACTORS; i++) {
		self->a[i] = actor_ready();
		ASSERT_EQ(0, ms_write("register", "%d max", self->a[i].pid));
	}
	self->base = ms_charge(self->a[0].pid);
}

FIXTURE_TEARDOWN(unload)
{
	ms_end_all();
	EXPECT_EQ(self->taint, taint());
	EXPECT_TRUE(module_is_loaded() || !module_load(""));
	/* It works as on the first day. */
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	self->a[0] = actor_ready();
	EXPECT_EQ(0, ms_write("register", "%d max", self->a[0].pid));
	EXPECT_EQ(0, ms_leave_room(self->a[0].pid, 10));
	actor_send(&self->a[0], do_touch, 20);
	EXPECT_TRUE(ms_until_stopped(self->a[0].pid, self->a[0].pid));
	EXPECT_EQ(1, ms_overshoot(self->a[0].pid));
	ms_end_all();
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(unload, running_jobs_run_on)
{
	struct actor child = actor_child(&self->a[0], do_fork);
	int i;

	ASSERT_EQ(0, module_unload());
	EXPECT_TRUE(nothing_is_left());
	for (i = 0; i < ACTORS; i++) {
		EXPECT_TRUE(runs(&self->a[i]));
		EXPECT_EQ(2000, actor_call(&self->a[i], do_touch, 2000));
	}
	EXPECT_TRUE(runs(&child));
	/* They can be born, become others and die without it. */
	EXPECT_TRUE(actor_exec(&child, do_exec));
	EXPECT_LT(0, actor_child(&self->a[1], do_fork).pid);
}

TEST_F(unload, suspended_jobs_go_on)
{
	struct actor child = actor_child(&self->a[0], do_fork), stopped;
	int i;

	stopped = actor_child(&self->a[0], do_fork);
	kill(stopped.pid, SIGSTOP);
	ASSERT_TRUE(ms_until(ms_process_state(stopped.pid) == 'T'));
	for (i = 0; i < ACTORS - 1; i++) {
		ASSERT_EQ(0, ms_leave_room(self->a[i].pid, 100));
		actor_send(&self->a[i], do_touch, 2000);
		ASSERT_TRUE(ms_until_all_stopped(self->a[i].pid));
	}
	ASSERT_EQ(0, ms_write("suspend", "%d", self->a[i].pid));
	ASSERT_TRUE(ms_until_all_stopped(self->a[i].pid));

	ASSERT_EQ(0, module_unload());
	EXPECT_TRUE(nothing_is_left());
	for (i = 0; i < ACTORS - 1; i++)
		EXPECT_EQ(2000, actor_answer(&self->a[i]));
	EXPECT_TRUE(runs(&self->a[i]));
	EXPECT_TRUE(runs(&child));
	/* Not by us, not ours to continue. */
	ms_sleep(50);
	EXPECT_EQ('T', ms_process_state(stopped.pid));
}

static long do_receive(long bytes)
{
	int sockets[2];
	long n = bytes / 2;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		return -errno;
	if (write(sockets[1], region + REGION_SIZE / 2, n) != n)
		return -EIO;
	/* Half of it is there; the rest never comes. */
	return recv(sockets[0], region, bytes, MSG_WAITALL);
}

/*
 * A system call touches one page too many, as the count has it: a closer look
 * finds that others were freed. So the job goes on, and the thread still owes
 * the wait for the verdict, but sleeps in the kernel for as long as it likes.
 */
TEST_F(unload, does_not_wait_for_a_thread_that_sleeps_since_it_tripped)
{
	struct actor *a = &self->a[0];
	long long brakes = ms_stat("brakes");
	long n;

	ASSERT_EQ(0, ms_leave_room(a->pid, 60));
	ASSERT_EQ(50, actor_call(a, do_touch, 50));
	ASSERT_EQ(0, actor_call(a, do_free, 50));
	actor_send(a, do_receive, 40 * PAGE);
	ASSERT_TRUE(ms_until(ms_process_state(a->pid) == 'S' &&
			     ms_stat("brakes") == brakes + 1));
	EXPECT_TRUE(ms_is_running(a->pid));
	EXPECT_EQ(0, ms_job_number(a->pid, "suspends"));
	EXPECT_FALSE(actor_answered(a, 50));
	ASSERT_EQ(0, module_unload());
	EXPECT_TRUE(nothing_is_left());
	/* It has got what was there, as after SIGSTOP and SIGCONT, or sleeps on. */
	if (actor_answered(a, 100)) {
		n = actor_answer(a);
		EXPECT_TRUE(n == 20 * PAGE || n == -EINTR);
		EXPECT_TRUE(runs(a));
	}
	EXPECT_TRUE(!!strchr("SR", ms_process_state(a->pid)));
}

TEST_F(unload, does_not_wait_for_open_files)
{
	char path[128], buf[64];
	int fds[4], i;

	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d/state", self->a[0].pid);
	fds[0] = open(path, O_RDONLY | O_CLOEXEC);
	fds[1] = open(MEMSUSP_SYSFS "/register", O_WRONLY | O_CLOEXEC);
	fds[2] = open(MEMSUSP_PROC "/jobs", O_RDONLY | O_CLOEXEC);
	fds[3] = open(MEMSUSP_PROC "/stat", O_RDONLY | O_CLOEXEC);
	for (i = 0; i < 4; i++)
		ASSERT_LE(0, fds[i]);
	EXPECT_LT(0, read(fds[0], buf, sizeof(buf)));
	EXPECT_LT(0, read(fds[2], buf, 10));
	ASSERT_EQ(0, module_unload());
	EXPECT_TRUE(nothing_is_left());
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-1, i == 1 ? write(fds[i], "1 1G", 4) :
				       pread(fds[i], buf, sizeof(buf), 0));
		close(fds[i]);
	}
}

/* Orders that never end by themselves. */

static long do_touch_forever(long pages)
{
	for (;;) {
		do_touch(pages);
		do_free(pages);
	}
	return 0;
}

static long do_fork_forever(long pages)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			do_touch(pages);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return 0;
}

static long do_write_forever(long unused)
{
	for (;;) {
		ms_write("register", "%d 1G", getpid());
		ms_write("suspend", "%d", getppid());
		ms_write("unregister", "%d", getpid());
	}
	return 0;
}

/* Let all run freely, and then into their limits, which they exceed again and again. */
static void keep_going(const struct actor a[ACTORS], long base)
{
	int i;

	for (i = 0; i < ACTORS; i++)
		ms_write("resume", "%d max", a[i].pid);
	for (i = 0; i < ACTORS; i++)
		ms_job_write(a[i].pid, "limit", "%ld", (base + 100) * PAGE);
}

TEST_F_TIMEOUT(unload, under_load_again_and_again, 120)
{
	struct actor writer = actor_new();
	time_t begun = time(NULL);
	int round, i;

	actor_send(&self->a[0], do_touch_forever, 300);
	actor_send(&self->a[1], do_touch_forever, 500);
	actor_send(&self->a[2], do_fork_forever, 300);
	actor_send(&writer, do_write_forever, 0);
	for (round = 0; round < ROUNDS && time(NULL) < begun + ENOUGH_S; round++) {
		for (i = 0; i < round % 4; i++)
			keep_going(self->a, self->base);
		/* Now and then in the middle, now and then when all have stopped. */
		for (i = 0; i < ACTORS && round % 2; i++)
			ASSERT_TRUE(ms_until_state(self->a[i].pid, "suspended"));
		ASSERT_EQ(0, module_unload());
		ASSERT_TRUE(nothing_is_left());
		for (i = 0; i < ACTORS; i++)
			EXPECT_TRUE(ms_until(ms_process_state(self->a[i].pid) != 'T'));
		ASSERT_EQ(0, module_load(""));
		for (i = 0; i < ACTORS; i++)
			ASSERT_EQ(0, ms_write("register", "%d max", self->a[i].pid));
		keep_going(self->a, self->base);
	}
}

TEST_F(unload, loaded_twice_and_unloaded_twice_is_refused)
{
	EXPECT_EQ(-EEXIST, module_load(""));
	EXPECT_TRUE(runs(&self->a[0]));
	EXPECT_EQ(3, ms_stat("jobs"));
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-ENOENT, module_unload());
}

TEST_F(unload, jobs_suspended_for_the_nodes_sake_go_on)
{
	int i;

	ASSERT_EQ(0, ms_node_reset());
	ASSERT_EQ(0, ms_node_write("limit", "%ld", PAGE));
	for (i = 0; i < ACTORS - 1; i++)
		actor_send(&self->a[i], do_nothing, 7);
	/* Two of the three. */
	ASSERT_EQ(ACTORS - 1, ms_stat("suspends_node"));
	ASSERT_EQ(0, module_unload());
	EXPECT_TRUE(nothing_is_left());
	for (i = 0; i < ACTORS - 1; i++)
		EXPECT_EQ(7, actor_answer(&self->a[i]));
	for (i = 0; i < ACTORS; i++)
		EXPECT_TRUE(runs(&self->a[i]));
}

TEST_F(unload, loaded_anew_the_nodes_settings_are_what_they_are_by_default)
{
	static const struct {
		const char *file, *value;
	} by_default[] = {
		{ "limit", "max" }, { "floor", "0" }, { "headroom", "0" },
		{ "policy", "[largest] newest oldest priority faulting" },
		{ "auto_resume", "1" }, { "min_running", "1" }, { "drain", "0" },
		{ "max_suspended_ms", "0" }, { "level", "ok" }, { "running", "0" },
		{ "suspended", "0" },
	};
	unsigned int i;

	ASSERT_EQ(0, ms_node_reset());
	ASSERT_EQ(0, ms_node_write("policy", "oldest"));
	ASSERT_EQ(0, ms_node_write("limit", "64M"));
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(""));
	for (i = 0; i < ARRAY_SIZE(by_default); i++)
		EXPECT_TRUE(ms_node_is(by_default[i].file, by_default[i].value));
	/* The headroom is a twentieth of the limit, or without one, of the floor. */
	ASSERT_EQ(0, ms_node_write("floor", "40M"));
	EXPECT_EQ(2 * MIB / PAGE, ms_node_pages("headroom"));
	ASSERT_EQ(0, ms_node_write("limit", "200M"));
	EXPECT_EQ(10 * MIB / PAGE, ms_node_pages("headroom"));
	ASSERT_EQ(0, ms_node_write("limit", "100M"));
	EXPECT_EQ(5 * MIB / PAGE, ms_node_pages("headroom"));
	/* Until it is set. */
	ASSERT_EQ(0, ms_node_write("headroom", "7M"));
	ASSERT_EQ(0, ms_node_write("limit", "200M"));
	EXPECT_EQ(7 * MIB / PAGE, ms_node_pages("headroom"));
	ASSERT_EQ(0, ms_node_reset());
}

TEST_HARNESS_MAIN
