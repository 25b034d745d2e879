// SPDX-License-Identifier: GPL-2.0-only
/*
 * memsusp: suspend processes that touch too much memory.
 *
 * The ladder up and down.
 */
#include <linux/module.h>

#include "memsusp.h"

/* The last instructions of a brake's or a release's callback. */
static void wait_for_callbacks(void)
{
	rcu_barrier();
	synchronize_rcu_tasks();
}

/* When no user can reach us any more. */
static void close_down(void)
{
	memsusp_procfs_exit();
	memsusp_janitor_exit();
	memsusp_survey_exit();
	memsusp_events_quiet();
	memsusp_node_exit();
	memsusp_hooks_settle();
	memsusp_brake_release();
	memsusp_sysfs_exit();
	memsusp_hooks_exit();
	memsusp_stock_exit();
	memsusp_kick_exit();
	memsusp_events_exit();
	WARN_ON(!memsusp_ledger_is_empty());
	wait_for_callbacks();
}

static int __init memsusp_init(void)
{
	int err;

	memsusp_node_init();
	memsusp_events_init();
	err = memsusp_kick_init();
	if (err)
		return err;
	err = memsusp_survey_init();
	if (err)
		goto exit_kick;
	err = memsusp_stock_init();
	if (err)
		goto exit_survey;
	err = memsusp_hooks_init();
	if (err)
		goto exit_jobs;
	err = memsusp_sysfs_init();
	if (err)
		goto exit_hooks;
	err = memsusp_procfs_init();
	if (err)
		goto exit_sysfs;
	err = memsusp_sysfs_open();
	/* Somebody may have been so quick as to use the first of the files. */
	if (err)
		close_down();
	return err;

exit_sysfs:
	memsusp_sysfs_exit();
exit_hooks:
	memsusp_hooks_exit();
exit_jobs:
	memsusp_janitor_exit();
	memsusp_node_exit();
	memsusp_stock_exit();
exit_survey:
	memsusp_survey_exit();
exit_kick:
	memsusp_kick_exit();
	wait_for_callbacks();
	return err;
}

static void __exit memsusp_exit(void)
{
	memsusp_sysfs_close();
	close_down();
}

module_init(memsusp_init);
module_exit(memsusp_exit);

MODULE_DESCRIPTION("Suspend processes that touch too much memory");
MODULE_AUTHOR("The memsusp maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
