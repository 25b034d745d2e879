/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only file that knows kernel versions. Each item says what it is for and
 * which release brought the change; everybody else uses the names from here.
 */
#ifndef MEMSUSP_COMPAT_H
#define MEMSUSP_COMPAT_H

#include <linux/ftrace.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/ptrace.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/version.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "memsusp needs Linux 5.10 or later"
#endif

#ifndef CONFIG_KPROBES
#error "memsusp needs a kernel with CONFIG_KPROBES"
#endif

#ifndef CONFIG_TRACEPOINTS
#error "memsusp needs a kernel with CONFIG_TRACEPOINTS"
#endif

#ifndef CONFIG_HAVE_FUNCTION_ARG_ACCESS_API
#error "memsusp needs an architecture whose kprobes can read a function's arguments"
#endif

/*
 * The functions that every new anonymous page passes, newest first, and what
 * their first arguments are:
 *
 *	folio_add_new_anon_rmap(folio, vma, ...)	from 6.3
 *	page_add_new_anon_rmap(page, vma, ...)		until 6.2
 *
 * A page's compound_nr() is right for both: only huge pages are compound here.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define MEMSUSP_FAULT_SYMBOL "folio_add_new_anon_rmap"
#else
#define MEMSUSP_FAULT_SYMBOL "page_add_new_anon_rmap"
#endif

/**
 * memsusp_first_touches() - how many pages are touched for the first time
 * @mapped: the function's first argument
 *
 * From 6.11 on, pages that come back from swap pass the same function. They
 * are in the "swap backed" state already when they get there; a page that was
 * never mapped is put in it only by this function.
 *
 * Return: pages; 0 if it is no first touch.
 */
static inline long memsusp_first_touches(void *mapped)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	struct folio *folio = mapped;

	return folio_test_swapbacked(folio) ? 0 : folio_nr_pages(folio);
#else
	struct page *page = mapped;

	return compound_nr(page);
#endif
}

/**
 * memsusp_caller() - from where the probed function was called
 * @regs: at its first instruction
 */
static inline unsigned long memsusp_caller(const struct pt_regs *regs)
{
#if defined(CONFIG_X86_64)
	return *(unsigned long *)regs->sp;
#elif defined(CONFIG_ARM64)
	return regs->regs[30];
#else
	return 0;
#endif
}

/*
 * An ftrace callback gets the arguments of the traced function without all
 * registers being saved: on x86 from 5.11 on, on arm64 from 6.2 on. The accessor
 * for them came with 6.2, ftrace_free_filter() for modules with 6.3 and 6.1.9.
 */
#if defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 9)
#define MEMSUSP_FAST_SITE
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define memsusp_ftrace_argument(regs, n) ftrace_regs_get_argument(regs, n)
#else
#define memsusp_ftrace_argument(fregs, n) regs_get_kernel_argument(&(fregs)->regs, n)
#endif
#endif

/*
 * The kernel's own counters of an address space. From 6.2 on they are per-CPU
 * counters, exact when summed up. Before, each thread keeps a part of its own
 * for up to 64 events (SPLIT_RSS_COUNTING), which must be added.
 */
static inline long memsusp_mm_pages(struct mm_struct *mm, int member)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return percpu_counter_sum(&mm->rss_stat[member]);
#else
	return atomic_long_read(&mm->rss_stat.count[member]);
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0) && defined(SPLIT_RSS_COUNTING)
#define memsusp_threads_keep_pages true
static inline long memsusp_thread_pages(struct task_struct *thread, int member)
{
	return READ_ONCE(thread->rss_stat.count[member]);
}
#else
#define memsusp_threads_keep_pages false
static inline long memsusp_thread_pages(struct task_struct *thread, int member)
{
	return 0;
}
#endif

/*
 * for_each_thread(), under RCU. On kernels with lockdep, newer ones (6.12, not 6.1)
 * ask in it whether tasklist_lock is held, and modules cannot name that.
 */
#define memsusp_for_each_thread(leader, thread)				\
	list_for_each_entry_rcu(thread, &(leader)->signal->thread_head, thread_node)

/*
 * Threads with an address space of users that never return to user mode: from 6.4 on
 * those of vhost have one, too.
 */
#ifdef PF_USER_WORKER
#define MEMSUSP_PF_NEVER_IN_USER_MODE (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER)
#else
#define MEMSUSP_PF_NEVER_IN_USER_MODE (PF_KTHREAD | PF_IO_WORKER)
#endif

/* Where 32-bit programs have other numbers; execve is 11 there. */
#if defined(CONFIG_X86_64)
#define MEMSUSP_NR_EXECVEAT_32 358
#elif defined(CONFIG_ARM64)
#define MEMSUSP_NR_EXECVEAT_32 387
#endif

/**
 * memsusp_in_execve() - whether a thread is inside execve(2) or execveat(2)
 * @thread: it; it keeps its stack meanwhile
 *
 * That can be out of date while it runs in user mode.
 *
 * Context: any.
 */
static inline bool memsusp_in_execve(struct task_struct *thread)
{
	long nr = syscall_get_nr(thread, task_pt_regs(thread));

#ifdef MEMSUSP_NR_EXECVEAT_32
	if (!(syscall_get_arch(thread) & __AUDIT_ARCH_64BIT))
		return nr == 11 || nr == MEMSUSP_NR_EXECVEAT_32;
#endif
#ifdef CONFIG_X86_64
	/* As x32 has them. */
	if (nr == (__X32_SYSCALL_BIT | 520) || nr == (__X32_SYSCALL_BIT | 545))
		return true;
#endif
	return nr == __NR_execve || nr == __NR_execveat;
}

/* The tracepoint sched_process_exit has one more argument from 6.16 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define MEMSUSP_SCHED_PROCESS_EXIT_ARGS struct task_struct *task, bool group_dead
#else
#define MEMSUSP_SCHED_PROCESS_EXIT_ARGS struct task_struct *task
#endif

/* hrtimer_setup() replaces hrtimer_init() from 6.13 on. */
static inline void memsusp_hrtimer_setup(struct hrtimer *timer,
					 enum hrtimer_restart (*function)(struct hrtimer *),
					 clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/* kobj_type.get_ownership() takes a const kobject from 6.3 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define MEMSUSP_KOBJ_CONST const
#else
#define MEMSUSP_KOBJ_CONST
#endif

/* kset_uevent_ops lost an argument with 5.17, and take a const kobject from 6.3 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
#define MEMSUSP_UEVENT_ARGS MEMSUSP_KOBJ_CONST struct kobject *kobj
#else
#define MEMSUSP_UEVENT_ARGS struct kset *kset, struct kobject *kobj
#endif

/* bin_attribute.read() and write() take a const attribute from 6.16 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define MEMSUSP_BIN_CONST const
#else
#define MEMSUSP_BIN_CONST
#endif

#endif /* MEMSUSP_COMPAT_H */
