/* SPDX-License-Identifier: GPL-2.0-only */
/* Just enough of KTAP for tests of pure functions. */
#ifndef KTAP_H
#define KTAP_H

#include <stdbool.h>
#include <stdio.h>

static bool ktap_failed;

#define EXPECT(condition) do {						\
	if (!(condition)) {						\
		printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
		ktap_failed = true;					\
	}								\
} while (0)

struct ktap_test {
	const char *name;
	void (*run)(void);
};

#define KTAP_TEST(function) { #function, function }

static inline int ktap_main(const struct ktap_test *tests, int n)
{
	int i, failures = 0;

	printf("TAP version 13\n1..%d\n", n);
	for (i = 0; i < n; i++) {
		ktap_failed = false;
		tests[i].run();
		printf("%sok %d %s\n", ktap_failed ? "not " : "", i + 1, tests[i].name);
		failures += ktap_failed;
	}
	return failures != 0;
}

#endif /* KTAP_H */
