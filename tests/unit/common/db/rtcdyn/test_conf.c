#include "tests/unit/common/db/rtcdyn/rtcdyn_fixture.h"

#include "base/strbuf.h"
#include "db/rtcdyn/rtcdyn_conf.h"
#include "db/rtcdyn/rtcdyn_lease.h"

#include <errno.h>

static int clean(void **state)
{
	(void)state;
	return test_pg_exec(pg, "rtcdyn", "TRUNCATE conf_dialog, conf_mcu, lease");
}

static int n_done, last_r;

static void on_done(void *ctx, int r)
{
	(void)ctx;
	last_r = r;
	n_done++;
}

static int answer(int asked)
{
	assert_int_equal(asked, 0);
	assert_true(test_run_until(loop, n_done == 1));
	n_done = 0;
	return last_r;
}

/* --- conferences --- */

static void (*look)(const struct ply_rtcdyn_conf_rows *rows);

static void on_rows(void *ctx, int r, const struct ply_rtcdyn_conf_rows *rows)
{
	if (!r)
		look(rows);
	on_done(ctx, r);
}

static void load(void (*fn)(const struct ply_rtcdyn_conf_rows *rows))
{
	const int64_t both[] = {4, 3};

	look = fn;
	assert_int_equal(answer(ply_rtcdyn_conf_load(dyn, both, 2, on_rows, NULL)), 0);
}

static void put(int64_t conf, const char *uri, const char *endpoint, uint32_t version)
{
	const struct ply_rtcdyn_dialog d = {conf, S(uri), S(endpoint), S("call=1"), version};

	assert_int_equal(answer(ply_rtcdyn_dialog_put(dyn, &d, on_done, NULL)), 0);
}

static void put_mcu(int64_t conf, const char *type, uint32_t version)
{
	const struct ply_rtcdyn_mcu m = {conf, S(type), S("https://m/"), S("i1"), version};

	assert_int_equal(answer(ply_rtcdyn_mcu_put(dyn, &m, on_done, NULL)), 0);
}

static void look_all(const struct ply_rtcdyn_conf_rows *rows)
{
	assert_int_equal(rows->n_dialog, 3);
	assert_int_equal(rows->dialog[0].conf, 3);
	assert_true(ply_slice_is(rows->dialog[0].uri, "sip:a@lab.example"));
	assert_true(ply_slice_is(rows->dialog[0].endpoint, "e1"));
	assert_true(ply_slice_is(rows->dialog[0].dialog, "call=1"));
	assert_int_equal(rows->dialog[0].notify_version, 4000000000u);
	assert_true(ply_slice_is(rows->dialog[1].endpoint, "e2"));
	assert_int_equal(rows->dialog[2].conf, 4);
	assert_int_equal(rows->n_mcu, 1);
	assert_true(ply_slice_is(rows->mcu[0].type, "chat"));
	assert_true(ply_slice_is(rows->mcu[0].url, "https://m/"));
	assert_true(ply_slice_is(rows->mcu[0].instance, "i1"));
	assert_int_equal(rows->mcu[0].version, 2);
}

static void look_fewer(const struct ply_rtcdyn_conf_rows *rows)
{
	assert_int_equal(rows->n_dialog, 2);
	assert_true(ply_slice_is(rows->dialog[0].endpoint, "e2"));
	assert_int_equal(rows->n_mcu, 0);
}

static void look_other(const struct ply_rtcdyn_conf_rows *rows)
{
	assert_int_equal(rows->n_dialog, 1);
	assert_int_equal(rows->dialog[0].conf, 4);
	assert_int_equal(rows->n_mcu, 0);
}

static void what_is_put_of_a_conference_is_loaded_until_it_is_cleared(void **state)
{
	static const int64_t too_many[PLY_RTCDYN_CONF_LOAD_MAX + 1];

	(void)state;
	put(4, "sip:a@lab.example", "e1", 1);
	put(3, "sip:a@lab.example", "e2", 1);
	put(3, "sip:a@lab.example", "e1", 1);
	put(3, "sip:a@lab.example", "e1", 4000000000u);
	put(5, "sip:a@lab.example", "e1", 1);
	put_mcu(3, "chat", 1);
	put_mcu(3, "chat", 2);
	load(look_all);
	assert_int_equal(answer(ply_rtcdyn_dialog_delete(dyn, 3, S("sip:a@lab.example"), S("e1"),
							 on_done, NULL)),
			 0);
	assert_int_equal(answer(ply_rtcdyn_mcu_delete(dyn, 3, S("chat"), on_done, NULL)), 0);
	load(look_fewer);
	put_mcu(3, "meeting", 1);
	assert_int_equal(ply_rtcdyn_conf_clear(dyn, 3, NULL, NULL), 0);
	load(look_other);
	assert_int_equal(ply_rtcdyn_conf_load(dyn, too_many, ARRAY_LEN(too_many), on_rows, NULL),
			 -EMSGSIZE);
}

/* --- leases --- */

static size_t n_leases;
static char instances[64], last_data[32];
static uint64_t last_expires;

static void on_leases(void *ctx, int r, const struct ply_rtcdyn_lease *l, size_t n)
{
	struct ply_strbuf all = PLY_STRBUF_INIT;

	n_leases = n;
	for (size_t i = 0; i < n; i++) {
		ply_strbuf_add(&all, l[i].instance.p, l[i].instance.len);
		ply_slice_copy(l[i].data, last_data, sizeof(last_data));
		last_expires = l[i].expires_ms;
		assert_true(ply_slice_is(l[i].fqdn, "h.lab.example"));
		assert_null(l[i].url.p);
		assert_true(ply_slice_is(l[i].type, "chat"));
	}
	ply_slice_copy(ply_strbuf_slice(&all), instances, sizeof(instances));
	ply_strbuf_deinit(&all);
	on_done(ctx, r);
}

static int lease(const char *kind, const char *instance, int64_t epoch, uint64_t expires_ms)
{
	const struct ply_rtcdyn_lease l = {
		.kind = S(kind),
		.instance = S(instance),
		.fqdn = S("h.lab.example"),
		.type = S("chat"),
		.data = S("load=3"),
		.epoch = epoch,
		.expires_ms = expires_ms,
	};

	return answer(ply_rtcdyn_lease_put(dyn, &l, on_done, NULL));
}

static void leases_are_loaded_by_kind_or_when_they_have_run_out(void **state)
{
	static const struct {
		const char *why, *kind, *want;
		uint64_t now;
	} cases[] = {
		{"all", "", "acb", 0},
		{"of one kind", "mcu-im", "b", 0},
		{"of no kind there is", "mcu-av", "", 0},
		{"none has run out", "", "", 999},
		{"at its very end", "", "a", 1000},
		{"several kinds", "", "ab", 2000},
		{"one kind", "mcu-im", "b", 2000},
	};

	(void)state;
	assert_int_equal(lease("frontend", "c", 1, 3000), 0);
	assert_int_equal(lease("mcu-im", "b", 1, 2000), 0);
	assert_int_equal(lease("frontend", "a", 1, 1000), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = cases[i].now
				? ply_rtcdyn_lease_load_expired(dyn, S(cases[i].kind), cases[i].now,
								on_leases, NULL)
				: ply_rtcdyn_lease_load(dyn, S(cases[i].kind), on_leases, NULL);

		if (answer(r) || strcmp(instances, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].why, instances);
	}
}

static void a_lease_is_renewed_by_its_epoch_or_a_later_one(void **state)
{
	(void)state;
	assert_int_equal(lease("frontend", "a", 5, 1000), 0);
	assert_int_equal(lease("frontend", "a", 5, 2000), 0);
	assert_int_equal(lease("frontend", "a", 4, 3000), PLY_DB_E_FENCED);
	assert_int_equal(answer(ply_rtcdyn_lease_load(dyn, S("frontend"), on_leases, NULL)), 0);
	assert_int_equal(n_leases, 1);
	assert_int_equal(last_expires, 2000);
	assert_string_equal(last_data, "load=3");
	assert_int_equal(lease("frontend", "a", 6, 3000), 0);
	assert_int_equal(answer(ply_rtcdyn_lease_delete(dyn, S("frontend"), S("a"), on_done, NULL)),
			 0);
	assert_int_equal(answer(ply_rtcdyn_lease_delete(dyn, S("frontend"), S("a"), on_done, NULL)),
			 0);
	assert_int_equal(test_pg_number(pg, "rtcdyn", "SELECT count(*) FROM lease"), 0);
}

static void renewing_many_times_touches_no_index(void **state)
{
	static const char hot[] = "SELECT n_tup_upd - n_tup_hot_upd FROM pg_stat_user_tables "
				  "WHERE relname = 'lease'";
	static const char updates[] = "SELECT n_tup_upd FROM pg_stat_user_tables "
				      "WHERE relname = 'lease'";
	long long before, cold;

	(void)state;
	assert_int_equal(lease("frontend", "a", 1, 1000), 0);
	assert_int_equal(test_pg_exec(pg, "rtcdyn", "SELECT pg_stat_force_next_flush()"), 0);
	before = test_pg_number(pg, "rtcdyn", updates);
	cold = test_pg_number(pg, "rtcdyn", hot);
	for (uint64_t i = 1; i <= 200; i++)
		assert_int_equal(lease("frontend", "a", 1, 1000 + i), 0);
	/* statistics of the other session arrive when it is idle */
	assert_true(test_run_until(loop, test_pg_number(pg, "rtcdyn", updates) > before));
	assert_in_range(test_pg_number(pg, "rtcdyn", hot) - cold, 0, 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, clean)
	const struct CMUnitTest tests[] = {
		T(what_is_put_of_a_conference_is_loaded_until_it_is_cleared),
		T(leases_are_loaded_by_kind_or_when_they_have_run_out),
		T(a_lease_is_renewed_by_its_epoch_or_a_later_one),
		T(renewing_many_times_touches_no_index),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
