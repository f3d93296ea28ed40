#include "frontend/conference/anonymous.h"

#include "auth/digest.h"
#include "auth/lockout.h"
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "db/rtc/rtc_conf.h"
#include "frontend/conference/meeting.h"
#include "frontend/proxy/proxy.h"

#include <errno.h>

enum { NONCE_AGE_S = 300, SEEN_MAX = 10000, PROOFS_MAX = 20000, PROOFS_PER_FLOW = 16 };

/* What one connection has proved. */
struct proof {
	struct ply_hnode by_flow, by_who;
	struct ply_list by_use;
	uint64_t flow;
	char from[PLY_SIP_AOR_MAX];
	char conf[sizeof(((struct ply_c3p_uri *)NULL)->key)];
};

struct fe_anonymous {
	uint8_t key[PLY_DIGEST_KEY_LEN];
	struct ply_digest_seen *seen;
	struct ply_lockout *guesses; /* by conference and source */
	struct ply_hash flows;       /* struct proof by connection */
	struct ply_hash proofs;      /* by connection and From: an edge server's has many */
	struct ply_list by_use;      /* longest unused first */
	unsigned n_proofs;
};

/* A request whose conference is being loaded. */
struct attempt {
	struct fe_req *q; /* NULL: it went away meanwhile */
	struct ply_c3p_uri uri;
	int r; /* of the load */
	bool answered, allowed;
	struct ply_strbuf secret; /* the conference key */
};

PLY_COUNTER(refused, "parley_frontend_anonymous_refused_total",
	    "anonymous participants with a wrong conference key");

int fe_anonymous_new(struct fe *fe)
{
	static const struct ply_lockout_policy policy = {
		.free = 5, .base_ms = 1000, .max_ms = 60000, .forget_ms = 900000, .cap = 100000};
	struct fe_anonymous *a = ply_calloc(1, sizeof *a);
	int r;

	if (!a)
		return -ENOMEM;
	fe->anonymous = a;
	ply_hash_init(&a->flows);
	ply_hash_init(&a->proofs);
	ply_list_init(&a->by_use);
	ply_random_bytes(a->key, sizeof a->key);
	r = ply_digest_seen_new(&a->seen, SEEN_MAX, NONCE_AGE_S);
	return r ? r : ply_lockout_new(&a->guesses, &policy);
}

static void proof_free(struct fe_anonymous *a, struct proof *p)
{
	ply_hash_del(&a->flows, &p->by_flow);
	if (p->by_who.hash) {
		ply_hash_del(&a->proofs, &p->by_who);
		a->n_proofs--;
	}
	ply_list_del(&p->by_use);
	ply_free(p);
}

static struct proof *oldest(struct fe_anonymous *a)
{
	struct ply_list *it = ply_list_first(&a->by_use);

	return it ? container_of(it, struct proof, by_use) : NULL;
}

void fe_anonymous_free(struct fe *fe)
{
	struct fe_anonymous *a = fe->anonymous;
	struct proof *p;

	if (!a)
		return;
	while ((p = oldest(a)))
		proof_free(a, p);
	ply_hash_deinit(&a->flows);
	ply_hash_deinit(&a->proofs);
	ply_digest_seen_free(a->seen);
	ply_lockout_free(a->guesses);
	ply_secret_wipe(a->key, sizeof a->key);
	ply_free(a);
	fe->anonymous = NULL;
}

bool fe_anonymous_is(const struct fe_req *q)
{
	const char *at = strrchr(q->from_aor, '@');

	return at && !strcmp(at + 1, "anonymous.invalid");
}

/* --- proofs --- */

static uint64_t flow_hash(uint64_t flow)
{
	return ply_hash_bytes(&flow, sizeof flow);
}

static uint64_t who_hash(const struct fe_req *q)
{
	return flow_hash(q->from.flow) + 3 * ply_hash_slice(ply_slice_str(q->from_aor));
}

static struct proof *first_of(const struct fe_anonymous *a, uint64_t flow)
{
	struct ply_hnode *n = ply_hash_first(&a->flows, flow_hash(flow));

	while (n && container_of(n, struct proof, by_flow)->flow != flow)
		n = ply_hash_next(n);
	return n ? container_of(n, struct proof, by_flow) : NULL;
}

static bool is_proved(const struct fe_req *q, const struct ply_c3p_uri *uri)
{
	struct fe_anonymous *a = q->fe->anonymous;
	struct ply_hnode *n = ply_hash_first(&a->proofs, who_hash(q));

	for (; n; n = ply_hash_next(n)) {
		struct proof *p = container_of(n, struct proof, by_who);

		if (p->flow != q->from.flow || strcmp(p->from, q->from_aor) != 0 ||
		    strcmp(p->conf, uri->key) != 0)
			continue;
		ply_list_del(&p->by_use);
		ply_list_push(&a->by_use, &p->by_use);
		return true;
	}
	return false;
}

/* A client has few meetings at a time; through an edge server come many people. */
static bool has_room(const struct fe_req *q)
{
	struct ply_hnode *n = ply_hash_first(&q->fe->anonymous->flows, flow_hash(q->from.flow));
	unsigned same = 0;

	if (q->trusted)
		return true;
	for (; n; n = ply_hash_next(n))
		same++;
	return same < PROOFS_PER_FLOW;
}

static int remember(struct fe_req *q, const struct ply_c3p_uri *uri)
{
	struct fe_anonymous *a = q->fe->anonymous;
	struct proof *p;

	if (!has_room(q))
		return -ENOBUFS;
	if (a->n_proofs >= PROOFS_MAX) /* he proves it again, should he still be there */
		proof_free(a, oldest(a));
	p = ply_calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	p->flow = q->from.flow;
	memcpy(p->from, q->from_aor, sizeof p->from);
	memcpy(p->conf, uri->key, sizeof p->conf);
	ply_list_init(&p->by_use);
	if (ply_hash_add(&a->flows, &p->by_flow, flow_hash(p->flow))) {
		ply_free(p);
		return -ENOMEM;
	}
	if (ply_hash_add(&a->proofs, &p->by_who, who_hash(q))) {
		proof_free(a, p);
		return -ENOMEM;
	}
	ply_list_push(&a->by_use, &p->by_use);
	a->n_proofs++;
	ply_sip_flow_set_authenticated(q->fe->transport, q->from.flow);
	return 0;
}

void fe_anonymous_flow_closed(struct fe *fe, uint64_t flow)
{
	struct fe_anonymous *a = fe->anonymous;
	struct proof *p;

	while (a && (p = first_of(a, flow)))
		proof_free(a, p);
}

/* --- the stage --- */

static void attempt_free(struct attempt *at)
{
	ply_secret_wipe(at->secret.p, at->secret.len);
	ply_strbuf_deinit(&at->secret);
	ply_free(at);
}

/* The load still answers: it finds nobody. */
static void dropped(struct fe_req *q)
{
	struct attempt *at = q->stage_ctx;

	q->stage_ctx = NULL;
	q->stage_drop = NULL;
	if (!at)
		return;
	if (at->answered)
		attempt_free(at);
	else
		at->q = NULL;
}

static enum fe_verdict refuse(struct fe_req *q, enum fe_diag why)
{
	dropped(q);
	return fe_refuse_proxied(q, why);
}

/* "alice@lab.example": the realm binds the proof to this organizer's conference. */
static struct ply_slice realm_of(const struct ply_c3p_uri *uri)
{
	return ply_slice_from(ply_slice_str(uri->organizer), 4);
}

static struct ply_digest_nonce_ctx nonce_ctx(const struct fe_req *q, const struct ply_c3p_uri *uri)
{
	return (struct ply_digest_nonce_ctx){
		.key = q->fe->anonymous->key,
		.source = ply_slice((const char *)&q->from.flow, sizeof q->from.flow),
		.realm = realm_of(uri),
	};
}

static enum fe_verdict challenge(struct fe_req *q, const struct ply_c3p_uri *uri, bool failed,
				 bool stale)
{
	struct ply_digest_nonce_ctx ctx = nonce_ctx(q, uri);
	struct ply_strbuf *line = &q->fe->scratch[0];
	char nonce[PLY_DIGEST_NONCE_LEN + 1];
	struct ply_sip_reply r = {.status = 401};

	if (failed)
		r = fe_diag_reply(q->fe, FE_D_CONF_KEY);
	ply_digest_nonce(&ctx, (uint32_t)(ply_mono_ms() / 1000), ply_random_u32(), nonce);
	ply_strbuf_reset(line);
	ply_strbuf_adds(line, "WWW-Authenticate: ");
	ply_digest_add_challenge(line, &(struct ply_digest_challenge){
					       .realm = ctx.realm,
					       .nonce = ply_slice_str(nonce),
					       .opaque = ply_slice_str("conf"),
					       .alg = PLY_DIGEST_MD5_SESS,
					       .stale = stale,
				       });
	ply_strbuf_adds(line, "\r\n");
	r.lines = ply_strbuf_slice(line);
	dropped(q);
	fe_req_reply(q, &r);
	return FE_DONE;
}

/* The Digest credentials for this conference's realm; false when there are none. */
static bool credentials(const struct fe_req *q, const struct ply_c3p_uri *uri,
			struct ply_digest_cred *c)
{
	struct ply_authhdr h;
	struct ply_slice value;
	unsigned pos = 0;

	while (ply_sip_hdr_next(q->msg, PLY_HDR_AUTHORIZATION, &pos, &value))
		if (!ply_authhdr_parse(value, &h) && h.mech == PLY_AUTH_MECH_DIGEST &&
		    !ply_digest_cred(&h, c) && ply_slice_caseeq(c->realm, realm_of(uri)))
			return true;
	return false;
}

static struct ply_slice guess_key(const struct fe_req *q, const struct ply_c3p_uri *uri,
				  struct ply_strbuf *b)
{
	char ip[PLY_ADDR_MAX];

	ply_strbuf_reset(b);
	ply_strbuf_addf(b, "%s %s", uri->key, ply_addr_format_ip(&q->from.addr, ip));
	return ply_strbuf_slice(b);
}

static enum fe_verdict wrong_key(struct fe_req *q, struct attempt *at)
{
	struct fe_anonymous *a = q->fe->anonymous;
	uint64_t wait = ply_lockout_fail(a->guesses, guess_key(q, &at->uri, &q->fe->scratch[1]),
					 ply_mono_ms());
	char ip[PLY_ADDR_MAX];

	ply_counter_inc(&refused);
	ply_warn(&q->fe->log, "auth.refused", KS("user", q->from_aor), KS("conf", at->uri.key),
		 KS("src", ply_addr_format_ip(&q->from.addr, ip)),
		 KS("why", "wrong conference key"), KS("mech", "Digest"), KI("wait_ms", wait));
	return challenge(q, &at->uri, true, false);
}

static enum fe_verdict check(struct fe_req *q, struct attempt *at)
{
	struct fe_anonymous *a = q->fe->anonymous;
	struct ply_digest_nonce_ctx ctx = nonce_ctx(q, &at->uri);
	uint32_t now = (uint32_t)(ply_mono_ms() / 1000), made;
	uint8_t ha1[PLY_DIGEST_MAX_LEN];
	struct ply_digest_cred c;
	char user[256];
	int r;

	if (!credentials(q, &at->uri, &c) ||
	    ply_digest_nonce_check(&ctx, c.nonce, now, NONCE_AGE_S, &made))
		return challenge(q, &at->uri, false, true);
	if (!ply_digest_username(&c, user, sizeof user))
		return wrong_key(q, at);
	r = ply_digest_ha1(c.alg, ply_slice_str(user), c.realm, ply_strbuf_slice(&at->secret), ha1);
	if (!r)
		r = ply_digest_check(&c, q->msg->method_name,
				     at->allowed && at->secret.len ? ha1 : NULL);
	ply_secret_wipe(ha1, sizeof ha1);
	if (r > 0)
		return wrong_key(q, at);
	if (!r && ply_digest_seen_use(a->seen, c.nonce, made, c.qop_auth ? c.nc : 1, now) > 0)
		return challenge(q, &at->uri, false, true);
	if (!r)
		r = remember(q, &at->uri);
	if (r)
		return refuse(q, FE_D_OVERLOAD);
	ply_lockout_clear(a->guesses, guess_key(q, &at->uri, &q->fe->scratch[1]));
	ply_info(&q->fe->log, "auth.established", KS("user", q->from_aor), KS("conf", at->uri.key),
		 KS("mech", "Digest"));
	dropped(q);
	q->anonymous = true;
	return FE_NEXT;
}

static void loaded(void *ctx, int r, const struct ply_rtc_conf_full *c)
{
	struct attempt *at = ctx;

	if (!at->q) {
		attempt_free(at);
		return;
	}
	at->answered = true;
	at->r = r;
	/* Whether the conference takes anonymous users at all is the Focus's to say (it can tell
	 * why); a key is needed for that in any case. */
	if (!r && c->conf.key.len)
		at->allowed = !fe_meeting_key_open(at->q->fe, c->conf.key, &at->secret);
	fe_req_resume(at->q);
}

static enum fe_verdict load(struct fe_req *q, const struct ply_c3p_uri *uri)
{
	struct attempt *at = ply_calloc(1, sizeof *at);
	int r = -ENOMEM;

	if (at) {
		at->q = q;
		at->uri = *uri;
		r = ply_rtc_conf_load(q->fe->rtc, ply_slice_str(uri->organizer),
				      ply_slice_str(uri->conf_id), loaded, at);
	}
	if (r) {
		ply_free(at);
		fe_refuse_err(q, r);
		return FE_DONE;
	}
	q->stage_ctx = at;
	q->stage_drop = dropped;
	return FE_WAIT;
}

static enum fe_verdict resumed(struct fe_req *q, struct attempt *at)
{
	int r = at->r;

	q->stage_drop = dropped;
	/* A conference that does not exist and a wrong key look the same to a stranger. */
	if (r >= 0)
		return check(q, at);
	dropped(q);
	fe_refuse_err(q, r);
	return FE_DONE;
}

enum fe_verdict fe_anonymous_authenticate(struct fe_req *q)
{
	struct fe_anonymous *a = q->fe->anonymous;
	struct ply_digest_cred c;
	struct ply_c3p_uri uri;

	if (q->stage_ctx)
		return resumed(q, q->stage_ctx);
	if (!a || !q->from.flow || ply_c3p_uri_parse(&uri, q->route.ruri) ||
	    !strcmp(uri.type, "focusfactory"))
		return fe_refuse_proxied(q, FE_D_NOT_YOU);
	if (is_proved(q, &uri)) {
		q->anonymous = true;
		return FE_NEXT;
	}
	if (!q->stx || q->to_tag.len)
		return fe_refuse_proxied(q, FE_D_NOT_YOU);
	if (ply_lockout_wait(a->guesses, guess_key(q, &uri, &q->fe->scratch[1]), ply_mono_ms()))
		return fe_refuse_proxied(q, FE_D_SLOWED);
	if (!credentials(q, &uri, &c))
		return challenge(q, &uri, false, false);
	return load(q, &uri);
}
