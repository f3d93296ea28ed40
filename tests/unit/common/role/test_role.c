/* A whole role in a child process: its log on a pipe, its health page and socket asked from here.
 */
#include "tests/lib/unit.h"

#include "role/role.h"

#include "net/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 10000 };

/* --- the role --- */
struct tr_conf {
	uint32_t limit;
	bool fail;
};
#define AT(f) offsetof(struct tr_conf, f)
static const struct ply_conf_item tr_items[] = {
	{"frontend", "limit", PLY_CONF_UINT, PLY_CONF_RELOAD, AT(limit), 1, 100, "8", NULL,
	 "a limit"},
	{"frontend", "fail", PLY_CONF_BOOL, 0, AT(fail), 0, 0, "no", NULL, "do not start"},
	{0},
};

static struct ply_role_ctx *tr_ctx;
static bool db_up = true;

static void tr_db(void *ctx, struct ply_health_state *out)
{
	(void)ctx;
	*out = (struct ply_health_state){db_up, db_up ? "up" : "connection refused", 1767605400120};
}

static void tr_db_down(void *ctx, struct ply_admin_call *call)
{
	(void)ctx;
	db_up = false;
	ply_admin_printf(call, ".hidden\nsecond %.*s", PLY_SLICE_ARG(ply_admin_args(call)));
	ply_admin_end(call);
}

static const struct ply_admin_cmd tr_cmd = {"db-down", "db-down: for tests", tr_db_down, NULL};

static void tr_follow(void *ctx, struct ply_admin_call *call)
{
	(void)ctx;
	ply_admin_printf(call, "following"); /* and never ends */
}

static void tr_unfollow(void *ctx, struct ply_admin_call *call)
{
	(void)ctx;
	(void)call;
	ply_info(&tr_ctx->log, "role.test-unfollowed", KI("n", 1));
}

static const struct ply_admin_cmd tr_follow_cmd = {"follow", "follow: for tests", tr_follow,
						   tr_unfollow};

static int tr_init(struct ply_role_ctx *ctx, void **self)
{
	const struct tr_conf *c = ctx->conf;

	tr_ctx = ctx;
	*self = ctx;
	if (c->fail) {
		ply_error(&ctx->log, "role.test-failed", KS("err", "told to fail"));
		return -EINVAL;
	}
	if (ply_health_add(ctx->health, "rtc", tr_db, NULL))
		return -ENOMEM;
	if (ply_admin_register(ctx->admin, &tr_follow_cmd, NULL))
		return -ENOMEM;
	return ply_admin_register(ctx->admin, &tr_cmd, NULL);
}

static int tr_start(void *self)
{
	(void)self;
	return 0;
}

static void tr_reload(void *self)
{
	const struct tr_conf *c = tr_ctx->conf;

	(void)self;
	ply_info(&tr_ctx->log, "role.test-reloaded", KI("limit", c->limit));
}

static void tr_drain(void *self)
{
	ply_role_drained(self);
}

static void tr_stop(void *self)
{
	(void)self;
}

static const struct ply_role role = {
	.name = "frontend",
	.help = "for tests",
	.conf = tr_items,
	.conf_size = sizeof(struct tr_conf),
	.init = tr_init,
	.start = tr_start,
	.reload = tr_reload,
	.drain = tr_drain,
	.stop = tr_stop,
};

/* --- the other side --- */
struct child {
	char dir[64], conf[128], sock[96];
	pid_t pid;
	int log;
	char text[65536]; /* of the log so far */
	size_t len;
};

static void put_conf(const struct child *c, const char *more)
{
	FILE *f = fopen(c->conf, "w");

	assert_non_null(f);
	(void)fprintf(f,
		      "[common]\nfqdn = fe1.lab.example\n[frontend]\nadmin_socket = a.sock\n"
		      "metrics_listen = 127.0.0.1:0\n%s",
		      more);
	(void)fclose(f);
}

static void start(struct child *c, const char *more)
{
	int fd[2];

	memset(c, 0, sizeof *c);
	(void)snprintf(c->dir, sizeof c->dir, "/tmp/test_role.XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	(void)snprintf(c->conf, sizeof c->conf, "%s/p.conf", c->dir);
	(void)snprintf(c->sock, sizeof c->sock, "%s/a.sock", c->dir);
	put_conf(c, more);
	assert_int_equal(pipe(fd), 0);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (!c->pid) {
		char *argv[] = {"parley-frontend", "--config", c->conf, NULL};

		(void)dup2(fd[1], STDERR_FILENO);
		(void)close(fd[0]);
		exit(ply_role_main(3, argv, &role));
	}
	(void)close(fd[1]);
	c->log = fd[0];
}

/* Reads the log until it has `want`; false when it ends or time is over. */
static bool logged(struct child *c, const char *want)
{
	while (!strstr(c->text, want)) {
		struct pollfd p = {.fd = c->log, .events = POLLIN};
		ssize_t n = 0;

		if (poll(&p, 1, WAIT_MS) == 1)
			n = read(c->log, c->text + c->len, sizeof c->text - 1 - c->len);
		if (n <= 0)
			return false;
		c->len += (size_t)n;
	}
	return true;
}

static int finish(struct child *c)
{
	int status = 0;
	char rm[128];

	assert_false(logged(c, "no such text")); /* until it has closed its end */
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	(void)close(c->log);
	(void)snprintf(rm, sizeof rm, "rm -r %s", c->dir);
	assert_int_equal(system(rm), 0); /* NOLINT(cert-env33-c): our own folder */
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void converse(int fd, const char *say, const char *until, char *out, size_t cap)
{
	size_t len = 0;

	assert_int_equal(write(fd, say, strlen(say)), strlen(say));
	out[0] = '\0';
	while (!until || !strstr(out, until)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n = 0;

		if (poll(&p, 1, WAIT_MS) == 1)
			n = read(fd, out + len, cap - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		out[len] = '\0';
	}
	(void)close(fd);
}

static const char *get(struct child *c, const char *path)
{
	static char out[65536];
	struct sockaddr_in sa = {.sin_family = AF_INET};
	const char *port;
	char say[128];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(logged(c, "health_port="));
	port = strstr(c->text, "health_port=") + strlen("health_port=");
	sa.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	(void)snprintf(say, sizeof say, "GET %s HTTP/1.0\r\n\r\n", path);
	converse(fd, say, NULL, out, sizeof out);
	return out;
}

static const char *ask_until(const struct child *c, const char *line, const char *until)
{
	static char out[65536];
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", c->sock);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	converse(fd, line, until, out, sizeof out);
	return out;
}

static const char *ask(const struct child *c, const char *line)
{
	return ask_until(c, line, "\n.\n");
}

static void starts_answers_and_ends_when_told(void **state)
{
	struct child c;
	struct stat st;

	(void)state;
	start(&c, "");
	assert_true(logged(&c, "ev=role.started"));
	assert_non_null(strstr(c.text, " host=fe1 role=frontend "));
	assert_non_null(strstr(get(&c, "/livez"), "200 OK"));
	assert_non_null(strstr(get(&c, "/readyz"), "200 OK"));
	assert_non_null(strstr(get(&c, "/readyz"), "{\"ready\":true,\"role\":\"frontend\""));
	assert_non_null(strstr(get(&c, "/readyz"),
			       "{\"name\":\"rtc\",\"ok\":true,\"state\":\"up\","
			       "\"last_success\":\"2026-01-05T09:30:00.120Z\"}"));
	assert_non_null(strstr(get(&c, "/metrics"), "\nparley_ready 1\n"));
	assert_non_null(strstr(get(&c, "/metrics"), "parley_build_info{version="));
	assert_non_null(strstr(get(&c, "/none"), "404"));
	assert_int_equal(stat(c.sock, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	assert_true(logged(&c, "ev=role.draining"));
	assert_true(logged(&c, "ev=role.stopped why=drained"));
	assert_int_not_equal(stat(c.sock, &st), 0);
	assert_int_equal(finish(&c), 0);
}

static void answers_commands_and_tells_the_truth_about_dependencies(void **state)
{
	struct child c;

	(void)state;
	start(&c, "");
	assert_true(logged(&c, "ev=role.started"));
	assert_non_null(strstr(ask(&c, "help\n"), "db-down: for tests\n.\n"));
	assert_non_null(strstr(ask(&c, "status\n"), "{\"ready\":true"));
	assert_string_equal(ask(&c, "nonsense\n"),
			    "error no such command \"nonsense\"; help lists them\n.\n");
	assert_string_equal(ask(&c, "\n db-down   x y \n"), "..hidden\nsecond x y\n.\n");
	assert_non_null(strstr(get(&c, "/readyz"), "503"));
	assert_non_null(strstr(get(&c, "/readyz"), "\"state\":\"connection refused\""));
	assert_non_null(strstr(get(&c, "/livez"), "200 OK"));
	assert_string_equal(ask(&c, "log-level warn\n"), ".\n");
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	assert_int_equal(finish(&c), 0);
}

static void forgets_a_caller_who_hangs_up(void **state)
{
	struct child c;

	(void)state;
	start(&c, "");
	assert_true(logged(&c, "ev=role.started"));
	assert_string_equal(ask_until(&c, "follow\n", "\n"), "following\n");
	assert_true(logged(&c, "ev=role.test-unfollowed"));
	assert_string_equal(ask_until(&c, "follow\n", "\n"), "following\n");
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	assert_int_equal(finish(&c), 0);
}

/* "Uid:\t1 2 3 4" of the child: all four must be the user's. */
static void assert_identity(const struct child *c, unsigned uid)
{
	char path[64], line[256], want[64];
	bool seen = false;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)c->pid);
	(void)snprintf(want, sizeof want, "Uid:\t%u\t%u\t%u\t%u\n", uid, uid, uid, uid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		seen = seen || strcmp(line, want) == 0;
	(void)fclose(f);
	assert_true(seen);
}

static void becomes_the_user_it_is_told_to(void **state)
{
	struct child c;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	start(&c, "[common]\nrun_user = nobody\n");
	assert_true(logged(&c, "ev=role.started"));
	assert_null(strstr(c.text, "role.runs-as-root"));
	assert_int_equal(stat(c.sock, &st), 0);
	assert_int_not_equal(st.st_uid, 0);
	assert_identity(&c, st.st_uid);
	assert_non_null(strstr(ask(&c, "status\n"), "\"ready\":true"));
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	assert_int_equal(finish(&c), 0);

	start(&c, "[common]\nrun_user = nobody-of-this-name\n");
	assert_true(logged(&c, "ev=role.start-failed what=\"cannot become run_user\""));
	assert_int_equal(finish(&c), 1);
}

static void reloads_all_or_nothing(void **state)
{
	struct child c;

	(void)state;
	start(&c, "limit = 5\n");
	assert_true(logged(&c, "ev=role.started"));
	put_conf(&c, "limit = 500\n");
	assert_int_equal(kill(c.pid, SIGHUP), 0);
	assert_true(logged(&c, "ev=role.reload-refused"));
	assert_non_null(strstr(c.text, "expected a whole number from 1 to 100"));
	put_conf(&c, "limit = 50\nfail = yes\n");
	assert_int_equal(kill(c.pid, SIGHUP), 0);
	assert_true(logged(&c, "ev=role.test-reloaded limit=50"));
	assert_non_null(strstr(c.text, "limit: 5 -> 50\\nfail: needs a restart"));
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	assert_int_equal(finish(&c), 0);
}

static void does_not_start_with_a_wrong_configuration(void **state)
{
	static const struct {
		const char *why, *more, *said;
		int code;
	} cases[] = {
		{"unknown key", "limits = 5\n", "did you mean \"limit\"?", 2},
		{"bad address", "[common]\npool\n", "line not understood", 2},
		{"the role refuses", "fail = yes\n", "ev=role.start-failed", 1},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct child c;

		start(&c, cases[i].more);
		if (!logged(&c, cases[i].said))
			fail_msg("%s: %s", cases[i].why, c.text);
		assert_int_equal(finish(&c), cases[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_answers_and_ends_when_told),
		cmocka_unit_test(answers_commands_and_tells_the_truth_about_dependencies),
		cmocka_unit_test(forgets_a_caller_who_hangs_up),
		cmocka_unit_test(becomes_the_user_it_is_told_to),
		cmocka_unit_test(reloads_all_or_nothing),
		cmocka_unit_test(does_not_start_with_a_wrong_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
