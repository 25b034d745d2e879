// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/memsusp: tables of jobs and processes, and counters. Numbers are summed
 * up when they are read.
 */
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "memsusp.h"

static struct proc_dir_entry *dir;

static void put_size(struct seq_file *m, const char *key, long pages)
{
	if (pages == MEMSUSP_NO_LIMIT)
		seq_printf(m, " %s=%s", key, MEMSUSP_WORD_MAX);
	else
		seq_printf(m, " %s=%llu", key, memsusp_bytes(pages));
}

/* jobs */

static void *jobs_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&memsusp_mutex);
	return seq_list_start(&memsusp_jobs, *pos);
}

static void *jobs_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &memsusp_jobs, pos);
}

static void jobs_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&memsusp_mutex);
}

static int jobs_show(struct seq_file *m, void *v)
{
	static const char * const states[] = MEMSUSP_STATES;
	static const char * const reasons[] = MEMSUSP_REASONS;
	struct memsusp_job *job = list_entry(v, struct memsusp_job, link);
	pid_t nr = pid_vnr(job->root);

	/* In another pid namespace than the reader's. */
	if (!nr)
		return 0;
	memsusp_node_update(job);
	seq_printf(m, "pid=%d name=%s state=%s reason=%s", nr, job->name,
		   states[job->state], reasons[job->reason]);
	put_size(m, "limit", job->limit);
	put_size(m, "soft_limit", job->soft_limit);
	put_size(m, "charge", job->charge);
	put_size(m, "peak", job->peak);
	put_size(m, "anon", job->anon);
	put_size(m, "swap", job->swap);
	put_size(m, "touched", memsusp_charge_touched(job));
	seq_printf(m, " processes=%u priority=%d suspends=%llu suspended_ms=%llu",
		   READ_ONCE(job->nr_processes), job->priority, job->suspends,
		   memsusp_job_suspended_ms(job));
	put_size(m, "overshoot", job->overshoot);
	seq_printf(m, " latency_ns=%llu\n", job->latency_ns);
	return 0;
}

static const struct seq_operations jobs_ops = {
	.start = jobs_start,
	.next = jobs_next,
	.stop = jobs_stop,
	.show = jobs_show,
};

/* processes: all processes of the first job, of the second, and so on */

static struct memsusp_process *nth_process(loff_t n)
{
	struct memsusp_process *process;
	struct memsusp_job *job;

	list_for_each_entry(job, &memsusp_jobs, link) {
		unsigned int nr_processes = READ_ONCE(job->nr_processes);

		if (n >= nr_processes) {
			n -= nr_processes;
			continue;
		}
		list_for_each_entry_rcu(process, &job->processes, link,
					lockdep_is_held(&memsusp_mutex))
			if (!n--)
				return process;
	}
	return NULL;
}

static void *processes_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&memsusp_mutex);
	return nth_process(*pos);
}

static void *processes_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct memsusp_process *process = v;
	struct memsusp_job *job = process->job;

	++*pos;
	process = list_next_or_null_rcu(&job->processes, &process->link,
					struct memsusp_process, link);
	if (process)
		return process;
	list_for_each_entry_continue(job, &memsusp_jobs, link) {
		process = list_first_or_null_rcu(&job->processes, struct memsusp_process, link);
		if (process)
			return process;
	}
	return NULL;
}

static void processes_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&memsusp_mutex);
}

static int processes_show(struct seq_file *m, void *v)
{
	struct memsusp_process *process = v;
	struct memsusp_job *job = process->job;
	struct memsusp_space *space;
	struct task_struct *task;
	pid_t nr = pid_vnr(process->pid);

	if (!nr)
		return 0;
	/* Once a job, at its first process. */
	if (list_is_first(&process->link, &job->processes))
		memsusp_node_update(job);
	seq_printf(m, "pid=%d job=%d comm=", nr, pid_vnr(job->root));
	rcu_read_lock();
	task = pid_task(process->pid, PIDTYPE_TGID);
	seq_escape(m, task ? task->comm : "", " \t\n\\");
	rcu_read_unlock();
	space = READ_ONCE(process->space);
	put_size(m, "charge", space ? space->charge : 0);
	put_size(m, "anon", space ? space->anon : 0);
	put_size(m, "swap", space ? space->swap : 0);
	put_size(m, "touched", space ? atomic_long_read(&space->touched) : 0);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations processes_ops = {
	.start = processes_start,
	.next = processes_next,
	.stop = processes_stop,
	.show = processes_show,
};

/* stat */

static int stat_show(struct seq_file *m, void *v)
{
	struct memsusp_stats *s = &memsusp_stats;
	struct memsusp_job *job;
	u64 touches;

	mutex_lock(&memsusp_mutex);
	touches = s->touches_gone;
	list_for_each_entry(job, &memsusp_jobs, link)
		touches += memsusp_charge_touched(job);
	seq_printf(m, "jobs %u\n", memsusp_nr_jobs);
	seq_printf(m, "first_touches %llu\n", touches);
	seq_printf(m, "suspends_limit %llu\n", s->suspends[MEMSUSP_REASON_LIMIT]);
	seq_printf(m, "suspends_node %llu\n", s->suspends[MEMSUSP_REASON_NODE]);
	seq_printf(m, "suspends_user %llu\n", s->suspends[MEMSUSP_REASON_USER]);
	seq_printf(m, "resumes_auto %llu\n", s->continues[MEMSUSP_CAUSE_AUTO]);
	seq_printf(m, "resumes_user %llu\n", s->continues[MEMSUSP_CAUSE_USER]);
	seq_printf(m, "resumes_release %llu\n", s->continues[MEMSUSP_CAUSE_RELEASE]);
	seq_printf(m, "continued %llu\n", s->continues[MEMSUSP_CAUSE_FOREIGN]);
	seq_printf(m, "probe_missed %lu\n", memsusp_hooks_missed());
	seq_printf(m, "attach %s\n", memsusp_hooks_way());
	seq_printf(m, "true_ups %llu\n", s->true_ups);
	seq_printf(m, "governor_runs %llu\n", s->passes);
	seq_printf(m, "brakes %lld\n", atomic64_read(&s->brakes));
	seq_printf(m, "brakes_missed %lld\n", atomic64_read(&s->brakes_missed));
	seq_printf(m, "forks_missed %lld\n", atomic64_read(&s->forks_missed));
	seq_printf(m, "forks_adopted %llu\n", s->adopted);
	seq_printf(m, "events_lost %llu\n", memsusp_events_lost());
	seq_printf(m, "touches_unseen %llu\n", s->touches_unseen);
	mutex_unlock(&memsusp_mutex);
	return 0;
}

/**
 * memsusp_procfs_init() - make the files
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int memsusp_procfs_init(void)
{
	dir = proc_mkdir(MEMSUSP_PROC_DIR, NULL);
	if (!dir)
		return -ENOMEM;
	if (!proc_create_seq("jobs", 0444, dir, &jobs_ops) ||
	    !proc_create_seq("processes", 0444, dir, &processes_ops) ||
	    !proc_create("events", 0444, dir, &memsusp_events_ops) ||
	    !proc_create_single("stat", 0444, dir, stat_show)) {
		memsusp_procfs_exit();
		return -ENOMEM;
	}
	return 0;
}

/**
 * memsusp_procfs_exit() - remove the files
 *
 * Context: module exit; waits for those who are just reading, and lets go those
 * who wait for an event.
 */
void memsusp_procfs_exit(void)
{
	memsusp_events_close();
	proc_remove(dir);
	memsusp_events_closed();
}
