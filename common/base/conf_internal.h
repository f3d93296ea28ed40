/* For conf*.c only. */
#ifndef PLY_BASE_CONF_INTERNAL_H
#define PLY_BASE_CONF_INTERNAL_H

#include "base/conf.h"

/* A field by its type. */
void *ply_conf_field(const struct ply_conf_item *item, void *conf);
bool ply_conf_is_text(const struct ply_conf_item *item);
/* "a time from 10s to 1d, such as 30s, 5m, 2h": what the item takes, for messages and help. */
void ply_conf_expected(const struct ply_conf_item *item, struct ply_strbuf *out);
/* The name of the table nearest to `word` when it looks like a slip of the finger, or NULL. */
const char *ply_conf_nearest(const char *best, struct ply_slice word, const char *candidate,
			     unsigned *distance);

#endif
