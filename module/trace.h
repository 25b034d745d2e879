/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints memsusp:*, for perf, bpftrace and trace-cmd. Sizes are pages.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM memsusp

#if !defined(MEMSUSP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MEMSUSP_TRACE_H

#include <linux/tracepoint.h>

#include "memsusp.h"

/* A touch after which the governor must look, in the thread that touched. */
TRACE_EVENT(memsusp_trip,
	TP_PROTO(pid_t job, long used, long trip),
	TP_ARGS(job, used, trip),
	TP_STRUCT__entry(
		__field(pid_t, job)
		__field(long, used)
		__field(long, trip)
	),
	TP_fast_assign(
		__entry->job = job;
		__entry->used = used;
		__entry->trip = trip;
	),
	TP_printk("job=%d used=%ld trip=%ld", __entry->job, __entry->used, __entry->trip)
);

/* A decision about the node: so many jobs are suspended, or resumed. */
DECLARE_EVENT_CLASS(memsusp_decision,
	TP_PROTO(const struct memsusp_node *node, long suspended, unsigned int chosen),
	TP_ARGS(node, suspended, chosen),
	TP_STRUCT__entry(
		__field(long, limit)
		__field(long, running)
		__field(long, suspended)
		__field(long, available)
		__field(unsigned int, nr_running)
		__field(unsigned int, chosen)
	),
	TP_fast_assign(
		__entry->limit = node->limit;
		__entry->running = node->running;
		__entry->suspended = suspended;
		__entry->available = node->available;
		__entry->nr_running = node->nr_running;
		__entry->chosen = chosen;
	),
	TP_printk("limit=%ld running=%ld suspended=%ld available=%ld nr_running=%u chosen=%u",
		  __entry->limit, __entry->running, __entry->suspended, __entry->available,
		  __entry->nr_running, __entry->chosen)
);

DEFINE_EVENT(memsusp_decision, memsusp_victims,
	TP_PROTO(const struct memsusp_node *node, long suspended, unsigned int chosen),
	TP_ARGS(node, suspended, chosen)
);

DEFINE_EVENT(memsusp_decision, memsusp_waiters,
	TP_PROTO(const struct memsusp_node *node, long suspended, unsigned int chosen),
	TP_ARGS(node, suspended, chosen)
);

/* It was done: the signals are sent. */
DECLARE_EVENT_CLASS(memsusp_job,
	TP_PROTO(const struct memsusp_job *job, enum memsusp_reason reason),
	TP_ARGS(job, reason),
	TP_STRUCT__entry(
		__field(pid_t, job)
		__field(int, reason)
		__field(long, charge)
		__field(long, limit)
		__field(long, overshoot)
		__field(u64, latency_ns)
	),
	TP_fast_assign(
		__entry->job = job->nr;
		__entry->reason = reason;
		__entry->charge = job->charge;
		__entry->limit = job->limit;
		__entry->overshoot = job->overshoot;
		__entry->latency_ns = job->latency_ns;
	),
	TP_printk("job=%d reason=%s charge=%ld limit=%ld overshoot=%ld latency_ns=%llu",
		  __entry->job,
		  __print_symbolic(__entry->reason, { 0, "none" }, { 1, "limit" },
				   { 2, "node" }, { 3, "user" }),
		  __entry->charge, __entry->limit, __entry->overshoot, __entry->latency_ns)
);

DEFINE_EVENT(memsusp_job, memsusp_suspend,
	TP_PROTO(const struct memsusp_job *job, enum memsusp_reason reason),
	TP_ARGS(job, reason)
);

DEFINE_EVENT(memsusp_job, memsusp_resume,
	TP_PROTO(const struct memsusp_job *job, enum memsusp_reason reason),
	TP_ARGS(job, reason)
);

DEFINE_EVENT(memsusp_job, memsusp_warn,
	TP_PROTO(const struct memsusp_job *job, enum memsusp_reason reason),
	TP_ARGS(job, reason)
);

#endif /* MEMSUSP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
