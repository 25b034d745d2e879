// SPDX-License-Identifier: GPL-2.0-only
/* policy.c: whom to suspend and whom to resume for the node's sake. */
#include "ktap.h"
#include "policy.h"

#define NO		MEMSUSP_NO_LIMIT
#define NR_POLICIES	(MEMSUSP_POLICY_FAULTING + 1)
#define MAX_JOBS	24

/* A node as it is at load, but for its limit. */
static struct memsusp_node node_of(long limit)
{
	return (struct memsusp_node){
		.limit = limit, .headroom = -1, .auto_resume = true, .min_running = 1,
		.now_ns = 1000, .swap = NO,
	};
}

static struct memsusp_node node_with(long limit, long running, unsigned int nr_running)
{
	struct memsusp_node node = node_of(limit);

	node.running = running;
	node.nr_running = nr_running;
	return node;
}

static void leaves(struct memsusp_node *node, const struct memsusp_candidate *job)
{
	node->running -= job->charge;
	node->idle += job->idle;
	node->nr_running--;
}

static void joins(struct memsusp_node *node, const struct memsusp_candidate *job)
{
	node->running += job->charge;
	node->idle -= job->idle;
	node->available -= job->swapped;
	node->nr_running++;
}

/* The chosen ones in order, as letters: A is the first of @jobs. */
static bool chosen_are(size_t (*choose)(const struct memsusp_node *node,
					struct memsusp_candidate **jobs, size_t n),
		       const struct memsusp_node *node, struct memsusp_candidate *jobs, size_t n,
		       const char *expected)
{
	struct memsusp_candidate *order[MAX_JOBS];
	char letters[MAX_JOBS + 1] = "";
	size_t i, chosen;

	for (i = 0; i < n; i++)
		order[i] = &jobs[i];
	chosen = choose(node, order, n);
	for (i = 0; i < chosen; i++)
		letters[i] = 'A' + (order[i] - jobs);
	if (!strcmp(letters, expected))
		return true;
	printf("# chosen: \"%s\", expected: \"%s\"\n", letters, expected);
	return false;
}

#define VICTIMS(node, jobs, expected) \
	chosen_are(memsusp_policy_victims, node, jobs, sizeof(jobs) / sizeof((jobs)[0]), expected)
#define WAITERS(node, jobs, expected) \
	chosen_are(memsusp_policy_waiters, node, jobs, sizeof(jobs) / sizeof((jobs)[0]), expected)

static void room_is_what_limit_and_floor_leave(void)
{
	struct memsusp_node node = node_with(100, 30, 1);

	EXPECT(memsusp_policy_room(&node) == 70);
	node.available = 50;
	EXPECT(memsusp_policy_room(&node) == 70);
	node.floor = 20;
	EXPECT(memsusp_policy_room(&node) == 30);
	node.available = 10;
	EXPECT(memsusp_policy_room(&node) == -10);
	node.limit = NO;
	EXPECT(memsusp_policy_room(&node) == -10);
	node.floor = 0;
	EXPECT(memsusp_policy_room(&node) == NO);
	node.limit = 20;
	EXPECT(memsusp_policy_room(&node) == -10);
}

static void headroom_is_a_twentieth_unless_set(void)
{
	struct memsusp_node node = node_of(1000);

	EXPECT(memsusp_policy_headroom(&node) == 50);
	node.headroom = 0;
	EXPECT(memsusp_policy_headroom(&node) == 0);
	node.headroom = LONG_MAX;
	EXPECT(memsusp_policy_headroom(&node) == LONG_MAX);
	node = node_of(NO);
	node.floor = 200;
	EXPECT(memsusp_policy_headroom(&node) == 10);
	node.limit = 1000;
	EXPECT(memsusp_policy_headroom(&node) == 50);
}

static void each_policy_has_its_victim(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .born_ns = 1, .faulted_ns = 7, .priority = 3 },
		{ .charge = 40, .born_ns = 2, .faulted_ns = 6, .priority = 0 },
		{ .charge = 20, .born_ns = 3, .faulted_ns = 9, .priority = -2 },
		{ .charge = 25, .born_ns = 4, .faulted_ns = 8, .priority = 1 },
	};
	struct memsusp_node node = node_with(100, 115, 4);
	static const char * const first[NR_POLICIES] = {
		[MEMSUSP_POLICY_LARGEST] = "B",
		[MEMSUSP_POLICY_NEWEST] = "D",
		[MEMSUSP_POLICY_OLDEST] = "A",
		[MEMSUSP_POLICY_PRIORITY] = "C",
		[MEMSUSP_POLICY_FAULTING] = "C",
	};

	for (node.policy = 0; node.policy < NR_POLICIES; node.policy++)
		EXPECT(VICTIMS(&node, jobs, first[node.policy]));
}

static void as_many_go_as_it_takes(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .born_ns = 1 }, { .charge = 40, .born_ns = 2 },
		{ .charge = 20, .born_ns = 3 }, { .charge = 25, .born_ns = 4 },
	};
	struct memsusp_node node = node_with(115, 115, 4);

	node.policy = MEMSUSP_POLICY_NEWEST;
	EXPECT(VICTIMS(&node, jobs, ""));
	node.limit = 114;
	EXPECT(VICTIMS(&node, jobs, "D"));
	node.limit = 90;
	EXPECT(VICTIMS(&node, jobs, "D"));
	node.limit = 89;
	EXPECT(VICTIMS(&node, jobs, "DC"));
	node.limit = 30;
	EXPECT(VICTIMS(&node, jobs, "DCB"));
	node.limit = 0;
	EXPECT(VICTIMS(&node, jobs, "DCB"));
}

static void among_equals_the_newest_goes(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .born_ns = 2 }, { .charge = 30, .born_ns = 3 },
		{ .charge = 30, .born_ns = 1 },
	};
	struct memsusp_node node = node_with(80, 90, 3);

	EXPECT(VICTIMS(&node, jobs, "B"));
	node.policy = MEMSUSP_POLICY_PRIORITY;
	EXPECT(VICTIMS(&node, jobs, "B"));
	node.policy = MEMSUSP_POLICY_FAULTING;
	EXPECT(VICTIMS(&node, jobs, "B"));
}

static void whoever_was_just_resumed_goes_last(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 10, .born_ns = 2, .priority = 1, .faulted_ns = 1 },
		{ .charge = 40, .born_ns = 3, .priority = 0, .faulted_ns = 2, .fresh = true },
		{ .charge = 40, .born_ns = 1, .priority = 0, .faulted_ns = 2, .fresh = true },
	};
	struct memsusp_node node = node_with(85, 90, 3);

	for (node.policy = 0; node.policy < NR_POLICIES; node.policy++)
		EXPECT(VICTIMS(&node, jobs, "A"));
	/* The two that were resumed: in the order of the policy. */
	jobs[0].fresh = true;
	node.policy = MEMSUSP_POLICY_NEWEST;
	EXPECT(VICTIMS(&node, jobs, "B"));
	node.policy = MEMSUSP_POLICY_OLDEST;
	EXPECT(VICTIMS(&node, jobs, "C"));
}

static void min_running_are_left(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .born_ns = 1 }, { .charge = 30, .born_ns = 2 },
		{ .charge = 30, .born_ns = 3 },
	};
	struct memsusp_node node = node_with(1, 90, 3);

	EXPECT(VICTIMS(&node, jobs, "CB"));
	node.min_running = 2;
	EXPECT(VICTIMS(&node, jobs, "C"));
	node.min_running = 3;
	EXPECT(VICTIMS(&node, jobs, ""));
	node.min_running = 100;
	EXPECT(VICTIMS(&node, jobs, ""));
	/* It must not stand still, unless somebody's hand is waited for anyway. */
	node.min_running = 0;
	EXPECT(VICTIMS(&node, jobs, "CB"));
	node.auto_resume = false;
	EXPECT(VICTIMS(&node, jobs, "CBA"));
}

static void under_the_floor_what_becomes_available_counts(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .idle = 2, .born_ns = 1 },
		{ .charge = 30, .idle = 30, .born_ns = 2 },
		{ .charge = 30, .idle = 5, .born_ns = 3 },
	};
	struct memsusp_node node = node_with(NO, 90, 3);

	node.floor = 100;
	node.available = 100;
	EXPECT(VICTIMS(&node, jobs, ""));
	node.available = 95;
	EXPECT(VICTIMS(&node, jobs, "C"));
	/* C is not enough, and B enough for both. */
	node.available = 94;
	EXPECT(VICTIMS(&node, jobs, "B"));
	node.headroom = 25;
	EXPECT(VICTIMS(&node, jobs, "CB"));
	node.floor = 0;
	EXPECT(VICTIMS(&node, jobs, ""));
}

static void a_victim_that_a_later_one_makes_needless_is_spared(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 80, .born_ns = 1 }, { .charge = 60, .born_ns = 2 },
		{ .charge = 10, .born_ns = 3 }, { .charge = 5, .born_ns = 4 },
	};
	struct memsusp_node node = node_with(100, 155, 4);

	node.policy = MEMSUSP_POLICY_NEWEST;
	EXPECT(VICTIMS(&node, jobs, "B"));
	/* 80 + 10 + 5 leave 5 of 100; whoever needs more of them must go. */
	node.headroom = 6;
	EXPECT(VICTIMS(&node, jobs, "DB"));
	node.headroom = 11;
	EXPECT(VICTIMS(&node, jobs, "BC"));
	node.headroom = LONG_MAX;
	EXPECT(VICTIMS(&node, jobs, "DCB"));
}

static void what_stays_takes_no_more_than_it_holds(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 50, .idle = 50, .born_ns = 1 },
		{ .charge = 22, .idle = 2, .swapped = 20, .born_ns = 2 },
		{ .charge = 11, .idle = 11, .born_ns = 3 },
	};
	struct memsusp_node node = node_with(NO, 83, 4);

	/*
	 * Without all three 25 are left. B may stay, though it would need 22 to
	 * come back; it holds 2 of them, so that there is room for C as well.
	 */
	node.policy = MEMSUSP_POLICY_NEWEST;
	node.headroom = 0;
	node.floor = 100;
	node.available = 62;
	EXPECT(VICTIMS(&node, jobs, "A"));
}

static void the_longest_suspended_is_resumed_first(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .since_ns = 3 }, { .charge = 30, .since_ns = 1 },
		{ .charge = 30, .since_ns = 2 },
	};
	struct memsusp_node node = node_with(100, 5, 1);

	EXPECT(WAITERS(&node, jobs, "BCA"));
	node.running = 6;
	EXPECT(WAITERS(&node, jobs, "BC"));
	node.running = 65;
	EXPECT(WAITERS(&node, jobs, "B"));
	node.running = 66;
	EXPECT(WAITERS(&node, jobs, ""));
	node.limit = NO;
	EXPECT(WAITERS(&node, jobs, "BCA"));
}

static void among_those_suspended_together_the_oldest_is_resumed_first(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .since_ns = 1, .born_ns = 2 },
		{ .charge = 30, .since_ns = 1, .born_ns = 1 },
	};
	struct memsusp_node node = node_with(100, 50, 1);

	EXPECT(WAITERS(&node, jobs, "B"));
}

static void headroom_is_left_when_jobs_are_resumed(void)
{
	struct memsusp_candidate jobs[] = { { .charge = 30 } };
	struct memsusp_node node = node_with(1000, 921, 1);

	EXPECT(WAITERS(&node, jobs, ""));
	node.running = 920;
	EXPECT(WAITERS(&node, jobs, "A"));
	node.headroom = 0;
	node.running = 971;
	EXPECT(WAITERS(&node, jobs, ""));
	node.running = 970;
	EXPECT(WAITERS(&node, jobs, "A"));
	node.headroom = LONG_MAX;
	node.running = 0;
	EXPECT(WAITERS(&node, jobs, ""));
	node.nr_running = 0;
	EXPECT(WAITERS(&node, jobs, "A"));
}

static void floor_holds_when_jobs_are_resumed(void)
{
	struct memsusp_candidate jobs[] = { { .charge = 30, .idle = 3, .swapped = 27 } };
	struct memsusp_node node = node_with(NO, 0, 1);

	node.floor = 100;
	node.idle = 3;
	node.available = 131;
	EXPECT(WAITERS(&node, jobs, ""));
	node.available = 132;
	EXPECT(WAITERS(&node, jobs, "A"));
	node.limit = 1000;
	EXPECT(WAITERS(&node, jobs, ""));
	node.available = 177;
	EXPECT(WAITERS(&node, jobs, "A"));
	/* Without swap, what it has in RAM was not available either. */
	node.limit = NO;
	node.swap = 0;
	node.available = 131;
	EXPECT(WAITERS(&node, jobs, ""));
	node.available = 132;
	EXPECT(WAITERS(&node, jobs, "A"));
}

static void what_cannot_leave_is_neither_available_nor_brought_back(void)
{
	struct memsusp_candidate jobs[] = { { .charge = 30, .idle = 3, .swapped = 7 } };
	struct memsusp_node node = node_with(NO, 30, 2);

	node.floor = 100;
	node.available = 97;
	EXPECT(VICTIMS(&node, jobs, "A"));
	leaves(&node, &jobs[0]);
	EXPECT(memsusp_policy_room(&node) == 0);
	node.headroom = 0;
	node.available = 106;
	EXPECT(WAITERS(&node, jobs, ""));
	node.available = 107;
	EXPECT(WAITERS(&node, jobs, "A"));
}

static void of_what_is_swapped_a_part_stays_in_ram(void)
{
	struct memsusp_node node = node_with(NO, 0, 1);

	node.floor = 100;
	node.idle = 40;
	node.available = 100;
	EXPECT(memsusp_policy_room(&node) == 40);
	node.swap_in_ram = 256;
	EXPECT(memsusp_policy_room(&node) == 30);
	node.swap_in_ram = 257;
	EXPECT(memsusp_policy_room(&node) == 29);
	node.swap_in_ram = 1024;
	EXPECT(memsusp_policy_room(&node) == 0);
	node.swap = 20;
	node.swap_in_ram = 512;
	EXPECT(memsusp_policy_room(&node) == 10);
}

static void a_smaller_one_passes_one_that_does_not_fit(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 50, .since_ns = 1 }, { .charge = 30, .since_ns = 2 },
		{ .charge = 20, .since_ns = 3 }, { .charge = 10, .since_ns = 4 },
	};
	struct memsusp_node node = node_with(100, 50, 1);

	EXPECT(WAITERS(&node, jobs, "BD"));
}

static void nobody_passes_one_that_is_overdue(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .since_ns = 100 }, { .charge = 50, .since_ns = 200 },
		{ .charge = 5, .since_ns = 300 },
	};
	struct memsusp_node node = node_with(100, 60, 1);

	node.now_ns = 700;
	EXPECT(WAITERS(&node, jobs, "AC"));
	node.max_suspended_ns = 500;
	EXPECT(WAITERS(&node, jobs, "AC"));
	node.max_suspended_ns = 499;
	EXPECT(WAITERS(&node, jobs, "A"));
	/* A clock that was read before the job was suspended. */
	node.now_ns = 0;
	EXPECT(WAITERS(&node, jobs, "AC"));
}

static void one_that_is_overdue_needs_no_headroom(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 30, .since_ns = 100 }, { .charge = 5, .since_ns = 300 },
	};
	struct memsusp_node node = node_with(100, 60, 1);

	node.now_ns = 700;
	node.headroom = 20;
	EXPECT(WAITERS(&node, jobs, "B"));
	node.max_suspended_ns = 500;
	EXPECT(WAITERS(&node, jobs, "A"));
	node.running = 71;
	EXPECT(WAITERS(&node, jobs, ""));
}

static void without_auto_resume_everybody_waits(void)
{
	struct memsusp_candidate jobs[] = { { .charge = 1 } };
	struct memsusp_node node = node_with(100, 0, 0);

	node.max_suspended_ns = 1;
	node.drain = true;
	EXPECT(WAITERS(&node, jobs, "A"));
	node.auto_resume = false;
	EXPECT(WAITERS(&node, jobs, ""));
}

static void the_node_never_stands_still(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 300, .since_ns = 1 }, { .charge = 200, .since_ns = 3 },
		{ .charge = 200, .since_ns = 2 }, { .charge = 400, .since_ns = 4 },
	};
	struct memsusp_node node = node_with(100, 0, 0);

	/* The smallest, and of equals the one that has waited longest. */
	EXPECT(WAITERS(&node, jobs, "C"));
	node.nr_running = 1;
	EXPECT(WAITERS(&node, jobs, ""));
	/* Whoever is overdue comes before the smallest. */
	node.nr_running = 0;
	node.max_suspended_ns = 998;
	EXPECT(WAITERS(&node, jobs, "A"));
	/* Under the floor already, whoever holds the memory. */
	node = node_with(NO, 0, 0);
	node.floor = 100;
	node.available = 50;
	EXPECT(WAITERS(&node, jobs, "C"));
}

static void above_its_own_limit_a_job_waits_unless_drained(void)
{
	struct memsusp_candidate jobs[] = {
		{ .charge = 10, .since_ns = 1, .over_limit = true },
		{ .charge = 5, .since_ns = 2, .over_limit = true },
		{ .charge = 20, .since_ns = 3 },
	};
	struct memsusp_candidate *over[] = { &jobs[0], &jobs[1] };
	struct memsusp_node node = node_with(100, 0, 0);

	EXPECT(WAITERS(&node, jobs, "C"));
	EXPECT(memsusp_policy_waiters(&node, over, 2) == 0);
	node.drain = true;
	EXPECT(WAITERS(&node, jobs, "C"));
	/* Even one that does not fit comes first, */
	jobs[2].charge = 2000;
	EXPECT(WAITERS(&node, jobs, "C"));
	/* then one at a time, the smallest, and only if nothing else runs. */
	EXPECT(memsusp_policy_waiters(&node, over, 2) == 1 && over[0] == &jobs[1]);
	node.nr_running = 1;
	EXPECT(memsusp_policy_waiters(&node, over, 2) == 0);
	node.nr_running = 0;
	node.max_suspended_ns = 1;
	EXPECT(memsusp_policy_waiters(&node, over, 2) == 1 && over[0] == &jobs[1]);
}

static enum memsusp_level level_at(long limit, long running, long floor, long available)
{
	struct memsusp_node node = node_with(limit, running, 1);

	node.floor = floor;
	node.available = available;
	return memsusp_policy_level(&node);
}

static void levels_tell_how_near_the_node_is(void)
{
	EXPECT(level_at(100, 80, 0, 0) == MEMSUSP_LEVEL_OK);
	EXPECT(level_at(100, 81, 0, 0) == MEMSUSP_LEVEL_LOW);
	EXPECT(level_at(100, 90, 0, 0) == MEMSUSP_LEVEL_LOW);
	EXPECT(level_at(100, 91, 0, 0) == MEMSUSP_LEVEL_MEDIUM);
	EXPECT(level_at(100, 95, 0, 0) == MEMSUSP_LEVEL_MEDIUM);
	EXPECT(level_at(100, 96, 0, 0) == MEMSUSP_LEVEL_CRITICAL);
	EXPECT(level_at(100, 200, 0, 0) == MEMSUSP_LEVEL_CRITICAL);
	EXPECT(level_at(NO, 200, 0, 0) == MEMSUSP_LEVEL_OK);
	EXPECT(level_at(NO, 0, 100, 200) == MEMSUSP_LEVEL_OK);
	EXPECT(level_at(NO, 0, 100, 199) == MEMSUSP_LEVEL_LOW);
	EXPECT(level_at(NO, 0, 100, 149) == MEMSUSP_LEVEL_MEDIUM);
	EXPECT(level_at(NO, 0, 100, 124) == MEMSUSP_LEVEL_CRITICAL);
	EXPECT(level_at(100, 91, 100, 199) == MEMSUSP_LEVEL_MEDIUM);
	EXPECT(level_at(100, 81, 100, 124) == MEMSUSP_LEVEL_CRITICAL);
}

static long boundary_at(long limit, long running)
{
	struct memsusp_node node = node_with(limit, running, 1);

	return memsusp_policy_boundary(&node);
}

static void the_boundary_is_the_next_level_or_the_limit(void)
{
	EXPECT(boundary_at(100, 0) == 80);
	EXPECT(boundary_at(100, 80) == 80);
	EXPECT(boundary_at(100, 81) == 90);
	EXPECT(boundary_at(100, 91) == 95);
	EXPECT(boundary_at(100, 96) == 100);
	EXPECT(boundary_at(100, 101) == 100);
	EXPECT(boundary_at(NO, 101) == NO);
}

static long share_at(long limit, long running, unsigned int nr_running)
{
	struct memsusp_node node = node_with(limit, running, nr_running);

	return memsusp_policy_share(&node);
}

static void half_of_what_is_left_is_shared_out(void)
{
	struct memsusp_node node = node_with(NO, 0, 2);

	EXPECT(share_at(NO, 5, 3) == NO);
	EXPECT(share_at(100000, 0, 1) == 40000);
	EXPECT(share_at(100000, 0, 10) == 4000);
	EXPECT(share_at(100000, 0, 0) == 40000);
	/* Not less than a 1024th for all together, but not more than is left. */
	EXPECT(share_at(102400, 102399, 1) == 1);
	EXPECT(share_at(102400, 102400, 1) == 0);
	EXPECT(share_at(102400, 102300, 1) == 100);
	EXPECT(share_at(102400, 102300, 10) == 10);
	EXPECT(share_at(102400, 102300, 1000) == 1);
	/* Too full: at once, unless nobody may be suspended. */
	EXPECT(share_at(64000, 64001, 2) == 0);
	EXPECT(share_at(64000, 64001, 1) == 1000);
	node.floor = 16000;
	node.available = 16600;
	EXPECT(memsusp_policy_share(&node) == 150);
	node.available = 160000;
	EXPECT(memsusp_policy_share(&node) == 500);
}

/*
 * Properties, for nodes drawn at random
 */

#define ROUNDS	20000
#define BATCHES	200

static u64 seed;

/* A 64-bit linear congruential generator, the multiplier by Knuth (MMIX). */
static unsigned long draw(unsigned long below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % below;
}

static bool odds(unsigned int of)
{
	return !draw(of);
}

struct scene {
	u64 seed;
	struct memsusp_node node;
	struct memsusp_candidate jobs[MAX_JOBS];
	struct memsusp_candidate *order[MAX_JOBS];
	size_t n;
	size_t chosen;
};

static bool is_permutation(const struct scene *s)
{
	bool seen[MAX_JOBS] = { false };
	size_t i, j;

	for (i = 0; i < s->n; i++) {
		j = s->order[i] - s->jobs;
		if (j >= s->n || seen[j])
			return false;
		seen[j] = true;
	}
	return s->chosen <= s->n;
}

static unsigned int least_running(const struct memsusp_node *node)
{
	return node->auto_resume && !node->min_running ? 1 : node->min_running;
}

static void draw_settings(struct memsusp_node *node, long size)
{
	*node = (struct memsusp_node){
		.limit = odds(4) ? NO : (long)draw(size),
		.floor = odds(2) ? 0 : (long)draw(size / 4),
		.headroom = odds(2) ? -1 : odds(4) ? 0 : odds(4) ? LONG_MAX : (long)draw(size),
		.policy = draw(NR_POLICIES),
		.auto_resume = !odds(8),
		.drain = odds(2),
		.min_running = odds(2) ? 1 : draw(5),
		.max_suspended_ns = odds(2) ? 0 : draw(50) + 1,
		.now_ns = 100,
	};
}

/* Times and sizes from few values, so that many are equal; or from many. */
static void draw_scene(struct scene *s)
{
	long size = 10 + draw(1000);
	long most = odds(2) ? 5 : size / (1 + draw(8)) + 1;
	unsigned long times = odds(2) ? 4 : 100;
	size_t i;

	s->seed = seed;
	s->n = draw(MAX_JOBS + 1);
	draw_settings(&s->node, size);
	for (i = 0; i < s->n; i++) {
		struct memsusp_candidate *job = &s->jobs[i];

		*job = (struct memsusp_candidate){
			.charge = draw(most), .priority = (int)draw(5) - 2, .fresh = odds(3),
			.over_limit = odds(4), .born_ns = draw(times),
			.faulted_ns = draw(times), .since_ns = draw(times),
		};
		job->idle = odds(2) ? job->charge : (long)draw(job->charge + 1);
		/* Between the two is what cannot leave. */
		job->swapped = odds(2) ? job->charge - job->idle :
					 (long)draw(job->charge - job->idle + 1);
		s->order[i] = job;
	}
	s->node.available = draw(size);
	s->node.swap = odds(3) ? 0 : odds(2) ? NO : (long)draw(size);
	s->node.swap_in_ram = odds(2) ? 0 : (int)draw(1025);
}

static void draw_running(struct scene *s)
{
	size_t i;

	draw_scene(s);
	/* Some run that are nobody's to choose. */
	s->node.nr_running = odds(4) ? draw(3) : 0;
	s->node.running = s->node.nr_running;
	for (i = 0; i < s->n; i++) {
		s->node.running += s->jobs[i].charge;
		s->node.nr_running++;
	}
}

static void draw_waiting(struct scene *s)
{
	size_t i;

	draw_scene(s);
	s->node.nr_running = draw(4);
	s->node.running = s->node.nr_running ? (long)draw(1000) : 0;
	for (i = 0; i < s->n; i++)
		s->node.idle += s->jobs[i].idle;
}

/* The node as it is when what was chosen has been done. */
static struct memsusp_node draw_victims(struct scene *s)
{
	struct memsusp_node after;
	size_t i;

	draw_running(s);
	after = s->node;
	s->chosen = memsusp_policy_victims(&s->node, s->order, s->n);
	for (i = 0; i < s->chosen; i++)
		leaves(&after, s->order[i]);
	return after;
}

static struct memsusp_node draw_waiters(struct scene *s)
{
	struct memsusp_node after;
	size_t i;

	draw_waiting(s);
	after = s->node;
	s->chosen = memsusp_policy_waiters(&s->node, s->order, s->n);
	for (i = 0; i < s->chosen; i++)
		joins(&after, s->order[i]);
	return after;
}

/* Stop at the first failure and tell where to begin to see it again. */
#define HOLDS(s, condition) do {					\
	EXPECT(condition);						\
	if (ktap_failed) {						\
		printf("# seed %llu\n", (unsigned long long)(s)->seed);	\
		return;							\
	}								\
} while (0)

static void victims_are_enough_and_leave_min_running(void)
{
	struct scene s;
	int round;

	seed = 1;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node after = draw_victims(&s);
		unsigned int least = least_running(&s.node);
		bool fits = memsusp_policy_room(&after) >= 0;

		HOLDS(&s, is_permutation(&s));
		HOLDS(&s, !s.chosen || memsusp_policy_room(&s.node) < 0);
		HOLDS(&s, !s.chosen || after.nr_running >= least);
		HOLDS(&s, fits || s.chosen == s.n || after.nr_running <= least);
	}
}

static bool before(const struct memsusp_node *node, const struct memsusp_candidate *a,
		   const struct memsusp_candidate *b)
{
	if (a->fresh != b->fresh)
		return b->fresh;
	switch (node->policy) {
	case MEMSUSP_POLICY_LARGEST:
		if (a->charge != b->charge)
			return a->charge > b->charge;
		break;
	case MEMSUSP_POLICY_OLDEST:
		return a->born_ns < b->born_ns;
	case MEMSUSP_POLICY_PRIORITY:
		if (a->priority != b->priority)
			return a->priority < b->priority;
		break;
	case MEMSUSP_POLICY_FAULTING:
		if (a->faulted_ns != b->faulted_ns)
			return a->faulted_ns > b->faulted_ns;
		break;
	case MEMSUSP_POLICY_NEWEST:
		break;
	}
	return a->born_ns > b->born_ns;
}

static void nobody_is_spared_but_who_would_be_resumed_at_once(void)
{
	struct scene s;
	int round;

	seed = 2;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node after = draw_victims(&s);
		bool roomy = memsusp_policy_room(&after) >= memsusp_policy_headroom(&after);
		bool spared = false;
		size_t i, j;

		for (i = 0; i < s.chosen; i++)
			for (j = s.chosen; j < s.n; j++)
				spared |= before(&s.node, s.order[j], s.order[i]);
		HOLDS(&s, !spared || roomy);
	}
}

/* Those that were just resumed go only if all others were not enough. */
static void the_fresh_go_only_if_the_others_do_not_do(void)
{
	struct scene s;
	int round;

	seed = 3;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node others;
		bool fresh = false;
		size_t i;

		draw_victims(&s);
		others = s.node;
		for (i = 0; i < s.chosen; i++)
			fresh |= s.order[i]->fresh;
		for (i = 0; i < s.n; i++)
			if (!s.jobs[i].fresh)
				leaves(&others, &s.jobs[i]);
		HOLDS(&s, !fresh || memsusp_policy_room(&others) < 0);
	}
}

static void victims_are_not_resumed_at_once(void)
{
	struct scene s;
	int round;

	seed = 4;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node after = draw_victims(&s);
		size_t i;

		for (i = 0; i < s.chosen; i++) {
			s.order[i]->over_limit = false;
			s.order[i]->since_ns = after.now_ns;
		}
		if (after.nr_running)
			HOLDS(&s, !memsusp_policy_waiters(&after, s.order, s.chosen));
	}
}

static bool overdue(const struct memsusp_node *node, const struct memsusp_candidate *job)
{
	return node->max_suspended_ns && !job->over_limit &&
	       node->now_ns > job->since_ns + node->max_suspended_ns;
}

static void resumed_jobs_fit_or_the_node_stood_still(void)
{
	struct scene s;
	int round;

	seed = 5;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node after = draw_waiters(&s);
		size_t i, waiting = 0, over = 0, late = 0;
		bool fits;

		/* Whoever is overdue needs no headroom. */
		for (i = 0; i < s.chosen; i++)
			late += overdue(&s.node, s.order[i]);
		fits = memsusp_policy_room(&after) >=
		       (late == s.chosen ? 0 : memsusp_policy_headroom(&after));
		HOLDS(&s, is_permutation(&s));
		HOLDS(&s, !s.chosen || s.node.auto_resume);
		HOLDS(&s, !s.chosen || fits || (!s.node.nr_running && s.chosen == 1));
		for (i = 0; i < s.n; i++)
			waiting += !s.jobs[i].over_limit || s.node.drain;
		HOLDS(&s, after.nr_running || !waiting || !s.node.auto_resume);
		for (i = 0; i < s.chosen; i++)
			over += s.order[i]->over_limit;
		HOLDS(&s, !over || (s.node.drain && s.chosen == 1 && !s.node.nr_running));
		for (i = 0; i < s.n; i++)
			HOLDS(&s, !over || s.jobs[i].over_limit);
	}
}

static void resumed_jobs_are_not_suspended_at_once(void)
{
	struct scene s;
	int round;

	seed = 6;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node after = draw_waiters(&s);
		size_t i;

		for (i = 0; i < s.chosen; i++)
			s.order[i]->fresh = odds(2);
		if (memsusp_policy_room(&s.node) >= 0 && s.node.nr_running)
			HOLDS(&s, !memsusp_policy_victims(&after, s.order, s.chosen));
		/* Whoever ended a standstill is the only one, so it stays. */
		if (!s.node.nr_running && s.node.auto_resume)
			HOLDS(&s, !memsusp_policy_victims(&after, s.order, s.chosen));
	}
}

static void all_that_fit_are_resumed_but_none_before_an_overdue_one(void)
{
	struct scene s;
	int round;

	seed = 7;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node after = draw_waiters(&s);
		u64 barrier = ~0ULL;
		size_t i;

		/* Those that are left, and the first of them that nobody may pass. */
		for (i = s.chosen; i < s.n; i++)
			if (overdue(&s.node, s.order[i]) && s.order[i]->since_ns < barrier)
				barrier = s.order[i]->since_ns;
		for (i = 0; i < s.chosen; i++)
			HOLDS(&s, s.order[i]->since_ns <= barrier);
		if (!s.node.auto_resume)
			continue;
		for (i = s.chosen; i < s.n; i++) {
			const struct memsusp_candidate *job = s.order[i];
			struct memsusp_node more = after;
			bool fits;

			joins(&more, job);
			fits = memsusp_policy_room(&more) >= memsusp_policy_headroom(&more);
			HOLDS(&s, !fits || job->over_limit || job->since_ns >= barrier);
		}
	}
}

static void shares_add_up_to_what_is_left(void)
{
	int round;

	seed = 8;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node node;
		long room, share, slack;
		u64 begin = seed;

		draw_settings(&node, odds(2) ? 100 : 100000000);
		node.nr_running = odds(3) ? 1 : draw(5000);
		node.running = draw(odds(2) ? 100 : 100000000);
		node.available = draw(odds(2) ? 100 : 100000000);
		room = memsusp_policy_room(&node);
		share = memsusp_policy_share(&node);
		slack = (node.limit != NO ? node.limit : node.floor) / 1024;
		if (slack < node.nr_running)
			slack = node.nr_running;
#define SHARES(condition)	HOLDS(&(struct scene){ .seed = begin }, condition)
		SHARES(share >= 0);
		if (room == NO) {
			SHARES(share == NO);
			continue;
		}
		SHARES(room < 0 || node.nr_running > 1 || share <= room);
		SHARES(room < 0 || share * node.nr_running <= room + slack);
		/* Whoever has room, or cannot be suspended, is let go on. */
		SHARES(room <= 0 || share > 0);
		SHARES(room >= 0 || !share == (node.nr_running > least_running(&node)));
	}
}

static void the_level_changes_only_past_the_boundary(void)
{
	int round;

	seed = 9;
	for (round = 0; round < ROUNDS; round++) {
		struct memsusp_node node = node_with(20 + draw(1000), draw(1000), 1);
		struct memsusp_node at = node, past = node;
		u64 begin = seed;

		at.running = memsusp_policy_boundary(&node);
		past.running = at.running + 1;
		SHARES(at.running == node.limit || at.running >= node.running);
		SHARES(memsusp_policy_level(&at) == memsusp_policy_level(&node));
		SHARES(at.running == node.limit ||
		       memsusp_policy_level(&past) == memsusp_policy_level(&at) + 1);
	}
}

/*
 * A batch that comes, grows, shrinks and goes, step by step
 */

enum task_state { COMING, RUNNING, SUSPENDED, GONE };

struct task {
	struct memsusp_candidate job;
	enum task_state state;
	long arrives;
	long work;		/* steps it still has to run */
	long grows;		/* pages a step */
};

struct batch {
	u64 seed;
	struct memsusp_node node;
	struct task tasks[MAX_JOBS];
	size_t n;
	long last_arrival, work;
};

static void draw_batch(struct batch *b)
{
	long size = 200;
	size_t i;

	*b = (struct batch){ .seed = seed, .node = node_of(size) };
	b->node.headroom = odds(2) ? -1 : (long)draw(size);
	b->node.min_running = draw(3);
	b->n = 1 + draw(MAX_JOBS);
	for (i = 0; i < b->n; i++) {
		struct task *t = &b->tasks[i];

		t->arrives = draw(30);
		t->work = 1 + draw(20);
		t->grows = odds(4) ? 50 : draw(10);
		t->job.charge = draw(odds(10) ? 2 * size : size / 4);
		t->job.priority = draw(3);
		b->work += t->work;
		if (t->arrives > b->last_arrival)
			b->last_arrival = t->arrives;
	}
}

static size_t collect(struct batch *b, enum task_state state, struct memsusp_candidate **order)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		if (b->tasks[i].state == state)
			order[n++] = &b->tasks[i].job;
	return n;
}

static struct task *task_of(struct memsusp_candidate *job)
{
	return (struct task *)((char *)job - offsetof(struct task, job));
}

/* What the governor does whenever something has changed. */
static void govern(struct batch *b)
{
	struct memsusp_candidate *order[MAX_JOBS];
	size_t i, n, chosen;

	b->node.running = 0;
	n = collect(b, RUNNING, order);
	b->node.nr_running = n;
	for (i = 0; i < n; i++) {
		order[i]->idle = order[i]->charge;
		b->node.running += order[i]->charge;
	}
	chosen = memsusp_policy_victims(&b->node, order, n);
	for (i = 0; chosen && i < n; i++)
		order[i]->fresh = false;
	for (i = 0; i < chosen; i++) {
		leaves(&b->node, order[i]);
		order[i]->since_ns = b->node.now_ns;
		task_of(order[i])->state = SUSPENDED;
	}
	n = collect(b, SUSPENDED, order);
	chosen = memsusp_policy_waiters(&b->node, order, n);
	for (i = 0; i < chosen; i++) {
		joins(&b->node, order[i]);
		order[i]->fresh = true;
		task_of(order[i])->state = RUNNING;
	}
}

/* Return: how many are not done yet. */
static size_t step(struct batch *b, long now)
{
	size_t i, left = 0;

	b->node.now_ns = now;
	for (i = 0; i < b->n; i++) {
		struct task *t = &b->tasks[i];

		if (t->state == COMING && t->arrives <= now) {
			t->state = RUNNING;
			t->job.born_ns = now;
		} else if (t->state == RUNNING) {
			t->job.charge += t->grows;
			if (t->grows)
				t->job.faulted_ns = now;
			if (!--t->work)
				t->state = GONE;
			else if (odds(10))
				t->job.charge /= 2;
		}
		left += t->state != GONE;
	}
	govern(b);
	return left;
}

/* As somebody always runs, it cannot last longer than one after the other. */
static void every_job_of_a_batch_comes_to_its_end(void)
{
	unsigned int policy, round;
	struct batch b;
	long now;

	seed = 10;
	for (round = 0; round < BATCHES; round++) {
		for (policy = 0; policy < 2 * NR_POLICIES; policy++) {
			draw_batch(&b);
			b.node.policy = policy / 2;
			b.node.max_suspended_ns = policy % 2 ? 1 + draw(20) : 0;
			for (now = 0; step(&b, now); now++)
				HOLDS(&b, now <= b.last_arrival + b.work);
		}
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		KTAP_TEST(room_is_what_limit_and_floor_leave),
		KTAP_TEST(headroom_is_a_twentieth_unless_set),
		KTAP_TEST(each_policy_has_its_victim),
		KTAP_TEST(as_many_go_as_it_takes),
		KTAP_TEST(among_equals_the_newest_goes),
		KTAP_TEST(whoever_was_just_resumed_goes_last),
		KTAP_TEST(min_running_are_left),
		KTAP_TEST(under_the_floor_what_becomes_available_counts),
		KTAP_TEST(a_victim_that_a_later_one_makes_needless_is_spared),
		KTAP_TEST(what_stays_takes_no_more_than_it_holds),
		KTAP_TEST(the_longest_suspended_is_resumed_first),
		KTAP_TEST(among_those_suspended_together_the_oldest_is_resumed_first),
		KTAP_TEST(headroom_is_left_when_jobs_are_resumed),
		KTAP_TEST(floor_holds_when_jobs_are_resumed),
		KTAP_TEST(what_cannot_leave_is_neither_available_nor_brought_back),
		KTAP_TEST(of_what_is_swapped_a_part_stays_in_ram),
		KTAP_TEST(a_smaller_one_passes_one_that_does_not_fit),
		KTAP_TEST(nobody_passes_one_that_is_overdue),
		KTAP_TEST(one_that_is_overdue_needs_no_headroom),
		KTAP_TEST(without_auto_resume_everybody_waits),
		KTAP_TEST(the_node_never_stands_still),
		KTAP_TEST(above_its_own_limit_a_job_waits_unless_drained),
		KTAP_TEST(levels_tell_how_near_the_node_is),
		KTAP_TEST(the_boundary_is_the_next_level_or_the_limit),
		KTAP_TEST(half_of_what_is_left_is_shared_out),
		KTAP_TEST(victims_are_enough_and_leave_min_running),
		KTAP_TEST(nobody_is_spared_but_who_would_be_resumed_at_once),
		KTAP_TEST(the_fresh_go_only_if_the_others_do_not_do),
		KTAP_TEST(victims_are_not_resumed_at_once),
		KTAP_TEST(resumed_jobs_fit_or_the_node_stood_still),
		KTAP_TEST(resumed_jobs_are_not_suspended_at_once),
		KTAP_TEST(all_that_fit_are_resumed_but_none_before_an_overdue_one),
		KTAP_TEST(shares_add_up_to_what_is_left),
		KTAP_TEST(the_level_changes_only_past_the_boundary),
		KTAP_TEST(every_job_of_a_batch_comes_to_its_end),
	};

	return ktap_main(tests, sizeof(tests) / sizeof(tests[0]));
}
