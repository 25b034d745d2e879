// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that gives memory back when it is warned is not suspended, and one that
 * does not is. The program is examples/give_back.c.
 */
#include "memsusp_node.h"

#include <libgen.h>

/* Pages that are put in the cache before anything else happens. */
#define CACHED	2000

struct program {
	pid_t pid;
	int in;		/* we write */
	FILE *out;	/* we read */
};

/* Start the example, which stands beside the tests. */
static struct program program_new(void)
{
	struct program p = { .pid = -1 };
	int in[2], out[2];
	char path[256];
	ssize_t n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0 || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return p;
	path[n] = '\0';
	dirname(path);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/../../examples/give_back");
	p.pid = fork();
	if (!p.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(path, "give_back", NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	p.in = in[1];
	p.out = fdopen(out[0], "re");
	return p;
}

/* Whether the next line that it says begins like that. */
static bool says(struct program *p, const char *what)
{
	struct pollfd wait = { .fd = fileno(p->out), .events = POLLIN };
	char line[128];

	return poll(&wait, 1, GUARD_MS) == 1 && fgets(line, sizeof(line), p->out) &&
	       !strncmp(line, what, strlen(what));
}

/* It has nothing to do, and waits for the next line or warning. */
static bool is_idle(struct program *p)
{
	return ms_until(ms_process_state(p->pid) == 'S');
}

static bool add(struct program *p, long pages)
{
	return dprintf(p->in, "%ld\n", pages) > 0 && says(p, "cached ");
}

FIXTURE(give_back) {
	struct program program;
	struct actor hog;
	pid_t pid;
};

FIXTURE_SETUP(give_back)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	self->program = program_new();
	self->pid = self->program.pid;
	ASSERT_TRUE(says(&self->program, "ready"));
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	self->hog = actor_ready();
	ASSERT_EQ(0, ms_write("register", "%d max", self->hog.pid));
}

FIXTURE_TEARDOWN(give_back)
{
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

/* In small steps, so that whoever is warned has the time to do something. */
static bool grow_slowly(struct actor *hog, struct program *p, long pages)
{
	for (; pages > 0; pages -= 20)
		if (actor_call(hog, do_grow, 20) < 0 || (p && !is_idle(p)))
			return false;
	return true;
}

TEST_F(give_back, when_the_node_is_nearly_full_it_gives_back_and_runs_on)
{
	ASSERT_TRUE(add(&self->program, CACHED));
	/* For half of what the other wants. */
	ASSERT_EQ(0, ms_node_leave_room(1500));
	ASSERT_TRUE(grow_slowly(&self->hog, &self->program, 3000));
	EXPECT_TRUE(says(&self->program, "gave back"));
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
	EXPECT_EQ(0, ms_job_number(self->hog.pid, "suspends"));
	EXPECT_GT(CACHED / 10, ms_charge(self->pid));
}

TEST_F(give_back, again_and_again)
{
	int i;

	ASSERT_EQ(0, ms_node_leave_room(CACHED + 1500));
	for (i = 0; i < 5; i++) {
		ASSERT_TRUE(add(&self->program, CACHED));
		ASSERT_TRUE(is_idle(&self->program));
		ASSERT_TRUE(grow_slowly(&self->hog, &self->program, 2000));
		EXPECT_TRUE(says(&self->program, "gave back"));
		EXPECT_EQ(2000, actor_call(&self->hog, do_nothing, 2000));
		ASSERT_EQ(0, actor_call(&self->hog, do_shrink, 2000));
		/* Who gives back looks at the level when it has changed. */
		ASSERT_TRUE(ms_node_is("level", "ok"));
		ASSERT_TRUE(is_idle(&self->program));
	}
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
	EXPECT_EQ(0, ms_job_number(self->hog.pid, "suspends"));
}

TEST_F(give_back, who_does_not_give_back_is_suspended)
{
	struct actor deaf = actor_ready();

	ASSERT_EQ(0, ms_write("register", "%d max", deaf.pid));
	ASSERT_EQ(CACHED, actor_call(&deaf, do_grow, CACHED));
	ASSERT_EQ(0, ms_node_leave_room(1500));
	ASSERT_TRUE(grow_slowly(&self->hog, NULL, 3000));
	EXPECT_TRUE(ms_is_suspended_for(deaf.pid, "node"));
}

TEST_F(give_back, warned_at_its_soft_limit_it_never_reaches_its_limit)
{
	long base = ms_charge(self->pid);
	int i, rounds = 0;

	ASSERT_EQ(0, ms_job_write(self->pid, "warn_signal", "%d", SIGUSR1));
	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", (base + 1000) * PAGE));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", (base + 1200) * PAGE));
	/* It is asked to keep five times as much as it may. */
	for (i = 0; i < 60; i++) {
		char line[128] = "";

		ASSERT_LT(0, dprintf(self->program.in, "100\n"));
		while (strncmp(line, "cached", 6)) {
			ASSERT_NE(NULL, fgets(line, sizeof(line), self->program.out));
			rounds += !strncmp(line, "gave back", 9);
		}
		/* Whoever has to be warned is so on return, and has then done it. */
		ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", (base + 1000) * PAGE));
		ASSERT_TRUE(is_idle(&self->program));
	}
	EXPECT_LE(4, rounds);
	EXPECT_EQ(0, ms_job_number(self->pid, "suspends"));
	EXPECT_TRUE(ms_is_running(self->pid));
}

TEST_F(give_back, without_the_signal_it_is_suspended)
{
	long base = ms_charge(self->pid);

	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", (base + 1000) * PAGE));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "%ld", (base + 1200) * PAGE));
	ASSERT_LT(0, dprintf(self->program.in, "1500\n"));
	EXPECT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "limit"));
}

TEST_HARNESS_MAIN
