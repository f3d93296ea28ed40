/* The torture messages of RFC 4475 and RFC 5118 against the verdicts in tests/golden/sip/torture.
 */
#include "tests/lib/unit.h"

#include "base/ply.h"
#include "sip/sip_write.h"

#include <stdio.h>
#include <string.h>

#define DIR "tests/golden/sip/torture/"

static const char *const codes[] = {
	[0] = "ok",
	[PLY_SIP_E_START] = "start",
	[PLY_SIP_E_HEADER] = "header",
	[PLY_SIP_E_MISSING] = "missing",
	[PLY_SIP_E_CSEQ] = "cseq",
	[PLY_SIP_E_VERSION] = "version",
	[PLY_SIP_E_TOO_MANY] = "too-many",
	[PLY_SIP_E_LENGTH] = "length",
};

struct verdict {
	char name[64], index[16], sofia[16], answer[16];
};

static size_t read_message(const char *name, char *out, size_t cap)
{
	char path[256];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, DIR "%s.in", name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s is missing", path);
	n = fread(out, 1, cap, f);
	fclose(f);
	return n;
}

/* Is there a fault that no server may route, in the parts every request is routed by? */
static bool is_refused_by_values(const struct ply_sip_msg *m)
{
	struct ply_slice tag, epid;
	struct ply_sip_addr a;
	struct ply_sip_via via;
	struct ply_sip_uri u;

	return ply_sip_from_to(m, PLY_HDR_FROM, &a, &tag, &epid) ||
	       ply_sip_from_to(m, PLY_HDR_TO, &a, &tag, &epid) || ply_sip_top_via(m, &via) ||
	       (m->is_request && ply_sip_uri_parse(m->ruri, &u));
}

static void check_whole(const struct verdict *v, struct ply_sip_msg *m)
{
	const char *why;
	bool ok = ply_sip_msg_parse(m, &why) != NULL;
	bool refused = !ok || is_refused_by_values(m);

	if (strcmp(v->sofia, "any") != 0 && ok != !strcmp(v->sofia, "ok"))
		fail_msg("%s: Sofia %s (%s)", v->name, ok ? "takes it" : "refuses", why ? why : "");
	if ((!strcmp(v->answer, "400") || !strcmp(v->answer, "416")) && !refused)
		fail_msg("%s: nothing refuses it", v->name);
	if (!strcmp(v->answer, "route") && refused)
		fail_msg("%s: refused (%s)", v->name, why ? why : "values");
}

static void check_answer(const struct verdict *v, const struct ply_sip_msg *m)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_reply r = {.status = 400, .to_tag = ply_slice_str("t")};
	struct ply_sip_msg *back;

	assert_int_equal(ply_sip_write_reply(&out, m, &r), 0);
	if (ply_sip_msg_new(&back, out.p, out.len) && strcmp(v->index, "cseq") != 0 &&
	    strcmp(v->index, "missing") != 0)
		fail_msg("%s: the answer does not read:\n%s", v->name, out.p);
	ply_sip_msg_unref(back);
	ply_strbuf_deinit(&out);
}

static void every_torture_message_gets_its_verdict(void **state)
{
	static char text[65536];
	char line[512];
	FILE *f = fopen(DIR "VERDICTS", "r");
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		struct ply_sip_msg *m;
		struct verdict v;
		size_t len;
		int r;

		if (line[0] == '#' ||
		    sscanf(line, "%63s %15s %15s %15s", v.name, v.index, v.sofia, v.answer) != 4)
			continue;
		n++;
		len = read_message(v.name, text, sizeof text);
		r = ply_sip_msg_new(&m, text, len);
		if (strcmp(codes[r], v.index) != 0)
			fail_msg("%s: index says %s", v.name, codes[r]);
		if (m && m->is_request)
			check_answer(&v, m);
		if (!r)
			check_whole(&v, m);
		ply_sip_msg_unref(m);
	}
	fclose(f);
	assert_true(n >= 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_torture_message_gets_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
