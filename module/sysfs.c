// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/memsusp: register, unregister, suspend and resume. Who may write what is in
 * access.c; file modes only let the right people get that far.
 */
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "compat.h"
#include "memsusp.h"

static ssize_t abi_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", MEMSUSP_ABI);
}

static int register_store(const struct file *opened, struct kobject *kobj,
			  const char *buf, size_t len)
{
	struct memsusp_registration reg;
	int err = memsusp_parse_register(buf, len, PAGE_SHIFT, &reg);

	return err ?: memsusp_register(opened, &reg);
}

static int unregister_store(const struct file *opened, struct kobject *kobj,
			    const char *buf, size_t len)
{
	int pid;
	int err = memsusp_parse_pid(buf, len, &pid);

	return err ?: memsusp_unregister(opened, pid);
}

static int suspend_store(const struct file *opened, struct kobject *kobj,
			 const char *buf, size_t len)
{
	int pid;
	int err = memsusp_parse_pid(buf, len, &pid);

	return err ?: memsusp_suspend(opened, pid);
}

static int resume_store(const struct file *opened, struct kobject *kobj,
			const char *buf, size_t len)
{
	struct memsusp_resumption res;
	int err = memsusp_parse_resume(buf, len, PAGE_SHIFT, &res);

	return err ?: memsusp_resume(opened, &res);
}

static struct kobj_attribute abi_attr = __ATTR_RO(abi);

/* Without a group nobody but root has any business with them. */
static struct memsusp_file top_files[] = {
	MEMSUSP_FILE(register, 0200, NULL, NULL, register_store),
	MEMSUSP_FILE(unregister, 0200, NULL, NULL, unregister_store),
	MEMSUSP_FILE(suspend, 0200, NULL, NULL, suspend_store),
	MEMSUSP_FILE(resume, 0200, NULL, NULL, resume_store),
};

static void top_release(struct kobject *kobj)
{
	kfree(kobj);
	memsusp_dir_released();
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
	memsusp_dir_made();
	err = kobject_init_and_add(top, &top_ktype, kernel_kobj, MEMSUSP_SYSFS_DIR);
	if (err)
		goto put_top;
	err = memsusp_sysfs_jobs_init(top);
	if (err)
		goto put_top;
	return 0;

put_top:
	kobject_put(top);
	memsusp_dirs_wait();
	return err;
}

/**
 * memsusp_sysfs_exit() - remove the directories and wait until they are released
 *
 * Context: module exit; no job is left. synchronize_rcu_tasks() is to come: the last
 * instructions of a release may still run.
 */
void memsusp_sysfs_exit(void)
{
	memsusp_sysfs_node_exit();
	memsusp_sysfs_jobs_exit();
	kobject_put(top);
	memsusp_dirs_wait();
}

/**
 * memsusp_sysfs_open() - make the files that users write to
 *
 * Context: module init, at the end: they are used at once.
 * Return: 0 or a negative errno.
 */
int memsusp_sysfs_open(void)
{
	unsigned int i;
	int err;

	err = memsusp_sysfs_node_open(top);
	if (err)
		return err;
	err = sysfs_create_file(top, &abi_attr.attr);
	if (err)
		goto close_node;
	if (gid_valid(memsusp_gid()))
		for (i = 0; i < ARRAY_SIZE(top_files); i++)
			top_files[i].bin.attr.mode |= 0020;
	err = memsusp_files_create(top, top_files, ARRAY_SIZE(top_files));
	if (err)
		goto remove_abi;
	return 0;

remove_abi:
	sysfs_remove_file(top, &abi_attr.attr);
close_node:
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
	memsusp_files_remove(top, top_files, ARRAY_SIZE(top_files));
	sysfs_remove_file(top, &abi_attr.attr);
	memsusp_sysfs_node_close();
}
