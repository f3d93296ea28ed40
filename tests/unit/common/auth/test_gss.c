/* Kerberos with a KDC of its own: the client side here is the library's, as in real clients. */
#include "tests/lib/realm.h"
#include "tests/lib/unit.h"

#include "auth/gss.h"
#include "auth/gss_token.h"
#include "auth/sa.h"
#include "base/mem.h"
#include "base/ply.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int start(void **state)
{
	static const char *const services[] = {"sip/pool.lab.example server.keytab",
					       "sip/fe.lab.example server.keytab",
					       "sip/other.lab.example other.keytab", NULL};

	(void)state;
	return test_realm_start(services);
}

static int stop(void **state)
{
	(void)state;
	return test_realm_stop();
}

struct client {
	gss_ctx_id_t ctx;
	gss_buffer_desc token;
};

/* As SIPE does it: host based service, integrity only. */
static void client_init(struct client *c, const char *service, OM_uint32 flags)
{
	gss_buffer_desc text = {strlen(service), ply_unconst(service)};
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 major, minor;

	*c = (struct client){GSS_C_NO_CONTEXT, GSS_C_EMPTY_BUFFER};
	major = gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name);
	assert_int_equal(major, GSS_S_COMPLETE);
	major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &c->ctx, name,
				     GSS_C_NO_OID /* Kerberos */, flags, 0, NULL, GSS_C_NO_BUFFER,
				     NULL, &c->token, NULL, NULL);
	assert_false(GSS_ERROR(major));
	gss_release_name(&minor, &name);
}

static void client_deinit(struct client *c)
{
	OM_uint32 minor;

	gss_release_buffer(&minor, &c->token);
	gss_delete_sec_context(&minor, &c->ctx, GSS_C_NO_BUFFER);
}

static struct ply_slice token(const struct client *c)
{
	return ply_slice(c->token.value, c->token.length);
}

static bool client_verifies(struct client *c, struct ply_slice text, struct ply_slice sig)
{
	gss_buffer_desc t = {text.len, ply_unconst(text.p)};
	gss_buffer_desc s = {sig.len, ply_unconst(sig.p)};
	OM_uint32 minor;

	return gss_verify_mic(&minor, c->ctx, &t, &s, NULL) == GSS_S_COMPLETE;
}

static struct ply_gss_cred *server_keys(const char *name)
{
	struct ply_gss_cred *cred = NULL;
	struct ply_strbuf err = PLY_STRBUF_INIT;

	if (ply_gss_cred_open(&cred, test_realm_path(name), &err))
		fail_msg("keytab: %s", ply_strbuf_str(&err));
	ply_strbuf_deinit(&err);
	return cred;
}

static int accept_token(struct ply_gss **g, struct ply_gss_cred *cred, struct ply_slice tok,
			uint64_t now_ms)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	int r = ply_gss_accept(g, cred, tok, now_ms, &err);

	assert_int_equal(r != 0, err.len != 0); /* whoever is refused is told why, in the log */
	ply_strbuf_deinit(&err);
	return r;
}

static void accepts_a_ticket_for_any_name_in_the_keytab(void **state)
{
	static const char *const names[] = {"sip@pool.lab.example", "sip@fe.lab.example"};
	struct ply_gss_cred *cred;

	(void)state;
	test_realm_need();
	cred = server_keys("server.keytab");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct client c;
		struct ply_gss *g = NULL;

		client_init(&c, names[i], GSS_C_INTEG_FLAG);
		assert_int_equal(accept_token(&g, cred, token(&c), 0), 0);
		assert_string_equal(ply_gss_principal(g), "alice@LAB.EXAMPLE");
		/* A day, and the skew the library allows. */
		assert_in_range(ply_gss_lifetime(g), 3600, 90000);
		ply_gss_free(g);
		client_deinit(&c);
	}
	ply_gss_cred_close(cred);
}

static void signs_both_ways(void **state)
{
	const struct ply_slice text = PLY_SLICE_LIT("<Kerberos><6c6eaced><1>");
	struct ply_gss_cred *cred;
	struct client c;
	struct ply_gss *g = NULL;
	gss_buffer_desc in = {text.len, ply_unconst(text.p)}, mic;
	uint8_t sig[PLY_GSS_MAX_MIC];
	size_t len = 0;
	OM_uint32 minor;

	(void)state;
	test_realm_need();
	cred = server_keys("server.keytab");
	client_init(&c, "sip@fe.lab.example", GSS_C_INTEG_FLAG);
	assert_int_equal(accept_token(&g, cred, token(&c), 0), 0);

	assert_int_equal(gss_get_mic(&minor, c.ctx, GSS_C_QOP_DEFAULT, &in, &mic), 0);
	assert_true(ply_gss_verify(g, text, ply_slice(mic.value, mic.length)));
	assert_true(ply_gss_verify(g, text, ply_slice(mic.value, mic.length)));
	assert_false(ply_gss_verify(g, ply_slice("x", 1), ply_slice(mic.value, mic.length)));
	assert_false(ply_gss_verify(g, text, ply_slice(mic.value, mic.length - 1)));
	assert_false(ply_gss_verify(g, text, ply_slice("", 0)));
	gss_release_buffer(&minor, &mic);

	assert_int_equal(ply_gss_sign(g, text, sig, &len), 0);
	assert_int_equal(len, 28); /* RFC 4121 §4.2.6.1 with a 12 byte checksum */
	assert_true(client_verifies(&c, text, ply_slice((char *)sig, len)));
	assert_false(ply_gss_verify(g, text, ply_slice((char *)sig, len))); /* direction counts */
	ply_gss_free(g);
	client_deinit(&c);
	ply_gss_cred_close(cred);
}

static void refuses_tokens_used_before(void **state)
{
	struct ply_gss_cred *cred;
	struct client c;
	struct ply_gss *g = NULL;

	(void)state;
	test_realm_need();
	cred = server_keys("server.keytab");
	client_init(&c, "sip@fe.lab.example", GSS_C_INTEG_FLAG);
	assert_int_equal(accept_token(&g, cred, token(&c), 1000), 0);
	ply_gss_free(g);
	assert_int_equal(accept_token(&g, cred, token(&c), 2000), PLY_GSS_E_DENIED);
	client_deinit(&c);
	ply_gss_cred_close(cred);
}

static void refuses_what_is_not_for_us(void **state)
{
	struct ply_gss_cred *cred;
	struct client c;
	struct ply_gss *g = NULL;
	char *copy;

	(void)state;
	test_realm_need();
	cred = server_keys("server.keytab");
	client_init(&c, "sip@other.lab.example", GSS_C_INTEG_FLAG);
	assert_int_equal(accept_token(&g, cred, token(&c), 0), PLY_GSS_E_DENIED);
	client_deinit(&c);

	client_init(&c, "sip@fe.lab.example", GSS_C_INTEG_FLAG);
	assert_int_equal(accept_token(&g, cred, ply_slice("", 0), 0), PLY_GSS_E_DENIED);
	assert_int_equal(accept_token(&g, cred, ply_slice("NTLMSSP", 8), 0), PLY_GSS_E_DENIED);
	for (size_t cut = 1; cut < c.token.length; cut += 37)
		assert_int_equal(
			accept_token(&g, cred, ply_slice(c.token.value, c.token.length - cut), 0),
			PLY_GSS_E_DENIED);
	copy = ply_memdup(c.token.value, c.token.length);
	copy[c.token.length - 5] ^= 1; /* inside the authenticator */
	assert_int_equal(accept_token(&g, cred, ply_slice(copy, c.token.length), 0),
			 PLY_GSS_E_DENIED);
	assert_int_equal(accept_token(&g, cred, token(&c), 0), 0); /* the real one was not spoilt */
	ply_gss_free(g);
	ply_free(copy);
	client_deinit(&c);
	ply_gss_cred_close(cred);
}

static void says_what_is_wrong_with_a_keytab(void **state)
{
	struct ply_gss_cred *cred = NULL;
	struct ply_strbuf err = PLY_STRBUF_INIT;

	(void)state;
	assert_true(ply_gss_cred_open(&cred, "/nonexistent/keytab", &err) < 0);
	assert_null(cred);
	assert_non_null(strstr(ply_strbuf_str(&err), "/nonexistent/keytab"));
	ply_strbuf_deinit(&err);
}

static const struct ply_sig_msg answer = {
	.call_id = PLY_SLICE_LIT("c"),
	.cseq = PLY_SLICE_LIT("2"),
	.method = PLY_SLICE_LIT("REGISTER"),
	.from_uri = PLY_SLICE_LIT("sip:alice@lab.example"),
	.from_tag = PLY_SLICE_LIT("f"),
	.to_uri = PLY_SLICE_LIT("sip:alice@lab.example"),
	.to_tag = PLY_SLICE_LIT("t"),
	.expires = PLY_SLICE_LIT("7200"),
	.status = 200,
};

static struct ply_slice quoted(const struct ply_strbuf *b, const char *lead)
{
	size_t at = ply_slice_find(ply_strbuf_slice(b), lead) + strlen(lead);
	struct ply_slice rest = ply_slice_from(ply_strbuf_slice(b), at);

	return ply_slice_sub(rest, 0, ply_slice_chr(rest, '"'));
}

static void signs_answers_a_client_can_check(void **state)
{
	enum { ROUNDS = 2000 };
	struct ply_gss_cred *cred;
	struct client c;
	struct ply_gss *g = NULL;
	struct ply_sa sa;
	struct ply_strbuf out = PLY_STRBUF_INIT, text = PLY_STRBUF_INIT;
	uint8_t sig[PLY_GSS_MAX_MIC];
	size_t len;
	clock_t begin;

	(void)state;
	test_realm_need();
	cred = server_keys("server.keytab");
	client_init(&c, "sip@fe.lab.example", GSS_C_INTEG_FLAG);
	assert_int_equal(accept_token(&g, cred, token(&c), 0), 0);
	ply_sa_init(&sa, PLY_AUTH_MECH_KERBEROS, 0x68B0343B, 4);
	sa.realm = ply_slice_str("R");
	sa.targetname = ply_slice_str("sip/fe.lab.example");
	ply_sa_establish_gss(&sa, g, 1000);

	assert_int_equal(ply_sa_sign(&sa, &answer, 0x4c8febb0, &out), 0);
	assert_int_equal(ply_hex_decode(quoted(&out, "rspauth=\""), sig, sizeof sig, &len), 0);
	ply_strbuf_adds(&text,
			"<Kerberos><4C8FEBB0><1><R><sip/fe.lab.example><c><2><REGISTER>"
			"<sip:alice@lab.example><f><sip:alice@lab.example><t><><><7200><200>");
	assert_true(client_verifies(&c, ply_strbuf_slice(&text), ply_slice((char *)sig, len)));

	begin = clock();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		ply_strbuf_reset(&out);
		assert_int_equal(ply_sa_sign(&sa, &answer, i, &out), 0);
	}
	print_message("Kerberos signature with its header: %lld ns CPU\n",
		      (long long)(clock() - begin) * 1000000000 / CLOCKS_PER_SEC / ROUNDS);
	ply_sa_deinit(&sa);
	client_deinit(&c);
	ply_strbuf_deinit(&out);
	ply_strbuf_deinit(&text);
	ply_gss_cred_close(cred);
}

static void finds_the_authenticator_only_in_whole_tokens(void **state)
{
	/* GSS wrapper, OID, 01 00, AP-REQ { SEQUENCE { [4] { SEQUENCE { [2] { OCTETS "abc" } } } }
	 * } */
	static const char good[] =
		"\x60\x1c\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00\x6e\x0d"
		"\x30\x0b\xa4\x09\x30\x07\xa2\x05\x04\x03"
		"abc";
	struct ply_slice s = {good, sizeof good - 1}, found;
	char bad[sizeof good + 1];

	(void)state;
	assert_true(ply_gss_token_authenticator(s, &found));
	assert_true(ply_slice_is(found, "abc"));
	for (size_t len = 0; len < s.len; len++)
		assert_false(ply_gss_token_authenticator(ply_slice(good, len), &found));
	memcpy(bad, good, s.len);
	bad[s.len] = 0; /* a byte behind it */
	assert_false(ply_gss_token_authenticator(ply_slice(bad, s.len + 1), &found));
	bad[13] = 2; /* another token identifier */
	assert_false(ply_gss_token_authenticator(ply_slice(bad, s.len), &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_a_ticket_for_any_name_in_the_keytab),
		cmocka_unit_test(signs_both_ways),
		cmocka_unit_test(refuses_tokens_used_before),
		cmocka_unit_test(refuses_what_is_not_for_us),
		cmocka_unit_test(says_what_is_wrong_with_a_keytab),
		cmocka_unit_test(signs_answers_a_client_can_check),
		cmocka_unit_test(finds_the_authenticator_only_in_whole_tokens),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
