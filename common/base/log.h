/* Log lines: one event a line, key=value, context inherited from the object's ply_log
 * (CONTRIBUTING.md, "Log lines"). Names are `module.past-tense`, listed in docs/log-events.md.
 * Never keys, passwords, bodies or tokens. Rank 0; may be called from any thread. */
#ifndef PLY_BASE_LOG_H
#define PLY_BASE_LOG_H

#include "base/ply.h"
#include "base/slice.h"

enum ply_log_level { PLY_LOG_ERROR, PLY_LOG_WARN, PLY_LOG_INFO, PLY_LOG_DEBUG };

struct ply_kv {
	const char *key; /* NULL ends a list */
	enum { PLY_KV_STR, PLY_KV_INT, PLY_KV_SLICE } kind;
	const char *str;
	long long num;
	struct ply_slice slice;
};

#define KS(k, v)                                                                                   \
	(struct ply_kv)                                                                            \
	{                                                                                          \
		.key = (k), .kind = PLY_KV_STR, .str = (v)                                         \
	}
#define KI(k, v)                                                                                   \
	(struct ply_kv)                                                                            \
	{                                                                                          \
		.key = (k), .kind = PLY_KV_INT, .num = (long long)(v)                              \
	}
#define KSL(k, v)                                                                                  \
	(struct ply_kv)                                                                            \
	{                                                                                          \
		.key = (k), .kind = PLY_KV_SLICE, .slice = (v)                                     \
	}

/* Context of an object: up to two keys of its own, then its parent's. Strings are LENT for the
 * log's life. */
struct ply_log {
	const struct ply_log *parent;
	const char *key[2];
	const char *val[2];
};

void ply_log_init(struct ply_log *log, const struct ply_log *parent);
void ply_log_set(struct ply_log *log, unsigned slot, const char *key, const char *val);

/* Process-wide: the role's name, the least level written, and (for tests) where to. fd -1: standard
 * error. */
void ply_log_open(const char *role, enum ply_log_level level, int fd);
void ply_log_set_level(enum ply_log_level level);
/* Value of the `host` key; the system's host name until set. */
void ply_log_set_host(const char *host);
/* The same lines as JSON objects (`log_format = json`). */
void ply_log_set_json(bool on);
bool ply_log_wants(enum ply_log_level level);
/* "error", "warn", "info", "debug" to the level; -EINVAL. */
int ply_log_level_parse(struct ply_slice s, enum ply_log_level *out);

/* Lines that could not be written whole since the start. */
uint64_t ply_log_lost(void);

/* One line of at most 4096 bytes in one write(2). Values are cut at 1024 bytes; fields that do not
 * fit are left out; either is marked by cut=yes. */
void ply_log_write(const struct ply_log *log, enum ply_log_level level, const char *event,
		   const struct ply_kv *kv, size_t n_kv);

#define PLY_LOG_AT(level, log, event, ...)                                                         \
	do {                                                                                       \
		if (ply_log_wants(level)) {                                                        \
			const struct ply_kv kv_[] = {__VA_ARGS__};                                 \
			ply_log_write((log), (level), (event), kv_, ARRAY_LEN(kv_));               \
		}                                                                                  \
	} while (0)

/* error: an operator must act; warn: degraded; info: one line a conference, call or login; debug:
 * the rest. At least one key is required: an event without a value is no event. `log` may be NULL.
 */
#define ply_error(log, event, ...) PLY_LOG_AT(PLY_LOG_ERROR, log, event, __VA_ARGS__)
#define ply_warn(log, event, ...)  PLY_LOG_AT(PLY_LOG_WARN, log, event, __VA_ARGS__)
#define ply_info(log, event, ...)  PLY_LOG_AT(PLY_LOG_INFO, log, event, __VA_ARGS__)
#define ply_debug(log, event, ...) PLY_LOG_AT(PLY_LOG_DEBUG, log, event, __VA_ARGS__)

#endif
