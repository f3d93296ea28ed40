#include "tests/lib/unit.h"

#include "base/ply.h"
#include "sip/sip_msg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void cuts_lists_at_commas_outside_quotes_and_brackets(void **state)
{
	static const struct {
		const char *why, *in, *want;
	} cases[] = {
		{"one", " a ", "[a]"},
		{"plain", "a,b , c", "[a][b][c]"},
		{"empty values", ",, a,,b ,", "[a][b]"},
		{"in quotes", "\"a,b\\\",\" <x>, c", "[\"a,b\\\",\" <x>][c]"},
		{"in brackets", "<sip:a,b>;x, <c>", "[<sip:a,b>;x][<c>]"},
		{"quotes that do not end", "\"a,b", "[\"a,b]"},
		{"escape at the end", "\"a\\", "[\"a\\]"},
		{"folds", "a\r\n ,\r\n b", "[a][b]"},
		{"nothing", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_slice rest = ply_slice_str(cases[i].in), v;
		char got[128] = "";

		while (ply_sip_next_value(&rest, &v))
			snprintf(got + strlen(got), sizeof got - strlen(got), "[%.*s]",
				 PLY_SLICE_ARG(v));
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].why, got);
	}
}

static void takes_addresses_apart(void **state)
{
	static const struct {
		const char *why, *in, *display, *uri, *params;
		int r;
	} cases[] = {
		{"brackets", "<sip:a@b>;tag=1", "", "sip:a@b", ";tag=1", 0},
		{"display name", "\"A \\\" B\" <sip:a;x=1> ; tag = 1", "A \\\" B", "sip:a;x=1",
		 "; tag = 1", 0},
		{"tokens before", "J. User <sip:a>", "J. User", "sip:a", "", 0},
		{"nothing before", "caller<sip:a>", "caller", "sip:a", "", 0},
		{"addr-spec", "sip:a@b ;tag=1", "", "sip:a@b", ";tag=1", 0},
		{"UTF-8", "J\xc3\xb6rg <sip:j>", "J\xc3\xb6rg", "sip:j", "", 0},
		{"bracket in quotes", "\"<sip:x>\" <sip:a>", "<sip:x>", "sip:a", "", 0},
		{"empty", "", "", "", "", -EBADMSG},
		{"empty brackets", "<>", "", "", "", -EBADMSG},
		{"open bracket", "<sip:a", "", "", "", -EBADMSG},
		{"open quotes", "\"A <sip:a>", "", "", "", -EBADMSG},
		{"blanks in brackets", "< sip:a >", "", "", "", -EBADMSG},
		{"comma before", "Bell, A <sip:a>", "", "", "", -EBADMSG},
		{"text after", "<sip:a> x", "", "", "", -EBADMSG},
		{"quotes alone", "\"a\"", "", "", "", -EBADMSG},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_addr a;
		int r = ply_sip_addr_parse(ply_slice_str(cases[i].in), &a);

		if (r != cases[i].r || (!r && (!ply_slice_is(a.display, cases[i].display) ||
					       !ply_slice_is(a.uri, cases[i].uri) ||
					       !ply_slice_is(a.params, cases[i].params))))
			fail_msg("%s: r=%d [%.*s][%.*s][%.*s]", cases[i].why, r,
				 PLY_SLICE_ARG(a.display), PLY_SLICE_ARG(a.uri),
				 PLY_SLICE_ARG(a.params));
	}
}

static void finds_parameters(void **state)
{
	static const struct {
		const char *why, *in, *name, *want; /* NULL: not there */
	} cases[] = {
		{"first", ";a=1;b=2", "a", "1"},
		{"last", ";a=1;b=2", "b", "2"},
		{"without case", ";Tag=x", "tag", "x"},
		{"blanks", ";\r\n  tag   =\r\n 98 ;x", "tag", "98"},
		{"flag", ";lr;x", "lr", ""},
		{"quoted", ";gruu=\"sip:a;b=1\";c=2", "gruu", "sip:a;b=1"},
		{"inside quotes", ";gruu=\"sip:a;b=1\"", "b", NULL},
		{"part of a name", ";mytag=1", "tag", NULL},
		{"without the first semicolon", "a=1;b=2", "a", "1"},
		{"empty ones", ";;;a=1", "a", "1"},
		{"quotes that do not end", ";x=\"a;b=1", "b", NULL},
		{"equal signs in the value", ";a=b=c", "a", "b=c"},
		{"empty", "", "a", NULL},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_slice v = {NULL, 0};
		bool ok = ply_sip_param(ply_slice_str(cases[i].in), cases[i].name, &v);

		if (ok != !!cases[i].want || (ok && !ply_slice_is(v, cases[i].want)))
			fail_msg("%s: %d [%.*s]", cases[i].why, ok, PLY_SLICE_ARG(v));
	}
}

static void takes_vias_apart(void **state)
{
	static const struct { /* NOLINT(clang-analyzer-optin.performance.Padding): read as rows */
		const char *why, *in, *transport, *host;
		uint32_t port;
		const char *branch;
		int r;
	} cases[] = {
		{"plain", "SIP/2.0/TLS a.b:5061;branch=z9", "TLS", "a.b", 5061, "z9", 0},
		{"no branch", "SIP/2.0/tcp 1.2.3.4:5", "tcp", "1.2.3.4", 5, "", 0},
		{"blanks", "SIP  / 2.0\r\n /UDP  h : 5 ; branch = x", "UDP", "h", 5, "x", 0},
		{"IPv6", "SIP/2.0/UDP [2001:db8::1]:5070;rport", "UDP", "[2001:db8::1]", 5070, "",
		 0},
		{"other version", "SIP/7.0/UDP h", "", "", 0, "", -EBADMSG},
		{"no host", "SIP/2.0/UDP ;branch=x", "", "", 0, "", -EBADMSG},
		{"port 0", "SIP/2.0/UDP h:0", "", "", 0, "", -EBADMSG},
		{"port too large", "SIP/2.0/UDP h:65536", "", "", 0, "", -EBADMSG},
		{"two hosts", "SIP/2.0/UDP a b", "", "", 0, "", -EBADMSG},
		{"open bracket", "SIP/2.0/UDP [::1", "", "", 0, "", -EBADMSG},
		{"no blank", "SIP/2.0/UDP", "", "", 0, "", -EBADMSG},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_via v;
		int r = ply_sip_via_parse(ply_slice_str(cases[i].in), &v);

		if (r != cases[i].r ||
		    (!r && (!ply_slice_is(v.transport, cases[i].transport) ||
			    !ply_slice_is(v.host, cases[i].host) || v.port != cases[i].port ||
			    !ply_slice_is(v.branch, cases[i].branch))))
			fail_msg("%s: r=%d %.*s %u %.*s", cases[i].why, r, PLY_SLICE_ARG(v.host),
				 v.port, PLY_SLICE_ARG(v.branch));
	}
}

static void takes_uris_apart_and_makes_them_canonical(void **state)
{
	static const struct { /* NOLINT(clang-analyzer-optin.performance.Padding): read as rows */
		const char *why, *in, *user, *host;
		uint32_t port;
		const char *params, *aor;
		int r;
	} cases[] = {
		{"plain", "sip:Alice@Lab.Example", "Alice", "Lab.Example", 0, "",
		 "sip:alice@lab.example", 0},
		{"everything", "SIPS:a:pw@h:5061;transport=tls;lr?Subject=x", "a", "h", 5061,
		 ";transport=tls;lr", "sip:a@h", 0},
		{"no user", "sip:Lab.Example:5060", NULL, "Lab.Example", 5060, "",
		 "sip:lab.example", 0},
		{"GRUU", "sip:a@b;opaque=user:epid:X;gruu", "a", "b", 0, ";opaque=user:epid:X;gruu",
		 "sip:a@b", 0},
		{"escapes", "sip:%61%4C%3b%c3%bc%00@b", "%61%4C%3b%c3%bc%00", "b", 0, "",
		 "sip:al%3B%C3%BC%00@b", 0},
		{"semicolon in the user", "sip:a;b@c;d", "a;b", "c", 0, ";d", "sip:a;b@c", 0},
		{"IPv6", "sip:a@[2001:DB8::1]:5060", "a", "[2001:DB8::1]", 5060, "",
		 "sip:a@[2001:db8::1]", 0},
		{"tel", "tel:+1-(425)555.0100;ext=5", "+1-(425)555.0100", "", 0, ";ext=5",
		 "tel:+14255550100", 0},
		{"bare IPv6", "sip:2001:db8::10", "", "", 0, "", "", -EBADMSG},
		{"no host", "sip:a@", "", "", 0, "", "", -EBADMSG},
		{"no user before @", "sip:@b", "", "", 0, "", "", -EBADMSG},
		{"broken escape", "sip:%4@b", "", "", 0, "", "", -EBADMSG},
		{"blank", "sip:a b@c", "", "", 0, "", "", -EBADMSG},
		{"bracket", "sip:a@b>", "", "", 0, "", "", -EBADMSG},
		{"empty port", "sip:a@b:", "", "", 0, "", "", -EBADMSG},
		{"two @", "sip:a@b@c", "", "", 0, "", "", -EBADMSG},
		{"other scheme", "http://x/", "", "", 0, "", "", -EPROTONOSUPPORT},
		{"no scheme", "alice", "", "", 0, "", "", -EBADMSG},
		{"empty", "", "", "", 0, "", "", -EBADMSG},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_uri u;
		char aor[PLY_SIP_AOR_MAX] = "";
		int r = ply_sip_uri_parse(ply_slice_str(cases[i].in), &u);

		if (r != cases[i].r)
			fail_msg("%s: r=%d", cases[i].why, r);
		if (r)
			continue;
		assert_int_equal(ply_sip_uri_aor(&u, aor), 0);
		if (!!u.user.p != !!cases[i].user ||
		    (u.user.p && !ply_slice_is(u.user, cases[i].user)) ||
		    !ply_slice_is(u.host, cases[i].host) || u.port != cases[i].port ||
		    !ply_slice_is(u.params, cases[i].params) || strcmp(aor, cases[i].aor) != 0)
			fail_msg("%s: %.*s %.*s %u %.*s %s", cases[i].why, PLY_SLICE_ARG(u.user),
				 PLY_SLICE_ARG(u.host), u.port, PLY_SLICE_ARG(u.params), aor);
	}
}

static void refuses_an_address_of_record_over_454_characters(void **state)
{
	static const char scheme[4] = {'s', 'i', 'p', ':'};
	char text[600], aor[PLY_SIP_AOR_MAX];
	struct ply_sip_uri u;

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text, scheme, sizeof scheme);
	memcpy(text + 453, "@b", 3);
	assert_int_equal(ply_sip_uri_parse(ply_slice_str(text), &u), 0);
	assert_int_equal(ply_sip_uri_aor(&u, aor), 0);
	memset(text + 453, 'a', 2);
	memcpy(text + 454, "@b", 3);
	assert_int_equal(ply_sip_uri_parse(ply_slice_str(text), &u), 0);
	assert_int_equal(ply_sip_uri_aor(&u, aor), -ENOSPC);
}

static void finds_tokens_of_any_line(void **state)
{
	static const char text[] = "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a, SIP/2.0/UDP b\r\n"
				   "From: A <sip:a>;tag=x;epid=e1\r\nTo: <sip:b>\r\nCall-ID: 1\r\n"
				   "CSeq: 1 OPTIONS\r\nSupported: gruu-10, adhoclist;x=1\r\n"
				   "k: MS-Sender\r\n\r\n";
	struct ply_slice tag, epid;
	struct ply_sip_msg *m;
	struct ply_sip_addr a;
	struct ply_sip_via v;

	(void)state;
	assert_int_equal(ply_sip_msg_new(&m, text, sizeof text - 1), 0);
	assert_true(ply_sip_has_token(m, PLY_HDR_SUPPORTED, "gruu-10"));
	assert_true(ply_sip_has_token(m, PLY_HDR_SUPPORTED, "adhoclist"));
	assert_true(ply_sip_has_token(m, PLY_HDR_SUPPORTED, "ms-sender"));
	assert_false(ply_sip_has_token(m, PLY_HDR_SUPPORTED, "gruu"));
	assert_false(ply_sip_has_token(m, PLY_HDR_REQUIRE, "gruu"));
	assert_int_equal(ply_sip_from_to(m, PLY_HDR_FROM, &a, &tag, &epid), 0);
	assert_true(ply_slice_is(tag, "x") && ply_slice_is(epid, "e1"));
	assert_int_equal(ply_sip_from_to(m, PLY_HDR_TO, &a, &tag, &epid), 0);
	assert_true(tag.p && !tag.len && epid.p && !epid.len);
	assert_int_equal(ply_sip_top_via(m, &v), 0);
	assert_true(ply_slice_is(v.host, "a"));
	ply_sip_msg_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_lists_at_commas_outside_quotes_and_brackets),
		cmocka_unit_test(takes_addresses_apart),
		cmocka_unit_test(finds_parameters),
		cmocka_unit_test(takes_vias_apart),
		cmocka_unit_test(takes_uris_apart_and_makes_them_canonical),
		cmocka_unit_test(refuses_an_address_of_record_over_454_characters),
		cmocka_unit_test(finds_tokens_of_any_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
