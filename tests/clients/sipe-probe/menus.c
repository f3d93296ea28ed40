/* What several commands need: names, and the menus and actions of the plugin. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

PurpleConnection *gc(void)
{
	return probe_account ? purple_account_get_connection(probe_account) : NULL;
}

gboolean online(void)
{
	return probe_account && purple_account_is_connected(probe_account);
}

/* The plugin names people by URI with "sip:" in front. */
gchar *sip_name(const char *name)
{
	if (g_str_has_prefix(name, "sip:") || g_str_has_prefix(name, "tel:"))
		return g_strdup(name);
	return g_strconcat("sip:", name, NULL);
}

gchar *to_html(const char *text)
{
	gchar *escaped = g_markup_escape_text(text, -1);
	gchar *unix_lines = purple_strreplace(escaped, "\\n", "<br>");
	g_free(escaped);
	return unix_lines;
}

PurplePluginProtocolInfo *prpl(void)
{
	PurplePlugin *plugin = purple_find_prpl(PROBE_PRPL_ID);
	return plugin ? PURPLE_PLUGIN_PROTOCOL_INFO(plugin) : NULL;
}

PurpleConversation *chat_by_id(const char *id)
{
	return gc() ? purple_find_chat(gc(), to_int(id)) : NULL;
}

PurpleBuddy *buddy_by_name(const char *name)
{
	gchar *full = sip_name(name);
	PurpleBuddy *buddy = purple_find_buddy(probe_account, full);
	g_free(full);
	return buddy;
}

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

gboolean node_menu(PurpleBlistNode *node, const char *path, const char *event, const char *of)
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

gboolean chat_menu(PurpleConversation *conv, const char *path)
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

gboolean plugin_action(const char *label, gboolean print)
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

gboolean action_with(const char *label, ...)
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
