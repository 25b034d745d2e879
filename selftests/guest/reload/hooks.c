// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook has company at its place, or is switched off by somebody else. What it
 * does not see is found the next time a job is looked at, and told.
 *
 * Loads the module anew, in both ways it can hook faults.
 */
#include "memsusp_module.h"
#include "memsusp_tree.h"

#define KPROBES_ENABLED	"/sys/kernel/debug/kprobes/enabled"
#define OPTIMIZATION	"/proc/sys/debug/kprobes-optimization"
#define FTRACE_ENABLED	"/proc/sys/kernel/ftrace_enabled"
#define TRACING		"/sys/kernel/tracing/"
#define WARNING		"without a call of our hook"

/* More than may be under way (module/charge.c). */
#define MANY	2000

static int put(const char *path, const char *word)
{
	return ms_write_at(path, word, strlen(word));
}

/* Whether somebody who wants to disturb can. */
static bool has(const char *path)
{
	return !access(path, W_OK);
}

/* What the hook sits on; NULL if no kprobe event can be made. */
static const char *function(void)
{
	static const char * const names[] = {
		"folio_add_new_anon_rmap", "page_add_new_anon_rmap",
	};
	char line[64];
	int i;

	for (i = 0; i < 2; i++) {
		snprintf(line, sizeof(line), "p:memsusp_test/try %s", names[i]);
		if (put(TRACING "kprobe_events", line))
			continue;
		put(TRACING "kprobe_events", "-:memsusp_test/try");
		return names[i];
	}
	return NULL;
}

FIXTURE(hooks) {
	struct actor a;
	int log;	/* /dev/kmsg */
	bool fast;
};

FIXTURE_VARIANT(hooks) {
	const char *attach;
};

FIXTURE_VARIANT_ADD(hooks, auto) {
	.attach = "attach=auto",
};

FIXTURE_VARIANT_ADD(hooks, kprobe) {
	.attach = "attach=kprobe",
};

static int load(const char *attach)
{
	return module_is_loaded() && module_unload() ? -EBUSY : module_load(attach);
}

/* A livepatch of the same function, which lies beside the module. */
#define LIVEPATCH	"memsusp_livepatch"
#define LIVEPATCH_SYS	"/sys/kernel/livepatch/" LIVEPATCH

static bool livepatch_is_settled(void)
{
	char word[8];

	return !ms_read_at(LIVEPATCH_SYS "/transition", word, sizeof(word)) && *word == '0';
}

static int livepatch(const char *name)
{
	char path[PATH_MAX], args[64];
	int err;

	snprintf(path, sizeof(path), "%s", getenv("MEMSUSP_KO"));
	snprintf(strrchr(path, '/'), 64, "/" LIVEPATCH ".ko");
	snprintf(args, sizeof(args), "function=%s", name);
	err = module_load_file(path, args);
	if (err)
		return err;
	return ms_until(livepatch_is_settled()) ? 0 : -ETIMEDOUT;
}

static int livepatch_no_more(void)
{
	int err = put(LIVEPATCH_SYS "/enabled", "0");

	if (err)
		return err;
	/* Its directory goes when nobody is in it any more. */
	return ms_until(access(LIVEPATCH_SYS, F_OK)) && ms_until(!module_unload_named(LIVEPATCH)) ?
	       0 : -ETIMEDOUT;
}

static long livepatch_calls(void)
{
	char number[32];

	return ms_read_at("/sys/module/" LIVEPATCH "/parameters/calls", number, sizeof(number)) ?
	       -1 : atol(number);
}

static void switch_on_again(void)
{
	put(KPROBES_ENABLED, "1");
	put(OPTIMIZATION, "1");
	put(FTRACE_ENABLED, "1");
	put(TRACING "current_tracer", "nop");
	put(TRACING "set_ftrace_filter", "\n");
	put(TRACING "events/memsusp_test/enable", "0");
	put(TRACING "kprobe_events", "-:memsusp_test/new_page");
	put(TRACING "trace", "\n");
	livepatch_no_more();
}

static bool attached_to(const char *way)
{
	char key[64], value[64];
	FILE *f = fopen(MEMSUSP_PROC "/stat", "re");
	bool found = false;

	while (f && fscanf(f, "%63s %63s", key, value) == 2)
		found |= !strcmp(key, "attach") && !strcmp(value, way);
	if (f)
		fclose(f);
	return found;
}

FIXTURE_SETUP(hooks)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!module_is_at_hand())
		SKIP(_exit(255), "MEMSUSP_KO does not tell where the module is");
	switch_on_again();
	ASSERT_EQ(0, load(variant->attach));
	self->fast = attached_to("ftrace");
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->log);
	ASSERT_LE(0, lseek(self->log, 0, SEEK_END));
	self->a = actor_ready();
}

FIXTURE_TEARDOWN(hooks)
{
	switch_on_again();
	close(self->log);
	ms_end_all();
	EXPECT_EQ(0, load(""));
}

/* How many warnings about unseen touches came since the last time. */
static int warnings(int log)
{
	char line[1024];
	ssize_t n;
	int found = 0;

	while ((n = read(log, line, sizeof(line) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		line[n < 0 ? 0 : n] = '\0';
		found += !!strstr(line, WARNING);
	}
	return found;
}

static int register_with_room(struct actor *a, long pages)
{
	return ms_write("register", "%d max", a->pid) ?: ms_leave_room(a->pid, pages);
}

/* It touches so many pages more than it has room for, and stands at the first. */
static bool is_stopped_at_once(struct actor *a, long pages)
{
	actor_send(a, do_touch, pages);
	return ms_until_stopped(a->pid, a->pid) && ms_overshoot(a->pid) == 1;
}

static bool goes_on(struct actor *a, long pages)
{
	return !ms_write("resume", "%d max", a->pid) && actor_answer(a) == pages;
}

/* After many unseen touches, with the hook back: it is all found, once. */
static void expect_repair(struct __test_metadata *_metadata, struct actor *a, int log, long base)
{
	EXPECT_EQ(base + MANY, ms_charge(a->pid));
	EXPECT_EQ(MANY, ms_stat("touches_unseen"));
	EXPECT_EQ(MANY * PAGE, ms_table_number("jobs", "pid", a->pid, "touched"));
	EXPECT_EQ(1, warnings(log));
	/* We may hurry, so our reading was a look; it needs no other touch. */
	EXPECT_TRUE(ms_until_stopped(a->pid, a->pid));
	EXPECT_EQ(base + MANY, ms_charge(a->pid));
	actor_send(a, do_touch, MANY + 1);
	EXPECT_TRUE(goes_on(a, MANY + 1));
	EXPECT_EQ(base + MANY + 1, ms_charge(a->pid));
	/* And from then on, the limit holds to the page. */
	EXPECT_EQ(0, ms_leave_room(a->pid, 100));
	EXPECT_TRUE(is_stopped_at_once(a, MANY + 500));
	EXPECT_TRUE(goes_on(a, MANY + 500));
	EXPECT_EQ(MANY, ms_stat("touches_unseen"));
	EXPECT_EQ(0, warnings(log));
}

static void expect_held(struct __test_metadata *_metadata, struct actor *a, int log)
{
	EXPECT_TRUE(is_stopped_at_once(a, MANY));
	EXPECT_TRUE(goes_on(a, MANY));
	EXPECT_EQ(0, ms_stat("touches_unseen"));
	EXPECT_EQ(0, ms_stat("probe_missed"));
	EXPECT_EQ(0, warnings(log));
}

TEST_F(hooks, touches_while_kprobes_are_off_are_found_at_the_next_look)
{
	long base;

	if (!has(KPROBES_ENABLED))
		SKIP(return, "no " KPROBES_ENABLED);
	ASSERT_EQ(0, register_with_room(&self->a, 100));
	base = ms_charge(self->a.pid);
	ASSERT_EQ(0, put(KPROBES_ENABLED, "0"));
	if (self->fast) {
		expect_held(_metadata, &self->a, self->log);
		return;
	}
	ASSERT_EQ(MANY, actor_call(&self->a, do_touch, MANY));
	ASSERT_EQ(0, put(KPROBES_ENABLED, "1"));
	expect_repair(_metadata, &self->a, self->log, base);
}

TEST_F(hooks, found_touches_stay_found_while_kprobes_are_still_off)
{
	long base;
	int i;

	if (!has(KPROBES_ENABLED) || self->fast)
		SKIP(return, "kprobes cannot be switched off, or do not matter");
	ASSERT_EQ(0, register_with_room(&self->a, 3 * MANY));
	base = ms_charge(self->a.pid);
	ASSERT_EQ(0, put(KPROBES_ENABLED, "0"));
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(i * MANY, actor_call(&self->a, do_touch, i * MANY));
		EXPECT_EQ(base + i * MANY, ms_charge(self->a.pid));
		EXPECT_EQ(i * MANY, ms_stat("touches_unseen"));
	}
	EXPECT_EQ(1, warnings(self->log));
	/* A limit that is written is looked at, hook or not. */
	EXPECT_TRUE(ms_is_running(self->a.pid));
	EXPECT_EQ(0, ms_job_write(self->a.pid, "limit", "%ld", (base + MANY) * PAGE));
	EXPECT_TRUE(ms_until_stopped(self->a.pid, self->a.pid));
}

TEST_F(hooks, a_child_pays_for_what_it_touches_unseen_and_not_for_what_it_shares)
{
	struct actor child;
	long shared;

	if (!has(KPROBES_ENABLED) || self->fast)
		SKIP(return, "kprobes cannot be switched off, or do not matter");
	ASSERT_EQ(0, register_with_room(&self->a, 10 * MANY));
	ASSERT_EQ(MANY, actor_call(&self->a, do_touch, MANY));
	child = actor_child(&self->a, do_fork);
	ASSERT_LT(0, child.pid);
	shared = ms_charge(self->a.pid);
	ASSERT_EQ(0, put(KPROBES_ENABLED, "0"));
	ASSERT_EQ(3 * MANY, actor_call(&child, do_touch, 3 * MANY));
	ASSERT_EQ(0, put(KPROBES_ENABLED, "1"));
	/*
	 * What it copied unseen looks as if it still were its parent's, and what
	 * it copied before leaves room for as many pages.
	 */
	EXPECT_LE(labs(ms_charge(self->a.pid) - shared - 2 * MANY), 50);
	EXPECT_LE(llabs(ms_stat("touches_unseen") - 2 * MANY), 50);
}

TEST_F(hooks, nobody_can_be_registered_while_kprobes_are_off)
{
	if (!has(KPROBES_ENABLED))
		SKIP(return, "no " KPROBES_ENABLED);
	ASSERT_EQ(0, put(KPROBES_ENABLED, "0"));
	if (!self->fast) {
		EXPECT_EQ(-EBUSY, ms_write("register", "%d max", self->a.pid));
		EXPECT_FALSE(ms_job_exists(self->a.pid));
		EXPECT_EQ(0, ms_stat("jobs"));
		EXPECT_EQ(-EBUSY, ms_write("register", "%d max", self->a.pid));
		ASSERT_EQ(0, put(KPROBES_ENABLED, "1"));
	}
	ASSERT_EQ(0, register_with_room(&self->a, 100));
	expect_held(_metadata, &self->a, self->log);
}

TEST_F(hooks, it_loads_only_where_it_can_see_touches)
{
	if (!has(KPROBES_ENABLED))
		SKIP(return, "no " KPROBES_ENABLED);
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, put(KPROBES_ENABLED, "0"));
	EXPECT_EQ(self->fast ? 0 : -EBUSY, module_load(variant->attach));
	EXPECT_EQ(self->fast, module_is_loaded());
}

TEST_F(hooks, a_way_that_it_does_not_know_is_refused)
{
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-EINVAL, module_load("attach=uprobe"));
	EXPECT_EQ(-EINVAL, module_load("attach="));
	EXPECT_FALSE(module_is_loaded());
}

TEST_F(hooks, optimized_kprobes_are_no_other)
{
	if (!has(OPTIMIZATION))
		SKIP(return, "no " OPTIMIZATION);
	ASSERT_EQ(0, put(OPTIMIZATION, "0"));
	ASSERT_EQ(0, register_with_room(&self->a, 100));
	ASSERT_EQ(0, put(OPTIMIZATION, "1"));
	ASSERT_EQ(0, put(OPTIMIZATION, "0"));
	expect_held(_metadata, &self->a, self->log);
}

/*
 * The fast way does not let ftrace be switched off. A kprobe may depend on it or
 * not: that is the processor's and the kernel's business.
 */
TEST_F(hooks, touches_while_ftrace_is_off_are_found_at_the_next_look)
{
	long base, touched;

	if (!has(FTRACE_ENABLED))
		SKIP(return, "no " FTRACE_ENABLED);
	ASSERT_EQ(0, register_with_room(&self->a, 100));
	base = ms_charge(self->a.pid);
	if (self->fast) {
		EXPECT_EQ(-EBUSY, put(FTRACE_ENABLED, "0"));
		expect_held(_metadata, &self->a, self->log);
		return;
	}
	ASSERT_EQ(0, put(FTRACE_ENABLED, "0"));
	actor_send(&self->a, do_touch, MANY);
	ASSERT_TRUE(ms_until(actor_answered(&self->a, 0) ||
			     ms_process_state(self->a.pid) == 'T'));
	ASSERT_EQ(0, put(FTRACE_ENABLED, "1"));
	if (!actor_answered(&self->a, 0)) {
		EXPECT_EQ(1, ms_overshoot(self->a.pid));
		EXPECT_TRUE(goes_on(&self->a, MANY));
		return;
	}
	touched = actor_answer(&self->a);
	ASSERT_EQ(MANY, touched);
	expect_repair(_metadata, &self->a, self->log, base);
}

static int trace_function(const char *name)
{
	return put(TRACING "set_ftrace_filter", name) ?: put(TRACING "current_tracer", "function");
}

static int probe_function(const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "p:memsusp_test/new_page %s", name);
	return put(TRACING "kprobe_events", line) ?: put(TRACING "events/memsusp_test/enable", "1");
}

static int probe_no_more(void)
{
	return put(TRACING "events/memsusp_test/enable", "0") ?:
	       put(TRACING "kprobe_events", "-:memsusp_test/new_page");
}

TEST_F(hooks, others_come_to_the_same_place_and_go)
{
	const char *name = function();

	if (!name || !has(TRACING "set_ftrace_filter"))
		SKIP(return, "no tracing of functions and kprobe events");
	ASSERT_EQ(0, register_with_room(&self->a, 100));
	ASSERT_EQ(0, trace_function(name));
	ASSERT_EQ(0, probe_function(name));
	expect_held(_metadata, &self->a, self->log);
	/* Who was first stays when they go. */
	ASSERT_EQ(0, probe_no_more());
	ASSERT_EQ(0, put(TRACING "current_tracer", "nop"));
	ASSERT_EQ(0, ms_leave_room(self->a.pid, 100));
	EXPECT_TRUE(is_stopped_at_once(&self->a, 2 * MANY));
}

TEST_F(hooks, others_are_there_already)
{
	const char *name = function();

	if (!name || !has(TRACING "set_ftrace_filter"))
		SKIP(return, "no tracing of functions and kprobe events");
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, trace_function(name));
	ASSERT_EQ(0, probe_function(name));
	ASSERT_EQ(0, module_load(variant->attach));
	EXPECT_EQ(self->fast, attached_to("ftrace"));
	ASSERT_EQ(0, register_with_room(&self->a, 100));
	ASSERT_EQ(0, lseek(self->log, 0, SEEK_END));
	expect_held(_metadata, &self->a, self->log);
	/* They go while it is armed, and it goes while they are there. */
	ASSERT_EQ(0, probe_no_more());
	ASSERT_EQ(0, ms_leave_room(self->a.pid, 100));
	EXPECT_TRUE(is_stopped_at_once(&self->a, 2 * MANY));
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(2 * MANY, actor_answer(&self->a));
}

/* bpftrace on the same function, by one of its ways; -1: it is not there, or cannot. */
struct bpftrace {
	pid_t pid;
	FILE *out;
};

static struct bpftrace bpftrace_on(const char *way, const char *name)
{
	struct bpftrace b = { .pid = -1 };
	char program[160], line[256];
	int p[2];

	snprintf(program, sizeof(program),
		 "BEGIN { printf(\"ready\\n\"); } %s:%s { @n = count(); }", way, name);
	if (pipe2(p, O_CLOEXEC))
		return b;
	b.out = fdopen(p[0], "re");
	b.pid = fork();
	if (!b.pid) {
		dup2(p[1], 1);
		dup2(open("/dev/null", O_WRONLY), 2);
		execlp("bpftrace", "bpftrace", "-B", "line", "-e", program, NULL);
		_exit(127);
	}
	close(p[1]);
	while (fgets(line, sizeof(line), b.out))
		if (!strcmp(line, "ready\n"))
			return b;
	fclose(b.out);
	waitpid(b.pid, NULL, 0);
	b.pid = -1;
	return b;
}

/* End it. How many calls it saw. */
static long bpftrace_end(struct bpftrace *b)
{
	struct pollfd end = { .fd = fileno(b->out), .events = POLLIN };
	char line[256];
	long n = 0;

	/*
	 * It sees a signal only while it waits for something; after SIGINT it would
	 * not live to see another.
	 */
	do {
		kill(b->pid, SIGTERM);
	} while (!poll(&end, 1, 200));
	while (fgets(line, sizeof(line), b->out))
		sscanf(line, "@n: %ld", &n);
	fclose(b->out);
	waitpid(b->pid, NULL, 0);
	return n;
}

/* A kprobe, and a trampoline in the place of ftrace's callbacks. */
static const char * const bpf_ways[] = { "kprobe", "kfunc" };

TEST_F_TIMEOUT(hooks, bpftrace_comes_to_the_same_place_and_goes, 300)
{
	const char *name = function();
	struct bpftrace b;
	int i, came = 0;

	ASSERT_EQ(0, register_with_room(&self->a, 100));
	for (i = 0; name && i < ARRAY_SIZE(bpf_ways); i++) {
		b = bpftrace_on(bpf_ways[i], name);
		if (b.pid < 0)
			continue;
		came++;
		TH_LOG("%s", bpf_ways[i]);
		expect_held(_metadata, &self->a, self->log);
		EXPECT_LE(MANY, bpftrace_end(&b));
		ASSERT_EQ(0, actor_call(&self->a, do_free, MANY));
		ASSERT_EQ(0, ms_leave_room(self->a.pid, 100));
		expect_held(_metadata, &self->a, self->log);
		ASSERT_EQ(0, actor_call(&self->a, do_free, MANY));
		ASSERT_EQ(0, ms_leave_room(self->a.pid, 100));
	}
	if (!came)
		SKIP(return, "no bpftrace, or the kernel has nothing for it");
}

TEST_F_TIMEOUT(hooks, bpftrace_is_there_already, 300)
{
	const char *name = function();
	struct bpftrace b;
	int i, came = 0;

	for (i = 0; name && i < ARRAY_SIZE(bpf_ways); i++) {
		ASSERT_EQ(0, module_unload());
		b = bpftrace_on(bpf_ways[i], name);
		ASSERT_EQ(0, module_load(variant->attach));
		if (b.pid < 0)
			continue;
		came++;
		TH_LOG("%s", bpf_ways[i]);
		EXPECT_EQ(self->fast, attached_to("ftrace"));
		ASSERT_EQ(0, register_with_room(&self->a, 100));
		ASSERT_EQ(0, lseek(self->log, 0, SEEK_END));
		expect_held(_metadata, &self->a, self->log);
		/* It goes while it is armed, and it is disarmed while it is there. */
		if (i)
			EXPECT_LE(MANY, bpftrace_end(&b));
		ASSERT_EQ(0, actor_call(&self->a, do_free, MANY));
		ASSERT_EQ(0, ms_leave_room(self->a.pid, 100));
		expect_held(_metadata, &self->a, self->log);
		ASSERT_EQ(0, actor_call(&self->a, do_free, MANY));
		ASSERT_EQ(0, ms_write("unregister", "%d", self->a.pid));
		if (!i)
			EXPECT_LE(2 * MANY, bpftrace_end(&b));
	}
	if (!came)
		SKIP(return, "no bpftrace, or the kernel has nothing for it");
}

TEST_F(hooks, a_livepatch_of_the_same_function_comes_and_goes)
{
	const char *name = function();
	long calls;
	int err;

	ASSERT_EQ(0, register_with_room(&self->a, 100));
	/* It settles only when each process has been seen outside. */
	ASSERT_EQ(0, ms_write("suspend", "%d", self->a.pid));
	ASSERT_TRUE(ms_until_stopped(self->a.pid, self->a.pid));
	err = livepatch(name);
	ASSERT_EQ(0, ms_write("resume", "%d", self->a.pid));
	if (err == -ENOENT)
		SKIP(return, "no livepatch for this kernel");
	ASSERT_EQ(0, err);
	calls = livepatch_calls();
	EXPECT_LE(0, calls);
	expect_held(_metadata, &self->a, self->log);
	EXPECT_LE(calls + MANY, livepatch_calls());
	ASSERT_EQ(0, livepatch_no_more());
	ASSERT_EQ(0, actor_call(&self->a, do_free, MANY));
	ASSERT_EQ(0, ms_leave_room(self->a.pid, 100));
	expect_held(_metadata, &self->a, self->log);
}

TEST_F(hooks, a_livepatch_of_the_same_function_is_there_already)
{
	const char *name = function();
	int err;

	ASSERT_EQ(0, module_unload());
	err = livepatch(name);
	if (err == -ENOENT)
		SKIP(return, "no livepatch for this kernel");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, module_load(variant->attach));
	EXPECT_EQ(self->fast, attached_to("ftrace"));
	ASSERT_EQ(0, register_with_room(&self->a, 100));
	ASSERT_EQ(0, lseek(self->log, 0, SEEK_END));
	expect_held(_metadata, &self->a, self->log);
	EXPECT_LE(MANY, livepatch_calls());
	/* It goes before the livepatch. */
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, actor_call(&self->a, do_free, MANY));
	EXPECT_EQ(0, livepatch_no_more());
}

/* A kprobe of others that is not enabled must not hide that all are off. */
TEST_F(hooks, a_sleeping_kprobe_of_others_does_not_deceive_it)
{
	const char *name = function();
	char line[64];

	if (!name || !has(KPROBES_ENABLED))
		SKIP(return, "no kprobe events");
	snprintf(line, sizeof(line), "p:memsusp_test/new_page %s", name);
	ASSERT_EQ(0, put(TRACING "kprobe_events", line));
	ASSERT_EQ(0, put(KPROBES_ENABLED, "0"));
	EXPECT_EQ(self->fast ? 0 : -EBUSY, ms_write("register", "%d max", self->a.pid));
	ASSERT_EQ(0, put(KPROBES_ENABLED, "1"));
	if (!self->fast)
		ASSERT_EQ(0, ms_write("register", "%d max", self->a.pid));
	ASSERT_EQ(0, ms_leave_room(self->a.pid, 100));
	expect_held(_metadata, &self->a, self->log);
}

TEST_HARNESS_MAIN
