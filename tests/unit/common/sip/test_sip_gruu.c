#include "tests/lib/unit.h"

#include "base/ply.h"
#include "sip/sip_gruu.h"
#include "sip/sip_ms.h"

#include <errno.h>
#include <string.h>

static void takes_gruus_apart(void **state)
{
	static const struct {
		const char *why, *uri;
		int r;
		enum ply_sip_gruu_kind kind;
		const char *type, *id;
	} cases[] = {
		{"endpoint", "sip:a@b;opaque=user:epid:21nYNIVlkV-jtN6FPBU0fQAA;gruu", 0,
		 PLY_SIP_GRUU_USER, "", "21nYNIVlkV-jtN6FPBU0fQAA"},
		{"other order", "sip:a@b;gruu;opaque=user:epid:X", 0, PLY_SIP_GRUU_USER, "", "X"},
		{"focus factory", "sip:a@b;gruu;opaque=app:conf:focusfactory", 0, PLY_SIP_GRUU_CONF,
		 "focusfactory", ""},
		{"focus", "sip:a@b;gruu;opaque=app:conf:focus:id:8KQ2", 0, PLY_SIP_GRUU_CONF,
		 "focus", "8KQ2"},
		{"media", "sip:a@b;gruu;opaque=app:conf:audio-video:id:8KQ2", 0, PLY_SIP_GRUU_CONF,
		 "audio-video", "8KQ2"},
		{"service", "sip:h@b;gruu;opaque=srvr:MRAS:AbC_-==;grid=1", 0, PLY_SIP_GRUU_SERVICE,
		 "MRAS", "AbC_-=="},
		{"another opaque", "sip:a@b;gruu;opaque=xyz", 0, PLY_SIP_GRUU_OTHER, "", ""},
		{"no gruu", "sip:a@b;opaque=user:epid:X", -EBADMSG, 0, "", ""},
		{"no opaque", "sip:a@b;gruu", -EBADMSG, 0, "", ""},
		{"no identifier", "sip:a@b;opaque=user:epid:;gruu", -EBADMSG, 0, "", ""},
		{"escape in the identifier", "sip:a@b;opaque=user:epid:%41;gruu", -EBADMSG, 0, "",
		 ""},
		{"no type", "sip:a@b;opaque=app:conf:;gruu", -EBADMSG, 0, "", ""},
		{"no user", "sip:b;opaque=user:epid:X;gruu", -EBADMSG, 0, "", ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_gruu g;
		struct ply_sip_uri u;
		int r;

		assert_int_equal(ply_sip_uri_parse(ply_slice_str(cases[i].uri), &u), 0);
		r = ply_sip_gruu_parse(&u, &g);
		if (r != cases[i].r ||
		    (!r && (g.kind != cases[i].kind || !ply_slice_is(g.type, cases[i].type) ||
			    !ply_slice_is(g.id, cases[i].id))))
			fail_msg("%s: r=%d kind=%d [%.*s][%.*s]", cases[i].why, r, g.kind,
				 PLY_SLICE_ARG(g.type), PLY_SLICE_ARG(g.id));
	}
}

static void makes_gruus(void **state)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_guid g;

	(void)state;
	assert_true(ply_guid_parse(ply_slice_str("34d859db-6585-5f91-a3b4-de853c15347d"), &g));
	assert_int_equal(ply_sip_gruu_of_instance(&out, "sip:a@b", &g), 0);
	assert_string_equal(out.p, "sip:a@b;opaque=user:epid:21nYNIVlkV-jtN6FPBU0fQAA;gruu");
	ply_strbuf_reset(&out);
	assert_int_equal(ply_sip_gruu_conf(&out, "sip:a@b", "focus", ply_slice_str("8KQ2")), 0);
	assert_string_equal(out.p, "sip:a@b;gruu;opaque=app:conf:focus:id:8KQ2");
	ply_strbuf_reset(&out);
	assert_int_equal(ply_sip_gruu_conf(&out, "sip:a@b", "focusfactory", ply_slice_str("")), 0);
	assert_string_equal(out.p, "sip:a@b;gruu;opaque=app:conf:focusfactory");
	ply_strbuf_reset(&out);
	assert_int_equal(ply_sip_gruu_service(&out, "sip:h@b", "MRAS", ply_slice_str("X")), 0);
	assert_string_equal(out.p, "sip:h@b;gruu;opaque=srvr:MRAS:X");
	ply_strbuf_deinit(&out);
}

static void every_name_of_the_product_finds_its_number(void **state)
{
	(void)state;
	for (unsigned i = 1; i < PLY_MS_N_EVENT; i++)
		assert_int_equal(ply_ms_event_of(ply_slice_str(ply_ms_event_name(i))), i);
	for (unsigned i = 1; i < PLY_MS_N_OPTION; i++)
		assert_int_equal(ply_ms_option_of(ply_slice_str(ply_ms_option_name(i))), i);
	for (unsigned i = 1; i < PLY_MS_N_TYPE; i++)
		assert_int_equal(ply_ms_type_of(ply_slice_str(ply_ms_type_name(i))), i);
	assert_int_equal(ply_ms_type_of(ply_slice_str("Text/Plain ; charset=UTF-8")),
			 PLY_MS_TYPE_TEXT);
	assert_int_equal(ply_ms_type_of(ply_slice_str("")), PLY_MS_TYPE_OTHER);
	assert_int_equal(ply_ms_event_of(ply_slice(NULL, 0)), PLY_MS_EVENT_OTHER);
	assert_string_equal(ply_ms_event_name(PLY_MS_EVENT_OTHER), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_gruus_apart),
		cmocka_unit_test(makes_gruus),
		cmocka_unit_test(every_name_of_the_product_finds_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
