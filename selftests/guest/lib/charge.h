/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the accounting share: the charge in pages, the truth about
 * it, and an actor that is registered and touches nothing by accident.
 *
 * Two truths. held_pages() asks smaps: "Anonymous" plus "Swap" of all private
 * mappings. That is exact for a process that shares no page by fork. It is
 * preferred to "Private_Dirty" plus "Swap", which leaves out pages that are
 * clean because they were just read from swap or were given up with MADV_FREE,
 * leaves out what KSM has merged, and takes in dirty pages of a file that were
 * only read. distinct_pages() asks pagemap and kpageflags, and counts each
 * anonymous page once however many processes of a job have it mapped.
 */
#ifndef CHARGE_H
#define CHARGE_H

#include "memsusp_test.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef SYS_process_madvise
#define SYS_process_madvise	440
#endif

/* linux/kernel-page-flags.h and Documentation/admin-guide/mm/pagemap.rst */
#define KPAGEFLAGS_ANON		(1ULL << 12)
#define PAGEMAP_PRESENT		(1ULL << 63)
#define PAGEMAP_SWAP		(1ULL << 62)
#define PAGEMAP_FILE		(1ULL << 61)
#define PAGEMAP_ENTRY		((1ULL << 55) - 1)

/* What memsusp says a job is charged with, in pages, or a negative errno. */
static inline long charged_pages(pid_t pid)
{
	long long bytes = ms_job_number(pid, "charge");

	return bytes < 0 ? bytes : bytes / PAGE;
}

/* The first touches that memsusp has counted in a job, in pages. */
static inline long touched_pages(pid_t pid)
{
	return ms_table_number("jobs", "pid", pid, "touched") / PAGE;
}

/* One or two keys of smaps, summed over all private mappings, in pages. */
static inline long smaps_pages(pid_t pid, const char *key, const char *other)
{
	char path[64], line[512], perms[8];
	bool counts = false;
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		size_t len = strcspn(line, ":");

		if (sscanf(line, "%*x-%*x %7s", perms) == 1)
			counts = perms[3] == 'p';
		else if (counts && line[len] &&
			 ((strlen(key) == len && !strncmp(line, key, len)) ||
			  (other && strlen(other) == len && !strncmp(line, other, len))))
			kb += atol(line + len + 1);
	}
	fclose(f);
	return kb * 1024 / PAGE;
}

/* The anonymous pages of a process, in RAM or in swap. */
static inline long held_pages(pid_t pid)
{
	return smaps_pages(pid, "Anonymous", "Swap");
}

struct page_set {
	unsigned long long *entries;
	size_t count;
	size_t size;
};

static inline void page_set_add(struct page_set *set, unsigned long long entry)
{
	if (set->count == set->size) {
		set->size = set->size ? 2 * set->size : 4096;
		set->entries = realloc(set->entries, set->size * sizeof(entry));
		if (!set->entries)
			abort();
	}
	set->entries[set->count++] = entry;
}

/* Add what is mapped from START to END and is no page of a file. */
static inline void page_set_add_range(struct page_set *set, int pagemap,
				      unsigned long start, unsigned long end)
{
	static unsigned long long entries[4096];
	ssize_t n, i;

	for (; start < end; start += n * PAGE) {
		size_t left = (end - start) / PAGE;

		if (left > ARRAY_SIZE(entries))
			left = ARRAY_SIZE(entries);
		n = pread(pagemap, entries, left * sizeof(*entries),
			  start / PAGE * sizeof(*entries));
		n /= (ssize_t)sizeof(*entries);
		if (n <= 0)
			break;
		for (i = 0; i < n; i++)
			if (entries[i] & (PAGEMAP_PRESENT | PAGEMAP_SWAP) &&
			    !(entries[i] & PAGEMAP_FILE))
				page_set_add(set, entries[i] & (PAGEMAP_SWAP | PAGEMAP_ENTRY));
	}
}

static inline void page_set_add_process(struct page_set *set, pid_t pid)
{
	unsigned long start, end;
	char path[64], line[512], perms[8];
	int pagemap;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && pagemap >= 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, perms) == 3 && perms[3] == 'p')
			page_set_add_range(set, pagemap, start, end);
	if (f)
		fclose(f);
	if (pagemap >= 0)
		close(pagemap);
}

static inline int page_set_compare(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return (x > y) - (x < y);
}

/*
 * The anonymous pages that some processes hold between them, each page once.
 * A page that one has in RAM and another still in swap would count twice.
 */
static inline long distinct_pages(const pid_t *pids, int n)
{
	int flags_fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	struct page_set set = { 0 };
	long pages = 0;
	size_t i;

	if (flags_fd < 0)
		return -errno;
	while (n--)
		page_set_add_process(&set, pids[n]);
	qsort(set.entries, set.count, sizeof(*set.entries), page_set_compare);
	for (i = 0; i < set.count; i++) {
		unsigned long long entry = set.entries[i], flags = 0;

		if (i && entry == set.entries[i - 1])
			continue;
		/* The zero page is present, but is nobody's. */
		if (!(entry & PAGEMAP_SWAP))
			if (pread(flags_fd, &flags, sizeof(flags),
				  entry * sizeof(flags)) != sizeof(flags))
				flags = 0;
		pages += entry & PAGEMAP_SWAP || flags & KPAGEFLAGS_ANON;
	}
	free(set.entries);
	close(flags_fd);
	return pages;
}

/*
 * MADV_PAGEOUT for a range of another process (or, with a pidfd of -1, of our
 * own), from each processor in turn: pages that wait on a processor's own list
 * of new ones are passed over, and only the list of the processor that the call
 * is made on is emptied first. Nobody else might empty another's for a long time.
 */
static inline int page_out_range(int pidfd, void *start, size_t len)
{
	int cpu, cpus = sysconf(_SC_NPROCESSORS_CONF), err = 0;
	struct iovec range = { start, len };
	cpu_set_t before, one;

	if (sched_getaffinity(0, sizeof(before), &before))
		return -errno;
	for (cpu = 0; cpu < cpus; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			continue;
		if (pidfd < 0)
			err = madvise(start, len, MADV_PAGEOUT) ? -errno : err;
		else
			syscall(SYS_process_madvise, pidfd, &range, 1, MADV_PAGEOUT, 0);
	}
	sched_setaffinity(0, sizeof(before), &before);
	return err;
}

/* A setting of the kernel that a test changes, and puts back. */
struct knob {
	const char *path;
	char before[64];
};

/* Returns 0, or a negative errno if the kernel does not have it or refuses. */
static inline int knob_set(struct knob *knob, const char *path, const char *value)
{
	char buf[256], *word = buf;
	int err = ms_read_at(path, buf, sizeof(buf));

	if (err)
		return err;
	/* Of several words, the one in brackets is in force. */
	if (strchr(buf, '['))
		word = strtok(strchr(buf, '[') + 1, "]");
	knob->path = path;
	snprintf(knob->before, sizeof(knob->before), "%.63s", word);
	return ms_write_at(path, value, strlen(value));
}

static inline void knobs_restore(struct knob *knobs, size_t n)
{
	while (n--)
		if (knobs[n].path)
			ms_write_at(knobs[n].path, knobs[n].before, strlen(knobs[n].before));
}

/* Whether there may be huge pages where they are otherwise allowed. */
static inline long do_allow_huge(long allow)
{
	return prctl(PR_SET_THP_DISABLE, !allow, 0, 0, 0) ? -errno : 0;
}

/*
 * Write to every page that the actor will write to anyway: its data, and some
 * stack. What it touches from then on is what it is told to, and not more, as
 * it would be with huge pages.
 */
static inline long do_warm_up(long argument)
{
	extern char __data_start[], end[];
	volatile char stack[32 * 1024];
	unsigned long p;
	size_t i;

	for (p = (unsigned long)__data_start; p < (unsigned long)end; p = (p + PAGE) & -PAGE)
		__atomic_fetch_or((char *)p, 0, __ATOMIC_RELAXED);
	for (i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 1;
	do_allow_huge(false);
	return argument;
}

/* A registered actor with an untouched region; its charge must be the truth. */
static inline struct actor actor_new_job(struct __test_metadata *_metadata, long *base)
{
	struct actor a = actor_new();

	ASSERT_GT(a.pid, 0);
	ASSERT_EQ(0, actor_call(&a, do_reserve, 0));
	ASSERT_EQ(0, actor_call(&a, do_warm_up, 0));
	ASSERT_EQ(0, ms_write("register", "%d max", a.pid));
	*base = charged_pages(a.pid);
	ASSERT_EQ(held_pages(a.pid), *base);
	return a;
}

/* End the job, and see that nothing of it stays. */
static inline void actor_end_job(struct __test_metadata *_metadata, struct actor *a)
{
	pid_t pid = a->pid;

	if (pid <= 0)
		return;
	actor_end(a);
	EXPECT_TRUE(ms_until(!ms_job_exists(pid)));
}

/* The job has so many pages more than at first, says the kernel, says memsusp. */
#define EXPECT_GROWN(pages) do {						\
	EXPECT_EQ(self->base + (pages), held_pages(self->a.pid));		\
	EXPECT_EQ(held_pages(self->a.pid), charged_pages(self->a.pid));		\
} while (0)

#endif /* CHARGE_H */
