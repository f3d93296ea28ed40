#include "base/log.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* One write(2) a line, of at most PIPE_BUF bytes: whole lines from all threads without a lock. */
enum { LINE = 4096, TAIL = 24, VALUE_MAX = 1024 };

static const char *const level_name[] = {"error", "warn", "info", "debug"};

static struct {
	char role[32];
	char host[64];
	int fd;
	atomic_int level;
	atomic_bool json;
	atomic_ullong lost;
} out = {.fd = -1, .level = PLY_LOG_INFO};

struct line {
	char p[LINE];
	size_t len;
	bool json;
	bool full; /* the field being written does not fit */
	bool cut;  /* a field was left out */
};

void ply_log_init(struct ply_log *log, const struct ply_log *parent)
{
	*log = (struct ply_log){.parent = parent};
}

void ply_log_set(struct ply_log *log, unsigned slot, const char *key, const char *val)
{
	if (slot >= ARRAY_LEN(log->key))
		return;
	log->key[slot] = key;
	log->val[slot] = val;
}

void ply_log_set_host(const char *host)
{
	(void)snprintf(out.host, sizeof out.host, "%s", host);
}

void ply_log_open(const char *role, enum ply_log_level level, int fd)
{
	(void)snprintf(out.role, sizeof out.role, "%s", role);
	out.fd = fd;
	ply_log_set_level(level);
	if (!out.host[0] && gethostname(out.host, sizeof out.host - 1))
		ply_log_set_host("unknown");
}

void ply_log_set_level(enum ply_log_level level)
{
	atomic_store_explicit(&out.level, (int)level, memory_order_relaxed);
}

void ply_log_set_json(bool on)
{
	atomic_store_explicit(&out.json, on, memory_order_relaxed);
}

bool ply_log_wants(enum ply_log_level level)
{
	return (int)level <= atomic_load_explicit(&out.level, memory_order_relaxed);
}

uint64_t ply_log_lost(void)
{
	return atomic_load_explicit(&out.lost, memory_order_relaxed);
}

int ply_log_level_parse(struct ply_slice s, enum ply_log_level *level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_name); i++) {
		if (ply_slice_is(s, level_name[i])) {
			*level = (enum ply_log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

static void put(struct line *l, const char *p, size_t n)
{
	if (n > LINE - TAIL - l->len) {
		l->full = true;
		return;
	}
	memcpy(l->p + l->len, p, n);
	l->len += n;
}

static void put_str(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

static bool plain(struct ply_slice v)
{
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = (uint8_t)v.p[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f)
			return false;
	}
	return v.len != 0;
}

static void put_escaped(struct line *l, uint8_t c)
{
	char t[8];

	if (c == '\n')
		put_str(l, "\\n");
	else if (c == '\r')
		put_str(l, "\\r");
	else if (c == '\t')
		put_str(l, "\\t");
	else if (c == '"' || c == '\\')
		put(l, (char[]){'\\', (char)c}, 2);
	else
		put(l, t, (size_t)snprintf(t, sizeof t, l->json ? "\\u%04x" : "\\x%02x", c));
}

/* Between quotes: control characters and bytes that are not UTF-8 escaped. */
static void put_quoted(struct line *l, struct ply_slice v)
{
	struct ply_slice rest = v;
	uint32_t cp;

	put(l, "\"", 1);
	while (rest.len && !l->full) {
		struct ply_slice at = rest;

		if (!ply_utf8_next(&rest, &cp)) {
			put_escaped(l, (uint8_t)rest.p[0]);
			rest = ply_slice_from(rest, 1);
		} else if (cp < 0x20 || cp == 0x7f || cp == '"' || cp == '\\') {
			put_escaped(l, (uint8_t)cp);
		} else {
			put(l, at.p, at.len - rest.len);
		}
	}
	put(l, "\"", 1);
}

static void put_value(struct line *l, struct ply_slice v)
{
	struct ply_slice shown = ply_utf8_prefix(v, VALUE_MAX);

	l->cut = l->cut || shown.len < v.len;
	if (!l->json && plain(shown))
		put(l, shown.p, shown.len);
	else
		put_quoted(l, shown);
}

/* A whole field or, when it does not fit, nothing of it. */
static void field(struct line *l, const struct ply_kv *kv)
{
	size_t start = l->len;
	char num[24];

	if (l->json) {
		put_str(l, start > 1 ? ",\"" : "\"");
		put_str(l, kv->key);
		put_str(l, "\":");
	} else {
		if (start)
			put(l, " ", 1);
		put_str(l, kv->key);
		put(l, "=", 1);
	}
	if (kv->kind == PLY_KV_INT)
		put(l, num, (size_t)snprintf(num, sizeof num, "%lld", kv->num));
	else if (kv->kind == PLY_KV_SLICE)
		put_value(l, kv->slice);
	else
		put_value(l, ply_slice_str(kv->str));
	if (l->full) {
		l->len = start;
		l->full = false;
		l->cut = true;
	}
}

static void text_field(struct line *l, const char *key, const char *val)
{
	const struct ply_kv kv = KS(key, val);

	field(l, &kv);
}

/* Outermost first: conference before participant. Parents are few; 8 is no real limit. */
static void context(struct line *l, const struct ply_log *log)
{
	const struct ply_log *chain[8];
	size_t n = 0;

	for (; log && n < ARRAY_LEN(chain); log = log->parent)
		chain[n++] = log;
	while (n--)
		for (size_t i = 0; i < ARRAY_LEN(chain[n]->key); i++)
			if (chain[n]->key[i] && chain[n]->val[i])
				text_field(l, chain[n]->key[i], chain[n]->val[i]);
}

static void head(struct line *l, enum ply_log_level level, const char *event)
{
	char ts[PLY_TIME_MAX];

	if (l->json)
		put(l, "{", 1);
	text_field(l, "ts", ply_time_iso(ply_wall_ms(), ts));
	text_field(l, "lvl", level_name[level]);
	text_field(l, "host", out.host);
	text_field(l, "role", out.role);
	text_field(l, "ev", event);
}

/* TAIL keeps room for this. */
static void finish(struct line *l)
{
	const char *tail = l->json  ? l->cut ? ",\"cut\":true}\n" : "}\n"
			   : l->cut ? " cut=yes\n"
				    : "\n";
	size_t n = strlen(tail);

	memcpy(l->p + l->len, tail, n);
	l->len += n;
}

void ply_log_write(const struct ply_log *log, enum ply_log_level level, const char *event,
		   const struct ply_kv *kv, size_t n_kv)
{
	struct line l;
	int saved = errno;
	ssize_t n;

	l.len = 0;
	l.full = l.cut = false;
	l.json = atomic_load_explicit(&out.json, memory_order_relaxed);
	head(&l, level, event);
	context(&l, log);
	for (size_t i = 0; i < n_kv && kv[i].key; i++)
		field(&l, &kv[i]);
	finish(&l);
	do
		n = write(out.fd < 0 ? STDERR_FILENO : out.fd, l.p, l.len);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)l.len)
		atomic_fetch_add_explicit(&out.lost, 1, memory_order_relaxed);
	errno = saved;
}
