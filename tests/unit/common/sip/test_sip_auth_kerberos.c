/* Kerberos through SIP headers, with a KDC of its own and the library's initiator as client. */
#include "tests/lib/realm.h"
#include "tests/lib/unit.h"

#include "base/mem.h"
#include "sip/sip_auth.h"

#include <gssapi/gssapi.h>
#include <stdio.h>
#include <stdlib.h>

static struct ply_gss_cred *keys;
static struct ply_sip_auth *auth;

static int start(void **state)
{
	static const char *const domains[] = {"lab.example", NULL};
	static const char *const services[] = {"sip/fe.lab.example server.keytab", NULL};
	struct ply_sip_auth_conf conf;

	(void)state;
	if (test_realm_start(services))
		return -1;
	if (!test_realm_is_there())
		return 0;
	if (ply_gss_cred_open(&keys, test_realm_path("server.keytab"), NULL))
		return -1;
	ply_sip_auth_defaults(&conf);
	conf.fqdn = "fe.lab.example";
	conf.domain = domains;
	conf.gss = keys;
	return ply_sip_auth_new(&auth, &conf);
}

static int stop(void **state)
{
	(void)state;
	ply_sip_auth_free(auth);
	ply_gss_cred_close(keys);
	return test_realm_stop();
}

static const struct ply_sip_hop hop = {
	.proto = PLY_SIP_TLS, .flow = 7, .addr = {{127, 0, 0, 1}, 50000, 4}};

static struct ply_sip_msg *message(const char *start_line, const char *lines)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sip_msg *m = NULL;

	ply_strbuf_addf(&b,
			"%s\r\nVia: SIP/2.0/TLS 127.0.0.1:50000\r\n"
			"From: <sip:alice@lab.example>;tag=1;epid=cf0b98dadeb9\r\n"
			"To: <sip:alice@lab.example>\r\nCall-ID: c\r\nCSeq: 2 REGISTER\r\n"
			"Max-Forwards: 70\r\n%sContent-Length: 0\r\n\r\n",
			start_line, lines);
	assert_int_equal(ply_sip_msg_new(&m, b.p, b.len), 0);
	ply_strbuf_deinit(&b);
	return m;
}

static gss_ctx_id_t client_token(struct ply_strbuf *b64)
{
	gss_buffer_desc text = {18, (char[]){"sip@fe.lab.example"}}, token = GSS_C_EMPTY_BUFFER;
	gss_name_t name = GSS_C_NO_NAME;
	gss_ctx_id_t ctx = GSS_C_NO_CONTEXT;
	OM_uint32 minor;

	assert_int_equal(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name), 0);
	assert_int_equal(gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &ctx, name, GSS_C_NO_OID,
					      GSS_C_INTEG_FLAG, 0, NULL, GSS_C_NO_BUFFER, NULL,
					      &token, NULL, NULL),
			 GSS_S_COMPLETE);
	ply_strbuf_add_base64(b64, token.value, token.length);
	gss_release_buffer(&minor, &token);
	gss_release_name(&minor, &name);
	return ctx;
}

#define PARAMS                                                                                     \
	"qop=\"auth\", realm=\"SIP Communications Service\", targetname=\"sip/fe.lab.example\""

/* Version 4: the REGISTER with the token is signed too. `to_uri` in the signed text spoils it. */
static struct ply_sip_msg *sign_in_message(gss_ctx_id_t *ctx, const char *to_uri)
{
	static const char start_line[] = "REGISTER sip:lab.example SIP/2.0";
	struct ply_strbuf token = PLY_STRBUF_INIT, text = PLY_STRBUF_INIT, line = PLY_STRBUF_INIT;
	gss_buffer_desc in, mic = GSS_C_EMPTY_BUFFER;
	struct ply_sip_msg *m;
	OM_uint32 minor;

	*ctx = client_token(&token);
	ply_strbuf_addf(&text,
			"<Kerberos><6c6eaced><1><SIP Communications Service>"
			"<sip/fe.lab.example><c><2><REGISTER><sip:alice@lab.example><1>"
			"<%s><><><><>",
			to_uri);
	in = (gss_buffer_desc){text.len, text.p};
	assert_int_equal(gss_get_mic(&minor, *ctx, GSS_C_QOP_DEFAULT, &in, &mic), 0);
	ply_strbuf_addf(&line,
			"Authorization: Kerberos " PARAMS ", gssapi-data=\"%s\", version=4, "
			"crand=\"6c6eaced\", cnum=\"1\", response=\"",
			token.p);
	ply_strbuf_add_hex(&line, mic.value, mic.length);
	ply_strbuf_adds(&line, "\"\r\n");
	m = message(start_line, line.p);
	gss_release_buffer(&minor, &mic);
	ply_strbuf_deinit(&token);
	ply_strbuf_deinit(&text);
	ply_strbuf_deinit(&line);
	return m;
}

static struct ply_sip_auth_in in_for(const struct ply_sip_msg *m)
{
	return (struct ply_sip_auth_in){.msg = m,
					.hop = &hop,
					.from_aor = PLY_SLICE_LIT("sip:alice@lab.example"),
					.from_epid = PLY_SLICE_LIT("cf0b98dadeb9"),
					.now_ms = 1000000};
}

static void offers_kerberos_beside_ntlm(void **state)
{
	struct ply_sip_msg *m;
	struct ply_sip_auth_in in;
	struct ply_sip_auth_try t;

	(void)state;
	test_realm_need();
	m = message("REGISTER sip:lab.example SIP/2.0", "");
	in = in_for(m);
	assert_int_equal(ply_sip_auth_request(auth, &in, &t), PLY_SIP_AUTH_CHALLENGE);
	assert_non_null(strstr(t.lines.p, "WWW-Authenticate: NTLM "));
	assert_non_null(strstr(t.lines.p, "WWW-Authenticate: Kerberos realm=\"SIP Communications "
					  "Service\", targetname=\"sip/fe.lab.example\", "
					  "version=4\r\n"));
	ply_sip_auth_try_deinit(&t);
	ply_sip_msg_unref(m);
}

static void signs_a_client_in_and_its_answer(void **state)
{
	const struct ply_sip_auth_account account = {.aor = "sip:alice@lab.example"};
	struct ply_sip_msg *m, *ok;
	struct ply_sip_auth_in in;
	struct ply_sip_auth_try t;
	struct ply_strbuf line = PLY_STRBUF_INIT;
	gss_ctx_id_t ctx;
	OM_uint32 minor;

	(void)state;
	test_realm_need();
	m = sign_in_message(&ctx, "sip:alice@lab.example");
	in = in_for(m);
	assert_int_equal(ply_sip_auth_request(auth, &in, &t), PLY_SIP_AUTH_ASK);
	assert_int_equal(t.who.claim, PLY_SIP_CLAIM_PRINCIPAL);
	assert_string_equal(t.who.user, "alice");
	assert_string_equal(t.who.domain, "LAB.EXAMPLE");
	assert_int_equal(ply_sip_auth_account(auth, &in, &account, &t), PLY_SIP_AUTH_OK);
	assert_string_equal(t.aor, account.aor);
	assert_true(t.established);
	ply_sip_auth_try_deinit(&t);
	assert_int_equal(ply_sip_auth_request(auth, &in, &t), PLY_SIP_AUTH_DENIED); /* replay */
	ply_sip_auth_try_deinit(&t);

	ok = message("SIP/2.0 200 OK", "Expires: 7200\r\n");
	ply_sip_auth_sign(auth, &hop, ok, &line);
	assert_int_equal(strncmp(line.p, "Authentication-Info: Kerberos rspauth=\"040401ff", 47),
			 0);
	ply_strbuf_deinit(&line);
	ply_sip_msg_unref(ok);
	ply_sip_msg_unref(m);
	ply_sip_auth_flow_closed(auth, hop.flow);
	gss_delete_sec_context(&minor, &ctx, GSS_C_NO_BUFFER);
}

static void refuses_a_wrong_signature_and_people_without_account(void **state)
{
	const struct ply_sip_auth_account account = {.aor = "sip:alice@lab.example"};
	struct ply_sip_msg *m;
	struct ply_sip_auth_in in;
	struct ply_sip_auth_try t;
	gss_ctx_id_t ctx;
	OM_uint32 minor;

	(void)state;
	test_realm_need();
	m = sign_in_message(&ctx, "sip:bob@lab.example");
	in = in_for(m);
	assert_int_equal(ply_sip_auth_request(auth, &in, &t), PLY_SIP_AUTH_ASK);
	assert_int_equal(ply_sip_auth_account(auth, &in, &account, &t), PLY_SIP_AUTH_DENIED);
	ply_sip_auth_try_deinit(&t);
	ply_sip_msg_unref(m);
	gss_delete_sec_context(&minor, &ctx, GSS_C_NO_BUFFER);

	m = sign_in_message(&ctx, "sip:alice@lab.example");
	in = in_for(m);
	assert_int_equal(ply_sip_auth_request(auth, &in, &t), PLY_SIP_AUTH_ASK);
	assert_int_equal(ply_sip_auth_account(auth, &in, NULL, &t), PLY_SIP_AUTH_REFUSED);
	ply_sip_auth_try_deinit(&t);

	/* A try given up while its account is loaded leaves nothing behind. */
	ply_sip_msg_unref(m);
	gss_delete_sec_context(&minor, &ctx, GSS_C_NO_BUFFER);
	m = sign_in_message(&ctx, "sip:alice@lab.example");
	in = in_for(m);
	assert_int_equal(ply_sip_auth_request(auth, &in, &t), PLY_SIP_AUTH_ASK);
	ply_sip_auth_try_deinit(&t);
	assert_int_equal(ply_sip_auth_count(auth).half_open, 0);
	assert_int_equal(ply_sip_auth_count(auth).established, 0);
	ply_sip_msg_unref(m);
	gss_delete_sec_context(&minor, &ctx, GSS_C_NO_BUFFER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers_kerberos_beside_ntlm),
		cmocka_unit_test(signs_a_client_in_and_its_answer),
		cmocka_unit_test(refuses_a_wrong_signature_and_people_without_account),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
