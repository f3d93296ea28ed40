/* Commands and what they share; each prints its own result. */
#ifndef SIPE_PROBE_COMMANDS_H
#define SIPE_PROBE_COMMANDS_H

#include "probe.h"

/* menus.c */
PurpleConnection *gc(void);
gboolean online(void);
gchar *sip_name(const char *name);
gchar *to_html(const char *text);
PurplePluginProtocolInfo *prpl(void);
PurpleConversation *chat_by_id(const char *id);
PurpleBuddy *buddy_by_name(const char *name);
gboolean node_menu(PurpleBlistNode *node, const char *path, const char *event, const char *of);
gboolean chat_menu(PurpleConversation *conv, const char *path);
gboolean plugin_action(const char *label, gboolean print);
gboolean action_with(const char *label, ...) G_GNUC_NULL_TERMINATED;

/* cmd_account.c */
void cmd_account(const char *cmd, char **a);
void cmd_login(const char *cmd, char **a);
void cmd_logout(const char *cmd, char **a);
void cmd_status(const char *cmd, char **a);
void cmd_statuses(const char *cmd, char **a);
void cmd_idle(const char *cmd, char **a);

/* cmd_contacts.c */
void cmd_buddies(const char *cmd, char **a);
void cmd_groups(const char *cmd, char **a);
void cmd_add_buddy(const char *cmd, char **a);
void cmd_remove_buddy(const char *cmd, char **a);
void cmd_move_buddy(const char *cmd, char **a);
void cmd_alias(const char *cmd, char **a);
void cmd_rename_group(const char *cmd, char **a);
void cmd_remove_group(const char *cmd, char **a);
void cmd_info(const char *cmd, char **a);
void cmd_menu(const char *cmd, char **a);
void cmd_access(const char *cmd, char **a);
void cmd_block(const char *cmd, char **a);

/* cmd_talk.c */
void cmd_im(const char *cmd, char **a);
void cmd_typing(const char *cmd, char **a);
void cmd_close_im(const char *cmd, char **a);
void cmd_chats(const char *cmd, char **a);
void cmd_chat(const char *cmd, char **a);
void cmd_new_chat(const char *cmd, char **a);
void cmd_join(const char *cmd, char **a);
void cmd_search(const char *cmd, char **a);
void cmd_actions(const char *cmd, char **a);
void cmd_action(const char *cmd, char **a);
void cmd_requests(const char *cmd, char **a);
void cmd_answer(const char *cmd, char **a);
gboolean is_on(const char *s);
void cmd_call(const char *cmd, char **a);
void cmd_send_file(const char *cmd, char **a);
void cmd_cancel_files(const char *cmd, char **a);

#endif
