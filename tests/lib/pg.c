#include "tests/lib/pg.h"

#include "db/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_MAX_MS = 30000 };

struct test_pg {
	char dir[64];
	char bin[128];
	char conninfo[200];
	uid_t uid;
	gid_t gid;
	pid_t pid; /* 0: not running */
};

static int find_bin(struct test_pg *pg)
{
	glob_t g;
	int r = -1;

	if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &g) == 0) {
		const char *last = g.gl_pathv[g.gl_pathc - 1];

		snprintf(pg->bin, sizeof(pg->bin), "%.*s", (int)(strlen(last) - 9), last);
		r = 0;
		globfree(&g);
	}
	if (r)
		fprintf(stderr, "no PostgreSQL server under /usr/lib/postgresql\n");
	return r;
}

static int find_user(struct test_pg *pg)
{
	const struct passwd *pw;

	pg->uid = geteuid();
	pg->gid = getegid();
	if (pg->uid)
		return 0;
	pw = getpwnam("postgres");
	if (!pw)
		pw = getpwnam("nobody");
	if (!pw)
		return -1;
	pg->uid = pw->pw_uid;
	pg->gid = pw->pw_gid;
	return chown(pg->dir, pg->uid, pg->gid);
}

/* Runs a program of the server's as its user; output goes to DIR/log. */
static pid_t spawn(const struct test_pg *pg, char *const *argv)
{
	char path[200], log[100];
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	if (geteuid() == 0 && (setgid(pg->gid) || setuid(pg->uid)))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	snprintf(log, sizeof(log), "%s/log", pg->dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	snprintf(path, sizeof(path), "%s/%s", pg->bin, argv[0]);
	if (chdir(pg->dir))
		_exit(126);
	execv(path, argv);
	_exit(127);
}

static int wait_for(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void show_log(const struct test_pg *pg)
{
	char path[100], line[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", pg->dir);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		fputs(line, stderr);
	if (f)
		fclose(f);
}

static int init_cluster(const struct test_pg *pg)
{
	char data[100];
	char *argv[] = {"initdb", "-D", data,   "-A",          "trust", "-U",
			"parley", "-E", "UTF8", "--no-locale", "-N",    NULL};

	snprintf(data, sizeof(data), "%s/data", pg->dir);
	if (wait_for(spawn(pg, argv)) == 0)
		return 0;
	show_log(pg);
	return -1;
}

int test_pg_start(struct test_pg *pg)
{
	char data[100], sock[120];
	char *argv[] = {"postgres",
			"-D",
			data,
			"-c",
			"listen_addresses=",
			"-c",
			sock,
			"-c",
			"shared_buffers=32MB",
			"-c",
			"max_connections=40",
			NULL};
	const struct timespec step = {0, 10000000};

	snprintf(data, sizeof(data), "%s/data", pg->dir);
	snprintf(sock, sizeof(sock), "unix_socket_directories=%s", pg->dir);
	pg->pid = spawn(pg, argv);
	for (int ms = 0; ms < START_MAX_MS; ms += 10) {
		if (PQping(test_pg_conninfo(pg, "postgres")) == PQPING_OK)
			return 0;
		if (waitpid(pg->pid, NULL, WNOHANG) == pg->pid) {
			pg->pid = 0;
			break;
		}
		nanosleep(&step, NULL);
	}
	show_log(pg);
	return -1;
}

void test_pg_stop(struct test_pg *pg, int signo)
{
	if (!pg->pid)
		return;
	kill(pg->pid, signo);
	wait_for(pg->pid);
	pg->pid = 0;
}

struct test_pg *test_pg_new(void)
{
	struct test_pg *pg = calloc(1, sizeof(*pg));

	if (!pg)
		return NULL;
	snprintf(pg->dir, sizeof(pg->dir), "/tmp/parley-pg.XXXXXX");
	if (!mkdtemp(pg->dir)) {
		free(pg);
		return NULL;
	}
	if (find_bin(pg) || find_user(pg) || init_cluster(pg) || test_pg_start(pg)) {
		test_pg_free(pg);
		return NULL;
	}
	return pg;
}

void test_pg_free(struct test_pg *pg)
{
	char *argv[] = {"rm", "-rf", NULL, NULL};
	pid_t pid;

	if (!pg)
		return;
	test_pg_stop(pg, SIGQUIT);
	argv[2] = pg->dir;
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	wait_for(pid);
	free(pg);
}

const char *test_pg_conninfo(struct test_pg *pg, const char *db)
{
	snprintf(pg->conninfo, sizeof(pg->conninfo), "host=%s user=parley dbname=%s", pg->dir, db);
	return pg->conninfo;
}

int test_pg_migrate(struct test_pg *pg, const char *db)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	bool created;
	size_t n;
	int r = ply_migrate_create(test_pg_conninfo(pg, db), db, &created, &err);

	if (!r)
		r = ply_migrate_apply(test_pg_conninfo(pg, db), db, "deploy/sql", &n, &err);
	if (r)
		fprintf(stderr, "%s", ply_strbuf_str(&err));
	ply_strbuf_deinit(&err);
	return r ? -1 : 0;
}

void *test_pg_session(struct test_pg *pg, const char *db)
{
	PGconn *c = PQconnectdb(test_pg_conninfo(pg, db));

	if (PQstatus(c) != CONNECTION_OK)
		fprintf(stderr, "%s", PQerrorMessage(c));
	return c;
}

int test_pg_session_exec(void *session, const char *sql)
{
	PGresult *res = PQexec(session, sql);
	ExecStatusType st = PQresultStatus(res);

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK)
		fprintf(stderr, "%s: %s", sql, PQresultErrorMessage(res));
	PQclear(res);
	return st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK ? 0 : -1;
}

void test_pg_session_close(void *session)
{
	PQfinish(session);
}

int test_pg_exec(struct test_pg *pg, const char *db, const char *sql)
{
	void *s = test_pg_session(pg, db);
	int r = test_pg_session_exec(s, sql);

	test_pg_session_close(s);
	return r;
}

long long test_pg_number(struct test_pg *pg, const char *db, const char *sql)
{
	PGconn *c = test_pg_session(pg, db);
	PGresult *res = PQexec(c, sql);
	long long v = -1;

	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res))
		v = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	else
		fprintf(stderr, "%s: %s", sql, PQresultErrorMessage(res));
	PQclear(res);
	PQfinish(c);
	return v;
}
