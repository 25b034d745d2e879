// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/memsusp/jobs: a directory a job. What is written to its files is turned
 * into numbers here; control.c does the rest.
 */
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/pid.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "compat.h"
#include "memsusp.h"
#include "survey.h"

static const char * const states[] = MEMSUSP_STATES;
static const char * const reasons[] = MEMSUSP_REASONS;

/*
 * A directory has the job's number in the initial pid namespace, and everybody can list
 * that; but here as elsewhere a job is there only for those in whose pid namespace its
 * root has a number.
 */
static bool is_seen(struct kobject *kobj)
{
	return pid_vnr(memsusp_job_of(kobj)->root);
}

static ssize_t limit_show(struct kobject *kobj, char *buf)
{
	return memsusp_emit_pages(buf, READ_ONCE(memsusp_job_of(kobj)->limit));
}

static int limit_store(const struct file *opened, struct kobject *kobj,
		       const char *buf, size_t len)
{
	long pages;
	int err = memsusp_parse_size(buf, len, PAGE_SHIFT, &pages);

	return err ?: memsusp_job_set_limit(opened, memsusp_job_of(kobj), pages);
}

static ssize_t soft_limit_show(struct kobject *kobj, char *buf)
{
	return memsusp_emit_pages(buf, READ_ONCE(memsusp_job_of(kobj)->soft_limit));
}

static int soft_limit_store(const struct file *opened, struct kobject *kobj,
			    const char *buf, size_t len)
{
	long pages;
	int err = memsusp_parse_size(buf, len, PAGE_SHIFT, &pages);

	return err ?: memsusp_job_set_soft_limit(opened, memsusp_job_of(kobj), pages);
}

static ssize_t warn_signal_show(struct kobject *kobj, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(memsusp_job_of(kobj)->warn_signal));
}

/* A warning must not be what stops, continues or surely kills the job. */
static bool may_warn_with(int sig)
{
	return sig != SIGKILL && sig != SIGCONT && sig != SIGSTOP && sig != SIGTSTP &&
	       sig != SIGTTIN && sig != SIGTTOU;
}

static int warn_signal_store(const struct file *opened, struct kobject *kobj,
			     const char *buf, size_t len)
{
	int sig, err;

	err = memsusp_parse_int(buf, len, 0, _NSIG, &sig);
	if (!err && !may_warn_with(sig))
		err = -EINVAL;
	return err ?: memsusp_job_set_warn_signal(opened, memsusp_job_of(kobj), sig);
}

static ssize_t priority_show(struct kobject *kobj, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(memsusp_job_of(kobj)->priority));
}

static int priority_store(const struct file *opened, struct kobject *kobj,
			  const char *buf, size_t len)
{
	int priority;
	int err = memsusp_parse_int(buf, len, MEMSUSP_PRIORITY_MIN, MEMSUSP_PRIORITY_MAX,
				    &priority);

	return err ?: memsusp_job_set_priority(opened, memsusp_job_of(kobj), priority);
}

static ssize_t name_show(struct kobject *kobj, char *buf)
{
	char name[MEMSUSP_NAME_SIZE];

	memsusp_job_get_name(memsusp_job_of(kobj), name);
	return sysfs_emit(buf, "%s\n", name);
}

static int name_store(const struct file *opened, struct kobject *kobj,
		      const char *buf, size_t len)
{
	char name[MEMSUSP_NAME_SIZE];
	int err = memsusp_parse_name(buf, len, name);

	return err ?: memsusp_job_rename(opened, memsusp_job_of(kobj), name);
}

static ssize_t pid_show(struct memsusp_job *job, char *buf)
{
	return sysfs_emit(buf, "%d\n", memsusp_job_vnr(job));
}

/* Have a job summed up, so that its numbers are as new as current may ask for. */
static int sum_up(struct memsusp_job *job)
{
	struct memsusp_survey *survey;

	if (memsusp_survey_may_hurry()) {
		memsusp_governor_mark(job);
		memsusp_governor_run();
		return 0;
	}
	survey = memsusp_survey_get(MEMSUSP_SURVEY_JOBS, memsusp_survey_since());
	if (IS_ERR(survey))
		return PTR_ERR(survey);
	memsusp_survey_put(survey);
	return 0;
}

static ssize_t charge_show(struct memsusp_job *job, char *buf)
{
	return sum_up(job) ?: sysfs_emit(buf, "%llu\n", memsusp_bytes(READ_ONCE(job->charge)));
}

static ssize_t peak_show(struct memsusp_job *job, char *buf)
{
	return sum_up(job) ?: sysfs_emit(buf, "%llu\n", memsusp_bytes(READ_ONCE(job->peak)));
}

static ssize_t state_show(struct memsusp_job *job, char *buf)
{
	return sysfs_emit(buf, "%s\n", states[READ_ONCE(job->state)]);
}

static ssize_t reason_show(struct memsusp_job *job, char *buf)
{
	return sysfs_emit(buf, "%s\n", reasons[READ_ONCE(job->reason)]);
}

static ssize_t suspends_show(struct memsusp_job *job, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(job->suspends));
}

static ssize_t suspended_ms_show(struct memsusp_job *job, char *buf)
{
	return sysfs_emit(buf, "%llu\n", memsusp_job_suspended_ms(job));
}

static struct memsusp_file job_files[] = {
	MEMSUSP_FILE(limit, 0644, is_seen, limit_show, limit_store),
	MEMSUSP_FILE(soft_limit, 0644, is_seen, soft_limit_show, soft_limit_store),
	MEMSUSP_FILE(warn_signal, 0644, is_seen, warn_signal_show, warn_signal_store),
	MEMSUSP_FILE(priority, 0644, is_seen, priority_show, priority_store),
	MEMSUSP_FILE(name, 0644, is_seen, name_show, name_store),
};

struct job_attribute {
	struct attribute attr;
	ssize_t (*show)(struct memsusp_job *job, char *buf);
};

#define JOB_ATTR_RO(_name)	static struct job_attribute job_##_name = __ATTR_RO(_name)

JOB_ATTR_RO(pid);
JOB_ATTR_RO(charge);
JOB_ATTR_RO(peak);
JOB_ATTR_RO(state);
JOB_ATTR_RO(reason);
JOB_ATTR_RO(suspends);
JOB_ATTR_RO(suspended_ms);

static struct attribute *job_attrs[] = {
	&job_pid.attr,
	&job_charge.attr,
	&job_peak.attr,
	&job_state.attr,
	&job_reason.attr,
	&job_suspends.attr,
	&job_suspended_ms.attr,
	NULL
};
ATTRIBUTE_GROUPS(job);

static ssize_t job_attr_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	if (!is_seen(kobj))
		return -ESRCH;
	return container_of(attr, struct job_attribute, attr)->show(memsusp_job_of(kobj), buf);
}

static const struct sysfs_ops job_sysfs_ops = {
	.show = job_attr_show,
};

static void job_release(struct kobject *kobj)
{
	struct memsusp_job *job = memsusp_job_of(kobj);

	sysfs_put(job->state_kn);
	memsusp_job_freed(job);
}

/* With a group set, its members may open what belongs to their own jobs. */
static void job_ownership(MEMSUSP_KOBJ_CONST struct kobject *kobj, kuid_t *uid, kgid_t *gid)
{
	if (gid_valid(memsusp_gid()))
		*uid = container_of(kobj, struct memsusp_job, kobj)->uid;
}

static struct kobj_type job_ktype = {
	.sysfs_ops = &job_sysfs_ops,
	.release = job_release,
	.default_groups = job_groups,
	.get_ownership = job_ownership,
};

/* A kset, because only what is in one can send uevents. */
static struct kset *jobs_dir;

/* SUBSYSTEM in udev's rules; without this it would be "jobs". */
static const char *job_subsystem(MEMSUSP_UEVENT_ARGS)
{
	return MEMSUSP_SYSFS_DIR;
}

static const struct kset_uevent_ops job_uevent_ops = {
	.name = job_subsystem,
};

/**
 * memsusp_sysfs_add() - make a job's directory
 * @job: its number is in use by no other
 *
 * Context: process; may sleep and allocate.
 * Return: 0 or a negative errno. Either way @job->kobj is initialised and its
 * last kobject_put() frees the job.
 */
int memsusp_sysfs_add(struct memsusp_job *job)
{
	int err;

	job->kobj.kset = jobs_dir;
	err = kobject_init_and_add(&job->kobj, &job_ktype, NULL, "%d", job->nr);
	if (err)
		return err;
	err = memsusp_files_create(&job->kobj, job_files, ARRAY_SIZE(job_files));
	if (err)
		goto del;
	job->state_kn = sysfs_get_dirent(job->kobj.sd, "state");
	if (job->state_kn)
		return 0;
	err = -ENOMEM;
del:
	kobject_del(&job->kobj);
	return err;
}

static void jobs_dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct kset, kobj));
	memsusp_dir_released();
}

static struct kobj_type jobs_dir_ktype = {
	.sysfs_ops = &kobj_sysfs_ops,
	.release = jobs_dir_release,
};

/* kset_create_and_add() would lose the name where it fails, up to Linux 6.2. */
static struct kset *make_jobs_dir(struct kobject *top)
{
	struct kset *kset = kzalloc(sizeof(*kset), GFP_KERNEL);

	if (!kset)
		return NULL;
	kset->kobj.parent = top;
	kset->kobj.ktype = &jobs_dir_ktype;
	kset->uevent_ops = &job_uevent_ops;
	if (!kobject_set_name(&kset->kobj, "jobs") && !kset_register(kset)) {
		memsusp_dir_made();
		return kset;
	}
	kfree_const(kset->kobj.name);
	kfree(kset);
	return NULL;
}

/**
 * memsusp_sysfs_jobs_init() - make the directory of jobs
 * @top: in here
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int memsusp_sysfs_jobs_init(struct kobject *top)
{
	jobs_dir = make_jobs_dir(top);
	return jobs_dir ? 0 : -ENOMEM;
}

/**
 * memsusp_sysfs_jobs_exit() - remove the directory of jobs
 *
 * Context: module exit; no job is left.
 */
void memsusp_sysfs_jobs_exit(void)
{
	kset_unregister(jobs_dir);
}
