/* Monotonic and wall time in one place, so that tests can hold and move both. Rank 0. */
#ifndef PLY_BASE_CLOCK_H
#define PLY_BASE_CLOCK_H

#include "base/ply.h"

/* Milliseconds since an arbitrary start; never goes back. */
uint64_t ply_mono_ms(void);
/* Microseconds of the same clock, for measuring. Not held by tests. */
uint64_t ply_mono_us(void);
/* Milliseconds since 1970-01-01T00:00:00Z. */
uint64_t ply_wall_ms(void);

enum { PLY_TIME_MAX = 32 };
/* "2026-01-05T09:30:00.120Z" (xs:dateTime, RFC 3339) into out. Returns out. */
char *ply_time_iso(uint64_t wall_ms, char out[PLY_TIME_MAX]);
/* "Sat, 21 Nov 2026 21:06:28 GMT" (RFC 3261 §20.17). Returns out. */
char *ply_time_sip(uint64_t wall_ms, char out[PLY_TIME_MAX]);

/* Tests: both clocks stand still at these values; move them with ply_clock_advance. */
void ply_clock_hold(uint64_t mono_ms, uint64_t wall_ms);
/* Clocks that are not held go on from there, that much ahead of the real ones. */
void ply_clock_advance(uint64_t ms);
/* Real clocks again. */
void ply_clock_release(void);

#endif
