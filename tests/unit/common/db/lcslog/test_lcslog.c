#include "tests/lib/unit.h"

#include "db/lcslog/lcslog.h"
#include "tests/lib/dbrun.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct test_pg *pg;
static struct ply_loop *loop;
static struct ply_lcslog *lcslog;

#define S(lit)   ply_slice_str(lit)
#define NOW      1700000000000ULL
#define INSTANCE "9b2b7a2e-0000-4000-8000-000000000001"
#define FOCUS    "sip:ann@lab.example;gruu;opaque=app:conf:focus:id:ABC123"

static const struct ply_lcslog_feed feed = {"0f8fad5b-d9cb-469f-a165-70867728950e",
					    "fe1.lab.example", "pool.lab.example"};
static const struct ply_lcslog_feed other_feed = {"7c9e6679-7425-40de-944b-e07fc1f90ae7",
						  "fe2.lab.example", "pool.lab.example"};

static int start(void **state)
{
	struct ply_db_conf conf;

	(void)state;
	return test_db_start(&pg, &loop, &conf, "lcslog") || ply_lcslog_open(&lcslog, loop, &conf);
}

static int stop(void **state)
{
	(void)state;
	ply_lcslog_close(lcslog);
	return test_db_stop(pg, loop);
}

static int clean(void **state)
{
	(void)state;
	return test_pg_exec(pg, "lcslog",
			    "TRUNCATE users, client_versions, computers, pools, mcus, feed, "
			    "dialogs, session_details, media, conferences, focus_joins_and_leaves, "
			    "mcu_joins_and_leaves, conference_message_count");
}

static int last_r;
static bool answered;

static void on_done(void *ctx, int r)
{
	(void)ctx;
	last_r = r;
	answered = true;
}

static int put(const struct ply_lcslog_feed *f, const struct ply_cdr *r, size_t n)
{
	answered = false;
	assert_int_equal(ply_lcslog_put(lcslog, f, r, n, on_done, NULL), 0);
	assert_false(answered);
	assert_true(test_run_until(loop, answered));
	return last_r;
}

static long long number(const char *sql)
{
	return test_pg_number(pg, "lcslog", sql);
}

static struct ply_cdr im(uint64_t n, enum ply_cdr_kind kind, const char *id)
{
	struct ply_cdr r = {
		.number = n,
		.kind = kind,
		.value = {[PLY_CDR_BEGIN] = NOW,
			  [PLY_CDR_AT] = kind == PLY_CDR_IM_END ? NOW + 60000 : NOW + 500,
			  [PLY_CDR_SINCE] = NOW + 500,
			  [PLY_CDR_RESPONSE] = 200,
			  [PLY_CDR_WHERE1] = 1,
			  [PLY_CDR_AUTH1] = PLY_CDR_ENTERPRISE},
		.text = {[PLY_CDR_SESSION] = S(id),
			 [PLY_CDR_USER1] = S("sip:ann@lab.example"),
			 [PLY_CDR_USER2] = S("sip:ben@lab.example"),
			 [PLY_CDR_TARGET] = S("sip:ben@lab.example"),
			 [PLY_CDR_ENDPOINT1] = S("0102"),
			 [PLY_CDR_CLIENT1] = S("UCCAPI/2.0"),
			 [PLY_CDR_CLIENT2] = S("Sipe/1.25")},
	};

	if (kind == PLY_CDR_IM_END) {
		r.value[PLY_CDR_MESSAGES1] = 3;
		r.value[PLY_CDR_MESSAGES2] = 4;
		r.text[PLY_CDR_CAUSE] = S("bye");
	}
	return r;
}

static struct ply_cdr conf(uint64_t n, enum ply_cdr_kind kind, const char *user)
{
	bool leave = kind == PLY_CDR_FOCUS_LEAVE || kind == PLY_CDR_MCU_LEAVE;
	struct ply_cdr r = {
		.number = n,
		.kind = kind,
		.value = {[PLY_CDR_BEGIN] = NOW,
			  [PLY_CDR_AT] = NOW + (leave ? 9000 : 1000),
			  [PLY_CDR_SINCE] = NOW + 1000,
			  [PLY_CDR_ROLE] = PLY_CDR_PRESENTER,
			  [PLY_CDR_AUTH1] = PLY_CDR_FEDERATED,
			  [PLY_CDR_WHERE1] = 2},
		.text = {[PLY_CDR_SESSION] = S(INSTANCE), [PLY_CDR_URI] = S(FOCUS)},
	};

	if (kind == PLY_CDR_CONF_END) {
		r.value[PLY_CDR_AT] = NOW + 10000;
		r.text[PLY_CDR_CAUSE] = S("empty");
	}
	if (user)
		r.text[PLY_CDR_USER1] = S(user);
	if (kind >= PLY_CDR_FOCUS_JOIN && kind <= PLY_CDR_MCU_LEAVE) {
		r.text[PLY_CDR_ENDPOINT1] = S("{E1}");
		r.text[PLY_CDR_CLIENT1] = S("UCCAPI/2.0");
	}
	if (kind == PLY_CDR_MCU_JOIN || kind == PLY_CDR_MCU_LEAVE) {
		r.text[PLY_CDR_MCU] = S("https://mcu1.lab.example:444/");
		r.text[PLY_CDR_MCU_TYPE] = S("chat");
	}
	if (kind == PLY_CDR_CONF_MESSAGES)
		r.value[PLY_CDR_MESSAGES1] = 5;
	return r;
}

static void a_session_becomes_a_row_with_counts_and_names(void **state)
{
	struct ply_cdr r[] = {im(1, PLY_CDR_IM_START, "c1;a;b"), im(2, PLY_CDR_IM_END, "c1;a;b"),
			      im(3, PLY_CDR_IM_START, "c2;a;b")};

	(void)state;
	assert_int_equal(put(&feed, r, 3), 0);
	assert_int_equal(number("SELECT count(*) FROM session_details"), 2);
	assert_int_equal(number("SELECT count(*) FROM users"), 2);
	assert_int_equal(number("SELECT count(*) FROM client_versions"), 2);
	assert_int_equal(number("SELECT count(*) FROM session_details JOIN dialogs USING "
				"(session_id_time, session_id_seq) JOIN users ON user_id = "
				"user1_id WHERE external_id = 'c1;a;b' AND user_uri = "
				"'sip:ann@lab.example' AND user1_message_count = 3 AND "
				"user2_message_count = 4 AND session_end_time - response_time = "
				"'59.5 s' AND response_code = 200 AND is_user1_internal AND "
				"is_user2_internal IS NULL AND end_cause = 'bye'"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM media WHERE end_time IS NULL"), 1);
	/* its end comes later */
	r[0] = im(4, PLY_CDR_IM_END, "c2;a;b");
	assert_int_equal(put(&feed, r, 1), 0);
	assert_int_equal(number("SELECT count(*) FROM session_details WHERE session_end_time IS "
				"NOT NULL AND user1_message_count = 3"),
			 2);
	assert_int_equal(number("SELECT count(*) FROM media WHERE end_time IS NULL"), 0);
}

static void an_end_alone_makes_the_row(void **state)
{
	struct ply_cdr r = im(7, PLY_CDR_IM_END, "c3;a;b");

	(void)state;
	r.value[PLY_CDR_RESPONSE] = 480;
	r.text[PLY_CDR_USER2] = ply_slice(NULL, 0);
	assert_int_equal(put(&feed, &r, 1), 0);
	assert_int_equal(number("SELECT count(*) FROM session_details WHERE response_code = 480 "
				"AND user2_id IS NULL AND target_user_id IS NOT NULL"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM media"), 0);
}

static size_t meeting(struct ply_cdr *r, uint64_t n)
{
	size_t i = 0;

	r[i++] = conf(n++, PLY_CDR_CONF_START, NULL);
	r[i++] = conf(n++, PLY_CDR_FOCUS_JOIN, "sip:ann@lab.example");
	r[i++] = conf(n++, PLY_CDR_MCU_JOIN, "sip:ann@lab.example");
	r[i++] = conf(n++, PLY_CDR_FOCUS_JOIN, "sip:ben@lab.example");
	r[i++] = conf(n++, PLY_CDR_CONF_MESSAGES, "sip:ann@lab.example");
	r[i++] = conf(n++, PLY_CDR_CONF_MESSAGES, "sip:ann@lab.example");
	r[i++] = conf(n++, PLY_CDR_MCU_LEAVE, "sip:ann@lab.example");
	r[i++] = conf(n++, PLY_CDR_FOCUS_LEAVE, "sip:ann@lab.example");
	r[i++] = conf(n++, PLY_CDR_CONF_END, NULL);
	return i;
}

static void is_meeting(void)
{
	assert_int_equal(number("SELECT count(*) FROM conferences JOIN users ON user_id = "
				"organizer_id WHERE user_uri = 'sip:ann@lab.example' AND end_cause "
				"= 'empty' AND conference_end_time - conference_start_time = '10 "
				"s'"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM conferences"), 1);
	assert_int_equal(number("SELECT count(*) FROM focus_joins_and_leaves WHERE user_leave_time "
				"- user_join_time = '8 s' AND user_role = 2"),
			 1);
	/* whose leave was never said left with the end */
	assert_int_equal(number("SELECT count(*) FROM focus_joins_and_leaves WHERE user_leave_time "
				"- user_join_time = '9 s'"),
			 1);
	assert_int_equal(number("SELECT count(*) FROM mcu_joins_and_leaves JOIN mcus USING "
				"(mcu_id) WHERE mcu_type = 'chat' AND user_leave_time - "
				"user_join_time = '8 s'"),
			 1);
	assert_int_equal(number("SELECT sum(message_count) FROM conference_message_count"), 10);
}

static void a_meeting_in_one_batch_or_in_many_is_the_same(void **state)
{
	struct ply_cdr r[16];
	size_t n = meeting(r, 1);

	(void)state;
	assert_int_equal(put(&feed, r, n), 0);
	is_meeting();
	assert_int_equal(clean(NULL), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(put(&feed, &r[i], 1), 0);
	is_meeting();
}

static void what_comes_again_changes_nothing(void **state)
{
	struct ply_cdr r[16], s = im(50, PLY_CDR_IM_END, "c1;a;b");
	size_t n = meeting(r, 1);

	(void)state;
	assert_int_equal(put(&feed, r, n), 0);
	assert_int_equal(put(&feed, r, n), 0);
	assert_int_equal(put(&feed, r + 4, 2), 0);
	is_meeting();
	/* a batch that was partly taken: the rest is */
	r[8] = s;
	assert_int_equal(put(&feed, r + 2, 7), 0);
	is_meeting();
	assert_int_equal(number("SELECT count(*) FROM session_details"), 1);
	assert_int_equal(number("SELECT last_number FROM feed"), 50);
}

static void feeds_count_for_themselves(void **state)
{
	struct ply_cdr r[16];
	size_t n = meeting(r, 1);

	(void)state;
	assert_int_equal(put(&feed, r, n), 0);
	r[0] = conf(1, PLY_CDR_CONF_MESSAGES, "sip:ann@lab.example");
	assert_int_equal(put(&other_feed, r, 1), 0);
	assert_int_equal(number("SELECT sum(message_count) FROM conference_message_count"), 15);
	answered = false;
	assert_int_equal(ply_lcslog_forget_feeds(lcslog, ply_wall_ms() + 3600000, on_done, NULL),
			 0);
	assert_true(test_run_until(loop, answered));
	assert_int_equal(number("SELECT count(*) FROM feed"), 0);
}

static void a_full_batch_is_taken(void **state)
{
	static struct ply_cdr r[PLY_LCSLOG_BATCH_MAX];
	static char id[PLY_LCSLOG_BATCH_MAX][16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		(void)snprintf(id[i], sizeof id[i], "c%zu;a;b", i / 2);
		r[i] = im(i + 1, i % 2 ? PLY_CDR_IM_END : PLY_CDR_IM_START, id[i]);
	}
	assert_int_equal(put(&feed, r, ARRAY_LEN(r)), 0);
	assert_int_equal(number("SELECT count(*) FROM session_details"), ARRAY_LEN(r) / 2);
	assert_int_equal(ply_lcslog_put(lcslog, &feed, r, 0, on_done, NULL), -EMSGSIZE);
	assert_int_equal(ply_lcslog_put(lcslog, &feed, r, ARRAY_LEN(r) + 1, on_done, NULL),
			 -EMSGSIZE);
}

/* --- reading --- */

static struct ply_lcslog_key key;
static size_t n_rows, n_pages;
static bool more;
static char cells[PLY_LCSLOG_COLUMNS][100];

static void on_page(void *ctx, int r, const struct ply_lcslog_page *page)
{
	(void)ctx;
	answered = true;
	assert_int_equal(r, 0);
	n_rows += page->n;
	n_pages++;
	more = page->more;
	key = *page->next;
	for (size_t k = 0; page->n && k < PLY_LCSLOG_COLUMNS; k++)
		(void)ply_slice_copy(page->row[0][k], cells[k], sizeof cells[k]);
}

static size_t list(enum ply_lcslog_view view, const struct ply_lcslog_filter *filter, size_t limit)
{
	struct ply_lcslog_filter f = *filter;

	f.limit = limit;
	n_rows = n_pages = 0;
	memset(&key, 0, sizeof key);
	do {
		answered = false;
		assert_int_equal(ply_lcslog_list(lcslog, view, &f, &key, on_page, NULL), 0);
		assert_true(test_run_until(loop, answered));
	} while (more);
	return n_rows;
}

static void listings_are_paged_and_filtered(void **state)
{
	static const struct {
		const char *why;
		enum ply_lcslog_view view;
		struct ply_lcslog_filter filter;
		size_t n;
	} cases[] = {
		{"everything", PLY_LCSLOG_SUMMARY, {0}, 8},
		{"a range", PLY_LCSLOG_SUMMARY, {.from_ms = NOW + 2, .to_ms = NOW + 5}, 3},
		{"before", PLY_LCSLOG_SUMMARY, {.to_ms = NOW}, 0},
		{"a caller", PLY_LCSLOG_SUMMARY, {.user = {"sip:ann@lab.example", 19}}, 8},
		{"a participant", PLY_LCSLOG_SUMMARY, {.user = {"sip:ben@lab.example", 19}}, 8},
		{"nobody", PLY_LCSLOG_SUMMARY, {.user = {"sip:eve@lab.example", 19}}, 0},
		{"a meeting", PLY_LCSLOG_SUMMARY, {.conference = {FOCUS, sizeof FOCUS - 1}}, 1},
		{"a meeting's id", PLY_LCSLOG_SUMMARY, {.conference = {"ABC123", 6}}, 1},
		{"not its end alone", PLY_LCSLOG_SUMMARY, {.conference = {"123", 3}}, 0},
		{"sessions", PLY_LCSLOG_SESSIONS, {0}, 7},
		{"conferences", PLY_LCSLOG_CONFERENCES, {0}, 1},
		{"joins", PLY_LCSLOG_FOCUS, {0}, 2},
		{"joins of one", PLY_LCSLOG_FOCUS, {.user = {"sip:ben@lab.example", 19}}, 1},
		{"legs", PLY_LCSLOG_MCU, {0}, 1},
		{"counts", PLY_LCSLOG_MESSAGES, {0}, 1},
	};
	static char id[7][16];
	struct ply_cdr r[32];
	size_t n = meeting(r, 1);

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		(void)snprintf(id[i], sizeof id[i], "c%zu;a;b", i);
		r[n] = im(n + 1, PLY_CDR_IM_END, id[i]);
		r[n++].value[PLY_CDR_BEGIN] = NOW + i;
	}
	assert_int_equal(put(&feed, r, n), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t limit = 1; limit < 10; limit += 4)
			if (list(cases[i].view, &cases[i].filter, limit) != cases[i].n)
				fail_msg("%s, by %zu: %zu", cases[i].why, limit, n_rows);
	(void)list(PLY_LCSLOG_MESSAGES, &cases[0].filter, 10);
	assert_string_equal(cells[0], "2023-11-14T22:13:20.000Z");
	assert_string_equal(cells[2], FOCUS);
	assert_string_equal(cells[4], "10");
	(void)list(PLY_LCSLOG_SUMMARY, &cases[6].filter, 10);
	assert_string_equal(cells[1], "meeting");
	assert_string_equal(cells[5], "10");
	assert_string_equal(cells[6], "2");
}

static void every_column_says_its_name_in_the_specification(void **state)
{
	(void)state;
	assert_int_equal(number("SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = "
				"a.attrelid WHERE c.relkind = 'r' AND c.relnamespace = "
				"'public'::regnamespace AND a.attnum > 0 AND c.relname <> "
				"'schema_version' AND col_description(c.oid, a.attnum) IS NULL"),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_session_becomes_a_row_with_counts_and_names, clean),
		cmocka_unit_test_setup(an_end_alone_makes_the_row, clean),
		cmocka_unit_test_setup(a_meeting_in_one_batch_or_in_many_is_the_same, clean),
		cmocka_unit_test_setup(what_comes_again_changes_nothing, clean),
		cmocka_unit_test_setup(feeds_count_for_themselves, clean),
		cmocka_unit_test_setup(a_full_batch_is_taken, clean),
		cmocka_unit_test_setup(listings_are_paged_and_filtered, clean),
		cmocka_unit_test(every_column_says_its_name_in_the_specification),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
