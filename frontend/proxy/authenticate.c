/* Who sent this? The SIP side is common/sip/sip_auth.h; here accounts are found in memory or in
 * rtc, guessing is slowed down, and the verdict becomes an answer or the request's sender.
 * [MS-SIPAE] 3.3.5, RFC 3261 §22. */
#include "auth/lockout.h"
#include "base/ascii.h"
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/anonymous.h"
#include "frontend/proxy/proxy.h"
#include "sip/sip_auth.h"

#include <errno.h>

struct fe_auth {
	struct fe *fe;
	struct ply_sip_auth *sip;
	struct ply_gss_cred *gss;
	struct ply_lockout *accounts, *sources;
	struct ply_timer sweep;
	char nb_computer[16];
};

/* A request whose account is being loaded. */
struct attempt {
	struct ply_sip_auth_try t;
	bool asked; /* account() is the next step */
	char candidate[PLY_SIP_AOR_MAX];
};

enum { SWEEP_MS = 5000 };

PLY_COUNTER(failures, "parley_frontend_auth_failures_total",
	    "sign-ins with a wrong password or an unknown user");
PLY_COUNTER(discarded, "parley_frontend_auth_discarded_total",
	    "messages with a wrong signature or a replayed number");
PLY_COUNTER(slowed, "parley_frontend_auth_slowed_total",
	    "sign-ins refused because of too many failures");

/* --- made and freed --- */

static void sweep(void *ctx)
{
	struct fe_auth *a = ctx;

	ply_sip_auth_expire(a->sip, ply_mono_ms());
	ply_timer_start(a->fe->loop, &a->sweep, SWEEP_MS, sweep, a);
}

static int open_kerberos(struct fe_auth *a)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	const char *keytab = a->fe->conf->kerberos_keytab;
	int r = keytab ? ply_gss_cred_open(&a->gss, keytab, &err) : 0;

	if (r)
		ply_error(&a->fe->log, "kerberos.refused", KS("keytab", keytab),
			  KS("why", ply_strbuf_str(&err)));
	ply_strbuf_deinit(&err);
	return r;
}

/* NetBIOS name: the host's first label in upper case. */
static void netbios_name(const char *fqdn, char out[16])
{
	size_t n = 0;

	for (; fqdn[n] && fqdn[n] != '.' && n < 15; n++)
		out[n] = ply_ascii_upper(fqdn[n]);
	out[n] = '\0';
}

static int make_sip_auth(struct fe_auth *a)
{
	const struct fe_conf *conf = a->fe->conf;
	struct ply_sip_auth_conf c;

	ply_sip_auth_defaults(&c);
	netbios_name(a->fe->fqdn, a->nb_computer);
	c.realm = "SIP Communications Service";
	c.fqdn = a->fe->fqdn;
	c.domain = a->fe->domain;
	c.ntlm_target = (struct ply_ntlm_target){
		.nb_domain = ply_slice_str(conf->ntlm_domain),
		.nb_computer = ply_slice_str(a->nb_computer),
		.dns_domain = ply_slice_str(a->fe->domain[0]),
		.dns_computer = ply_slice_str(a->fe->fqdn),
	};
	c.gss = a->gss;
	c.version = conf->signature_version;
	c.digest_md5 = conf->digest_md5;
	c.udp_bind = conf->udp_auth == FE_UDP_FLOW;
	/* A proof lasts as long as the registration it came with may. */
	c.bind_ms = conf->expires_max * 1000ULL;
	c.max_per_flow = 4096;
	return ply_sip_auth_new(&a->sip, &c);
}

int fe_auth_new(struct fe *fe)
{
	static const struct ply_lockout_policy account = {
		.free = 5, .base_ms = 1000, .max_ms = 60000, .forget_ms = 900000, .cap = 100000};
	static const struct ply_lockout_policy source = {
		.free = 20, .base_ms = 500, .max_ms = 60000, .forget_ms = 900000, .cap = 100000};
	struct fe_auth *a = ply_calloc(1, sizeof *a);
	int r;

	if (!a)
		return -ENOMEM;
	a->fe = fe;
	fe->auth = a;
	r = open_kerberos(a);
	if (!r)
		r = make_sip_auth(a);
	if (!r)
		r = ply_lockout_new(&a->accounts, &account);
	if (!r)
		r = ply_lockout_new(&a->sources, &source);
	if (!r)
		ply_timer_start(fe->loop, &a->sweep, SWEEP_MS, sweep, a);
	return r;
}

void fe_auth_free(struct fe *fe)
{
	struct fe_auth *a = fe->auth;

	if (!a)
		return;
	ply_timer_stop(&a->sweep);
	if (a->sip)
		ply_sip_auth_free(a->sip);
	ply_gss_cred_close(a->gss);
	ply_lockout_free(a->accounts);
	ply_lockout_free(a->sources);
	ply_free(a);
	fe->auth = NULL;
}

/* --- the stage --- */

static void attempt_free(struct fe_req *q)
{
	struct attempt *at = q->stage_ctx;

	q->stage_ctx = NULL;
	q->stage_drop = NULL;
	if (at)
		ply_sip_auth_try_deinit(&at->t);
	ply_free(at);
}

static struct ply_sip_auth_in input(const struct fe_req *q)
{
	return (struct ply_sip_auth_in){
		.msg = q->msg,
		.hop = &q->from,
		.from_aor = ply_slice_str(q->from_aor),
		.from_epid = q->from_epid,
		.now_ms = ply_mono_ms(),
	};
}

static struct ply_slice source_key(const struct fe_req *q, char text[PLY_ADDR_MAX])
{
	return ply_slice_str(ply_addr_format_ip(&q->from.addr, text));
}

/* The address a claimed name stands for: a user name alone belongs to the domain it was used in. */
static void find_candidate(const struct fe_req *q, const struct ply_sip_auth_who *who,
			   char out[PLY_SIP_AOR_MAX])
{
	const char *at = strchr(who->user, '@');
	const char *domain = who->claim == PLY_SIP_CLAIM_DIGEST ? who->domain : q->fe->domain[0];

	(void)snprintf(out, PLY_SIP_AOR_MAX, at ? "sip:%s" : "sip:%s@%s", who->user, domain);
	ply_ascii_lower_str(out);
}

/* Is this user the one that signs in by that name? His own login name counts, not the address
 * alone. */
static bool goes_by(const struct fe_user *u, const struct ply_sip_auth_who *who)
{
	struct ply_slice name = ply_slice_str(who->user);

	if (ply_slice_chr(name, '@') != SIZE_MAX || who->claim == PLY_SIP_CLAIM_DIGEST)
		return true; /* the candidate was made of it */
	return u->login && ply_slice_caseis(name, u->login);
}

static void account_loaded(void *ctx, int r, struct fe_user *u)
{
	struct fe_req *q = ctx;

	(void)u;
	q->wait = NULL;
	q->wait_r = r;
	fe_req_resume(q);
}

static enum fe_verdict load(struct fe_req *q, const char *aor)
{
	int r = fe_user_load(q->fe, ply_slice_str(aor), account_loaded, q, &q->wait);

	if (!r)
		return FE_WAIT;
	attempt_free(q);
	fe_refuse_err(q, r);
	return FE_DONE;
}

static enum fe_verdict challenge(struct fe_req *q, struct ply_sip_auth_try *t, enum fe_diag why,
				 bool diag)
{
	struct ply_sip_reply r = {0};

	if (diag)
		r = fe_diag_reply(q->fe, why);
	r.status = t->status;
	r.lines = ply_strbuf_slice(&t->lines);
	if (q->stx)
		(void)ply_sip_stx_reply(q->stx, &r);
	q->stx = NULL;
	attempt_free(q);
	fe_req_done(q);
	return FE_DONE;
}

static enum fe_verdict denied(struct fe_req *q, struct attempt *at)
{
	struct fe_auth *a = q->fe->auth;
	uint64_t now = ply_mono_ms(), wait;
	char ip[PLY_ADDR_MAX];

	ply_counter_inc(&failures);
	wait = ply_lockout_fail(a->accounts, ply_slice_str(at->candidate), now);
	(void)ply_lockout_fail(a->sources, source_key(q, ip), now);
	ply_warn(&q->fe->log, "auth.refused", KS("user", at->candidate), KS("src", ip),
		 KS("why", "wrong password or user"), KS("mech", ply_auth_mech_name(at->t.mech)),
		 KI("wait_ms", wait));
	return challenge(q, &at->t, FE_D_AUTH_FAILED, true);
}

static bool loopback_only(const struct fe_req *q, const struct fe_user *u)
{
	const char *prefix = q->fe->conf->bench_users;

	return prefix && ply_slice_starts(ply_slice_from(ply_slice_str(u->aor), 4), prefix) &&
	       strspn(u->aor + 4 + strlen(prefix), "0123456789") &&
	       !ply_addr_is_loopback(&q->from.addr);
}

/* The proof is good: now the account itself. */
static enum fe_verdict admit(struct fe_req *q, struct attempt *at, struct fe_user *u)
{
	struct fe_auth *a = q->fe->auth;
	enum fe_diag why = FE_D_N;

	if (at && at->t.established) {
		ply_lockout_clear(a->accounts, ply_slice_str(u->aor));
		ply_sip_flow_set_authenticated(q->fe->transport, q->from.flow);
		if (at->t.mech != PLY_AUTH_MECH_DIGEST)
			ply_sip_flow_set_signed(q->fe->transport, q->from.flow, true);
		ply_info(&u->log, "auth.established", KS("mech", ply_auth_mech_name(at->t.mech)));
	}
	attempt_free(q);
	if (!(u->flags & PLY_RTC_ENABLED))
		why = FE_D_DISABLED;
	else if (u->flags & PLY_RTC_LOCKED)
		why = FE_D_LOCKED;
	else if (loopback_only(q, u))
		why = FE_D_LOOPBACK_ONLY;
	if (why != FE_D_N) {
		fe_refuse(q, why, NULL);
		return FE_DONE;
	}
	q->sender = u;
	fe_user_hold(u);
	q->sender_ep = q->from_epid.len ? fe_endpoint_by_epid(u, q->from_epid)
					: fe_endpoint_by_hop(u, &q->from);
	return FE_NEXT;
}

static enum fe_verdict act(struct fe_req *q, struct attempt *at, enum ply_sip_auth_verdict v)
{
	struct fe_user *u;

	switch (v) {
	case PLY_SIP_AUTH_OK:
		u = fe_user_find(q->fe, ply_slice_str(at->t.aor), NULL);
		if (u)
			return admit(q, at, u);
		(void)snprintf(at->candidate, sizeof at->candidate, "%s", at->t.aor);
		at->asked = false;
		q->stage_ctx = at;
		return load(q, at->candidate);
	case PLY_SIP_AUTH_CHALLENGE:
		return challenge(q, &at->t, FE_D_N, false);
	case PLY_SIP_AUTH_DENIED:
		return denied(q, at);
	case PLY_SIP_AUTH_SKEW:
		return challenge(q, &at->t, FE_D_AUTH_SKEW, true);
	case PLY_SIP_AUTH_REFUSED:
		attempt_free(q);
		fe_refuse(q, FE_D_NOT_YOU, NULL);
		return FE_DONE;
	case PLY_SIP_AUTH_DISCARD:
		ply_counter_inc(&discarded);
		ply_warn(&q->fe->log, "auth.discarded", KS("from", q->from_aor),
			 KSL("method", q->msg->method_name),
			 KSL("call", ply_sip_hdr(q->msg, PLY_HDR_CALL_ID)));
		if (q->stx)
			ply_sip_stx_drop(q->stx);
		q->stx = NULL;
		attempt_free(q);
		fe_req_done(q);
		return FE_DONE;
	case PLY_SIP_AUTH_UNPROVEN:
		q->unproven = true;
		attempt_free(q);
		return FE_NEXT;
	case PLY_SIP_AUTH_ASK:
	case PLY_SIP_AUTH_ERROR:
		break;
	}
	attempt_free(q);
	fe_refuse_err(q, -ENOMEM);
	return FE_DONE;
}

/* Slow down before anything is computed. The account's count alone does not tell a stranger whether
 * it exists: unknown names are counted too. */
static bool too_many_failures(struct fe_req *q, const struct attempt *at)
{
	const struct fe_auth *a = q->fe->auth;
	uint64_t now = ply_mono_ms();
	char ip[PLY_ADDR_MAX];

	return ply_lockout_wait(a->accounts, ply_slice_str(at->candidate), now) ||
	       ply_lockout_wait(a->sources, source_key(q, ip), now);
}

static enum fe_verdict check_account(struct fe_req *q, struct attempt *at, struct fe_user *u)
{
	struct ply_sip_auth_in in = input(q);
	struct ply_sip_auth_account account;

	if (u && !goes_by(u, &at->t.who))
		u = NULL;
	if (u)
		account = (struct ply_sip_auth_account){
			.aor = u->aor,
			.nt_hash = u->cred.has_nt ? u->cred.nt_hash : NULL,
			.ha1_md5 = u->cred.has_ha1 ? u->cred.ha1_md5 : NULL,
			.ha1_sha256 = u->cred.has_ha1 ? u->cred.ha1_sha256 : NULL,
		};
	return act(q, at, ply_sip_auth_account(q->fe->auth->sip, &in, u ? &account : NULL, &at->t));
}

static enum fe_verdict ask(struct fe_req *q, struct attempt *at)
{
	bool unknown;
	struct fe_user *u;

	find_candidate(q, &at->t.who, at->candidate);
	/* A login name need not be the address's user part: From says whose it is meant to be. */
	u = fe_user_find(q->fe, ply_slice_str(q->from_aor), NULL);
	if (u && at->t.who.claim != PLY_SIP_CLAIM_DIGEST && goes_by(u, &at->t.who) &&
	    !strchr(at->t.who.user, '@'))
		(void)snprintf(at->candidate, sizeof at->candidate, "%s", u->aor);
	if (too_many_failures(q, at)) {
		ply_counter_inc(&slowed);
		attempt_free(q);
		fe_refuse(q, FE_D_SLOWED, NULL);
		return FE_DONE;
	}
	at->asked = true;
	u = fe_user_find(q->fe, ply_slice_str(at->candidate), &unknown);
	if (u || unknown)
		return check_account(q, at, u);
	return load(q, at->candidate);
}

static enum fe_verdict resumed(struct fe_req *q, struct attempt *at)
{
	struct fe_user *u = fe_user_find(q->fe, ply_slice_str(at->candidate), NULL);

	q->stage_drop = attempt_free;
	if (q->wait_r < 0) {
		int r = q->wait_r;

		attempt_free(q);
		fe_refuse_err(q, r);
		return FE_DONE;
	}
	q->wait_r = 0;
	if (at->asked)
		return check_account(q, at, u);
	if (u)
		return admit(q, at, u);
	attempt_free(q);
	fe_refuse(q, FE_D_DISABLED, NULL);
	return FE_DONE;
}

enum fe_verdict fe_authenticate(struct fe_req *q)
{
	struct ply_sip_auth_in in = input(q);
	struct attempt *at = q->stage_ctx;
	enum ply_sip_auth_verdict v;

	if (fe_anonymous_is(q)) /* through an edge server as well: it vouches for nobody of them */
		return fe_anonymous_authenticate(q);
	if (q->trusted || q->foreign)
		return FE_NEXT;
	if (at)
		return resumed(q, at);
	at = ply_calloc(1, sizeof *at);
	if (!at) {
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return FE_DONE;
	}
	q->stage_ctx = at;
	q->stage_drop = attempt_free;
	v = ply_sip_auth_request(q->fe->auth->sip, &in, &at->t);
	return v == PLY_SIP_AUTH_ASK ? ask(q, at) : act(q, at, v);
}

/* --- what leaves and what comes back --- */

void fe_auth_sign(struct fe *fe, const struct ply_sip_hop *to, const struct ply_sip_msg *m,
		  struct ply_strbuf *line)
{
	ply_sip_auth_sign(fe->auth->sip, to, m, line);
}

bool fe_auth_accept_response(struct fe *fe, const struct ply_sip_msg *rsp,
			     const struct ply_sip_hop *from)
{
	if (!ply_sip_auth_discard_response(fe->auth->sip, rsp, from, ply_mono_ms()))
		return true;
	ply_counter_inc(&discarded);
	return false;
}

void fe_auth_flow_closed(struct fe *fe, uint64_t flow)
{
	ply_sip_auth_flow_closed(fe->auth->sip, flow);
}

void fe_auth_user_refused(struct fe *fe, const struct fe_user *u)
{
	ply_sip_auth_drop_user(fe->auth->sip, ply_slice_str(u->aor));
}
