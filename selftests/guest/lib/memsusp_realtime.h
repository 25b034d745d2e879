/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all others have of a second when somebody of real-time class could use it all,
 * taken away and given back: by the old way, and by the one of Linux 6.12, which has a
 * file for each processor.
 */
#ifndef MEMSUSP_REALTIME_H
#define MEMSUSP_REALTIME_H

#include <sched.h>

#include "memsusp_test.h"

#define RT_RUNTIME	"/proc/sys/kernel/sched_rt_runtime_us"
#define FAIR_SERVER	"/sys/kernel/debug/sched/fair_server/cpu%d/runtime"

struct share {
	char runtime[32], server[32];
};

static inline void set_share(const char *runtime, const char *server)
{
	char path[128];
	int cpu;

	ms_write_at(RT_RUNTIME, runtime, strlen(runtime));
	for (cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		snprintf(path, sizeof(path), FAIR_SERVER, cpu);
		ms_write_at(path, server, strlen(server));
	}
}

/* Take it away; returns what it was. */
static inline struct share share_take(void)
{
	struct share s;
	char path[128];

	snprintf(path, sizeof(path), FAIR_SERVER, 0);
	if (ms_read_at(RT_RUNTIME, s.runtime, sizeof(s.runtime)))
		strcpy(s.runtime, "950000");
	if (ms_read_at(path, s.server, sizeof(s.server)))
		strcpy(s.server, "0");
	set_share("-1", "0");
	return s;
}

static inline void share_give_back(const struct share *s)
{
	set_share(s->runtime, s->server);
}

static inline bool pin(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(pid, sizeof(set), &set);
}

#endif /* MEMSUSP_REALTIME_H */
