#include "tests/lib/unit.h"

#include "auth/epid.h"
#include "base/ply.h"

/* Pairs published in protocol examples. */
static void derives_the_instance_from_the_epid(void **state)
{
	static const struct {
		const char *epid, *instance;
	} cases[] = {
		{"8248ca9ebb", "4233fd41-093b-5fd6-b5d2-651ed55969e6"},
		{"2ebb6f264f", "124841e4-264d-52e8-96c5-d22aa8cdc316"},
		{"492a7ce35f", "b43b3d1d-9f8f-5fdc-9f74-3ca273cadb97"},
		{"c32b51b28c", "782873e3-ec25-5e64-b374-0ff05e0839a5"},
		{"c8ca638a15", "34d859db-6585-5f91-a3b4-de853c15347d"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_guid g;
		char text[PLY_GUID_TEXT_LEN + 1];

		assert_int_equal(ply_epid_instance(ply_slice_str(cases[i].epid), &g), 0);
		assert_string_equal(ply_guid_text(&g, text), cases[i].instance);
	}
}

static void makes_the_gruu_identifier(void **state)
{
	static const struct {
		const char *epid, *id;
	} cases[] = {
		{"c8ca638a15", "21nYNIVlkV-jtN6FPBU0fQAA"},
		{"84d3db8c23", "fvceImg6cFWG7W6lvUt_-AAA"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_guid g, back;
		char id[PLY_GRUU_ID_LEN + 1];

		assert_int_equal(ply_epid_instance(ply_slice_str(cases[i].epid), &g), 0);
		assert_string_equal(ply_gruu_id(&g, id), cases[i].id);
		assert_true(ply_gruu_id_parse(ply_slice_str(id), &back));
		assert_memory_equal(&g, &back, sizeof g);
	}
}

static void reads_instances_as_clients_write_them(void **state)
{
	static const struct {
		const char *why, *in;
		bool ok;
	} cases[] = {
		{"bare", "34d859db-6585-5f91-a3b4-de853c15347d", true},
		{"upper case", "34D859DB-6585-5F91-A3B4-DE853C15347D", true},
		{"as a Contact parameter", "\"<urn:uuid:34d859db-6585-5f91-a3b4-de853c15347d>\"",
		 true},
		{"upper case scheme", "<URN:UUID:34d859db-6585-5f91-a3b4-de853c15347d>", true},
		{"empty", "", false},
		{"one digit short", "34d859db-6585-5f91-a3b4-de853c15347", false},
		{"dash in the wrong place", "34d859db6-585-5f91-a3b4-de853c15347d", false},
		{"no hex", "34d859db-6585-5f91-a3b4-de853c15347g", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_guid g;
		char text[PLY_GUID_TEXT_LEN + 1];
		bool ok = ply_guid_parse(ply_slice_str(cases[i].in), &g);

		if (ok != cases[i].ok)
			fail_msg("%s: got %d", cases[i].why, ok);
		if (ok)
			assert_string_equal(ply_guid_text(&g, text),
					    "34d859db-6585-5f91-a3b4-de853c15347d");
	}
}

static void refuses_what_is_no_gruu_identifier(void **state)
{
	static const char *const bad[] = {
		"",
		"21nYNIVlkV-jtN6FPBU0fQA",
		"21nYNIVlkV-jtN6FPBU0fQAAA",
		"21nYNIVlkV+jtN6FPBU0fQAA",
		"21nYNIVlkV-jtN6FPBU0fQAB",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ply_guid g;

		assert_false(ply_gruu_id_parse(ply_slice_str(bad[i]), &g));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derives_the_instance_from_the_epid),
		cmocka_unit_test(makes_the_gruu_identifier),
		cmocka_unit_test(reads_instances_as_clients_write_them),
		cmocka_unit_test(refuses_what_is_no_gruu_identifier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
