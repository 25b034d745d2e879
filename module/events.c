// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: what happened to jobs and to the node, for those who want to know at
 * once: /proc/memsusp/events, uevents and tracepoints.
 *
 * The governor writes an event into a ring, without allocating; each reader of
 * the file has a place of its own in it. The janitor is one more reader: it makes
 * uevents, which do allocate. Who is too slow is told how many he missed.
 *
 * Anybody may read, and none of them delays the governor: they hold the ring's lock for
 * a copy, and a work item wakes them up, who may be many.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "memsusp.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* As many events as the ring holds; older ones are lost to who has not read them. */
#define RING_SIZE	1024
/* More than a line can have. */
#define LINE_SIZE	512

/**
 * struct event - one line
 * @time_ns: CLOCK_MONOTONIC
 * @type: what happened
 * @root: of which job, with a reference; NULL: to the node
 * @nr: the job's number
 * @name: the job's, or of what changed on the node
 * @reason: why it is, or was, suspended
 * @charge: pages of the job, or of all running ones
 * @limit: pages of the job, or of the node
 * @overshoot: pages, as in struct memsusp_job
 * @latency_ns: likewise
 * @by: on whose order, in the initial pid namespace; 0: on nobody's
 * @running: pages charged to all running jobs
 * @count: so many of the kind, of which this was the last
 */
struct event {
	u64 time_ns;
	enum memsusp_event_type type;
	struct pid *root;
	pid_t nr;
	char name[MEMSUSP_NAME_SIZE];
	enum memsusp_reason reason;
	long charge;
	long limit;
	long overshoot;
	u64 latency_ns;
	pid_t by;
	long running;
	unsigned int count;
};

static void wake_readers(struct work_struct *work);

/*
 * Protects what follows. Taken by readers and under M, and held for a copy; raw, so that
 * nobody is kept from going on while he holds it.
 */
static DEFINE_RAW_SPINLOCK(lock);
static struct event ring[RING_SIZE];
static u64 head;			/* the sequence number of the next one */
static bool closing;			/* the module goes: nobody may wait */

/* The file "level" in sysfs; NULL while it is not there. M */
static struct kernfs_node *level_file;

static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WORK(waker, wake_readers);
static atomic64_t all_lost = ATOMIC64_INIT(0);
static u64 sent;			/* the janitor's place */

static void add(struct event *event)
{
	struct event *slot;
	struct pid *old;

	lockdep_assert_held(&memsusp_mutex);
	event->time_ns = ktime_get_ns();
	event->running = memsusp_node.running;
	raw_spin_lock(&lock);
	slot = &ring[head % RING_SIZE];
	old = slot->root;
	*slot = *event;
	head++;
	raw_spin_unlock(&lock);
	put_pid(old);
	queue_work(system_unbound_wq, &waker);
}

static void wake_readers(struct work_struct *work)
{
	wake_up_interruptible(&readers);
}

static void tell(enum memsusp_event_type type, const struct memsusp_job *job,
		 enum memsusp_reason reason, pid_t by, unsigned int count)
{
	struct event event = {
		.type = type,
		.root = get_pid(job->root),
		.nr = job->nr,
		.reason = reason,
		.charge = job->charge,
		.limit = job->limit,
		.by = by,
		.count = count,
	};

	memcpy(event.name, job->name, sizeof(event.name));
	if (type == MEMSUSP_EVENT_SUSPEND) {
		event.overshoot = job->overshoot;
		event.latency_ns = job->latency_ns;
	}
	add(&event);
	if (type == MEMSUSP_EVENT_SUSPEND || type == MEMSUSP_EVENT_RESUME)
		memsusp_janitor_kick();
}

/*
 * Floods. Some events a program, or its user, can bring about as often as he likes: a
 * SIGCONT from somebody else, with the suspension that follows at the next touch, and a
 * warning. The ring is everybody's. So of each of these kinds a job has one event a
 * second; those between are counted, and told of in one, the last, when the second is
 * over or before anything else is told of the job. What it is in the end is always
 * told.
 *
 * Example. In a loop SIGCONT is sent to a job that is above its limit: continued,
 * suspend, and a second later continued count=812, suspend count=812.
 */

static LIST_HEAD(flooding_jobs);	/* M */
static struct hrtimer second;		/* started under M */
static bool second_is_over;		/* R W by the timer alone */

static enum hrtimer_restart on_second(struct hrtimer *timer)
{
	WRITE_ONCE(second_is_over, true);
	memsusp_governor_kick();
	return HRTIMER_NORESTART;
}

/* Tell of what was kept back of @job. Ends in the state that it is in. */
static void tell_kept(struct memsusp_job *job)
{
	struct memsusp_flood *flood = &job->flood;
	struct memsusp_flood kept = *flood;

	if (list_empty(&flood->link))
		return;
	list_del_init(&flood->link);
	flood->continued = 0;
	flood->suspends = 0;
	flood->warns = 0;
	flood->until_ns = ktime_get_ns() + NSEC_PER_SEC;
	if (kept.warns) {
		flood->warn_until_ns = flood->until_ns;
		tell(MEMSUSP_EVENT_WARN, job, job->reason, 0, kept.warns);
	}
	if (kept.suspends && kept.continued_last)
		tell(MEMSUSP_EVENT_SUSPEND, job, kept.suspend_reason, 0, kept.suspends);
	if (kept.continued)
		tell(MEMSUSP_EVENT_CONTINUED, job, kept.continued_reason, kept.continued_by,
		     kept.continued);
	if (kept.suspends && !kept.continued_last)
		tell(MEMSUSP_EVENT_SUSPEND, job, kept.suspend_reason, 0, kept.suspends);
}

static void keep(struct memsusp_job *job)
{
	if (list_empty(&job->flood.link))
		list_add_tail(&job->flood.link, &flooding_jobs);
	if (!hrtimer_is_queued(&second))
		hrtimer_start(&second, ns_to_ktime(NSEC_PER_SEC), HRTIMER_MODE_REL_HARD);
}

/* Whether it is kept back and counted, for the sake of others. */
static bool is_kept(enum memsusp_event_type type, struct memsusp_job *job,
		    enum memsusp_reason reason, pid_t by)
{
	struct memsusp_flood *flood = &job->flood;
	u64 now = ktime_get_ns();

	switch (type) {
	case MEMSUSP_EVENT_WARN:
		if (now >= flood->warn_until_ns) {
			flood->warn_until_ns = now + NSEC_PER_SEC;
			return false;
		}
		flood->warns++;
		break;
	case MEMSUSP_EVENT_CONTINUED:
		if (now >= flood->until_ns && !flood->continued) {
			flood->until_ns = now + NSEC_PER_SEC;
			return false;
		}
		flood->continued++;
		flood->continued_reason = reason;
		flood->continued_by = by;
		flood->continued_last = true;
		break;
	case MEMSUSP_EVENT_SUSPEND:
		/* Root's own orders are told one by one. */
		if (!flood->continued || reason == MEMSUSP_REASON_USER)
			return false;
		flood->suspends++;
		flood->suspend_reason = reason;
		flood->continued_last = false;
		break;
	default:
		return false;
	}
	keep(job);
	return true;
}

/**
 * memsusp_event_job() - something happened to a job
 * @type: what
 * @job: to which, with its state after it
 * @reason: why it is, or was, suspended
 * @by: on whose order, in the initial pid namespace; 0: on nobody's
 *
 * Context: process, memsusp_mutex held. Does not allocate.
 */
void memsusp_event_job(enum memsusp_event_type type, struct memsusp_job *job,
		       enum memsusp_reason reason, pid_t by)
{
	lockdep_assert_held(&memsusp_mutex);
	if (type == MEMSUSP_EVENT_SUSPEND)
		trace_memsusp_suspend(job, reason);
	else if (type == MEMSUSP_EVENT_WARN)
		trace_memsusp_warn(job, reason);
	else if (type == MEMSUSP_EVENT_RESUME || type == MEMSUSP_EVENT_CONTINUED)
		trace_memsusp_resume(job, reason);
	if (is_kept(type, job, reason, by))
		return;
	tell_kept(job);
	tell(type, job, reason, by, 1);
}

/**
 * memsusp_events_tell_kept() - tell of what was kept back for a second
 *
 * Context: the governor; memsusp_mutex held. Does not allocate.
 */
void memsusp_events_tell_kept(void)
{
	struct memsusp_job *job, *next;
	u64 now = ktime_get_ns();

	lockdep_assert_held(&memsusp_mutex);
	if (!READ_ONCE(second_is_over))
		return;
	WRITE_ONCE(second_is_over, false);
	list_for_each_entry_safe(job, next, &flooding_jobs, flood.link) {
		if (now >= max(job->flood.continued ? job->flood.until_ns : 0,
			       job->flood.warns ? job->flood.warn_until_ns : 0))
			tell_kept(job);
		else
			keep(job);
	}
}

/**
 * memsusp_event_node() - a setting of the node was changed
 * @key: which
 * @by: by whom, in the initial pid namespace; 0: by nobody
 *
 * Context: process, memsusp_mutex held. Does not allocate.
 */
void memsusp_event_node(const char *key, pid_t by)
{
	struct event event = {
		.type = MEMSUSP_EVENT_NODE,
		.charge = memsusp_node.running,
		.limit = memsusp_node.limit,
		.by = by,
	};

	strscpy(event.name, key, sizeof(event.name));
	add(&event);
}

/**
 * memsusp_event_level() - the node's level has changed
 * @level: to this
 *
 * Context: process, memsusp_mutex held. Does not allocate.
 */
void memsusp_event_level(enum memsusp_level level)
{
	static const char * const names[] = {
		"level-ok", "level-low", "level-medium", "level-critical",
	};

	memsusp_event_node(names[level], 0);
	if (level_file)
		sysfs_notify_dirent(level_file);
}

/**
 * memsusp_events_level_file() - who polls the node's level waits at this file
 * @file: with a reference until another one, or %NULL, is given
 *
 * Context: process; may sleep; takes memsusp_mutex.
 */
void memsusp_events_level_file(struct kernfs_node *file)
{
	mutex_lock(&memsusp_mutex);
	level_file = file;
	mutex_unlock(&memsusp_mutex);
}

/**
 * memsusp_events_lost() - how many events readers were too slow for
 *
 * Context: any.
 */
u64 memsusp_events_lost(void)
{
	return atomic64_read(&all_lost);
}

/* sysfs */

/**
 * memsusp_event_wake() - wake those who poll a job's state
 * @job: whose
 *
 * Context: any.
 */
void memsusp_event_wake(struct memsusp_job *job)
{
	sysfs_notify_dirent(job->state_kn);
}

/* The file */

/**
 * struct reader - somebody who has it open
 * @lock: for those who share it
 * @next: the sequence number of what is read next
 * @line: being handed out
 * @len: its length
 * @pos: what is handed out already
 */
struct reader {
	struct mutex lock;	/* @next, @line and what is said of it */
	u64 next;
	size_t len;
	size_t pos;
	char line[LINE_SIZE];
};

static size_t print_size(char *buf, size_t size, const char *key, long pages)
{
	if (pages == MEMSUSP_NO_LIMIT)
		return scnprintf(buf, size, " %s=%s", key, MEMSUSP_WORD_MAX);
	return scnprintf(buf, size, " %s=%llu", key, memsusp_bytes(pages));
}

static void print_event(struct reader *r, u64 seq, const struct event *e,
			const struct pid_namespace *ns)
{
	static const char * const events[] = MEMSUSP_EVENTS;
	static const char * const reasons[] = MEMSUSP_REASONS;
	char *p = r->line, *end = p + sizeof(r->line);

	p += scnprintf(p, end - p, "seq=%llu time_ns=%llu event=%s pid=%d name=%s reason=%s",
		       seq, e->time_ns, events[e->type], e->nr, e->name, reasons[e->reason]);
	p += print_size(p, end - p, "charge", e->charge);
	p += print_size(p, end - p, "limit", e->limit);
	p += print_size(p, end - p, "overshoot", e->overshoot);
	p += scnprintf(p, end - p, " latency_ns=%llu by=%d", e->latency_ns,
		       ns == &init_pid_ns ? e->by : 0);
	p += print_size(p, end - p, "running", e->running);
	if (e->count > 1)
		p += scnprintf(p, end - p, " count=%u", e->count);
	p += scnprintf(p, end - p, "\n");
	r->len = p - r->line;
}

static void print_lost(struct reader *r, u64 count)
{
	atomic64_add(count, &all_lost);
	r->len = scnprintf(r->line, sizeof(r->line),
			   "seq=%llu time_ns=%llu event=" MEMSUSP_WORD_LOST " count=%llu\n",
			   r->next + count - 1, ktime_get_ns(), count);
	r->next += count;
}

/*
 * The next event, with the number that its job has for whoever reads, 0: he may not see it.
 * Returns false if there is none, or @lost, so many at least, have gone.
 */
static bool take(u64 seq, struct pid_namespace *ns, struct event *event, u64 *lost)
{
	bool there;

	raw_spin_lock(&lock);
	*lost = head - seq > RING_SIZE ? head - RING_SIZE - seq : 0;
	there = seq != head && !*lost;
	if (there) {
		*event = ring[seq % RING_SIZE];
		if (event->root)
			event->nr = pid_nr_ns(event->root, ns);
	}
	raw_spin_unlock(&lock);
	return there;
}

/* Have a line to hand out. False: there is none now. */
static bool fetch_line(struct reader *r)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct event event;
	u64 lost;

	r->len = 0;
	r->pos = 0;
	while (take(r->next, ns, &event, &lost)) {
		/* Those of the node are everybody's. */
		if (event.nr || !event.root) {
			print_event(r, r->next++, &event, ns);
			return true;
		}
		r->next++;
	}
	if (lost)
		print_lost(r, lost);
	return lost;
}

static bool has_more(struct reader *r)
{
	bool more;

	raw_spin_lock(&lock);
	more = closing || r->next != head;
	raw_spin_unlock(&lock);
	return more;
}

static int events_open(struct inode *inode, struct file *file)
{
	struct reader *r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);

	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock);
	raw_spin_lock(&lock);
	r->next = head > RING_SIZE ? head - RING_SIZE : 0;
	raw_spin_unlock(&lock);
	file->private_data = r;
	/* Not nonseekable_open(): who shares the file must not wait for its position. */
	return stream_open(inode, file);
}

static int events_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

/* As many whole lines as there are and fit; a part of one only if none fits. */
static ssize_t events_read(struct file *file, char __user *buf, size_t size, loff_t *ppos)
{
	struct reader *r = file->private_data;
	size_t done = 0, n;
	int err;

	err = mutex_lock_interruptible(&r->lock);
	if (err)
		return err;
	while (done < size) {
		if (r->pos == r->len && !fetch_line(r)) {
			if (done || READ_ONCE(closing))
				break;
			err = file->f_flags & O_NONBLOCK ? -EAGAIN :
			      wait_event_interruptible(readers, has_more(r));
			if (err)
				break;
			continue;
		}
		n = r->len - r->pos;
		if (done && n > size - done)
			break;
		n = min(n, size - done);
		if (copy_to_user(buf + done, r->line + r->pos, n)) {
			err = -EFAULT;
			break;
		}
		r->pos += n;
		done += n;
	}
	mutex_unlock(&r->lock);
	return done ?: err;
}

/* What poll() says when the module goes: whatever was waited for, this ends it. */
#define GONE	(EPOLLIN | EPOLLRDNORM | EPOLLPRI | EPOLLERR | EPOLLHUP)

static __poll_t events_poll(struct file *file, poll_table *wait)
{
	struct reader *r = file->private_data;

	if (READ_ONCE(closing))
		return GONE;
	poll_wait(file, &readers, wait);
	/* It may have been too late for the list. */
	if (READ_ONCE(closing))
		return GONE;
	/* Who reads from it meanwhile may make this wrong either way at any time. */
	return data_race(r->pos != r->len) || has_more(r) ? EPOLLIN | EPOLLRDNORM : 0;
}

const struct proc_ops memsusp_events_ops = {
	.proc_open = events_open,
	.proc_read = events_read,
	.proc_poll = events_poll,
	.proc_release = events_release,
};

/* Those who poll sleep elsewhere, but in a list of ours: wait until nobody is in it. */
static void let_go(void)
{
	bool left;

	do {
		/* epoll takes its entry out of the list when it is told this. */
		wake_up_poll(&readers, GONE | POLLFREE);
		spin_lock_irq(&readers.lock);
		/* Under its lock, so there is no race. */
		left = waitqueue_active(&readers);
		spin_unlock_irq(&readers.lock);
		if (left)
			usleep_range(1000, 2000);
	} while (left);
	synchronize_rcu();
}

/**
 * memsusp_events_close() - let go whoever reads or polls
 *
 * While we can still tell them why: of a file that was removed, poll() says only
 * that it can be read, and who does not wait for that would sleep on.
 *
 * Context: module exit, before the file is removed; may sleep.
 */
void memsusp_events_close(void)
{
	raw_spin_lock(&lock);
	WRITE_ONCE(closing, true);
	raw_spin_unlock(&lock);
	let_go();
}

/**
 * memsusp_events_closed() - wait for those who began to poll too late
 *
 * Context: module exit, after the file was removed; may sleep.
 */
void memsusp_events_closed(void)
{
	let_go();
}

/**
 * memsusp_events_init() - set up what tells of events that were kept back
 *
 * Context: module init.
 */
void memsusp_events_init(void)
{
	memsusp_hrtimer_setup(&second, on_second, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
}

/**
 * memsusp_events_quiet() - tell of none later on
 *
 * Context: module exit; no job is left.
 */
void memsusp_events_quiet(void)
{
	hrtimer_cancel(&second);
}

/**
 * memsusp_events_exit() - forget all events
 *
 * Context: module exit; may sleep; none is made any more.
 */
void memsusp_events_exit(void)
{
	unsigned int i;

	cancel_work_sync(&waker);
	for (i = 0; i < RING_SIZE; i++)
		put_pid(ring[i].root);
}

/* uevents */

static void send(const struct event *e)
{
	static const char * const events[] = MEMSUSP_EVENTS;
	static const char * const reasons[] = MEMSUSP_REASONS;
	char event[32], pid[32], name[16 + MEMSUSP_NAME_SIZE], reason[32], charge[48];
	char *envp[6] = { event, pid, name, reason, charge };
	struct memsusp_job *job;

	mutex_lock(&memsusp_mutex);
	job = memsusp_job_find(e->nr);
	if (job && job->root == e->root && job->begun)
		kobject_get(&job->kobj);
	else
		job = NULL;
	mutex_unlock(&memsusp_mutex);
	if (!job)
		return;
	scnprintf(event, sizeof(event), "MEMSUSP_EVENT=%s", events[e->type]);
	scnprintf(pid, sizeof(pid), "MEMSUSP_PID=%d", e->nr);
	scnprintf(name, sizeof(name), "MEMSUSP_NAME=%s", e->name);
	scnprintf(reason, sizeof(reason), "MEMSUSP_REASON=%s", reasons[e->reason]);
	scnprintf(charge, sizeof(charge), "MEMSUSP_CHARGE=%llu", memsusp_bytes(e->charge));
	kobject_uevent_env(&job->kobj, KOBJ_CHANGE, envp);
	kobject_put(&job->kobj);
}

/**
 * memsusp_events_send() - make uevents of what happened since the last time
 *
 * Context: the janitor; may sleep and allocate.
 */
void memsusp_events_send(void)
{
	struct event event;
	bool more;

	for (;;) {
		raw_spin_lock(&lock);
		sent = max(sent, head > RING_SIZE ? head - RING_SIZE : 0);
		more = sent != head;
		if (more)
			event = ring[sent++ % RING_SIZE];
		raw_spin_unlock(&lock);
		if (!more)
			return;
		if (event.type == MEMSUSP_EVENT_SUSPEND || event.type == MEMSUSP_EVENT_RESUME)
			send(&event);
	}
}
