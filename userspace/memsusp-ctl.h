/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of memsusp-ctl share
 *
 *	memsusp-ctl.c	main, the table of commands
 *
 *	run.c		run: run a command as a job
 *	register.c	register: make a job of a running process
 *	unregister.c	unregister: forget jobs
 *	limit.c		limit: change the limit of a job
 *	suspend.c	suspend: suspend jobs by hand
 *	resume.c	resume: continue suspended jobs
 *	wait.c		wait: until a job is in a state
 *	list.c		list: all jobs, in a table or as JSON
 *	show.c		show: one job, a field a line
 *	node.c		node: its settings, to be seen and changed
 *	events.c	events: read the stream
 *
 *	request.c	what run and register share
 *	pids.c		what unregister and suspend share
 *	event.c		one event, for a person
 *	reason.c	what a suspended job waits for
 *	room.c		how much more running jobs may be charged
 *	why.c		errno -> one sentence
 *	settings.c	/sys/kernel/memsusp/node -> a record; the table of settings
 *	jobs.c		/proc/memsusp/jobs -> struct jobs
 *
 *	json.c		JSON on stdout, by json-c
 *	field.c		one field in a line, for a person
 *	record.c	one line of key=value fields
 *	size.c		pids, sizes and durations, from and to text
 *	options.c	options on the command line, and --help
 *	sysfs.c		/sys/kernel/memsusp, a file at a time
 *	names.c		the words of uapi/memsusp.h, by their numbers
 *	msg.c		what is said, and the end
 *
 * Each uses those below it only, and none of its own group above it; their
 * declarations follow in the other direction.
 */
#ifndef MEMSUSP_CTL_H
#define MEMSUSP_CTL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "memsusp.h"

/* What is not memsusp's own; tests have another one. */
#ifndef PROCFS
#define PROCFS		"/proc"
#endif

#define PROGRAM			"memsusp-ctl"
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define __printf(fmt, args)	__attribute__((format(printf, fmt, args)))

/* Exit status; run also passes on what its command returns. */
enum {
	EXIT_OK		= 0,
	EXIT_FAILED	= 1,	/* the kernel said no, or something is missing */
	EXIT_USAGE	= 2,
	EXIT_TIMEOUT	= 124,	/* as timeout(1) */
	EXIT_NOT_RUN	= 125,	/* these three as env(1): it is our fault */
	EXIT_CANNOT_RUN	= 126,
	EXIT_NOT_FOUND	= 127,
};

/**
 * struct command - one row of the table of commands
 * @name: what the user types
 * @main: gets argv with argv[0] the command's name; returns the exit status
 * @args: synopsis of the arguments
 * @brief: one line for the overview
 * @help: the rest of "memsusp-ctl NAME --help"
 * @own_status: exit status of all that goes wrong here, where another program's
 *	is passed on; otherwise 0, and it is %EXIT_FAILED or %EXIT_USAGE
 */
struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *args;
	const char *brief;
	const char *help;
	int own_status;
};

/* msg.c */
void msg_command(const struct command *cmd);
void complain(const char *fmt, ...) __printf(1, 2);
noreturn void usage(const char *fmt, ...) __printf(1, 2);
int finish(int status);

/* names.c */
const char *state_name(enum memsusp_state state);
const char *reason_name(enum memsusp_reason reason);
const char *event_name(enum memsusp_event_type event);
bool is_state(const char *word);
bool is_policy(const char *word);
void list_policies(char *buf, size_t size);

/* sysfs.c */
bool module_ready(void);
int sysfs_write(const char *file, const char *line);
int sysfs_read(const char *file, char *buf, size_t size);
pid_t job_directory(pid_t pid);

/* options.c */
struct option;
void options_command(const struct command *cmd);
int next_option(int argc, char **argv, const char *shorts,
		const struct option *longs);
void no_options(int argc, char **argv);
bool json_option(int argc, char **argv);

/* size.c */

/* "max" */
#define MEMSUSP_MAX	ULLONG_MAX

pid_t parse_pid(const char *text);
bool parse_size(const char *text, unsigned long long *bytes);
const char *check_size(const char *text, const char *what);
void format_size(char *buf, size_t len, unsigned long long bytes);
void format_need(char *buf, size_t len, unsigned long long bytes);
void format_room(char *buf, size_t len, unsigned long long bytes);
void format_ms(char *buf, size_t len, unsigned long long ms);
void format_ns(char *buf, size_t len, unsigned long long ns);

/* record.c */
struct field {
	const char *key;
	const char *value;
};

struct record {
	struct field *field;	/* in the order of the line */
	size_t nr;
	char *line;		/* what the fields point into */
};

int record_parse(struct record *record, char *line);
void record_free(struct record *record);
const char *record_get(const struct record *record, const char *key);
bool record_get_number(const struct record *record, const char *key, unsigned long long *value);
bool record_is(const struct record *record, const char *key, const char *value);

/* field.c */
void show_field(const char *key, const char *value);

/* json.c */

/* An object of json-c, of which only json.c knows more. */
struct json_object;

struct json_object *json_new(void);
struct json_object *json_new_array(void);
void json_append(struct json_object *array, struct json_object *value);
void json_add(struct json_object *object, const char *key, struct json_object *value);
void json_add_number(struct json_object *object, const char *key, unsigned long long number);
void json_add_string(struct json_object *object, const char *key, const char *text);
void json_add_value(struct json_object *object, const char *key, const char *text);
void json_add_fields(struct json_object *object, const struct record *record);
void json_print(struct json_object *object);

/* jobs.c */

/* Room for what job_comm() finds. */
#define COMM_LEN	40

struct job {
	pid_t pid;		/* 0: not visible from this pid namespace */
	struct record record;	/* all of the line, pid too */
};

struct jobs {
	struct job *job;
	size_t nr;
};

int jobs_read(struct jobs *jobs, const char *file);
int jobs_read_or_complain(struct jobs *jobs);
void jobs_free(struct jobs *jobs);
const struct job *jobs_find(const struct jobs *jobs, pid_t pid);
bool job_is_suspended(const struct job *job);
bool job_comm(const struct job *job, char *buf, size_t size);

/* settings.c */

/* Room for the value of a setting, and its newline. */
#define VALUE_LEN	128

/*
 * When a setting is written, if several are. Whom a lower limit suspends depends
 * on what stands before it. Headroom is the last, and so never put back: while
 * nobody has set it, it follows the limit, and what is read is not what it was.
 */
enum turn {
	TURN_HOW,
	TURN_FLOOR,
	TURN_LIMIT,
	TURN_HEADROOM,
};

/**
 * struct setting - a file of node/
 * @key: its name
 * @check: does not return if a value is none; %NULL if the file can only be read
 * @turn: when it is written
 */
struct setting {
	const char *key;
	void (*check)(const char *key, const char *value);
	enum turn turn;
};

/* In the order in which they are shown. */
#define NR_SETTINGS	11
extern const struct setting settings[NR_SETTINGS];

int node_read(struct record *node);
void node_policy(char *buf, size_t size, const char *words);
struct json_object *json_node(const struct record *node);

/* why.c */

/* How EPERM is told: this and what they may do, about their own. */
#define NOT_ROOT	"not permitted; others than root may only "

/**
 * struct why - what an errno means to the user of one command
 * @err: errno
 * @text: continues "pid 4711: "
 */
struct why {
	int err;
	const char *text;
};

bool process_exists(pid_t pid);
const char *why_text(const struct why *why, int err);
void explain(pid_t pid, int err, const struct why *why);

/* room.c */

/**
 * struct room - how much more running jobs may be charged
 * @bytes: that much; %MEMSUSP_MAX without bound
 * @bound: the limit or floor of the node that it comes from
 * @of: "under node limit" or "above node floor"; %NULL without bound
 */
struct room {
	unsigned long long bytes;
	unsigned long long bound;
	const char *of;
};

void node_room(const struct record *node, const struct jobs *jobs, struct room *room);

/* reason.c */

/**
 * struct outlook - what decides about all suspended jobs
 * @node: its settings and sums; empty if they cannot be read
 * @room: the room for jobs that are resumed automatically, or if none is, by hand
 * @has_node: @node is known
 * @by_hand: no job is resumed automatically
 */
struct outlook {
	struct record node;
	struct room room;
	bool has_node;
	bool by_hand;
};

/**
 * struct wait - what one suspended job waits for
 * @needs: bytes; 0 if it does not matter
 * @room: what there is of them; without bound if that does not matter
 * @for_what: a higher limit, room on the node, or "resume"
 */
struct wait {
	unsigned long long needs;
	struct room room;
	enum {
		WAIT_RESUME,
		WAIT_LIMIT,
		WAIT_NODE,
	} for_what;
};

void outlook_read(struct outlook *outlook, const struct jobs *jobs);
void outlook_free(struct outlook *outlook);
bool find_wait(const struct job *job, const struct outlook *outlook, struct wait *wait);
void format_wait(char *buf, size_t len, const struct wait *wait, const struct outlook *outlook);
struct json_object *json_job(const struct job *job, const struct outlook *outlook);

/* event.c */
void print_event(const struct record *event);

/* pids.c */
int write_pids(int argc, char **argv, const char *file, const struct why *why);

/* request.c */

/**
 * struct request - what the options say of a new job
 * @limit: the limit
 * @soft: the soft limit, or %NULL
 * @name: the label, still to be checked or made to fit, or %NULL
 * @priority: the priority, or %NULL
 * @no_inherit: children do not belong to the job
 */
struct request {
	const char *limit;
	const char *soft;
	const char *name;
	const char *priority;
	bool no_inherit;
};

void check_name(const char *name);
const char *fit_name(const char *name, char label[MEMSUSP_NAME_SIZE]);
void parse_request(int argc, char **argv, const char *shorts, struct request *req);
int register_job(pid_t pid, const struct request *req);
void explain_register(pid_t pid, int err, const struct why *why);

/* The commands */
int cmd_run(int argc, char **argv);
int cmd_register(int argc, char **argv);
int cmd_unregister(int argc, char **argv);
int cmd_limit(int argc, char **argv);
int cmd_suspend(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_node(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_wait(int argc, char **argv);

#endif
