/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For a build of the module in which races are likely: included before each of its
 * sources, this puts a wait of random length before and after what publishes,
 * withdraws, orders or locks something. What another processor may see in between,
 * it then does see. The module itself knows nothing of it (check-delays).
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

/* One time in four, for up to a quarter of a millisecond. Context: any. */
static inline void random_delay(void)
{
	u32 random = hash_32((u32)ktime_get_mono_fast_ns(), 10);

	if (random % 4 == 0)
		udelay(random / 4);
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

#define list_add_tail_rcu(...)		DELAYED(list_add_tail_rcu(__VA_ARGS__))
#define list_del_rcu(...)		DELAYED(list_del_rcu(__VA_ARGS__))
#define hlist_add_head_rcu(...)		DELAYED(hlist_add_head_rcu(__VA_ARGS__))
#define hlist_del_init_rcu(...)		DELAYED(hlist_del_init_rcu(__VA_ARGS__))
#define llist_add(...)			DELAYED_VALUE(llist_add(__VA_ARGS__))
#define llist_del_all(...)		DELAYED_VALUE(llist_del_all(__VA_ARGS__))

#define atomic_long_add(...)		DELAYED(atomic_long_add(__VA_ARGS__))
#define atomic_long_add_return(...)	DELAYED_VALUE(atomic_long_add_return(__VA_ARGS__))
#undef atomic_inc_return
#define atomic_inc_return(...)		DELAYED_VALUE(atomic_inc_return(__VA_ARGS__))
#undef atomic_dec_and_test
#define atomic_dec_and_test(...)	DELAYED_VALUE(atomic_dec_and_test(__VA_ARGS__))

/* These are macros themselves in some kernels, and named by others: functions here. */
static inline void delayed_set_bit(long nr, volatile unsigned long *addr)
{
	DELAYED(set_bit(nr, addr));
}

static inline void delayed_clear_bit(long nr, volatile unsigned long *addr)
{
	DELAYED(clear_bit(nr, addr));
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
#undef test_and_set_bit
#define test_and_set_bit		delayed_test_and_set_bit
#undef test_and_clear_bit
#define test_and_clear_bit		delayed_test_and_clear_bit

#undef WRITE_ONCE
#define WRITE_ONCE(x, value)		DELAYED(*(volatile typeof(x) *)&(x) = (value))

static inline void delayed_mb(void)
{
	/* Whatever it is for: it is the module's. */
	DELAYED(smp_mb());
}

#undef smp_mb
/* Likewise. */
#define smp_mb()			delayed_mb()

static inline void delayed_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	DELAYED(raw_spin_unlock_irqrestore(lock, flags));
}

#undef raw_spin_unlock_irqrestore
#define raw_spin_unlock_irqrestore	delayed_unlock_irqrestore

static inline void delayed_mutex_unlock(struct mutex *lock)
{
	DELAYED(mutex_unlock(lock));
}

#undef mutex_unlock
#define mutex_unlock			delayed_mutex_unlock

#define queue_work(...)			DELAYED_VALUE(queue_work(__VA_ARGS__))
#define kill_pid(...)			DELAYED_VALUE(kill_pid(__VA_ARGS__))
