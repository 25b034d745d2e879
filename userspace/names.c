// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of uapi/memsusp.h, by their numbers
 */
#include <stdio.h>
#include <string.h>

#include "memsusp-ctl.h"

static const char * const states[] = MEMSUSP_STATES;
static const char * const reasons[] = MEMSUSP_REASONS;
static const char * const policies[] = MEMSUSP_POLICIES;
static const char * const events[] = MEMSUSP_EVENTS;

/**
 * state_name() - what jobs/PID/state reads
 * @state: the state
 */
const char *state_name(enum memsusp_state state)
{
	return states[state];
}

/**
 * reason_name() - what jobs/PID/reason reads
 * @reason: the reason
 */
const char *reason_name(enum memsusp_reason reason)
{
	return reasons[reason];
}

/**
 * event_name() - what follows "event=" in the stream of events
 * @event: the type of the event
 */
const char *event_name(enum memsusp_event_type event)
{
	return events[event];
}

static bool is_one_of(const char *word, const char * const *words, size_t nr)
{
	while (nr--)
		if (!strcmp(words[nr], word))
			return true;
	return false;
}

/**
 * is_state() - can a job be in that state?
 * @word: what the user wrote
 */
bool is_state(const char *word)
{
	return is_one_of(word, states, ARRAY_SIZE(states));
}

/**
 * is_policy() - is there such a policy?
 * @word: what the user wrote
 */
bool is_policy(const char *word)
{
	return is_one_of(word, policies, ARRAY_SIZE(policies));
}

/**
 * list_policies() - all policies, with a blank between
 * @buf: where to
 * @size: of @buf
 */
void list_policies(char *buf, size_t size)
{
	size_t i, len = 0;

	for (i = 0; i < ARRAY_SIZE(policies) && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s", i ? " " : "", policies[i]);
}
