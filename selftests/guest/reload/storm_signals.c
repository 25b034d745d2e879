// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals from all sides at once: others stop, continue and kill processes that
 * memsusp suspends and resumes for its own reasons. In the end each process is as
 * the last word of the others left it.
 */
#include "storm.h"

#include <pthread.h>
#include <sys/syscall.h>

#define TARGETS		6
/* Of each target the process itself, and a child of the same job. */
#define PROCESSES	(2 * TARGETS)
#define SENDERS		3
#define ORDERERS	2

/* The processes are pids[0 .. PROCESSES), the first of each pair being the job. */

/* Where those who send signals, or give orders, wait between two bursts. */
struct gate {
	volatile int open;
	volatile int inside;	/* so many have gone through */
};

struct gates {
	struct gate signals;
	struct gate orders;
	volatile int killing;
};

static struct gates *gates;

static bool enter(struct gate *gate)
{
	__atomic_add_fetch(&gate->inside, 1, __ATOMIC_SEQ_CST);
	if (gate->open)
		return true;
	__atomic_sub_fetch(&gate->inside, 1, __ATOMIC_SEQ_CST);
	ms_sleep(1);
	return false;
}

static void leave(struct gate *gate)
{
	__atomic_sub_fetch(&gate->inside, 1, __ATOMIC_SEQ_CST);
}

/* Let nobody in any more, and wait until all are out. */
static bool shut(struct gate *gate)
{
	__atomic_store_n(&gate->open, 0, __ATOMIC_SEQ_CST);
	return ms_until(!gate->inside);
}

static void *touch_as_well(void *unused)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (;;) {
		*(volatile char *)page = 1;
		madvise(page, PAGE, MADV_DONTNEED);
		usleep(5000);
	}
	return NULL;
}

static void target(int i)
{
	pthread_t thread;
	pid_t pid;

	if (!region) {
		if (do_reserve(0) || ms_write("register", "%d max", getpid()))
			_exit(1);
		pid = fork();
		if (!pid)
			prctl(PR_SET_PDEATHSIG, SIGKILL);
		else
			storm->pids[2 * i + 1] = pid;
		pthread_create(&thread, NULL, touch_as_well, NULL);
	}
	storm_fault(i);
	usleep(3000);
}

static void send_signals(int i)
{
	static const int signals[] = { SIGSTOP, SIGCONT, SIGCONT };
	int n;

	if (!enter(&gates->signals))
		return;
	for (n = storm_random(30); n >= 0; n--) {
		pid_t pid = storm->pids[storm_random(PROCESSES)];
		int sig = signals[storm_random(3)];

		if (gates->killing && !storm_random(500))
			sig = SIGKILL;
		/* To the process, or to one thread of it. */
		if (pid > 0 && storm_random(3))
			kill(pid, sig);
		else if (pid > 0)
			syscall(SYS_tgkill, pid, pid, sig);
		storm->done[i]++;
	}
	leave(&gates->signals);
	usleep(storm_random(1000));
}

static void give_order(pid_t pid)
{
	static const char * const files[] = { "suspend", "resume" };
	char line[64];

	snprintf(line, sizeof(line), "%d", pid);
	switch (storm_random(10)) {
	case 0:
		snprintf(line, sizeof(line), "%d max", pid);
		storm_write(storm_may_order, "resume", line);
		break;
	case 1:
		ms_job_write(pid, "limit", "%ld", (100 + storm_random(800)) * PAGE);
		break;
	default:
		storm_write(storm_may_order, files[storm_random(2)], line);
	}
}

static void give_orders(int i)
{
	int n;

	if (!enter(&gates->orders))
		return;
	for (n = storm_random(5); n >= 0; n--) {
		pid_t pid = storm->pids[2 * storm_random(TARGETS)];

		if (pid > 0)
			give_order(pid);
		storm->done[i]++;
	}
	leave(&gates->orders);
	usleep(storm_random(1000));
}

static void new_target(int i)
{
	storm->pids[2 * i] = 0;
	storm->pids[2 * i + 1] = 0;
	storm->pids[2 * i] = storm_crowd(target, i);
}

/* Both processes of each target are there, and members of its job. */
static bool all_are_there(void)
{
	int i;

	for (i = 0; i < TARGETS; i++)
		if (!storm->pids[2 * i + 1] ||
		    !ms_until(ms_is_member(storm->pids[2 * i + 1], storm->pids[2 * i])))
			return false;
	return true;
}

static bool is_as_told(int i, int last)
{
	char state = ms_process_state(storm->pids[i]);

	return last == SIGSTOP ? state == 'T' : state && strchr("RSD", state);
}

/* Whether each process does what the last word to it was; if not, say so. */
static bool all_are(const int last[PROCESSES], long round, int how)
{
	bool good = true;
	int i, look;

	for (i = 0; i < PROCESSES; i++)
		good &= ms_until(is_as_told(i, last[i]));
	/* And they stay so. */
	for (look = 0; look < 5 && good; look++) {
		for (i = 0; i < PROCESSES; i++)
			good &= is_as_told(i, last[i]);
		ms_sleep(1);
	}
	for (i = 0; i < PROCESSES && !good; i++)
		fprintf(stderr, "# round %ld, way %d: %d of job %d is %c after %s\n", round, how,
			storm->pids[i], storm->pids[i & ~1], ms_process_state(storm->pids[i]),
			last[i] == SIGSTOP ? "SIGSTOP" : "SIGCONT");
	return good;
}

enum { RESUME, UNREGISTER, UNLOAD, WAYS };

/* Release all jobs in one of the ways there are. */
static void release(struct __test_metadata *_metadata, int how)
{
	static const char * const files[] = { "resume", "unregister" };
	static const char * const lines[] = { "%d max", "%d" };
	char line[32];
	int i;

	for (i = 0; i < TARGETS && how != UNLOAD; i++) {
		snprintf(line, sizeof(line), lines[how], storm->pids[2 * i]);
		ASSERT_EQ(0, ms_write(files[how], "%s", line));
	}
	if (how == UNLOAD)
		ASSERT_EQ(0, module_unload());
}

/* Have them be jobs again. */
static void take_back(struct __test_metadata *_metadata, int how)
{
	int i;

	if (how == UNLOAD)
		ASSERT_EQ(0, module_load(""));
	for (i = 0; i < TARGETS && how != RESUME; i++)
		ASSERT_EQ(0, ms_write("register", "%d max", storm->pids[2 * i]));
}

TEST_F_TIMEOUT(storm, the_last_word_of_others_holds_whatever_memsusp_did_meanwhile, STORM_GUARD_S)
{
	long rounds = storm_count(50, 5000), round, sent = 0, ordered = 0;
	int last[PROCESSES], i, how, ways = module_is_at_hand() ? WAYS : UNLOAD;
	long long end;

	gates = mmap(NULL, sizeof(*gates), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < TARGETS; i++)
		new_target(i);
	ASSERT_TRUE(ms_until(all_are_there()));
	end = storm_end_ms();
	for (i = 0; i < SENDERS; i++)
		storm_caller(send_signals, PROCESSES + TARGETS + i);
	for (i = 0; i < ORDERERS; i++)
		storm_caller(give_orders, PROCESSES + TARGETS + SENDERS + i);
	for (round = 0; round < rounds && storm_goes_on(end); round++) {
		gates->orders.open = 1;
		gates->signals.open = 1;
		ms_sleep(1 + storm_random(10));
		ASSERT_TRUE(shut(&gates->signals));
		/* Signals have ceased, orders have not: the last word falls among them. */
		for (i = 0; i < PROCESSES; i++) {
			last[i] = storm_random(2) ? SIGSTOP : SIGCONT;
			ASSERT_EQ(0, kill(storm->pids[i], last[i]));
		}
		ms_sleep(storm_random(5));
		ASSERT_TRUE(shut(&gates->orders));
		how = storm_random(10) ? storm_random(2) : storm_random(ways);
		release(_metadata, how);
		ASSERT_TRUE(all_are(last, round, how));
		take_back(_metadata, how);
	}
	for (i = 0; i < SENDERS + ORDERERS; i++)
		*(i < SENDERS ? &sent : &ordered) += storm->done[PROCESSES + TARGETS + i];
	TH_LOG("%ld bursts, %ld signals, %ld orders", round, sent, ordered);
}

TEST_F_TIMEOUT(storm, killed_among_stops_and_continuations_jobs_end, STORM_GUARD_S)
{
	long kills = storm_count(30, 1000), n = 0;
	long long end = storm_end_ms();
	int i, status;
	pid_t pid;

	gates = mmap(NULL, sizeof(*gates), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	gates->orders.open = 1;
	gates->signals.open = 1;
	gates->killing = 1;
	for (i = 0; i < SENDERS; i++)
		storm_caller(send_signals, PROCESSES + TARGETS + i);
	for (i = 0; i < ORDERERS; i++)
		storm_caller(give_orders, PROCESSES + TARGETS + SENDERS + i);
	for (i = 0; i < TARGETS; i++)
		new_target(i);
	while (n < kills && storm_goes_on(end)) {
		pid = waitpid(-1, &status, WNOHANG);
		for (i = 0; i < TARGETS && pid > 0; i++) {
			if (storm->pids[2 * i] != pid)
				continue;
			n++;
			new_target(i);
		}
		if (pid <= 0) {
			/* One whose start was stopped for good is helped on. */
			i = 2 * storm_random(TARGETS);
			if (storm->pids[i] > 0)
				kill(storm->pids[i], SIGCONT);
			ms_sleep(1);
		}
	}
	EXPECT_TRUE(shut(&gates->signals));
	EXPECT_TRUE(shut(&gates->orders));
	TH_LOG("%ld jobs were killed", n);
	EXPECT_LT(0, n);
}

TEST_HARNESS_MAIN
