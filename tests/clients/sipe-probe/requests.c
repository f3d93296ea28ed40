/*
 * Requests: what a graphical client would show as a dialogue box.
 *
 * Each becomes an event with a number; a script answers by that number.
 */
#include <stdlib.h>
#include <string.h>

#include "probe.h"

struct request {
	guint id;
	PurpleRequestType type;
	PurpleRequestFields *fields;
	GCallback ok_cb;
	GCallback cancel_cb;
	void *user_data;
	GPtrArray *labels;    /* actions or choices */
	GPtrArray *callbacks; /* of actions */
	GArray *values;       /* of choices */
	int default_value;
	char *title;
	/* authorization requests */
	gboolean is_auth;
	PurpleAccountRequestAuthorizationCb auth_yes, auth_no;
};

gboolean requests_auto = FALSE;

static GHashTable *pending; /* id -> struct request */
static guint last_id;
static GHashTable *prefill;

static void request_free(gpointer data)
{
	struct request *r = data;
	if (r->fields)
		purple_request_fields_destroy(r->fields);
	if (r->labels)
		g_ptr_array_free(r->labels, TRUE);
	if (r->callbacks)
		g_ptr_array_free(r->callbacks, TRUE);
	if (r->values)
		g_array_free(r->values, TRUE);
	g_free(r->title);
	g_free(r);
}

static struct request *request_new(PurpleRequestType type, const char *title, void *user_data)
{
	struct request *r = g_new0(struct request, 1);
	r->id = ++last_id;
	r->type = type;
	r->title = g_strdup(title);
	r->user_data = user_data;
	g_hash_table_insert(pending, GUINT_TO_POINTER(r->id), r);
	return r;
}

static void request_event(const struct request *r, const char *kind, const char *title,
			  const char *primary, const char *secondary, const char *who)
{
	ev_begin("request");
	ev_int("id", r->id);
	ev_str("kind", kind);
	ev_str("title", title);
	ev_str("primary", primary);
	ev_str("secondary", secondary);
	ev_str("who", who);
	if (r->labels) {
		ev_list_begin("labels");
		for (guint i = 0; i < r->labels->len; i++)
			ev_list_item(g_ptr_array_index(r->labels, i));
		ev_list_end();
	}
	if (r->fields) {
		ev_map_begin("fields");
		for (GList *g = purple_request_fields_get_groups(r->fields); g; g = g->next)
			for (GList *f = purple_request_field_group_get_fields(g->data); f;
			     f = f->next)
				ev_map_item(purple_request_field_get_id(f->data),
					    purple_request_field_get_label(f->data));
		ev_map_end();
	}
	ev_end();
}

/* Close the request for libpurple too; the struct goes away with it. */
static void done(struct request *r)
{
	if (r->is_auth)
		g_hash_table_remove(pending, GUINT_TO_POINTER(r->id));
	else
		purple_request_close(r->type, GUINT_TO_POINTER(r->id));
}

static void set_field(PurpleRequestFields *fields, const char *id, const char *value)
{
	if (!purple_request_fields_exists(fields, id))
		return;
	PurpleRequestField *f = purple_request_fields_get_field(fields, id);
	switch (purple_request_field_get_type(f)) {
	case PURPLE_REQUEST_FIELD_STRING:
		purple_request_field_string_set_value(f, value);
		break;
	case PURPLE_REQUEST_FIELD_INTEGER:
		purple_request_field_int_set_value(f, to_int(value));
		break;
	case PURPLE_REQUEST_FIELD_BOOLEAN:
		purple_request_field_bool_set_value(f, !g_ascii_strcasecmp(value, "true") ||
							       !g_ascii_strcasecmp(value, "yes") ||
							       !strcmp(value, "1"));
		break;
	case PURPLE_REQUEST_FIELD_CHOICE:
		purple_request_field_choice_set_value(f, to_int(value));
		break;
	case PURPLE_REQUEST_FIELD_LIST: {
		void *data = purple_request_field_list_get_data(f, value);
		purple_request_field_list_clear_selected(f);
		if (data)
			purple_request_field_list_add_selected(f, value);
		break;
	}
	default:
		break;
	}
}

static void answer_fields(struct request *r, gboolean ok)
{
	PurpleRequestFieldsCb cb = (PurpleRequestFieldsCb)(ok ? r->ok_cb : r->cancel_cb);
	if (cb)
		cb(r->user_data, r->fields);
	done(r);
}

static gboolean answer_prefilled(gpointer data)
{
	struct request *r = g_hash_table_lookup(pending, data);
	if (r)
		answer_fields(r, TRUE);
	return FALSE;
}

/* NOLINTBEGIN(readability-function-size): libpurple says which arguments there are */

static void *op_input(const char *title, const char *primary, const char *secondary,
		      const char *default_value PROBE_UNUSED, gboolean multiline PROBE_UNUSED,
		      gboolean masked PROBE_UNUSED, gchar *hint PROBE_UNUSED,
		      const char *ok_text PROBE_UNUSED, GCallback ok_cb,
		      const char *cancel_text PROBE_UNUSED, GCallback cancel_cb,
		      PurpleAccount *account PROBE_UNUSED, const char *who,
		      PurpleConversation *conv PROBE_UNUSED, void *user_data)
{
	struct request *r = request_new(PURPLE_REQUEST_INPUT, title, user_data);
	r->ok_cb = ok_cb;
	r->cancel_cb = cancel_cb;
	request_event(r, "input", title, primary, secondary, who);
	return GUINT_TO_POINTER(r->id);
}

static void *op_choice(const char *title, const char *primary, const char *secondary,
		       int default_value, const char *ok_text PROBE_UNUSED, GCallback ok_cb,
		       const char *cancel_text PROBE_UNUSED, GCallback cancel_cb,
		       PurpleAccount *account PROBE_UNUSED, const char *who,
		       PurpleConversation *conv PROBE_UNUSED, void *user_data, va_list choices)
{
	struct request *r = request_new(PURPLE_REQUEST_CHOICE, title, user_data);
	const char *label;
	r->ok_cb = ok_cb;
	r->cancel_cb = cancel_cb;
	r->default_value = default_value;
	r->labels = g_ptr_array_new_with_free_func(g_free);
	r->values = g_array_new(FALSE, FALSE, sizeof(int));
	while ((label = va_arg(choices, const char *)) != NULL) {
		int value = va_arg(choices, int);
		g_ptr_array_add(r->labels, g_strdup(label));
		g_array_append_val(r->values, value);
	}
	request_event(r, "choice", title, primary, secondary, who);
	return GUINT_TO_POINTER(r->id);
}

static void answer_action(struct request *r, guint index)
{
	PurpleRequestActionCb cb = (PurpleRequestActionCb)g_ptr_array_index(r->callbacks, index);
	void *user_data = r->user_data;
	done(r);
	if (cb)
		cb(user_data, (int)index);
}

static gboolean answer_action_auto(gpointer data)
{
	struct request *r = g_hash_table_lookup(pending, data);
	if (r)
		answer_action(r, 0);
	return FALSE;
}

static void *op_action(const char *title, const char *primary, const char *secondary,
		       int default_action, PurpleAccount *account PROBE_UNUSED, const char *who,
		       PurpleConversation *conv PROBE_UNUSED, void *user_data, size_t action_count,
		       va_list actions)
{
	struct request *r = request_new(PURPLE_REQUEST_ACTION, title, user_data);
	r->default_value = default_action;
	r->labels = g_ptr_array_new_with_free_func(g_free);
	r->callbacks = g_ptr_array_new();
	for (size_t i = 0; i < action_count; i++) {
		g_ptr_array_add(r->labels, g_strdup(va_arg(actions, const char *)));
		g_ptr_array_add(r->callbacks, (gpointer)va_arg(actions, GCallback));
	}
	request_event(r, "action", title, primary, secondary, who);
	if (requests_auto && action_count)
		g_idle_add(answer_action_auto, GUINT_TO_POINTER(r->id));
	return GUINT_TO_POINTER(r->id);
}

static void *op_fields(const char *title, const char *primary, const char *secondary,
		       PurpleRequestFields *fields, const char *ok_text PROBE_UNUSED,
		       GCallback ok_cb, const char *cancel_text PROBE_UNUSED, GCallback cancel_cb,
		       PurpleAccount *account PROBE_UNUSED, const char *who,
		       PurpleConversation *conv PROBE_UNUSED, void *user_data)
{
	struct request *r = request_new(PURPLE_REQUEST_FIELDS, title, user_data);
	r->fields = fields;
	r->ok_cb = ok_cb;
	r->cancel_cb = cancel_cb;
	if (prefill) {
		GHashTableIter it;
		gpointer key, value;
		g_hash_table_iter_init(&it, prefill);
		while (g_hash_table_iter_next(&it, &key, &value))
			set_field(fields, key, value);
		g_hash_table_destroy(prefill);
		prefill = NULL;
		g_idle_add(answer_prefilled, GUINT_TO_POINTER(r->id));
	} else {
		request_event(r, "fields", title, primary, secondary, who);
	}
	return GUINT_TO_POINTER(r->id);
}

static void *op_file(const char *title, const char *filename, gboolean savedialog, GCallback ok_cb,
		     GCallback cancel_cb, PurpleAccount *account PROBE_UNUSED, const char *who,
		     PurpleConversation *conv PROBE_UNUSED, void *user_data)
{
	struct request *r = request_new(PURPLE_REQUEST_FILE, title, user_data);
	r->ok_cb = ok_cb;
	r->cancel_cb = cancel_cb;
	request_event(r, savedialog ? "file-save" : "file-open", title, filename, NULL, who);
	return GUINT_TO_POINTER(r->id);
}

static void *op_folder(const char *title, const char *dirname, GCallback ok_cb, GCallback cancel_cb,
		       PurpleAccount *account PROBE_UNUSED, const char *who,
		       PurpleConversation *conv PROBE_UNUSED, void *user_data)
{
	struct request *r = request_new(PURPLE_REQUEST_FOLDER, title, user_data);
	r->ok_cb = ok_cb;
	r->cancel_cb = cancel_cb;
	request_event(r, "folder", title, dirname, NULL, who);
	return GUINT_TO_POINTER(r->id);
}

static void *op_action_icon(const char *title, const char *primary, const char *secondary,
			    int default_action, PurpleAccount *account, const char *who,
			    PurpleConversation *conv, gconstpointer icon_data PROBE_UNUSED,
			    gsize icon_size PROBE_UNUSED, void *user_data, size_t action_count,
			    va_list actions)
{
	return op_action(title, primary, secondary, default_action, account, who, conv, user_data,
			 action_count, actions);
}

/* NOLINTEND(readability-function-size) */

static void op_close(PurpleRequestType type PROBE_UNUSED, void *ui_handle)
{
	guint id = GPOINTER_TO_UINT(ui_handle);
	if (g_hash_table_remove(pending, GUINT_TO_POINTER(id))) {
		ev_begin("request-closed");
		ev_int("id", id);
		ev_end();
	}
}

static PurpleRequestUiOps ops = {
	.request_input = op_input,
	.request_choice = op_choice,
	.request_action = op_action,
	.request_fields = op_fields,
	.request_file = op_file,
	.close_request = op_close,
	.request_folder = op_folder,
	.request_action_with_icon = op_action_icon,
};

void requests_init(void)
{
	pending = g_hash_table_new_full(NULL, NULL, NULL, request_free);
	purple_request_set_ui_ops(&ops);
}

void requests_prefill(GHashTable *values)
{
	if (prefill)
		g_hash_table_destroy(prefill);
	prefill = values;
}

guint requests_add_authorization(const char *who, const char *alias, gboolean on_list,
				 PurpleAccountRequestAuthorizationCb yes,
				 PurpleAccountRequestAuthorizationCb no, void *user_data)
{
	struct request *r = request_new(PURPLE_REQUEST_ACTION, who, user_data);
	r->is_auth = TRUE;
	r->auth_yes = yes;
	r->auth_no = no;
	ev_begin("request");
	ev_int("id", r->id);
	ev_str("kind", "authorize");
	ev_str("who", who);
	ev_str("alias", alias);
	ev_bool("on_list", on_list);
	ev_end();
	return r->id;
}

void requests_drop_authorization(guint id)
{
	g_hash_table_remove(pending, GUINT_TO_POINTER(id));
}

static void answer_auth(struct request *r, gboolean cancel)
{
	PurpleAccountRequestAuthorizationCb cb = cancel ? r->auth_no : r->auth_yes;
	void *user_data = r->user_data;
	done(r);
	if (cb)
		cb(user_data);
}

static void fill_fields(struct request *r, char **assignments)
{
	for (char **a = assignments; *a; a++) {
		char *eq = strchr(*a, '=');
		if (!eq)
			continue;
		*eq = '\0';
		set_field(r->fields, *a, eq + 1);
	}
}

/* labels->len when there is no such action */
static guint action_index(const struct request *r, const char *verb, gboolean cancel)
{
	if (g_ascii_isdigit(*verb))
		return to_uint(verb);
	if (!strcmp(verb, "ok") || !strcmp(verb, "yes"))
		return 0;
	if (cancel)
		return r->labels->len - 1;
	for (guint i = 0; i < r->labels->len; i++)
		if (!g_ascii_strcasecmp(verb, g_ptr_array_index(r->labels, i)))
			return i;
	return r->labels->len;
}

static void answer_choice(struct request *r, const char *verb, gboolean cancel)
{
	PurpleRequestChoiceCb cb = (PurpleRequestChoiceCb)(cancel ? r->cancel_cb : r->ok_cb);
	void *user_data = r->user_data;
	int value = r->default_value;
	if (g_ascii_isdigit(*verb) && to_uint(verb) < r->values->len)
		value = g_array_index(r->values, int, to_int(verb));
	done(r);
	if (cb)
		cb(user_data, value);
}

/* PurpleRequestInputCb and PurpleRequestFileCb are of one kind. */
static void answer_text(struct request *r, const char *text, gboolean cancel)
{
	PurpleRequestInputCb cb = (PurpleRequestInputCb)(cancel ? r->cancel_cb : r->ok_cb);
	void *user_data = r->user_data;
	done(r);
	if (cb)
		cb(user_data, text);
}

/* args: ok|cancel|NUMBER|TEXT [FIELD=VALUE ...] */
gboolean requests_answer(guint id, char **args, const char **error)
{
	struct request *r = g_hash_table_lookup(pending, GUINT_TO_POINTER(id));
	const char *verb = args[0] ? args[0] : "ok";
	gboolean cancel = !strcmp(verb, "cancel") || !strcmp(verb, "no");
	guint index;

	if (!r) {
		*error = "no such request";
		return FALSE;
	}
	if (r->is_auth) {
		answer_auth(r, cancel);
		return TRUE;
	}
	switch (r->type) {
	case PURPLE_REQUEST_FIELDS:
		fill_fields(r, args + (args[0] ? 1 : 0));
		answer_fields(r, !cancel);
		return TRUE;
	case PURPLE_REQUEST_ACTION:
		index = action_index(r, verb, cancel);
		if (index >= r->labels->len) {
			*error = "no such action";
			return FALSE;
		}
		answer_action(r, index);
		return TRUE;
	case PURPLE_REQUEST_CHOICE:
		answer_choice(r, verb, cancel);
		return TRUE;
	case PURPLE_REQUEST_INPUT:
	case PURPLE_REQUEST_FILE:
	case PURPLE_REQUEST_FOLDER:
		answer_text(r, verb, cancel);
		return TRUE;
	default:
		*error = "request of an unknown kind";
		return FALSE;
	}
}

void requests_list(void)
{
	GHashTableIter it;
	gpointer value;
	g_hash_table_iter_init(&it, pending);
	while (g_hash_table_iter_next(&it, NULL, &value)) {
		struct request *r = value;
		ev_begin("request-pending");
		ev_int("id", r->id);
		ev_str("title", r->title);
		ev_end();
	}
}
