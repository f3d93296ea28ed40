/*
 * Events: one JSON object per line on stdout.
 *
 * Each emitted event is also kept in memory, so that a script's "expect"
 * finds an event that came before the command was read.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "probe.h"

#define KEEP_EVENTS 20000

struct kept {
	char *name;
	GHashTable *members; /* flat members only, all as strings */
};

static GString *line; /* event under construction */
static struct kept *building;
static gboolean first_item; /* of the list or map being written */
static GPtrArray *kept;
static guint cursor; /* first kept event not yet consumed */

static struct {
	gboolean active;
	char *name;
	char **conds;
	guint timer;
	ExpectDone done;
} expect;

static void kept_free(gpointer data)
{
	struct kept *k = data;
	g_free(k->name);
	g_hash_table_destroy(k->members);
	g_free(k);
}

static void json_string(GString *out, const char *s)
{
	if (!s) {
		g_string_append(out, "null");
		return;
	}
	gchar *valid = g_utf8_make_valid(s, -1);
	g_string_append_c(out, '"');
	for (const char *p = valid; *p; p++) {
		unsigned char c = (unsigned char)*p;
		switch (c) {
		case '"':
			g_string_append(out, "\\\"");
			break;
		case '\\':
			g_string_append(out, "\\\\");
			break;
		case '\n':
			g_string_append(out, "\\n");
			break;
		case '\r':
			g_string_append(out, "\\r");
			break;
		case '\t':
			g_string_append(out, "\\t");
			break;
		default:
			if (c < 0x20)
				g_string_append_printf(out, "\\u%04x", c);
			else
				g_string_append_c(out, (char)c);
		}
	}
	g_string_append_c(out, '"');
	g_free(valid);
}

static void member(const char *key)
{
	g_string_append_c(line, ',');
	json_string(line, key);
	g_string_append_c(line, ':');
}

static void remember(const char *key, const char *value)
{
	g_hash_table_insert(building->members, g_strdup(key), g_strdup(value ? value : ""));
}

void ev_begin(const char *name)
{
	if (!kept)
		kept = g_ptr_array_new_with_free_func(kept_free);
	line = g_string_new("{\"event\":");
	json_string(line, name);
	g_string_append_printf(line, ",\"ms\":%" G_GINT64_FORMAT, g_get_real_time() / 1000);
	building = g_new0(struct kept, 1);
	building->name = g_strdup(name);
	building->members = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void ev_str(const char *key, const char *value)
{
	member(key);
	json_string(line, value);
	remember(key, value);
}

void ev_int(const char *key, gint64 value)
{
	char buf[32];
	g_snprintf(buf, sizeof(buf), "%" G_GINT64_FORMAT, value);
	member(key);
	g_string_append(line, buf);
	remember(key, buf);
}

void ev_bool(const char *key, gboolean value)
{
	member(key);
	g_string_append(line, value ? "true" : "false");
	remember(key, value ? "true" : "false");
}

void ev_html(const char *key, const char *html)
{
	gchar *text = html ? purple_markup_strip_html(html) : NULL;
	gchar *html_key = g_strconcat(key, "_html", NULL);
	ev_str(key, text);
	ev_str(html_key, html);
	g_free(html_key);
	g_free(text);
}

void ev_list_begin(const char *key)
{
	member(key);
	g_string_append_c(line, '[');
	first_item = TRUE;
}

void ev_list_item(const char *value)
{
	if (!first_item)
		g_string_append_c(line, ',');
	first_item = FALSE;
	json_string(line, value);
}

void ev_list_end(void)
{
	g_string_append_c(line, ']');
}

void ev_map_begin(const char *key)
{
	member(key);
	g_string_append_c(line, '{');
	first_item = TRUE;
}

void ev_map_item(const char *key, const char *value)
{
	if (!first_item)
		g_string_append_c(line, ',');
	first_item = FALSE;
	json_string(line, key ? key : "");
	g_string_append_c(line, ':');
	json_string(line, value);
	/* members of maps can be matched by their own name */
	if (key)
		remember(key, value);
}

void ev_map_end(void)
{
	g_string_append_c(line, '}');
}

/* conds: KEY=VALUE (equal) or KEY~TEXT (contains) */
static gboolean matches(const struct kept *k)
{
	if (strcmp(k->name, expect.name) != 0)
		return FALSE;
	for (char **c = expect.conds; c && *c; c++) {
		size_t len = strcspn(*c, "=~");
		if (!(*c)[len])
			return FALSE;
		gchar *key = g_strndup(*c, len);
		const char *want = *c + len + 1;
		const char *have = g_hash_table_lookup(k->members, key);
		gboolean ok = have && ((*c)[len] == '=' ? !g_ascii_strcasecmp(have, want)
							: strstr(have, want) != NULL);
		g_free(key);
		if (!ok)
			return FALSE;
	}
	return TRUE;
}

static void expect_finish(gboolean found)
{
	ExpectDone done = expect.done;
	if (expect.timer)
		g_source_remove(expect.timer);
	g_free(expect.name);
	g_strfreev(expect.conds);
	memset(&expect, 0, sizeof(expect));
	if (done)
		done(found);
}

static gboolean expect_scan(void)
{
	while (kept && cursor < kept->len) {
		struct kept *k = g_ptr_array_index(kept, cursor);
		cursor++;
		if (matches(k))
			return TRUE;
	}
	return FALSE;
}

static gboolean expect_timeout(gpointer data PROBE_UNUSED)
{
	expect.timer = 0;
	expect_finish(FALSE);
	return FALSE;
}

static gboolean expect_hit_idle(gpointer data PROBE_UNUSED)
{
	expect_finish(TRUE);
	return FALSE;
}

void expect_start(const char *name, char **conds, guint timeout_ms, ExpectDone done)
{
	expect.name = g_strdup(name);
	expect.conds = g_strdupv(conds);
	expect.done = done;
	if (expect_scan()) {
		g_idle_add(expect_hit_idle, NULL);
		return;
	}
	expect.active = TRUE;
	expect.timer = g_timeout_add(timeout_ms, expect_timeout, NULL);
}

void expect_flush(void)
{
	if (kept)
		cursor = kept->len;
}

void ev_end(void)
{
	g_string_append(line, "}\n");
	fputs(line->str, stdout);
	fflush(stdout);
	g_string_free(line, TRUE);
	line = NULL;

	g_ptr_array_add(kept, building);
	building = NULL;
	if (kept->len > KEEP_EVENTS) {
		guint drop = kept->len - KEEP_EVENTS / 2;
		g_ptr_array_remove_range(kept, 0, drop);
		cursor = cursor > drop ? cursor - drop : 0;
	}
	if (expect.active && expect_scan()) {
		expect.active = FALSE;
		g_idle_add(expect_hit_idle, NULL);
	}
}

void ev_simple(const char *name, ...)
{
	va_list ap;
	const char *key;
	ev_begin(name);
	va_start(ap, name);
	while ((key = va_arg(ap, const char *)) != NULL)
		ev_str(key, va_arg(ap, const char *));
	va_end(ap);
	ev_end();
}

void ev_result(const char *cmd, gboolean ok, const char *format, ...)
{
	gchar *text = NULL;
	if (format) {
		va_list ap;
		va_start(ap, format);
		text = g_strdup_vprintf(format, ap);
		va_end(ap);
	}
	ev_begin("result");
	ev_str("cmd", cmd);
	ev_bool("ok", ok);
	if (text)
		ev_str(ok ? "info" : "error", text);
	ev_end();
	g_free(text);
}
