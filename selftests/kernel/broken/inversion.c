// SPDX-License-Identifier: GPL-2.0-only
/* Expect: possible circular locking dependency detected */
/* Fork takes a lock and then the ledger's, exec the ledger's and then that lock. */
#define memsusp_forked forked
#define memsusp_execed execed
#include "../module/ledger.c"
#undef memsusp_forked
#undef memsusp_execed

static DEFINE_RAW_SPINLOCK(broken);

void memsusp_forked(struct task_struct *parent, struct task_struct *child)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&broken, flags);
	raw_spin_lock(&memsusp_ledger_lock);
	raw_spin_unlock(&memsusp_ledger_lock);
	raw_spin_unlock_irqrestore(&broken, flags);
	forked(parent, child);
}

void memsusp_execed(struct task_struct *task)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&memsusp_ledger_lock, flags);
	raw_spin_lock(&broken);
	raw_spin_unlock(&broken);
	raw_spin_unlock_irqrestore(&memsusp_ledger_lock, flags);
	execed(task);
}
