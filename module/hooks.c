// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks: where the kernel calls us. One for the touches, and four
 * tracepoints for what processes do. They are found and verified when the
 * module is loaded, armed with the first job and disarmed with the last.
 *
 * The hook for touches is a kprobe on the function that maps new anonymous
 * memory. Where that function can be traced with its arguments, the kprobe only
 * finds the place and goes, and an ftrace callback sits there in its stead: it is
 * called without saving all registers, at a quarter of the cost.
 *
 * Modules may not name the tracepoints, but for_each_kernel_tracepoint() finds
 * them.
 */
#include <linux/binfmts.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/mman.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <trace/events/signal.h>

#include "compat.h"
#include "memsusp.h"

/**
 * struct hook - one tracepoint
 * @name: as in /sys/kernel/tracing/events
 * @probe: what it calls
 * @without: what a user would lose without it
 * @tracepoint: filled in at load
 */
struct hook {
	const char *name;
	void *probe;
	const char *without;
	struct tracepoint *tracepoint;
};

static DEFINE_MUTEX(hooks_mutex);	/* H */
static unsigned int users;		/* H */
static bool armed;			/* H */

/**
 * struct place - where a function stands in the kernel
 * @start: its first address
 * @size: bytes; 0: it was not found
 */
struct place {
	unsigned long start;
	unsigned long size;
};

/* What copies pages that are pinned while a process forks. */
static struct place fork_copies __ro_after_init;

/* @vma, the function's second argument, tells whose memory it is. */
static __always_inline void on_touch(unsigned long mapped, unsigned long vma, unsigned long caller)
{
	struct mm_struct *mm = ((struct vm_area_struct *)vma)->vm_mm;
	struct memsusp_space *space = memsusp_space_find(mm);

	if (unlikely(space))
		memsusp_touch(space, (void *)mapped, caller);
	else if (unlikely(caller - fork_copies.start < fork_copies.size))
		memsusp_copied_in_fork(mm, (void *)mapped);
}

static int on_kprobe(struct kprobe *kp, struct pt_regs *regs)
{
	on_touch(regs_get_kernel_argument(regs, 0), regs_get_kernel_argument(regs, 1),
		 memsusp_caller(regs));
	return 0;
}

NOKPROBE_SYMBOL(on_kprobe);

static struct kprobe fault_probe = {
	.symbol_name = MEMSUSP_FAULT_SYMBOL,
	.pre_handler = on_kprobe,
	.flags = KPROBE_FLAG_DISABLED,
};

#ifdef MEMSUSP_FAST_SITE
/* Nothing it calls maps anonymous memory, so it cannot recurse. */
static void notrace on_ftrace(unsigned long ip, unsigned long parent_ip,
			      struct ftrace_ops *ops, struct ftrace_regs *regs)
{
	on_touch(memsusp_ftrace_argument(regs, 0), memsusp_ftrace_argument(regs, 1), parent_ip);
}

/* Permanent: the sysctl kernel.ftrace_enabled cannot switch it off unseen. */
static struct ftrace_ops fault_ops = {
	.func = on_ftrace,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static int find_fast_site(unsigned long addr)
{
	return ftrace_set_filter_ip(&fault_ops, addr, 0, 0);
}

static void forget_fast_site(void)
{
	ftrace_free_filter(&fault_ops);
}

static int attach_fast_site(void)
{
	return register_ftrace_function(&fault_ops);
}

static void detach_fast_site(void)
{
	unregister_ftrace_function(&fault_ops);
}
#else
static int find_fast_site(unsigned long addr)
{
	return -EOPNOTSUPP;
}

static void forget_fast_site(void) { }

static int attach_fast_site(void)
{
	return -EOPNOTSUPP;
}

static void detach_fast_site(void) { }
#endif

static char *attach = "auto";
module_param(attach, charp, 0444);
MODULE_PARM_DESC(attach, "how to hook faults: auto (the fastest way that works) or kprobe");

/* Which of the two is in force; decided at load. */
static bool fast;

static int attach_fault(void)
{
	return fast ? attach_fast_site() : enable_kprobe(&fault_probe);
}

static void detach_fault(void)
{
	if (fast)
		detach_fast_site();
	else
		disable_kprobe(&fault_probe);
}

static void on_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	memsusp_forked(parent, child);
}

static void on_exec(void *data, struct task_struct *task, pid_t old_pid,
		    struct linux_binprm *bprm)
{
	memsusp_execed(task, bprm->secureexec);
}

static void on_exit(void *data, MEMSUSP_SCHED_PROCESS_EXIT_ARGS)
{
	memsusp_exited(task);
}

static void on_signal(void *data, int sig, struct kernel_siginfo *info,
		      struct task_struct *task, int group, int result)
{
	memsusp_signalled(sig, task, result == TRACE_SIGNAL_ALREADY_PENDING);
}

static struct hook hooks[] = {
	{
		.name = "sched_process_fork",
		.probe = on_fork,
		.without = "children would escape from their parent's job",
	}, {
		.name = "sched_process_exec",
		.probe = on_exec,
		.without = "a job would lose sight of its memory at exec",
	}, {
		.name = "sched_process_exit",
		.probe = on_exit,
		.without = "a job would never end",
	}, {
		.name = "signal_generate",
		.probe = on_signal,
		.without = "somebody else's SIGCONT and SIGSTOP would go unseen",
	},
};

static void __init match_tracepoint(struct tracepoint *tracepoint, void *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(tracepoint->name, hooks[i].name))
			hooks[i].tracepoint = tracepoint;
}

static int __init find_tracepoints(void)
{
	unsigned int i;

	for_each_kernel_tracepoint(match_tracepoint, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (hooks[i].tracepoint)
			continue;
		pr_err("this kernel has no tracepoint %s: %s\n",
		       hooks[i].name, hooks[i].without);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Where the first of these functions stands that this kernel has not inlined. */
static struct place __init find_place(const char * const *names, unsigned int n)
{
	char symbol[KSYM_SYMBOL_LEN];
	struct place place = {};
	unsigned long offset;
	unsigned int i;

	for (i = 0; i < n && !place.size; i++) {
		struct kprobe probe = {
			.symbol_name = names[i],
			.flags = KPROBE_FLAG_DISABLED,
		};
		char *plus;

		if (register_kprobe(&probe))
			continue;
		place.start = (unsigned long)probe.addr;
		unregister_kprobe(&probe);
		/* "name+0xOFFSET/0xSIZE" */
		sprint_symbol(symbol, place.start);
		plus = strrchr(symbol, '+');
		if (plus && sscanf(plus, "+%lx/%lx", &offset, &place.size) == 2)
			place.start -= offset;
	}
	return place;
}

/*
 * Find the functions that copy pages, to tell copies from other first touches by
 * their caller: the one that does so on write, and the one that does for pages that are
 * pinned while a process forks. Each calls in only one place, so compilers like to put
 * it into its caller. Without the first, pages that a parent copies while a child keeps
 * the old ones are charged once instead of twice; without the second, what is copied
 * while a process forks is not charged.
 */
static void __init find_copies(void)
{
	static const char * const on_write[] = { "wp_page_copy", "do_wp_page" };
	static const char * const in_fork[] = {
		"copy_present_page", "copy_present_pte", "copy_present_ptes", "copy_pte_range",
		"copy_page_range",
	};
	struct place place = find_place(on_write, ARRAY_SIZE(on_write));

	memsusp_ledger_copies(place.start, place.size);
	fork_copies = find_place(in_fork, ARRAY_SIZE(in_fork));
	if (!place.size || !fork_copies.size)
		pr_info("no function that copies pages on write or for a fork was found: some copies are charged once instead of twice\n");
}

static void detach_tracepoints(unsigned int n)
{
	while (n--)
		tracepoint_probe_unregister(hooks[n].tracepoint, hooks[n].probe, NULL);
	tracepoint_synchronize_unregister();
}

static int attach_tracepoints(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		err = tracepoint_probe_register(hooks[i].tracepoint, hooks[i].probe, NULL);
		if (err) {
			detach_tracepoints(i);
			return err;
		}
	}
	return 0;
}

/* Touch one page of our own and see whether it is counted. */
static int touch_one_page(struct memsusp_space *space)
{
	unsigned long page;
	int err = 0;

	page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (IS_ERR_VALUE(page))
		return page;
	if (put_user(1, (int __user *)page))
		err = -EFAULT;
	else if (!atomic_long_read(&space->touched))
		err = -EOPNOTSUPP;
	vm_munmap(page, PAGE_SIZE);
	return err;
}

/*
 * Go the whole way of a touch, up to the counter. -EOPNOTSUPP: it was not
 * counted.
 */
static int try_hook(void)
{
	struct memsusp_space *space;
	struct memsusp_job *job;
	int err = -ENOMEM;

	job = memsusp_job_alloc();
	space = kzalloc(sizeof(*space), GFP_KERNEL);
	if (!job || !space)
		goto free;

	mmgrab(current->mm);
	space->mm = current->mm;
	space->job = job;
	raw_spin_lock_irq(&memsusp_ledger_lock);
	memsusp_space_insert(space);
	raw_spin_unlock_irq(&memsusp_ledger_lock);

	err = touch_one_page(space);
	mutex_lock(&memsusp_mutex);
	memsusp_space_remove(space);
	mutex_unlock(&memsusp_mutex);
	/* A hook may still be counting what another thread touches. */
	synchronize_rcu();
free:
	kfree(space);
	if (job)
		memsusp_job_free(job);
	return err;
}

static int arm(void)
{
	int err;

	lockdep_assert_held(&hooks_mutex);
	if (armed)
		return 0;
	err = attach_tracepoints();
	if (err)
		return err;
	err = attach_fault();
	/* A kprobe is armed without an error even if kprobes or ftrace are switched off. */
	if (!err && !fast && try_hook() == -EOPNOTSUPP) {
		detach_fault();
		err = -EBUSY;
	}
	if (err) {
		pr_warn_ratelimited("the hook on %s cannot be armed (%d)\n",
				    fault_probe.symbol_name, err);
		detach_tracepoints(ARRAY_SIZE(hooks));
		return err;
	}
	armed = true;
	return 0;
}

static void disarm_if_idle(struct work_struct *work)
{
	mutex_lock(&hooks_mutex);
	if (armed && !users) {
		detach_fault();
		detach_tracepoints(ARRAY_SIZE(hooks));
		/* Handlers run with preemption off. */
		synchronize_rcu();
		armed = false;
	}
	mutex_unlock(&hooks_mutex);
}

/*
 * Disarming ftrace waits until each task has been scheduled, which can take
 * seconds on a busy machine. Short jobs that come one after the other need not
 * wait for it.
 */
#define LINGER	HZ

static DECLARE_DELAYED_WORK(disarm, disarm_if_idle);

/**
 * memsusp_hooks_get() - one more job needs the hooks
 *
 * Context: process; may sleep and allocate.
 * Return: 0, or a negative errno if they could not be armed.
 */
int memsusp_hooks_get(void)
{
	int err;

	mutex_lock(&hooks_mutex);
	err = arm();
	if (!err)
		users++;
	mutex_unlock(&hooks_mutex);
	return err;
}

/**
 * memsusp_hooks_put() - one job less needs the hooks
 *
 * Context: process; may sleep. With the last one they are disarmed soon.
 */
void memsusp_hooks_put(void)
{
	mutex_lock(&hooks_mutex);
	if (!--users)
		schedule_delayed_work(&disarm, LINGER);
	mutex_unlock(&hooks_mutex);
}

/**
 * memsusp_hooks_settle() - disarm now what is to be disarmed soon
 *
 * Context: process; may sleep, some time. If no job is left, no hook is running
 * any more on return.
 */
void memsusp_hooks_settle(void)
{
	flush_delayed_work(&disarm);
}

/**
 * memsusp_hooks_missed() - touches that the kernel did not report
 *
 * A kprobe is not called from inside another kprobe's handler. If many touches
 * are missed, a sum finds them (charge.c); only the moment is missed then.
 *
 * Context: any.
 */
unsigned long memsusp_hooks_missed(void)
{
	return fault_probe.nmissed;
}

/**
 * memsusp_hooks_way() - how faults are hooked
 *
 * Context: any.
 * Return: "ftrace" or "kprobe".
 */
const char *memsusp_hooks_way(void)
{
	return fast ? "ftrace" : "kprobe";
}

/*
 * Refuse to load where the hook is not called: a limit that never holds is
 * worse than none. Also where it cannot be tried.
 */
static int __init self_test(void)
{
	int err;

	err = memsusp_hooks_get();
	if (err)
		return err;
	err = try_hook();
	memsusp_hooks_put();
	memsusp_hooks_settle();
	return err;
}

static int __init place_kprobe(void)
{
	int err;

	/* It is found by name each time. */
	fault_probe.addr = NULL;
	err = register_kprobe(&fault_probe);
	if (err)
		pr_err("no kprobe on %s, which maps new anonymous memory (%d)\n",
		       fault_probe.symbol_name, err);
	return err;
}

/*
 * The kprobe goes before ftrace comes: while ftrace patches the place, a breakpoint
 * is there for a moment, and who meets it as it is just gone asks kprobes whether it
 * was theirs. They would say so, disabled or not, and jump to the copy of the
 * instruction that a kprobe on a traced function does not have: to 0.
 */
static int __init try_fast_site(void)
{
	unsigned long addr = (unsigned long)fault_probe.addr;
	int err;

	unregister_kprobe(&fault_probe);
	err = find_fast_site(addr);
	if (err)
		return err;
	fast = true;
	err = self_test();
	if (!err)
		return 0;
	pr_info("no ftrace callback on %s (%d), using the kprobe itself\n",
		fault_probe.symbol_name, err);
	fast = false;
	forget_fast_site();
	return err;
}

/**
 * memsusp_hooks_init() - find the hooks and prove that they work
 *
 * Context: module init, in a process with an address space of its own.
 * Return: 0 or a negative errno; the reason is in the log.
 */
int __init memsusp_hooks_init(void)
{
	bool may_be_fast = !strcmp(attach, "auto");
	int err;

	if (!may_be_fast && strcmp(attach, "kprobe")) {
		pr_err("attach=%s: only auto and kprobe are known\n", attach);
		return -EINVAL;
	}
	err = find_tracepoints();
	if (err)
		return err;
	err = place_kprobe();
	if (err)
		return err;
	find_copies();
	if (may_be_fast) {
		if (!try_fast_site())
			return 0;
		err = place_kprobe();
		if (err)
			return err;
	}
	err = self_test();
	if (!err)
		return 0;
	pr_err("the probe on %s does not see a first touch: this kernel cannot be used (%d)\n",
	       fault_probe.symbol_name, err);
	unregister_kprobe(&fault_probe);
	return err;
}

/**
 * memsusp_hooks_exit() - remove the hooks
 *
 * Context: module exit; no job is left.
 */
void memsusp_hooks_exit(void)
{
	memsusp_hooks_settle();
	if (fast)
		forget_fast_site();
	else
		unregister_kprobe(&fault_probe);
}
