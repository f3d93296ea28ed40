/* Commands of conversations: messages, chats, questions, calls, files. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

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

void cmd_im(const char *cmd, char **a)
{
	gchar *html = !strcmp(cmd, "im-html") ? g_strdup(a[1]) : to_html(a[1]);
	purple_conv_im_send(PURPLE_CONV_IM(im_conv(a[0])), html);
	g_free(html);
	ev_result(cmd, TRUE, NULL);
}

void cmd_typing(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	serv_send_typing(gc(), name,
			 a[1] && !strcmp(a[1], "stop")    ? PURPLE_NOT_TYPING
			 : a[1] && !strcmp(a[1], "pause") ? PURPLE_TYPED
							  : PURPLE_TYPING);
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

void cmd_close_im(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	PurpleConversation *conv =
		purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, name, probe_account);
	g_free(name);
	if (conv)
		purple_conversation_destroy(conv);
	ev_result(cmd, conv != NULL, conv ? NULL : "no such conversation");
}

void cmd_chats(const char *cmd, char **a PROBE_UNUSED)
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

void cmd_chat(const char *cmd, char **a)
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

void cmd_new_chat(const char *cmd, char **a)
{
	PurpleBuddy *buddy = buddy_by_name(a[0]);
	if (!buddy)
		ev_result(cmd, FALSE, "no such buddy (add it first)");
	else
		ev_result(cmd, node_menu((PurpleBlistNode *)buddy, "New chat", NULL, NULL), NULL);
}

void cmd_join(const char *cmd, char **a)
{
	gboolean ok =
		a[1] ? action_with("Join scheduled conference", "meetingOrganizer", a[0],
				   "meetingID", a[1], NULL)
		     : action_with("Join scheduled conference", "meetingLocation", a[0], NULL);
	ev_result(cmd, ok, ok ? NULL : "the plugin has no such action");
}

void cmd_search(const char *cmd, char **a)
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

void cmd_actions(const char *cmd, char **a PROBE_UNUSED)
{
	ev_result(cmd, plugin_action(NULL, TRUE), NULL);
}

void cmd_action(const char *cmd, char **a)
{
	ev_result(cmd, plugin_action(a[0], FALSE), NULL);
}

void cmd_requests(const char *cmd, char **a PROBE_UNUSED)
{
	requests_list();
	ev_result(cmd, TRUE, NULL);
}

void cmd_answer(const char *cmd, char **a)
{
	const char *error = NULL;
	gboolean ok = requests_answer(to_uint(a[0]), a + 1, &error);
	ev_result(cmd, ok, error ? "%s" : NULL, error);
}

gboolean is_on(const char *s)
{
	return s &&
	       (!strcmp(s, "on") || !strcmp(s, "yes") || !strcmp(s, "true") || !strcmp(s, "1"));
}

void cmd_call(const char *cmd, char **a)
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

void cmd_send_file(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	serv_send_file(gc(), name, a[1]);
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

void cmd_cancel_files(const char *cmd, char **a PROBE_UNUSED)
{
	GList *list = g_list_copy(purple_xfers_get_all());
	for (GList *l = list; l; l = l->next)
		purple_xfer_cancel_local(l->data);
	g_list_free(list);
	ev_result(cmd, TRUE, NULL);
}
