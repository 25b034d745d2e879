// SPDX-License-Identifier: GPL-2.0-only
/*
 * While execve copies its arguments, the kernel counts them in the memory of the
 * caller. No job is charged for that, let alone suspended.
 */
#include "memsusp_tree.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define ARGUMENT	(128 * 1024 - 1)
#define ARGUMENTS	40

/* Pages: all arguments together; and much less than that. */
#define ALL	(ARGUMENTS * 32)
#define FEW	300

/* Neither a program nor a script: found out when the arguments are there. */
#define GARBAGE		P_tmpdir "/memsusp-garbage"

/* What is executed with this set ends at once. */
#define END_ENV		"MEMSUSP_END"

__attribute__((constructor))
static void end(void)
{
	if (getenv(END_ENV))
		_exit(0);
}

static char *argv[ARGUMENTS + 1];
static char * const envp[] = { END_ENV "=1", NULL };

/* Many arguments, but only one in memory, so that they cost the caller next to nothing. */
static long do_have_arguments(long unused)
{
	struct rlimit stack = { 64 * MIB, RLIM_INFINITY };
	int i;

	argv[0] = malloc(ARGUMENT + 1);
	memset(argv[0], 'x', ARGUMENT);
	argv[0][ARGUMENT] = '\0';
	for (i = 1; i < ARGUMENTS; i++)
		argv[i] = argv[0];
	return setrlimit(RLIMIT_STACK, &stack) ? -errno : 0;
}

static long do_execs_that_fail(long times)
{
	while (times--) {
		execve(GARBAGE, argv, envp);
		if (errno != ENOEXEC)
			return -errno;
	}
	return 0;
}

/* In a child that has our memory until it is another program. */
static long do_execs_that_succeed(long times)
{
	int status;
	pid_t pid;

	while (times--) {
		pid = vfork();
		if (!pid) {
			execve("/proc/self/exe", argv, envp);
			_exit(1);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return -errno;
		if (status)
			return -EIO;
	}
	return 0;
}

#define BEFORE	4000
#define AFTER	500

/* Touch so much that only what is held counts, and give most of it back. */
static long do_touch_and_free(long unused)
{
	do_touch(BEFORE);
	return madvise(region + AFTER * PAGE, (BEFORE - AFTER) * PAGE, MADV_DONTNEED) ? -errno : 0;
}

/* Somebody else touches more and more, so that sums are made; or too much, in the end. */
static void *touch_slowly(void *pages)
{
	char *own = region + BEFORE * PAGE;
	long i;

	for (i = 0; i < (long)pages; i++) {
		*(volatile char *)(own + i * PAGE) = 1;
		if (i % 16 == 0)
			usleep(1000);
	}
	return NULL;
}

static long do_start_touching(long pages)
{
	pthread_t thread;

	return -pthread_create(&thread, NULL, touch_slowly, (void *)pages);
}

FIXTURE(arguments) {
	struct actor a;
	pid_t pid;
	long long unseen;
};

FIXTURE_VARIANT(arguments) {
	long (*execs)(long times);
};

FIXTURE_VARIANT_ADD(arguments, fail) {
	.execs = do_execs_that_fail,
};

FIXTURE_VARIANT_ADD(arguments, succeed) {
	.execs = do_execs_that_succeed,
};

FIXTURE_SETUP(arguments)
{
	int fd = open(GARBAGE, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	ASSERT_EQ(4, write(fd, "\1\2\3\n", 4));
	close(fd);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self->a = actor_ready();
	self->pid = self->a.pid;
	ASSERT_EQ(0, actor_call(&self->a, do_have_arguments, 0));
	self->unseen = ms_stat("touches_unseen");
	ASSERT_LE(0, self->unseen);
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
}

FIXTURE_TEARDOWN(arguments)
{
	ms_end_all();
	unlink(GARBAGE);
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(arguments, are_not_charged_nor_taken_for_touches)
{
	long before, most = 0, sums = 0;

	before = ms_charge(self->pid);
	ASSERT_LT(0, before);
	actor_send(&self->a, variant->execs, 100);
	while (!actor_answered(&self->a, 0)) {
		long now = ms_charge(self->pid);

		most = now > most ? now : most;
		sums++;
	}
	EXPECT_EQ(0, actor_answer(&self->a));
	TH_LOG("%ld sums, at most %ld pages more", sums, most - before);
	/* But what is executed has them, for good. */
	EXPECT_GT(before + (variant->execs == do_execs_that_fail ? 20 : ALL + FEW), most);
	EXPECT_EQ(self->unseen, ms_stat("touches_unseen"));
}

/* Where it is, with what a program that it executes has for good. */
static int leave_few(pid_t pid, bool succeeds)
{
	return ms_leave_room(pid, FEW + (succeeds ? ALL : 0));
}

TEST_F(arguments, do_not_suspend_who_is_near_its_limit)
{
	bool succeeds = variant->execs == do_execs_that_succeed;
	long long limit, sums = ms_stat("true_ups");

	ASSERT_EQ(0, actor_call(&self->a, do_touch_and_free, 0));
	ASSERT_EQ(0, leave_few(self->pid, succeeds));
	limit = ms_job_number(self->pid, "limit");
	ASSERT_EQ(0, actor_call(&self->a, do_start_touching, FEW / 3));
	actor_send(&self->a, variant->execs, 100);
	/* Each time, somebody decides. */
	while (!actor_answered(&self->a, 0) && !ms_job_write(self->pid, "limit", "%lld", limit))
		;
	EXPECT_EQ(0, actor_answer(&self->a));
	TH_LOG("%lld sums", ms_stat("true_ups") - sums);
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
	EXPECT_EQ(self->unseen, ms_stat("touches_unseen"));
}

/* Others touch meanwhile, and are found all the same. */
TEST_F(arguments, hide_nobody_who_goes_over_its_limit)
{
	bool succeeds = variant->execs == do_execs_that_succeed;

	ASSERT_EQ(0, actor_call(&self->a, do_touch_and_free, 0));
	ASSERT_EQ(0, leave_few(self->pid, succeeds));
	ASSERT_EQ(0, actor_call(&self->a, do_start_touching, 4 * ALL));
	actor_send(&self->a, variant->execs, 1000000);
	EXPECT_TRUE(ms_until_state(self->pid, "suspended"));
	/* One fault of each thread; but a program that has just begun has its arguments. */
	if (!succeeds)
		EXPECT_GT(20, ms_overshoot(self->pid));
}

TEST_HARNESS_MAIN
