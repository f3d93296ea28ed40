#include "auth/gss.h"

#include "auth/gss_token.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/ply.h"
#include "crypto/digest.h"

#include <errno.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <krb5/krb5.h>

enum {
	REPLAY_MAX = 65536,
	REPLAY_KEEP_MS = 10 * 60 * 1000, /* longer than the skew a KDC allows, both ways */
	ID_LEN = 16,
};

/* One authenticator accepted. */
struct seen {
	struct ply_hnode node;
	struct ply_list age; /* oldest first */
	uint64_t at_ms;
	uint8_t id[ID_LEN];
};

struct ply_gss_cred {
	gss_cred_id_t cred;
	struct ply_hash by_id;
	struct ply_list age;
};

struct ply_gss {
	gss_ctx_id_t ctx;
	uint32_t lifetime;
	char principal[];
};

static void add_status(struct ply_strbuf *err, OM_uint32 code, int type)
{
	OM_uint32 minor, more = 0;

	do {
		gss_buffer_desc text = GSS_C_EMPTY_BUFFER;

		if (GSS_ERROR(gss_display_status(&minor, code, type, GSS_C_NO_OID, &more, &text)))
			return;
		if (err->len)
			ply_strbuf_adds(err, ": ");
		ply_strbuf_add(err, text.value, text.length);
		gss_release_buffer(&minor, &text);
	} while (more);
}

static void explain(struct ply_strbuf *err, OM_uint32 major, OM_uint32 minor)
{
	if (!err)
		return;
	add_status(err, major, GSS_C_GSS_CODE);
	if (minor)
		add_status(err, minor, GSS_C_MECH_CODE);
}

int ply_gss_cred_open(struct ply_gss_cred **out, const char *keytab, struct ply_strbuf *err)
{
	/* The library's replay cache is a file that it locks and reads at every sign-in: none. */
	gss_key_value_element_desc items[] = {{"keytab", keytab}, {"rcache", "none:"}};
	gss_key_value_set_desc store = {ARRAY_LEN(items), items};
	gss_OID_desc krb5 = {9, ply_unconst("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")};
	gss_OID_set_desc mechs = {1, &krb5};
	struct ply_gss_cred *c = ply_calloc(1, sizeof *c);
	OM_uint32 major, minor;

	if (!c)
		return -ENOMEM;
	c->cred = GSS_C_NO_CREDENTIAL;
	ply_hash_init(&c->by_id);
	ply_list_init(&c->age);
	major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs, GSS_C_ACCEPT,
				      &store, &c->cred, NULL, NULL);
	if (GSS_ERROR(major)) {
		explain(err, major, minor);
		ply_gss_cred_close(c);
		return -ENOKEY;
	}
	*out = c;
	return 0;
}

static void forget(struct ply_gss_cred *c, struct seen *s)
{
	ply_hash_del(&c->by_id, &s->node);
	ply_list_del(&s->age);
	ply_free(s);
}

void ply_gss_cred_close(struct ply_gss_cred *c)
{
	struct ply_list *first;
	OM_uint32 minor;

	if (!c)
		return;
	while ((first = ply_list_first(&c->age)))
		forget(c, container_of(first, struct seen, age));
	ply_hash_deinit(&c->by_id);
	gss_release_cred(&minor, &c->cred);
	ply_free(c);
}

static bool was_seen(const struct ply_gss_cred *c, const uint8_t id[ID_LEN])
{
	struct ply_hnode *n = ply_hash_first(&c->by_id, ply_hash_bytes(id, ID_LEN));

	for (; n; n = ply_hash_next(n))
		if (!memcmp(container_of(n, struct seen, node)->id, id, ID_LEN))
			return true;
	return false;
}

static int remember(struct ply_gss_cred *c, const uint8_t id[ID_LEN], uint64_t now_ms)
{
	struct seen *s;
	struct ply_list *first;

	while ((first = ply_list_first(&c->age))) {
		s = container_of(first, struct seen, age);
		if (c->by_id.n < REPLAY_MAX && now_ms - s->at_ms < REPLAY_KEEP_MS)
			break;
		forget(c, s);
	}
	s = ply_calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	memcpy(s->id, id, ID_LEN);
	s->at_ms = now_ms;
	ply_list_init(&s->age);
	if (ply_hash_add(&c->by_id, &s->node, ply_hash_bytes(id, ID_LEN))) {
		ply_free(s);
		return -ENOMEM;
	}
	ply_list_push(&c->age, &s->age);
	return 0;
}

static int new_context(struct ply_gss **out, gss_ctx_id_t ctx, gss_name_t client, OM_uint32 life)
{
	gss_buffer_desc name = GSS_C_EMPTY_BUFFER;
	struct ply_gss *g = NULL;
	OM_uint32 minor;
	int r = 0;

	if (GSS_ERROR(gss_display_name(&minor, client, &name, NULL)))
		return PLY_GSS_E_DENIED;
	if (name.length >= PLY_GSS_MAX_NAME || memchr(name.value, 0, name.length))
		r = PLY_GSS_E_DENIED;
	if (!r) {
		g = ply_calloc(1, sizeof *g + name.length + 1);
		if (!g)
			r = -ENOMEM;
	}
	if (!r) {
		memcpy(g->principal, name.value, name.length);
		g->ctx = ctx;
		g->lifetime = life;
		*out = g;
	}
	gss_release_buffer(&minor, &name);
	return r;
}

static int verdict(OM_uint32 major, OM_uint32 minor, OM_uint32 flags, struct ply_strbuf *err)
{
	if (major == GSS_S_COMPLETE && (flags & GSS_C_INTEG_FLAG))
		return 0;
	explain(err, major, minor);
	return (krb5_error_code)minor == KRB5KRB_AP_ERR_SKEW ? PLY_GSS_E_SKEW : PLY_GSS_E_DENIED;
}

/* Somebody of another realm whom our KDC vouches for is not the user of the same name here. */
static bool same_realm(gss_ctx_id_t ctx)
{
	gss_name_t name[2] = {GSS_C_NO_NAME, GSS_C_NO_NAME};
	gss_buffer_desc text[2] = {GSS_C_EMPTY_BUFFER, GSS_C_EMPTY_BUFFER};
	struct ply_slice realm[2];
	OM_uint32 minor;
	bool same = !GSS_ERROR(
		gss_inquire_context(&minor, ctx, &name[0], &name[1], NULL, NULL, NULL, NULL, NULL));

	for (int i = 0; i < 2 && same; i++) {
		same = !GSS_ERROR(gss_display_name(&minor, name[i], &text[i], NULL));
		realm[i] = ply_slice(text[i].value, text[i].length);
		while (same && realm[i].len && ply_slice_chr(realm[i], '@') != SIZE_MAX)
			realm[i] = ply_slice_from(realm[i], ply_slice_chr(realm[i], '@') + 1);
	}
	if (same)
		same = ply_slice_eq(realm[0], realm[1]);
	for (int i = 0; i < 2; i++) {
		gss_release_buffer(&minor, &text[i]);
		gss_release_name(&minor, &name[i]);
	}
	return same;
}

static int accept_token(struct ply_gss **out, struct ply_gss_cred *c, struct ply_slice token,
			struct ply_strbuf *err)
{
	gss_buffer_desc in = {token.len, ply_unconst(token.p)};
	gss_buffer_desc reply = GSS_C_EMPTY_BUFFER;
	gss_ctx_id_t ctx = GSS_C_NO_CONTEXT;
	gss_name_t client = GSS_C_NO_NAME;
	OM_uint32 major, minor, ignored, flags = 0, life = 0;
	int r;

	major = gss_accept_sec_context(&minor, &ctx, c->cred, &in, GSS_C_NO_CHANNEL_BINDINGS,
				       &client, NULL, &reply, &flags, &life, NULL);
	r = verdict(major, minor, flags, err);
	if (!r && !same_realm(ctx)) {
		if (err)
			ply_strbuf_adds(err, "a principal of another realm");
		r = PLY_GSS_E_DENIED;
	}
	if (!r)
		r = new_context(out, ctx, client, life);
	if (r && ctx != GSS_C_NO_CONTEXT)
		gss_delete_sec_context(&ignored, &ctx, GSS_C_NO_BUFFER);
	/* [MS-SIPAE] has no place for an answer token: one leg, clients ask for no mutual proof. */
	gss_release_buffer(&ignored, &reply);
	gss_release_name(&ignored, &client);
	return r;
}

int ply_gss_accept(struct ply_gss **out, struct ply_gss_cred *c, struct ply_slice token,
		   uint64_t now_ms, struct ply_strbuf *err)
{
	struct ply_slice authenticator;
	uint8_t id[32];
	int r;

	if (token.len > PLY_GSS_MAX_TOKEN || !ply_gss_token_authenticator(token, &authenticator)) {
		if (err)
			ply_strbuf_adds(err, "not a Kerberos token");
		return PLY_GSS_E_DENIED;
	}
	r = ply_sha256(authenticator.p, authenticator.len, id);
	if (r)
		return r;
	if (was_seen(c, id)) {
		if (err)
			ply_strbuf_adds(err, "this token was used before");
		return PLY_GSS_E_DENIED;
	}
	r = accept_token(out, c, token, err);
	if (r)
		return r;
	r = remember(c, id, now_ms);
	if (r) {
		ply_gss_free(*out);
		*out = NULL;
	}
	return r;
}

void ply_gss_free(struct ply_gss *g)
{
	OM_uint32 minor;

	if (!g)
		return;
	gss_delete_sec_context(&minor, &g->ctx, GSS_C_NO_BUFFER);
	ply_free(g);
}

const char *ply_gss_principal(const struct ply_gss *g)
{
	return g->principal;
}

uint32_t ply_gss_lifetime(const struct ply_gss *g)
{
	return g->lifetime;
}

int ply_gss_sign(struct ply_gss *g, struct ply_slice text, uint8_t sig[PLY_GSS_MAX_MIC],
		 size_t *len)
{
	gss_buffer_desc in = {text.len, ply_unconst(text.p)};
	gss_buffer_desc mic = GSS_C_EMPTY_BUFFER;
	OM_uint32 major, minor;
	int r = 0;

	major = gss_get_mic(&minor, g->ctx, GSS_C_QOP_DEFAULT, &in, &mic);
	if (GSS_ERROR(major))
		return -EACCES;
	if (mic.length > PLY_GSS_MAX_MIC) {
		r = -EMSGSIZE;
	} else {
		memcpy(sig, mic.value, mic.length);
		*len = mic.length;
	}
	gss_release_buffer(&minor, &mic);
	return r;
}

bool ply_gss_verify(struct ply_gss *g, struct ply_slice text, struct ply_slice sig)
{
	gss_buffer_desc in = {text.len, ply_unconst(text.p)};
	gss_buffer_desc mic = {sig.len, ply_unconst(sig.p)};
	OM_uint32 minor;

	/* Order and repetition are the window's business, so supplementary bits do not matter. */
	return !GSS_ERROR(gss_verify_mic(&minor, g->ctx, &in, &mic, NULL));
}
