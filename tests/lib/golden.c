#include "tests/lib/golden.h"

#include "tests/lib/memfail.h"
#include "tests/lib/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static golden_print *print_of(const struct golden *g, const char *name)
{
	for (size_t i = 0; i < g->n_codec; i++)
		if (ply_slice_starts(ply_slice_str(name), g->codec[i].prefix))
			return g->codec[i].print;
	return NULL;
}

/* False when there is no such file. */
static bool read_file(struct ply_strbuf *b, const char *dir, const char *stem, const char *suffix)
{
	char buf[4096], path[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.%s", dir, stem, suffix);
	f = fopen(path, "r");
	if (!f)
		return false;
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		ply_strbuf_add(b, buf, n);
	fclose(f);
	return true;
}

static void rewrite(const struct golden *g, const char *stem, const struct ply_strbuf *got)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.expect", g->dir, stem);
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite(got->p, 1, got->len, f);
	fclose(f);
}

static void check(const struct golden *g, const char *stem)
{
	struct ply_strbuf in = PLY_STRBUF_INIT, got = PLY_STRBUF_INIT, want = PLY_STRBUF_INIT;
	int r;

	assert_true(read_file(&in, g->dir, stem, "in"));
	assert_non_null(print_of(g, stem));
	r = print_of(g, stem)(&got, ply_strbuf_slice(&in));
	if (r)
		g->refused(&got, r);
	assert_int_equal(ply_strbuf_err(&got), 0);
	if (getenv("GOLDEN_UPDATE"))
		rewrite(g, stem, &got);
	else if (!read_file(&want, g->dir, stem, "expect") ||
		 strcmp(ply_strbuf_str(&want), ply_strbuf_str(&got)) != 0)
		fail_msg("%s: got\n%s", stem, ply_strbuf_str(&got));
	ply_strbuf_deinit(&in);
	ply_strbuf_deinit(&got);
	ply_strbuf_deinit(&want);
}

/* Calls fn with the name of each document, without ".in". */
static size_t each(const struct golden *g, void (*fn)(const struct golden *g, const char *stem))
{
	DIR *d = opendir(g->dir);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len < 4 || strcmp(e->d_name + len - 3, ".in") != 0)
			continue;
		e->d_name[len - 3] = '\0';
		fn(g, e->d_name);
		n++;
	}
	closedir(d);
	return n;
}

static size_t golden_check(const struct golden *g)
{
	return each(g, check);
}

struct work {
	golden_print *print;
	struct ply_slice in;
};

static int read_once(void *ctx)
{
	const struct work *w = ctx;
	struct ply_strbuf out = PLY_STRBUF_INIT;
	int r;

	if (!w->print)
		return -EINVAL;
	r = w->print(&out, w->in);
	if (r >= 0) /* a refusal may be printed too */
		r = ply_strbuf_err(&out);
	ply_strbuf_deinit(&out);
	return r;
}

static void run_without_memory(const struct golden *g, const char *stem)
{
	struct ply_strbuf in = PLY_STRBUF_INIT;

	assert_true(read_file(&in, g->dir, stem, "in"));
	if (in.len < 3000)
		fails_cleanly_without_memory(
			read_once, &(struct work){print_of(g, stem), ply_strbuf_slice(&in)});
	ply_strbuf_deinit(&in);
}

static void golden_without_memory(const struct golden *g)
{
	(void)each(g, run_without_memory);
}

struct run {
	const struct golden *golden;
	size_t more_than;
};

static void documents_are_read_as_expected(void **state)
{
	const struct run *run = *state;

	assert_true(golden_check(run->golden) > run->more_than);
}

static void reading_fails_cleanly_without_memory(void **state)
{
	const struct run *run = *state;

	golden_without_memory(run->golden);
}

int golden_run(const struct golden *g, size_t more_than)
{
	struct run run = {g, more_than};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(documents_are_read_as_expected, &run),
		cmocka_unit_test_prestate(reading_fails_cleanly_without_memory, &run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
