/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memsusp: suspend processes that touch too much memory.
 *
 * Types, locking, and what crosses files.
 *
 * The way of a page:
 *
 *	hooks.c     a new anonymous page is mapped		probe context
 *	ledger.c    find the address space, count, compare	probe context
 *	brake.c     hold the thread on its way to user mode	task_work
 *	governor.c  sum up, decide				work item
 *	signals.c   stop and continue				work item
 *	node.c      what all jobs hold, and may hold		work item
 *	events.c    tell about it				work item
 *
 * and of a word of the administrator:
 *
 *	sysfs.c -> parse.c -> register.c, control.c, node.c -> the same work item
 *	access.c    whether he may
 *
 * and of an answer to who reads:
 *
 *	survey.c -> procfs.c, sysfs.c				work item of its own
 *
 * Objects
 * -------
 *
 *	job	  what one registration made; a directory in sysfs
 *	process	  one member of one job, keyed by its struct pid (the tgid's)
 *	space	  one address space charged to one job, keyed by its mm_struct;
 *		  shared by the processes that share the memory (CLONE_VM)
 *
 * A space holds mmgrab() on its mm and a process holds a reference on its
 * struct pid, so that neither address can be reused while it is a key. Neither
 * keeps memory or a task alive.
 *
 * Locks
 * -----
 *
 * Each mutable field below carries the letter of what protects it:
 *
 *	C   constant from creation on
 *	M   memsusp_mutex: every decision, and everything that is summed up.
 *	    Never held over an allocation, because the governor takes it on the
 *	    way to a suspension. Nor by who only reads: as long as he does not
 *	    run, decisions would wait. What he needs is R or A, has a raw lock of
 *	    its own, or comes from a survey
 *	L   memsusp_ledger_lock, a raw spinlock taken with interrupts off: the
 *	    tables and lists that fork and exec probes add to. Removing from
 *	    them takes M as well, so whoever holds M may walk them without L,
 *	    reading counts with READ_ONCE()
 *	R   changed under the lock named with it, read under RCU
 *	O   written under the lock named with it, with WRITE_ONCE(), and read by
 *	    anybody else with READ_ONCE()
 *	A   atomic, no lock
 *	H   the hooks' own mutex (hooks.c)
 *	W   only the governor's work item
 *
 * Order: sysfs's active references > H > mmap_lock, M > L. Nothing is taken inside L.
 *
 * Contexts
 * --------
 *
 *	fault hook		page table lock held (RCU by that)	A; L for what
 *								fork copies
 *	fork, exec, exit hooks	preemption off				RCU, L
 *	signal hook		sighand lock held, interrupts off	RCU, A
 *	brake			task_work, may sleep			RCU
 *	governor's work item	may sleep, must not allocate		M, L
 *	janitor's work item	may sleep and allocate			H, M, L
 *	survey's work item	may sleep and allocate			M
 *	writing to sysfs	may sleep and allocate			M, L
 *	reading			may sleep and allocate			RCU, A
 *
 * What runs in a hook counts and queues, and does nothing else: on PREEMPT_RT
 * it must not even take a spinlock_t.
 */
#ifndef MEMSUSP_H
#define MEMSUSP_H

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt) "memsusp: " fmt

#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/stringify.h>
#include <linux/sysfs.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "lineage.h"
#include "parse.h"
#include "policy.h"

struct file;
struct memsusp_job;

/**
 * struct memsusp_mark - what an address space had done up to some moment
 * @held: pages it held then
 * @touched: pages it had touched first
 * @copied: those of them that replaced a page shared since fork
 */
struct memsusp_mark {
	long held;
	long touched;
	long copied;
};

/**
 * struct memsusp_space - an address space charged to a job
 * @hash: L R in the table of spaces, by @mm
 * @link: L R in @job->spaces
 * @mm: M L the key; NULL once the memory is gone and only @heirs keep the entry
 * @job: L R whose it is
 * @origin: M L the space it was forked from, while the job pays for that
 * @users: L O processes of the job that run in it
 * @forking: L O entered while the fork that makes it is still under way
 * @awaited: L O a process of another job runs in it, and pays when this one is gone
 * @leaving_ns: M when it was first seen without users, CLOCK_MONOTONIC; 0: not yet
 * @heirs: L O spaces whose @origin it is
 * @touched: A pages first touched since it was entered
 * @copied: A those of them that were copied on write
 * @at_fork: M what @origin had done when it was forked
 * @entered_held: C pages it held when it was entered
 * @set_off: M copies that have replaced what it inherited
 * @baseline: M pages it had touched before it was entered, or has inherited
 * @anon: M anonymous pages in RAM, at the last sum
 * @swap: M pages in swap, at the last sum
 * @charge: M pages, at the last sum
 * @unpaid: M scratch while summing: pages held, but not paid for by itself
 * @seen: M scratch while summing
 * @lineage: M scratch while summing: what it has left to its heirs
 * @surplus: M pages held beyond those that it was entered with and has touched since,
 *	at the last sum that could be believed; negative when it has given back
 * @rcu: for kfree_rcu()
 */
struct memsusp_space {
	struct hlist_node hash;
	struct list_head link;
	struct mm_struct *mm;
	struct memsusp_job *job;
	struct memsusp_space *origin;
	unsigned int users;
	unsigned int heirs;
	bool forking;
	bool awaited;
	u64 leaving_ns;
	atomic_long_t touched;
	atomic_long_t copied;
	struct memsusp_mark at_fork;
	long entered_held;
	long set_off;
	long baseline;
	long anon;
	long swap;
	long charge;
	long unpaid;
	long seen;
	struct memsusp_lineage lineage;
	long surplus;
	struct rcu_head rcu;
};

/* Bits of memsusp_process.flags (A); all but the last are set in the signal hook */
enum {
	MEMSUSP_PROCESS_STOPPED,	/* we sent it SIGSTOP and not SIGCONT since */
	MEMSUSP_PROCESS_FOREIGN_STOP,	/* somebody else stopped it as well */
	MEMSUSP_PROCESS_SIGTSTP,	/* these came while it was stopped */
	MEMSUSP_PROCESS_SIGTTIN,
	MEMSUSP_PROCESS_SIGTTOU,
	MEMSUSP_PROCESS_EXITED,		/* on the list of those to be removed */
};

/**
 * struct memsusp_process - a member of a job
 * @hash: L R in the table of processes, by @pid
 * @link: L R in @job->processes
 * @pid: C the key: the struct pid of its thread group
 * @job: L R whose it is
 * @space: L R where it runs; NULL if the stock was empty when it called exec, or if
 *	another job pays for that address space
 * @nr_threads: L that may fork, as far as the hooks have seen
 * @serial: L counts those that entered @job
 * @flags: A MEMSUSP_PROCESS_*
 * @exited: A in the list of those that have ended
 * @refs: A the table's reference, and one of each of the next two that is pending
 * @parent_waits: makes the thread wait that has forked it, until the stock is filled
 * @child_waits: makes it wait itself, likewise
 * @rcu: for kfree_rcu()
 */
struct memsusp_process {
	struct hlist_node hash;
	struct list_head link;
	struct pid *pid;
	struct memsusp_job *job;
	struct memsusp_space *space;
	int nr_threads;
	unsigned int serial;
	unsigned long flags;
	struct llist_node exited;
	refcount_t refs;
	struct callback_head parent_waits;
	struct callback_head child_waits;
	struct rcu_head rcu;
};

/* A value of memsusp_job.trip that every touch is above */
#define MEMSUSP_TRIP_ALWAYS	(-1L)

/* Bits of memsusp_job.flags (A) */
enum {
	MEMSUSP_JOB_DIRTY,	/* on the governor's list of those that hooks have marked */
	MEMSUSP_JOB_CONTINUED,	/* somebody else sent SIGCONT */
	MEMSUSP_JOB_MISSED,	/* a fork or exec found the stock empty */
	MEMSUSP_JOB_RAISED,	/* a member has, or had, rights that its user has not */
};

/**
 * struct memsusp_flood - events of a job that are kept back (events.c)
 * @link: M in the list of jobs that have some
 * @until_ns: M before this no other "continued" is told, CLOCK_MONOTONIC
 * @warn_until_ns: M likewise, "warn"
 * @continued: M so many were kept back
 * @suspends: M likewise, each after one of @continued
 * @warns: M likewise
 * @continued_last: M the last was no suspension
 * @continued_reason: M why it was suspended then
 * @suspend_reason: M why it is
 * @continued_by: M who sent SIGCONT
 */
struct memsusp_flood {
	struct list_head link;
	u64 until_ns;
	u64 warn_until_ns;
	unsigned int continued;
	unsigned int suspends;
	unsigned int warns;
	bool continued_last;
	enum memsusp_reason continued_reason;
	enum memsusp_reason suspend_reason;
	pid_t continued_by;
};

/**
 * struct memsusp_job - what one registration made
 * @kobj: C its directory, and its lifetime
 * @link: M in the list of jobs, or of those whose directory is to be removed
 * @by_state: M in the list of running jobs or of suspended ones
 * @by_nr: M in the table of numbers in use
 * @root: C the registered process's struct pid
 * @nr: C its number in the initial pid namespace
 * @uid: C who owned the registered process
 * @inherit: C whether children become members
 * @born_ns: C when it was registered, CLOCK_MONOTONIC
 * @flags: A MEMSUSP_JOB_*
 * @used: A pages: the last sum plus what was touched since, freed or not
 * @trip: M O where @used must not go without the governor looking
 * @ceiling: M O pages up to which the node lets it grow without asking
 * @tripped_ns: A when @used first went over the limit or the ceiling since the last
 *	decision, CLOCK_MONOTONIC; 0: it did not
 * @dirty: A in the governor's list
 * @processes: L R its members
 * @spaces: L R what is charged to it
 * @nr_processes: L O members
 * @last_serial: L the number that entered last
 * @number: M counts those that begun; in the order of the list of jobs
 * @begun: M its first process is entered; before, nobody may order anything
 * @seeks: M the janitor looks for processes that its forks and execs missed
 * @ended: M L it takes no new members
 * @gone: M O it has none any more; the janitor removes it
 * @limit: M O pages
 * @soft_limit: M O pages
 * @warned: M O the charge stood above the soft limit when last summed up
 * @warn_signal: M O for @root when @soft_limit is crossed; 0: none, and set so by
 *	the exec hook, without M
 * @priority: M O
 * @name: M, read under a lock of its own (job.c)
 * @state: M O
 * @reason: M O
 * @ordered: M in the list of those that somebody wants to be looked at and waits
 * @leaving: M in the list of those that have address spaces whose memory is going
 * @faded: M no process is left, only memory that is going
 * @order: M what the governor was asked to do
 * @ordered_by: M by which process, in the initial pid namespace
 * @continued_by: A who sent SIGCONT last, likewise
 * @fresh: M resumed, and nobody was suspended for the node's sake since
 * @drained: M resumed in spite of its limit, because of node/drain
 * @idle: M pages that the node counts as idle
 * @faulted_ns: M when it last asked the node for room, CLOCK_MONOTONIC
 * @candidate: M what a decision about the node must know of it
 * @anon: M pages in RAM, at the last sum
 * @swap: M pages in swap, at the last sum
 * @charge: M O pages, at the last sum
 * @peak: M O pages, the greatest sum
 * @touched_gone: M pages first touched in spaces that are gone
 * @touched_told: M pages first touched that memsusp_stats knows of
 * @calm_touched: M first touches when somebody else continued it; -1: the
 *	limit holds at once
 * @continued_used: A @used when that happened last
 * @stop_limit: M pages, the limit in force at the last suspension
 * @overshoot: M pages above @stop_limit at the last suspension for it, or above
 *	the node's limit
 * @latency_ns: M from the touch to the signal, likewise
 * @suspends: M O how often it was suspended
 * @suspended_ns: A how long in all; while it is suspended, less when that began
 * @since_ns: M when the present suspension began, CLOCK_MONOTONIC
 * @flood: M its events that are kept back
 * @state_kn: C sysfs's node of the file "state"
 * @free_work: frees the job after an RCU grace period
 */
struct memsusp_job {
	struct kobject kobj;
	struct list_head link;
	struct list_head by_state;
	struct hlist_node by_nr;
	struct pid *root;
	pid_t nr;
	kuid_t uid;
	bool inherit;
	u64 born_ns;

	unsigned long flags;
	atomic_long_t used ____cacheline_aligned_in_smp;
	long trip;
	long ceiling;
	atomic64_t tripped_ns;
	struct llist_node dirty;

	struct list_head processes ____cacheline_aligned_in_smp;
	struct list_head spaces;
	unsigned int nr_processes;
	unsigned int last_serial;
	u64 number;
	bool begun;
	bool seeks;
	bool ended;
	bool gone;

	long limit;
	long soft_limit;
	bool warned;
	int warn_signal;
	int priority;
	char name[MEMSUSP_NAME_SIZE];

	enum memsusp_state state;
	enum memsusp_reason reason;
	struct list_head ordered;
	struct list_head leaving;
	bool faded;
	enum memsusp_order order;
	pid_t ordered_by;
	pid_t continued_by;

	bool fresh;
	bool drained;
	long idle;
	u64 faulted_ns;
	struct memsusp_candidate candidate;

	long anon;
	long swap;
	long charge;
	long peak;
	long touched_gone;
	long touched_told;
	long calm_touched;
	atomic_long_t continued_used;

	long stop_limit;
	long overshoot;
	u64 latency_ns;
	u64 suspends;
	atomic64_t suspended_ns;
	u64 since_ns;

	struct memsusp_flood flood;

	struct kernfs_node *state_kn;
	struct rcu_work free_work;
};

/**
 * struct memsusp_stats - what /proc/memsusp/stat counts since load
 * @touches: M first touches, as far as they have been counted
 * @suspends: M by reason
 * @continues: M by cause
 * @true_ups: M sums of a job
 * @passes: M runs of the governor's work item
 * @brakes: A threads held for a verdict
 * @brakes_missed: A threads not held because too many were already
 * @forks_missed: A forks and execs that found the stock empty
 * @adopted: M processes found again after such a fork
 * @touches_unseen: M pages found in a sum that no hook was called for
 */
struct memsusp_stats {
	u64 touches;
	u64 suspends[MEMSUSP_REASON_USER + 1];
	u64 continues[MEMSUSP_NR_CAUSES];
	u64 true_ups;
	u64 passes;
	atomic64_t brakes;
	atomic64_t brakes_missed;
	atomic64_t forks_missed;
	u64 adopted;
	u64 touches_unseen;
};

extern struct mutex memsusp_mutex;
extern raw_spinlock_t memsusp_ledger_lock;
extern struct list_head memsusp_jobs;		/* M */
extern struct list_head memsusp_gone_jobs;	/* M ended, for the janitor */
extern unsigned int memsusp_nr_jobs;		/* M */
extern struct memsusp_stats memsusp_stats;
extern struct memsusp_node memsusp_node;	/* M settings and sums of the node */

/* hooks.c */
int memsusp_hooks_init(void);
void memsusp_hooks_exit(void);
int memsusp_hooks_get(void);
void memsusp_hooks_put(void);
void memsusp_hooks_settle(void);
unsigned long memsusp_hooks_missed(void);
const char *memsusp_hooks_way(void);

/* ledger.c: in probe context */
void memsusp_touch(struct memsusp_space *space, void *mapped, unsigned long caller);
void memsusp_copied_in_fork(struct mm_struct *mm, void *mapped);
void memsusp_forked(struct task_struct *parent, struct task_struct *child);
void memsusp_execed(struct task_struct *task, bool raised);
void memsusp_exited(struct task_struct *task);

/* ledger.c: in process context */
struct memsusp_process *memsusp_process_find(struct pid *pid);
struct mm_struct *memsusp_grab_mm(struct task_struct *leader);
void memsusp_ledger_copies(unsigned long start, unsigned long size);
void memsusp_process_insert(struct memsusp_process *process);
void memsusp_space_insert(struct memsusp_space *space);
bool memsusp_space_remove(struct memsusp_space *space);
void memsusp_ledger_reap(void);
bool memsusp_ledger_sweep(struct memsusp_job *job);
void memsusp_ledger_clear(struct memsusp_job *job);
bool memsusp_ledger_is_settled(const struct memsusp_process *process,
			       const struct mm_struct *mm);
bool memsusp_ledger_settle(struct memsusp_process *process, struct mm_struct *mm,
			   struct memsusp_space *origin, long held);
bool memsusp_ledger_enter(struct memsusp_process *from, struct pid *pid, int nr_threads,
			  struct mm_struct *mm, struct memsusp_space *origin, long held);
long memsusp_pages_held(struct mm_struct *mm, struct task_struct *thread);
void memsusp_process_exited(struct memsusp_process *process);
void memsusp_ledger_missed(struct memsusp_job *job);
bool memsusp_ledger_take_missed(void);
void memsusp_ledger_seek_again(void);
bool memsusp_ledger_is_empty(void);

/* adopt.c */
void memsusp_adopt_follow(struct task_struct *task, struct memsusp_process *process);
void memsusp_adopt_missed(void);

/* 32 KiB: with 10,000 address spaces, two or three entries to compare. */
#define MEMSUSP_SPACE_BITS	12

extern struct hlist_head memsusp_spaces[1 << MEMSUSP_SPACE_BITS];

/**
 * memsusp_space_find() - the entry of an address space
 * @mm: the address space
 *
 * Inline, because it is all that a touch costs in programs that are no jobs.
 *
 * Context: any, under RCU; with preemption off is as good.
 * Return: the entry; NULL if no job pays for @mm.
 */
static __always_inline struct memsusp_space *memsusp_space_find(const struct mm_struct *mm)
{
	struct memsusp_space *space;

	hlist_for_each_entry_rcu(space, &memsusp_spaces[hash_ptr(mm, MEMSUSP_SPACE_BITS)], hash)
		if (READ_ONCE(space->mm) == mm)
			return space;
	return NULL;
}

/* stock.c */
int memsusp_stock_init(void);
void memsusp_stock_exit(void);
struct memsusp_space *memsusp_stock_space(void);
struct memsusp_process *memsusp_stock_process(void);
void memsusp_process_put(struct memsusp_process *process);
bool memsusp_stock_is_low(void);
bool memsusp_stock_is_scarce(void);
void memsusp_stock_owe(int threads);
void memsusp_stock_wait(void);
void memsusp_stock_close(void);
void memsusp_stock_kick(void);
void memsusp_stock_refill(void);

/* charge.c */
void memsusp_charge_sum(struct memsusp_job *job);
long memsusp_charge_touched(struct memsusp_job *job);
void memsusp_charge_begin(struct memsusp_job *job);

/* signals.c */
void memsusp_signals_apply(struct memsusp_job *job);
void memsusp_signalled(int sig, struct task_struct *task, bool again);

/* brake.c */
void memsusp_brake_current(const struct memsusp_job *job, struct mm_struct *mm, u64 tripped_ns);
void memsusp_brake_fork(struct memsusp_process *process, struct task_struct *child);
void memsusp_brake_release(void);

/* governor.c */
void memsusp_governor_work(struct work_struct *work);

/* janitor.c */
void memsusp_janitor_work(struct work_struct *work);
void memsusp_janitor_exit(void);
void memsusp_janitor_hide(struct memsusp_job *job);

/* kick.c */
int memsusp_kick_init(void);
void memsusp_kick_exit(void);
int memsusp_governor_kick(void);
void memsusp_governor_kick_later(unsigned int ms);
void memsusp_governor_run(void);
void memsusp_governor_hold(int ticket);
void memsusp_governor_hold_suspended(void);
void memsusp_governor_mark(struct memsusp_job *job);
void memsusp_governor_order(struct memsusp_job *job);
int memsusp_governor_begin(void);
struct memsusp_job *memsusp_governor_next(void);
void memsusp_governor_end(int ticket);
void memsusp_janitor_kick(void);
void memsusp_janitor_flush(void);
void memsusp_janitor_free(struct memsusp_job *job);

/* node.c */

/* The settings of the node, each a member of struct memsusp_node. */
enum memsusp_node_setting {
	MEMSUSP_NODE_LIMIT,
	MEMSUSP_NODE_FLOOR,
	MEMSUSP_NODE_HEADROOM,
	MEMSUSP_NODE_POLICY,
	MEMSUSP_NODE_AUTO_RESUME,
	MEMSUSP_NODE_MIN_RUNNING,
	MEMSUSP_NODE_DRAIN,
	MEMSUSP_NODE_MAX_SUSPENDED_NS,
};

void memsusp_node_init(void);
int memsusp_node_reserve(void);
void memsusp_node_exit(void);
void memsusp_node_update(struct memsusp_job *job);
void memsusp_node_add(struct memsusp_job *job);
void memsusp_node_move(struct memsusp_job *job);
void memsusp_node_fade(struct memsusp_job *job);
void memsusp_node_del(struct memsusp_job *job);
void memsusp_node_wait(struct memsusp_job *job);
void memsusp_node_ask(struct memsusp_job *job, u64 tripped);
bool memsusp_node_is_stale(void);
unsigned int memsusp_node_victims(long *overshoot, u64 *tripped);
unsigned int memsusp_node_waiters(void);
struct memsusp_job *memsusp_node_chosen(unsigned int i);
void memsusp_node_settle(void);
bool memsusp_node_has_room(const struct memsusp_job *job);
long memsusp_job_limit(const struct memsusp_job *job);
void memsusp_node_look(struct memsusp_node *copy, long *suspended_pages,
		       enum memsusp_level *level_now);
void memsusp_node_read(struct memsusp_node *settings);
int memsusp_node_set(const struct file *opened, enum memsusp_node_setting setting, u64 value);

/* idle.c */
long memsusp_idle_pages(const struct memsusp_job *job);
int memsusp_idle_in_ram(long room);
void memsusp_idle_forget(void);

/* events.c */
extern const struct proc_ops memsusp_events_ops;
void memsusp_event_job(enum memsusp_event_type type, struct memsusp_job *job,
		       enum memsusp_reason reason, pid_t by);
void memsusp_event_node(const char *key, pid_t by);
void memsusp_event_level(enum memsusp_level level);
void memsusp_event_wake(struct memsusp_job *job);
void memsusp_events_level_file(struct kernfs_node *file);
void memsusp_events_tell_kept(void);
void memsusp_events_send(void);
void memsusp_events_init(void);
void memsusp_events_quiet(void);
void memsusp_events_close(void);
void memsusp_events_closed(void);
void memsusp_events_exit(void);
u64 memsusp_events_lost(void);

/* job.c */
struct memsusp_job *memsusp_job_alloc(void);
void memsusp_job_free(struct memsusp_job *job);
void memsusp_job_freed(struct memsusp_job *job);
struct memsusp_job *memsusp_job_find(pid_t nr);
void memsusp_job_take_number(struct memsusp_job *job);
void memsusp_job_drop_number(struct memsusp_job *job);
u64 memsusp_job_suspended_ms(const struct memsusp_job *job);
void memsusp_jobs_wait(void);
unsigned int memsusp_jobs_allocated(void);
void memsusp_job_get_name(const struct memsusp_job *job, char name[MEMSUSP_NAME_SIZE]);
void memsusp_job_set_name(struct memsusp_job *job, const char name[MEMSUSP_NAME_SIZE]);

/* access.c */
kgid_t memsusp_gid(void);
bool memsusp_is_admin(const struct file *opened);
bool memsusp_may_register(const struct file *opened, struct task_struct *task);
void memsusp_job_raise(struct memsusp_job *job);
void memsusp_job_admit(struct memsusp_job *job, struct task_struct *task);
bool memsusp_may_see(const struct file *opened, struct task_struct *task);
int memsusp_job_access(const struct file *opened, const struct memsusp_job *job, bool *admin);

/* register.c */
int memsusp_register(const struct file *opened, const struct memsusp_registration *reg);

/* control.c */
pid_t memsusp_job_vnr(const struct memsusp_job *job);
int memsusp_job_set_limit(const struct file *opened, struct memsusp_job *job, long limit);
int memsusp_job_set_soft_limit(const struct file *opened, struct memsusp_job *job,
			       long soft_limit);
int memsusp_job_set_priority(const struct file *opened, struct memsusp_job *job, int priority);
int memsusp_job_rename(const struct file *opened, struct memsusp_job *job,
		       const char name[MEMSUSP_NAME_SIZE]);
int memsusp_job_set_warn_signal(const struct file *opened, struct memsusp_job *job, int sig);
int memsusp_unregister(const struct file *opened, int nr);
int memsusp_suspend(const struct file *opened, int nr);
int memsusp_resume(const struct file *opened, const struct memsusp_resumption *res);

static inline struct memsusp_job *memsusp_job_of(struct kobject *kobj)
{
	return container_of(kobj, struct memsusp_job, kobj);
}

/**
 * struct memsusp_file - a file in sysfs that users write to
 * @bin: its name and mode; the rest is filled in when it is made
 * @seen: whether current gets at what it is about; NULL: everybody does
 * @show: the text that is read, into a page of its own; NULL: only written to
 * @store: what is written, NUL-terminated. Returns 0 or a negative errno
 */
struct memsusp_file {
	struct bin_attribute bin;
	bool (*seen)(struct kobject *kobj);
	ssize_t (*show)(struct kobject *kobj, char *buf);
	int (*store)(const struct file *opened, struct kobject *kobj,
		     const char *buf, size_t len);
};

#define MEMSUSP_FILE(_name, _mode, _seen, _show, _store) {		\
	.bin.attr = { .name = __stringify(_name), .mode = _mode },	\
	.seen = _seen,							\
	.show = _show,							\
	.store = _store,						\
}

/* sysfs_file.c */
ssize_t memsusp_emit_pages(char *buf, long pages);
int memsusp_files_create(struct kobject *kobj, struct memsusp_file *files, unsigned int nr);
void memsusp_files_remove(struct kobject *kobj, const struct memsusp_file *files,
			  unsigned int nr);
void memsusp_dir_made(void);
void memsusp_dir_released(void);
void memsusp_dirs_wait(void);

/* sysfs.c */
int memsusp_sysfs_init(void);
void memsusp_sysfs_exit(void);
int memsusp_sysfs_open(void);
void memsusp_sysfs_close(void);

/* sysfs_job.c */
int memsusp_sysfs_jobs_init(struct kobject *top);
void memsusp_sysfs_jobs_exit(void);
int memsusp_sysfs_add(struct memsusp_job *job);

/* sysfs_node.c */
int memsusp_sysfs_node_open(struct kobject *top);
void memsusp_sysfs_node_close(void);
void memsusp_sysfs_node_exit(void);

/* survey.c */
int memsusp_survey_init(void);
void memsusp_survey_exit(void);

/* procfs.c */
int memsusp_procfs_init(void);
void memsusp_procfs_exit(void);

/* Pages as the bytes that users read. */
static inline u64 memsusp_bytes(long pages)
{
	return (u64)pages << PAGE_SHIFT;
}

#endif /* MEMSUSP_H */
