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
static inline int module_unload_named(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

static inline int module_unload(void)
{
	return module_unload_named("memsusp");
}

/* Load a file with these parameters. Returns 0 or a negative errno. */
static inline int module_load_file(const char *path, const char *args)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, args, 0) ? -errno : 0;
	close(fd);
	return err;
}

/* Load it with its usual parameters and these. Returns 0 or a negative errno. */
static inline int module_load(const char *more)
{
	const char *usual = getenv("MEMSUSP_KO_ARGS");
	char args[256];

	snprintf(args, sizeof(args), "%s %s", usual ? usual : "", more);
	return module_load_file(getenv("MEMSUSP_KO"), args);
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
