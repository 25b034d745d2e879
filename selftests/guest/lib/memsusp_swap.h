/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of swap share: the machine's own, and compressed swap in memory (zram).
 */
#ifndef MEMSUSP_SWAP_H
#define MEMSUSP_SWAP_H

#include "memsusp_test.h"

#include <sys/swap.h>

#define ZRAM_DEVICE	"/dev/zram0"
#define ZRAM_SYSFS	"/sys/block/zram0/"

/* What mkswap(8) writes. */
static inline int make_swap(const char *path, long size)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char *page = calloc(1, PAGE);
	__u32 *info = (__u32 *)(page + 1024);
	ssize_t n;

	info[0] = 1;
	info[1] = size / PAGE - 1;
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	n = pwrite(fd, page, PAGE, 0);
	free(page);
	close(fd);
	return n == PAGE ? 0 : -EIO;
}

/* Why there is no zram to be had, or NULL: then it is used before other swap. */
static inline const char *zram_on(long bytes)
{
	char size[32];

	(void)!system("modprobe -q zram");
	snprintf(size, sizeof(size), "%ld", bytes);
	if (ms_write_at(ZRAM_SYSFS "disksize", size, strlen(size)))
		return "no zram";
	if (!make_swap(ZRAM_DEVICE, bytes) &&
	    !swapon(ZRAM_DEVICE, SWAP_FLAG_PREFER | 100))
		return NULL;
	ms_write_at(ZRAM_SYSFS "reset", "1", 1);
	return "no swapping to zram";
}

static inline bool zram_off(void)
{
	return !swapoff(ZRAM_DEVICE) && ms_until(!ms_write_at(ZRAM_SYSFS "reset", "1", 1));
}

/* The machine's own swap, the only one there is, if any. */
static inline bool swap_device(char path[256])
{
	FILE *f = fopen("/proc/swaps", "re");
	bool found = f && fscanf(f, "%*[^\n] %255s", path) == 1;

	if (f)
		fclose(f);
	return found;
}

#endif /* MEMSUSP_SWAP_H */
