// SPDX-License-Identifier: GPL-2.0-only
/* Suspensions and resumptions are uevents: what udev gets. */
#include "memsusp_node.h"

#include <linux/netlink.h>
#include <sys/socket.h>

/* A uevent: "change@/kernel/memsusp/jobs/7", and KEY=VALUE words, with NUL between. */
struct uevent {
	char text[4096];
	size_t len;
};

static const char *value(const struct uevent *e, const char *key)
{
	size_t at, n = strlen(key);

	for (at = 0; at < e->len; at += strlen(e->text + at) + 1)
		if (!strncmp(e->text + at, key, n) && e->text[at + n] == '=')
			return e->text + at + n + 1;
	return "";
}

FIXTURE(uevents) {
	struct actor a;
	pid_t pid;
	int fd;
	struct uevent e;
};

FIXTURE_SETUP(uevents)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ASSERT_EQ(0, ms_node_reset());
	self->a = actor_ready();
	self->pid = self->a.pid;
	self->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, bind(self->fd, (struct sockaddr *)&address, sizeof(address)));
	ASSERT_EQ(0, ms_write("register", "%d max name=some.job", self->pid));
}

FIXTURE_TEARDOWN(uevents)
{
	close(self->fd);
	ms_end_all();
	EXPECT_EQ(0, ms_node_reset());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
}

/* The next one of ours; others' are passed over. */
static bool next(int fd, struct uevent *e, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while (poll(&p, 1, timeout_ms) == 1) {
		n = recv(fd, e->text, sizeof(e->text) - 1, 0);
		if (n < 0)
			return false;
		e->text[n] = '\0';
		e->len = n;
		if (!strcmp(value(e, "SUBSYSTEM"), "memsusp"))
			return true;
	}
	return false;
}

#define EXPECT_UEVENT(event, why)						\
	do {									\
		char pid_[16];							\
		ASSERT_TRUE(next(self->fd, &self->e, GUARD_MS));		\
		snprintf(pid_, sizeof(pid_), "%d", self->pid);			\
		EXPECT_STREQ("change", value(&self->e, "ACTION"));		\
		EXPECT_STREQ(event, value(&self->e, "MEMSUSP_EVENT"));		\
		EXPECT_STREQ(pid_, value(&self->e, "MEMSUSP_PID"));		\
		EXPECT_STREQ("some.job", value(&self->e, "MEMSUSP_NAME"));	\
		EXPECT_STREQ(why, value(&self->e, "MEMSUSP_REASON"));		\
	} while (0)

TEST_F(uevents, a_suspension_and_a_resumption_by_hand)
{
	char path[128];

	snprintf(path, sizeof(path), "/kernel/memsusp/jobs/%d", self->pid);
	ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
	EXPECT_UEVENT("suspend", "user");
	EXPECT_STREQ(path, value(&self->e, "DEVPATH"));
	EXPECT_EQ(ms_job_number(self->pid, "charge"), atoll(value(&self->e, "MEMSUSP_CHARGE")));
	ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	EXPECT_UEVENT("resume", "user");
	EXPECT_FALSE(next(self->fd, &self->e, 50));
}

TEST_F(uevents, for_its_limit_and_for_the_nodes_sake)
{
	struct actor b;

	ASSERT_EQ(0, ms_leave_room(self->pid, 100));
	actor_send(&self->a, do_touch, 101);
	EXPECT_UEVENT("suspend", "limit");
	EXPECT_EQ(ms_job_number(self->pid, "charge"), atoll(value(&self->e, "MEMSUSP_CHARGE")));
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "max"));
	EXPECT_UEVENT("resume", "limit");
	ASSERT_EQ(101, actor_answer(&self->a));
	b = actor_ready();
	ASSERT_EQ(0, ms_write("register", "%d max priority=100", b.pid));
	ASSERT_EQ(0, ms_node_write("policy", "priority"));
	/* Who was resumed last goes last: so twice, and the other one first. */
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	ASSERT_EQ(0, ms_write("register", "%d max name=some.job", self->pid));
	ASSERT_EQ(0, ms_node_leave_room(-1));
	EXPECT_UEVENT("suspend", "node");
	ASSERT_EQ(0, ms_node_write("limit", "max"));
	EXPECT_UEVENT("resume", "node");
	EXPECT_FALSE(next(self->fd, &self->e, 50));
}

TEST_F(uevents, nothing_else_is_one)
{
	ASSERT_EQ(0, ms_job_write(self->pid, "limit", "1G"));
	ASSERT_EQ(0, ms_job_write(self->pid, "soft_limit", "%ld", PAGE));
	ASSERT_EQ(0, ms_node_write("limit", "1G"));
	ASSERT_EQ(0, ms_write("unregister", "%d", self->pid));
	EXPECT_FALSE(next(self->fd, &self->e, 100));
}

/* Many at once: none is lost as long as the socket holds them. */
TEST_F(uevents, all_come_and_in_their_order)
{
	int size = 4 * MIB, i;

	setsockopt(self->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, ms_write("suspend", "%d", self->pid));
		ASSERT_EQ(0, ms_write("resume", "%d", self->pid));
	}
	for (i = 0; i < 100; i++) {
		EXPECT_UEVENT("suspend", "user");
		EXPECT_UEVENT("resume", "user");
	}
	EXPECT_FALSE(next(self->fd, &self->e, 50));
}

TEST_HARNESS_MAIN
