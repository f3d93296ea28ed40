/*
 * UI operations and signals of libpurple, turned into events.
 */
#include <string.h>

#include "probe.h"

static int handle; /* its address identifies our signal handlers */

/* ---- helpers ---------------------------------------------------------- */

static const char *conv_kind(PurpleConversation *conv)
{
	switch (purple_conversation_get_type(conv)) {
	case PURPLE_CONV_TYPE_IM:
		return "im";
	case PURPLE_CONV_TYPE_CHAT:
		return "chat";
	default:
		return "other";
	}
}

static void conv_members(PurpleConversation *conv)
{
	ev_str("conv", purple_conversation_get_name(conv));
	ev_str("conv_kind", conv_kind(conv));
	/* the chat part is already gone when a conversation is destroyed */
	if (purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_CHAT && PURPLE_CONV_CHAT(conv))
		ev_int("chat", purple_conv_chat_get_id(PURPLE_CONV_CHAT(conv)));
}

static void flags_list(PurpleConvChatBuddyFlags flags)
{
	ev_list_begin("flags");
	if (flags & PURPLE_CBFLAGS_OP)
		ev_list_item("op");
	if (flags & PURPLE_CBFLAGS_FOUNDER)
		ev_list_item("founder");
	if (flags & PURPLE_CBFLAGS_VOICE)
		ev_list_item("voice");
	if (flags & PURPLE_CBFLAGS_HALFOP)
		ev_list_item("halfop");
	ev_list_end();
}

static PurplePluginProtocolInfo *prpl_info(PurpleAccount *account)
{
	PurpleConnection *gc = purple_account_get_connection(account);
	PurplePlugin *prpl = gc ? purple_connection_get_prpl(gc) : NULL;
	return prpl ? PURPLE_PLUGIN_PROTOCOL_INFO(prpl) : NULL;
}

void uiops_buddy_event(const char *event, PurpleBuddy *buddy, gboolean full)
{
	PurplePresence *presence = purple_buddy_get_presence(buddy);
	PurpleStatus *status = purple_presence_get_active_status(presence);
	PurpleGroup *group = purple_buddy_get_group(buddy);
	PurpleAccount *account = purple_buddy_get_account(buddy);
	PurplePluginProtocolInfo *info = prpl_info(account);

	ev_begin(event);
	ev_str("name", purple_buddy_get_name(buddy));
	ev_str("alias", purple_buddy_get_local_buddy_alias(buddy));
	ev_str("server_alias", purple_buddy_get_server_alias(buddy));
	ev_str("group", group ? purple_group_get_name(group) : NULL);
	ev_bool("online", purple_presence_is_online(presence));
	ev_str("status", status ? purple_status_get_id(status) : NULL);
	ev_str("status_name", status ? purple_status_get_name(status) : NULL);
	ev_bool("idle", purple_presence_is_idle(presence));
	if (full && info && purple_account_is_connected(account)) {
		if (info->status_text) {
			char *text = info->status_text(buddy);
			ev_str("status_text", text);
			g_free(text);
		}
		if (info->tooltip_text) {
			PurpleNotifyUserInfo *tip = purple_notify_user_info_new();
			info->tooltip_text(buddy, tip, TRUE);
			ev_map_begin("tooltip");
			for (GList *l = purple_notify_user_info_get_entries(tip); l; l = l->next) {
				const char *label =
					purple_notify_user_info_entry_get_label(l->data);
				const char *value =
					purple_notify_user_info_entry_get_value(l->data);
				char *plain = value ? purple_markup_strip_html(value) : NULL;
				if (label)
					ev_map_item(label, plain);
				g_free(plain);
			}
			ev_map_end();
			purple_notify_user_info_destroy(tip);
		}
		/* contact card properties the plugin stores on the node */
		static const char *const props[] = {"email",
						    "phone",
						    "phone-display-string",
						    "phone-mobile",
						    "phone-home",
						    "phone-other",
						    "company",
						    "department",
						    "title",
						    "office",
						    "site",
						    "address-street",
						    "address-city",
						    "address-state",
						    "address-zipcode",
						    "address-country-code",
						    NULL};
		ev_map_begin("properties");
		for (int i = 0; props[i]; i++) {
			const char *v =
				purple_blist_node_get_string((PurpleBlistNode *)buddy, props[i]);
			if (v && *v)
				ev_map_item(props[i], v);
		}
		ev_map_end();
	}
	ev_end();
}

/* ---- conversations ---------------------------------------------------- */

static void op_create_conversation(PurpleConversation *conv)
{
	ev_begin("conversation-created");
	conv_members(conv);
	ev_end();
}

static void op_destroy_conversation(PurpleConversation *conv)
{
	ev_begin("conversation-destroyed");
	conv_members(conv);
	ev_end();
}

/* All text of a conversation passes here: what was said, and the system and
 * error lines (a message that could not be delivered, for instance). */
static void op_write_conv(PurpleConversation *conv, const char *name, const char *alias,
			  const char *message, PurpleMessageFlags flags, time_t mtime)
{
	const char *event = "message-system";
	if (flags & PURPLE_MESSAGE_ERROR)
		event = "message-error";
	else if (flags & PURPLE_MESSAGE_RECV)
		event = "message-received";
	else if (flags & PURPLE_MESSAGE_SEND)
		event = "message-sent";
	ev_begin(event);
	conv_members(conv);
	ev_str("from", name);
	ev_str("alias", alias);
	ev_html("text", message);
	ev_int("time", mtime);
	ev_end();
}

static void op_chat_add_users(PurpleConversation *conv, GList *users, gboolean new_arrivals)
{
	for (; users; users = users->next) {
		PurpleConvChatBuddy *cb = users->data;
		ev_begin("chat-user-joined");
		conv_members(conv);
		ev_str("user", purple_conv_chat_cb_get_name(cb));
		flags_list(purple_conv_chat_user_get_flags(PURPLE_CONV_CHAT(conv),
							   purple_conv_chat_cb_get_name(cb)));
		ev_bool("new", new_arrivals);
		ev_end();
	}
}

static void op_chat_rename_user(PurpleConversation *conv, const char *old_name,
				const char *new_name, const char *new_alias PROBE_UNUSED)
{
	ev_begin("chat-user-renamed");
	conv_members(conv);
	ev_str("user", new_name);
	ev_str("old", old_name);
	ev_end();
}

static void op_chat_remove_users(PurpleConversation *conv, GList *users)
{
	for (; users; users = users->next) {
		ev_begin("chat-user-left");
		conv_members(conv);
		ev_str("user", users->data);
		ev_end();
	}
}

static void op_chat_update_user(PurpleConversation *conv, const char *user)
{
	ev_begin("chat-user-changed");
	conv_members(conv);
	ev_str("user", user);
	flags_list(purple_conv_chat_user_get_flags(PURPLE_CONV_CHAT(conv), user));
	ev_end();
}

static gboolean op_has_focus(PurpleConversation *conv PROBE_UNUSED)
{
	return TRUE;
}

static void op_present(PurpleConversation *conv PROBE_UNUSED)
{
}

static PurpleConversationUiOps conv_ops = {
	.create_conversation = op_create_conversation,
	.destroy_conversation = op_destroy_conversation,
	.write_conv = op_write_conv,
	.chat_add_users = op_chat_add_users,
	.chat_rename_user = op_chat_rename_user,
	.chat_remove_users = op_chat_remove_users,
	.chat_update_user = op_chat_update_user,
	.present = op_present,
	.has_focus = op_has_focus,
};

/* ---- connection and account ------------------------------------------- */

static const char *reason_name(PurpleConnectionError reason)
{
	static const char *const names[] = {"network-error",
					    "invalid-username",
					    "authentication-failed",
					    "authentication-impossible",
					    "no-ssl-support",
					    "encryption-error",
					    "name-in-use",
					    "invalid-settings",
					    "cert-not-provided",
					    "cert-untrusted",
					    "cert-expired",
					    "cert-not-activated",
					    "cert-hostname-mismatch",
					    "cert-fingerprint-mismatch",
					    "cert-self-signed",
					    "cert-other-error",
					    "other-error"};
	return (guint)reason < G_N_ELEMENTS(names) ? names[reason] : "unknown";
}

static void op_connect_progress(PurpleConnection *gc PROBE_UNUSED, const char *text, size_t step,
				size_t count)
{
	ev_begin("connecting");
	ev_str("text", text);
	ev_int("step", (gint64)step);
	ev_int("count", (gint64)count);
	ev_end();
}

static void op_connected(PurpleConnection *gc)
{
	ev_simple("connected", "account",
		  purple_account_get_username(purple_connection_get_account(gc)), NULL);
}

static void op_disconnected(PurpleConnection *gc)
{
	ev_simple("disconnected", "account",
		  purple_account_get_username(purple_connection_get_account(gc)), NULL);
}

static void op_notice(PurpleConnection *gc PROBE_UNUSED, const char *text)
{
	ev_simple("connection-notice", "text", text, NULL);
}

static void op_disconnect_reason(PurpleConnection *gc PROBE_UNUSED, PurpleConnectionError reason,
				 const char *text)
{
	ev_simple("connection-error", "reason", reason_name(reason), "text", text, NULL);
}

static PurpleConnectionUiOps connection_ops = {
	.connect_progress = op_connect_progress,
	.connected = op_connected,
	.disconnected = op_disconnected,
	.notice = op_notice,
	.report_disconnect_reason = op_disconnect_reason,
};

static void op_notify_added(PurpleAccount *account PROBE_UNUSED, const char *who,
			    const char *id PROBE_UNUSED, const char *alias, const char *message)
{
	ev_simple("added-you", "who", who, "alias", alias, "text", message, NULL);
}

/* Our own status changed: by the user, or by the server's roaming data. */
static void op_status_changed(PurpleAccount *account PROBE_UNUSED, PurpleStatus *status)
{
	ev_simple("own-status", "status", purple_status_get_id(status), "note",
		  purple_status_get_attr_string(status, "message"), NULL);
}

/* NOLINTNEXTLINE(readability-function-size): libpurple says which arguments there are */
static void *op_request_authorize(PurpleAccount *account PROBE_UNUSED, const char *who,
				  const char *id PROBE_UNUSED, const char *alias,
				  const char *message PROBE_UNUSED, gboolean on_list,
				  PurpleAccountRequestAuthorizationCb yes,
				  PurpleAccountRequestAuthorizationCb no, void *user_data)
{
	return GUINT_TO_POINTER(
		requests_add_authorization(who, alias, on_list, yes, no, user_data));
}

static void op_close_account_request(void *ui_handle)
{
	requests_drop_authorization(GPOINTER_TO_UINT(ui_handle));
}

static PurpleAccountUiOps account_ops = {
	.notify_added = op_notify_added,
	.status_changed = op_status_changed,
	.request_add = op_notify_added,
	.request_authorize = op_request_authorize,
	.close_account_request = op_close_account_request,
};

/* ---- notifications ---------------------------------------------------- */

static void *op_notify_message(PurpleNotifyMsgType type, const char *title, const char *primary,
			       const char *secondary)
{
	ev_simple("notify", "level",
		  type == PURPLE_NOTIFY_MSG_ERROR     ? "error"
		  : type == PURPLE_NOTIFY_MSG_WARNING ? "warning"
						      : "info",
		  "title", title, "primary", primary, "secondary", secondary, NULL);
	return NULL;
}

static void *op_notify_formatted(const char *title, const char *primary, const char *secondary,
				 const char *text)
{
	ev_begin("notify-formatted");
	ev_str("title", title);
	ev_str("primary", primary);
	ev_str("secondary", secondary);
	ev_html("text", text);
	ev_end();
	return NULL;
}

static void search_rows(PurpleNotifySearchResults *results)
{
	for (GList *r = results->rows; r; r = r->next) {
		GList *c = results->columns;
		ev_begin("search-result");
		for (GList *v = r->data; v; v = v->next, c = c ? c->next : NULL) {
			PurpleNotifySearchColumn *col = c ? c->data : NULL;
			ev_str(col ? col->title : "column", v->data);
		}
		ev_end();
	}
}

static void *op_searchresults(PurpleConnection *gc PROBE_UNUSED, const char *title PROBE_UNUSED,
			      const char *primary PROBE_UNUSED, const char *secondary,
			      PurpleNotifySearchResults *results, gpointer user_data PROBE_UNUSED)
{
	search_rows(results);
	ev_begin("search-done");
	ev_int("count", g_list_length(results->rows));
	ev_str("text", secondary);
	ev_end();
	return results;
}

static void op_searchresults_rows(PurpleConnection *gc PROBE_UNUSED,
				  PurpleNotifySearchResults *results, void *data PROBE_UNUSED)
{
	search_rows(results);
}

static void *op_userinfo(PurpleConnection *gc PROBE_UNUSED, const char *who,
			 PurpleNotifyUserInfo *info)
{
	ev_begin("user-info");
	ev_str("who", who);
	ev_map_begin("info");
	for (GList *l = purple_notify_user_info_get_entries(info); l; l = l->next) {
		const char *label = purple_notify_user_info_entry_get_label(l->data);
		const char *value = purple_notify_user_info_entry_get_value(l->data);
		if (label)
			ev_map_item(label, value);
	}
	ev_map_end();
	ev_end();
	return NULL;
}

static void *op_notify_uri(const char *uri)
{
	ev_simple("notify-uri", "uri", uri, NULL);
	return NULL;
}

static PurpleNotifyUiOps notify_ops = {
	.notify_message = op_notify_message,
	.notify_formatted = op_notify_formatted,
	.notify_searchresults = op_searchresults,
	.notify_searchresults_new_rows = op_searchresults_rows,
	.notify_userinfo = op_userinfo,
	.notify_uri = op_notify_uri,
};

/* ---- file transfers --------------------------------------------------- */

static const char *xfer_status(PurpleXfer *xfer)
{
	static const char *const names[] = {"unknown",         "not-started", "accepted",
					    "started",         "done",        "cancelled-local",
					    "cancelled-remote"};
	guint s = purple_xfer_get_status(xfer);
	return s < G_N_ELEMENTS(names) ? names[s] : "unknown";
}

static void xfer_event(const char *event, PurpleXfer *xfer)
{
	ev_begin(event);
	ev_str("who", purple_xfer_get_remote_user(xfer));
	ev_str("direction", purple_xfer_get_type(xfer) == PURPLE_XFER_SEND ? "send" : "receive");
	ev_str("file", purple_xfer_get_filename(xfer));
	ev_str("path", purple_xfer_get_local_filename(xfer));
	ev_int("size", (gint64)purple_xfer_get_size(xfer));
	ev_int("sent", (gint64)purple_xfer_get_bytes_sent(xfer));
	ev_str("status", xfer_status(xfer));
	ev_end();
}

static void op_xfer_new(PurpleXfer *xfer)
{
	xfer_event("file-new", xfer);
}
static void op_xfer_add(PurpleXfer *xfer)
{
	xfer_event("file-started", xfer);
}
static void op_xfer_cancel(PurpleXfer *xfer)
{
	xfer_event("file-cancelled", xfer);
}

static void op_xfer_progress(PurpleXfer *xfer, double percent)
{
	if (percent >= 1.0)
		xfer_event("file-progress-end", xfer);
}

static PurpleXferUiOps xfer_ops = {
	.new_xfer = op_xfer_new,
	.add_xfer = op_xfer_add,
	.update_progress = op_xfer_progress,
	.cancel_local = op_xfer_cancel,
	.cancel_remote = op_xfer_cancel,
};

static void sig_file_complete(PurpleXfer *xfer)
{
	xfer_event("file-complete", xfer);
}

/* ---- signals ---------------------------------------------------------- */

static void sig_buddy_status(PurpleBuddy *buddy, PurpleStatus *old PROBE_UNUSED,
			     PurpleStatus *new PROBE_UNUSED)
{
	uiops_buddy_event("buddy-status", buddy, TRUE);
}

static void sig_buddy_signed_on(PurpleBuddy *buddy)
{
	uiops_buddy_event("buddy-signed-on", buddy, FALSE);
	uiops_buddy_event("buddy-status", buddy, TRUE);
}

static void sig_buddy_signed_off(PurpleBuddy *buddy)
{
	uiops_buddy_event("buddy-signed-off", buddy, FALSE);
	uiops_buddy_event("buddy-status", buddy, TRUE);
}

static void sig_buddy_added(PurpleBuddy *buddy)
{
	uiops_buddy_event("buddy-added", buddy, FALSE);
}

static void sig_buddy_removed(PurpleBuddy *buddy)
{
	ev_begin("buddy-removed");
	ev_str("name", purple_buddy_get_name(buddy));
	ev_end();
}

static void sig_buddy_privacy(PurpleBuddy *buddy)
{
	const char *name = purple_buddy_get_name(buddy);
	ev_begin("buddy-privacy");
	ev_str("name", name);
	ev_bool("blocked", !purple_privacy_check(purple_buddy_get_account(buddy), name));
	ev_end();
}

static void sig_buddy_caps(PurpleBuddy *buddy, PurpleMediaCaps newcaps,
			   PurpleMediaCaps oldcaps PROBE_UNUSED)
{
	ev_begin("buddy-capabilities");
	ev_str("name", purple_buddy_get_name(buddy));
	ev_int("caps", newcaps);
	ev_end();
}

static void sig_alias(PurpleBlistNode *node, const char *old)
{
	if (PURPLE_BLIST_NODE_IS_BUDDY(node)) {
		PurpleBuddy *buddy = (PurpleBuddy *)node;
		ev_simple("buddy-alias", "name", purple_buddy_get_name(buddy), "alias",
			  purple_buddy_get_alias(buddy), "old", old, NULL);
	}
}

static void typing(const char *state, const char *who)
{
	ev_simple("typing", "who", who, "state", state, NULL);
}

static void sig_typing(PurpleAccount *account PROBE_UNUSED, const char *who)
{
	typing("typing", who);
}

static void sig_typed(PurpleAccount *account PROBE_UNUSED, const char *who)
{
	typing("paused", who);
}

static void sig_typing_stopped(PurpleAccount *account PROBE_UNUSED, const char *who)
{
	typing("stopped", who);
}

static void sig_chat_joined(PurpleConversation *conv)
{
	ev_begin("chat-joined");
	conv_members(conv);
	ev_str("title", purple_conversation_get_title(conv));
	ev_end();
}

static void sig_chat_left(PurpleConversation *conv)
{
	ev_begin("chat-left");
	conv_members(conv);
	ev_end();
}

static void sig_chat_topic(PurpleConversation *conv, const char *who, const char *topic)
{
	ev_begin("chat-topic");
	conv_members(conv);
	ev_str("who", who);
	ev_str("topic", topic);
	ev_end();
}

static void sig_account_error(PurpleAccount *account PROBE_UNUSED,
			      const PurpleConnectionErrorInfo *old PROBE_UNUSED,
			      const PurpleConnectionErrorInfo *new)
{
	if (new)
		ev_simple("account-error", "reason", reason_name(new->type), "text",
			  new->description, NULL);
}

static void on(void *instance, const char *signal, PurpleCallback func)
{
	purple_signal_connect(instance, signal, &handle, func, NULL);
}

void uiops_connect_signals(void)
{
	void *blist = purple_blist_get_handle();
	void *convs = purple_conversations_get_handle();
	void *accounts = purple_accounts_get_handle();

	on(blist, "buddy-status-changed", PURPLE_CALLBACK(sig_buddy_status));
	on(blist, "buddy-signed-on", PURPLE_CALLBACK(sig_buddy_signed_on));
	on(blist, "buddy-signed-off", PURPLE_CALLBACK(sig_buddy_signed_off));
	on(blist, "buddy-added", PURPLE_CALLBACK(sig_buddy_added));
	on(blist, "buddy-removed", PURPLE_CALLBACK(sig_buddy_removed));
	on(blist, "buddy-caps-changed", PURPLE_CALLBACK(sig_buddy_caps));
	on(blist, "blist-node-aliased", PURPLE_CALLBACK(sig_alias));
	on(blist, "buddy-privacy-changed", PURPLE_CALLBACK(sig_buddy_privacy));
	on(convs, "buddy-typing", PURPLE_CALLBACK(sig_typing));
	on(convs, "buddy-typed", PURPLE_CALLBACK(sig_typed));
	on(convs, "buddy-typing-stopped", PURPLE_CALLBACK(sig_typing_stopped));
	on(convs, "chat-joined", PURPLE_CALLBACK(sig_chat_joined));
	on(convs, "chat-left", PURPLE_CALLBACK(sig_chat_left));
	on(convs, "chat-topic-changed", PURPLE_CALLBACK(sig_chat_topic));
	on(accounts, "account-error-changed", PURPLE_CALLBACK(sig_account_error));
	on(purple_xfers_get_handle(), "file-recv-complete", PURPLE_CALLBACK(sig_file_complete));
	on(purple_xfers_get_handle(), "file-send-complete", PURPLE_CALLBACK(sig_file_complete));
}

/* ---- certificates ----------------------------------------------------- */

static void accept_start(PurpleCertificateVerificationRequest *vrq)
{
	PurpleCertificate *crt = vrq->cert_chain ? vrq->cert_chain->data : NULL;
	gchar *subject = crt ? purple_certificate_get_subject_name(crt) : NULL;
	ev_simple("certificate-accepted", "host", vrq->subject_name, "subject", subject, NULL);
	g_free(subject);
	purple_certificate_verify_complete(vrq, PURPLE_CERTIFICATE_VALID);
}

static void accept_destroy(PurpleCertificateVerificationRequest *vrq PROBE_UNUSED)
{
}

/* Takes the place of the verifier libpurple's TLS code asks for by name. */
static PurpleCertificateVerifier accept_any = {
	.scheme_name = (gchar *)"x509",
	.name = (gchar *)"tls_cached",
	.start_verification = accept_start,
	.destroy_request = accept_destroy,
};

void uiops_accept_any_certificate(void)
{
	PurpleCertificateVerifier *old = purple_certificate_find_verifier("x509", "tls_cached");
	if (old)
		purple_certificate_unregister_verifier(old);
	purple_certificate_register_verifier(&accept_any);
}

/* ----------------------------------------------------------------------- */

void uiops_init(void)
{
	purple_conversations_set_ui_ops(&conv_ops);
	purple_connections_set_ui_ops(&connection_ops);
	purple_accounts_set_ui_ops(&account_ops);
	purple_notify_set_ui_ops(&notify_ops);
	purple_xfers_set_ui_ops(&xfer_ops);
}
