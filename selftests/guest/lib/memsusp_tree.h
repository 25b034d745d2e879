/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Actors that are children of actors, however they came about, and actors that
 * become another program.
 */
#ifndef MEMSUSP_TREE_H
#define MEMSUSP_TREE_H

#include "memsusp_job.h"

#include <linux/sched.h>
#include <sched.h>
#include <spawn.h>
#include <sys/syscall.h>

extern char **environ;

/*
 * The pipes between the test and an actor's child. The actor makes them, and the
 * test opens the child's ends through /proc. Until the first order is here, the
 * child keeps the other ends open, so that it does not see the end of the file.
 */
static int to_child[2], from_child[2];

static inline int child_pipes(void)
{
	return pipe(to_child) || pipe(from_child) ? -errno : 0;
}

/* What the test needs to reach the child: its pid and two file descriptors. */
static inline long child_answer(pid_t pid)
{
	close(to_child[0]);
	close(to_child[1]);
	close(from_child[0]);
	close(from_child[1]);
	return pid | (long)to_child[0] << 32 | (long)from_child[1] << 48;
}

static inline void child_main(void)
{
	int orders = to_child[0], answers = from_child[1];
	int other[] = { to_child[1], from_child[0] };
	struct actor_order order;

	if (read(orders, &order, sizeof(order)) != sizeof(order))
		_exit(126);
	close(other[0]);
	close(other[1]);
	if (write(answers, &order.argument, sizeof(long)) == sizeof(long))
		actor_loop(orders, answers);
	_exit(126);
}

/* Orders to an actor: make a child that is an actor, and answer how to reach it. */

static inline long do_fork(long unused)
{
	int err = child_pipes();
	pid_t pid;

	if (err)
		return err;
	pid = fork();
	if (!pid)
		child_main();
	return pid < 0 ? -errno : child_answer(pid);
}

/* The child's parent is gone when we answer. */
static inline long do_fork_twice(long unused)
{
	int p[2], status, err = child_pipes();
	pid_t pid, between;

	if (err || pipe(p))
		return err ?: -errno;
	between = fork();
	if (!between) {
		pid = fork();
		if (!pid)
			child_main();
		_exit(write(p[1], &pid, sizeof(pid)) != sizeof(pid));
	}
	waitpid(between, &status, 0);
	if (read(p[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = -1;
	close(p[0]);
	close(p[1]);
	return status || pid < 0 ? -EIO : child_answer(pid);
}

static inline int clone_main(void *unused)
{
	child_main();
	return 0;
}

/* A process that shares our memory, but is not our thread. */
static inline long do_clone_vm(long unused)
{
	int err = child_pipes();
	char *stack;
	pid_t pid;

	if (err)
		return err;
	/* Touched now, so that it is not the child who does it. */
	stack = mmap(NULL, 64 * 1024, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (stack == MAP_FAILED)
		return -errno;
	pid = clone(clone_main, stack + 64 * 1024, CLONE_VM | SIGCHLD, NULL);
	return pid < 0 ? -errno : child_answer(pid);
}

/* A child with a pid that was somebody else's before. */
static inline long do_fork_as(long as)
{
	int err = child_pipes();
	pid_t want = as, pid;
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)&want,
		.set_tid_size = 1,
	};

	if (err)
		return err;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		child_main();
	return pid < 0 ? -errno : child_answer(pid);
}

#define CHILD_ENV	"MEMSUSP_ACTORS_CHILD"

/* The child is this program anew. */
static inline long do_spawn(long unused)
{
	char * const argv[] = { program_invocation_name, NULL };
	int err = child_pipes();
	char fds[64];
	pid_t pid;

	if (err)
		return err;
	snprintf(fds, sizeof(fds), "%d,%d,%d,%d", to_child[0], to_child[1],
		 from_child[0], from_child[1]);
	setenv(CHILD_ENV, fds, 1);
	err = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ);
	unsetenv(CHILD_ENV);
	return err ? -err : child_answer(pid);
}

__attribute__((constructor))
static void spawned_main(void)
{
	const char *fds = getenv(CHILD_ENV);

	if (fds && sscanf(fds, "%d,%d,%d,%d", &to_child[0], &to_child[1],
			  &from_child[0], &from_child[1]) == 4) {
		unsetenv(CHILD_ENV);
		child_main();
	}
}

/* Wait for a child of an actor. Answers with its wait status. */
static inline long do_reap(long pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid ? status : -errno;
}

/* Become this program anew. The answer is the next order's, from there. */
static inline long do_exec(long unused)
{
	char fds[32];

	snprintf(fds, sizeof(fds), "%d,%d", actor_orders, actor_answers);
	fcntl(actor_orders, F_SETFD, 0);
	fcntl(actor_answers, F_SETFD, 0);
	setenv(ACTOR_ENV, fds, 1);
	execl("/proc/self/exe", "actor", NULL);
	return -errno;
}

static inline int open_fd_of(pid_t pid, int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	return open(path, flags | O_CLOEXEC);
}

/* Reach the actor's child that an order above told of. */
static inline struct actor actor_attach(pid_t pid, long answer)
{
	struct actor a = { .pid = pid };

	a.orders = open_fd_of(pid, answer >> 32 & 0xffff, O_WRONLY);
	a.answers = open_fd_of(pid, answer >> 48, O_RDONLY);
	actor_send(&a, do_nothing, 0);
	actor_answer(&a);
	return a;
}

/* Have an actor make a child with one of the orders above; pid -1: it could not. */
static inline struct actor actor_child_as(struct actor *parent, long (*how)(long),
					  long argument)
{
	long answer = actor_call(parent, how, argument);

	if (answer < 0)
		return (struct actor){ .pid = -1 };
	return actor_attach(answer & INT_MAX, answer);
}

static inline struct actor actor_child(struct actor *parent, long (*how)(long))
{
	return actor_child_as(parent, how, 0);
}

/* Become another program, and wait until that has happened. */
static inline bool actor_exec(struct actor *a, long (*how)(long))
{
	actor_send(a, how, 0);
	return actor_call(a, do_nothing, 7) == 7;
}

/* The process of a job in /proc/memsusp/processes; a field of it in pages. */
static inline bool ms_is_member(pid_t pid, pid_t job)
{
	return ms_table_number("processes", "pid", pid, "job") == job;
}

static inline long ms_process_pages(pid_t pid, const char *field)
{
	return ms_table_number("processes", "pid", pid, field) / PAGE;
}

/* The processes of a job, those of them that fit. Returns how many there are. */
static inline int ms_members(pid_t job, pid_t *pids, int max)
{
	FILE *f = fopen(MEMSUSP_PROC "/processes", "re");
	char line[512];
	int n = 0, pid, of;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "pid=%d job=%d", &pid, &of) != 2 || of != job)
			continue;
		if (n < max)
			pids[n] = pid;
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

/* Of the processes of a job, how many are in a state of /proc/PID/stat. */
static inline int ms_members_in(pid_t job, char state)
{
	static pid_t pids[4096];
	int n = ms_members(job, pids, 4096), in = 0;

	while (n--)
		in += ms_process_state(pids[n]) == state;
	return in;
}

static inline bool ms_until_all_stopped(pid_t job)
{
	return ms_until_state(job, "suspended") &&
	       ms_until(ms_members_in(job, 'T') == ms_processes(job));
}

static inline bool ms_until_none_stopped(pid_t job)
{
	return ms_until(!ms_members_in(job, 'T'));
}

#endif /* MEMSUSP_TREE_H */
