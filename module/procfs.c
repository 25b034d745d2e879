// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/memsusp: tables of jobs and processes, and counters. They are read from a survey
 * (survey.c), never from the jobs themselves.
 */
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "memsusp.h"
#include "survey.h"

static struct proc_dir_entry *dir;

static void put_size(struct seq_file *m, const char *key, long pages)
{
	if (pages == MEMSUSP_NO_LIMIT)
		seq_printf(m, " %s=%s", key, MEMSUSP_WORD_MAX);
	else
		seq_printf(m, " %s=%llu", key, memsusp_bytes(pages));
}

/* jobs, processes */

/**
 * struct listing - one of those in the course of being read
 * @since_ns: of what it tells, nothing is older
 * @survey: within a read(2) only, because that may be long ago when the next one comes
 * @leaf: where in it
 * @i: where in that
 *
 * Between reads the position is the number of what comes next, so none is told of twice
 * or not at all because others have come or gone.
 */
struct listing {
	u64 since_ns;
	struct memsusp_survey *survey;
	struct memsusp_leaf *leaf;
	unsigned int i;
};

static void *entry(const struct listing *l, unsigned int i)
{
	if (l->survey->kind == MEMSUSP_SURVEY_JOBS)
		return &l->leaf->jobs[i];
	return &l->leaf->processes[i];
}

static u64 number(const struct listing *l, unsigned int i)
{
	if (l->survey->kind == MEMSUSP_SURVEY_JOBS)
		return l->leaf->jobs[i].number;
	return l->leaf->processes[i].number;
}

/* The first from where we are whose number is not less. */
static void *find(struct listing *l, u64 least)
{
	list_for_each_entry_from(l->leaf, &l->survey->leaves, link) {
		unsigned int n = l->leaf->n;

		if (!n || number(l, n - 1) < least)
			continue;
		for (l->i = 0; l->i < n; l->i++)
			if (number(l, l->i) >= least)
				return entry(l, l->i);
	}
	return NULL;
}

static void *start(struct seq_file *m, loff_t *pos, enum memsusp_survey_kind kind)
{
	struct listing *l = m->private;
	struct memsusp_survey *survey;

	l->survey = NULL;
	if (!*pos)
		l->since_ns = memsusp_survey_since();
	survey = memsusp_survey_get(kind, l->since_ns);
	if (IS_ERR(survey))
		return survey;
	l->survey = survey;
	l->leaf = list_first_entry(&survey->leaves, struct memsusp_leaf, link);
	return find(l, *pos);
}

static void *next(struct seq_file *m, void *v, loff_t *pos)
{
	struct listing *l = m->private;
	void *found;

	*pos = number(l, l->i) + 1;
	if (l->i + 1 < l->leaf->n) {
		*pos = number(l, ++l->i);
		return entry(l, l->i);
	}
	l->leaf = list_next_entry(l->leaf, link);
	found = find(l, *pos);
	if (found)
		*pos = number(l, l->i);
	return found;
}

static void stop(struct seq_file *m, void *v)
{
	struct listing *l = m->private;

	if (l->survey)
		memsusp_survey_put(l->survey);
	l->survey = NULL;
}

static void *jobs_start(struct seq_file *m, loff_t *pos)
{
	return start(m, pos, MEMSUSP_SURVEY_JOBS);
}

static int jobs_show(struct seq_file *m, void *v)
{
	static const char * const states[] = MEMSUSP_STATES;
	static const char * const reasons[] = MEMSUSP_REASONS;
	const struct memsusp_job_entry *job = v;
	pid_t nr = pid_vnr(job->root);

	/* In another pid namespace than the reader's. */
	if (!nr)
		return 0;
	seq_printf(m, "pid=%d name=%s state=%s reason=%s", nr, job->name,
		   states[job->state], reasons[job->reason]);
	put_size(m, "limit", job->limit);
	put_size(m, "soft_limit", job->soft_limit);
	put_size(m, "charge", job->charge);
	put_size(m, "peak", job->peak);
	put_size(m, "anon", job->anon);
	put_size(m, "swap", job->swap);
	put_size(m, "touched", job->touched);
	seq_printf(m, " processes=%u priority=%d suspends=%llu suspended_ms=%llu",
		   job->nr_processes, job->priority, job->suspends, job->suspended_ms);
	put_size(m, "overshoot", job->overshoot);
	seq_printf(m, " latency_ns=%llu\n", job->latency_ns);
	return 0;
}

static const struct seq_operations jobs_ops = {
	.start = jobs_start,
	.next = next,
	.stop = stop,
	.show = jobs_show,
};

/* All processes of the first job, of the second, and so on. */
static void *processes_start(struct seq_file *m, loff_t *pos)
{
	return start(m, pos, MEMSUSP_SURVEY_PROCESSES);
}

static int processes_show(struct seq_file *m, void *v)
{
	const struct memsusp_process_entry *process = v;
	struct task_struct *task;
	pid_t nr = pid_vnr(process->pid);

	if (!nr)
		return 0;
	rcu_read_lock();
	task = pid_task(process->pid, PIDTYPE_TGID);
	if (!memsusp_may_see(m->file, task)) {
		rcu_read_unlock();
		return 0;
	}
	seq_printf(m, "pid=%d job=%d comm=", nr, pid_vnr(process->root));
	seq_escape(m, task ? task->comm : "", " \t\n\\");
	rcu_read_unlock();
	put_size(m, "charge", process->charge);
	put_size(m, "anon", process->anon);
	put_size(m, "swap", process->swap);
	put_size(m, "touched", process->touched);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations processes_ops = {
	.start = processes_start,
	.next = next,
	.stop = stop,
	.show = processes_show,
};

/* stat */

static int stat_show(struct seq_file *m, void *v)
{
	const struct memsusp_stats *now = &memsusp_stats;
	const struct memsusp_stats *s;
	struct memsusp_survey *survey;

	survey = memsusp_survey_get(MEMSUSP_SURVEY_COUNTERS, memsusp_survey_since());
	if (IS_ERR(survey))
		return PTR_ERR(survey);
	s = &survey->stats;
	seq_printf(m, "jobs %u\n", READ_ONCE(memsusp_nr_jobs));
	seq_printf(m, "first_touches %llu\n", s->touches);
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
	seq_printf(m, "brakes %lld\n", atomic64_read(&now->brakes));
	seq_printf(m, "brakes_missed %lld\n", atomic64_read(&now->brakes_missed));
	seq_printf(m, "forks_missed %lld\n", atomic64_read(&now->forks_missed));
	seq_printf(m, "forks_adopted %llu\n", s->adopted);
	seq_printf(m, "events_lost %llu\n", memsusp_events_lost());
	seq_printf(m, "touches_unseen %llu\n", s->touches_unseen);
	memsusp_survey_put(survey);
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
	if (!proc_create_seq_private("jobs", 0444, dir, &jobs_ops, sizeof(struct listing),
				     NULL) ||
	    !proc_create_seq_private("processes", 0444, dir, &processes_ops,
				     sizeof(struct listing), NULL) ||
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
