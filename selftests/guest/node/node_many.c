// SPDX-License-Identifier: GPL-2.0-only
/* The node's limit with many running jobs. */
#include "memsusp_node.h"

#define MANY	200

/* Each job grows by so much; together they may by less. */
#define EACH	40
#define ROOM	(MANY * EACH / 2)

FIXTURE(many) {
	struct actor a[MANY];
};

/* An actor that is only forked, for that is cheaper: it shares what we hold. */
static struct actor actor_forked(void)
{
	struct actor a = { .pid = -1 };
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return a;
	fflush(NULL);
	a.pid = fork();
	if (!a.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		actor_loop(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	a.orders = to[1];
	a.answers = from[0];
	return a;
}

FIXTURE_SETUP(many)
{
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	for (i = 0; i < MANY; i++) {
		self->a[i] = actor_forked();
		ASSERT_LT(0, self->a[i].pid);
		ASSERT_EQ(0, actor_call(&self->a[i], do_reserve, 0));
		ASSERT_EQ(1, actor_call(&self->a[i], do_grow, 1));
		ASSERT_EQ(0, ms_write("register", "%d max", self->a[i].pid));
	}
}

FIXTURE_TEARDOWN(many)
{
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

static int running(struct actor a[MANY])
{
	int i, n = 0;

	for (i = 0; i < MANY; i++)
		n += ms_is_running(a[i].pid);
	return n;
}

/* By how much the limit may be exceeded unseen, as in node.c. */
static long bound(long limit, long growing)
{
	long least = limit / 1024 / MANY ?: 1;

	return (MANY - 1) * least + growing;
}

TEST_F_TIMEOUT(many, one_after_the_other_they_are_noticed_within_the_bound, 120)
{
	long limit, past = 0, i;

	ASSERT_EQ(0, ms_node_write("policy", "faulting"));
	ASSERT_EQ(0, ms_node_leave_room(ROOM));
	limit = ms_node_pages("limit");
	for (i = 0; i < MANY && !past; i++) {
		actor_send(&self->a[i], do_grow, EACH);
		ASSERT_TRUE(ms_until(actor_answered(&self->a[i], 0) ||
				     ms_is_suspended_for(self->a[i].pid, "node")));
		if (!ms_is_running(self->a[i].pid))
			past = ms_overshoot(self->a[i].pid);
	}
	EXPECT_LE(1, past);
	EXPECT_GE(bound(limit, 1), past);
	EXPECT_EQ(MANY - 1, running(self->a));
	EXPECT_EQ(limit + past, ms_sum_of_charges("running") + ms_sum_of_charges("suspended"));
	EXPECT_TRUE(ms_sums_are_right());
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	EXPECT_EQ(MANY, running(self->a));
}

TEST_F_TIMEOUT(many, all_at_once_they_are_noticed_within_the_bound, 120)
{
	long limit, past, i;

	/* One is enough; then nobody may be suspended any more. */
	ASSERT_EQ(0, ms_node_write("min_running", "%d", MANY - 1));
	ASSERT_EQ(0, ms_node_leave_room(ROOM));
	limit = ms_node_pages("limit");
	for (i = 0; i < MANY; i++)
		actor_send(&self->a[i], do_grow, EACH);
	ASSERT_TRUE(ms_until(ms_node_pages("suspended") > 0));
	for (i = 0, past = 0; i < MANY; i++) {
		ASSERT_TRUE(ms_until(actor_answered(&self->a[i], 0) ||
				     ms_is_suspended_for(self->a[i].pid, "node")));
		if (!ms_is_running(self->a[i].pid))
			past = ms_overshoot(self->a[i].pid);
	}
	EXPECT_LE(1, past);
	EXPECT_GE(bound(limit, MANY), past);
	EXPECT_EQ(MANY - 1, running(self->a));
	EXPECT_TRUE(ms_sums_are_right());
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(EACH + 1, actor_answer(&self->a[i]));
	EXPECT_TRUE(ms_sums_are_right());
}

/* As they come to their ends, those who wait are let in, and none is forgotten. */
TEST_F_TIMEOUT(many, all_come_to_their_ends, 120)
{
	long i, left = MANY, limit;

	ASSERT_EQ(0, ms_node_write("headroom", "0"));
	ASSERT_EQ(0, ms_node_write("limit", "%ld", ms_node_pages("running") / 4 * PAGE));
	limit = ms_node_pages("limit");
	EXPECT_LE(ms_node_pages("running"), limit);
	EXPECT_GT(MANY / 2, running(self->a));
	EXPECT_TRUE(ms_sums_are_right());
	for (i = 0; i < MANY; i++)
		actor_send(&self->a[i], do_exit, 0);
	while (left && ms_until(ms_stat("jobs") < left))
		left = ms_stat("jobs");
	EXPECT_EQ(0, left);
	EXPECT_EQ(0, ms_node_pages("running"));
	EXPECT_EQ(0, ms_node_pages("suspended"));
}

TEST_HARNESS_MAIN
