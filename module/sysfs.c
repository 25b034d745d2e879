// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/memsusp: what users write, checked and passed on, and one
 * directory a job. Who may write what is in memsusp_job_access() and its
 * callers; file modes only let the right people get that far.
 */
#include <linux/kobject.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "memsusp.h"

static const char * const states[] = MEMSUSP_STATES;
static const char * const reasons[] = MEMSUSP_REASONS;

static ssize_t emit_size(char *buf, long pages)
{
	if (pages == MEMSUSP_NO_LIMIT)
		return sysfs_emit(buf, "%s\n", MEMSUSP_WORD_MAX);
	return sysfs_emit(buf, "%llu\n", memsusp_bytes(pages));
}

/* Files of a job */

struct job_attribute {
	struct attribute attr;
	ssize_t (*show)(struct memsusp_job *job, char *buf);
	int (*store)(struct memsusp_job *job, const char *buf, size_t len);
};

static ssize_t limit_show(struct memsusp_job *job, char *buf)
{
	return emit_size(buf, READ_ONCE(job->limit));
}

static int limit_store(struct memsusp_job *job, const char *buf, size_t len)
{
	long pages;
	int err = memsusp_parse_size(buf, len, PAGE_SHIFT, &pages);

	return err ?: memsusp_job_set_limit(job, pages);
}

static ssize_t soft_limit_show(struct memsusp_job *job, char *buf)
{
	return emit_size(buf, READ_ONCE(job->soft_limit));
}

static int soft_limit_store(struct memsusp_job *job, const char *buf, size_t len)
{
	long pages;
	int err = memsusp_parse_size(buf, len, PAGE_SHIFT, &pages);

	return err ?: memsusp_job_set_soft_limit(job, pages);
}

static ssize_t warn_signal_show(struct memsusp_job *job, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(job->warn_signal));
}

/* A warning must not be what stops, continues or surely kills the job. */
static bool may_warn_with(int sig)
{
	return sig != SIGKILL && sig != SIGCONT && sig != SIGSTOP && sig != SIGTSTP &&
	       sig != SIGTTIN && sig != SIGTTOU;
}

static int warn_signal_store(struct memsusp_job *job, const char *buf, size_t len)
{
	bool admin;
	int sig, err;

	err = memsusp_parse_int(buf, len, 0, _NSIG, &sig);
	if (!err && !may_warn_with(sig))
		err = -EINVAL;
	if (err)
		return err;
	mutex_lock(&memsusp_mutex);
	err = memsusp_job_access(job, &admin);
	if (!err)
		WRITE_ONCE(job->warn_signal, sig);
	mutex_unlock(&memsusp_mutex);
	return err;
}

static ssize_t priority_show(struct memsusp_job *job, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(job->priority));
}

static int priority_store(struct memsusp_job *job, const char *buf, size_t len)
{
	int priority, err;
	bool admin;

	err = memsusp_parse_int(buf, len, MEMSUSP_PRIORITY_MIN, MEMSUSP_PRIORITY_MAX,
				&priority);
	if (err)
		return err;
	mutex_lock(&memsusp_mutex);
	err = memsusp_job_access(job, &admin);
	if (!err && !admin && priority > job->priority)
		err = -EPERM;
	if (!err)
		WRITE_ONCE(job->priority, priority);
	mutex_unlock(&memsusp_mutex);
	return err;
}

static ssize_t name_show(struct memsusp_job *job, char *buf)
{
	ssize_t len;

	mutex_lock(&memsusp_mutex);
	len = sysfs_emit(buf, "%s\n", job->name);
	mutex_unlock(&memsusp_mutex);
	return len;
}

static int name_store(struct memsusp_job *job, const char *buf, size_t len)
{
	char name[MEMSUSP_NAME_SIZE];
	bool admin;
	int err;

	err = memsusp_parse_name(buf, len, name);
	if (err)
		return err;
	mutex_lock(&memsusp_mutex);
	err = memsusp_job_access(job, &admin);
	if (!err)
		memcpy(job->name, name, sizeof(job->name));
	mutex_unlock(&memsusp_mutex);
	return err;
}

static ssize_t charge_show(struct memsusp_job *job, char *buf)
{
	long pages;

	mutex_lock(&memsusp_mutex);
	memsusp_charge_update(job);
	pages = job->charge;
	mutex_unlock(&memsusp_mutex);
	return sysfs_emit(buf, "%llu\n", memsusp_bytes(pages));
}

static ssize_t peak_show(struct memsusp_job *job, char *buf)
{
	long pages;

	mutex_lock(&memsusp_mutex);
	memsusp_charge_update(job);
	pages = job->peak;
	mutex_unlock(&memsusp_mutex);
	return sysfs_emit(buf, "%llu\n", memsusp_bytes(pages));
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
	u64 ms;

	mutex_lock(&memsusp_mutex);
	ms = memsusp_job_suspended_ms(job);
	mutex_unlock(&memsusp_mutex);
	return sysfs_emit(buf, "%llu\n", ms);
}

#define JOB_ATTR_RO(name) \
	static struct job_attribute job_##name = __ATTR(name, 0444, name##_show, NULL)
#define JOB_ATTR_RW(name) \
	static struct job_attribute job_##name = __ATTR(name, 0644, name##_show, name##_store)

JOB_ATTR_RW(limit);
JOB_ATTR_RW(soft_limit);
JOB_ATTR_RW(warn_signal);
JOB_ATTR_RW(priority);
JOB_ATTR_RW(name);
JOB_ATTR_RO(charge);
JOB_ATTR_RO(peak);
JOB_ATTR_RO(state);
JOB_ATTR_RO(reason);
JOB_ATTR_RO(suspends);
JOB_ATTR_RO(suspended_ms);

static struct attribute *job_attrs[] = {
	&job_limit.attr,
	&job_soft_limit.attr,
	&job_warn_signal.attr,
	&job_priority.attr,
	&job_name.attr,
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
	return container_of(attr, struct job_attribute, attr)->show(memsusp_job_of(kobj), buf);
}

static ssize_t job_attr_store(struct kobject *kobj, struct attribute *attr,
			      const char *buf, size_t len)
{
	struct job_attribute *a = container_of(attr, struct job_attribute, attr);
	int err = a->store(memsusp_job_of(kobj), buf, len);

	return err ?: len;
}

static const struct sysfs_ops job_sysfs_ops = {
	.show = job_attr_show,
	.store = job_attr_store,
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

/* Files at the top */

static ssize_t abi_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", MEMSUSP_ABI);
}

static ssize_t register_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	struct memsusp_registration reg;
	int err = memsusp_parse_register(buf, len, PAGE_SHIFT, &reg);

	return err ?: memsusp_register(&reg) ?: len;
}

static ssize_t unregister_store(struct kobject *kobj, struct kobj_attribute *attr,
				const char *buf, size_t len)
{
	int pid;
	int err = memsusp_parse_pid(buf, len, &pid);

	return err ?: memsusp_unregister(pid) ?: len;
}

static ssize_t suspend_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t len)
{
	int pid;
	int err = memsusp_parse_pid(buf, len, &pid);

	return err ?: memsusp_suspend(pid) ?: len;
}

static ssize_t resume_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t len)
{
	struct memsusp_resumption res;
	int err = memsusp_parse_resume(buf, len, PAGE_SHIFT, &res);

	return err ?: memsusp_resume(&res) ?: len;
}

static struct kobj_attribute abi_attr = __ATTR_RO(abi);
static struct kobj_attribute register_attr = __ATTR(register, 0220, NULL, register_store);
static struct kobj_attribute unregister_attr = __ATTR(unregister, 0220, NULL, unregister_store);
static struct kobj_attribute suspend_attr = __ATTR(suspend, 0220, NULL, suspend_store);
static struct kobj_attribute resume_attr = __ATTR(resume, 0220, NULL, resume_store);

static struct attribute *top_attrs[] = {
	&abi_attr.attr,
	&register_attr.attr,
	&unregister_attr.attr,
	&suspend_attr.attr,
	&resume_attr.attr,
	NULL
};

/* Without a group nobody but root has any business with them. */
static umode_t top_mode(struct kobject *kobj, struct attribute *attr, int n)
{
	return gid_valid(memsusp_gid()) ? attr->mode : attr->mode & ~0020;
}

static const struct attribute_group top_group = {
	.attrs = top_attrs,
	.is_visible = top_mode,
};

static void top_release(struct kobject *kobj)
{
	kfree(kobj);
}

static void top_ownership(MEMSUSP_KOBJ_CONST struct kobject *kobj, kuid_t *uid, kgid_t *gid)
{
	if (gid_valid(memsusp_gid()))
		*gid = memsusp_gid();
}

static struct kobj_type top_ktype = {
	.sysfs_ops = &kobj_sysfs_ops,
	.release = top_release,
	.get_ownership = top_ownership,
};

static struct kobject *top;
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
	job->state_kn = sysfs_get_dirent(job->kobj.sd, "state");
	if (!job->state_kn) {
		kobject_del(&job->kobj);
		return -ENOMEM;
	}
	return 0;
}

/**
 * memsusp_sysfs_del() - remove a job's directory
 * @job: it
 *
 * Context: process; waits for those who are just reading or writing its files,
 * so no lock may be held that they take.
 */
void memsusp_sysfs_del(struct memsusp_job *job)
{
	kobject_del(&job->kobj);
	/* Whoever polls would sleep on, and finds out now. */
	memsusp_sysfs_notify(job);
}

/**
 * memsusp_sysfs_notify() - wake those who poll a job's state
 * @job: it
 *
 * Context: any.
 */
void memsusp_sysfs_notify(struct memsusp_job *job)
{
	sysfs_notify_dirent(job->state_kn);
}

static void jobs_dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct kset, kobj));
}

static struct kobj_type jobs_dir_ktype = {
	.sysfs_ops = &kobj_sysfs_ops,
	.release = jobs_dir_release,
};

/* kset_create_and_add() would lose the name where it fails, up to Linux 6.2. */
static struct kset *make_jobs_dir(void)
{
	struct kset *kset = kzalloc(sizeof(*kset), GFP_KERNEL);

	if (!kset)
		return NULL;
	kset->kobj.parent = top;
	kset->kobj.ktype = &jobs_dir_ktype;
	kset->uevent_ops = &job_uevent_ops;
	if (!kobject_set_name(&kset->kobj, "jobs") && !kset_register(kset))
		return kset;
	kfree_const(kset->kobj.name);
	kfree(kset);
	return NULL;
}

/**
 * memsusp_sysfs_init() - make the directories
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int memsusp_sysfs_init(void)
{
	int err;

	top = kzalloc(sizeof(*top), GFP_KERNEL);
	if (!top)
		return -ENOMEM;
	err = kobject_init_and_add(top, &top_ktype, kernel_kobj, MEMSUSP_SYSFS_DIR);
	if (err)
		goto put_top;
	jobs_dir = make_jobs_dir();
	if (!jobs_dir) {
		err = -ENOMEM;
		goto put_top;
	}
	return 0;

put_top:
	kobject_put(top);
	return err;
}

/**
 * memsusp_sysfs_exit() - remove the directories
 *
 * Context: module exit; no job is left.
 */
void memsusp_sysfs_exit(void)
{
	memsusp_sysfs_node_exit();
	kset_unregister(jobs_dir);
	kobject_put(top);
}

/**
 * memsusp_sysfs_open() - make the files that users write to
 *
 * Context: module init, at the end: they are used at once.
 * Return: 0 or a negative errno.
 */
int memsusp_sysfs_open(void)
{
	int err = memsusp_sysfs_node_open(top);

	if (err)
		return err;
	err = sysfs_create_group(top, &top_group);
	if (err)
		memsusp_sysfs_node_close();
	return err;
}

/**
 * memsusp_sysfs_close() - remove the files that users write to
 *
 * Context: module exit, at the beginning; waits for those who are just writing.
 */
void memsusp_sysfs_close(void)
{
	sysfs_remove_group(top, &top_group);
	memsusp_sysfs_node_close();
}
