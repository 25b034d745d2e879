// SPDX-License-Identifier: GPL-2.0-only
/* Expect: sleeping function called from invalid context */
/* The touch path takes a mutex. */
#define memsusp_touch touch
#include "../module/ledger.c"
#undef memsusp_touch

static DEFINE_MUTEX(broken);

void memsusp_touch(struct memsusp_space *space, void *mapped, unsigned long caller)
{
	mutex_lock(&broken);
	mutex_unlock(&broken);
	touch(space, mapped, caller);
}
