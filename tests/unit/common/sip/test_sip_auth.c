#include "tests/lib/unit.h"

#include "auth/digest.h"
#include "base/mem.h"
#include "crypto/cipher.h"
#include "crypto/digest.h"
#include "sip/sip_auth.h"

#include <errno.h>
#include <stdio.h>

static const char *const domains[] = {"lab.example", "other.example", NULL};
static const uint64_t hour_ms = 3600000;
static const char alice_aor[] = "sip:alice@lab.example";

static struct ply_sip_auth *auth_new(void (*change)(struct ply_sip_auth_conf *))
{
	struct ply_sip_auth_conf conf;
	struct ply_sip_auth *a = NULL;

	ply_sip_auth_defaults(&conf);
	conf.fqdn = "fe.lab.example";
	conf.domain = domains;
	conf.ntlm_target = (struct ply_ntlm_target){PLY_SLICE_LIT("LAB"), PLY_SLICE_LIT("FE"),
						    PLY_SLICE_LIT("lab.example"),
						    PLY_SLICE_LIT("fe.lab.example")};
	if (change)
		change(&conf);
	assert_int_equal(ply_sip_auth_new(&a, &conf), 0);
	return a;
}

/* --- messages --- */

struct request {
	struct ply_sip_msg *msg;
	struct ply_sip_hop hop;
	struct ply_sip_auth_in in;
	struct ply_sip_auth_try t;
};

static const struct ply_sip_hop over_tls = {
	.proto = PLY_SIP_TLS, .flow = 7, .addr = {{127, 0, 0, 1}, 50000, 4}};

static struct ply_sip_msg *message(const char *start, const char *method, const char *epid,
				   unsigned cseq, const char *lines)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sip_msg *m = NULL;

	ply_strbuf_addf(&b,
			"%s\r\n"
			"Via: SIP/2.0/TLS 127.0.0.1:50000\r\n"
			"From: \"Alice\" <%s>;tag=1915655542%s%s\r\n"
			"To: <%s>\r\n"
			"Call-ID: 87B0gEFAAaF519iECACm0AC3t2290b03BCx75AFx\r\n"
			"CSeq: %u %s\r\n"
			"Max-Forwards: 70\r\n"
			"%sContent-Length: 0\r\n\r\n",
			start, alice_aor, *epid ? ";epid=" : "", epid, alice_aor, cseq, method,
			lines);
	assert_int_equal(ply_sip_msg_new(&m, b.p, b.len), 0);
	ply_strbuf_deinit(&b);
	return m;
}

static void request(struct request *q, const char *method, const char *epid, const char *lines)
{
	char start[64];

	(void)snprintf(start, sizeof start, "%s sip:lab.example SIP/2.0", method);
	memset(q, 0, sizeof *q);
	q->msg = message(start, method, epid, 3, lines);
	q->hop = over_tls;
	q->in = (struct ply_sip_auth_in){.msg = q->msg,
					 .hop = &q->hop,
					 .from_aor = ply_slice_str(alice_aor),
					 .from_epid = ply_slice_str(epid),
					 .now_ms = 1000000};
}

static void done(struct request *q)
{
	ply_sip_auth_try_deinit(&q->t);
	ply_sip_msg_unref(q->msg);
}

static const char *lines_of(const struct request *q)
{
	return ply_strbuf_str(&q->t.lines);
}

/* The value between the quotes after lead. */
static void value_of(const char *text, const char *lead, char *out, size_t cap)
{
	const char *p = strstr(text, lead);
	struct ply_slice s;

	if (!p)
		fail_msg("no %s in %s", lead, text);
	s = ply_slice_str(p + strlen(lead));
	s = ply_slice_sub(s, 0, ply_slice_chr(s, '"'));
	assert_true(ply_slice_copy(s, out, cap));
}

/* --- a client's NTLM --- */

struct client {
	const char *password;
	const char *version; /* ", version=4" */
	char opaque[16];
	struct ply_ntlm_keys keys;
	unsigned cnum;
};

static void field(uint8_t *at, size_t len, size_t off)
{
	at[0] = at[2] = (uint8_t)len;
	at[1] = at[3] = (uint8_t)(len >> 8);
	at[4] = (uint8_t)off;
	at[5] = (uint8_t)(off >> 8);
}

/* [MS-NLMP] 3.3.2 from the client's side, with an empty domain. Appends the AUTHENTICATE_MESSAGE in
 * base64. */
static void authenticate(struct client *c, const char *challenge_b64, struct ply_strbuf *out)
{
	static const char user[] = "a\0l\0i\0c\0e", upper[] = "A\0L\0I\0C\0E";
	enum { NAME = sizeof user, BLOB = 32, NT = 16 + BLOB };
	uint8_t challenge[512], msg[64 + NAME + NT + 16] = "NTLMSSP", *nt = msg + 64 + NAME;
	uint8_t hash[16], key[16], base[16], text[8 + BLOB], session[16] = {9};
	const uint32_t flags = 0x62988255;
	size_t len;

	assert_int_equal(
		ply_base64_decode(ply_slice_str(challenge_b64), challenge, sizeof challenge, &len),
		0);
	msg[8] = 3;
	field(msg + 20, NT, 64 + NAME);
	field(msg + 36, NAME, 64);
	field(msg + 52, 16, 64 + NAME + NT);
	memcpy(msg + 60, &flags, 4);
	memcpy(msg + 64, user, NAME);

	assert_int_equal(ply_ntlm_hash(ply_slice_str(c->password), hash), 0);
	assert_int_equal(ply_hmac_md5(hash, 16, upper, NAME, key), 0);
	nt[16] = nt[17] = 1;
	memcpy(text, challenge + 24, 8);
	memcpy(text + 8, nt + 16, BLOB);
	assert_int_equal(ply_hmac_md5(key, 16, text, sizeof text, nt), 0);
	assert_int_equal(ply_hmac_md5(key, 16, nt, 16, base), 0);
	assert_int_equal(ply_rc4(base, 16, session, 16, nt + NT), 0);
	assert_int_equal(ply_ntlm_derive(session, flags, &c->keys), 0);
	ply_strbuf_add_base64(out, msg, sizeof msg);
}

static const char epid_1[] = "cf0b98dadeb9";

/* An Authorization line signed for a message with these lines. */
static void signed_line(struct client *c, const char *start, const char *method, const char *lines,
			const char *token, struct ply_strbuf *out)
{
	struct ply_sip_msg *m = message(start, method, epid_1, 3, lines);
	char num[16];
	struct ply_sig_auth auth = {PLY_SLICE_LIT("NTLM"), PLY_SLICE_LIT("1b01a0da"),
				    PLY_SLICE_LIT(""), PLY_SLICE_LIT("SIP Communications Service"),
				    PLY_SLICE_LIT("fe.lab.example")};
	struct ply_sig_msg fields;
	struct ply_strbuf text = PLY_STRBUF_INIT;
	uint8_t sig[PLY_NTLM_SIG_LEN];

	(void)snprintf(num, sizeof num, "%u", ++c->cnum);
	auth.num = ply_slice_str(num);
	ply_sip_auth_fields(m, &fields);
	ply_sigbuf_add(&text, 4, &auth, &fields);
	assert_int_equal(ply_ntlm_sign(&c->keys.client, ply_strbuf_slice(&text), sig), 0);
	ply_strbuf_addf(out,
			"Authorization: NTLM qop=\"auth\", opaque=\"%s\", realm=\"SIP "
			"Communications Service\", targetname=\"fe.lab.example\"%s, "
			"crand=\"1b01a0da\", cnum=\"%s\", response=\"",
			c->opaque, token, num);
	ply_strbuf_add_hex(out, sig, sizeof sig);
	ply_strbuf_adds(out, "\"\r\n");
	ply_strbuf_deinit(&text);
	ply_sip_msg_unref(m);
}

static void signed_request(struct request *q, struct client *c, const char *method,
			   const char *lines)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	char start[64];

	(void)snprintf(start, sizeof start, "%s sip:lab.example SIP/2.0", method);
	signed_line(c, start, method, lines, "", &b);
	ply_strbuf_adds(&b, lines);
	request(q, method, "cf0b98dadeb9", b.p);
	ply_strbuf_deinit(&b);
}

static enum ply_sip_auth_verdict ask(struct ply_sip_auth *a, struct request *q)
{
	return ply_sip_auth_request(a, &q->in, &q->t);
}

#define OPENING                                                                                    \
	"Authorization: NTLM qop=\"auth\", realm=\"SIP Communications Service\", "                 \
	"targetname=\"fe.lab.example\", gssapi-data=\"\", version=4\r\n"

/* The first two legs; q is left with the third, unasked. */
static void third_leg(struct ply_sip_auth *a, struct client *c, struct request *q)
{
	struct ply_strbuf token = PLY_STRBUF_INIT, line = PLY_STRBUF_INIT;
	char challenge[512];

	request(q, "REGISTER", "cf0b98dadeb9", OPENING);
	assert_int_equal(ask(a, q), PLY_SIP_AUTH_CHALLENGE);
	assert_int_equal(q->t.status, 401);
	assert_null(strstr(lines_of(q), "Digest"));
	assert_null(strstr(lines_of(q), "Kerberos"));
	value_of(lines_of(q), "opaque=\"", c->opaque, sizeof c->opaque);
	value_of(lines_of(q), "gssapi-data=\"", challenge, sizeof challenge);
	done(q);

	ply_strbuf_adds(&token, ", version=4, gssapi-data=\"");
	authenticate(c, challenge, &token);
	ply_strbuf_adds(&token, "\"");
	signed_line(c, "REGISTER sip:lab.example SIP/2.0", "REGISTER", "", token.p, &line);
	request(q, "REGISTER", "cf0b98dadeb9", line.p);
	ply_strbuf_deinit(&token);
	ply_strbuf_deinit(&line);
}

static enum ply_sip_auth_verdict answer(struct ply_sip_auth *a, struct request *q,
					const char *password)
{
	uint8_t hash[16], md5[32], sha[32];
	const struct ply_slice user = PLY_SLICE_LIT("alice"), realm = PLY_SLICE_LIT("lab.example");
	const struct ply_sip_auth_account account = {alice_aor, hash, md5, sha};
	struct ply_slice pass = ply_slice_str(password);

	assert_int_equal(ply_ntlm_hash(pass, hash), 0);
	assert_int_equal(ply_digest_ha1(PLY_DIGEST_MD5, user, realm, pass, md5), 0);
	assert_int_equal(ply_digest_ha1(PLY_DIGEST_SHA256, user, realm, pass, sha), 0);
	return ply_sip_auth_account(a, &q->in, &account, &q->t);
}

static void sign_in(struct ply_sip_auth *a, struct client *c)
{
	struct request q;

	*c = (struct client){.password = "secret"};
	third_leg(a, c, &q);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_OK);
	done(&q);
}

/* --- behaviour --- */

static void offers_each_client_what_it_understands(void **state)
{
	static const struct {
		const char *why, *method, *epid, *lines;
		bool udp;
		unsigned status;
		const char *want[3], *not ;
	} cases[] = {
		{"OCS client",
		 "REGISTER",
		 "cf0b98dadeb9",
		 "",
		 false,
		 401,
		 {"WWW-Authenticate: NTLM realm=\"SIP Communications Service\", "
		  "targetname=\"fe.lab.example\", version=4\r\n",
		  "Date: "},
		 "Digest"},
		{"standard client",
		 "REGISTER",
		 "",
		 "",
		 false,
		 401,
		 {"WWW-Authenticate: Digest realm=\"lab.example\"", "algorithm=SHA-256",
		  "algorithm=MD5,"},
		 "NTLM"},
		{"standard client, a call",
		 "INVITE",
		 "",
		 "",
		 false,
		 407,
		 {"Proxy-Authenticate: Digest realm=\"lab.example\""},
		 "WWW-"},
		{"one that stumbles over SHA-256",
		 "REGISTER",
		 "",
		 "User-Agent: baresip v1.0.0 (x86_64/linux)\r\n",
		 false,
		 401,
		 {"algorithm=MD5,"},
		 "SHA-256"},
		{"no connection to sign on",
		 "REGISTER",
		 "cf0b98dadeb9",
		 "",
		 true,
		 401,
		 {"algorithm=SHA-256"},
		 "NTLM"},
		{"credentials for somebody else",
		 "INVITE",
		 "",
		 "Proxy-Authorization: Digest username=\"x\", realm=\"far.example\", nonce=\"n\", "
		 "uri=\"sip:x\", response=\"00112233445566778899aabbccddeeff\"\r\n",
		 false,
		 407,
		 {"algorithm=SHA-256"},
		 "stale"},
		{"credentials nobody can read",
		 "REGISTER",
		 "cf0b98dadeb9",
		 "Authorization: NTLM realm=\r\n",
		 false,
		 401,
		 {"NTLM"},
		 "opaque"},
	};
	struct ply_sip_auth *a = auth_new(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct request q;

		request(&q, cases[i].method, cases[i].epid, cases[i].lines);
		if (cases[i].udp)
			q.hop.flow = 0;
		if (ask(a, &q) != PLY_SIP_AUTH_CHALLENGE || q.t.status != cases[i].status)
			fail_msg("%s: status %u", cases[i].why, q.t.status);
		for (size_t k = 0; k < 3 && cases[i].want[k]; k++)
			if (!strstr(lines_of(&q), cases[i].want[k]))
				fail_msg("%s: %s", cases[i].why, lines_of(&q));
		if (strstr(lines_of(&q), cases[i].not ))
			fail_msg("%s: %s", cases[i].why, lines_of(&q));
		done(&q);
	}
	ply_sip_auth_free(a);
}

static void signs_a_client_in_with_ntlm(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c = {.password = "secret"};
	struct request q;

	(void)state;
	third_leg(a, &c, &q);
	assert_int_equal(ply_sip_auth_count(a).half_open, 1);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	assert_int_equal(q.t.who.claim, PLY_SIP_CLAIM_LOGIN);
	assert_string_equal(q.t.who.user, "alice");
	assert_string_equal(q.t.who.domain, "");
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_OK);
	assert_string_equal(q.t.aor, alice_aor);
	assert_true(q.t.established);
	assert_int_equal(ply_sip_auth_count(a).half_open, 0);
	assert_int_equal(ply_sip_auth_count(a).established, 1);
	done(&q);

	signed_request(&q, &c, "SUBSCRIBE", "Expires: 0\r\n");
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_OK);
	assert_string_equal(q.t.aor, alice_aor);
	assert_false(q.t.established);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_DISCARD); /* the same again is a replay */
	done(&q);
	ply_sip_auth_free(a);
}

static void denies_the_wrong_password_and_lets_nobody_guess_twice(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c = {.password = "guess"};
	struct request q, again;

	(void)state;
	third_leg(a, &c, &q);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_DENIED);
	assert_int_equal(q.t.status, 401);
	assert_null(strstr(lines_of(&q), "opaque"));
	assert_int_equal(ply_sip_auth_count(a).half_open, 0);
	again = q; /* the same message once more: its challenge is gone */
	memset(&again.t, 0, sizeof again.t);
	assert_int_equal(ask(a, &again), PLY_SIP_AUTH_CHALLENGE);
	ply_sip_auth_try_deinit(&again.t);
	done(&q);

	c = (struct client){.password = "secret"};
	third_leg(a, &c, &q);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	assert_int_equal(ply_sip_auth_account(a, &q.in, NULL, &q.t), PLY_SIP_AUTH_DENIED);
	done(&q);
	ply_sip_auth_free(a);
}

static void takes_a_handshake_only_where_and_when_it_began(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c = {.password = "secret"};
	struct request q;

	(void)state;
	third_leg(a, &c, &q);
	q.hop.flow = 8; /* another connection */
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	ply_sip_auth_try_deinit(&q.t);
	q.hop.flow = 7;
	q.in.now_ms += 60000; /* too late */
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	done(&q);

	third_leg(a, &c, &q);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	ply_sip_auth_try_deinit(&q.t);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_DISCARD); /* twice while the account is loaded */
	ply_sip_auth_flow_closed(a, 7);
	q.t.mech = PLY_AUTH_MECH_NTLM;
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_CHALLENGE);
	done(&q);
	ply_sip_auth_free(a);
}

static void discards_what_was_changed_on_the_way(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c;
	struct request q;
	struct ply_strbuf line = PLY_STRBUF_INIT;

	(void)state;
	sign_in(a, &c);
	signed_line(&c, "MESSAGE sip:lab.example SIP/2.0", "MESSAGE", "", "", &line);
	ply_strbuf_adds(&line, "Expires: 60\r\n");
	request(&q, "MESSAGE", "cf0b98dadeb9", line.p);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_DISCARD);
	assert_int_equal(q.t.lines.len, 0);
	done(&q);
	ply_strbuf_deinit(&line);
	ply_sip_auth_free(a);
}

static void challenges_unknown_associations_once_for_each_request(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c;
	struct request q;

	(void)state;
	sign_in(a, &c);
	ply_sip_auth_drop_user(a, ply_slice_str(alice_aor));
	assert_int_equal(ply_sip_auth_count(a).established, 0);
	signed_request(&q, &c, "SUBSCRIBE", "");
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	assert_int_equal(q.t.status, 401);
	assert_null(strstr(lines_of(&q), "opaque"));
	done(&q);
	signed_request(&q, &c, "SUBSCRIBE", ""); /* SIPE: signed anew with the same keys */
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_REFUSED);
	done(&q);
	for (int i = 0; i < 2; i++) {
		signed_request(&q, &c, "REGISTER", "");
		assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
		done(&q);
	}
	ply_sip_auth_free(a);
}

static void ends_associations_with_time_flow_and_the_next_sign_in(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c;
	struct request q;

	(void)state;
	sign_in(a, &c);
	sign_in(a, &c); /* the same endpoint again */
	assert_int_equal(ply_sip_auth_count(a).established, 1);
	signed_request(&q, &c, "INFO", "");
	q.in.now_ms += 9 * hour_ms;
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	done(&q);
	assert_int_equal(ply_sip_auth_count(a).established, 0);

	sign_in(a, &c);
	ply_sip_auth_expire(a, 1000000 + 9 * hour_ms - 1);
	assert_int_equal(ply_sip_auth_count(a).established, 1);
	ply_sip_auth_expire(a, 1000000 + 9 * hour_ms);
	assert_int_equal(ply_sip_auth_count(a).established, 0);

	sign_in(a, &c);
	ply_sip_auth_flow_closed(a, 7);
	assert_int_equal(ply_sip_auth_count(a).established, 0);
	ply_sip_auth_free(a);
}

static void few(struct ply_sip_auth_conf *conf)
{
	conf->max_half_open = 5;
	conf->max_half_open_per_flow = 3;
}

static void keeps_few_unfinished_handshakes(void **state)
{
	struct ply_sip_auth *a = auth_new(few);

	(void)state;
	for (uint64_t i = 0; i < 40; i++) {
		struct request q;

		request(&q, "REGISTER", "cf0b98dadeb9", OPENING);
		q.hop.flow = 100 + i / 10;
		assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
		assert_in_range(ply_sip_auth_count(a).half_open, 1, i < 10 ? 3 : 5);
		done(&q);
	}
	ply_sip_auth_expire(a, 1000000 + 60000);
	assert_int_equal(ply_sip_auth_count(a).half_open, 0);
	ply_sip_auth_free(a);
}

static struct ply_strbuf signature_for(struct ply_sip_auth *a, const char *start,
				       const char *method, uint64_t flow)
{
	struct ply_sip_msg *m = message(start, method, "cf0b98dadeb9", 3, "Expires: 7200\r\n");
	struct ply_sip_hop hop = over_tls;
	struct ply_strbuf b = PLY_STRBUF_INIT;

	hop.flow = flow;
	ply_sip_auth_sign(a, &hop, m, &b);
	ply_sip_msg_unref(m);
	return b;
}

static void signs_answers_and_requests_but_no_challenge(void **state)
{
	static const struct {
		const char *start, *method;
		uint64_t flow;
		bool is_signed;
	} cases[] = {
		{"SIP/2.0 200 OK", "REGISTER", 7, true},
		{"SIP/2.0 403 Forbidden", "REGISTER", 7, true},
		{"SIP/2.0 401 Unauthorized", "REGISTER", 7, false},
		{"SIP/2.0 407 Proxy Authentication Required", "INVITE", 7, false},
		{"BENOTIFY sip:lab.example SIP/2.0", "BENOTIFY", 7, true},
		{"BENOTIFY sip:lab.example SIP/2.0", "BENOTIFY", 8, false},
	};
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c;

	(void)state;
	sign_in(a, &c);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf b =
			signature_for(a, cases[i].start, cases[i].method, cases[i].flow);
		const char *head = "Authentication-Info: NTLM rspauth=\"01000000";

		if (!cases[i].is_signed && b.len)
			fail_msg("%s is signed", cases[i].start);
		if (cases[i].is_signed && strncmp(ply_strbuf_str(&b), head, strlen(head)) != 0)
			fail_msg("%s: %s", cases[i].start, ply_strbuf_str(&b));
		ply_strbuf_deinit(&b);
	}
	ply_sip_auth_free(a);
}

static void lets_the_client_check_the_signature(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c;
	struct ply_strbuf b, text = PLY_STRBUF_INIT;
	char hex[64], rand_text[16];
	uint8_t sig[PLY_NTLM_SIG_LEN];
	size_t len;

	(void)state;
	sign_in(a, &c);
	b = signature_for(a, "SIP/2.0 200 OK", "REGISTER", 7);
	value_of(b.p, "rspauth=\"", hex, sizeof hex);
	value_of(b.p, "srand=\"", rand_text, sizeof rand_text);
	ply_strbuf_addf(&text,
			"<NTLM><%s><1><SIP Communications Service><fe.lab.example>"
			"<87B0gEFAAaF519iECACm0AC3t2290b03BCx75AFx><3><REGISTER>"
			"<sip:alice@lab.example><1915655542><sip:alice@lab.example><><><>"
			"<7200><200>",
			rand_text);
	assert_int_equal(ply_hex_decode(ply_slice_str(hex), sig, sizeof sig, &len), 0);
	assert_true(ply_ntlm_verify(&c.keys.server, ply_strbuf_slice(&text),
				    ply_slice((char *)sig, len)));
	assert_non_null(strstr(b.p, "realm=\"SIP Communications Service\"\r\n"));
	ply_strbuf_deinit(&b);
	ply_strbuf_deinit(&text);
	ply_sip_auth_free(a);
}

static void throws_away_responses_with_no_or_wrong_signature(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c;
	struct ply_strbuf line = PLY_STRBUF_INIT;
	struct ply_sip_msg *ok, *bare, *trying;

	(void)state;
	bare = message("SIP/2.0 200 OK", "INVITE", "cf0b98dadeb9", 3, "");
	assert_false(ply_sip_auth_discard_response(a, bare, &over_tls, 1000000));
	sign_in(a, &c);
	signed_line(&c, "SIP/2.0 200 OK", "INVITE", "", "", &line);
	ok = message("SIP/2.0 200 OK", "INVITE", "cf0b98dadeb9", 3, line.p);
	trying = message("SIP/2.0 100 Trying", "INVITE", "cf0b98dadeb9", 3, "");
	assert_false(ply_sip_auth_discard_response(a, ok, &over_tls, 1000000));
	assert_true(ply_sip_auth_discard_response(a, ok, &over_tls, 1000000));
	assert_true(ply_sip_auth_discard_response(a, bare, &over_tls, 1000000));
	assert_false(ply_sip_auth_discard_response(a, trying, &over_tls, 1000000));
	ply_sip_msg_unref(ok);
	ply_sip_msg_unref(bare);
	ply_sip_msg_unref(trying);
	ply_strbuf_deinit(&line);
	ply_sip_auth_free(a);
}

/* --- Digest --- */

static void digest_line(const char *challenges, const char *method, const char *password,
			unsigned nc, struct ply_strbuf *out)
{
	struct ply_strbuf a2 = PLY_STRBUF_INIT, all = PLY_STRBUF_INIT;
	char nonce[64];
	uint8_t h[32];

	value_of(challenges, "nonce=\"", nonce, sizeof nonce);
	assert_int_equal(ply_digest_ha1(PLY_DIGEST_SHA256, ply_slice_str("alice"),
					ply_slice_str("lab.example"), ply_slice_str(password), h),
			 0);
	ply_strbuf_add_hex(&all, h, 32);
	ply_strbuf_addf(&a2, "%s:sip:lab.example", method);
	assert_int_equal(ply_sha256(a2.p, a2.len, h), 0);
	ply_strbuf_addf(&all, ":%s:%08x:c0:auth:", nonce, nc);
	ply_strbuf_add_hex(&all, h, 32);
	assert_int_equal(ply_sha256(all.p, all.len, h), 0);
	ply_strbuf_addf(out,
			"Authorization: Digest username=\"alice\", realm=\"lab.example\", "
			"nonce=\"%s\", uri=\"sip:lab.example\", algorithm=SHA-256, qop=auth, "
			"nc=%08x, cnonce=\"c0\", response=\"",
			nonce, nc);
	ply_strbuf_add_hex(out, h, 32);
	ply_strbuf_adds(out, "\"\r\n");
	ply_strbuf_deinit(&a2);
	ply_strbuf_deinit(&all);
}

static void challenge_text(struct ply_sip_auth *a, struct ply_strbuf *out)
{
	struct request q;

	request(&q, "REGISTER", "", "");
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	ply_strbuf_adds(out, lines_of(&q));
	done(&q);
}

/* A request with credentials made from these challenges. */
static void digest_request(struct request *q, const char *challenges, const char *method,
			   const char *password, unsigned nc)
{
	struct ply_strbuf line = PLY_STRBUF_INIT;

	digest_line(challenges, method, password, nc, &line);
	request(q, method, "", line.p);
	ply_strbuf_deinit(&line);
}

static void signs_a_standard_client_in_with_digest(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct ply_strbuf ch = PLY_STRBUF_INIT;
	struct request q;

	(void)state;
	challenge_text(a, &ch);
	digest_request(&q, ply_strbuf_str(&ch), "REGISTER", "secret", 1);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	assert_int_equal(q.t.who.claim, PLY_SIP_CLAIM_DIGEST);
	assert_string_equal(q.t.who.user, "alice");
	assert_string_equal(q.t.who.domain, "lab.example");
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_OK);
	assert_string_equal(q.t.aor, alice_aor);
	assert_true(q.t.established);
	ply_sip_auth_try_deinit(&q.t);

	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK); /* the same message again */
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_CHALLENGE);
	assert_non_null(strstr(lines_of(&q), "stale=true"));
	done(&q);

	digest_request(&q, ply_strbuf_str(&ch), "REGISTER", "guess", 2);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_DENIED);
	assert_null(strstr(lines_of(&q), "stale"));
	done(&q);

	digest_request(&q, ply_strbuf_str(&ch), "REGISTER", "secret", 3);
	q.in.now_ms += 301000;
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	assert_non_null(strstr(lines_of(&q), "stale=true"));
	done(&q);
	ply_strbuf_deinit(&ch);
	ply_sip_auth_free(a);
}

static void lets_the_flow_vouch_after_a_digest_proof(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct ply_strbuf ch = PLY_STRBUF_INIT;
	struct request q;

	(void)state;
	challenge_text(a, &ch);
	digest_request(&q, ply_strbuf_str(&ch), "REGISTER", "secret", 1);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_OK);
	done(&q);

	request(&q, "INVITE", "", "");
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_OK);
	assert_string_equal(q.t.aor, alice_aor);
	ply_sip_auth_try_deinit(&q.t);
	q.in.from_aor = ply_slice_str("sip:bob@lab.example"); /* somebody else on the same flow */
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	ply_sip_auth_try_deinit(&q.t);
	q.in.from_aor = ply_slice_str(alice_aor);
	q.hop.flow = 8;
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	ply_sip_auth_try_deinit(&q.t);
	q.hop.flow = 7;
	q.in.now_ms += 8 * hour_ms;
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	done(&q);

	request(&q, "REGISTER", "", "");
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
	done(&q);
	ply_sip_auth_flow_closed(a, 7);
	assert_int_equal(ply_sip_auth_count(a).proofs, 0);
	ply_strbuf_deinit(&ch);
	ply_sip_auth_free(a);
}

static void bind_udp(struct ply_sip_auth_conf *conf)
{
	conf->udp_bind = true;
}

static void believes_a_udp_address_only_when_told_to(void **state)
{
	(void)state;
	for (int bind = 0; bind < 2; bind++) {
		struct ply_sip_auth *a = auth_new(bind ? bind_udp : NULL);
		struct ply_strbuf ch = PLY_STRBUF_INIT;
		struct request q;

		challenge_text(a, &ch);
		digest_request(&q, ply_strbuf_str(&ch), "REGISTER", "secret", 1);
		q.hop.flow = 0;
		assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
		assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_OK);
		done(&q);
		request(&q, "MESSAGE", "", "");
		q.hop.flow = 0;
		assert_int_equal(ask(a, &q), bind ? PLY_SIP_AUTH_OK : PLY_SIP_AUTH_CHALLENGE);
		ply_sip_auth_try_deinit(&q.t);
		q.hop.addr.port++;
		assert_int_equal(ask(a, &q), PLY_SIP_AUTH_CHALLENGE);
		done(&q);
		ply_strbuf_deinit(&ch);
		ply_sip_auth_free(a);
	}
}

static void never_challenges_an_ack(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c;
	struct request q;

	(void)state;
	request(&q, "ACK", "", "");
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_UNPROVEN);
	done(&q);
	sign_in(a, &c);
	request(&q, "ACK", "cf0b98dadeb9", "");
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_DISCARD);
	done(&q);
	signed_request(&q, &c, "ACK", "");
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_OK);
	done(&q);
	ply_sip_auth_free(a);
}

static void follows_a_client_to_its_next_connection(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c;
	struct request q;
	struct ply_strbuf b;

	(void)state;
	sign_in(a, &c);
	signed_request(&q, &c, "SUBSCRIBE", "");
	q.hop.flow = 9;
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_OK);
	done(&q);
	b = signature_for(a, "SIP/2.0 200 OK", "SUBSCRIBE", 7);
	assert_int_equal(b.len, 0);
	b = signature_for(a, "SIP/2.0 200 OK", "SUBSCRIBE", 9);
	assert_true(b.len > 0);
	ply_strbuf_deinit(&b);
	ply_sip_auth_flow_closed(a, 7);
	assert_int_equal(ply_sip_auth_count(a).established, 1);
	ply_sip_auth_free(a);
}

static void signs_by_epid_where_a_flow_has_several_associations(void **state)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c[2];
	struct ply_strbuf b;
	struct request q;
	char opaque[16];

	(void)state;
	sign_in(a, &c[0]);
	c[1] = (struct client){.password = "secret"};
	third_leg(a, &c[1], &q);
	assert_int_equal(ask(a, &q), PLY_SIP_AUTH_ASK);
	q.in.from_epid = ply_slice_str("0123456789"); /* another endpoint of the same user */
	assert_int_equal(answer(a, &q, "secret"), PLY_SIP_AUTH_OK);
	done(&q);
	assert_int_equal(ply_sip_auth_count(a).established, 2);
	b = signature_for(a, "SIP/2.0 200 OK", "REGISTER", 7);
	value_of(b.p, "opaque=\"", opaque, sizeof opaque);
	assert_string_equal(opaque, c[0].opaque);
	ply_strbuf_deinit(&b);
	ply_sip_auth_free(a);
}

/* Runs the third leg and a signature with the n-th allocation failing. True when none failed. */
static bool signs_in_with_allocations(size_t n)
{
	struct ply_sip_auth *a = auth_new(NULL);
	struct client c = {.password = "secret"};
	struct request q;
	enum ply_sip_auth_verdict v;
	bool enough;

	third_leg(a, &c, &q);
	ply_mem_fail_after(n);
	v = ask(a, &q);
	if (v == PLY_SIP_AUTH_ASK)
		v = answer(a, &q, "secret");
	enough = ply_mem_count() < n;
	ply_mem_fail_after(0);
	assert_int_equal(v, enough ? PLY_SIP_AUTH_OK : PLY_SIP_AUTH_ERROR);
	assert_int_equal(q.t.error, enough ? 0 : -ENOMEM);
	done(&q);
	ply_sip_auth_free(a);
	return enough;
}

static void fails_cleanly_when_memory_is_out(void **state)
{
	size_t n = 1;

	(void)state;
	while (!signs_in_with_allocations(n))
		n++;
	assert_true(n > 2);
}

static void reads_the_signed_fields_as_they_are_written(void **state)
{
	static const struct {
		const char *why, *lines, *sip, *tel, *expires;
	} cases[] = {
		{"none", "", "", "", ""},
		{"asserted before preferred",
		 "P-Preferred-Identity: <sip:p@x>\r\nP-Asserted-Identity: <sip:A@x>, <tel:+1>\r\n",
		 "sip:A@x", "tel:+1", ""},
		{"preferred alone", "P-Preferred-Identity: \"P\" <sip:p@x;user=phone>\r\n",
		 "sip:p@x;user=phone", "", ""},
		{"two lines", "P-Asserted-Identity: <tel:+2>\r\nP-Asserted-Identity: <sip:a@x>\r\n",
		 "sip:a@x", "tel:+2", ""},
		{"expires", "Expires:  0 \r\n", "", "", "0"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_msg *m =
			message("SIP/2.0 200 OK", "INVITE", "cf0b98dadeb9", 17, cases[i].lines);
		struct ply_sig_msg f;

		ply_sip_auth_fields(m, &f);
		assert_true(ply_slice_is(f.cseq, "17"));
		assert_true(ply_slice_is(f.method, "INVITE"));
		assert_true(ply_slice_is(f.from_uri, alice_aor));
		assert_true(ply_slice_is(f.from_tag, "1915655542"));
		assert_int_equal(f.to_tag.len, 0);
		assert_int_equal(f.status, 200);
		if (!ply_slice_is(f.pai_sip, cases[i].sip) ||
		    !ply_slice_is(f.pai_tel, cases[i].tel) ||
		    !ply_slice_is(f.expires, cases[i].expires))
			fail_msg("%s: wrong", cases[i].why);
		ply_sip_msg_unref(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers_each_client_what_it_understands),
		cmocka_unit_test(signs_a_client_in_with_ntlm),
		cmocka_unit_test(denies_the_wrong_password_and_lets_nobody_guess_twice),
		cmocka_unit_test(takes_a_handshake_only_where_and_when_it_began),
		cmocka_unit_test(discards_what_was_changed_on_the_way),
		cmocka_unit_test(challenges_unknown_associations_once_for_each_request),
		cmocka_unit_test(ends_associations_with_time_flow_and_the_next_sign_in),
		cmocka_unit_test(keeps_few_unfinished_handshakes),
		cmocka_unit_test(signs_answers_and_requests_but_no_challenge),
		cmocka_unit_test(lets_the_client_check_the_signature),
		cmocka_unit_test(throws_away_responses_with_no_or_wrong_signature),
		cmocka_unit_test(signs_a_standard_client_in_with_digest),
		cmocka_unit_test(lets_the_flow_vouch_after_a_digest_proof),
		cmocka_unit_test(believes_a_udp_address_only_when_told_to),
		cmocka_unit_test(never_challenges_an_ack),
		cmocka_unit_test(follows_a_client_to_its_next_connection),
		cmocka_unit_test(signs_by_epid_where_a_flow_has_several_associations),
		cmocka_unit_test(fails_cleanly_when_memory_is_out),
		cmocka_unit_test(reads_the_signed_fields_as_they_are_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
