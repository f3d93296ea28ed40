/*
 * Commands: one line each, words separated as a shell would.
 *
 * Lines are kept in a queue, because "wait" and "expect" hold back those
 * that follow.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static GQueue queue = G_QUEUE_INIT;
static gboolean held; /* a wait or an expect is going on */
static gboolean at_eof;
static gboolean fail_fast; /* leave with 1 when an expect fails */
static gboolean eof_quits = TRUE;
static guint pump_source;

static void pump_later(void);

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
	g_timeout_add(to_uint(a[0]), wait_over, NULL);
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
			timeout = to_uint(*a + 8);
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
		probe_exit_code = to_int(a[0]);
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
		if (strcmp(c->name, argv[0]) != 0)
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
