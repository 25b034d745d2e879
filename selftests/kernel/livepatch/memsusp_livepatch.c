// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests only: a livepatch of a function of the kernel that counts its calls, and
 * goes on in the function itself behind the place where ftrace is called.
 *
 *	insmod memsusp_livepatch.ko function=NAME
 *	cat /sys/module/memsusp_livepatch/parameters/calls
 *	echo 0 >/sys/kernel/livepatch/memsusp_livepatch/enabled
 *	rmmod memsusp_livepatch
 */
#include <linux/kprobes.h>
#include <linux/livepatch.h>
#include <linux/module.h>

typedef unsigned long body_fn(unsigned long, unsigned long, unsigned long, unsigned long,
			      unsigned long, unsigned long);

static char *function;
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "name of the function");

/* Not exact, where two come at once. */
static unsigned long calls;
module_param(calls, ulong, 0444);
MODULE_PARM_DESC(calls, "how often it was called");

/* What follows the call of ftrace. */
static body_fn *body;

/* As many arguments as are passed in registers. */
static unsigned long patched(unsigned long a, unsigned long b, unsigned long c,
			     unsigned long d, unsigned long e, unsigned long f)
{
	calls++;
	return body(a, b, c, d, e, f);
}

static struct klp_func funcs[] = { { .new_func = patched }, { } };
static struct klp_object objs[] = { { .funcs = funcs }, { } };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objs };

static int __init livepatch_init(void)
{
	struct kprobe kp = { .symbol_name = function };
	int err;

	/* Only to learn the address: kprobes, too, go to the call of ftrace. */
	err = register_kprobe(&kp);
	if (err)
		return err;
	body = (body_fn *)((unsigned long)kp.addr + MCOUNT_INSN_SIZE);
	unregister_kprobe(&kp);
	funcs[0].old_name = function;
	return klp_enable_patch(&patch);
}
module_init(livepatch_init);

static void __exit livepatch_exit(void)
{
}
module_exit(livepatch_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A livepatch that changes nothing");
MODULE_INFO(livepatch, "Y");
