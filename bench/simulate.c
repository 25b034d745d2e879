// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches of tasks on one simulated node, governed by the module's own policy.c.
 *
 *	simulate TABLE		the rows of a table in simulation.md, which tells
 *				the model: tight, loose, swap, headroom, order or
 *				overdue
 *
 * Memory is in MB, time in seconds. Nothing here needs more than IEEE arithmetic
 * (sqrt() included), so the output is always the same.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policy.h"

#define BATCHES		1000
#define RAM		16384.0
#define LIMIT		(0.85 * RAM)
#define LARGEST		12288.0		/* peak */
#define HEADROOM	0.05		/* as at load */
#define PAGES		256		/* a MB */
#define TOUCH_RATE	1024.0		/* MB/s, of a task that takes all at once */
#define SWEEP		10.0		/* s in which a task uses all that it holds */
#define SLOW_SWAP	200.0		/* MB/s */
#define FAST_SWAP	2000.0
#define LATE		(LIMIT / 1024)	/* so much later it is seen that the node is full */
#define SHORT		10.0		/* s of work: suspended again so soon */
#define PER_SLOT	5		/* tasks */
#define MAX_SLOTS	30
#define MAX_TASKS	(PER_SLOT * MAX_SLOTS)
#define MAX_PIECES	5
#define NR_POLICIES	(MEMSUSP_POLICY_FAULTING + 1)

/* Memory over work: straight from one point to the next. */
struct point {
	double work, held;
};

enum task_state { QUEUED, RUNNING, SUSPENDED, DONE };

struct task {
	struct point points[MAX_PIECES];
	double base, peak, work, area;
	int priority;

	enum task_state state;
	int piece;
	double at, held;
	double out;		/* of what it holds, in swap */
	double speed, loads;	/* s/s, MB/s */
	double since, waited, finished, resumed_at;
	int suspends, shorts;
	struct memsusp_candidate job;
};

struct batch {
	struct task tasks[MAX_TASKS];
	int n, slots;
	double peaks, largest;
};

enum kind { MEMSUSP, UNLIMITED, AT_ONCE, FOR_LARGEST, FOR_AVERAGE, PACKED };

/* Who is resumed first. */
enum order { LONGEST, SMALLEST, LATEST };

struct scheme {
	const char *name;
	enum kind kind;
	enum memsusp_policy policy;
	double headroom;	/* part of the limit */
	double max_suspended;	/* s */
	double swap;		/* MB/s */
	enum order order;
};

/* What came of a batch. */
struct result {
	double makespan, turnaround, used, suspends, shorts, waited, longest, paged;
};

/* A batch under way. */
struct run {
	const struct scheme *scheme;
	struct task *tasks;
	int n, slots;
	struct memsusp_node node;
	double now, paged, ram;
	/* Of the tasks that run: what they hold, and by how much more a second. */
	double running, growth;
	/* The same for RAM. */
	double resident, filling;
};

static u64 seed;

/* A 64-bit linear congruential generator, the multiplier by Knuth (MMIX). */
static double uniform(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) / 2147483648.0;
}

static double between(double low, double high)
{
	return low + uniform() * (high - low);
}

/* Bounded Pareto laws with exponents of 1 and 1/2, by inversion. */
static double pareto(double low, double high)
{
	return low / (1 - uniform() * (1 - low / high));
}

static double pareto_half(double low, double high)
{
	double root = 1 - uniform() * (1 - sqrt(low / high));

	return low / (root * root);
}

static void draw_task(struct task *t, double smallest)
{
	double grows, grown, frees, last;

	*t = (struct task){
		.peak = pareto_half(smallest, LARGEST), .work = pareto(60, 3600),
		.priority = (int)(uniform() * 3),
	};
	t->base = t->peak / 50;
	frees = t->work;
	last = t->peak;
	if (uniform() < 1.0 / 3) {
		frees = t->work * between(0.3, 1);
		if (uniform() < 0.5)
			last = t->peak / 4;
	}
	switch ((int)(uniform() * 3)) {
	case 0:		/* slowly, all the time */
		grows = 0;
		grown = frees;
		break;
	case 1:		/* at once, near the beginning */
		grows = t->work * between(0, 0.1);
		grown = grows + (t->peak - t->base) / TOUCH_RATE;
		break;
	default:	/* at once, some time */
		grows = frees * between(0.1, 0.9);
		grown = grows + (t->peak - t->base) / TOUCH_RATE;
	}
	if (frees < grown)
		frees = grown;
	if (t->work < frees)
		t->work = frees;
	t->points[0] = (struct point){ grows, t->base };
	t->points[1] = (struct point){ grown, t->peak };
	t->points[2] = (struct point){ frees, t->peak };
	t->points[3] = (struct point){ frees, frees < t->work ? t->peak / 4 : t->peak };
	t->points[4] = (struct point){ t->work, frees < t->work ? last : t->peak };
}

static double from_work(const struct task *t)
{
	return t->piece ? t->points[t->piece - 1].work : 0;
}

static double from_held(const struct task *t)
{
	return t->piece ? t->points[t->piece - 1].held : t->base;
}

static double slope(const struct task *t)
{
	const struct point *to = &t->points[t->piece];

	return (to->held - from_held(t)) / (to->work - from_work(t));
}

/* On to the piece in which it is now; a drop takes no time. */
static void skip(struct task *t)
{
	while (t->piece < MAX_PIECES && t->points[t->piece].work <= t->at)
		t->held = t->points[t->piece++].held;
}

static void draw_batch(struct batch *b)
{
	static const double sums[] = { 64, 256, 1024, 4096 };
	double smallest;
	int i;

	*b = (struct batch){ .slots = uniform() < 0.5 ? 8 : MAX_SLOTS };
	b->n = PER_SLOT * b->slots;
	smallest = sums[(int)(uniform() * 4)] / b->slots;
	for (i = 0; i < b->n; i++) {
		struct task *t = &b->tasks[i];

		draw_task(t, smallest);
		b->peaks += t->peak;
		b->largest = fmax(b->largest, t->peak);
		for (t->piece = 0; t->piece < MAX_PIECES; t->piece++)
			t->area += (t->points[t->piece].work - from_work(t)) *
				   (t->points[t->piece].held + from_held(t)) / 2;
		t->piece = 0;
	}
}

/* All peaks of as many tasks as there are slots do not fit. */
static bool is_tight(const struct batch *b)
{
	return b->peaks / b->n * b->slots > LIMIT;
}

static struct task *task_of(struct memsusp_candidate *job)
{
	return (struct task *)((char *)job - offsetof(struct task, job));
}

/* Sum up who runs and who is where. */
static void sum_up(struct run *r)
{
	int i;

	r->running = 0;
	r->resident = 0;
	r->node.nr_running = 0;
	for (i = 0; i < r->n; i++) {
		struct task *t = &r->tasks[i];

		if (t->state == RUNNING) {
			r->running += t->held;
			r->node.nr_running++;
		}
		if (t->state == RUNNING || t->state == SUSPENDED)
			r->resident += t->held - t->out;
	}
}

static size_t collect(struct run *r, enum task_state state, struct memsusp_candidate **order)
{
	size_t n = 0;
	int i;

	for (i = 0; i < r->n; i++) {
		struct task *t = &r->tasks[i];

		if (t->state != state)
			continue;
		t->job.charge = ceil(t->held * PAGES);
		t->job.idle = t->job.charge;
		order[n++] = &t->job;
	}
	return n;
}

static void do_suspend(struct run *r, struct task *t)
{
	t->state = SUSPENDED;
	t->since = r->now;
	t->suspends++;
	t->shorts += t->suspends > 1 && t->at - t->resumed_at < SHORT;
}

static void do_resume(struct run *r, struct task *t)
{
	t->state = RUNNING;
	t->waited += r->now - t->since;
	t->resumed_at = t->at;
	t->job.fresh = true;
}

/* policy.c resumes the longest suspended first; told so, it does it otherwise. */
static u64 since(const struct run *r, const struct task *t)
{
	switch (r->scheme->order) {
	case SMALLEST:
		return t->job.charge;
	case LATEST:
		return ~0ULL - (u64)(t->since * 1e9);
	case LONGEST:
		break;
	}
	return t->since * 1e9;
}

/* What the governor does whenever something has changed. */
static void govern(struct run *r)
{
	struct memsusp_candidate *order[MAX_TASKS];
	size_t i, n, chosen;

	n = collect(r, RUNNING, order);
	r->node.now_ns = r->now * 1e9;
	r->node.nr_running = n;
	r->node.running = 0;
	for (i = 0; i < n; i++)
		r->node.running += order[i]->charge;
	chosen = memsusp_policy_victims(&r->node, order, n);
	for (i = 0; chosen && i < n; i++)
		order[i]->fresh = false;
	for (i = 0; i < chosen; i++) {
		r->node.running -= order[i]->charge;
		r->node.nr_running--;
		do_suspend(r, task_of(order[i]));
	}
	n = collect(r, SUSPENDED, order);
	for (i = 0; i < n; i++)
		order[i]->since_ns = since(r, task_of(order[i]));
	chosen = memsusp_policy_waiters(&r->node, order, n);
	for (i = 0; i < chosen; i++)
		do_resume(r, task_of(order[i]));
}

/* Start what may start; the tasks stand in the order of the batch. */
static void start_tasks(struct run *r)
{
	double peaks = 0;
	int i, busy = 0;

	for (i = 0; i < r->n; i++) {
		if (r->tasks[i].state != RUNNING && r->tasks[i].state != SUSPENDED)
			continue;
		busy++;
		peaks += r->tasks[i].peak;
	}
	for (i = 0; i < r->n && busy < r->slots; i++) {
		struct task *t = &r->tasks[i];

		if (t->state != QUEUED || (r->scheme->kind == PACKED && peaks + t->peak > LIMIT))
			continue;
		busy++;
		peaks += t->peak;
		t->state = RUNNING;
		t->held = t->base;
		t->job.born_ns = r->now * 1e9 + i;
		t->job.priority = t->priority;
		skip(t);
	}
}

static bool is_full(const struct run *r)
{
	return r->resident > r->ram - 1;
}

/* How fast each goes, until something changes. */
static void set_speeds(struct run *r)
{
	double missing = fmax(0, r->running - r->ram);
	double speed = 1 / (1 + 2 * missing / (SWEEP * r->scheme->swap));
	bool full = is_full(r);
	int i, users = 0;

	for (i = 0; i < r->n; i++) {
		struct task *t = &r->tasks[i];

		if (t->state == RUNNING && (t->out > 0 || (full && slope(t) > 0)))
			users++;
	}
	r->growth = 0;
	r->filling = 0;
	for (i = 0; i < r->n; i++) {
		struct task *t = &r->tasks[i];

		t->speed = 0;
		t->loads = 0;
		if (t->state != RUNNING)
			continue;
		if (t->out > 0) {
			t->loads = r->scheme->swap / users / (full ? 2 : 1);
			r->filling += t->loads;
			continue;
		}
		t->speed = speed;
		if (full && slope(t) > 0)
			t->speed = fmin(speed, r->scheme->swap / users / slope(t));
		r->growth += t->speed * slope(t);
		/* The faster it grows, the later it has reached the end of its share. */
		if (slope(t) > 0)
			t->job.faulted_ns = r->now * 1e9 + t->speed * slope(t);
	}
	r->filling += r->growth;
}

/* Until the first of all that can happen. */
static double next_event(const struct run *r)
{
	double dt = INFINITY;
	int i;

	for (i = 0; i < r->n; i++) {
		const struct task *t = &r->tasks[i];

		if (t->loads > 0)
			dt = fmin(dt, t->out / t->loads);
		if (t->speed > 0)
			dt = fmin(dt, (t->points[t->piece].work - t->at) / t->speed);
	}
	if (!is_full(r) && r->filling > 0)
		dt = fmin(dt, (r->ram - r->resident) / r->filling);
	if (r->scheme->kind == MEMSUSP && r->growth > 0 && r->running <= LIMIT)
		dt = fmin(dt, (LIMIT + LATE - r->running) / r->growth);
	/* While it thrashes, speeds change all the time. */
	if (r->running >= r->ram && r->growth)
		dt = fmin(dt, r->ram / 256 / fabs(r->growth));
	return fmax(dt, 0.000001);
}

/* Who has been suspended longest goes to swap first. */
static void page_out(struct run *r)
{
	double excess = r->resident - r->ram;

	while (excess > 0) {
		struct task *first = NULL;
		int i;

		for (i = 0; i < r->n; i++) {
			struct task *t = &r->tasks[i];

			if (t->state == SUSPENDED && t->out < t->held &&
			    (!first || t->since < first->since))
				first = t;
		}
		if (!first)
			return;
		if (excess > first->held - first->out) {
			excess -= first->held - first->out;
			r->paged += first->held - first->out;
			first->out = first->held;
		} else {
			first->out += excess;
			r->paged += excess;
			excess = 0;
		}
	}
}

static void advance(struct run *r, double dt)
{
	int i;

	r->now += dt;
	for (i = 0; i < r->n; i++) {
		struct task *t = &r->tasks[i];

		if (t->loads > 0) {
			double in = fmin(t->out, t->loads * dt);

			t->out -= in;
			r->paged += in;
		} else if (t->speed > 0) {
			const struct point *to = &t->points[t->piece];

			t->at = fmin(to->work, t->at + t->speed * dt);
			t->held = to->held - slope(t) * (to->work - t->at);
			skip(t);
			if (t->piece == MAX_PIECES) {
				t->state = DONE;
				t->finished = r->now;
			}
		}
	}
	sum_up(r);
	if (r->scheme->kind == MEMSUSP)
		page_out(r);
	else if (r->running > r->ram)
		r->paged += 2 * (r->running - r->ram) / SWEEP * dt;
	sum_up(r);
}

static bool is_done(const struct run *r)
{
	int i;

	for (i = 0; i < r->n; i++)
		if (r->tasks[i].state != DONE)
			return false;
	return true;
}

static int slots_of(const struct batch *b, const struct scheme *s)
{
	if (s->kind == FOR_LARGEST)
		return fmin(floor(LIMIT / b->largest), b->slots);
	if (s->kind == FOR_AVERAGE)
		return fmin(floor(LIMIT / (b->peaks / b->n)), b->slots);
	return b->slots;
}

static struct result simulate(const struct batch *b, const struct scheme *s)
{
	static struct task tasks[MAX_TASKS];
	struct result result = { 0 };
	struct run r = {
		.scheme = s, .tasks = tasks, .n = b->n, .slots = slots_of(b, s),
		.ram = s->kind == UNLIMITED ? INFINITY : RAM,
		.node = {
			.limit = LIMIT * PAGES, .headroom = s->headroom * LIMIT * PAGES,
			.policy = s->policy, .auto_resume = true, .min_running = 1,
			.max_suspended_ns = s->max_suspended * 1e9,
		},
	};
	double area = 0;
	int i;

	memcpy(tasks, b->tasks, sizeof(tasks));
	while (!is_done(&r)) {
		start_tasks(&r);
		if (s->kind == MEMSUSP)
			govern(&r);
		sum_up(&r);
		set_speeds(&r);
		advance(&r, next_event(&r));
	}
	for (i = 0; i < r.n; i++) {
		struct task *t = &tasks[i];

		area += t->area;
		result.turnaround += t->finished / r.n;
		result.suspends += (double)t->suspends / r.n;
		result.shorts += (double)t->shorts / r.n;
		result.waited += t->waited / r.n;
		result.longest = fmax(result.longest, t->waited);
	}
	result.makespan = r.now;
	result.used = area / LIMIT / r.now;
	result.paged = r.paged / 1024;
	return result;
}

static double by_work(const struct task *t)
{
	return t->work;
}

static double by_peak(const struct task *t)
{
	return t->peak;
}

static double by_area(const struct task *t)
{
	return t->work * t->peak;
}

static double (*packing)(const struct task *t);

static int in_packing_order(const void *p, const void *q)
{
	double a = packing(p), b = packing(q);

	return a > b ? -1 : a < b;
}

/* Whoever knows all peaks and times: the best of three orders. */
static struct result pack(const struct batch *b, const struct scheme *unused)
{
	static double (* const orders[])(const struct task *) = { by_work, by_peak, by_area };
	static const struct scheme packed = { "", PACKED, .swap = SLOW_SWAP };
	struct result best = { .makespan = INFINITY };
	struct batch sorted = *b;
	int i;

	(void)unused;
	for (i = 0; i < 3; i++) {
		struct result r;

		packing = orders[i];
		qsort(sorted.tasks, sorted.n, sizeof(sorted.tasks[0]), in_packing_order);
		r = simulate(&sorted, &packed);
		if (r.makespan < best.makespan)
			best = r;
	}
	return best;
}

/* No schedule is shorter. */
static double bound(const struct batch *b)
{
	double work = 0, area = 0, longest = 0;
	int i;

	for (i = 0; i < b->n; i++) {
		work += b->tasks[i].work;
		area += b->tasks[i].area;
		longest = fmax(longest, b->tasks[i].work);
	}
	return fmax(longest, fmax(work / b->slots, area / LIMIT));
}

static struct batch batches[BATCHES];
static struct result packings[BATCHES];

static void draw_batches(bool tight)
{
	int n = 0;

	seed = 1;
	while (n < BATCHES) {
		draw_batch(&batches[n]);
		if (is_tight(&batches[n]) != tight)
			continue;
		packings[n] = pack(&batches[n], NULL);
		n++;
	}
}

static int ascending(const void *p, const void *q)
{
	double a = *(const double *)p, b = *(const double *)q;

	return a < b ? -1 : a > b;
}

static void print_makespans(const char *name, double *makespans)
{
	qsort(makespans, BATCHES, sizeof(*makespans), ascending);
	printf("| %s | %.2f | %.2f | %.2f |", name, makespans[BATCHES / 10],
	       makespans[BATCHES / 2], makespans[BATCHES * 9 / 10]);
}

static void print_row(const char *name,
		      struct result (*run)(const struct batch *b, const struct scheme *s),
		      const struct scheme *s)
{
	static double makespans[BATCHES], turnarounds[BATCHES], longest[BATCHES];
	struct result sum = { 0 };
	int i;

	for (i = 0; i < BATCHES; i++) {
		struct result r = run(&batches[i], s);

		makespans[i] = r.makespan / packings[i].makespan;
		turnarounds[i] = r.turnaround / packings[i].turnaround;
		longest[i] = r.longest / 60;
		sum.used += r.used / BATCHES;
		sum.suspends += r.suspends / BATCHES;
		sum.shorts += r.shorts / BATCHES;
		sum.waited += r.waited / 60 / BATCHES;
		sum.paged += r.paged / BATCHES;
	}
	print_makespans(name, makespans);
	qsort(turnarounds, BATCHES, sizeof(*turnarounds), ascending);
	qsort(longest, BATCHES, sizeof(*longest), ascending);
	printf(" %.2f | %.0f %% |", turnarounds[BATCHES / 2], 100 * sum.used);
	if (s && s->kind == MEMSUSP)
		printf(" %.2f | %.2f | %.1f | %.0f | %.0f |", sum.suspends, sum.shorts,
		       sum.waited, longest[BATCHES / 2], longest[BATCHES - 1]);
	else
		printf(" - | - | - | - | - |");
	printf(" %.0f |\n", sum.paged);
	fflush(stdout);
}

static void print_bound(void)
{
	static double makespans[BATCHES];
	int i;

	for (i = 0; i < BATCHES; i++)
		makespans[i] = bound(&batches[i]) / packings[i].makespan;
	print_makespans("lower bound", makespans);
	printf(" - | - | - | - | - | - | - | - |\n");
}

static const char * const policies[] = MEMSUSP_POLICIES;

/* Every policy, and everybody else. */
static void compare_all(struct scheme s)
{
	static const char * const others[] = {
		[UNLIMITED] = "memory without end", [AT_ONCE] = "all at once",
		[FOR_LARGEST] = "slots for the largest", [FOR_AVERAGE] = "slots for the average",
	};

	for (s.policy = 0; s.policy < NR_POLICIES; s.policy++)
		print_row(policies[s.policy], simulate, &s);
	for (s.kind = UNLIMITED; s.kind <= FOR_AVERAGE; s.kind++)
		print_row(others[s.kind], simulate, &s);
	print_row("clairvoyant", pack, NULL);
	print_bound();
}

static void compare_headrooms(struct scheme s)
{
	static const int percents[] = { 0, 2, 5, 10, 20, 30 };
	char name[64];
	size_t i;

	for (s.policy = 0; s.policy < NR_POLICIES; s.policy++) {
		for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
			s.headroom = percents[i] / 100.0;
			snprintf(name, sizeof(name), "%s, %d %%", policies[s.policy], percents[i]);
			print_row(name, simulate, &s);
		}
	}
}

static void compare_orders(struct scheme s)
{
	static const char * const orders[] = {
		[LONGEST] = "longest suspended", [SMALLEST] = "smallest",
		[LATEST] = "latest suspended",
	};
	char name[64];

	for (s.policy = 0; s.policy < NR_POLICIES; s.policy++) {
		for (s.order = LONGEST; s.order <= LATEST; s.order++) {
			snprintf(name, sizeof(name), "%s, %s", policies[s.policy], orders[s.order]);
			print_row(name, simulate, &s);
		}
	}
}

static void compare_overdue(struct scheme s)
{
	static const int minutes[] = { 0, 60, 15, 1 };
	char name[64];
	size_t i;

	for (s.policy = 0; s.policy < NR_POLICIES; s.policy++) {
		for (i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
			s.max_suspended = 60 * minutes[i];
			snprintf(name, sizeof(name), "%s, %d min", policies[s.policy], minutes[i]);
			print_row(name, simulate, &s);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct table {
		const char *name;
		bool tight;
		double swap;
		void (*print)(struct scheme s);
	} tables[] = {
		{ "tight", true, SLOW_SWAP, compare_all },
		{ "loose", false, SLOW_SWAP, compare_all },
		{ "swap", true, FAST_SWAP, compare_all },
		{ "headroom", true, SLOW_SWAP, compare_headrooms },
		{ "order", true, SLOW_SWAP, compare_orders },
		{ "overdue", true, SLOW_SWAP, compare_overdue },
	};
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct table *t = &tables[i];

		if (argc != 2 || strcmp(argv[1], t->name))
			continue;
		draw_batches(t->tight);
		t->print((struct scheme){ .headroom = HEADROOM, .swap = t->swap });
		return 0;
	}
	fprintf(stderr, "usage: simulate tight|loose|swap|headroom|order|overdue\n");
	return 2;
}
