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

#endif /* MEMSUSP_UAPI_H */
