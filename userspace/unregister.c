// SPDX-License-Identifier: GPL-2.0-only
/*
 * unregister: forget jobs
 */
#include <errno.h>

#include "memsusp-ctl.h"

int cmd_unregister(int argc, char **argv)
{
	static const struct why why[] = {
		{ EPERM, "not permitted; only root may unregister" },
		{ }
	};

	return write_pids(argc, argv, "unregister", why);
}
