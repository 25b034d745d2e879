// SPDX-License-Identifier: GPL-2.0-only
/*
 * suspend: suspend jobs by hand
 */
#include <errno.h>

#include "memsusp-ctl.h"

int cmd_suspend(int argc, char **argv)
{
	static const struct why why[] = {
		{ EPERM, NOT_ROOT "suspend jobs of their own" },
		{ }
	};

	return write_pids(argc, argv, "suspend", why);
}
