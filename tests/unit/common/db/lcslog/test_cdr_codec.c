#include "tests/lib/unit.h"

#include "db/lcslog/cdr.h"

#include <stdio.h>
#include <string.h>

#define FEED "0f8fad5b-d9cb-469f-a165-70867728950e"

static struct ply_cdr leave(void)
{
	return (struct ply_cdr){
		.number = 300,
		.kind = PLY_CDR_FOCUS_LEAVE,
		.value = {[PLY_CDR_BEGIN] = 1, [PLY_CDR_AT] = UINT64_MAX, [PLY_CDR_ROLE] = 2},
		.text = {[PLY_CDR_USER1] = ply_slice_str("sip:ann@lab.example"),
			 [PLY_CDR_CAUSE] = ply_slice_str("")},
	};
}

static void what_is_written_is_read(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_cdr in = leave(), out;
	size_t len = 0;

	(void)state;
	ply_cdr_write(&b, &in);
	ply_cdr_write(&b, &in);
	assert_int_equal(ply_cdr_read(ply_strbuf_slice(&b), &out, &len), PLY_CDR_OK);
	assert_int_equal(len * 2, b.len);
	assert_int_equal(out.number, 300);
	assert_int_equal(out.kind, PLY_CDR_FOCUS_LEAVE);
	assert_memory_equal(out.value, in.value, sizeof in.value);
	for (size_t i = 0; i < PLY_CDR_N_TEXT; i++) {
		assert_int_equal(out.text[i].p != NULL, in.text[i].p != NULL);
		if (out.text[i].p && in.text[i].p)
			assert_true(ply_slice_eq(out.text[i], in.text[i]));
	}
	ply_strbuf_deinit(&b);
}

static void texts_become_such_as_a_database_takes(void **state)
{
	static const struct {
		const char *why, *in, *out;
		size_t len;
	} cases[] = {
		{"plain", "abc", "abc", 3},
		{"UTF-8", "Łódź", "Łódź", sizeof "Łódź" - 1},
		{"NUL", "a\0b", "a?b", 3},
		{"lone byte",
		 "a\xff"
		 "b",
		 "a?b", 3},
		{"cut character", "a\xc3", "a?", 2},
		{"surrogate", "\xed\xa0\x80", "???", 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_cdr in = {.number = 1, .kind = PLY_CDR_IM_END}, out;
		struct ply_strbuf b = PLY_STRBUF_INIT;
		size_t len;

		in.text[PLY_CDR_CLIENT1] = ply_slice(cases[i].in, cases[i].len);
		ply_cdr_write(&b, &in);
		assert_int_equal(ply_cdr_read(ply_strbuf_slice(&b), &out, &len), PLY_CDR_OK);
		if (!ply_slice_is(out.text[PLY_CDR_CLIENT1], cases[i].out))
			fail_msg("%s", cases[i].why);
		ply_strbuf_deinit(&b);
	}
}

static void a_long_text_is_cut_between_characters(void **state)
{
	struct ply_cdr in = {.number = 1, .kind = PLY_CDR_IM_END}, out;
	struct ply_strbuf b = PLY_STRBUF_INIT;
	char text[PLY_CDR_TEXT_MAX + 100];
	size_t len;

	(void)state;
	memset(text, 'x', sizeof text);
	text[PLY_CDR_TEXT_MAX - 1] = "ß"[0];
	text[PLY_CDR_TEXT_MAX] = "ß"[1];
	for (size_t i = 0; i < PLY_CDR_N_TEXT; i++)
		in.text[i] = ply_slice(text, sizeof text);
	for (size_t i = 0; i < PLY_CDR_N_VALUE; i++)
		in.value[i] = UINT64_MAX;
	ply_cdr_write(&b, &in);
	assert_true(b.len <= PLY_CDR_MAX);
	assert_int_equal(ply_cdr_read(ply_strbuf_slice(&b), &out, &len), PLY_CDR_OK);
	assert_int_equal(out.text[PLY_CDR_N_TEXT - 1].len, PLY_CDR_TEXT_MAX - 1);
	ply_strbuf_deinit(&b);
}

/* Cut anywhere it is short; changed anywhere it is refused, or short when its length grew. */
static void no_torn_or_changed_record_is_taken(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_cdr in = leave(), out;
	size_t len = 0;

	(void)state;
	ply_cdr_write(&b, &in);
	for (size_t n = 0; n < b.len; n++) {
		if (ply_cdr_read(ply_slice(b.p, n), &out, &len) != PLY_CDR_SHORT)
			fail_msg("cut at %zu", n);
		for (unsigned bit = 0; bit < 8; bit++) {
			b.p[n] = (char)(b.p[n] ^ (char)BIT(bit));
			if (ply_cdr_read(ply_strbuf_slice(&b), &out, &len) == PLY_CDR_OK)
				fail_msg("bit %u of %zu", bit, n);
			b.p[n] = (char)(b.p[n] ^ (char)BIT(bit));
		}
	}
	ply_strbuf_deinit(&b);
}

static void a_head_names_its_feed(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	char feed[PLY_CDR_UUID_LEN + 1];

	(void)state;
	ply_cdr_head_write(&b, FEED);
	assert_int_equal(b.len, PLY_CDR_HEAD_LEN);
	assert_true(ply_cdr_head_read(ply_strbuf_slice(&b), feed));
	assert_string_equal(feed, FEED);
	for (size_t i = 0; i < b.len; i++) {
		assert_false(ply_cdr_head_read(ply_slice(b.p, i), feed));
		b.p[i] ^= 1;
		assert_false(ply_cdr_head_read(ply_strbuf_slice(&b), feed));
		b.p[i] ^= 1;
	}
	ply_strbuf_reset(&b);
	ply_cdr_head_write(&b, "not a uuid, but of the length of one");
	assert_false(ply_cdr_head_read(ply_strbuf_slice(&b), feed));
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(texts_become_such_as_a_database_takes),
		cmocka_unit_test(a_long_text_is_cut_between_characters),
		cmocka_unit_test(no_torn_or_changed_record_is_taken),
		cmocka_unit_test(a_head_names_its_feed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
