// SPDX-License-Identifier: GPL-2.0-only
/* policy.c: what is to be done with a job. */
#include "ktap.h"
#include "policy.h"

static struct memsusp_case running(long charge, long limit)
{
	return (struct memsusp_case){
		.state = MEMSUSP_RUNNING, .charge = charge, .limit = limit, .touched = true,
	};
}

static struct memsusp_case suspended(enum memsusp_reason reason, long charge, long limit)
{
	return (struct memsusp_case){
		.state = MEMSUSP_SUSPENDED, .reason = reason, .charge = charge, .limit = limit,
	};
}

static bool stays(struct memsusp_case c)
{
	return memsusp_policy_decide(&c).action == MEMSUSP_STAY;
}

static bool suspends(struct memsusp_case c, enum memsusp_reason reason)
{
	struct memsusp_verdict v = memsusp_policy_decide(&c);

	return v.action == MEMSUSP_SUSPEND && v.reason == reason;
}

static bool continues(struct memsusp_case c, enum memsusp_cause cause)
{
	struct memsusp_verdict v = memsusp_policy_decide(&c);

	return v.action == MEMSUSP_CONTINUE && v.cause == cause;
}

static void a_job_runs_up_to_its_limit_and_not_beyond(void)
{
	EXPECT(stays(running(0, 1)));
	EXPECT(stays(running(1000, 1000)));
	EXPECT(suspends(running(1001, 1000), MEMSUSP_REASON_LIMIT));
	EXPECT(stays(running(LONG_MAX - 1, MEMSUSP_NO_LIMIT)));
}

static void a_job_continues_as_soon_as_it_fits(void)
{
	EXPECT(stays(suspended(MEMSUSP_REASON_LIMIT, 1001, 1000)));
	EXPECT(continues(suspended(MEMSUSP_REASON_LIMIT, 1000, 1000), MEMSUSP_CAUSE_AUTO));
}

static void a_job_suspended_by_hand_waits_for_a_hand(void)
{
	struct memsusp_case c = suspended(MEMSUSP_REASON_USER, 1, 1000);

	EXPECT(stays(c));
	c.order = MEMSUSP_ORDER_RESUME;
	EXPECT(continues(c, MEMSUSP_CAUSE_USER));
	c = running(1, 1000);
	c.order = MEMSUSP_ORDER_SUSPEND;
	EXPECT(suspends(c, MEMSUSP_REASON_USER));
	c = suspended(MEMSUSP_REASON_LIMIT, 1, 1000);
	c.order = MEMSUSP_ORDER_SUSPEND;
	EXPECT(suspends(c, MEMSUSP_REASON_USER));
}

static void no_order_resumes_a_job_above_its_limit(void)
{
	struct memsusp_case c = suspended(MEMSUSP_REASON_USER, 1001, 1000);

	c.order = MEMSUSP_ORDER_RESUME;
	EXPECT(stays(c));
}

static void a_foreign_continue_holds_until_the_next_touch(void)
{
	struct memsusp_case c = suspended(MEMSUSP_REASON_LIMIT, 1001, 1000);

	c.continued = true;
	EXPECT(continues(c, MEMSUSP_CAUSE_FOREIGN));
	c = running(1001, 1000);
	c.touched = false;
	EXPECT(stays(c));
	c.touched = true;
	EXPECT(suspends(c, MEMSUSP_REASON_LIMIT));
}

static void release_continues_whatever_else_is_true(void)
{
	struct memsusp_case c = suspended(MEMSUSP_REASON_LIMIT, 1001, 1000);

	c.order = MEMSUSP_ORDER_RELEASE;
	EXPECT(continues(c, MEMSUSP_CAUSE_RELEASE));
	c.reason = MEMSUSP_REASON_USER;
	c.continued = true;
	EXPECT(continues(c, MEMSUSP_CAUSE_RELEASE));
	c = running(1001, 1000);
	c.order = MEMSUSP_ORDER_RELEASE;
	EXPECT(stays(c));
}

static long look(long charge, long limit, long soft_limit, bool warned)
{
	return memsusp_policy_next_look(charge, limit, soft_limit, warned, 12);
}

static void the_next_look_is_at_a_limit_or_before(void)
{
	const long no = MEMSUSP_NO_LIMIT;

	EXPECT(look(0, 1000, no, false) == 1000);
	EXPECT(look(0, 1000, 500, false) == 500);
	EXPECT(look(500, 1000, 500, false) == 500);
	EXPECT(look(0, no, no, false) == 4096);
	EXPECT(look(80000, no, no, false) == 90000);
	EXPECT(look(80000, 85000, no, false) == 85000);
	EXPECT(look(no - 1, no, no, false) == no);
	EXPECT(look(no, no, no, false) == no);
}

static void a_warned_job_is_looked_at_before_it_can_cross_again(void)
{
	EXPECT(look(1001, 9000, 800, true) == 1101);
	EXPECT(look(1001, 1050, 800, true) == 1050);
	EXPECT(look(3, 9000, 2, true) == 4);
}

static void a_job_above_its_limit_is_looked_at_with_the_next_touch(void)
{
	EXPECT(look(2000, 1000, MEMSUSP_NO_LIMIT, false) == 2000);
	EXPECT(look(2000, 1000, 500, true) == 2000);
	EXPECT(look(2000, 9000, 500, false) == 2000);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		KTAP_TEST(a_job_runs_up_to_its_limit_and_not_beyond),
		KTAP_TEST(a_job_continues_as_soon_as_it_fits),
		KTAP_TEST(a_job_suspended_by_hand_waits_for_a_hand),
		KTAP_TEST(no_order_resumes_a_job_above_its_limit),
		KTAP_TEST(a_foreign_continue_holds_until_the_next_touch),
		KTAP_TEST(release_continues_whatever_else_is_true),
		KTAP_TEST(the_next_look_is_at_a_limit_or_before),
		KTAP_TEST(a_warned_job_is_looked_at_before_it_can_cross_again),
		KTAP_TEST(a_job_above_its_limit_is_looked_at_with_the_next_touch),
	};

	return ktap_main(tests, sizeof(tests) / sizeof(tests[0]));
}
