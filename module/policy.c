// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be done with a job. Pure decisions over plain structs: the
 * governor brings the facts and carries the answer out.
 *
 * Context: any; nothing here sleeps, allocates or keeps state.
 */
#include "policy.h"

/**
 * memsusp_policy_may_resume() - whether a job's own limit lets it run
 * @charge: pages
 * @limit: pages
 */
bool memsusp_policy_may_resume(long charge, long limit)
{
	return charge <= limit;
}

static struct memsusp_verdict suspend_for(enum memsusp_reason reason)
{
	return (struct memsusp_verdict){ .action = MEMSUSP_SUSPEND, .reason = reason };
}

static struct memsusp_verdict continue_because(enum memsusp_cause cause)
{
	return (struct memsusp_verdict){ .action = MEMSUSP_CONTINUE, .cause = cause };
}

static struct memsusp_verdict decide_suspended(const struct memsusp_case *c)
{
	bool fits = memsusp_policy_may_resume(c->charge, c->limit);

	if (c->order == MEMSUSP_ORDER_RELEASE)
		return continue_because(MEMSUSP_CAUSE_RELEASE);
	/* It runs already, whatever we think of it. */
	if (c->continued)
		return continue_because(MEMSUSP_CAUSE_FOREIGN);
	if (c->order == MEMSUSP_ORDER_SUSPEND)
		return suspend_for(MEMSUSP_REASON_USER);
	if (c->order == MEMSUSP_ORDER_RESUME && fits)
		return continue_because(MEMSUSP_CAUSE_USER);
	if (c->reason == MEMSUSP_REASON_LIMIT && fits)
		return continue_because(MEMSUSP_CAUSE_AUTO);
	return (struct memsusp_verdict){ .action = MEMSUSP_STAY };
}

static struct memsusp_verdict decide_running(const struct memsusp_case *c)
{
	if (c->order == MEMSUSP_ORDER_RELEASE)
		return (struct memsusp_verdict){ .action = MEMSUSP_STAY };
	if (c->order == MEMSUSP_ORDER_SUSPEND)
		return suspend_for(MEMSUSP_REASON_USER);
	if (c->charge > c->limit && c->touched)
		return suspend_for(MEMSUSP_REASON_LIMIT);
	return (struct memsusp_verdict){ .action = MEMSUSP_STAY };
}

/**
 * memsusp_policy_decide() - suspend a job, continue it, or let it be
 * @c: the facts
 *
 * A running job above its limit is suspended, unless it has touched nothing
 * since somebody else continued it: the limit then holds from its next first
 * touch on. A job suspended for its limit continues as soon as it fits; one
 * suspended by hand waits for an order.
 *
 * Return: what to do. MEMSUSP_SUSPEND for a job that is suspended already
 * means that only the reason changes.
 */
struct memsusp_verdict memsusp_policy_decide(const struct memsusp_case *c)
{
	return c->state == MEMSUSP_SUSPENDED ? decide_suspended(c) : decide_running(c);
}

/**
 * memsusp_policy_next_look() - where to look at a running job's memory next
 * @charge: pages, as just summed up
 * @limit: pages
 * @soft_limit: pages
 * @warned: the charge stood above @soft_limit already
 * @page_shift: log2 of the page size
 *
 * At the limits, of course. Below them a job is summed up each time it may have
 * grown by an eighth, but not more often than every 16 MiB: that is for "peak".
 * Above the soft limit it is summed up each time it has touched an eighth of
 * that, so that whenever it falls an eighth below and crosses it again, it is
 * warned again.
 *
 * Return: pages; the first touch above it calls the governor.
 */
long memsusp_policy_next_look(long charge, long limit, long soft_limit, bool warned,
			      unsigned int page_shift)
{
	long least = (16L << 20) >> page_shift;
	long step = charge / 8 > least ? charge / 8 : least;
	long look = limit;

	if (warned && step > soft_limit / 8)
		step = soft_limit / 8 ?: 1;
	if (charge <= MEMSUSP_NO_LIMIT - step && look > charge + step)
		look = charge + step;
	if (!warned && look > soft_limit)
		look = soft_limit;
	/* Above a limit already, as after somebody else's SIGCONT. */
	return look > charge ? look : charge;
}

/*
 * The node
 * --------
 *
 * Running jobs together may be charged @limit pages, and @floor pages are to stay
 * available. Both come down to one number, the room that is left: negative, and
 * somebody is suspended; more than a waiting job needs, and it goes on.
 */

static long least(long a, long b)
{
	return a < b ? a : b;
}

static long most(long a, long b)
{
	return a > b ? a : b;
}

/*
 * Memory of suspended jobs is idle: the kernel can swap it out, as far as there
 * is room, but does so only when it must. If swap is compressed RAM, a part of that
 * is needed again.
 */
static long above_floor(const struct memsusp_node *node)
{
	long idle = least(node->idle, node->swap);

	return node->available + idle - (idle * node->swap_in_ram + 1023) / 1024 - node->floor;
}

/**
 * memsusp_policy_room() - how much more running jobs may hold
 * @node: its settings, and what it holds
 *
 * Return: pages; negative if it is too full; MEMSUSP_NO_LIMIT without bound.
 */
long memsusp_policy_room(const struct memsusp_node *node)
{
	long room = MEMSUSP_NO_LIMIT;

	if (node->limit != MEMSUSP_NO_LIMIT)
		room = node->limit - node->running;
	if (node->floor)
		room = least(room, above_floor(node));
	return room;
}

/* What "a part of the limit" is a part of. */
static long measure(const struct memsusp_node *node)
{
	return node->limit != MEMSUSP_NO_LIMIT ? node->limit : node->floor;
}

/**
 * memsusp_policy_headroom() - what must be left when a job is resumed by itself
 * @node: its settings
 *
 * Return: pages; a twentieth of the limit (or if there is none, of the floor)
 * unless it was set.
 */
long memsusp_policy_headroom(const struct memsusp_node *node)
{
	return node->headroom < 0 ? measure(node) / 20 : node->headroom;
}

/* The node never stands still, unless jobs wait for somebody's hand. */
static unsigned int least_running(const struct memsusp_node *node)
{
	return node->auto_resume && !node->min_running ? 1 : node->min_running;
}

static void leave(struct memsusp_node *node, const struct memsusp_candidate *job)
{
	node->running -= job->charge;
	node->idle += job->idle;
	node->nr_running--;
}

/* As if leave() had not been. */
static void stay(struct memsusp_node *node, const struct memsusp_candidate *job)
{
	node->running += job->charge;
	node->idle -= job->idle;
	node->nr_running++;
}

/* It will bring back what it has in swap. */
static void join(struct memsusp_node *node, const struct memsusp_candidate *job)
{
	stay(node, job);
	node->available -= job->swapped;
}

/**
 * memsusp_policy_fits() - whether there is room for a suspended job
 * @node: its settings, and what it holds
 * @job: the one that would be resumed
 * @headroom: pages that must be left
 */
bool memsusp_policy_fits(const struct memsusp_node *node, const struct memsusp_candidate *job,
			 long headroom)
{
	struct memsusp_node then = *node;

	join(&then, job);
	return memsusp_policy_room(&then) >= headroom;
}

static void swap_candidates(struct memsusp_candidate **a, struct memsusp_candidate **b)
{
	struct memsusp_candidate *tmp = *a;

	*a = *b;
	*b = tmp;
}

/*
 * Orders for sort(): who goes first. Whoever was resumed just now comes after
 * all others, or the same job would be woken and put to sleep for ever. Equals
 * go newest first.
 */
static int compare(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

static int newest(const struct memsusp_candidate *a, const struct memsusp_candidate *b)
{
	return a->fresh != b->fresh ? a->fresh - b->fresh : compare(b->born_ns, a->born_ns);
}

static const struct memsusp_candidate *candidate(const void *p)
{
	return *(struct memsusp_candidate * const *)p;
}

static int by_newest(const void *p, const void *q)
{
	return newest(candidate(p), candidate(q));
}

static int by_oldest(const void *p, const void *q)
{
	const struct memsusp_candidate *a = candidate(p), *b = candidate(q);

	return a->fresh != b->fresh ? a->fresh - b->fresh : compare(a->born_ns, b->born_ns);
}

static int by_charge(const void *p, const void *q)
{
	const struct memsusp_candidate *a = candidate(p), *b = candidate(q);

	if (a->fresh != b->fresh || a->charge == b->charge)
		return newest(a, b);
	return a->charge < b->charge ? 1 : -1;
}

static int by_priority(const void *p, const void *q)
{
	const struct memsusp_candidate *a = candidate(p), *b = candidate(q);

	if (a->fresh != b->fresh || a->priority == b->priority)
		return newest(a, b);
	return a->priority < b->priority ? -1 : 1;
}

static int by_fault(const void *p, const void *q)
{
	const struct memsusp_candidate *a = candidate(p), *b = candidate(q);

	if (a->fresh != b->fresh || a->faulted_ns == b->faulted_ns)
		return newest(a, b);
	return a->faulted_ns < b->faulted_ns ? 1 : -1;
}

static int by_waiting(const void *p, const void *q)
{
	const struct memsusp_candidate *a = candidate(p), *b = candidate(q);

	return compare(a->since_ns, b->since_ns) ?: compare(a->born_ns, b->born_ns);
}

/**
 * memsusp_policy_victims() - choose whom to suspend for the node's sake
 * @node: its settings, and what it holds
 * @running: all running jobs; put in order, the chosen ones first
 * @n: how many
 *
 * As many as it takes until the rest fits, in the order of @node->policy, but
 * never so many that fewer than min_running would be left. One that a later one
 * has made room for, with headroom, is not chosen.
 *
 * Return: how many are chosen. O(n log n).
 */
size_t memsusp_policy_victims(const struct memsusp_node *node,
			      struct memsusp_candidate **running, size_t n)
{
	static int (* const orders[])(const void *, const void *) = {
		[MEMSUSP_POLICY_LARGEST] = by_charge,
		[MEMSUSP_POLICY_NEWEST] = by_newest,
		[MEMSUSP_POLICY_OLDEST] = by_oldest,
		[MEMSUSP_POLICY_PRIORITY] = by_priority,
		[MEMSUSP_POLICY_FAULTING] = by_fault,
	};
	struct memsusp_node after = *node;
	size_t chosen = 0, i;

	if (memsusp_policy_room(node) >= 0)
		return 0;
	sort(running, n, sizeof(*running), orders[node->policy], NULL);
	while (chosen < n && after.nr_running > least_running(node) &&
	       memsusp_policy_room(&after) < 0)
		leave(&after, running[chosen++]);
	if (!chosen || memsusp_policy_room(&after) < 0)
		return chosen;
	for (i = chosen - 1; i-- > 0; ) {
		struct memsusp_node then = after;

		stay(&then, running[i]);
		if (memsusp_policy_room(&then) < memsusp_policy_headroom(node))
			continue;
		after = then;
		swap_candidates(&running[i], &running[--chosen]);
	}
	return chosen;
}

static bool is_overdue(const struct memsusp_node *node, const struct memsusp_candidate *job)
{
	return node->max_suspended_ns && node->now_ns > job->since_ns &&
	       node->now_ns - job->since_ns > node->max_suspended_ns;
}

/*
 * Nothing runs, and nobody fits: take whoever has waited too long, or the
 * smallest; or with "drain", the smallest of those above their own limits.
 */
static size_t end_standstill(const struct memsusp_node *node,
			     struct memsusp_candidate **waiting, size_t n)
{
	size_t i, best = n;

	for (i = 0; i < n; i++) {
		if (waiting[i]->over_limit && !node->drain)
			continue;
		if (best == n || waiting[i]->over_limit < waiting[best]->over_limit ||
		    (waiting[i]->over_limit == waiting[best]->over_limit &&
		     waiting[i]->charge < waiting[best]->charge))
			best = i;
		/* They stand in order: the first has waited longest. */
		if (!waiting[i]->over_limit && is_overdue(node, waiting[i])) {
			best = i;
			break;
		}
	}
	if (best == n)
		return 0;
	swap_candidates(&waiting[0], &waiting[best]);
	return 1;
}

/**
 * memsusp_policy_waiters() - choose whom to resume
 * @node: its settings, and what it holds
 * @waiting: all suspended jobs that may be resumed without being asked for; put
 *	in order, the chosen ones first
 * @n: how many
 *
 * Longest suspended first. One that does not fit lets others pass, until it has
 * waited for max_suspended_ns. If nothing runs, one is chosen, fit or not, unless
 * memory that is just going will make room.
 *
 * Return: how many are chosen. O(n log n).
 */
size_t memsusp_policy_waiters(const struct memsusp_node *node,
			      struct memsusp_candidate **waiting, size_t n)
{
	struct memsusp_node after = *node;
	long headroom = memsusp_policy_headroom(node);
	size_t chosen = 0, i;
	bool overdue;

	if (!node->auto_resume)
		return 0;
	/* Mostly there is no room for anybody: do not sort for that. */
	for (i = 0; i < n; i++)
		if (!waiting[i]->over_limit &&
		    memsusp_policy_fits(node, waiting[i], node->max_suspended_ns ? 0 : headroom))
			break;
	if (i == n && (node->nr_running || node->nr_faded))
		return 0;
	sort(waiting, n, sizeof(*waiting), by_waiting, NULL);
	for (i = 0; i < n; i++) {
		if (waiting[i]->over_limit)
			continue;
		overdue = is_overdue(node, waiting[i]);
		if (memsusp_policy_fits(&after, waiting[i], overdue ? 0 : headroom)) {
			join(&after, waiting[i]);
			swap_candidates(&waiting[chosen++], &waiting[i]);
		} else if (overdue) {
			break;
		}
	}
	return after.nr_running || node->nr_faded ? chosen : end_standstill(node, waiting, n);
}

#define NR_PARTS	3

/*
 * The levels: a fifth, a tenth and a twentieth of the limit is left; or above
 * the floor there is as much again, half and a quarter of it.
 */
static const int limit_parts[NR_PARTS] = { 5, 10, 20 };
static const int floor_parts[NR_PARTS] = { 1, 2, 4 };

/**
 * memsusp_policy_level() - how near the node is to where jobs are suspended
 * @node: its settings, and what it holds
 */
enum memsusp_level memsusp_policy_level(const struct memsusp_node *node)
{
	unsigned int level = MEMSUSP_LEVEL_OK;
	unsigned int i;

	for (i = 0; i < NR_PARTS; i++) {
		if (node->limit != MEMSUSP_NO_LIMIT &&
		    node->limit - node->running < node->limit / limit_parts[i])
			level = i + 1;
		if (node->floor &&
		    above_floor(node) < node->floor / floor_parts[i])
			level = i + 1;
	}
	return level;
}

/**
 * memsusp_policy_boundary() - up to where running jobs may grow unseen
 * @node: its settings, and what it holds
 *
 * Return: pages: where the next level begins, or the limit; MEMSUSP_NO_LIMIT
 * without a limit.
 */
long memsusp_policy_boundary(const struct memsusp_node *node)
{
	unsigned int i;

	if (node->limit == MEMSUSP_NO_LIMIT)
		return MEMSUSP_NO_LIMIT;
	for (i = 0; i < NR_PARTS; i++) {
		long start = node->limit - node->limit / limit_parts[i];

		if (node->running <= start)
			return start;
	}
	return node->limit;
}

/**
 * memsusp_policy_least_share() - below which growth nobody is asked to report
 * @node: its settings, and how many jobs run
 *
 * All shares together are a 1024th of the limit (or without one, of the floor),
 * or one page a job: so much later may it be noticed that the node is full. That
 * a level begins is not worth so many questions: a 128th.
 *
 * Return: pages.
 */
long memsusp_policy_least_share(const struct memsusp_node *node)
{
	bool full_next = memsusp_policy_boundary(node) == node->limit || node->floor;

	return most(measure(node) / (full_next ? 1024 : 128) / most(node->nr_running, 1), 1);
}

/**
 * memsusp_policy_share() - how much each running job may grow until it must ask
 * @node: its settings, and what it holds
 *
 * Half of what is left is shared out evenly, the rest is for those who grow.
 * Never more than is left, so that with one running job the limit is exact. If the
 * node is too full and nobody may be suspended, asking would not help either:
 * then rarely.
 *
 * Return: pages; MEMSUSP_NO_LIMIT without limit and floor.
 */
long memsusp_policy_share(const struct memsusp_node *node)
{
	long n = most(node->nr_running, 1);
	long share = MEMSUSP_NO_LIMIT;
	long room;

	room = memsusp_policy_room(node);
	if (room < 0)
		return node->nr_running > least_running(node) ? 0 :
		       most(measure(node) / 64 / n, 1);
	if (node->limit != MEMSUSP_NO_LIMIT)
		share = (memsusp_policy_boundary(node) - node->running) / 2 / n;
	/* What others take is not reported, so look at the floor in small steps. */
	if (node->floor)
		share = least(share, least(above_floor(node) / 2, node->floor / 16) / n);
	return share == MEMSUSP_NO_LIMIT ? share :
	       most(share, least(memsusp_policy_least_share(node), room));
}
