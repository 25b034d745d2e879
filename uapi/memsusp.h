/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What the memsusp module, its tool and other programs agree on: where the
 * files are, and the words in them.
 */
#ifndef MEMSUSP_UAPI_H
#define MEMSUSP_UAPI_H

/* Contents of /sys/kernel/memsusp/abi. Files and fields are only ever added. */
#define MEMSUSP_ABI	1

#define MEMSUSP_SYSFS_DIR	"memsusp"
#define MEMSUSP_PROC_DIR	"memsusp"
#ifndef MEMSUSP_SYSFS
#define MEMSUSP_SYSFS	"/sys/kernel/" MEMSUSP_SYSFS_DIR
#endif
#ifndef MEMSUSP_PROC
#define MEMSUSP_PROC	"/proc/" MEMSUSP_PROC_DIR
#endif

/* A size without bound, in either direction. */
#define MEMSUSP_WORD_MAX	"max"
/* The second word of "PID force", written to resume. */
#define MEMSUSP_WORD_FORCE	"force"

/* Bytes of a job's name, the terminating NUL included. */
#define MEMSUSP_NAME_SIZE	32
#define MEMSUSP_PRIORITY_MIN	(-100)
#define MEMSUSP_PRIORITY_MAX	100

/* jobs/PID/state */
#define MEMSUSP_STATES		{ "running", "suspended" }
enum memsusp_state {
	MEMSUSP_RUNNING,
	MEMSUSP_SUSPENDED,
};

/* jobs/PID/reason */
#define MEMSUSP_REASONS		{ "none", "limit", "node", "user" }
enum memsusp_reason {
	MEMSUSP_REASON_NONE,
	MEMSUSP_REASON_LIMIT,
	MEMSUSP_REASON_NODE,
	MEMSUSP_REASON_USER,
};

/* node/policy: who is suspended when the node is full */
#define MEMSUSP_POLICIES	{ "largest", "newest", "oldest", "priority", "faulting" }
enum memsusp_policy {
	MEMSUSP_POLICY_LARGEST,
	MEMSUSP_POLICY_NEWEST,
	MEMSUSP_POLICY_OLDEST,
	MEMSUSP_POLICY_PRIORITY,
	MEMSUSP_POLICY_FAULTING,
};

/* node/level */
#define MEMSUSP_LEVELS		{ "ok", "low", "medium", "critical" }
enum memsusp_level {
	MEMSUSP_LEVEL_OK,
	MEMSUSP_LEVEL_LOW,
	MEMSUSP_LEVEL_MEDIUM,
	MEMSUSP_LEVEL_CRITICAL,
};

/* event= in /proc/memsusp/events */
#define MEMSUSP_EVENTS		{ "register", "unregister", "exit", "warn", "suspend", \
				  "resume", "continued", "limit", "node" }
enum memsusp_event_type {
	MEMSUSP_EVENT_REGISTER,
	MEMSUSP_EVENT_UNREGISTER,
	MEMSUSP_EVENT_EXIT,
	MEMSUSP_EVENT_WARN,
	MEMSUSP_EVENT_SUSPEND,
	MEMSUSP_EVENT_RESUME,
	MEMSUSP_EVENT_CONTINUED,
	MEMSUSP_EVENT_LIMIT,
	MEMSUSP_EVENT_NODE,
};

/* Instead of one of these, what a reader that fell behind sees. */
#define MEMSUSP_WORD_LOST	"lost"

#endif /* MEMSUSP_UAPI_H */
