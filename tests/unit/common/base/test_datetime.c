#include "tests/lib/unit.h"

#include "base/datetime.h"

static void times_are_written_and_read_back(void **state)
{
	static const struct {
		const char *why, *in;
		bool ok;
		const char *out; /* normal form */
	} cases[] = {
		{"the server's own form", "2026-11-21T21:06:12.000Z", true,
		 "2026-11-21T21:06:12.000Z"},
		{"no zone is UTC", "2026-01-01T12:00:00.000", true, "2026-01-01T12:00:00.000Z"},
		{"no fraction", "2026-11-22T04:08:35Z", true, "2026-11-22T04:08:35.000Z"},
		{"a fraction of seven digits", "2026-11-22T04:08:35.1234567Z", true,
		 "2026-11-22T04:08:35.123Z"},
		{"an offset across the day", "2026-03-01T00:30:00+01:00", true,
		 "2026-02-28T23:30:00.000Z"},
		{"west", "2024-02-29T23:30:00-05:30", true, "2024-03-01T05:00:00.000Z"},
		{"the epoch", "1970-01-01T00:00:00Z", true, "1970-01-01T00:00:00.000Z"},
		{"the last moment", "9999-12-31T23:59:59.999Z", true, "9999-12-31T23:59:59.999Z"},
		{"a leap year of four hundred", "2000-02-29T00:00:00Z", true,
		 "2000-02-29T00:00:00.000Z"},
		{"no leap year of one hundred", "2100-02-29T00:00:00Z", false, ""},
		{"twenty-four o'clock", "2026-12-31T24:00:00Z", true, "2027-01-01T00:00:00.000Z"},
		{"past twenty-four o'clock", "2026-12-31T24:00:01Z", false, ""},
		{"the thirty-first of April", "2026-04-31T00:00:00Z", false, ""},
		{"before the epoch", "1969-12-31T23:59:59Z", false, ""},
		{"a date alone", "2026-11-22", false, ""},
		{"words", "yesterday", false, ""},
		{"nothing", "", false, ""},
		{"a dot without digits", "2026-11-22T04:08:35.Z", false, ""},
		{"more after the zone", "2026-11-22T04:08:35Zx", false, ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf b = PLY_STRBUF_INIT;
		int64_t ms = -1;
		bool ok = ply_datetime_read(ply_slice_str(cases[i].in), &ms);

		if (ok)
			ply_datetime_add(&b, ms);
		if (ok != cases[i].ok || strcmp(ply_strbuf_str(&b), cases[i].out) != 0)
			fail_msg("%s: ok=%d %s", cases[i].why, ok, ply_strbuf_str(&b));
		ply_strbuf_deinit(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_and_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
