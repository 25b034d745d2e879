// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints memsusp:*: what they tell, through tracefs as others read it. */
#include "memsusp_node.h"

#include <sys/mount.h>

#define TRACEFS	"/sys/kernel/tracing"

static int trace_write(const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), TRACEFS "/%s", file);
	return ms_write_at(path, text, strlen(text));
}

/* Forget what was traced: that is what opening it like this means. */
static int trace_clear(void)
{
	return close(open(TRACEFS "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC)) ? -errno : 0;
}

/* Of the last trace line of this event and job, a field; LLONG_MIN if there is none. */
static long long traced(const char *event, pid_t job, const char *field)
{
	char line[1024], want[64], key[64];
	long long found = LLONG_MIN;
	FILE *f = fopen(TRACEFS "/trace", "re");
	const char *at;

	snprintf(want, sizeof(want), " job=%d ", job);
	snprintf(key, sizeof(key), " %s=", field);
	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, event);
		/* "memsusp_trip: job=1 used=2 trip=3" */
		if (!at || at[strlen(event)] != ':' || (job && !strstr(at, want)))
			continue;
		at = strstr(at, key);
		if (at)
			found = atoll(at + strlen(key));
	}
	if (f)
		fclose(f);
	return found;
}

/* How many lines of an event there are. */
static int lines_of(const char *event)
{
	char line[1024];
	FILE *f = fopen(TRACEFS "/trace", "re");
	const char *at;
	int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, event);
		n += at && at[strlen(event)] == ':';
	}
	if (f)
		fclose(f);
	return n;
}

FIXTURE(trace) {
	struct actor a;
	pid_t pid;
	long base;
};

FIXTURE_SETUP(trace)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (access(TRACEFS "/trace", F_OK))
		mount("trace", TRACEFS, "tracefs", 0, NULL);
	if (access(TRACEFS "/trace", F_OK))
		SKIP(_exit(255), "no tracefs");
	ASSERT_EQ(0, ms_node_reset());
	self->a = actor_ready();
	self->pid = self->a.pid;
	ASSERT_EQ(0, ms_write("register", "%d max", self->pid));
	self->base = ms_charge(self->pid);
	ASSERT_EQ(0, trace_clear());
	ASSERT_EQ(0, trace_write("events/memsusp/enable", "1"));
	ASSERT_EQ(0, trace_write("tracing_on", "1"));
}

FIXTURE_TEARDOWN(trace)
{
	EXPECT_EQ(0, trace_write("events/memsusp/enable", "0"));
	EXPECT_EQ(0, trace_clear());
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

TEST_F(trace, a_trip_a_suspension_and_its_end)
{
	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 200);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(self->base + 101, traced("memsusp_trip", self->pid, "used"));
	EXPECT_EQ(self->base + 100, traced("memsusp_trip", self->pid, "trip"));
	EXPECT_EQ(1, lines_of("memsusp_suspend"));
	EXPECT_EQ(self->base + 101, traced("memsusp_suspend", self->pid, "charge"));
	EXPECT_EQ(self->base + 100, traced("memsusp_suspend", self->pid, "limit"));
	EXPECT_EQ(1, traced("memsusp_suspend", self->pid, "overshoot"));
	EXPECT_EQ(ms_table_number("jobs", "pid", self->pid, "latency_ns"),
		  traced("memsusp_suspend", self->pid, "latency_ns"));
	EXPECT_EQ(0, lines_of("memsusp_resume"));
	ASSERT_EQ(0, ms_write("resume", "%d max", self->pid));
	EXPECT_EQ(1, lines_of("memsusp_resume"));
	EXPECT_EQ(self->base + 101, traced("memsusp_resume", self->pid, "charge"));
	EXPECT_EQ(200, actor_answer(&self->a));
}

TEST_F(trace, a_warning)
{
	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", (self->base + 50) * PAGE));
	ASSERT_EQ(100, actor_call(&self->a, do_touch, 100));
	EXPECT_TRUE(ms_until(lines_of("memsusp_warn") == 1));
	EXPECT_LE(self->base + 51, traced("memsusp_warn", self->pid, "charge"));
	EXPECT_GE(self->base + 100, traced("memsusp_warn", self->pid, "charge"));
}

TEST_F(trace, decisions_about_the_node)
{
	struct actor b = actor_ready();
	long limit, sum;

	ASSERT_EQ(0, ms_write("register", "%d max", b.pid));
	ASSERT_EQ(0, ms_node_write("policy", "faulting"));
	ASSERT_EQ(0, ms_node_leave_room(300));
	limit = ms_node_pages("limit");
	actor_send(&self->a, do_touch, 400);
	ASSERT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_EQ(1, lines_of("memsusp_victims"));
	EXPECT_EQ(limit, traced("memsusp_victims", 0, "limit"));
	EXPECT_EQ(limit + 1, traced("memsusp_victims", 0, "running"));
	EXPECT_EQ(0, traced("memsusp_victims", 0, "suspended"));
	EXPECT_EQ(2, traced("memsusp_victims", 0, "nr_running"));
	EXPECT_EQ(1, traced("memsusp_victims", 0, "chosen"));
	EXPECT_EQ(self->base + 301, traced("memsusp_suspend", self->pid, "charge"));
	EXPECT_EQ(0, lines_of("memsusp_waiters"));
	sum = ms_charge(self->pid);
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	EXPECT_EQ(1, lines_of("memsusp_waiters"));
	EXPECT_EQ(sum, traced("memsusp_waiters", 0, "suspended"));
	EXPECT_EQ(1, traced("memsusp_waiters", 0, "nr_running"));
	EXPECT_EQ(1, traced("memsusp_waiters", 0, "chosen"));
	EXPECT_EQ(400, actor_answer(&self->a));
}

/* In words, for who reads them. */
TEST_F(trace, a_reason_is_a_word)
{
	char line[1024];
	bool user = false;
	FILE *f;

	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	f = fopen(TRACEFS "/trace", "re");
	while (f && fgets(line, sizeof(line), f))
		user |= strstr(line, "memsusp_suspend: ") && strstr(line, " reason=user ");
	if (f)
		fclose(f);
	EXPECT_TRUE(user);
}

TEST_F(trace, nothing_is_traced_that_was_not_asked_for)
{
	ASSERT_EQ(0, trace_write("events/memsusp/enable", "0"));
	ASSERT_EQ(0, trace_write("events/memsusp/memsusp_resume/enable", "1"));
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_EQ(0, lines_of("memsusp_suspend"));
	EXPECT_EQ(1, lines_of("memsusp_resume"));
}

TEST_HARNESS_MAIN
