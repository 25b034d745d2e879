// SPDX-License-Identifier: GPL-2.0-only
/*
 * Surveys: what is read about all jobs is not summed up by whoever reads it. He would
 * hold memsusp_mutex, as long as he likes (throttled, or of low priority) and as often
 * as he likes, and decisions would wait. A work item does it for all of them: it looks
 * at all jobs, a few each time that it holds the mutex, writes down what it has seen and
 * publishes it. Readers wait for that, and format it in their own time.
 *
 * Who has CAP_SYS_RESOURCE gets a survey that was begun after he asked. The others get
 * one that is not older than 100 ms, nor than ten times as long as the last one held the
 * mutex: so however many they are, they cause one in that time, and together hold it for
 * at most a tenth of the time.
 *
 * Each survey lives as long as somebody reads it, and the newest of each kind for a
 * second, and until all who asked for one have it. A reader can be kept from going on for
 * long, but he has one only within a read(2); and with eight of a kind in memory, readers
 * get the newest, as old as it may be.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "survey.h"

#define AGE_NS		(100 * NSEC_PER_MSEC)
/* As many times longer than the mutex was held. */
#define AGE_FACTOR	10
/* After so long without a new one, the newest are forgotten. */
#define FORGET_MS	1000
/* So many of a kind are kept in memory for those who may not hurry. */
#define MOST		8
/* At most so many jobs are looked at in one go; summed up are fewer: MEMSUSP_LEAF_JOBS. */
#define AT_ONCE		64

static void survey(struct work_struct *work);
static void forget(struct work_struct *work);

static struct workqueue_struct *queue;
static DECLARE_DELAYED_WORK(surveyor, survey);
static DECLARE_DELAYED_WORK(forgetter, forget);
static DECLARE_WAIT_QUEUE_HEAD(published);

/* Bits by kind: who asked for one. A */
static unsigned long hurried;
static unsigned long asked;
/* How many have asked and not taken it yet: until then it is not forgotten. A */
static atomic_t waiting = ATOMIC_INIT(0);

/* Protects what follows; never held together with another lock of ours. */
static DEFINE_SPINLOCK(lock);
static struct memsusp_survey *newest[MEMSUSP_NR_SURVEYS];
/* When one was begun for which there was no memory, CLOCK_MONOTONIC. */
static u64 failed_ns[MEMSUSP_NR_SURVEYS];

static atomic_t alive[MEMSUSP_NR_SURVEYS];
/* How old one may be for those who may not hurry. R */
static atomic64_t age_ns = ATOMIC64_INIT(AGE_NS);
/* Before this, none is begun for them, CLOCK_MONOTONIC; only for the work item. */
static u64 not_before_ns;

/* Making one */

/**
 * struct progress - of a survey, between two times that the mutex is held
 * @survey: what is being made
 * @job: looked at last, with a reference; NULL: none
 * @pid: whose process was looked at last, in @job; NULL: none
 * @serial: its number there
 * @held_ns: how long the mutex was held
 */
struct progress {
	struct memsusp_survey *survey;
	struct memsusp_job *job;
	struct pid *pid;
	unsigned int serial;
	u64 held_ns;
};

static struct memsusp_job *next_job(const struct progress *p)
{
	struct memsusp_job *job = p->job;

	lockdep_assert_held(&memsusp_mutex);
	if (!job)
		return list_first_entry_or_null(&memsusp_jobs, struct memsusp_job, link);
	if (!job->gone)
		return list_is_last(&job->link, &memsusp_jobs) ? NULL : list_next_entry(job, link);
	/* It has left the list meanwhile. */
	list_for_each_entry(job, &memsusp_jobs, link)
		if (job->number > p->job->number)
			return job;
	return NULL;
}

static void enter_job(struct memsusp_leaf *leaf, struct memsusp_job *job)
{
	memsusp_node_update(job);
	leaf->jobs[leaf->n] = (struct memsusp_job_entry){
		.number = job->number,
		.root = get_pid(job->root),
		.state = job->state,
		.reason = job->reason,
		.limit = job->limit,
		.soft_limit = job->soft_limit,
		.charge = job->charge,
		.peak = job->peak,
		.anon = job->anon,
		.swap = job->swap,
		.touched = memsusp_charge_touched(job),
		.nr_processes = READ_ONCE(job->nr_processes),
		.priority = job->priority,
		.suspends = job->suspends,
		.suspended_ms = memsusp_job_suspended_ms(job),
		.overshoot = job->overshoot,
		.latency_ns = job->latency_ns,
	};
	memcpy(leaf->jobs[leaf->n].name, job->name, MEMSUSP_NAME_SIZE);
	leaf->n++;
}

/* These two return whether there is more. */
static bool see_jobs(struct progress *p, struct memsusp_leaf *leaf)
{
	struct memsusp_job *job;
	int left = AT_ONCE;

	while ((job = next_job(p))) {
		if (!left-- || (leaf && leaf->n == MEMSUSP_LEAF_JOBS))
			return true;
		if (leaf)
			enter_job(leaf, job);
		else
			memsusp_charge_touched(job);
		p->job = job;
	}
	return false;
}

static void enter_process(struct memsusp_leaf *leaf, struct memsusp_job *job,
			  struct memsusp_process *process)
{
	struct memsusp_space *space = READ_ONCE(process->space);

	leaf->processes[leaf->n++] = (struct memsusp_process_entry){
		/* Neither will ever have more bits than it has here. */
		.number = job->number << 32 | process->serial,
		.pid = get_pid(process->pid),
		.root = get_pid(job->root),
		.charge = space ? space->charge : 0,
		.anon = space ? space->anon : 0,
		.swap = space ? space->swap : 0,
		.touched = space ? atomic_long_read(&space->touched) : 0,
	};
}

static struct memsusp_process *next_process(const struct progress *p)
{
	struct memsusp_process *process;

	if (!p->job || p->job->gone)
		return NULL;
	if (!p->pid)
		return list_first_or_null_rcu(&p->job->processes, struct memsusp_process, link);
	rcu_read_lock();
	process = memsusp_process_find(p->pid);
	rcu_read_unlock();
	/* It may be another by now that has the same struct pid. */
	if (process && process->job == p->job && process->serial == p->serial)
		return list_next_or_null_rcu(&p->job->processes, &process->link,
					     struct memsusp_process, link);
	/* It has left the list meanwhile. */
	list_for_each_entry_rcu(process, &p->job->processes, link,
				lockdep_is_held(&memsusp_mutex))
		if (process->serial > p->serial)
			return process;
	return NULL;
}

static bool see_processes(struct progress *p, struct memsusp_leaf *leaf)
{
	struct memsusp_process *process;
	struct memsusp_job *job;
	int left = MEMSUSP_LEAF_JOBS;

	for (;;) {
		while ((process = next_process(p))) {
			if (leaf->n == MEMSUSP_LEAF_PROCESSES)
				return true;
			enter_process(leaf, p->job, process);
			p->pid = process->pid;
			p->serial = process->serial;
		}
		job = next_job(p);
		if (!job)
			return false;
		if (!left--)
			return true;
		memsusp_node_update(job);
		p->job = job;
		p->pid = NULL;
	}
}

/* Hold the mutex once. Returns whether there is more. */
static bool see(struct progress *p, struct memsusp_leaf *leaf)
{
	struct memsusp_survey *s = p->survey;
	struct memsusp_job *last = p->job;
	u64 begun_ns;
	bool more;

	mutex_lock(&memsusp_mutex);
	begun_ns = ktime_get_ns();
	more = s->kind == MEMSUSP_SURVEY_PROCESSES ? see_processes(p, leaf) : see_jobs(p, leaf);
	if (!more && s->kind == MEMSUSP_SURVEY_JOBS)
		memsusp_node_look(&s->node, &s->suspended, &s->level);
	if (!more) {
		/* Some are counted on without a lock: nobody relies on these here. */
		data_race(s->stats = memsusp_stats);
	}
	if (p->job)
		kobject_get(&p->job->kobj);
	p->held_ns += ktime_get_ns() - begun_ns;
	mutex_unlock(&memsusp_mutex);
	if (last)
		kobject_put(&last->kobj);
	return more;
}

static void free_survey(struct kref *ref)
{
	struct memsusp_survey *s = container_of(ref, struct memsusp_survey, ref);
	struct memsusp_leaf *leaf, *next;
	unsigned int i;

	list_for_each_entry_safe(leaf, next, &s->leaves, link) {
		for (i = 0; i < leaf->n; i++) {
			if (s->kind == MEMSUSP_SURVEY_JOBS) {
				put_pid(leaf->jobs[i].root);
			} else {
				put_pid(leaf->processes[i].pid);
				put_pid(leaf->processes[i].root);
			}
		}
		kfree(leaf);
	}
	atomic_dec(&alive[s->kind]);
	kfree(s);
}

/**
 * memsusp_survey_put() - be done with a survey
 * @survey: from memsusp_survey_get()
 *
 * Context: any.
 */
void memsusp_survey_put(struct memsusp_survey *survey)
{
	kref_put(&survey->ref, free_survey);
}

/* Returns NULL if there is no memory. */
static struct memsusp_survey *make(enum memsusp_survey_kind kind, u64 begun_ns, u64 *held_ns)
{
	struct progress p = { .survey = kzalloc(sizeof(*p.survey), GFP_KERNEL) };
	struct memsusp_survey *s = p.survey;
	struct memsusp_leaf *leaf = NULL;
	bool more;

	if (!s)
		return NULL;
	kref_init(&s->ref);
	s->kind = kind;
	s->begun_ns = begun_ns;
	INIT_LIST_HEAD(&s->leaves);
	atomic_inc(&alive[kind]);
	do {
		if (kind != MEMSUSP_SURVEY_COUNTERS) {
			leaf = kzalloc(sizeof(*leaf), GFP_KERNEL);
			if (!leaf) {
				memsusp_survey_put(s);
				s = NULL;
				break;
			}
			list_add_tail(&leaf->link, &s->leaves);
		}
		more = see(&p, leaf);
		cond_resched();
	} while (more);
	if (p.job)
		kobject_put(&p.job->kobj);
	*held_ns += p.held_ns;
	return s;
}

static void publish(enum memsusp_survey_kind kind, struct memsusp_survey *s, u64 begun_ns)
{
	struct memsusp_survey *old = NULL;

	spin_lock(&lock);
	if (s) {
		old = newest[kind];
		newest[kind] = s;
	} else {
		failed_ns[kind] = begun_ns;
	}
	spin_unlock(&lock);
	if (old)
		memsusp_survey_put(old);
}

/* Make one of each kind that is asked for. Returns how long the mutex was held. */
static u64 make_those_in(unsigned long *wanted)
{
	enum memsusp_survey_kind kind;
	u64 held_ns = 0;
	u64 begun_ns;

	for (kind = 0; kind < MEMSUSP_NR_SURVEYS; kind++) {
		if (!test_and_clear_bit(kind, wanted))
			continue;
		/* Later than when anybody asked for it whose bit we have seen. */
		begun_ns = ktime_get_ns();
		publish(kind, make(kind, begun_ns, &held_ns), begun_ns);
	}
	return held_ns;
}

static void survey(struct work_struct *work)
{
	u64 now, age;

	make_those_in(&hurried);
	now = ktime_get_ns();
	if (now >= not_before_ns && READ_ONCE(asked)) {
		age = max_t(u64, AGE_NS, AGE_FACTOR * make_those_in(&asked));
		atomic64_set(&age_ns, age);
		now = ktime_get_ns();
		not_before_ns = now + age;
	}
	wake_up_all(&published);
	mod_delayed_work(queue, &forgetter, msecs_to_jiffies(FORGET_MS));
	if (READ_ONCE(asked))
		queue_delayed_work(queue, &surveyor, nsecs_to_jiffies(not_before_ns - now) + 1);
}

static void forget(struct work_struct *work)
{
	enum memsusp_survey_kind kind;
	struct memsusp_survey *s;
	bool kept = false;

	for (kind = 0; kind < MEMSUSP_NR_SURVEYS; kind++) {
		spin_lock(&lock);
		s = newest[kind];
		/*
		 * Who was woken may not get a processor for long, and asks only once. He
		 * was counted before what he asked for was published, and that was before
		 * we took the lock, or else it is not what we see.
		 */
		if (s && atomic_read(&waiting))
			kept = true;
		/* Who may not hurry needs one when no other may be made. */
		if (s && !kept && atomic_read(&alive[kind]) < MOST)
			newest[kind] = NULL;
		else
			s = NULL;
		spin_unlock(&lock);
		if (s)
			memsusp_survey_put(s);
	}
	if (kept)
		queue_delayed_work(queue, &forgetter, msecs_to_jiffies(FORGET_MS));
}

/* Getting one */

/**
 * memsusp_survey_may_hurry() - whether current may ask for what is true now
 *
 * Context: any.
 */
bool memsusp_survey_may_hurry(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE);
}

/**
 * memsusp_survey_since() - how old what current reads now may be
 *
 * Context: process.
 * Return: CLOCK_MONOTONIC; to be given to memsusp_survey_get(), more than once by those
 * who read in pieces.
 */
u64 memsusp_survey_since(void)
{
	u64 now = ktime_get_ns();
	u64 age = memsusp_survey_may_hurry() ? 0 : atomic64_read(&age_ns);

	return now > age ? now - age : 1;
}

static void ask(enum memsusp_survey_kind kind, bool may_hurry)
{
	set_bit(kind, may_hurry ? &hurried : &asked);
	/* Queued, or running and queued again, it sees that. */
	smp_mb__after_atomic();
	if (may_hurry)
		mod_delayed_work(queue, &surveyor, 0);
	else
		queue_delayed_work(queue, &surveyor, 0);
}

/*
 * Take the newest, if it is new enough, or what stands in the way of one. False: there is
 * neither, yet.
 */
static bool take(enum memsusp_survey_kind kind, u64 since_ns, bool may_hurry,
		 struct memsusp_survey **taken)
{
	struct memsusp_survey *s;

	spin_lock(&lock);
	s = newest[kind];
	if (s && (s->begun_ns >= since_ns ||
		  (!may_hurry && atomic_read(&alive[kind]) >= MOST)))
		kref_get(&s->ref);
	else
		s = failed_ns[kind] >= since_ns ? ERR_PTR(-ENOMEM) : NULL;
	spin_unlock(&lock);
	*taken = s;
	return s;
}

/**
 * memsusp_survey_get() - see what is to be seen
 * @kind: of what
 * @since_ns: not before this, from memsusp_survey_since()
 *
 * Context: process; may sleep; no lock of ours held.
 * Return: the survey, for memsusp_survey_put(); or -ENOMEM, or -EINTR if current is
 * killed.
 */
struct memsusp_survey *memsusp_survey_get(enum memsusp_survey_kind kind, u64 since_ns)
{
	bool may_hurry = memsusp_survey_may_hurry();
	struct memsusp_survey *s;
	int err;

	if (take(kind, since_ns, may_hurry, &s))
		return s;
	/* Before asking: see forget(). */
	atomic_inc(&waiting);
	ask(kind, may_hurry);
	err = wait_event_killable(published, take(kind, since_ns, may_hurry, &s));
	atomic_dec(&waiting);
	return err ? ERR_PTR(-EINTR) : s;
}

/**
 * memsusp_survey_init() - create the work queue
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int memsusp_survey_init(void)
{
	/* Once it holds the mutex it should be done soon. */
	queue = alloc_workqueue("memsusp_survey", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return queue ? 0 : -ENOMEM;
}

/**
 * memsusp_survey_exit() - forget all surveys
 *
 * Context: module exit; no job is left, and nobody reads.
 */
void memsusp_survey_exit(void)
{
	cancel_delayed_work_sync(&surveyor);
	cancel_delayed_work_sync(&forgetter);
	forget(NULL);
	destroy_workqueue(queue);
}
