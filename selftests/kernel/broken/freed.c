// SPDX-License-Identifier: GPL-2.0-only
/* Expect: KASAN: slab-use-after-free in memsusp_exited|KASAN: use-after-free in memsusp_exited */
/* The exit hook remembers the last process that it saw. */
#define memsusp_exited exited_now
#define exited exited_list
#include "../module/ledger.c"
#undef memsusp_exited
#undef exited

static struct memsusp_process *broken;

void memsusp_exited(struct task_struct *task)
{
	if (READ_ONCE(broken))
		clear_bit(MEMSUSP_PROCESS_SIGTSTP, &broken->flags);
	rcu_read_lock();
	WRITE_ONCE(broken, memsusp_process_find(task_tgid(task)) ?: broken);
	rcu_read_unlock();
	exited_now(task);
}
