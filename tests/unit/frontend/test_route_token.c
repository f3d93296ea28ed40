#include "tests/lib/unit.h"

#include "frontend/proxy/proxy.h"

#include <string.h>

static struct fe_route_side side(enum ply_sip_proto proto, const char *addr, uint64_t flow,
				 uint64_t endpoint)
{
	struct fe_route_side s = {.hop = {.proto = (uint8_t)proto, .listener = 2, .flow = flow},
				  .endpoint = endpoint};

	assert_int_equal(ply_addr_parse(&s.hop.addr, ply_slice_str(addr), 5060), 0);
	return s;
}

static void same_side(const struct fe_route_side *a, const struct fe_route_side *b)
{
	assert_int_equal(a->hop.proto, b->hop.proto);
	assert_int_equal(a->hop.listener, b->hop.listener);
	assert_true(a->endpoint == b->endpoint);
	if (a->hop.proto == PLY_SIP_UDP)
		assert_true(ply_addr_eq(&a->hop.addr, &b->hop.addr));
	else
		assert_true(a->hop.flow == b->hop.flow);
}

static void says_both_sides_again(void **state)
{
	const struct fe_route_side sides[] = {
		side(PLY_SIP_UDP, "192.0.2.1:5061", 0, 7),
		side(PLY_SIP_UDP, "[2001:db8::1]:65535", 0, UINT64_MAX),
		side(PLY_SIP_TCP, "192.0.2.1:1", 1, 0),
		side(PLY_SIP_TLS, "192.0.2.1:1", UINT64_MAX, 1),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sides) * ARRAY_LEN(sides); i++) {
		struct fe_route_token t = {sides[i / ARRAY_LEN(sides)],
					   sides[i % ARRAY_LEN(sides)]},
				      got;
		struct ply_strbuf text = PLY_STRBUF_INIT;

		fe_route_token_add(&t, &text);
		assert_true(text.len < FE_ROUTE_TOKEN_MAX);
		/* SIPE splits at commas; a user part takes none of the others unescaped. */
		assert_int_equal(strcspn(ply_strbuf_str(&text), ",;:@<>\"+/= "), text.len);
		assert_true(fe_route_token_read(ply_strbuf_slice(&text), &got));
		same_side(&t.a, &got.a);
		same_side(&t.b, &got.b);
		ply_strbuf_deinit(&text);
	}
}

/* Every octet counts: none can be changed, none left out or added. */
static void refuses_what_it_did_not_make(void **state)
{
	struct fe_route_token t = {side(PLY_SIP_UDP, "192.0.2.1:5061", 0, 7),
				   side(PLY_SIP_TLS, "192.0.2.2:5061", 9, 8)},
			      got;
	struct ply_strbuf text = PLY_STRBUF_INIT;
	char copy[FE_ROUTE_TOKEN_MAX + 8];
	size_t len;

	(void)state;
	fe_route_token_add(&t, &text);
	len = text.len;
	for (size_t i = 0; i + 1 < len; i++) {
		memcpy(copy, text.p, len);
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		assert_false(fe_route_token_read(ply_slice(copy, len), &got));
		assert_false(fe_route_token_read(ply_slice(text.p, i), &got));
	}
	memcpy(copy, text.p, len);
	memset(copy + len, 'A', 4);
	assert_false(fe_route_token_read(ply_slice(copy, len + 4), &got));
	ply_strbuf_deinit(&text);
}

static void refuses_hostile_texts(void **state)
{
	static const char *const texts[] = {"",
					    "A",
					    "====",
					    "AAAAAAAAAAAA",
					    "%41%41",
					    "\x01",
					    "a b c",
					    "----",
					    "________________________"};
	char longest[4096];
	struct fe_route_token got;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_false(fe_route_token_read(ply_slice_str(texts[i]), &got));
	memset(longest, 'A', sizeof longest);
	for (size_t n = 0; n < sizeof longest; n += 7)
		assert_false(fe_route_token_read(ply_slice(longest, n), &got));
	assert_false(fe_route_token_read(ply_slice(NULL, 0), &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_both_sides_again),
		cmocka_unit_test(refuses_what_it_did_not_make),
		cmocka_unit_test(refuses_hostile_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
