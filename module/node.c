// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node: what all jobs hold together, and how much more the running ones may.
 *
 * A touch must not add to a sum that all processors write to. So each running
 * job has a share of the room that is left: it may grow up to a ceiling without
 * asking. The first touch above it calls the governor, as one above the job's own
 * limit does, and the thread waits for the answer. As long as the ceilings
 * together do not exceed the limit, the answer is a higher ceiling; when they do,
 * all running jobs are summed up, for most have not used their shares, and only if
 * they really are too much, somebody is suspended.
 *
 * Example, levels left out. The limit is 1000 pages, four jobs hold 100 each. Half
 * of the 600 that are left is shared out: each may grow by 75, the ceilings are
 * 4 x 175 = 700. One touches its 76th page and asks: it gets a quarter of the
 * remaining 300, and so on, until the ceilings come to 1000. Then they are summed
 * up: that one holds 400, the others 100, 300 are left, and the game begins anew. It
 * ends when no page is left and one more is touched.
 *
 * Near the end the shares would become too small to be worth the question. Their
 * least size bounds the error: see memsusp_policy_least_share().
 *
 * The governor carries out what is decided here. Nothing here allocates but
 * memsusp_node_reserve().
 */
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "memsusp.h"
#include "trace.h"

/* While somebody waits, running jobs are looked at that often: they may shrink. */
#define TICK_MS		500
/* So many of the suspended are looked at each time as well. */
#define TICK_SUSPENDED	1000

/* All M */
/* Settings are changed under this as well, and may be read under it alone. */
static DEFINE_RAW_SPINLOCK(settings_lock);

static LIST_HEAD(running_jobs);
static LIST_HEAD(suspended_jobs);
static long suspended;		/* pages charged to them */
static long promised;		/* the sum of the ceilings of running jobs */
static long boundary;		/* what it may come to */
static enum memsusp_level level;
static bool stale;		/* the governor is to settle */
static bool pressing;		/* and may suspend somebody */
static bool shared;		/* running jobs have ceilings */
static u64 tripped_ns;		/* the touch that made it so; 0: none */

/* For decisions: room for all jobs. Its size is changed under M. */
static struct memsusp_candidate **candidates;
static unsigned int nr_candidates;

static struct hrtimer ticker;	/* started under M */
static bool ticked;		/* R W by the ticker alone */

static bool is_bounded(void)
{
	return memsusp_node.limit != MEMSUSP_NO_LIMIT || memsusp_node.floor;
}

/* Have the kernel say what is available. */
static void look_at_memory(struct memsusp_node *n)
{
	if (!n->floor)
		return;
	n->available = si_mem_available();
	n->swap = get_nr_swap_pages();
	n->swap_in_ram = memsusp_idle_in_ram(n->swap);
}

/* What a suspended job will bring back, as far as it can tell by itself. */
static long swapped_of(const struct memsusp_job *job)
{
	return max(job->charge - job->anon, 0L);
}

/* Set the mark at which the governor is called next; @job was just summed up. */
static void set_trip(struct memsusp_job *job)
{
	long trip = MEMSUSP_TRIP_ALWAYS;

	if (job->state == MEMSUSP_RUNNING)
		trip = min(memsusp_policy_next_look(job->charge, memsusp_job_limit(job),
						    job->soft_limit, job->warned, PAGE_SHIFT),
			   job->ceiling);
	WRITE_ONCE(job->trip, trip);
}

static void set_ceiling(struct memsusp_job *job, long ceiling)
{
	WRITE_ONCE(job->ceiling, ceiling);
	set_trip(job);
}

/* @job was charged so many pages before it was summed up. */
static void account(struct memsusp_job *job, long charge)
{
	if (list_empty(&job->by_state))
		return;
	if (job->state == MEMSUSP_RUNNING) {
		memsusp_node.running += job->charge - charge;
	} else {
		suspended += job->charge - charge;
		memsusp_node.idle -= job->idle;
		job->idle = memsusp_idle_pages(job);
		memsusp_node.idle += job->idle;
	}
}

/**
 * memsusp_node_update() - sum up what a job holds, and with it the node
 * @job: which; its state is up to date
 *
 * Context: process, memsusp_mutex held. Does not allocate or sleep.
 */
void memsusp_node_update(struct memsusp_job *job)
{
	long charge = job->charge;

	lockdep_assert_held(&memsusp_mutex);
	memsusp_charge_sum(job);
	account(job, charge);
	set_trip(job);
}

static void join(struct memsusp_job *job)
{
	if (job->state == MEMSUSP_RUNNING) {
		list_move_tail(&job->by_state, &running_jobs);
		memsusp_node.running += job->charge;
		if (job->faded)
			memsusp_node.nr_faded++;
		else
			memsusp_node.nr_running++;
		/* Unless it gets a share, its next touch is one too many. */
		WRITE_ONCE(job->ceiling, is_bounded() ? job->charge : MEMSUSP_NO_LIMIT);
		if (is_bounded()) {
			promised += job->ceiling;
			shared = true;
		}
	} else {
		list_move_tail(&job->by_state, &suspended_jobs);
		suspended += job->charge;
		job->idle = memsusp_idle_pages(job);
		memsusp_node.idle += job->idle;
	}
}

static void leave(struct memsusp_job *job, enum memsusp_state state)
{
	list_del_init(&job->by_state);
	if (state == MEMSUSP_RUNNING) {
		memsusp_node.running -= job->charge;
		if (job->faded)
			memsusp_node.nr_faded--;
		else
			memsusp_node.nr_running--;
		if (job->ceiling != MEMSUSP_NO_LIMIT)
			promised -= job->ceiling;
	} else {
		suspended -= job->charge;
		memsusp_node.idle -= job->idle;
	}
}

static void set_level(void)
{
	enum memsusp_level now;

	look_at_memory(&memsusp_node);
	now = memsusp_policy_level(&memsusp_node);
	if (now == level)
		return;
	level = now;
	/* Shares end where the next level begins, and that is elsewhere now. */
	stale = true;
	memsusp_event_level(level);
}

/**
 * memsusp_node_add() - a job has begun to run
 * @job: the one that has begun
 *
 * Context: process, memsusp_mutex held.
 */
void memsusp_node_add(struct memsusp_job *job)
{
	lockdep_assert_held(&memsusp_mutex);
	join(job);
}

/**
 * memsusp_node_move() - a job's state has changed
 * @job: whose state
 *
 * Context: the governor; memsusp_mutex held.
 */
void memsusp_node_move(struct memsusp_job *job)
{
	bool runs = job->state == MEMSUSP_RUNNING;

	lockdep_assert_held(&memsusp_mutex);
	leave(job, runs ? MEMSUSP_SUSPENDED : MEMSUSP_RUNNING);
	join(job);
	stale = true;
}

/**
 * memsusp_node_fade() - a job's processes have ended, but not all their memory is gone
 * @job: which
 *
 * It still takes room, but it cannot be suspended, and it does not run.
 *
 * Context: the governor; memsusp_mutex held.
 */
void memsusp_node_fade(struct memsusp_job *job)
{
	lockdep_assert_held(&memsusp_mutex);
	job->faded = true;
	if (job->state != MEMSUSP_RUNNING)
		return;
	memsusp_node.nr_running--;
	memsusp_node.nr_faded++;
}

/**
 * memsusp_node_del() - a job has ended
 * @job: the one that has ended
 *
 * Context: process, memsusp_mutex held.
 */
void memsusp_node_del(struct memsusp_job *job)
{
	lockdep_assert_held(&memsusp_mutex);
	leave(job, job->state);
	if (!list_empty(&suspended_jobs))
		stale = true;
	else
		set_level();
}

/**
 * memsusp_node_wait() - a suspended job may run, as far as it is concerned
 * @job: the one that may run
 *
 * Context: the governor; memsusp_mutex held.
 */
void memsusp_node_wait(struct memsusp_job *job)
{
	lockdep_assert_held(&memsusp_mutex);
	stale = true;
}

/* Raise a ceiling from what is not promised to anybody yet. */
static bool extend(struct memsusp_job *job)
{
	struct memsusp_node then = memsusp_node;
	long least = memsusp_policy_least_share(&memsusp_node);
	long share;

	then.running = promised - job->ceiling + job->charge;
	look_at_memory(&then);
	if (then.running > boundary - least || memsusp_policy_room(&then) < least)
		return false;
	/* Who asks grows, and asks less often if he gets more than his part. */
	share = memsusp_policy_share(&then);
	if (!memsusp_node.floor)
		share = max(share, (boundary - then.running) / 4);
	promised = then.running + share;
	set_ceiling(job, job->charge + share);
	return true;
}

/**
 * memsusp_node_ask() - have the node see to a running job's growth
 * @job: it, just summed up
 * @tripped: when it touched the page that is one too many, CLOCK_MONOTONIC; 0: it
 *	did not
 *
 * Context: the governor; memsusp_mutex held.
 */
void memsusp_node_ask(struct memsusp_job *job, u64 tripped)
{
	lockdep_assert_held(&memsusp_mutex);
	if (job->ceiling == MEMSUSP_NO_LIMIT || job->charge < job->ceiling)
		return;
	if (tripped)
		job->faulted_ns = tripped;
	if (extend(job) || job->charge == job->ceiling)
		return;
	stale = true;
	pressing = true;
	if (tripped && (!tripped_ns || tripped < tripped_ns))
		tripped_ns = tripped;
}

/* Whether somebody would go on by himself, if there was room. */
static bool somebody_waits(void)
{
	struct memsusp_job *job;

	if (memsusp_node.auto_resume)
		list_for_each_entry(job, &suspended_jobs, by_state)
			if (job->reason != MEMSUSP_REASON_USER && !job->faded)
				return true;
	return false;
}

/* In hard interrupt context, where no program can keep it from its turn. */
static enum hrtimer_restart tick(struct hrtimer *timer)
{
	WRITE_ONCE(ticked, true);
	memsusp_governor_kick();
	return HRTIMER_NORESTART;
}

/* Those that were not looked at for longest stand first. */
static void look_at_suspended(void)
{
	struct memsusp_job *job, *next;
	unsigned int left = TICK_SUSPENDED;
	LIST_HEAD(seen);

	list_for_each_entry_safe(job, next, &suspended_jobs, by_state) {
		if (!left--)
			break;
		memsusp_node_update(job);
		list_move_tail(&job->by_state, &seen);
	}
	list_splice_tail(&seen, &suspended_jobs);
}

/**
 * memsusp_node_is_stale() - whether the governor is to settle
 *
 * Context: the governor; memsusp_mutex held.
 */
bool memsusp_node_is_stale(void)
{
	lockdep_assert_held(&memsusp_mutex);
	if (READ_ONCE(ticked)) {
		WRITE_ONCE(ticked, false);
		look_at_suspended();
		stale = true;
	}
	return stale;
}

static void sum_up(struct list_head *jobs)
{
	struct memsusp_job *job;

	lockdep_assert_held(&memsusp_mutex);
	list_for_each_entry(job, jobs, by_state)
		memsusp_node_update(job);
}

static unsigned int collect(struct list_head *jobs)
{
	struct memsusp_job *job;
	unsigned int n = 0;

	list_for_each_entry(job, jobs, by_state) {
		if (job->faded ||
		    (job->state == MEMSUSP_SUSPENDED && job->reason == MEMSUSP_REASON_USER))
			continue;
		if (WARN_ON_ONCE(n == nr_candidates))
			break;
		job->candidate = (struct memsusp_candidate){
			.charge = job->charge,
			.idle = job->state == MEMSUSP_RUNNING ? memsusp_idle_pages(job) :
								job->idle,
			.swapped = swapped_of(job),
			.priority = job->priority,
			.fresh = job->fresh,
			.over_limit = !memsusp_policy_may_resume(job->charge,
								 memsusp_job_limit(job)),
			.born_ns = job->born_ns,
			.faulted_ns = job->faulted_ns,
			.since_ns = job->since_ns,
		};
		candidates[n++] = &job->candidate;
	}
	return n;
}

/**
 * memsusp_node_chosen() - one of those chosen last
 * @i: the i-th
 *
 * Context: the governor; memsusp_mutex held since the choice.
 */
struct memsusp_job *memsusp_node_chosen(unsigned int i)
{
	lockdep_assert_held(&memsusp_mutex);
	return container_of(candidates[i], struct memsusp_job, candidate);
}

/**
 * memsusp_node_victims() - choose whom to suspend
 * @overshoot: filled with the pages that are too much
 * @tripped: filled with when that was touched, CLOCK_MONOTONIC; 0: it was not by a
 *	touch
 *
 * Sums up the running jobs first, if there is a limit or a floor.
 *
 * Context: the governor; memsusp_mutex held. O(n log n) of n running jobs.
 * Return: how many; see memsusp_node_chosen().
 */
unsigned int memsusp_node_victims(long *overshoot, u64 *tripped)
{
	bool may = pressing;
	unsigned int n, i, all;

	lockdep_assert_held(&memsusp_mutex);
	if (is_bounded())
		sum_up(&running_jobs);
	look_at_memory(&memsusp_node);
	*overshoot = -memsusp_policy_room(&memsusp_node);
	*tripped = tripped_ns;
	stale = false;
	pressing = false;
	tripped_ns = 0;
	if (!may || *overshoot <= 0)
		return 0;
	all = collect(&running_jobs);
	n = memsusp_policy_victims(&memsusp_node, candidates, all);
	trace_memsusp_victims(&memsusp_node, suspended, n);
	if (!n)
		return 0;
	for (i = n; i < all; i++)
		memsusp_node_chosen(i)->fresh = false;
	return n;
}

/**
 * memsusp_node_waiters() - choose whom to resume
 *
 * Context: the governor; memsusp_mutex held.
 * Return: how many; see memsusp_node_chosen().
 */
unsigned int memsusp_node_waiters(void)
{
	unsigned int n, i, chosen;

	lockdep_assert_held(&memsusp_mutex);
	if (!memsusp_node.auto_resume || list_empty(&suspended_jobs))
		return 0;
	n = collect(&suspended_jobs);
	memsusp_node.now_ns = ktime_get_mono_fast_ns();
	look_at_memory(&memsusp_node);
	chosen = memsusp_policy_waiters(&memsusp_node, candidates, n);
	if (chosen)
		trace_memsusp_waiters(&memsusp_node, suspended, chosen);
	/* What do the others wait for? */
	for (i = chosen; i < n; i++)
		WRITE_ONCE(memsusp_node_chosen(i)->reason,
			   candidates[i]->over_limit ? MEMSUSP_REASON_LIMIT :
						       MEMSUSP_REASON_NODE);
	for (i = 0; i < chosen; i++)
		if (candidates[i]->over_limit)
			memsusp_node_chosen(i)->drained = true;
	return chosen;
}

static void share_out(void)
{
	long share = memsusp_policy_share(&memsusp_node);
	struct memsusp_job *job;

	boundary = memsusp_policy_boundary(&memsusp_node);
	promised = 0;
	list_for_each_entry(job, &running_jobs, by_state) {
		if (share == MEMSUSP_NO_LIMIT) {
			set_ceiling(job, MEMSUSP_NO_LIMIT);
		} else {
			set_ceiling(job, job->charge + share);
			promised += job->ceiling;
		}
	}
	shared = share != MEMSUSP_NO_LIMIT;
}

/**
 * memsusp_node_settle() - share out the room that is left
 *
 * Context: the governor; memsusp_mutex held.
 */
void memsusp_node_settle(void)
{
	lockdep_assert_held(&memsusp_mutex);
	look_at_memory(&memsusp_node);
	if (shared || is_bounded())
		share_out();
	set_level();
	/* What became stale on the way is settled now. */
	stale = false;
	if (somebody_waits() && !hrtimer_is_queued(&ticker))
		hrtimer_start(&ticker, ms_to_ktime(TICK_MS), HRTIMER_MODE_REL_HARD);
}

/**
 * memsusp_node_has_room() - whether the node lets a job run
 * @job: it, suspended
 *
 * Context: process, memsusp_mutex held. O(running jobs).
 */
bool memsusp_node_has_room(const struct memsusp_job *job)
{
	struct memsusp_candidate candidate = {
		.charge = job->charge,
		.idle = job->idle,
		.swapped = swapped_of(job),
	};

	if (!is_bounded())
		return true;
	sum_up(&running_jobs);
	look_at_memory(&memsusp_node);
	return memsusp_policy_fits(&memsusp_node, &candidate, 0);
}

/**
 * memsusp_job_limit() - the limit that a job is held to
 * @job: whose limit
 *
 * Context: process, memsusp_mutex held.
 * Return: pages; MEMSUSP_NO_LIMIT while it is being drained.
 */
long memsusp_job_limit(const struct memsusp_job *job)
{
	lockdep_assert_held(&memsusp_mutex);
	return job->drained && memsusp_node.drain ? MEMSUSP_NO_LIMIT : job->limit;
}

/**
 * memsusp_node_look() - the settings and sums of the node
 * @copy: filled with them
 * @suspended_pages: filled with what suspended jobs are charged
 * @level_now: filled with how near it is to where jobs are suspended
 *
 * Context: process; memsusp_mutex held. All jobs have just been summed up.
 */
void memsusp_node_look(struct memsusp_node *copy, long *suspended_pages,
		       enum memsusp_level *level_now)
{
	lockdep_assert_held(&memsusp_mutex);
	set_level();
	if (stale)
		memsusp_governor_kick();
	*copy = memsusp_node;
	*suspended_pages = suspended;
	*level_now = level;
}

/**
 * memsusp_node_read() - the settings of the node, without its sums
 * @settings: filled with them
 *
 * Context: process.
 */
void memsusp_node_read(struct memsusp_node *settings)
{
	raw_spin_lock(&settings_lock);
	*settings = (struct memsusp_node){
		.limit = memsusp_node.limit,
		.floor = memsusp_node.floor,
		.headroom = memsusp_node.headroom,
		.policy = memsusp_node.policy,
		.auto_resume = memsusp_node.auto_resume,
		.drain = memsusp_node.drain,
		.min_running = memsusp_node.min_running,
		.max_suspended_ns = memsusp_node.max_suspended_ns,
	};
	raw_spin_unlock(&settings_lock);
}

/* As the event that tells of a change has it: the name of the file. */
static const char * const setting_names[] = {
	[MEMSUSP_NODE_LIMIT] = "limit",
	[MEMSUSP_NODE_FLOOR] = "floor",
	[MEMSUSP_NODE_HEADROOM] = "headroom",
	[MEMSUSP_NODE_POLICY] = "policy",
	[MEMSUSP_NODE_AUTO_RESUME] = "auto_resume",
	[MEMSUSP_NODE_MIN_RUNNING] = "min_running",
	[MEMSUSP_NODE_DRAIN] = "drain",
	[MEMSUSP_NODE_MAX_SUSPENDED_NS] = "max_suspended_ms",
};

static void set(struct memsusp_node *node, enum memsusp_node_setting setting, u64 value)
{
	switch (setting) {
	case MEMSUSP_NODE_LIMIT:
		node->limit = value;
		break;
	case MEMSUSP_NODE_FLOOR:
		node->floor = value;
		break;
	case MEMSUSP_NODE_HEADROOM:
		node->headroom = value;
		break;
	case MEMSUSP_NODE_POLICY:
		node->policy = value;
		break;
	case MEMSUSP_NODE_AUTO_RESUME:
		node->auto_resume = value;
		break;
	case MEMSUSP_NODE_MIN_RUNNING:
		node->min_running = value;
		break;
	case MEMSUSP_NODE_DRAIN:
		node->drain = value;
		break;
	case MEMSUSP_NODE_MAX_SUSPENDED_NS:
		node->max_suspended_ns = value;
		break;
	}
}

/**
 * memsusp_node_set() - put a setting of the node in force
 * @opened: the file through which it is asked for
 * @setting: which
 * @value: what it becomes, in the unit of its member of struct memsusp_node
 *
 * Whoever has to be suspended or resumed is so on return.
 *
 * Context: process; may sleep; takes memsusp_mutex.
 * Return: 0 or -EPERM. The file's mode lets in whoever has root's uid, which is not
 * enough.
 */
int memsusp_node_set(const struct file *opened, enum memsusp_node_setting setting, u64 value)
{
	struct memsusp_job *job;

	if (!memsusp_is_admin(opened))
		return -EPERM;
	mutex_lock(&memsusp_mutex);
	if (!memsusp_node.floor)
		memsusp_idle_forget();
	raw_spin_lock(&settings_lock);
	set(&memsusp_node, setting, value);
	raw_spin_unlock(&settings_lock);
	stale = true;
	pressing = true;
	memsusp_event_node(setting_names[setting], task_tgid_nr(current));
	/* The limits of those that are being drained hold again, or do not. */
	list_for_each_entry(job, &running_jobs, by_state)
		if (job->drained)
			memsusp_governor_order(job);
	mutex_unlock(&memsusp_mutex);
	memsusp_governor_run();
	return 0;
}

/**
 * memsusp_node_reserve() - make sure that all allocated jobs can be decided about
 *
 * Context: process; may sleep and allocate; takes memsusp_mutex.
 * Return: 0 or -ENOMEM.
 */
int memsusp_node_reserve(void)
{
	unsigned int nr_jobs = memsusp_jobs_allocated();
	struct memsusp_candidate **more;
	unsigned int n;

	if (READ_ONCE(nr_candidates) >= nr_jobs)
		return 0;
	n = max(64U, 2 * nr_jobs);
	more = kvmalloc_array(n, sizeof(*more), GFP_KERNEL);
	if (!more)
		return -ENOMEM;
	mutex_lock(&memsusp_mutex);
	if (nr_candidates < n) {
		swap(candidates, more);
		WRITE_ONCE(nr_candidates, n);
	}
	mutex_unlock(&memsusp_mutex);
	kvfree(more);
	return 0;
}

/**
 * memsusp_node_init() - set up what reminds the governor of those who wait
 *
 * Context: module init.
 */
void memsusp_node_init(void)
{
	memsusp_hrtimer_setup(&ticker, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
}

/**
 * memsusp_node_exit() - free what decisions needed
 *
 * Context: module exit; no job is left. May sleep.
 */
void memsusp_node_exit(void)
{
	hrtimer_cancel(&ticker);
	/* What it has asked for is done now, while the file "level" is there. */
	memsusp_governor_run();
	kvfree(candidates);
}
