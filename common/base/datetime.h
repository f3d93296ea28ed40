/* xs:dateTime, as it stands in documents, from and to milliseconds since 1970, UTC. Pure: the clock
 * is clock.h. Rank 0. */
#ifndef PLY_BASE_DATETIME_H
#define PLY_BASE_DATETIME_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

enum { PLY_DATETIME_LEN = 24 }; /* 2026-11-21T21:06:12.000Z */
/* Years 1970-9999, else clamped. */
void ply_datetime_text(char out[PLY_DATETIME_LEN + 1], int64_t unix_ms);
void ply_datetime_add(struct ply_strbuf *b, int64_t unix_ms);
/* Date and time of the years 1970-9999; fraction and zone may be missing (then UTC), 24:00:00 is
 * the next day. False when it is none. */
bool ply_datetime_read(struct ply_slice s, int64_t *unix_ms);

#endif
