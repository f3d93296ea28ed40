/* Chance that is the same in every run: a test that throws dice fails again when it is run again.
 */
#ifndef TESTS_LIB_DICE_H
#define TESTS_LIB_DICE_H

#include <stdint.h>

/* 0 ... n - 1; the state is the test's own, and its first value the seed. */
static inline unsigned dice_below(uint32_t *state, unsigned n)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % n;
}

#endif
