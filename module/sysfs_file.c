// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files in sysfs that users write to. An ordinary attribute never learns who
 * opened it, and it is his rights that count (access.c); a binary attribute is given
 * the file. Apart from that these are ordinary: each write(2) is a line of its own,
 * wherever in the file it goes, and what is read is one value.
 *
 * The one difference: what is read in several pieces while somebody changes it may
 * be a piece of each value, as an ordinary attribute keeps its text from the
 * first piece to the last.
 *
 * And the count of directories that are still to be released.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/kobject.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/wait_bit.h>

#include "compat.h"
#include "memsusp.h"

/**
 * memsusp_emit_pages() - write a number of pages as users read it
 * @buf: a page
 * @pages: so many
 *
 * Context: any.
 * Return: characters written.
 */
ssize_t memsusp_emit_pages(char *buf, long pages)
{
	if (pages == MEMSUSP_NO_LIMIT)
		return sysfs_emit(buf, "%s\n", MEMSUSP_WORD_MAX);
	return sysfs_emit(buf, "%llu\n", memsusp_bytes(pages));
}

static ssize_t read_file(struct file *opened, struct kobject *kobj,
			 MEMSUSP_BIN_CONST struct bin_attribute *attr,
			 char *buf, loff_t pos, size_t len)
{
	const struct memsusp_file *file = container_of(attr, struct memsusp_file, bin);
	char *text;
	ssize_t n;

	if (file->seen && !file->seen(kobj))
		return -ESRCH;
	text = (char *)get_zeroed_page(GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	n = file->show(kobj, text);
	if (n >= 0)
		n = memory_read_from_buffer(buf, len, &pos, text, n);
	free_page((unsigned long)text);
	return n;
}

/* The kernel has put a NUL behind the line. */
static ssize_t write_file(struct file *opened, struct kobject *kobj,
			  MEMSUSP_BIN_CONST struct bin_attribute *attr,
			  char *buf, loff_t pos, size_t len)
{
	const struct memsusp_file *file = container_of(attr, struct memsusp_file, bin);

	if (file->seen && !file->seen(kobj))
		return -ESRCH;
	return file->store(opened, kobj, buf, len) ?: len;
}

/**
 * memsusp_files_create() - make files in a directory
 * @kobj: the directory
 * @files: what to make
 * @nr: of them
 *
 * Context: process; may sleep and allocate.
 * Return: 0, or a negative errno; then none is there.
 */
int memsusp_files_create(struct kobject *kobj, struct memsusp_file *files, unsigned int nr)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		files[i].bin.read = files[i].show ? read_file : NULL;
		files[i].bin.write = write_file;
		err = sysfs_create_bin_file(kobj, &files[i].bin);
		if (err) {
			memsusp_files_remove(kobj, files, i);
			return err;
		}
	}
	return 0;
}

/**
 * memsusp_files_remove() - remove them
 * @kobj: the directory
 * @files: what was made
 * @nr: of them
 *
 * Context: process; waits for those who are just reading or writing.
 */
void memsusp_files_remove(struct kobject *kobj, const struct memsusp_file *files, unsigned int nr)
{
	while (nr--)
		sysfs_remove_bin_file(kobj, &files[nr].bin);
}

/*
 * Directories of ours that have not been released yet. That happens when the last
 * reference is given back, which need not be ours, and later still with
 * CONFIG_DEBUG_KOBJECT_RELEASE; and it is done by code of the module.
 */
static atomic_t unreleased = ATOMIC_INIT(0);

/**
 * memsusp_dir_made() - a directory with a release function of ours has been made
 *
 * Context: any; before its first reference can be given back.
 */
void memsusp_dir_made(void)
{
	atomic_inc(&unreleased);
}

/**
 * memsusp_dir_released() - its release function has done its work
 *
 * Context: any; the last thing that the function does.
 */
void memsusp_dir_released(void)
{
	if (atomic_dec_and_test(&unreleased))
		wake_up_var(&unreleased);
}

/**
 * memsusp_dirs_wait() - wait until all of them are released
 *
 * Context: module init or exit; may sleep. synchronize_rcu_tasks() is to come: the last
 * instructions of a release may still run.
 */
void memsusp_dirs_wait(void)
{
	wait_var_event(&unreleased, !atomic_read(&unreleased));
}
