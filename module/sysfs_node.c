// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/memsusp/node: the settings and sums of the node.
 */
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "memsusp.h"
#include "survey.h"

static const char * const policies[] = MEMSUSP_POLICIES;
static const char * const levels[] = MEMSUSP_LEVELS;

static struct kobject *node_dir;
static struct kernfs_node *level_file;

/* A setting, as it stands. */
static struct memsusp_node settings(void)
{
	struct memsusp_node node;

	memsusp_node_read(&node);
	return node;
}

static ssize_t limit_show(struct kobject *kobj, char *buf)
{
	return memsusp_emit_pages(buf, settings().limit);
}

static int limit_store(const struct file *opened, struct kobject *kobj,
		       const char *buf, size_t len)
{
	long pages;
	int err = memsusp_parse_size(buf, len, PAGE_SHIFT, &pages);

	return err ?: memsusp_node_set(opened, MEMSUSP_NODE_LIMIT, pages);
}

static ssize_t floor_show(struct kobject *kobj, char *buf)
{
	return memsusp_emit_pages(buf, settings().floor);
}

static int floor_store(const struct file *opened, struct kobject *kobj,
		       const char *buf, size_t len)
{
	long pages;
	int err = memsusp_parse_amount(buf, len, PAGE_SHIFT, &pages);

	return err ?: memsusp_node_set(opened, MEMSUSP_NODE_FLOOR, pages);
}

static ssize_t headroom_show(struct kobject *kobj, char *buf)
{
	struct memsusp_node node = settings();

	return memsusp_emit_pages(buf, memsusp_policy_headroom(&node));
}

static int headroom_store(const struct file *opened, struct kobject *kobj,
			  const char *buf, size_t len)
{
	long pages;
	int err = memsusp_parse_amount(buf, len, PAGE_SHIFT, &pages);

	return err ?: memsusp_node_set(opened, MEMSUSP_NODE_HEADROOM, pages);
}

static ssize_t policy_show(struct kobject *kobj, char *buf)
{
	enum memsusp_policy policy = settings().policy;
	ssize_t len = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(policies); i++)
		len += sysfs_emit_at(buf, len, i == policy ? "%s[%s]" : "%s%s",
				     i ? " " : "", policies[i]);
	return len + sysfs_emit_at(buf, len, "\n");
}

static int policy_store(const struct file *opened, struct kobject *kobj,
			const char *buf, size_t len)
{
	/* What stands behind a NUL is a part of the line, too. */
	int policy = strlen(buf) == len ? sysfs_match_string(policies, buf) : -EINVAL;

	if (policy < 0)
		return policy;
	return memsusp_node_set(opened, MEMSUSP_NODE_POLICY, policy);
}

static ssize_t auto_resume_show(struct kobject *kobj, char *buf)
{
	return sysfs_emit(buf, "%d\n", settings().auto_resume);
}

static int auto_resume_store(const struct file *opened, struct kobject *kobj,
			     const char *buf, size_t len)
{
	int on;
	int err = memsusp_parse_int(buf, len, 0, 1, &on);

	return err ?: memsusp_node_set(opened, MEMSUSP_NODE_AUTO_RESUME, on);
}

static ssize_t min_running_show(struct kobject *kobj, char *buf)
{
	return sysfs_emit(buf, "%d\n", settings().min_running);
}

static int min_running_store(const struct file *opened, struct kobject *kobj,
			     const char *buf, size_t len)
{
	int n;
	int err = memsusp_parse_int(buf, len, 0, INT_MAX, &n);

	return err ?: memsusp_node_set(opened, MEMSUSP_NODE_MIN_RUNNING, n);
}

static ssize_t drain_show(struct kobject *kobj, char *buf)
{
	return sysfs_emit(buf, "%d\n", settings().drain);
}

static int drain_store(const struct file *opened, struct kobject *kobj,
		       const char *buf, size_t len)
{
	int on;
	int err = memsusp_parse_int(buf, len, 0, 1, &on);

	return err ?: memsusp_node_set(opened, MEMSUSP_NODE_DRAIN, on);
}

static ssize_t max_suspended_ms_show(struct kobject *kobj, char *buf)
{
	return sysfs_emit(buf, "%llu\n", div_u64(settings().max_suspended_ns, NSEC_PER_MSEC));
}

static int max_suspended_ms_store(const struct file *opened, struct kobject *kobj,
				  const char *buf, size_t len)
{
	u64 ns;
	int err = memsusp_parse_ms(buf, len, &ns);

	return err ?: memsusp_node_set(opened, MEMSUSP_NODE_MAX_SUSPENDED_NS, ns);
}

/* What is to be seen of the node, for memsusp_survey_put(); or an error. */
static struct memsusp_survey *see(void)
{
	return memsusp_survey_get(MEMSUSP_SURVEY_JOBS, memsusp_survey_since());
}

static ssize_t level_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct memsusp_survey *survey = see();
	ssize_t len;

	if (IS_ERR(survey))
		return PTR_ERR(survey);
	len = sysfs_emit(buf, "%s\n", levels[survey->level]);
	memsusp_survey_put(survey);
	return len;
}

static ssize_t running_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct memsusp_survey *survey = see();
	ssize_t len;

	if (IS_ERR(survey))
		return PTR_ERR(survey);
	len = memsusp_emit_pages(buf, survey->node.running);
	memsusp_survey_put(survey);
	return len;
}

static ssize_t suspended_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct memsusp_survey *survey = see();
	ssize_t len;

	if (IS_ERR(survey))
		return PTR_ERR(survey);
	len = memsusp_emit_pages(buf, survey->suspended);
	memsusp_survey_put(survey);
	return len;
}

static struct memsusp_file files[] = {
	MEMSUSP_FILE(limit, 0644, NULL, limit_show, limit_store),
	MEMSUSP_FILE(floor, 0644, NULL, floor_show, floor_store),
	MEMSUSP_FILE(headroom, 0644, NULL, headroom_show, headroom_store),
	MEMSUSP_FILE(policy, 0644, NULL, policy_show, policy_store),
	MEMSUSP_FILE(auto_resume, 0644, NULL, auto_resume_show, auto_resume_store),
	MEMSUSP_FILE(min_running, 0644, NULL, min_running_show, min_running_store),
	MEMSUSP_FILE(drain, 0644, NULL, drain_show, drain_store),
	MEMSUSP_FILE(max_suspended_ms, 0644, NULL, max_suspended_ms_show,
		     max_suspended_ms_store),
};

static struct kobj_attribute level_attr = __ATTR_RO(level);
static struct kobj_attribute running_attr = __ATTR_RO(running);
static struct kobj_attribute suspended_attr = __ATTR_RO(suspended);

static struct attribute *node_attrs[] = {
	&level_attr.attr,
	&running_attr.attr,
	&suspended_attr.attr,
	NULL
};

static const struct attribute_group node_group = {
	.attrs = node_attrs,
};

/**
 * memsusp_sysfs_node_open() - make the directory
 * @top: in here
 *
 * Context: module init, at the end: its files are used at once.
 * Return: 0 or a negative errno.
 */
int memsusp_sysfs_node_open(struct kobject *top)
{
	int err;

	node_dir = kobject_create_and_add("node", top);
	if (!node_dir)
		return -ENOMEM;
	err = sysfs_create_group(node_dir, &node_group);
	if (err)
		goto put_dir;
	level_file = sysfs_get_dirent(node_dir->sd, "level");
	if (!level_file) {
		err = -ENOMEM;
		goto put_dir;
	}
	memsusp_events_level_file(level_file);
	err = memsusp_files_create(node_dir, files, ARRAY_SIZE(files));
	if (err)
		goto put_level;
	return 0;

put_level:
	memsusp_events_level_file(NULL);
	sysfs_put(level_file);
	level_file = NULL;
put_dir:
	/* Now: its release may be delayed, and the files do not work any more. */
	kobject_del(node_dir);
	kobject_put(node_dir);
	/* memsusp_sysfs_node_exit() comes nevertheless. */
	node_dir = NULL;
	return err;
}

/**
 * memsusp_sysfs_node_close() - remove the files
 *
 * Context: module exit, at the beginning; waits for those who are just writing.
 */
void memsusp_sysfs_node_close(void)
{
	memsusp_files_remove(node_dir, files, ARRAY_SIZE(files));
	sysfs_remove_group(node_dir, &node_group);
}

/**
 * memsusp_sysfs_node_exit() - remove the directory
 *
 * Context: module exit. May sleep; takes memsusp_mutex.
 */
void memsusp_sysfs_node_exit(void)
{
	memsusp_events_level_file(NULL);
	sysfs_put(level_file);
	kobject_put(node_dir);
}
