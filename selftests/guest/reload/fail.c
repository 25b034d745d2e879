// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory runs out in the middle: each operation is repeated with its first, its
 * second, ... allocation failing, until it needs no more. It succeeds or says that
 * there is no memory, and then nothing has changed. What is lost on the way the
 * runner's look for leaks finds.
 *
 * Needs a kernel that can inject faults: a debug kernel. There the copying of what
 * users write and read fails as well, which is EFAULT.
 */
#include "memsusp_module.h"
#include "memsusp_tree.h"

#include <dirent.h>

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"

/* Loading needs so many allocations that a slow machine tries only some of them. */
#define ENOUGH_S	300

static int put(const char *path, const char *word)
{
	return ms_write_at(path, word, strlen(word));
}

/* Fail where the caller may sleep, too, for single pages, and without a word. */
static bool can_inject(void)
{
	put(DEBUGFS "failslab/verbose", "0");
	put(DEBUGFS "fail_usercopy/verbose", "0");
	put(DEBUGFS "fail_page_alloc/verbose", "0");
	put(DEBUGFS "fail_page_alloc/min-order", "0");
	put(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N");
	put(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N");
	return !put(DEBUGFS "failslab/ignore-gfp-wait", "N") && !access(FAIL_NTH, W_OK);
}

static int nth = -1;

/* Have the n-th allocation of this thread from now on fail. */
static void begin(long n)
{
	char word[16];

	if (nth < 0)
		nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	snprintf(word, sizeof(word), "%ld", n);
	if (pwrite(nth, word, strlen(word), 0) < 0)
		abort();
}

/* Returns how many more allocations there would have had to be; 0: it has failed. */
static long end(void)
{
	char word[32] = "1";
	ssize_t n = pread(nth, word, sizeof(word) - 1, 0);

	/* It may be this that fails; then there is nothing to fail any more. */
	if (pwrite(nth, "0", 1, 0) != 1 && pwrite(nth, "0", 1, 0) != 1)
		abort();
	/* It was this read that failed. */
	if (n < 0)
		return 1;
	word[n] = '\0';
	return atol(word);
}

static bool is_no_memory(int err)
{
	return err == -ENOMEM || err == -EFAULT;
}

struct attempt {
	long n;		/* which allocation fails */
	long left;	/* there would have had to be more: it was the last attempt */
	int err;	/* what the operation said */
};

static struct attempt *first(struct attempt *t)
{
	*t = (struct attempt){ 0 };
	return t;
}

static bool before(struct attempt *t)
{
	if (t->left)
		return false;
	begin(++t->n);
	return true;
}

static bool after(struct attempt *t, int err)
{
	t->left = end();
	t->err = err;
	return true;
}

/*
 * For each attempt at OPERATION, an expression that is 0 or a negative errno. The
 * body looks at what is true afterwards.
 */
#define each_allocation(t, operation) \
	for (struct attempt *t_ = first(t); before(t_) && after(t_, operation);)

/* Whether it said, for good reason, that it could not. */
static bool failed(struct __test_metadata *_metadata, const struct attempt *t)
{
	if (t->left) {
		EXPECT_EQ(0, t->err);
		TH_LOG("%ld allocations", t->n - 1);
	} else if (t->err) {
		if (!is_no_memory(t->err))
			TH_LOG("allocation %ld: %d", t->n, t->err);
		EXPECT_TRUE(is_no_memory(t->err));
	}
	return t->err;
}

FIXTURE(fail) {
	struct actor a;
	pid_t pid;
};

FIXTURE_SETUP(fail)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!can_inject())
		SKIP(_exit(255), "this kernel cannot inject faults");
	self->a = actor_ready();
	self->pid = self->a.pid;
}

FIXTURE_TEARDOWN(fail)
{
	ms_end_all();
	EXPECT_TRUE(module_is_loaded());
	EXPECT_TRUE(ms_until(ms_stat("jobs") == 0));
	EXPECT_TRUE(ms_until(!ms_job_exists(self->pid)));
	EXPECT_EQ(0, ms_stat("forks_missed"));
}

/* It is a job like any other: it stops at its limit, and goes on. */
static bool works(struct actor *a)
{
	bool good;

	if (ms_leave_room(a->pid, 10))
		return false;
	actor_send(a, do_touch, 20);
	good = ms_until_stopped(a->pid, a->pid) && ms_overshoot(a->pid) == 1;
	good &= !ms_write("resume", "%d max", a->pid) && actor_answer(a) == 20;
	return actor_call(a, do_free, 20) == 0 && good;
}

static bool is_unknown(pid_t pid)
{
	return !ms_job_exists(pid) && ms_stat("jobs") == 0;
}

TEST_F_TIMEOUT(fail, registering_the_first_job, 300)
{
	struct attempt t;

	each_allocation(&t, ms_write("register", "%d 1G name=first", self->pid)) {
		if (!failed(_metadata, &t))
			EXPECT_EQ(0, ms_write("unregister", "%d", self->pid));
		EXPECT_TRUE(is_unknown(self->pid));
	}
	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	EXPECT_TRUE(works(&self->a));
}

TEST_F_TIMEOUT(fail, registering_one_more_job, 300)
{
	struct actor other = actor_ready();
	struct attempt t;

	ASSERT_EQ(0, ms_write("register", "%d 1G", other.pid));
	each_allocation(&t, ms_write("register", "%d 1G", self->pid)) {
		if (!failed(_metadata, &t))
			EXPECT_EQ(0, ms_write("unregister", "%d", self->pid));
		EXPECT_EQ(1, ms_stat("jobs"));
		EXPECT_FALSE(ms_job_exists(self->pid));
	}
	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	EXPECT_TRUE(works(&self->a));
	EXPECT_TRUE(works(&other));
}

TEST_F_TIMEOUT(fail, registering_a_member_of_a_job, 300)
{
	struct actor child;
	struct attempt t;

	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	child = actor_child(&self->a, do_fork);
	ASSERT_LT(0, child.pid);
	each_allocation(&t, ms_write("register", "%d 1G", child.pid)) {
		if (failed(_metadata, &t)) {
			EXPECT_EQ(2, ms_processes(self->pid));
			EXPECT_EQ(1, ms_stat("jobs"));
			continue;
		}
		EXPECT_EQ(1, ms_processes(self->pid));
		/* Once out of the job, it is no member any more. */
		EXPECT_EQ(0, ms_write("unregister", "%d", child.pid));
		actor_end(&child);
		child = actor_child(&self->a, do_fork);
	}
	EXPECT_TRUE(works(&self->a));
}

TEST_F_TIMEOUT(fail, unregistering, 300)
{
	struct attempt t;

	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	each_allocation(&t, ms_write("unregister", "%d", self->pid)) {
		if (failed(_metadata, &t)) {
			EXPECT_TRUE(ms_is_running(self->pid));
			continue;
		}
		EXPECT_TRUE(is_unknown(self->pid));
		EXPECT_EQ(0, ms_write("register", "%d 1G", self->pid));
	}
	EXPECT_TRUE(works(&self->a));
}

TEST_F_TIMEOUT(fail, suspending, 300)
{
	pid_t pid = self->pid;
	struct attempt t;

	ASSERT_EQ(0, ms_write("register", "%d 1G", pid));
	each_allocation(&t, ms_write("suspend", "%d", pid)) {
		if (failed(_metadata, &t)) {
			EXPECT_TRUE(ms_is_running(pid));
			continue;
		}
		EXPECT_TRUE(ms_until_stopped(pid, pid));
		EXPECT_EQ(0, ms_write("resume", "%d", pid));
	}
	EXPECT_TRUE(works(&self->a));
}

TEST_F_TIMEOUT(fail, resuming_with_a_new_limit, 300)
{
	pid_t pid = self->pid;
	struct attempt t;

	ASSERT_EQ(0, ms_write("register", "%d 1G", pid));
	ASSERT_EQ(0, ms_write("suspend", "%d", pid));
	each_allocation(&t, ms_write("resume", "%d 2G", pid)) {
		if (failed(_metadata, &t)) {
			EXPECT_TRUE(ms_job_is(pid, "state", "suspended"));
			EXPECT_EQ(1L << 30, ms_job_number(pid, "limit"));
			continue;
		}
		EXPECT_TRUE(ms_is_running(pid));
		EXPECT_EQ(0, ms_job_write(pid, "limit", "1G"));
		EXPECT_EQ(0, ms_write("suspend", "%d", pid));
	}
	ASSERT_EQ(0, ms_write("resume", "%d", pid));
	EXPECT_TRUE(works(&self->a));
}

static int read_all(const char *path)
{
	static char buf[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0);
	err = n < 0 && errno != EAGAIN ? -errno : 0;
	close(fd);
	return err;
}

static void read_directory(struct __test_metadata *_metadata, const char *path)
{
	struct dirent *entry;
	struct attempt t;
	char file[512];
	DIR *dir = opendir(path);

	ASSERT_TRUE(dir);
	while ((entry = readdir(dir))) {
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (entry->d_type != DT_REG || read_all(file))
			continue;
		each_allocation(&t, read_all(file))
			failed(_metadata, &t);
	}
	closedir(dir);
}

TEST_F_TIMEOUT(fail, reading_any_file, 600)
{
	char path[128];

	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d", self->pid);
	read_directory(_metadata, MEMSUSP_PROC);
	read_directory(_metadata, path);
	read_directory(_metadata, MEMSUSP_SYSFS "/node");
	EXPECT_TRUE(works(&self->a));
}

TEST_F_TIMEOUT(fail, writing_any_setting, 600)
{
	static const char * const settings[][3] = {
		{ "node/limit", "max", "900G" },
		{ "node/floor", "0", "4096" },
		{ "node/policy", "largest", "oldest" },
		{ "node/auto_resume", "1", "0" },
		{ "node/max_suspended_ms", "0", "1000000" },
		{ "limit", "1G", "2G" },
		{ "soft_limit", "max", "2G" },
		{ "name", "old", "new" },
		{ "priority", "0", "5" },
		{ "warn_signal", "0", "10" },
	};
	char path[256], was[128], now[128];
	struct attempt t;
	int i;

	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const char *file = settings[i][0], *old = settings[i][1], *new = settings[i][2];

		if (strchr(file, '/'))
			snprintf(path, sizeof(path), MEMSUSP_SYSFS "/%s", file);
		else
			snprintf(path, sizeof(path), MEMSUSP_SYSFS "/jobs/%d/%s", self->pid, file);
		ASSERT_EQ(0, put(path, old));
		ASSERT_EQ(0, ms_read_at(path, was, sizeof(was)));
		each_allocation(&t, put(path, new)) {
			bool none = failed(_metadata, &t);

			EXPECT_EQ(0, ms_read_at(path, now, sizeof(now)));
			EXPECT_EQ(none, !strcmp(was, now));
			EXPECT_EQ(0, put(path, old));
		}
	}
	EXPECT_TRUE(works(&self->a));
}

/* 0: forked though an allocation failed, if it did; 1: it needs no more. */
static long do_fork_failing(long n)
{
	pid_t pid;
	long left, err;

	begin(n);
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (!pid)
		_exit(0);
	left = end();
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return err ?: !!left;
}

static bool is_alone(pid_t pid)
{
	return ms_until(ms_processes(pid) == 1) && ms_stat("jobs") == 1;
}

TEST_F_TIMEOUT(fail, forks_of_a_member, 600)
{
	long n = 0, err;

	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	do {
		err = actor_call(&self->a, do_fork_failing, ++n);
		EXPECT_TRUE(err >= 0 || err == -EAGAIN || is_no_memory(err));
		EXPECT_TRUE(is_alone(self->pid));
	} while (err != 1 && n < 20000);
	TH_LOG("%ld allocations", n - 1);
	EXPECT_TRUE(works(&self->a));
}

/* The wait status of a child that executes something. */
static long do_exec_failing(long n)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		begin(n);
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return pid < 0 ? -errno : status;
}

/* Where it is too late to return to its caller, it is killed. */
TEST_F_TIMEOUT(fail, exec_of_a_member, 600)
{
	long n = 0, status, good = 0;

	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	/* What the new program needs itself is tried a little, too. */
	while (good < 20 && n < 20000) {
		status = actor_call(&self->a, do_exec_failing, ++n);
		ASSERT_LE(0, status);
		good = status ? 0 : good + 1;
		EXPECT_TRUE(is_alone(self->pid));
	}
	TH_LOG("%ld allocations", n - good);
	EXPECT_TRUE(works(&self->a));
}

static bool nothing_is_left(void)
{
	return !module_is_loaded() && access(MEMSUSP_SYSFS, F_OK) && access(MEMSUSP_PROC, F_OK);
}

/* The i-th of N numbers, each once, neighbours far apart; N is prime. */
#define N	499

static long scattered(long i)
{
	return i * 43 % N;
}

/*
 * Those of the loader come first and those of the stock, more than a thousand, in
 * the middle. The last ones are of hooks and files: there each may be different.
 */
TEST_F_TIMEOUT(fail, loading, 900)
{
	long most = 1000000, all, i, n, tried = 0, refused = 0;
	time_t begun = time(NULL);
	int err;

	if (!module_is_at_hand())
		SKIP(return, "MEMSUSP_KO does not tell where the module is");
	ASSERT_EQ(0, module_unload());
	begin(most);
	err = module_load("");
	all = most - end();
	ASSERT_EQ(0, err);
	for (i = 0; time(NULL) < begun + ENOUGH_S; i++) {
		n = all - (i < N ? scattered(i) : N + (i - N) * 23);
		if (n <= 0)
			break;
		if (module_is_loaded())
			ASSERT_EQ(0, module_unload());
		begin(n);
		err = module_load("");
		end();
		tried++;
		if (!err)
			continue;
		refused++;
		if (!is_no_memory(err))
			TH_LOG("allocation %ld of %ld: %d", n, all, err);
		EXPECT_TRUE(is_no_memory(err));
		EXPECT_TRUE(nothing_is_left());
	}
	TH_LOG("%ld allocations, %ld tried, %ld refused", all, tried, refused);
	ASSERT_TRUE(module_is_loaded() || !module_load(""));
	ASSERT_EQ(0, ms_write("register", "%d 1G", self->pid));
	EXPECT_TRUE(works(&self->a));
}

TEST_HARNESS_MAIN
