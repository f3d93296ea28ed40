/* Commands about contacts, groups and the directory. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

void cmd_buddies(const char *cmd, char **a)
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

void cmd_groups(const char *cmd, char **a PROBE_UNUSED)
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

void cmd_add_buddy(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	PurpleGroup *group = group_make(a[1] ? a[1] : "Other Contacts");
	PurpleBuddy *buddy = purple_buddy_new(probe_account, name, a[1] && a[2] ? a[2] : NULL);
	purple_blist_add_buddy(buddy, NULL, group, NULL);
	purple_account_add_buddy(probe_account, buddy);
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

void cmd_remove_buddy(const char *cmd, char **a)
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

void cmd_move_buddy(const char *cmd, char **a)
{
	PurpleBuddy *buddy = buddy_by_name(a[0]);
	if (!buddy) {
		ev_result(cmd, FALSE, "no such buddy");
		return;
	}
	purple_blist_add_buddy(buddy, NULL, group_make(a[1]), NULL);
	ev_result(cmd, TRUE, NULL);
}

void cmd_alias(const char *cmd, char **a)
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

void cmd_rename_group(const char *cmd, char **a)
{
	PurpleGroup *group = purple_find_group(a[0]);
	if (!group) {
		ev_result(cmd, FALSE, "no such group");
		return;
	}
	purple_blist_rename_group(group, a[1]);
	ev_result(cmd, TRUE, NULL);
}

void cmd_remove_group(const char *cmd, char **a)
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

void cmd_info(const char *cmd, char **a)
{
	gchar *name = sip_name(a[0]);
	serv_get_info(gc(), name);
	g_free(name);
	ev_result(cmd, TRUE, NULL);
}

void cmd_menu(const char *cmd, char **a)
{
	PurpleBuddy *buddy = buddy_by_name(a[0]);
	if (!buddy)
		ev_result(cmd, FALSE, "no such buddy");
	else if (!node_menu((PurpleBlistNode *)buddy, a[1], "buddy-menu", a[0]))
		ev_result(cmd, FALSE, "no such entry");
	else
		ev_result(cmd, TRUE, NULL);
}

void cmd_access(const char *cmd, char **a)
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

void cmd_block(const char *cmd, char **a)
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
