/* Commands about the account: sign-in, status, note. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

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

void cmd_account(const char *cmd, char **a)
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

void cmd_login(const char *cmd, char **a)
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

void cmd_logout(const char *cmd, char **a PROBE_UNUSED)
{
	if (probe_account)
		purple_account_set_enabled(probe_account, PROBE_UI_ID, FALSE);
	ev_result(cmd, TRUE, NULL);
}

void cmd_status(const char *cmd, char **a)
{
	const char *id = status_id(a[0]);
	if (!probe_account || !purple_account_get_status(probe_account, id)) {
		ev_result(cmd, FALSE, "no status %s", id);
		return;
	}
	set_status(id, a[1]);
	ev_result(cmd, TRUE, NULL);
}

void cmd_statuses(const char *cmd, char **a PROBE_UNUSED)
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

void cmd_idle(const char *cmd, char **a)
{
	PurplePluginProtocolInfo *info = prpl();
	if (info && info->set_idle && gc())
		info->set_idle(gc(), to_int(a[0]));
	ev_result(cmd, TRUE, NULL);
}
