/* Writing JSON texts; there is nothing to read. Rank 0. */
#ifndef PLY_BASE_JSON_H
#define PLY_BASE_JSON_H

#include "base/slice.h"
#include "base/strbuf.h"

/* Appends s as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD. */
void ply_json_string(struct ply_strbuf *out, struct ply_slice s);
/* Appends "key": (with a comma before it unless *first) and clears *first. */
void ply_json_key(struct ply_strbuf *out, bool *first, const char *key);

#endif
