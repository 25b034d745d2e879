// SPDX-License-Identifier: GPL-2.0-only
/* Who reads /proc/memsusp/events gets what is there, waits for more, and misses nothing unseen. */
#include "memsusp_events.h"

#include <grp.h>
#include <sys/epoll.h>
#include <sys/select.h>

FIXTURE(readers) {
	int fd;
	struct event e;
};

FIXTURE_SETUP(readers)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	self->fd = events_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_LE(0, events_skip(self->fd));
}

FIXTURE_TEARDOWN(readers)
{
	close(self->fd);
	ms_end_all();
}

TEST_F(readers, a_new_one_gets_what_is_retained)
{
	long long first;
	int fd, i;

	ASSERT_EQ(0, events_make(RETAINED + 100));
	fd = events_open(O_NONBLOCK);
	ASSERT_TRUE(event_next(fd, &self->e));
	first = self->e.seq;
	EXPECT_STREQ("node", self->e.event);
	for (i = 1; readable(fd, 0); i++) {
		ASSERT_TRUE(event_next(fd, &self->e));
		ASSERT_EQ(first + i, self->e.seq);
	}
	EXPECT_LE(RETAINED, i);
	/* The last one is that which was made last. */
	ASSERT_EQ(0, events_make(1));
	ASSERT_TRUE(event_next(fd, &self->e));
	EXPECT_EQ(first + i, self->e.seq);
	close(fd);
}

/* A child that reads once and tells with its exit status whether it got a whole line. */
static pid_t blocked_reader(int fd)
{
	char buf[512];
	pid_t pid = fork();
	ssize_t n;

	if (pid)
		return pid;
	n = read(fd, buf, sizeof(buf));
	_exit(n > 0 && buf[n - 1] == '\n' ? 0 : n < 0 ? errno : 255);
}

static bool is_blocked(pid_t pid)
{
	return ms_until(ms_process_state(pid) == 'S') &&
	       ms_stays(ms_process_state(pid) == 'S' && !waitpid(pid, NULL, WNOHANG));
}

static int status_of(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(readers, with_nothing_to_read_one_waits_for_more)
{
	pid_t pid = blocked_reader(self->fd);

	ASSERT_TRUE(is_blocked(pid));
	ASSERT_EQ(0, events_make(1));
	EXPECT_EQ(0, status_of(pid));
}

static void on_signal(int sig)
{
}

TEST_F(readers, a_signal_ends_the_wait)
{
	struct sigaction action = { .sa_handler = on_signal };
	pid_t pid;

	sigaction(SIGUSR1, &action, NULL);
	pid = blocked_reader(self->fd);
	ASSERT_TRUE(is_blocked(pid));
	kill(pid, SIGUSR1);
	EXPECT_EQ(EINTR, status_of(pid));
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	pid = blocked_reader(self->fd);
	ASSERT_TRUE(is_blocked(pid));
	kill(pid, SIGUSR1);
	ASSERT_TRUE(is_blocked(pid));
	ASSERT_EQ(0, events_make(1));
	EXPECT_EQ(0, status_of(pid));
}

TEST_F(readers, with_o_nonblock_there_is_eagain)
{
	int fd = events_open(O_NONBLOCK);
	char buf[512];

	events_skip(fd);
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, events_make(1));
	EXPECT_LT(0, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	close(fd);
}

TEST_F(readers, all_get_the_same_each_at_its_own_pace)
{
	int fds[16], i, n;
	struct event e;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = events_open(0);
		ASSERT_LE(0, events_skip(fds[i]));
	}
	ASSERT_EQ(0, events_make(50));
	for (n = 0; n < 50; n++) {
		ASSERT_TRUE(event_next(self->fd, &self->e));
		for (i = 0; i < ARRAY_SIZE(fds); i += 2) {
			ASSERT_TRUE(event_next(fds[i], &e));
			ASSERT_STREQ(self->e.line, e.line);
		}
	}
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(i % 2 ? 50 : 0, events_skip(fds[i]));
		close(fds[i]);
	}
}

/* Several processes with one open file share what is read, and no line is torn. */
TEST_F(readers, who_share_an_open_file_share_its_lines)
{
	int pipes[2], i, lines = 0;
	char buf[512];
	FILE *f;

	ASSERT_EQ(0, pipe(pipes));
	for (i = 0; i < 4; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			ssize_t n = read(self->fd, buf, 250);

			if (n <= 0 || write(pipes[1], buf, n) != n)
				_exit(1);
		}
	}
	ASSERT_EQ(0, events_make(200));
	f = fdopen(pipes[0], "r");
	for (lines = 0; lines < 200; lines++) {
		ASSERT_NE(NULL, fgets(buf, sizeof(buf), f));
		EXPECT_EQ(0, strncmp(buf, "seq=", 4));
		EXPECT_EQ('\n', buf[strlen(buf) - 1]);
		EXPECT_EQ(NULL, strstr(buf + 1, "seq="));
	}
	EXPECT_FALSE(readable(pipes[0], 50));
}

TEST_F(readers, small_buffers_get_lines_in_pieces_and_large_ones_whole_lines)
{
	static const int sizes[] = { 1, 2, 3, 7, 31, 64, 100, 511, 1000, 4096, 65536 };
	static char whole[65536], pieces[65536], buf[65536];
	unsigned int i;
	size_t len;
	int fd;

	ASSERT_EQ(0, events_make(20));
	len = read(self->fd, whole, sizeof(whole));
	ASSERT_LT(20 * 50, len);
	EXPECT_EQ('\n', whole[len - 1]);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t got = 0, n, line;

		fd = events_open(O_NONBLOCK);
		/* What is retained from before is not looked at. */
		while ((n = read(fd, buf, sizes[i])) != (size_t)-1) {
			ASSERT_LT(0, n);
			ASSERT_GE(sizes[i], n);
			line = strcspn(buf, "\n") + 1;
			/* A piece only where not even one line fits. */
			if (line <= n && sizes[i] > 511)
				EXPECT_EQ('\n', buf[n - 1]);
			if (got + n > sizeof(pieces)) {
				memmove(pieces, pieces + n, sizeof(pieces) - n);
				got = sizeof(pieces) - n;
			}
			memcpy(pieces + got, buf, n);
			got += n;
		}
		EXPECT_EQ(EAGAIN, errno);
		ASSERT_LE(len, got);
		EXPECT_EQ(0, memcmp(whole, pieces + got - len, len));
		close(fd);
	}
}

TEST_F(readers, poll_select_and_epoll_tell_when_there_is_something)
{
	struct epoll_event event = { .events = EPOLLIN }, edge = { .events = EPOLLIN | EPOLLET };
	int level_ep = epoll_create1(0), edge_ep = epoll_create1(0), i;
	struct timeval none = { };
	fd_set set;

	ASSERT_EQ(0, epoll_ctl(level_ep, EPOLL_CTL_ADD, self->fd, &event));
	ASSERT_EQ(0, epoll_ctl(edge_ep, EPOLL_CTL_ADD, self->fd, &edge));
	for (i = 0; i < 3; i++) {
		EXPECT_FALSE(readable(self->fd, 0));
		EXPECT_EQ(0, epoll_wait(level_ep, &event, 1, 0));
		EXPECT_EQ(0, epoll_wait(edge_ep, &event, 1, 0));
		ASSERT_EQ(0, events_make(1));
		EXPECT_TRUE(readable(self->fd, GUARD_MS));
		FD_ZERO(&set);
		FD_SET(self->fd, &set);
		EXPECT_EQ(1, select(self->fd + 1, &set, NULL, NULL, &none));
		EXPECT_EQ(1, epoll_wait(level_ep, &event, 1, GUARD_MS));
		EXPECT_EQ(1, epoll_wait(level_ep, &event, 1, 0));
		EXPECT_EQ(1, epoll_wait(edge_ep, &event, 1, GUARD_MS));
		EXPECT_EQ(0, epoll_wait(edge_ep, &event, 1, 0));
		ASSERT_TRUE(event_next(self->fd, &self->e));
	}
	close(level_ep);
	close(edge_ep);
}

TEST_F(readers, poll_tells_of_half_a_line_too)
{
	char c;

	ASSERT_EQ(0, events_make(1));
	ASSERT_EQ(1, read(self->fd, &c, 1));
	EXPECT_TRUE(readable(self->fd, 0));
	ASSERT_TRUE(event_next(self->fd, &self->e));
	EXPECT_FALSE(readable(self->fd, 0));
}

TEST_F(readers, who_falls_behind_is_told_how_many_were_lost)
{
	long long before = ms_stat("events_lost"), last;
	int i, more = 500;

	ASSERT_EQ(0, events_make(1));
	ASSERT_TRUE(event_next(self->fd, &self->e));
	last = self->e.seq;
	ASSERT_EQ(0, events_make(RETAINED + more));
	ASSERT_TRUE(event_next(self->fd, &self->e));
	EXPECT_STREQ("lost", self->e.event);
	EXPECT_LT(0, self->e.count);
	EXPECT_GE(more, self->e.count);
	EXPECT_EQ(last + self->e.count, self->e.seq);
	EXPECT_EQ(before + self->e.count, ms_stat("events_lost"));
	/* What is left follows without a gap. */
	last = self->e.seq;
	for (i = 0; i < RETAINED + more - self->e.count; i++) {
		struct event e;

		ASSERT_TRUE(event_next(self->fd, &e));
		ASSERT_EQ(++last, e.seq);
		ASSERT_STREQ("node", e.event);
	}
	EXPECT_FALSE(readable(self->fd, 0));
}

TEST_F(readers, losing_in_the_middle_of_a_line_does_not_tear_it)
{
	char line[512] = "";

	ASSERT_EQ(0, events_make(2));
	ASSERT_EQ(10, read(self->fd, line, 10));
	ASSERT_EQ(0, events_make(RETAINED + 10));
	ASSERT_TRUE(event_next(self->fd, &self->e));
	strcat(line, self->e.line);
	event_parse(&self->e, line);
	EXPECT_STREQ("node", self->e.event);
	ASSERT_TRUE(event_next(self->fd, &self->e));
	EXPECT_STREQ("lost", self->e.event);
	EXPECT_LE(1, self->e.count);
}

TEST_F(readers, it_can_be_read_by_everybody_but_not_written_nor_sought)
{
	gid_t none = 65534;
	int status, fd;
	pid_t pid;

	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, open(MEMSUSP_PROC "/events", O_WRONLY | O_TRUNC) < 0 ?
		      -1 : write(open(MEMSUSP_PROC "/events", O_WRONLY), "x", 1));
	ASSERT_EQ(0, events_make(1));
	pid = fork();
	if (!pid) {
		if (setgroups(0, NULL) || setresgid(none, none, none) ||
		    setresuid(65534, 65534, 65534))
			_exit(1);
		fd = events_open(0);
		_exit(fd >= 0 && event_next(fd, &self->e) ? 0 : 2);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Read so many events; tell with the exit status whether they were whole and in order. */
static void read_in_order(int events, int nap_ms)
{
	long long last = -1;
	char line[512];
	struct event e;
	int fd = events_open(0);
	FILE *f;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	events_skip(fd);
	f = fdopen(fd, "r");
	while (events--) {
		if (nap_ms && events % 100 == 50)
			ms_sleep(nap_ms);
		if (!fgets(line, sizeof(line), f) || line[strlen(line) - 1] != '\n')
			_exit(1);
		event_parse(&e, line);
		if (last >= 0 && e.seq != last + (strcmp(e.event, "lost") ? 1 : e.count))
			_exit(2);
		last = e.seq;
	}
	_exit(0);
}

/* The last reader is so slow that it loses some. */
TEST_F(readers, under_load_nothing_is_torn_or_out_of_order)
{
	pid_t readers[4];
	int i, status;

	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		readers[i] = fork();
		if (!readers[i])
			read_in_order(1000, i == ARRAY_SIZE(readers) - 1 ? 200 : 0);
	}
	for (i = 0; i < 2; i++) {
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				events_make(1);
		}
	}
	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		ASSERT_EQ(readers[i], waitpid(readers[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

TEST_HARNESS_MAIN
