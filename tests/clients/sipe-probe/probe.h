/*
 * sipe-probe: a headless, scriptable client for the SIPE protocol plugin.
 *
 * Shared declarations of the small modules the program is made of.
 */
#ifndef SIPE_PROBE_H
#define SIPE_PROBE_H

#include <glib.h>
#include <purple.h>
#include <stdlib.h>

#define PROBE_UI_ID   "sipe-probe"
#define PROBE_PRPL_ID "prpl-sipe"
#define PROBE_VERSION "1.0"

#define PROBE_UNUSED G_GNUC_UNUSED

/* 0 for what is no number, as scripts have it. */
static inline int to_int(const char *s)
{
	return (int)strtol(s, NULL, 10);
}

static inline guint to_uint(const char *s)
{
	return (guint)strtoul(s, NULL, 10);
}

/* ---- events.c: JSON lines on stdout, and the "expect" matcher -------- */

/* Start an event, add members to it, then emit it as one line. Only one
 * event can be under construction at a time. */
void ev_begin(const char *name);
void ev_str(const char *key, const char *value); /* NULL becomes null */
void ev_int(const char *key, gint64 value);
void ev_bool(const char *key, gboolean value);
void ev_html(const char *key, const char *html); /* adds KEY and KEY_html */
void ev_list_begin(const char *key);             /* list of strings */
void ev_list_item(const char *value);
void ev_list_end(void);
void ev_map_begin(const char *key); /* map of strings */
void ev_map_item(const char *key, const char *value);
void ev_map_end(void);
void ev_end(void);

/* Shorthand: one event with string members, ended by a NULL key. */
void ev_simple(const char *name, ...) G_GNUC_NULL_TERMINATED;

/* Result line of a command. */
void ev_result(const char *cmd, gboolean ok, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* expect: look for an event in what was emitted since the last match, and
 * call done(found) at once or when it turns up or the time is over. */
typedef void (*ExpectDone)(gboolean found);
void expect_start(const char *name, char **conds, guint timeout_ms, ExpectDone done);
void expect_flush(void); /* forget everything emitted so far */

/* ---- main.c ----------------------------------------------------------- */

extern PurpleAccount *probe_account;
extern int probe_exit_code;
void probe_quit(void);
void probe_debug_note(const char *text);

/* ---- uiops.c ---------------------------------------------------------- */

void uiops_init(void);            /* before purple_core_init() */
void uiops_connect_signals(void); /* after purple_core_init() */
void uiops_accept_any_certificate(void);
void uiops_buddy_event(const char *event, PurpleBuddy *buddy, gboolean full);

/* ---- requests.c ------------------------------------------------------- */

void requests_init(void);
/* Values for the fields of the next "fields" request: it is answered with
 * them and "ok" as soon as it is made. Takes ownership. */
void requests_prefill(GHashTable *values);
gboolean requests_answer(guint id, char **args, const char **error);
void requests_list(void);
extern gboolean requests_auto; /* answer action requests by themselves */
guint requests_add_authorization(const char *who, const char *alias, gboolean on_list,
				 PurpleAccountRequestAuthorizationCb yes,
				 PurpleAccountRequestAuthorizationCb no, void *user_data);
void requests_drop_authorization(guint id);

/* ---- media.c ---------------------------------------------------------- */

void media_init(void);
gboolean media_call(const char *who, gboolean video);
gboolean media_accept(void);
gboolean media_reject(void);
gboolean media_hangup(void);
gboolean media_mute(gboolean on);
gboolean media_hold(gboolean on);
gboolean media_dtmf(const char *digits);
void media_stats(void);
extern gboolean media_auto_accept;

/* ---- commands.c ------------------------------------------------------- */

void commands_line(const char *line);
void commands_eof(void);

#endif
