// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are pinned for a device are not shared with a child but copied, while fork
 * is under way: the job holds them twice, and is charged twice.
 */
#include "charge.h"
#include "memsusp_job.h"

#include <linux/io_uring.h>

#define N	4000L

/* Pin the first pages of the region, as buffers that are registered with io_uring. */
static long do_pin(long pages)
{
	struct iovec buffer = { .iov_base = region, .iov_len = pages * PAGE };
	struct io_uring_params params = { 0 };
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		return -errno;
	return syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1) ?
	       -errno : 0;
}

/* So many children that wait for their end. */
static long do_fork(long children)
{
	while (children--) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	return 0;
}

/* What it holds with its children, each page once, beyond what it held at first. */
static long distinct_of_family(pid_t pid, int children)
{
	char path[64], buf[256], *next = buf;
	pid_t family[8] = { pid };
	int i;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	if (ms_read_at(path, buf, sizeof(buf)))
		return -1;
	for (i = 1; i <= children; i++)
		family[i] = strtol(next, &next, 10);
	return distinct_pages(family, children + 1);
}

TEST_F(job, what_fork_copies_because_it_is_pinned_is_charged)
{
	long err, held, charge;

	ASSERT_EQ(N, actor_call(&self->a, do_touch, N));
	err = actor_call(&self->a, do_pin, N);
	if (err == -ENOSYS || err == -EPERM)
		SKIP(return, "io_uring is not to be had");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, actor_call(&self->a, do_fork, 3));
	held = distinct_of_family(self->pid, 3);
	charge = ms_charge(self->pid);
	TH_LOG("%ld pages held, %ld charged", held, charge);
	EXPECT_LE(4 * N, charge);
	EXPECT_GE(64, labs(held - charge));
	EXPECT_EQ(0, ms_stat("touches_unseen"));
}

TEST_F(job, its_limit_holds_for_what_fork_copies)
{
	long err;

	ASSERT_EQ(N, actor_call(&self->a, do_touch, N));
	err = actor_call(&self->a, do_pin, N);
	if (err == -ENOSYS || err == -EPERM)
		SKIP(return, "io_uring is not to be had");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, ms_leave_room(self->pid, N + N / 2));
	actor_send(&self->a, do_fork, 3);
	EXPECT_TRUE(ms_until_stopped(self->pid, self->pid));
	EXPECT_TRUE(ms_job_is(self->pid, "reason", "limit"));
}

TEST_HARNESS_MAIN
