/* A private PostgreSQL cluster for one test binary: own folder, UNIX socket only, run as an
 * unprivileged user when the test is root, gone with the test even when that crashes. */
#ifndef TESTS_LIB_PG_H
#define TESTS_LIB_PG_H

#include <stddef.h>

struct test_pg;

/* initdb and start. GIVES; NULL with a message on standard error. */
struct test_pg *test_pg_new(void);
void test_pg_free(struct test_pg *pg);

/* Stops the server: SIGINT fast, SIGQUIT at once (as in a crash). Waits until it is gone. */
void test_pg_stop(struct test_pg *pg, int signo);
/* Starts it again and waits until it answers; 0 or -1. */
int test_pg_start(struct test_pg *pg);

/* "host=... user=... dbname=DB". LENDS, one buffer a cluster: until the next call. */
const char *test_pg_conninfo(struct test_pg *pg, const char *db);
/* Creates the database and applies deploy/sql/DB; 0 or -1 with a message. */
int test_pg_migrate(struct test_pg *pg, const char *db);
/* Synchronous SQL for arranging and looking; 0 or -1 with a message. */
int test_pg_exec(struct test_pg *pg, const char *db, const char *sql);
/* First value of the first row as a number; -1 when there is none. */
long long test_pg_number(struct test_pg *pg, const char *db, const char *sql);

/* A session that stays open, for holding locks: run statements in it, close it. */
void *test_pg_session(struct test_pg *pg, const char *db);
int test_pg_session_exec(void *session, const char *sql);
void test_pg_session_close(void *session);

#endif
