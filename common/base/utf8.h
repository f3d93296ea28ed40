/* UTF-8: validate (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF), walk, fold case
 * of ASCII, Latin-1, Greek and Cyrillic letters (enough to compare names typed by people). Pure.
 * Rank 0. */
#ifndef PLY_BASE_UTF8_H
#define PLY_BASE_UTF8_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

/* Cuts the next character off *rest into *cp; false at the end and on a malformed byte (*rest then
 * starts with it). */
bool ply_utf8_next(struct ply_slice *rest, uint32_t *cp);
bool ply_utf8_valid(struct ply_slice s);
/* Appends the character; a surrogate or one past U+10FFFF becomes U+FFFD. */
void ply_utf8_add(struct ply_strbuf *out, uint32_t cp);
/* The longest prefix of at most max bytes that does not cut a character. */
struct ply_slice ply_utf8_prefix(struct ply_slice s, size_t max);
uint32_t ply_utf8_fold(uint32_t cp);
/* Appends s with every letter folded; malformed bytes become U+FFFD. */
void ply_utf8_add_folded(struct ply_strbuf *out, struct ply_slice s);

#endif
