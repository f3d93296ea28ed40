#include "tests/lib/unit.h"

#include "base/mem.h"
#include "db/db.h"
#include "db/migrate.h"
#include "tests/lib/pg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct test_pg *pg;

static int start(void **state)
{
	(void)state;
	pg = test_pg_new();
	return pg ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	test_pg_free(pg);
	return 0;
}

static int apply(const char *db, const char *dir, size_t *n, struct ply_strbuf *err)
{
	ply_strbuf_reset(err);
	return ply_migrate_apply(test_pg_conninfo(pg, db), db, dir, n, err);
}

static void makes_all_four_databases_and_does_nothing_the_second_time(void **state)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;

	(void)state;
	for (size_t i = 0; ply_migrate_databases[i]; i++) {
		const char *db = ply_migrate_databases[i];
		struct ply_migration *m;
		bool created = false;
		size_t n;

		assert_int_equal(ply_migrate_status(test_pg_conninfo(pg, db), db, "deploy/sql", &m,
						    &n, &err),
				 PLY_DB_E_NONE);
		assert_int_equal(ply_migrate_create(test_pg_conninfo(pg, db), db, &created, &err),
				 0);
		assert_true(created);
		if (apply(db, "deploy/sql", &n, &err))
			fail_msg("%s: %s", db, ply_strbuf_str(&err));
		assert_true(n >= 1);
		assert_int_equal(ply_migrate_create(test_pg_conninfo(pg, db), db, &created, &err),
				 0);
		assert_false(created);
		assert_int_equal(apply(db, "deploy/sql", &n, &err), 0);
		assert_int_equal(n, 0);
		assert_int_equal(ply_migrate_status(test_pg_conninfo(pg, db), db, "deploy/sql", &m,
						    &n, &err),
				 0);
		assert_true(n >= 1 && m[0].applied && m[0].has_file && !m[0].changed);
		assert_string_equal(m[0].name, "base");
		ply_free(m);
	}
	ply_strbuf_deinit(&err);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/t/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void remove_file(const char *dir, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/t/%s", dir, name);
	unlink(path);
}

static void a_failing_migration_leaves_nothing_and_names_file_and_line(void **state)
{
	char dir[] = "/tmp/parley-mig.XXXXXX", sub[64];
	struct ply_strbuf err = PLY_STRBUF_INIT;
	bool created;
	size_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(sub, sizeof(sub), "%s/t", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(ply_migrate_create(test_pg_conninfo(pg, "t"), "t", &created, &err), 0);

	write_file(dir, "001-one.sql", "CREATE TABLE one (a int);\n");
	write_file(dir, "002-two.sql", "CREATE TABLE two (a int);\nSELECT nothing_like_it;\n");
	assert_int_equal(apply("t", dir, &n, &err), -EIO);
	assert_int_equal(n, 1);
	assert_non_null(strstr(ply_strbuf_str(&err), "002-two.sql:2: "));
	assert_int_equal(test_pg_number(pg, "t", "SELECT count(*) FROM schema_version"), 1);
	assert_int_equal(test_pg_number(pg, "t", "SELECT (to_regclass('two') IS NULL)::int"), 1);

	write_file(dir, "002-two.sql", "CREATE TABLE two (a int);\n");
	assert_int_equal(apply("t", dir, &n, &err), 0);
	assert_int_equal(n, 1);

	write_file(dir, "001-one.sql", "CREATE TABLE one (b int);\n");
	assert_int_equal(apply("t", dir, &n, &err), -EBADMSG);
	assert_non_null(strstr(ply_strbuf_str(&err), "001-one.sql: changed after"));
	write_file(dir, "001-one.sql", "CREATE TABLE one (a int);\n");

	write_file(dir, "004-four.sql", "SELECT 1;\n");
	assert_int_equal(apply("t", dir, &n, &err), -EBADMSG);
	remove_file(dir, "004-four.sql");
	remove_file(dir, "002-two.sql");
	assert_int_equal(apply("t", dir, &n, &err), -ENOTSUP);
	assert_non_null(strstr(ply_strbuf_str(&err), "002-two"));

	remove_file(dir, "001-one.sql");
	rmdir(sub);
	rmdir(dir);
	ply_strbuf_deinit(&err);
}

/* Makes DIR/rtc with nothing but the first file. */
static void only_the_first(char *link, size_t cap, const char *dir)
{
	char cwd[256], target[300];

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	snprintf(target, sizeof(target), "%s/deploy/sql/rtc/001-base.sql", cwd);
	snprintf(link, cap, "%s/rtc", dir);
	assert_int_equal(mkdir(link, 0700), 0);
	snprintf(link, cap, "%s/rtc/001-base.sql", dir);
	assert_int_equal(symlink(target, link), 0);
}

static void users_of_the_first_schema_keep_everything_in_the_next(void **state)
{
	static const char data[] =
		"INSERT INTO resource (uri, login, title) VALUES ('sip:a@lab.example', 'a', 'T');"
		"INSERT INTO credential SELECT id, decode(repeat('ab', 16), 'hex') FROM resource;"
		"INSERT INTO contact SELECT id, 'b@lab.example', 'B', 2 FROM resource;"
		"SELECT ply_epoch_raise()";
	char dir[] = "/tmp/parley-mig.XXXXXX", path[64];
	struct ply_strbuf err = PLY_STRBUF_INIT;
	bool created;
	size_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(test_pg_exec(pg, "postgres", "DROP DATABASE IF EXISTS rtc"), 0);
	assert_int_equal(ply_migrate_create(test_pg_conninfo(pg, "rtc"), "rtc", &created, &err), 0);
	only_the_first(path, sizeof(path), dir);
	assert_int_equal(apply("rtc", dir, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(test_pg_exec(pg, "rtc", data), 0);
	if (apply("rtc", "deploy/sql", &n, &err))
		fail_msg("%s", ply_strbuf_str(&err));
	assert_true(n >= 1);
	assert_int_equal(test_pg_number(pg, "rtc",
					"SELECT count(*) FROM resource u JOIN credential c ON "
					"c.user_id = u.id JOIN contact k ON k.user_id = u.id WHERE "
					"u.title = 'T' AND u.meeting_policy IS NULL"),
			 1);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT epoch FROM pool_epoch"), 2);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf"), 0);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(dir);
	ply_strbuf_deinit(&err);
}

static void a_server_that_is_not_there_is_an_error_with_text(void **state)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	bool created;
	size_t n;

	(void)state;
	assert_int_equal(ply_migrate_create("host=/nonexistent", "rtc", &created, &err), -ENOTCONN);
	assert_true(err.len > 0);
	assert_int_equal(ply_migrate_apply("host=/nonexistent", "rtc", "deploy/sql", &n, &err),
			 -ENOTCONN);
	ply_strbuf_deinit(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_all_four_databases_and_does_nothing_the_second_time),
		cmocka_unit_test(a_failing_migration_leaves_nothing_and_names_file_and_line),
		cmocka_unit_test(users_of_the_first_schema_keep_everything_in_the_next),
		cmocka_unit_test(a_server_that_is_not_there_is_an_error_with_text),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
