// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module goes while others read, poll or are about to poll its events. To be
 * run last, as unload.
 */
#include "memsusp_events.h"
#include "memsusp_module.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <linux/aio_abi.h>

#define ROUNDS	5
#define WAITERS	3

/* What is waited with. All return when the module goes. */

static void wait_read(int fd)
{
	char buf[512];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

static void poll_for(int fd, short events)
{
	struct pollfd p[] = { { .fd = fd, .events = events }, { .fd = fd, .events = events } };

	poll(p, 2, -1);
}

static void wait_poll(int fd)
{
	poll_for(fd, POLLIN);
}

/* Not for anything that could be read: only the end is an event for it. */
static void wait_poll_nothing(int fd)
{
	poll_for(fd, 0);
}

static void wait_poll_pri(int fd)
{
	poll_for(fd, POLLPRI);
}

static void wait_select_except(int fd)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	select(fd + 1, NULL, NULL, &set, NULL);
}

static void wait_epoll_as(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
	/* The file is taken from epoll's list silently. */
	epoll_wait(ep, &event, 1, 500);
	close(ep);
}

static void wait_epoll(int fd)
{
	wait_epoll_as(fd, EPOLLIN);
}

static void wait_epoll_exclusive(int fd)
{
	wait_epoll_as(fd, EPOLLIN | EPOLLEXCLUSIVE);
}

static void wait_epoll_nothing(int fd)
{
	wait_epoll_as(fd, 0);
}

static void wait_aio(int fd)
{
	struct timespec timeout = { .tv_nsec = 500000000 };
	struct iocb iocb = {
		.aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_POLL, .aio_buf = POLLIN,
	}, *iocbs[] = { &iocb };
	struct io_event event;
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 1, &context))
		return;
	if (syscall(SYS_io_submit, context, 1, iocbs) == 1)
		syscall(SYS_io_getevents, context, 1, 1, &event, &timeout);
	syscall(SYS_io_destroy, context);
}

FIXTURE(gone) {
	pid_t waiters[WAITERS];
};

FIXTURE_VARIANT(gone) {
	void (*wait)(int fd);
};

FIXTURE_VARIANT_ADD(gone, read) { wait_read };
FIXTURE_VARIANT_ADD(gone, poll) { wait_poll };
FIXTURE_VARIANT_ADD(gone, poll_nothing) { wait_poll_nothing };
FIXTURE_VARIANT_ADD(gone, poll_pri) { wait_poll_pri };
FIXTURE_VARIANT_ADD(gone, select_except) { wait_select_except };
FIXTURE_VARIANT_ADD(gone, epoll) { wait_epoll };
FIXTURE_VARIANT_ADD(gone, epoll_exclusive) { wait_epoll_exclusive };
FIXTURE_VARIANT_ADD(gone, epoll_nothing) { wait_epoll_nothing };
FIXTURE_VARIANT_ADD(gone, aio) { wait_aio };

FIXTURE_SETUP(gone)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!module_is_at_hand())
		SKIP(_exit(255), "MEMSUSP_KO does not tell where the module is");
	ASSERT_TRUE(module_is_loaded() || !module_load(""));
}

FIXTURE_TEARDOWN(gone)
{
	ms_end_all();
	EXPECT_TRUE(module_is_loaded() || !module_load(""));
}

/* Have somebody read what is there, and then wait; again and again, if @forever. */
static pid_t waiter_new(void (*wait)(int), bool forever)
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	do {
		fd = events_open(0);
		if (fd < 0)
			continue;
		events_skip(fd);
		wait(fd);
		close(fd);
	} while (forever);
	_exit(0);
}

/* In another thread, because there is no time limit on it. */
static void *unload(void *result)
{
	*(int *)result = module_unload();
	return NULL;
}

static int unload_or_hang(void)
{
	int result = 1;
	pthread_t thread;
	struct timespec t;

	if (pthread_create(&thread, NULL, unload, &result))
		return -EAGAIN;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += GUARD_MS / 1000;
	return pthread_timedjoin_np(thread, NULL, &t) ? -ETIMEDOUT : result;
}

/* Some wait only for half a second. */
static bool waits_or_has_waited(pid_t pid)
{
	char state = ms_process_state(pid);

	return state == 'S' || state == 'Z';
}

TEST_F_TIMEOUT(gone, while_others_wait_and_they_are_let_go, 120)
{
	int round, i, status;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < WAITERS; i++)
			self->waiters[i] = waiter_new(variant->wait, false);
		for (i = 0; i < WAITERS; i++)
			ASSERT_TRUE(ms_until(waits_or_has_waited(self->waiters[i])));
		/* As a rule they have got there by then; nothing depends on it. */
		ms_sleep(20);
		ASSERT_EQ(0, unload_or_hang());
		EXPECT_FALSE(module_is_loaded());
		for (i = 0; i < WAITERS; i++) {
			EXPECT_EQ(self->waiters[i], waitpid(self->waiters[i], &status, 0));
			EXPECT_EQ(0, status);
		}
		ASSERT_EQ(0, module_load(""));
	}
}

/* At any moment: they come and go, and events are made. */
TEST_F_TIMEOUT(gone, while_others_begin_to_wait, 120)
{
	int round, i;

	for (i = 0; i < WAITERS; i++)
		self->waiters[i] = waiter_new(variant->wait, true);
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, events_make(10));
		ms_sleep(round);
		ASSERT_EQ(0, unload_or_hang());
		ASSERT_EQ(0, module_load(""));
	}
}

TEST_F(gone, whoever_has_it_open_reads_nothing_any_more)
{
	char buf[64];
	int fd = events_open(0);

	ASSERT_EQ(0, events_make(3));
	ASSERT_TRUE(readable(fd, 0));
	ASSERT_EQ(10, read(fd, buf, 10));
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	close(fd);
}

TEST_HARNESS_MAIN
