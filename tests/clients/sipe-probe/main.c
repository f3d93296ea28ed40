/*
 * sipe-probe: start libpurple without a user interface, read commands from
 * standard input, print events as JSON lines on standard output.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <glib-unix.h>

#include "probe.h"

PurpleAccount *probe_account;
int probe_exit_code;

static GMainLoop *loop;
static FILE *debug_file;
static gboolean quitting;

/* ---- libpurple's event loop on GLib's --------------------------------- */

#define READ_COND  (G_IO_IN | G_IO_HUP | G_IO_ERR)
#define WRITE_COND (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL)

struct closure {
	PurpleInputFunction function;
	gpointer data;
};

static gboolean io_invoke(GIOChannel *source, GIOCondition condition, gpointer data)
{
	struct closure *closure = data;
	PurpleInputCondition cond = 0;
	if (condition & READ_COND)
		cond |= PURPLE_INPUT_READ;
	if (condition & WRITE_COND)
		cond |= PURPLE_INPUT_WRITE;
	closure->function(closure->data, g_io_channel_unix_get_fd(source), cond);
	return TRUE;
}

static guint input_add(gint fd, PurpleInputCondition condition, PurpleInputFunction function,
		       gpointer data)
{
	struct closure *closure = g_new0(struct closure, 1);
	GIOChannel *channel = g_io_channel_unix_new(fd);
	GIOCondition cond = 0;
	guint id;
	closure->function = function;
	closure->data = data;
	if (condition & PURPLE_INPUT_READ)
		cond |= READ_COND;
	if (condition & PURPLE_INPUT_WRITE)
		cond |= WRITE_COND;
	id = g_io_add_watch_full(channel, G_PRIORITY_DEFAULT, cond, io_invoke, closure, g_free);
	g_io_channel_unref(channel);
	return id;
}

static PurpleEventLoopUiOps loop_ops = {
	.timeout_add = g_timeout_add,
	.timeout_remove = g_source_remove,
	.input_add = input_add,
	.input_remove = g_source_remove,
	.timeout_add_seconds = g_timeout_add_seconds,
};

/* ---- debug log -------------------------------------------------------- */

static void debug_print(PurpleDebugLevel level, const char *category, const char *text)
{
	static const char *const names[] = {"all", "misc", "info", "warning", "error", "fatal"};
	if (!debug_file)
		return;
	fprintf(debug_file, "(%.3f) %s/%s: %s", (double)g_get_real_time() / 1e6,
		category ? category : "-", (guint)level < G_N_ELEMENTS(names) ? names[level] : "?",
		text);
	fflush(debug_file);
}

static gboolean debug_enabled(PurpleDebugLevel level PROBE_UNUSED,
			      const char *category PROBE_UNUSED)
{
	return debug_file != NULL;
}

static PurpleDebugUiOps debug_ops = {
	.print = debug_print,
	.is_enabled = debug_enabled,
};

void probe_debug_note(const char *text)
{
	debug_print(PURPLE_DEBUG_MISC, "probe", text);
	debug_print(PURPLE_DEBUG_MISC, "probe", "\n");
}

/* ---- core ------------------------------------------------------------- */

static void ui_init(void)
{
	uiops_init();
	requests_init();
}

static GHashTable *ui_info(void)
{
	static GHashTable *info;
	if (!info) {
		info = g_hash_table_new(g_str_hash, g_str_equal);
		g_hash_table_insert(info, (gpointer) "name", (gpointer)PROBE_UI_ID);
		g_hash_table_insert(info, (gpointer) "version", (gpointer)PROBE_VERSION);
		g_hash_table_insert(info, (gpointer) "client_type", (gpointer) "bot");
	}
	return info;
}

static PurpleCoreUiOps core_ops = {
	.ui_init = ui_init,
	.get_ui_info = ui_info,
};

/* ---- standard input --------------------------------------------------- */

static gboolean stdin_ready(GIOChannel *channel, GIOCondition condition PROBE_UNUSED,
			    gpointer data PROBE_UNUSED)
{
	for (;;) {
		gchar *text = NULL;
		GIOStatus status = g_io_channel_read_line(channel, &text, NULL, NULL, NULL);
		if (status == G_IO_STATUS_NORMAL) {
			g_strchomp(text);
			commands_line(text);
			g_free(text);
			continue;
		}
		g_free(text);
		if (status == G_IO_STATUS_AGAIN)
			return TRUE;
		commands_eof();
		return FALSE;
	}
}

static gboolean on_signal(gpointer data PROBE_UNUSED)
{
	probe_quit();
	return TRUE;
}

static gboolean quit_now(gpointer data PROBE_UNUSED)
{
	g_main_loop_quit(loop);
	return FALSE;
}

void probe_quit(void)
{
	if (quitting)
		return;
	quitting = TRUE;
	if (probe_account && !purple_account_is_disconnected(probe_account))
		purple_account_disconnect(probe_account);
	/* let the last messages leave and the last events be printed */
	g_timeout_add(200, quit_now, NULL);
}

/* ----------------------------------------------------------------------- */

static gchar *opt_home, *opt_debug, *opt_plugins, *opt_script;
static gchar **opt_ca;
static gboolean opt_strict_tls, opt_version;

static GOptionEntry entries[] = {
	{"home", 'H', 0, G_OPTION_ARG_FILENAME, &opt_home,
	 "directory of this instance's own settings (needed)", "DIR"},
	{"debug", 'd', 0, G_OPTION_ARG_FILENAME, &opt_debug,
	 "write libpurple's debug output, SIP messages included", "FILE"},
	{"plugin-path", 'p', 0, G_OPTION_ARG_FILENAME, &opt_plugins,
	 "another directory to look for plugins in", "DIR"},
	{"strict-tls", 0, 0, G_OPTION_ARG_NONE, &opt_strict_tls,
	 "check certificates (without it any is accepted)", NULL},
	{"ca-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &opt_ca,
	 "directory with CA certificates (*.pem) to trust", "DIR"},
	{"script", 's', 0, G_OPTION_ARG_FILENAME, &opt_script,
	 "read the commands from a file instead of standard input", "FILE"},
	{"version", 0, 0, G_OPTION_ARG_NONE, &opt_version, "print the version and stop", NULL},
	{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};

/* 0 to go on, otherwise the exit status plus one. */
static int read_options(int argc, char **argv)
{
	GError *error = NULL;
	GOptionContext *context = g_option_context_new("- scriptable client for the SIPE plugin");

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return 3;
	}
	g_option_context_free(context);
	if (opt_version) {
		printf("sipe-probe %s, libpurple %s\n", PROBE_VERSION, purple_core_get_version());
		return 1;
	}
	if (!opt_home) {
		fprintf(stderr, "sipe-probe: --home DIR is needed\n");
		return 3;
	}
	if (g_mkdir_with_parents(opt_home, 0700) != 0) {
		fprintf(stderr, "sipe-probe: %s: %s\n", opt_home, strerror(errno));
		return 3;
	}
	debug_file = opt_debug ? fopen(opt_debug, "a") : NULL;
	if (opt_debug && !debug_file) {
		fprintf(stderr, "sipe-probe: %s: %s\n", opt_debug, strerror(errno));
		return 3;
	}
	return 0;
}

static gboolean start_libpurple(void)
{
	purple_util_set_user_dir(opt_home);
	purple_debug_set_enabled(FALSE); /* nothing on stdout but JSON */
	purple_debug_set_ui_ops(&debug_ops);
	if (debug_file) {
		purple_debug_set_verbose(TRUE);
		purple_debug_set_unsafe(TRUE); /* whole messages, please */
	}
	purple_core_set_ui_ops(&core_ops);
	purple_eventloop_set_ui_ops(&loop_ops);

	purple_plugins_add_search_path("/usr/lib/purple-2");
	if (opt_plugins)
		purple_plugins_add_search_path(opt_plugins);
	if (!purple_core_init(PROBE_UI_ID)) {
		fprintf(stderr, "sipe-probe: libpurple did not start\n");
		return FALSE;
	}
	purple_set_blist(purple_blist_new());
	purple_prefs_load();
	/* contacts come from the server alone: do not keep a list */
	purple_network_force_online();
	purple_prefs_set_string("/purple/away/idle_reporting", "none");
	purple_prefs_set_bool("/purple/away/away_when_idle", FALSE);
	purple_prefs_set_bool("/purple/logging/log_ims", FALSE);
	purple_prefs_set_bool("/purple/logging/log_chats", FALSE);
	uiops_connect_signals();
	media_init();

	for (gchar **ca = opt_ca; ca && *ca; ca++)
		purple_certificate_add_ca_search_path(*ca);
	if (!opt_strict_tls)
		uiops_accept_any_certificate();
	return TRUE;
}

static gboolean announce_plugin(void)
{
	PurplePlugin *plugin = purple_find_prpl(PROBE_PRPL_ID);

	ev_begin("ready");
	ev_str("libpurple", purple_core_get_version());
	ev_bool("plugin", plugin != NULL);
	ev_str("plugin_version", plugin ? purple_plugin_get_version(plugin) : NULL);
	ev_str("plugin_path", plugin ? plugin->path : NULL);
#ifdef HAVE_MEDIA
	ev_bool("media", TRUE);
#else
	ev_bool("media", FALSE);
#endif
	ev_bool("ssl", purple_ssl_is_supported());
	ev_end();
	if (!plugin)
		fprintf(stderr,
			"sipe-probe: no %s plugin found "
			"(Debian package pidgin-sipe)\n",
			PROBE_PRPL_ID);
	return plugin != NULL;
}

static gboolean read_script(void)
{
	GError *error = NULL;
	gchar *text = NULL, **lines;

	if (!g_file_get_contents(opt_script, &text, NULL, &error)) {
		fprintf(stderr, "sipe-probe: %s\n", error->message);
		return FALSE;
	}
	lines = g_strsplit(text, "\n", -1);
	for (gchar **l = lines; *l; l++)
		commands_line(g_strchomp(*l));
	g_strfreev(lines);
	g_free(text);
	commands_eof();
	return TRUE;
}

static void watch_stdin(void)
{
	GIOChannel *in = g_io_channel_unix_new(0);

	g_io_channel_set_flags(in, G_IO_FLAG_NONBLOCK, NULL);
	g_io_add_watch(in, G_IO_IN | G_IO_HUP | G_IO_ERR, stdin_ready, NULL);
	g_io_channel_unref(in);
}

int main(int argc, char **argv)
{
	int stop;

	setlocale(LC_ALL, "C.UTF-8");
	/* the plugin's labels are part of our interface: keep them English */
	g_setenv("LANGUAGE", "C", TRUE);
	signal(SIGPIPE, SIG_IGN);

	stop = read_options(argc, argv);
	if (stop)
		return stop - 1;
	if (!start_libpurple())
		return 2;
	if (!announce_plugin())
		return 3;

	loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGINT, on_signal, NULL);
	g_unix_signal_add(SIGTERM, on_signal, NULL);
	if (!opt_script)
		watch_stdin();
	else if (!read_script())
		return 2;
	g_main_loop_run(loop);

	purple_core_quit();
	if (debug_file)
		fclose(debug_file);
	return probe_exit_code;
}
