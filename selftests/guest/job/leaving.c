// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job that ends counts until its memory is really there again: nobody is told of its
 * end, and nobody resumed in its stead, before.
 */
#include "memsusp_events.h"

#define N	(160 * MIB / PAGE)

static long free_pages(void)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %ld kB", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb * 1024 / PAGE;
}

/*
 * Kill a job, wait for an event, and return how many pages became free after that: none
 * but a few, if it came when it should. What processors keep in lists of their own is
 * free and does not show, before or after.
 */
static long freed_after(int events, pid_t killed, const char *event, pid_t pid)
{
	struct event e;
	long then;

	kill(killed, SIGKILL);
	if (!event_until(events, event, pid, &e))
		return LONG_MAX;
	then = free_pages();
	ms_sleep(1000);
	return free_pages() - then;
}

/* Pages that may become free for another reason. */
#define SOME	(N / 4)

TEST_F(job, its_end_is_told_when_its_memory_is_free)
{
	int events = events_open(O_NONBLOCK);
	long freed;

	ASSERT_LE(0, events);
	events_skip(events);
	ASSERT_EQ(N, actor_call(&self->a, do_touch, N));
	freed = freed_after(events, self->pid, "exit", self->pid);
	TH_LOG("%ld of %ld pages were freed later", freed, N);
	EXPECT_GE(SOME, freed);
	close(events);
}

TEST_F(job, who_waited_for_its_memory_goes_on_when_it_is_free)
{
	int events = events_open(O_NONBLOCK);
	struct actor waiter = actor_ready();
	long freed;

	ASSERT_LE(0, events);
	ASSERT_EQ(0, ms_node_reset());
	ASSERT_EQ(0, ms_node_write("policy", "newest"));
	ASSERT_EQ(N, actor_call(&self->a, do_touch, N));
	ASSERT_EQ(0, ms_write("register", "%d max", waiter.pid));
	ASSERT_EQ(0, ms_node_leave_room(N / 8));
	actor_send(&waiter, do_touch, N / 4);
	ASSERT_TRUE(ms_until_state(waiter.pid, "suspended"));
	events_skip(events);
	freed = freed_after(events, self->pid, "resume", waiter.pid);
	TH_LOG("%ld of %ld pages were freed later", freed, N);
	EXPECT_GE(SOME, freed);
	EXPECT_EQ(N / 4, actor_answer(&waiter));
	close(events);
	EXPECT_EQ(0, ms_node_reset());
}

TEST_HARNESS_MAIN
