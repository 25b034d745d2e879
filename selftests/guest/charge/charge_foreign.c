// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charge of memory that somebody else fills: the kernel on behalf of the
 * owner, another process, a thread of io_uring. It is the owner's in all cases.
 */
#include "charge.h"

#include <linux/io_uring.h>
#include <linux/loop.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define N	1000L

FIXTURE(foreign) {
	struct actor a;
	long base;
};

FIXTURE_SETUP(foreign)
{
	self->a = actor_new_job(_metadata, &self->base);
}

FIXTURE_TEARDOWN(foreign)
{
	actor_end_job(_metadata, &self->a);
}

/* An actor cannot be given pointers: where its region is, it must tell. */
static long do_tell_region(long argument)
{
	return (long)region;
}

/* Read N pages of a file into the region. */
static long read_file(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	ssize_t n = fd < 0 ? -errno : pread(fd, region, N * PAGE, 0);

	close(fd);
	return n;
}

static long do_read_zeroes(long argument)
{
	return read_file("/dev/zero", 0);
}

TEST_F(foreign, read_into_fresh_memory)
{
	EXPECT_EQ(N * PAGE, actor_call(&self->a, do_read_zeroes, 0));
	EXPECT_GROWN(N);
	EXPECT_EQ(N, touched_pages(self->a.pid));
	EXPECT_EQ(N * PAGE, actor_call(&self->a, do_read_zeroes, 0));
	EXPECT_GROWN(N);
}

static long do_read_direct(long nr)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/loop%ld", nr);
	return read_file(path, O_DIRECT);
}

/* A loop device of N pages that goes when it is closed; -1 if there is none. */
static int loop_open(long *nr)
{
	int memfd = memfd_create("loop", MFD_CLOEXEC);
	int ctl, fd = -1;
	char path[32];

	/* It may be built in, or not exist: that shows soon enough. */
	(void)!system("modprobe -q loop");
	ctl = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	*nr = ctl < 0 ? -1 : ioctl(ctl, LOOP_CTL_GET_FREE);
	if (*nr >= 0) {
		struct loop_info64 info = { .lo_flags = LO_FLAGS_AUTOCLEAR };

		snprintf(path, sizeof(path), "/dev/loop%ld", *nr);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (ftruncate(memfd, N * PAGE) || ioctl(fd, LOOP_SET_FD, memfd) ||
		    ioctl(fd, LOOP_SET_STATUS64, &info)) {
			close(fd);
			fd = -1;
		}
	}
	close(ctl);
	close(memfd);
	return fd;
}

TEST_F(foreign, direct_io_into_fresh_memory)
{
	long nr;
	int fd = loop_open(&nr);

	if (fd < 0)
		SKIP(return, "no loop device to read from");
	EXPECT_EQ(N * PAGE, actor_call(&self->a, do_read_direct, nr));
	EXPECT_GROWN(N);
	close(fd);
}

/* The least of io_uring: one request, waited for. */
static long uring_read(int ring, struct io_uring_params *p, int fd)
{
	size_t size = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	char *rings;

	if (size < p->sq_off.array + p->sq_entries * sizeof(__u32))
		size = p->sq_off.array + p->sq_entries * sizeof(__u32);
	rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		     ring, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, p->sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	if (rings == MAP_FAILED || sqe == MAP_FAILED)
		return -errno;
	/* By a worker thread of the kernel, not by the caller itself. */
	*sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.flags = IOSQE_ASYNC,
		.fd = fd,
		.addr = (unsigned long)region,
		.len = N * PAGE,
	};
	*(__u32 *)(rings + p->sq_off.array) = 0;
	__atomic_store_n((__u32 *)(rings + p->sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	cqe = (struct io_uring_cqe *)(rings + p->cq_off.cqes);
	return cqe->res;
}

static long do_uring_read(long argument)
{
	struct io_uring_params p = { 0 };
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int ring = syscall(SYS_io_uring_setup, 1, &p);
	long n = ring < 0 ? -errno : uring_read(ring, &p, fd);

	close(ring);
	close(fd);
	return n;
}

TEST_F(foreign, io_uring_reads_into_fresh_memory)
{
	long n = actor_call(&self->a, do_uring_read, 0);

	if (n == -ENOSYS || n == -EPERM)
		SKIP(return, "io_uring is not to be had");
	EXPECT_EQ(N * PAGE, n);
	EXPECT_GROWN(N);
}

static long do_splice(long to_pipe)
{
	struct iovec iov = { region, 16 * PAGE };
	int pipes[2];
	long n;

	if (pipe(pipes))
		return -errno;
	if (!to_pipe) {
		/* What is in the pipe is the zero page, and copied out. */
		static const char zeroes[4096];

		write(pipes[1], zeroes, sizeof(zeroes));
		iov.iov_len = PAGE;
	}
	n = vmsplice(pipes[to_pipe], &iov, 1, 0);
	close(pipes[0]);
	close(pipes[1]);
	return n;
}

TEST_F(foreign, vmsplice_takes_the_zero_page_and_fills_fresh_memory)
{
	/* Pages that were never written are only read. */
	EXPECT_EQ(16 * PAGE, actor_call(&self->a, do_splice, 1));
	EXPECT_GROWN(0);
	EXPECT_LT(0, actor_call(&self->a, do_splice, 0));
	EXPECT_GROWN(1);
}

TEST_F(foreign, process_vm_writev_by_another_process)
{
	char *buf = calloc(N, PAGE);
	struct iovec from = { buf, N * PAGE };
	struct iovec to = { (void *)actor_call(&self->a, do_tell_region, 0), N * PAGE };

	EXPECT_EQ(N * PAGE, process_vm_writev(self->a.pid, &from, 1, &to, 1, 0));
	EXPECT_GROWN(N);
	free(buf);
}

static long write_memory(pid_t pid, unsigned long where, long pages)
{
	char path[64], *buf = calloc(pages, PAGE);
	long n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	n = pwrite(fd, buf, pages * PAGE, where);
	close(fd);
	free(buf);
	return n / PAGE;
}

TEST_F(foreign, writing_to_proc_mem)
{
	unsigned long where = actor_call(&self->a, do_tell_region, 0);

	EXPECT_EQ(N, write_memory(self->a.pid, where, N));
	EXPECT_GROWN(N);
	EXPECT_EQ(N, touched_pages(self->a.pid));
}

TEST_F(foreign, writing_to_proc_mem_stops_the_owner_at_its_limit)
{
	unsigned long where = actor_call(&self->a, do_tell_region, 0);

	ASSERT_EQ(0, ms_job_write(self->a.pid, "limit", "%ld", (self->base + N) * PAGE));
	EXPECT_EQ(N, write_memory(self->a.pid, where, N));
	EXPECT_TRUE(ms_job_is(self->a.pid, "state", "running"));
	EXPECT_EQ(1, write_memory(self->a.pid, where + N * PAGE, 1));
	EXPECT_TRUE(ms_until_state(self->a.pid, "suspended"));
	EXPECT_TRUE(ms_until(ms_process_state(self->a.pid) == 'T'));
	EXPECT_GROWN(N + 1);
}

TEST_F(foreign, ptrace_pokes_count_also_in_the_program_text)
{
	unsigned long where = actor_call(&self->a, do_tell_region, 0);
	unsigned long text = (unsigned long)do_tell_region;
	int status;
	long i;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->a.pid, NULL, NULL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->a.pid, NULL, NULL));
	ASSERT_EQ(self->a.pid, waitpid(self->a.pid, &status, 0));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, self->a.pid, where + i * PAGE, 1L));
	EXPECT_GROWN(10);
	/* As a debugger sets a breakpoint: a private copy of a file's page. */
	EXPECT_EQ(0, ptrace(PTRACE_POKETEXT, self->a.pid, text,
			    ptrace(PTRACE_PEEKTEXT, self->a.pid, text, NULL)));
	EXPECT_GROWN(11);
	EXPECT_EQ(0, ptrace(PTRACE_DETACH, self->a.pid, NULL, NULL));
}

/* A userfaultfd on the first N pages of the region. */
static int uffd_open(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (unsigned long)region, N * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &reg))
		return fd;
	close(fd);
	return -1;
}

/* Fill them with copies of a page that is touched already, or of nothing. */
static long do_uffd_copy(long argument)
{
	int fd = uffd_open();
	long i, n = 0;

	for (i = 0; i < N; i++) {
		struct uffdio_copy copy = {
			.dst = (unsigned long)region + i * PAGE,
			.src = (unsigned long)do_uffd_copy & -PAGE,
			.len = PAGE,
		};

		n += !ioctl(fd, UFFDIO_COPY, &copy);
	}
	close(fd);
	return fd < 0 ? fd : n;
}

static long do_uffd_zeropage(long argument)
{
	struct uffdio_zeropage zero = {
		.range = { (unsigned long)region, N * PAGE },
	};
	int fd = uffd_open();
	long n = ioctl(fd, UFFDIO_ZEROPAGE, &zero) ? -errno : zero.zeropage;

	close(fd);
	return fd < 0 ? fd : n;
}

TEST_F(foreign, userfaultfd_copies_count)
{
	long n = actor_call(&self->a, do_uffd_copy, 0);

	if (n < 0)
		SKIP(return, "no userfaultfd");
	EXPECT_EQ(N, n);
	EXPECT_GROWN(N);
}

TEST_F(foreign, userfaultfd_zeropages_do_not_count_until_written)
{
	long n = actor_call(&self->a, do_uffd_zeropage, 0);

	if (n < 0)
		SKIP(return, "no userfaultfd");
	EXPECT_EQ(N * PAGE, n);
	EXPECT_GROWN(0);
	actor_call(&self->a, do_touch, N / 2);
	EXPECT_GROWN(N / 2);
}

/* From Linux 6.8 on; not in older headers. */
struct uffd_move {
	__u64 dst;
	__u64 src;
	__u64 len;
	__u64 mode;
	__s64 move;
};

#define UFFD_MOVE		_IOWR(UFFDIO, 0x05, struct uffd_move)
#define UFFD_FEATURE_MOVE	(1ULL << 16)

/* Touch the N pages after the first N, and move them to where those are missing. */
static long do_uffd_move(long argument)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_MOVE };
	struct uffdio_register reg = {
		.range = { (unsigned long)region, N * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffd_move move = {
		.dst = (unsigned long)region,
		.src = (unsigned long)region + N * PAGE,
		.len = N * PAGE,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	long i, n = -1;

	for (i = N; i < 2 * N; i++)
		region[i * PAGE] = 1;
	if (!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &reg))
		n = ioctl(fd, UFFD_MOVE, &move) ? -errno : move.move;
	close(fd);
	return n;
}

TEST_F(foreign, userfaultfd_moves_are_no_touch)
{
	long n = actor_call(&self->a, do_uffd_move, 0);

	if (n == -1)
		SKIP(return, "no UFFDIO_MOVE before Linux 6.8");
	EXPECT_EQ(N * PAGE, n);
	EXPECT_GROWN(N);
}

TEST_HARNESS_MAIN
