/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading and unloading the module. Who runs the tests says in MEMSUSP_KO which
 * file was loaded, and in MEMSUSP_KO_ARGS with what parameters.
 */
#ifndef MEMSUSP_MODULE_H
#define MEMSUSP_MODULE_H

#include "memsusp_job.h"

#include <sys/syscall.h>

/* Whether it can be loaded again once it is unloaded. */
static inline bool module_is_at_hand(void)
{
	const char *path = getenv("MEMSUSP_KO");

	return path && !access(path, R_OK);
}

/* Returns 0 or a negative errno. */
static inline int module_unload(void)
{
	return syscall(SYS_delete_module, "memsusp", O_NONBLOCK) ? -errno : 0;
}

/* Load it with its usual parameters and these. Returns 0 or a negative errno. */
static inline int module_load(const char *more)
{
	const char *usual = getenv("MEMSUSP_KO_ARGS");
	int fd = open(getenv("MEMSUSP_KO"), O_RDONLY | O_CLOEXEC);
	char args[256];
	int err;

	if (fd < 0)
		return -errno;
	snprintf(args, sizeof(args), "%s %s", usual ? usual : "", more);
	err = syscall(SYS_finit_module, fd, args, 0) ? -errno : 0;
	close(fd);
	return err;
}

static inline bool module_is_loaded(void)
{
	char line[512];
	FILE *f = fopen("/proc/modules", "re");
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		found |= !strncmp(line, "memsusp ", 8);
	if (f)
		fclose(f);
	return found;
}

#endif /* MEMSUSP_MODULE_H */
