/*
 * Commands: one line each, words separated as a shell would.
 *
 * Lines are kept in a queue, because "wait" and "expect" hold back those
 * that follow.
 */
#include <stdlib.h>
#include <string.h>

#include "probe.h"

static GQueue queue = G_QUEUE_INIT;
static gboolean held; /* a wait or an expect is going on */
static gboolean at_eof;
static gboolean fail_fast; /* leave with 1 when an expect fails */
static gboolean eof_quits = TRUE;
static guint pump_source;

static void pump_later(void);

/* ---- helpers ---------------------------------------------------------- */

static PurpleConnection *gc(void)
{
	return probe_account ? purple_account_get_connection(probe_account) : NULL;
}

static gboolean online(void)
{
	return probe_account && purple_account_is_connected(probe_account);
}

/* The plugin names people by URI with "sip:" in front. */
static gchar *sip_name(const char *name)
{
	if (g_str_has_prefix(name, "sip:") || g_str_has_prefix(name, "tel:"))
		return g_strdup(name);
	return g_strconcat("sip:", name, NULL);
}

static gchar *to_html(const char *text)
{
	gchar *escaped = g_markup_escape_text(text, -1);
	gchar *unix_lines = purple_strreplace(escaped, "\\n", "<br>");
	g_free(escaped);
	return unix_lines;
}

static PurplePluginProtocolInfo *prpl(void)
{
	PurplePlugin *plugin = purple_find_prpl(PROBE_PRPL_ID);
	return plugin ? PURPLE_PLUGIN_PROTOCOL_INFO(plugin) : NULL;
}

static PurpleConversation *chat_by_id(const char *id)
{
	return gc() ? purple_find_chat(gc(), atoi(id)) : NULL;
}

static PurpleBuddy *buddy_by_name(const char *name)
{
	gchar *full = sip_name(name);
	PurpleBuddy *buddy = purple_find_buddy(probe_account, full);
	g_free(full);
	return buddy;
}

/* ---- menus of the plugin ---------------------------------------------- */

static void menu_free(GList *menu)
{
	for (GList *l = menu; l; l = l->next) {
		PurpleMenuAction *act = l->data;
		if (!act)
			continue;
		menu_free(act->children);
		act->children = NULL;
		purple_menu_action_free(act);
	}
	g_list_free(menu);
}

static void menu_print(GList *menu, const char *path, const char *event, const char *of)
{
	for (; menu; menu = menu->next) {
		PurpleMenuAction *act = menu->data;
		gchar *label, *full;
		if (!act)
			continue;
		label = g_strstrip(g_strdup(act->label));
		full = *path ? g_strconcat(path, "/", label, NULL) : g_strdup(label);
		ev_begin(event);
		ev_str("of", of);
		ev_str("label", full);
		ev_str("raw", act->label);
		ev_bool("callable", act->callback != NULL);
		ev_end();
		menu_print(act->children, full, event, of);
		g_free(full);
		g_free(label);
	}
}

/* Labels are compared without the marks ("* ", "= ") the plugin puts before
 * the current choice, and without blanks around. */
static gboolean label_is(const char *label, const char *want)
{
	gchar *l = g_strstrip(g_strdup(label));
	const char *p = l;
	gboolean same;
	while (*p == '*' || *p == '=' || *p == ' ')
		p++;
	same = !g_ascii_strcasecmp(p, want) || !g_ascii_strcasecmp(l, want);
	g_free(l);
	return same;
}

static PurpleMenuAction *menu_find(GList *menu, const char *path)
{
	const char *slash = strchr(path, '/');
	gchar *head = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup(path);
	PurpleMenuAction *found = NULL;
	for (; menu && !found; menu = menu->next) {
		PurpleMenuAction *act = menu->data;
		if (!act)
			continue;
		if (label_is(act->label, path) && act->callback)
			found = act;
		else if (slash && label_is(act->label, head))
			found = menu_find(act->children, slash + 1);
	}
	g_free(head);
	return found;
}

typedef void (*NodeCallback)(PurpleBlistNode *node, gpointer data);

static gboolean node_menu(PurpleBlistNode *node, const char *path, const char *event,
			  const char *of)
{
	PurplePluginProtocolInfo *info = prpl();
	GList *menu = info && info->blist_node_menu ? info->blist_node_menu(node) : NULL;
	gboolean ok = TRUE;
	if (path) {
		PurpleMenuAction *act = menu_find(menu, path);
		ok = act != NULL;
		if (act)
			((NodeCallback)act->callback)(node, act->data);
	} else {
		menu_print(menu, "", event, of);
	}
	menu_free(menu);
	return ok;
}

/* The plugin looks for the conversation under this key (its "chat" nodes
 * are made by the user interface). */
#define COMPONENT_CONV "_conv"

static gboolean chat_menu(PurpleConversation *conv, const char *path)
{
	GHashTable *components = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	PurpleChat *chat;
	gboolean ok;
	g_hash_table_insert(components, g_strdup(COMPONENT_CONV), conv);
	chat = purple_chat_new(probe_account, purple_conversation_get_title(conv), components);
	ok = node_menu((PurpleBlistNode *)chat, path, "chat-menu",
		       purple_conversation_get_title(conv));
	purple_chat_destroy(chat);
	return ok;
}

static gboolean plugin_action(const char *label, gboolean print)
{
	PurplePlugin *plugin = purple_find_prpl(PROBE_PRPL_ID);
	GList *actions;
	gboolean ok = FALSE;
	if (!plugin || !gc())
		return FALSE;
	actions = PURPLE_PLUGIN_ACTIONS(plugin, gc());
	for (GList *l = actions; l; l = l->next) {
		PurplePluginAction *act = l->data;
		if (!act)
			continue;
		if (print) {
			ev_simple("plugin-action", "label", act->label, NULL);
			ok = TRUE;
		} else if (!ok && g_str_has_prefix(act->label, label)) {
			act->plugin = plugin;
			act->context = gc();
			act->callback(act);
			ok = TRUE;
		}
		purple_plugin_action_free(act);
	}
	g_list_free(actions);
	return ok;
}

static gboolean action_with(const char *label, ...) G_GNUC_NULL_TERMINATED;
static gboolean action_with(const char *label, ...)
{
	GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	va_list ap;
	const char *key;
	va_start(ap, label);
	while ((key = va_arg(ap, const char *)) != NULL)
		g_hash_table_insert(values, g_strdup(key), g_strdup(va_arg(ap, const char *)));
	va_end(ap);
	requests_prefill(values);
	if (plugin_action(label, FALSE))
		return TRUE;
	requests_prefill(NULL);
	return FALSE;
}

/* ---- account ---------------------------------------------------------- */

static gchar *opt_user, *opt_login, *opt_password;

static void account_make(void)
{
	gchar *name;
	PurpleProxyInfo *proxy;
	if (probe_account || !opt_user)
		return;
	name = g_strdup_printf("%s,%s", opt_user, opt_login ? opt_login : "");
	probe_account = purple_account_new(name, PROBE_PRPL_ID);
	g_free(name);
	proxy = purple_proxy_info_new();
	purple_proxy_info_set_type(proxy, PURPLE_PROXY_NONE);
	purple_account_set_proxy_info(probe_account, proxy);
	purple_account_set_remember_password(probe_account, FALSE);
	purple_accounts_add(probe_account);
}

static void cmd_account(const char *cmd, char **a)
{
	GPtrArray *rest = g_ptr_array_new();
	for (; *a; a++) {
		char *eq = strchr(*a, '=');
		const char *v;
		if (!eq) {
			ev_result(cmd, FALSE, "not KEY=VALUE: %s", *a);
			g_ptr_array_free(rest, TRUE);
			return;
		}
		*eq = '\0';
		v = eq + 1;
		if (!strcmp(*a, "username")) {
			g_free(opt_user);
			opt_user = g_strdup(v);
		} else if (!strcmp(*a, "login")) {
			g_free(opt_login);
			opt_login = g_strdup(v);
		} else if (!strcmp(*a, "password")) {
			g_free(opt_password);
			opt_password = g_strdup(v);
		} else {
			g_ptr_array_add(rest, *a);
			g_ptr_array_add(rest, (gpointer)v);
		}
	}
	account_make();
	if (!probe_account) {
		ev_result(cmd, FALSE, "username=USER@DOMAIN comes first");
		g_ptr_array_free(rest, TRUE);
		return;
	}
	{
		gchar *name = g_strdup_printf("%s,%s", opt_user, opt_login ? opt_login : "");
		purple_account_set_username(probe_account, name);
		g_free(name);
	}
	if (opt_password)
		purple_account_set_password(probe_account, opt_password);
	for (guint i = 0; i + 1 < rest->len; i += 2) {
		const char *k = g_ptr_array_index(rest, i);
		const char *v = g_ptr_array_index(rest, i + 1);
		static const struct {
			const char *from, *to;
		} names[] = {{"auth", "authentication"},
			     {"user-agent", "useragent"},
			     {"encryption", "encryption-policy"},
			     {NULL, NULL}};
		for (int n = 0; names[n].from; n++)
			if (!strcmp(k, names[n].from))
				k = names[n].to;
		if (!strcmp(k, "authentication") && !strcmp(v, "kerberos"))
			v = "krb5";
		if (!strcmp(v, "true") || !strcmp(v, "false"))
			purple_account_set_bool(probe_account, k, *v == 't');
		else
			purple_account_set_string(probe_account, k, v);
	}
	g_ptr_array_free(rest, TRUE);
	ev_result(cmd, TRUE, "%s", purple_account_get_username(probe_account));
}

static const char *status_id(const char *name)
{
	static const struct {
		const char *from, *to;
	} names[] = {{"online", "available"},
		     {"dnd", "do-not-disturb"},
		     {"brb", "be-right-back"},
		     {"appear-offline", "invisible"},
		     {NULL, NULL}};
	for (int n = 0; names[n].from; n++)
		if (!strcmp(name, names[n].from))
			return names[n].to;
	return name;
}

static void set_status(const char *id, const char *note)
{
	if (note)
		purple_account_set_status(probe_account, id, TRUE, "message", note, NULL);
	else
		purple_account_set_status(probe_account, id, TRUE, NULL);
}

static void cmd_login(const char *cmd, char **a)
{
	PurpleSavedStatus *saved;
	PurpleStatusType *type;
	const char *id = status_id(a[0] ? a[0] : "available");
	if (!probe_account) {
		ev_result(cmd, FALSE, "no account");
		return;
	}
	if (!purple_account_get_status(probe_account, id)) {
		ev_result(cmd, FALSE, "no status %s", id);
		return;
	}
	/* the status at this moment is what the plugin publishes first */
	type = purple_status_get_type(purple_account_get_status(probe_account, id));
	saved = purple_savedstatus_new(NULL, purple_status_type_get_primitive(type));
	purple_savedstatus_set_substatus(saved, probe_account, type, a[0] ? a[1] : NULL);
	purple_savedstatus_activate(saved);
	set_status(id, a[0] ? a[1] : NULL);
	/* libpurple forgets a password it is not to remember */
	if (opt_password)
		purple_account_set_password(probe_account, opt_password);
	purple_account_set_enabled(probe_account, PROBE_UI_ID, TRUE);
	if (!purple_account_is_connecting(probe_account) &&
	    !purple_account_is_connected(probe_account))
		purple_account_connect(probe_account);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_logout(const char *cmd, char **a PROBE_UNUSED)
{
	if (probe_account)
		purple_account_set_enabled(probe_account, PROBE_UI_ID, FALSE);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_status(const char *cmd, char **a)
{
	const char *id = status_id(a[0]);
	if (!probe_account || !purple_account_get_status(probe_account, id)) {
		ev_result(cmd, FALSE, "no status %s", id);
		return;
	}
	set_status(id, a[1]);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_statuses(const char *cmd, char **a PROBE_UNUSED)
{
	for (GList *l = purple_account_get_status_types(probe_account); l; l = l->next) {
		ev_begin("status-type");
		ev_str("id", purple_status_type_get_id(l->data));
		ev_str("name", purple_status_type_get_name(l->data));
		ev_bool("settable", purple_status_type_is_user_settable(l->data));
		ev_end();
	}
	ev_result(cmd, TRUE, NULL);
}

static void cmd_idle(const char *cmd, char **a)
{
	PurplePluginProtocolInfo *info = prpl();
	if (info && info->set_idle && gc())
		info->set_idle(gc(), atoi(a[0]));
	ev_result(cmd, TRUE, NULL);
}

/* ---- contacts --------------------------------------------------------- */

static void cmd_buddies(const char *cmd, char **a)
{
	GSList *list = purple_find_buddies(probe_account, NULL);
	int n = 0;
	for (GSList *l = list; l; l = l->next) {
		if (a[0] && !strstr(purple_buddy_get_name(l->data), a[0]))
			continue;
		uiops_buddy_event("buddy", l->data, TRUE);
		n++;
	}
	g_slist_free(list);
	ev_result(cmd, TRUE, "%d", n);
}

static void cmd_groups(const char *cmd, char **a PROBE_UNUSED)
{
	for (PurpleBlistNode *n = purple_blist_get_root(); n;
	     n = purple_blist_node_get_sibling_next(n))
		if (PURPLE_BLIST_NODE_IS_GROUP(n)) {
			ev_begin("group");
			ev_str("name", purple_group_get_name((PurpleGroup *)n));
			ev_int("size", purple_blist_get_group_size((PurpleGroup *)n, TRUE));
			ev_end();
		}
	ev_result(cmd, TRUE, NULL);
}

static PurpleGroup *group_make(const char *name)
{
	PurpleGroup *group = purple_find_group(name);
	if (!group) {
		group = purple_group_new(name);
		purple_blist_add_group(group, NULL);
	}
	return group;
}

static void cmd_add_buddy(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	PurpleGroup *group = group_make(a[1] ? a[1] : "Other Contacts");
	PurpleBuddy *buddy = purple_buddy_new(probe_account, name, a[1] && a[2] ? a[2] : NULL);
	purple_blist_add_buddy(buddy, NULL, group, NULL);
	purple_account_add_buddy(probe_account, buddy);
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_remove_buddy(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	PurpleGroup *group = a[1] ? purple_find_group(a[1]) : NULL;
	PurpleBuddy *buddy = group ? purple_find_buddy_in_group(probe_account, name, group)
				   : purple_find_buddy(probe_account, name);
	g_free(name);
	if (!buddy) {
		ev_result(cmd, FALSE, "no such buddy");
		return;
	}
	purple_account_remove_buddy(probe_account, buddy, purple_buddy_get_group(buddy));
	purple_blist_remove_buddy(buddy);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_move_buddy(const char *cmd, char **a)
{
	PurpleBuddy *buddy = buddy_by_name(a[0]);
	if (!buddy) {
		ev_result(cmd, FALSE, "no such buddy");
		return;
	}
	purple_blist_add_buddy(buddy, NULL, group_make(a[1]), NULL);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_alias(const char *cmd, char **a)
{
	PurpleBuddy *buddy = buddy_by_name(a[0]);
	if (!buddy) {
		ev_result(cmd, FALSE, "no such buddy");
		return;
	}
	purple_blist_alias_buddy(buddy, a[1]);
	serv_alias_buddy(buddy);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_rename_group(const char *cmd, char **a)
{
	PurpleGroup *group = purple_find_group(a[0]);
	if (!group) {
		ev_result(cmd, FALSE, "no such group");
		return;
	}
	purple_blist_rename_group(group, a[1]);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_remove_group(const char *cmd, char **a)
{
	PurpleGroup *group = purple_find_group(a[0]);
	if (!group) {
		ev_result(cmd, FALSE, "no such group");
		return;
	}
	purple_account_remove_group(probe_account, group);
	purple_blist_remove_group(group);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_info(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	serv_get_info(gc(), name);
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_menu(const char *cmd, char **a)
{
	PurpleBuddy *buddy = buddy_by_name(a[0]);
	if (!buddy)
		ev_result(cmd, FALSE, "no such buddy");
	else if (!node_menu((PurpleBlistNode *)buddy, a[1], "buddy-menu", a[0]))
		ev_result(cmd, FALSE, "no such entry");
	else
		ev_result(cmd, TRUE, NULL);
}

static void cmd_access(const char *cmd, char **a)
{
	PurpleBuddy *buddy = buddy_by_name(a[0]);
	gchar *path = g_strconcat("Access level/", a[1], NULL);
	if (!buddy)
		ev_result(cmd, FALSE, "no such buddy");
	else if (!node_menu((PurpleBlistNode *)buddy, path, NULL, NULL))
		ev_result(cmd, FALSE, "no such level");
	else
		ev_result(cmd, TRUE, NULL);
	g_free(path);
}

static void cmd_block(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	PurplePluginProtocolInfo *info = prpl();
	gboolean block = !strcmp(cmd, "block");
	if (block)
		purple_privacy_deny_add(probe_account, name, TRUE);
	else
		purple_privacy_deny_remove(probe_account, name, TRUE);
	if (info && gc()) {
		if (block && info->add_deny)
			info->add_deny(gc(), name);
		else if (!block && info->rem_deny)
			info->rem_deny(gc(), name);
	}
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

/* ---- instant messages ------------------------------------------------- */

static PurpleConversation *im_conv(const char *who)
{
	gchar *name = sip_name(who);
	PurpleConversation *conv =
		purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, name, probe_account);
	if (!conv)
		conv = purple_conversation_new(PURPLE_CONV_TYPE_IM, probe_account, name);
	g_free(name);
	return conv;
}

static void cmd_im(const char *cmd, char **a)
{
	gchar *html = !strcmp(cmd, "im-html") ? g_strdup(a[1]) : to_html(a[1]);
	purple_conv_im_send(PURPLE_CONV_IM(im_conv(a[0])), html);
	g_free(html);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_typing(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	serv_send_typing(gc(), name,
			 a[1] && !strcmp(a[1], "stop")    ? PURPLE_NOT_TYPING
			 : a[1] && !strcmp(a[1], "pause") ? PURPLE_TYPED
							  : PURPLE_TYPING);
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_close_im(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	PurpleConversation *conv =
		purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, name, probe_account);
	g_free(name);
	if (conv)
		purple_conversation_destroy(conv);
	ev_result(cmd, conv != NULL, conv ? NULL : "no such conversation");
}

/* ---- chats ------------------------------------------------------------ */

static void cmd_chats(const char *cmd, char **a PROBE_UNUSED)
{
	int n = 0;
	for (GList *l = purple_get_chats(); l; l = l->next, n++) {
		PurpleConvChat *chat = PURPLE_CONV_CHAT((PurpleConversation *)l->data);
		ev_begin("chat");
		ev_int("chat", purple_conv_chat_get_id(chat));
		ev_str("name", purple_conversation_get_name(l->data));
		ev_str("topic", purple_conv_chat_get_topic(chat));
		ev_bool("left", purple_conv_chat_has_left(chat));
		ev_int("users", g_list_length(purple_conv_chat_get_users(chat)));
		ev_end();
	}
	ev_result(cmd, TRUE, "%d", n);
}

static void cmd_chat(const char *cmd, char **a)
{
	PurpleConversation *conv = chat_by_id(a[0]);
	PurpleConvChat *chat;
	if (!conv) {
		ev_result(cmd, FALSE, "no such chat");
		return;
	}
	chat = PURPLE_CONV_CHAT(conv);
	if (!strcmp(cmd, "chat-users")) {
		for (GList *l = purple_conv_chat_get_users(chat); l; l = l->next) {
			const char *user = purple_conv_chat_cb_get_name(l->data);
			PurpleConvChatBuddyFlags f = purple_conv_chat_user_get_flags(chat, user);
			ev_begin("chat-user");
			ev_int("chat", purple_conv_chat_get_id(chat));
			ev_str("user", user);
			ev_bool("leader", (f & PURPLE_CBFLAGS_OP) != 0);
			ev_end();
		}
	} else if (!strcmp(cmd, "chat-leave")) {
		purple_conversation_destroy(conv);
	} else if (!strcmp(cmd, "chat-menu")) {
		if (!chat_menu(conv, a[1])) {
			ev_result(cmd, FALSE, "no such entry");
			return;
		}
	} else if (!a[1]) {
		ev_result(cmd, FALSE, "too few words");
		return;
	} else if (!strcmp(cmd, "chat-send")) {
		gchar *html = to_html(a[1]);
		purple_conv_chat_send(chat, html);
		g_free(html);
	} else if (!strcmp(cmd, "chat-invite")) {
		gchar *name = sip_name(a[1]);
		serv_chat_invite(gc(), purple_conv_chat_get_id(chat), "", name);
		g_free(name);
	}
	ev_result(cmd, TRUE, NULL);
}

static void cmd_new_chat(const char *cmd, char **a)
{
	PurpleBuddy *buddy = buddy_by_name(a[0]);
	if (!buddy)
		ev_result(cmd, FALSE, "no such buddy (add it first)");
	else
		ev_result(cmd, node_menu((PurpleBlistNode *)buddy, "New chat", NULL, NULL), NULL);
}

static void cmd_join(const char *cmd, char **a)
{
	gboolean ok =
		a[1] ? action_with("Join scheduled conference", "meetingOrganizer", a[0],
				   "meetingID", a[1], NULL)
		     : action_with("Join scheduled conference", "meetingLocation", a[0], NULL);
	ev_result(cmd, ok, ok ? NULL : "the plugin has no such action");
}

static void cmd_search(const char *cmd, char **a)
{
	GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	gboolean ok;
	for (; *a; a++) {
		char *eq = strchr(*a, '=');
		if (!eq)
			continue;
		g_hash_table_insert(values, g_strndup(*a, (gsize)(eq - *a)), g_strdup(eq + 1));
	}
	requests_prefill(values);
	ok = plugin_action("Contact search", FALSE);
	if (!ok)
		requests_prefill(NULL);
	ev_result(cmd, ok, ok ? NULL : "the plugin has no such action");
}

static void cmd_actions(const char *cmd, char **a PROBE_UNUSED)
{
	ev_result(cmd, plugin_action(NULL, TRUE), NULL);
}

static void cmd_action(const char *cmd, char **a)
{
	ev_result(cmd, plugin_action(a[0], FALSE), NULL);
}

/* ---- requests --------------------------------------------------------- */

static void cmd_requests(const char *cmd, char **a PROBE_UNUSED)
{
	requests_list();
	ev_result(cmd, TRUE, NULL);
}

static void cmd_answer(const char *cmd, char **a)
{
	const char *error = NULL;
	gboolean ok = requests_answer((guint)atoi(a[0]), a + 1, &error);
	ev_result(cmd, ok, error ? "%s" : NULL, error);
}

static gboolean is_on(const char *s)
{
	return s &&
	       (!strcmp(s, "on") || !strcmp(s, "yes") || !strcmp(s, "true") || !strcmp(s, "1"));
}

static void cmd_auto(const char *cmd, char **a)
{
	if (!strcmp(cmd, "auto-requests"))
		requests_auto = is_on(a[0]);
	else if (!strcmp(cmd, "auto-calls"))
		media_auto_accept = is_on(a[0]);
	else if (!strcmp(cmd, "fail-fast"))
		fail_fast = is_on(a[0]);
	else
		eof_quits = is_on(a[0]);
	ev_result(cmd, TRUE, NULL);
}

/* ---- calls and files -------------------------------------------------- */

static void cmd_call(const char *cmd, char **a)
{
	gboolean ok = FALSE;
	if (!strcmp(cmd, "call")) {
		gchar *name = sip_name(a[0]);
		ok = media_call(name, a[1] && !strcmp(a[1], "video"));
		g_free(name);
	} else if (!strcmp(cmd, "phone")) {
		ok = action_with("Call a phone number", "phoneNumber", a[0], NULL);
	} else if (!strcmp(cmd, "test-call")) {
		ok = plugin_action("Test call", FALSE);
	} else if (!strcmp(cmd, "accept-call")) {
		ok = media_accept();
	} else if (!strcmp(cmd, "reject-call")) {
		ok = media_reject();
	} else if (!strcmp(cmd, "hangup")) {
		ok = media_hangup();
	} else if (!strcmp(cmd, "mute")) {
		ok = media_mute(is_on(a[0]));
	} else if (!strcmp(cmd, "hold")) {
		ok = media_hold(is_on(a[0]));
	} else if (!strcmp(cmd, "dtmf")) {
		ok = media_dtmf(a[0]);
	} else if (!strcmp(cmd, "call-stats")) {
		media_stats();
		ok = TRUE;
	}
	ev_result(cmd, ok, ok ? NULL : "not possible");
}

static void cmd_send_file(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	serv_send_file(gc(), name, a[1]);
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_cancel_files(const char *cmd, char **a PROBE_UNUSED)
{
	GList *list = g_list_copy(purple_xfers_get_all());
	for (GList *l = list; l; l = l->next)
		purple_xfer_cancel_local(l->data);
	g_list_free(list);
	ev_result(cmd, TRUE, NULL);
}

/* ---- flow ------------------------------------------------------------- */

static gboolean wait_over(gpointer data PROBE_UNUSED)
{
	held = FALSE;
	ev_result("wait", TRUE, NULL);
	pump_later();
	return FALSE;
}

static void cmd_wait(const char *cmd PROBE_UNUSED, char **a)
{
	held = TRUE;
	g_timeout_add((guint)atoi(a[0]), wait_over, NULL);
}

static gboolean expect_negative;

static void expect_over(gboolean found)
{
	gboolean ok = expect_negative ? !found : found;
	held = FALSE;
	ev_result(expect_negative ? "expect-not" : "expect", ok,
		  ok                ? NULL
		  : expect_negative ? "the event came"
				    : "the event did not come");
	if (!ok) {
		probe_exit_code = 1;
		if (fail_fast) {
			probe_quit();
			return;
		}
	}
	pump_later();
}

/* expect EVENT [KEY=VALUE|KEY~TEXT ...] [timeout=MS] */
static void cmd_expect(const char *cmd, char **a)
{
	guint timeout = 10000;
	const char *name = a[0];
	GPtrArray *conds = g_ptr_array_new();
	for (a++; *a; a++)
		if (g_str_has_prefix(*a, "timeout="))
			timeout = (guint)atoi(*a + 8);
		else
			g_ptr_array_add(conds, *a);
	g_ptr_array_add(conds, NULL);
	expect_negative = !strcmp(cmd, "expect-not");
	if (expect_negative && timeout == 10000)
		timeout = 2000;
	held = TRUE;
	expect_start(name, (char **)conds->pdata, timeout, expect_over);
	g_ptr_array_free(conds, TRUE);
}

static void cmd_flush(const char *cmd, char **a PROBE_UNUSED)
{
	expect_flush();
	ev_result(cmd, TRUE, NULL);
}

static void cmd_note(const char *cmd, char **a)
{
	probe_debug_note(a[0]);
	ev_result(cmd, TRUE, NULL);
}

static void cmd_quit(const char *cmd, char **a)
{
	if (a[0])
		probe_exit_code = atoi(a[0]);
	ev_result(cmd, TRUE, NULL);
	probe_quit();
}

static void cmd_help(const char *cmd, char **a);

#define NEED_ACCOUNT 1
#define NEED_ONLINE  2

static const struct command {
	const char *name;
	int words; /* at least so many after the name */
	int need;
	void (*run)(const char *cmd, char **args);
	const char *usage;
} table[] = {
	{"account", 1, 0, cmd_account, "KEY=VALUE ..."},
	{"login", 0, NEED_ACCOUNT, cmd_login, "[STATUS [NOTE]]"},
	{"logout", 0, NEED_ACCOUNT, cmd_logout, ""},
	{"status", 1, NEED_ACCOUNT, cmd_status, "STATUS [NOTE]"},
	{"statuses", 0, NEED_ACCOUNT, cmd_statuses, ""},
	{"idle", 1, NEED_ONLINE, cmd_idle, "SECONDS"},
	{"buddies", 0, NEED_ACCOUNT, cmd_buddies, "[PART-OF-NAME]"},
	{"groups", 0, 0, cmd_groups, ""},
	{"add-buddy", 1, NEED_ONLINE, cmd_add_buddy, "WHO [GROUP [ALIAS]]"},
	{"remove-buddy", 1, NEED_ONLINE, cmd_remove_buddy, "WHO [GROUP]"},
	{"move-buddy", 2, NEED_ONLINE, cmd_move_buddy, "WHO GROUP"},
	{"alias", 2, NEED_ONLINE, cmd_alias, "WHO ALIAS"},
	{"rename-group", 2, NEED_ONLINE, cmd_rename_group, "OLD NEW"},
	{"remove-group", 1, NEED_ONLINE, cmd_remove_group, "GROUP"},
	{"info", 1, NEED_ONLINE, cmd_info, "WHO"},
	{"menu", 1, NEED_ONLINE, cmd_menu, "WHO [LABEL/LABEL]"},
	{"access", 2, NEED_ONLINE, cmd_access,
	 "WHO Personal|Team|Company|Public|Blocked|Unspecify"},
	{"block", 1, NEED_ONLINE, cmd_block, "WHO"},
	{"unblock", 1, NEED_ONLINE, cmd_block, "WHO"},
	{"im", 2, NEED_ONLINE, cmd_im, "WHO TEXT"},
	{"im-html", 2, NEED_ONLINE, cmd_im, "WHO HTML"},
	{"typing", 1, NEED_ONLINE, cmd_typing, "WHO [start|pause|stop]"},
	{"close-im", 1, NEED_ONLINE, cmd_close_im, "WHO"},
	{"chats", 0, 0, cmd_chats, ""},
	{"chat-users", 1, NEED_ONLINE, cmd_chat, "CHAT"},
	{"chat-send", 2, NEED_ONLINE, cmd_chat, "CHAT TEXT"},
	{"chat-invite", 2, NEED_ONLINE, cmd_chat, "CHAT WHO"},
	{"chat-leave", 1, NEED_ONLINE, cmd_chat, "CHAT"},
	{"chat-menu", 1, NEED_ONLINE, cmd_chat, "CHAT [LABEL]"},
	{"new-chat", 1, NEED_ONLINE, cmd_new_chat, "WHO"},
	{"join", 1, NEED_ONLINE, cmd_join, "URI | ORGANIZER MEETING-ID"},
	{"search", 1, NEED_ONLINE, cmd_search,
	 "given=|surname=|email=|sipid=|company=|country= ..."},
	{"actions", 0, NEED_ONLINE, cmd_actions, ""},
	{"action", 1, NEED_ONLINE, cmd_action, "LABEL"},
	{"requests", 0, 0, cmd_requests, ""},
	{"answer", 1, 0, cmd_answer, "ID ok|cancel|N|TEXT [FIELD=VALUE ...]"},
	{"auto-requests", 1, 0, cmd_auto, "on|off"},
	{"auto-calls", 1, 0, cmd_auto, "on|off"},
	{"fail-fast", 1, 0, cmd_auto, "on|off"},
	{"eof-quits", 1, 0, cmd_auto, "on|off"},
	{"call", 1, NEED_ONLINE, cmd_call, "WHO [video]"},
	{"phone", 1, NEED_ONLINE, cmd_call, "NUMBER"},
	{"test-call", 0, NEED_ONLINE, cmd_call, ""},
	{"accept-call", 0, NEED_ONLINE, cmd_call, ""},
	{"reject-call", 0, NEED_ONLINE, cmd_call, ""},
	{"hangup", 0, NEED_ONLINE, cmd_call, ""},
	{"mute", 1, NEED_ONLINE, cmd_call, "on|off"},
	{"hold", 1, NEED_ONLINE, cmd_call, "on|off"},
	{"dtmf", 1, NEED_ONLINE, cmd_call, "DIGITS"},
	{"call-stats", 0, 0, cmd_call, ""},
	{"send-file", 2, NEED_ONLINE, cmd_send_file, "WHO PATH"},
	{"cancel-files", 0, 0, cmd_cancel_files, ""},
	{"wait", 1, 0, cmd_wait, "MILLISECONDS"},
	{"expect", 1, 0, cmd_expect, "EVENT [KEY=VALUE|KEY~TEXT ...] [timeout=MS]"},
	{"expect-not", 1, 0, cmd_expect, "EVENT [KEY=VALUE ...] [timeout=MS]"},
	{"flush", 0, 0, cmd_flush, ""},
	{"note", 1, 0, cmd_note, "TEXT"},
	{"help", 0, 0, cmd_help, ""},
	{"quit", 0, 0, cmd_quit, "[EXIT-CODE]"},
};

static void cmd_help(const char *cmd, char **a PROBE_UNUSED)
{
	for (guint i = 0; i < G_N_ELEMENTS(table); i++)
		ev_simple("command", "name", table[i].name, "usage", table[i].usage, NULL);
	ev_result(cmd, TRUE, NULL);
}

static void run_line(const char *text)
{
	gchar **argv = NULL;
	gint argc = 0;
	GError *error = NULL;

	while (*text == ' ' || *text == '\t')
		text++;
	if (!*text || *text == '#')
		return;
	if (!g_shell_parse_argv(text, &argc, &argv, &error)) {
		ev_result(text, FALSE, "%s", error->message);
		g_error_free(error);
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		const struct command *c = &table[i];
		if (strcmp(c->name, argv[0]))
			continue;
		if (argc - 1 < c->words)
			ev_result(argv[0], FALSE, "usage: %s %s", c->name, c->usage);
		else if (c->need == NEED_ACCOUNT && !probe_account)
			ev_result(argv[0], FALSE, "no account yet");
		else if (c->need == NEED_ONLINE && !online())
			ev_result(argv[0], FALSE, "not online");
		else
			c->run(argv[0], argv + 1);
		g_strfreev(argv);
		return;
	}
	ev_result(argv[0], FALSE, "unknown command");
	g_strfreev(argv);
}

static gboolean pump(gpointer data PROBE_UNUSED)
{
	pump_source = 0;
	while (!held) {
		gchar *text = g_queue_pop_head(&queue);
		if (!text) {
			if (at_eof && eof_quits)
				probe_quit();
			break;
		}
		run_line(text);
		g_free(text);
	}
	return FALSE;
}

static void pump_later(void)
{
	if (!pump_source)
		pump_source = g_idle_add(pump, NULL);
}

void commands_line(const char *text)
{
	g_queue_push_tail(&queue, g_strdup(text));
	pump_later();
}

void commands_eof(void)
{
	at_eof = TRUE;
	pump_later();
}
