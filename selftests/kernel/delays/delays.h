/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For a build of the module in which races are likely: included before each of its
 * sources, this puts a wait of random length before and after what publishes,
 * withdraws, orders or locks something, and after what is read without a lock. What
 * another processor may see or do in between, it then does. The module itself knows
 * nothing of it (check-delays).
 *
 * Whatever the module includes has been included before this (headers), so that
 * the kernel's own inline functions are what they were. Its macros are not: a walk
 * along a list under RCU waits between the entries.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/kobject.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

/* One time in so many, for up to a quarter of a millisecond. Context: any. */
static inline void random_delay_in(u32 times)
{
	u32 random = hash_32((u32)ktime_get_mono_fast_ns(), 16);

	if (random % times == 0)
		udelay(random / 256);
}

static inline void random_delay(void)
{
	random_delay_in(4);
}

/* There are many reads, some in loops over a table. */
static inline void random_delay_after_read(void)
{
	random_delay_in(32);
}

#define DELAYED(...) ({				\
	random_delay();				\
	__VA_ARGS__;				\
	random_delay();				\
	})

#define DELAYED_VALUE(...) ({			\
	typeof(__VA_ARGS__) value_;		\
	random_delay();				\
	value_ = __VA_ARGS__;			\
	random_delay();				\
	value_;					\
	})

/* Without the qualifiers of what is read. */
#define DELAYED_READ(...) ({			\
	__auto_type read_ = (__VA_ARGS__);	\
	random_delay_after_read();		\
	read_;					\
	})

/* Functions, in all kernels: what is expanded within itself is not expanded again. */
#define list_add(...)			DELAYED(list_add(__VA_ARGS__))
#define list_add_tail(...)		DELAYED(list_add_tail(__VA_ARGS__))
#define list_add_tail_rcu(...)		DELAYED(list_add_tail_rcu(__VA_ARGS__))
#define list_del(...)			DELAYED(list_del(__VA_ARGS__))
#define list_del_init(...)		DELAYED(list_del_init(__VA_ARGS__))
#define list_del_rcu(...)		DELAYED(list_del_rcu(__VA_ARGS__))
#define list_move_tail(...)		DELAYED(list_move_tail(__VA_ARGS__))
#define list_empty(...)			DELAYED_READ(list_empty(__VA_ARGS__))
#define hlist_add_head_rcu(...)		DELAYED(hlist_add_head_rcu(__VA_ARGS__))
#define hlist_del_init_rcu(...)		DELAYED(hlist_del_init_rcu(__VA_ARGS__))
#define hash_del(...)			DELAYED(hash_del(__VA_ARGS__))
#define hash_del_rcu(...)		DELAYED(hash_del_rcu(__VA_ARGS__))
#define hash_hashed(...)		DELAYED_READ(hash_hashed(__VA_ARGS__))
#define llist_add(...)			DELAYED_VALUE(llist_add(__VA_ARGS__))
#define llist_del_all(...)		DELAYED_VALUE(llist_del_all(__VA_ARGS__))
#define llist_empty(...)		DELAYED_READ(llist_empty(__VA_ARGS__))

#define atomic_long_read(...)		DELAYED_READ(atomic_long_read(__VA_ARGS__))
#define atomic_long_add(...)		DELAYED(atomic_long_add(__VA_ARGS__))
#define atomic_long_add_return(...)	DELAYED_VALUE(atomic_long_add_return(__VA_ARGS__))
#undef atomic_read
#define atomic_read(...)		DELAYED_READ(atomic_read(__VA_ARGS__))
#undef atomic64_read
#define atomic64_read(...)		DELAYED_READ(atomic64_read(__VA_ARGS__))
#undef atomic_inc
#define atomic_inc(...)			DELAYED(atomic_inc(__VA_ARGS__))
#undef atomic_inc_return
#define atomic_inc_return(...)		DELAYED_VALUE(atomic_inc_return(__VA_ARGS__))
#undef atomic_dec_and_test
#define atomic_dec_and_test(...)	DELAYED_VALUE(atomic_dec_and_test(__VA_ARGS__))
#undef atomic64_cmpxchg
#define atomic64_cmpxchg(...)		DELAYED_VALUE(atomic64_cmpxchg(__VA_ARGS__))
#undef atomic64_xchg
#define atomic64_xchg(...)		DELAYED_VALUE(atomic64_xchg(__VA_ARGS__))

/* Lifetimes. */
#define kobject_get(...)		DELAYED_VALUE(kobject_get(__VA_ARGS__))
#define kobject_put(...)		DELAYED(kobject_put(__VA_ARGS__))
#define kobject_del(...)		DELAYED(kobject_del(__VA_ARGS__))
#define mmgrab(...)			DELAYED(mmgrab(__VA_ARGS__))
#define mmdrop(...)			DELAYED(mmdrop(__VA_ARGS__))
#define get_pid(...)			DELAYED_VALUE(get_pid(__VA_ARGS__))
#define put_pid(...)			DELAYED(put_pid(__VA_ARGS__))
#define pid_task(...)			DELAYED_READ(pid_task(__VA_ARGS__))

/* These are macros themselves in some kernels, and named by others: functions here. */
static inline void delayed_set_bit(long nr, volatile unsigned long *addr)
{
	DELAYED(set_bit(nr, addr));
}

static inline void delayed_clear_bit(long nr, volatile unsigned long *addr)
{
	DELAYED(clear_bit(nr, addr));
}

static inline bool delayed_test_bit(long nr, const volatile unsigned long *addr)
{
	return DELAYED_READ(test_bit(nr, addr));
}

static inline bool delayed_test_and_set_bit(long nr, volatile unsigned long *addr)
{
	return DELAYED_VALUE(test_and_set_bit(nr, addr));
}

static inline bool delayed_test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	return DELAYED_VALUE(test_and_clear_bit(nr, addr));
}

#undef set_bit
#define set_bit				delayed_set_bit
#undef clear_bit
#define clear_bit			delayed_clear_bit
#undef test_bit
#define test_bit			delayed_test_bit
#undef test_and_set_bit
#define test_and_set_bit		delayed_test_and_set_bit
#undef test_and_clear_bit
#define test_and_clear_bit		delayed_test_and_clear_bit

static inline void delayed_mb(void)
{
	/* Whatever it is for: it is the module's. */
	DELAYED(smp_mb());
}

#undef smp_mb
/* Likewise. */
#define smp_mb()			delayed_mb()

/* The compiler's own, for these take the names of the kernel's away. */
#undef smp_load_acquire
/* Whatever they pair with: the module says it. */
#define smp_load_acquire(p)		DELAYED_READ(__atomic_load_n(p, __ATOMIC_ACQUIRE))
#undef smp_store_release
/* Likewise. */
#define smp_store_release(p, value)	DELAYED(__atomic_store_n(p, value, __ATOMIC_RELEASE))
#undef cmpxchg
#define cmpxchg(...)			DELAYED_VALUE(arch_cmpxchg(__VA_ARGS__))
#undef xchg
#define xchg(...)			DELAYED_VALUE(arch_xchg(__VA_ARGS__))

static inline void delayed_lock(raw_spinlock_t *lock)
{
	DELAYED(raw_spin_lock(lock));
}

static inline void delayed_unlock(raw_spinlock_t *lock)
{
	DELAYED(raw_spin_unlock(lock));
}

static inline void delayed_lock_irq(raw_spinlock_t *lock)
{
	DELAYED(raw_spin_lock_irq(lock));
}

static inline void delayed_unlock_irq(raw_spinlock_t *lock)
{
	DELAYED(raw_spin_unlock_irq(lock));
}

static inline unsigned long delayed_lock_irqsave(raw_spinlock_t *lock)
{
	unsigned long flags;

	DELAYED(raw_spin_lock_irqsave(lock, flags));
	return flags;
}

static inline void delayed_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	DELAYED(raw_spin_unlock_irqrestore(lock, flags));
}

#undef raw_spin_lock
#define raw_spin_lock			delayed_lock
#undef raw_spin_unlock
#define raw_spin_unlock			delayed_unlock
#undef raw_spin_lock_irq
#define raw_spin_lock_irq		delayed_lock_irq
#undef raw_spin_unlock_irq
#define raw_spin_unlock_irq		delayed_unlock_irq
#undef raw_spin_lock_irqsave
#define raw_spin_lock_irqsave(lock, flags)	((flags) = delayed_lock_irqsave(lock))
#undef raw_spin_unlock_irqrestore
#define raw_spin_unlock_irqrestore	delayed_unlock_irqrestore

static inline void delayed_mutex_lock(struct mutex *lock)
{
	DELAYED(mutex_lock(lock));
}

static inline void delayed_mutex_unlock(struct mutex *lock)
{
	DELAYED(mutex_unlock(lock));
}

#undef mutex_lock
#define mutex_lock			delayed_mutex_lock
#undef mutex_unlock
#define mutex_unlock			delayed_mutex_unlock

#define queue_work(...)			DELAYED_VALUE(queue_work(__VA_ARGS__))
#define kill_pid(...)			DELAYED_VALUE(kill_pid(__VA_ARGS__))
#define task_work_add(...)		DELAYED_VALUE(task_work_add(__VA_ARGS__))

/* Last: all of the above had the kernel's. */
#undef READ_ONCE
#define READ_ONCE(x)			DELAYED_READ(*(const volatile typeof(x) *)&(x))
#undef WRITE_ONCE
#define WRITE_ONCE(x, value)		DELAYED(*(volatile typeof(x) *)&(x) = (value))
