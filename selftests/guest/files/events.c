// SPDX-License-Identifier: GPL-2.0-only
/* Each thing that happens is one line in /proc/memsusp/events, with all that belongs to it. */
#include "memsusp_events.h"
#include "memsusp_tree.h"

#include <sched.h>

FIXTURE(events) {
	struct actor a;
	pid_t pid;
	int fd;
	struct event e;
};

FIXTURE_SETUP(events)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	self->a = actor_ready();
	self->pid = self->a.pid;
	self->fd = events_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_LE(0, events_skip(self->fd));
	ASSERT_EQ(0, ms_write("register", "%d max name=one", self->pid));
	ASSERT_TRUE(event_next(self->fd, &self->e));
}

FIXTURE_TEARDOWN(events)
{
	close(self->fd);
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

/* What an event says of the job, at least. */
#define EXPECT_JOB_EVENT(type, why, ordered_by)			\
	do {							\
		EXPECT_STREQ(type, self->e.event);		\
		EXPECT_EQ(self->pid, self->e.pid);		\
		EXPECT_STREQ(why, self->e.reason);		\
		EXPECT_EQ(ordered_by, self->e.by);		\
	} while (0)

#define EXPECT_NEXT(type, why, ordered_by)			\
	do {							\
		ASSERT_TRUE(event_next(self->fd, &self->e));	\
		EXPECT_JOB_EVENT(type, why, ordered_by);	\
	} while (0)

/* Nothing else has happened. */
#define EXPECT_NO_MORE()	EXPECT_FALSE(readable(self->fd, 50))

TEST_F(events, a_line_has_these_fields_in_this_order)
{
	static const char * const fields[] = {
		"seq", "time_ns", "event", "pid", "name", "reason", "charge", "limit",
		"overshoot", "latency_ns", "by", "running",
	};
	char line[512], *word, *save = NULL;
	unsigned int i;

	strcpy(line, self->e.line);
	EXPECT_EQ(strlen(line) - 1, strcspn(line, "\n"));
	EXPECT_EQ(NULL, strstr(line, "  "));
	EXPECT_NE(' ', line[strlen(line) - 2]);
	word = strtok_r(line, "\n ", &save);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		ASSERT_NE(NULL, word);
		EXPECT_EQ(strlen(fields[i]), strcspn(word, "="));
		EXPECT_EQ(0, strncmp(fields[i], word, strlen(fields[i])));
		word = strtok_r(NULL, "\n ", &save);
	}
}

TEST_F(events, register_tells_of_the_job_as_it_begins)
{
	EXPECT_JOB_EVENT("register", "none", getpid());
	EXPECT_STREQ("one", self->e.name);
	EXPECT_EQ(-1, self->e.limit);
	EXPECT_EQ(ms_job_number(self->pid, "charge"), self->e.charge);
	EXPECT_EQ(self->e.charge, self->e.running);
	EXPECT_EQ(0, self->e.overshoot);
	EXPECT_EQ(0, self->e.latency_ns);
	EXPECT_NO_MORE();
}

TEST_F(events, unregister_and_exit_are_how_a_job_ends)
{
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_NEXT("unregister", "none", getpid());
	EXPECT_NO_MORE();
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	EXPECT_NEXT("register", "none", getpid());
	EXPECT_STREQ("-", self->e.name);
	actor_end(&self->a);
	EXPECT_NEXT("exit", "none", 0);
	EXPECT_EQ(0, self->e.running);
	EXPECT_NO_MORE();
}

TEST_F(events, unregistered_while_it_is_suspended_it_is_resumed_first)
{
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_NEXT("suspend", "user", getpid());
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_NEXT("resume", "user", getpid());
	EXPECT_NEXT("unregister", "none", getpid());
	EXPECT_NO_MORE();
}

TEST_F(events, killed_while_it_is_suspended_it_is_not_resumed)
{
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_NEXT("suspend", "user", getpid());
	actor_end(&self->a);
	EXPECT_NEXT("exit", "user", 0);
	EXPECT_NO_MORE();
}

TEST_F(events, a_limit_a_warning_a_suspension_and_its_end)
{
	long base = ms_charge(self->pid);

	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	EXPECT_NEXT("limit", "none", getpid());
	EXPECT_EQ((base + 100) * PAGE, self->e.limit);
	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", (base + 50) * PAGE));
	EXPECT_NO_MORE();
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_NEXT("warn", "none", 0);
	EXPECT_LE((base + 51) * PAGE, self->e.charge);
	EXPECT_GE((base + 101) * PAGE, self->e.charge);
	EXPECT_NEXT("suspend", "limit", 0);
	EXPECT_EQ((base + 101) * PAGE, self->e.charge);
	EXPECT_EQ((base + 100) * PAGE, self->e.limit);
	EXPECT_EQ(PAGE, self->e.overshoot);
	EXPECT_EQ(ms_table_number("jobs", "pid", self->pid, "latency_ns"), self->e.latency_ns);
	EXPECT_LT(0, self->e.latency_ns);
	EXPECT_EQ(0, self->e.running);
	/* By hand: the new limit comes first. */
	ASSERT_EQ(0, ms_write("resume", "%d %ld", self->pid, (base + 150) * PAGE));
	EXPECT_NEXT("limit", "limit", getpid());
	EXPECT_NEXT("resume", "limit", getpid());
	EXPECT_EQ(0, self->e.overshoot);
	ASSERT_TRUE(ms_until(ms_job_number(self->pid, "suspends") == 2));
	EXPECT_NEXT("suspend", "limit", 0);
	/* By itself. */
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "max"));
	EXPECT_NEXT("limit", "limit", getpid());
	EXPECT_EQ(-1, self->e.limit);
	EXPECT_NEXT("resume", "limit", 0);
	ASSERT_EQ(200, actor_answer(&self->a));
	EXPECT_NO_MORE();
}

TEST_F(events, continued_is_what_somebody_else_did)
{
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_NEXT("suspend", "user", getpid());
	kill(self->pid, SIGCONT);
	EXPECT_NEXT("continued", "user", getpid());
	EXPECT_TRUE(ms_is_running(self->pid));
	/* To a job that runs it is none. */
	kill(self->pid, SIGCONT);
	kill(self->pid, SIGSTOP);
	kill(self->pid, SIGCONT);
	EXPECT_EQ(7, actor_call(&self->a, do_nothing, 7));
	EXPECT_NO_MORE();
}

TEST_F(events, a_change_of_the_node_is_named)
{
	static const char * const files[][2] = {
		{ "limit", "1G" }, { "floor", "1M" }, { "headroom", "1M" }, { "policy", "newest" },
		{ "auto_resume", "0" }, { "min_running", "2" }, { "drain", "1" },
		{ "max_suspended_ms", "1000" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ASSERT_EQ(0, ms_node_write(files[i][0], "%s", files[i][1]));
		ASSERT_TRUE(event_next(self->fd, &self->e));
		EXPECT_STREQ("node", self->e.event);
		EXPECT_STREQ(files[i][0], self->e.name);
		EXPECT_EQ(0, self->e.pid);
		EXPECT_STREQ("none", self->e.reason);
		EXPECT_EQ(1L << 30, self->e.limit);
		EXPECT_EQ(self->e.running, self->e.charge);
		EXPECT_EQ(getpid(), self->e.by);
	}
	EXPECT_NO_MORE();
}

TEST_F(events, suspended_for_the_nodes_sake)
{
	struct actor b = actor_ready();
	long base = ms_charge(self->pid), limit;

	ASSERT_EQ(0, ms_write("register", "%d max", b.pid));
	ASSERT_EQ(0, ms_node_write("policy", "faulting"));
	ASSERT_EQ(0, ms_node_leave_room(1000));
	limit = ms_node_pages("limit");
	events_skip(self->fd);
	actor_send(&self->a, do_touch, 2000);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	/* Each level on the way, whoever it was that reached it. */
	ASSERT_TRUE(event_next(self->fd, &self->e));
	EXPECT_STREQ("level-low", self->e.name);
	EXPECT_EQ(0, self->e.by);
	ASSERT_TRUE(event_next(self->fd, &self->e));
	EXPECT_STREQ("level-medium", self->e.name);
	ASSERT_TRUE(event_next(self->fd, &self->e));
	EXPECT_STREQ("level-critical", self->e.name);
	EXPECT_NEXT("suspend", "node", 0);
	EXPECT_EQ((base + 1001) * PAGE, self->e.charge);
	EXPECT_EQ(PAGE, self->e.overshoot);
	EXPECT_LT(0, self->e.latency_ns);
	EXPECT_EQ(-1, self->e.limit);
	EXPECT_EQ((limit + 1) * PAGE - self->e.charge, self->e.running);
	ASSERT_TRUE(event_next(self->fd, &self->e));
	EXPECT_STREQ("level-ok", self->e.name);
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	ASSERT_TRUE(event_next(self->fd, &self->e));
	EXPECT_STREQ("limit", self->e.name);
	EXPECT_NEXT("resume", "node", 0);
	EXPECT_EQ(self->e.charge + ms_job_number(b.pid, "charge"), self->e.running);
	ASSERT_EQ(2000, actor_answer(&self->a));
	EXPECT_NO_MORE();
}

TEST_F(events, they_are_numbered_without_gaps_and_in_the_order_of_time)
{
	struct timespec t;
	struct event last = self->e;
	int i;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
		ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	for (i = 0; i < 200; i++) {
		ASSERT_TRUE(event_next(self->fd, &self->e));
		ASSERT_EQ(last.seq + 1, self->e.seq);
		ASSERT_LE(last.time_ns, self->e.time_ns);
		ASSERT_STREQ(i % 2 ? "resume" : "suspend", self->e.event);
		last = self->e;
	}
	EXPECT_GE(t.tv_sec * 1000000000LL + t.tv_nsec, last.time_ns);
	EXPECT_LT((t.tv_sec - 1000) * 1000000000LL, last.time_ns);
	EXPECT_NO_MORE();
}

/* Children join and leave silently: the job goes on. */
TEST_F(events, the_root_may_end_before_the_job_and_keeps_its_number)
{
	struct actor child = actor_child(&self->a, do_fork);

	ASSERT_LT(0, child.pid);
	actor_end(&self->a);
	EXPECT_NO_MORE();
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_NEXT("suspend", "user", getpid());
	kill(child.pid, SIGKILL);
	EXPECT_NEXT("exit", "user", 0);
	EXPECT_NO_MORE();
}

/* Process 1 of a pid namespace of its own: it reads on request and tells us. */
static void read_in_namespace(int orders, int answers)
{
	static char buf[512 * 1024];
	size_t len = 0;
	ssize_t n;
	char c;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(orders, &c, 1) != 1)
		_exit(1);
	fd = events_open(O_NONBLOCK);
	while ((n = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0)
		len += n;
	_exit(n == -1 && errno == EAGAIN && write(answers, buf, len) == len ? 0 : 1);
}

TEST_F(events, a_reader_in_another_pid_namespace_sees_its_own_jobs_by_its_own_pids)
{
	int orders[2], answers[2], node = 0, own = 0, status;
	char line[512], reason[32];
	struct event e;
	pid_t pid;
	FILE *f;

	ASSERT_EQ(0, pipe(orders) | pipe(answers));
	pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	ASSERT_LE(0, pid);
	if (!pid)
		read_in_namespace(orders[0], answers[1]);
	close(answers[1]);
	ASSERT_EQ(0, events_make(RETAINED));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d max name=inner", pid));
	ASSERT_EQ(0, ms_write("suspend", "%d", pid));
	ASSERT_EQ(0, ms_write("resume", "%d", pid));
	/* We see both, by the pids that they have here. */
	EXPECT_TRUE(event_until(self->fd, "suspend", self->pid, &e));
	EXPECT_TRUE(event_until(self->fd, "suspend", pid, &e));
	ASSERT_EQ(1, write(orders[1], "", 1));
	f = fdopen(answers[0], "r");
	while (fgets(line, sizeof(line), f)) {
		event_parse(&e, line);
		EXPECT_EQ(0, e.by);
		node += !strcmp(e.event, "node");
		if (!e.pid)
			continue;
		own++;
		EXPECT_EQ(1, e.pid);
		EXPECT_STREQ("inner", e.name);
		event_field(line, "reason", reason, sizeof(reason));
	}
	EXPECT_LE(RETAINED - 10, node);
	EXPECT_EQ(3, own);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
