/* A distribution group is invited to a meeting (application/ms-conf-invite+xml): the group is
 * expanded in the database, the inviter is answered 200, then each member who is signed in gets an
 * INVITE of his own, a few a turn. Those go the way of all requests, so that blocked inviters and
 * do-not-disturb are what they are between two. What they are answered is absorbed, and no dialog
 * is kept on either side: SIPE never ends one, Communicator does by BYE. */
#include "base/counter.h"
#include "base/mem.h"
#include "c3p/c3p.h"
#include "crypto/random.h"
#include "db/rtc/rtc_dl.h"
#include "frontend/im/im_internal.h"
#include "sip/sip_ms.h"

#include <errno.h>

enum { AT_ONCE = 50, MAX_ROUNDS = 64, MAX_BODY = 32 << 10, NO_GROUP_MS = 5000 };

/* In the Contact of both dialogs: their requests are told by it. */
#define OURS "app:group-invite"

PLY_COUNTER(expanded_groups, "parley_frontend_groups_invited_total",
	    "distribution groups that were invited to meetings");
PLY_COUNTER(invitations, "parley_frontend_group_invitations_total",
	    "invitations sent to members of groups");

/* One group being invited. */
struct round {
	struct ply_list node; /* in im->rounds */
	struct fe *fe;
	struct fe_user *inviter; /* held */
	struct ply_sip_msg *msg; /* his INVITE */
	char group[PLY_SIP_AOR_MAX];
	char **member;
	size_t n, next, sent;
	struct ply_defer more;
};

static void round_free(struct round *r)
{
	ply_defer_stop(&r->more);
	ply_list_del(&r->node);
	r->fe->im->n_rounds--;
	for (size_t i = 0; i < r->n; i++)
		ply_free(r->member[i]);
	ply_free(r->member);
	fe_user_release(r->inviter);
	ply_sip_msg_unref(r->msg);
	ply_free(r);
}

void fe_group_rounds_drop(struct fe *fe)
{
	PLY_LIST_FOR_SAFE(it, next, &fe->im->rounds)
		round_free(container_of(it, struct round, node));
}

/* --- one member --- */

/* Not worth a request: nobody there to take it. Users who are signed in are in memory. */
static bool is_away(const struct round *r, struct ply_slice member)
{
	const struct fe_user *u;
	struct ply_sip_uri uri;

	if (ply_slice_is(member, r->inviter->aor) || ply_sip_uri_parse(member, &uri))
		return true;
	if (!fe_is_our_domain(r->fe, uri.host))
		return !r->fe->dns;
	u = fe_user_find(r->fe, member, NULL);
	return !u || !u->n_endpoints;
}

static void copy_header(struct ply_strbuf *out, const struct ply_sip_msg *m, const char *name)
{
	struct ply_slice value = ply_sip_hdr_named(m, name);

	if (value.len)
		(void)ply_sip_add_unfolded(out, name, value);
}

/* P-Asserted-Identity is added where it is forwarded, as to every request of a user. */
static void write_invitation(const struct round *r, const char *member, struct ply_strbuf *out)
{
	char branch[PLY_SIP_BRANCH_MAX], tag[17], call_id[33];

	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	ply_strbuf_addf(out, "INVITE %s SIP/2.0\r\nVia: SIP/2.0/TLS %s;branch=%s\r\n", member,
			r->fe->fqdn, branch);
	ply_strbuf_addf(out, "Max-Forwards: 70\r\nFrom: <%s>;tag=%s\r\nTo: <%s>\r\n",
			r->inviter->aor, ply_random_hex(tag, sizeof tag - 1), member);
	ply_strbuf_addf(out, "Call-ID: %s\r\nCSeq: 1 INVITE\r\nContact: <%s;opaque=" OURS ">\r\n",
			ply_random_hex(call_id, sizeof call_id - 1), r->group);
	copy_header(out, r->msg, "Subject");
	copy_header(out, r->msg, PLY_MS_CONVERSATION_ID);
	ply_sip_write_body(out, ply_ms_type_name(PLY_MS_TYPE_CONF_INVITE), r->msg->body);
}

static void invite_one(struct round *r, const char *member)
{
	struct ply_strbuf text = PLY_STRBUF_INIT;
	struct ply_sip_msg *m = NULL;

	if (is_away(r, ply_slice_str(member)))
		return;
	write_invitation(r, member, &text);
	if (!ply_strbuf_err(&text) && !ply_sip_msg_new(&m, text.p, text.len)) {
		r->sent++;
		ply_counter_inc(&invitations);
		fe_pipeline_send(r->fe, m, r->inviter);
	} else {
		ply_sip_msg_unref(m);
	}
	ply_strbuf_deinit(&text);
}

static void invite_some(void *ctx)
{
	struct round *r = ctx;

	for (size_t i = 0; i < AT_ONCE && r->next < r->n; i++)
		invite_one(r, r->member[r->next++]);
	if (r->next < r->n) {
		ply_defer_start(r->fe->loop, &r->more, invite_some, r);
		return;
	}
	ply_info(&r->inviter->log, "group.invited", KS("group", r->group),
		 KI("members", (int64_t)r->n), KI("sent", (int64_t)r->sent));
	round_free(r);
}

/* --- the group --- */

static bool is_invitation(const struct ply_sip_msg *m)
{
	return m->method == PLY_SIP_INVITE &&
	       ply_ms_type_of(ply_sip_hdr(m, PLY_HDR_CONTENT_TYPE)) == PLY_MS_TYPE_CONF_INVITE;
}

/* What goes to a thousand people is read first. */
static bool body_is_good(struct fe_req *q)
{
	struct ply_conf_invite i;
	int r;

	if (q->msg->body.len > MAX_BODY) {
		fe_refuse(q, FE_D_TOO_LARGE, NULL);
		return false;
	}
	r = ply_conf_invite_parse(&i, q->msg->body);
	if (r) {
		if (r < 0)
			fe_refuse_err(q, r);
		else
			fe_refuse(q, FE_D_BODY_XML, NULL);
		return false;
	}
	ply_conf_invite_deinit(&i);
	return true;
}

static struct round *round_new(struct fe_req *q, const struct ply_slice *uri, size_t n)
{
	struct fe_im *im = q->fe->im;
	struct round *r = im->n_rounds < MAX_ROUNDS ? ply_calloc(1, sizeof *r) : NULL;

	if (!r)
		return NULL;
	r->fe = q->fe;
	ply_list_push(&im->rounds, &r->node);
	im->n_rounds++;
	fe_user_hold(q->sender);
	r->inviter = q->sender;
	r->msg = ply_sip_msg_ref(q->msg);
	(void)ply_slice_copy(ply_slice_str(q->ruri_aor), r->group, sizeof r->group);
	r->member = ply_calloc(n + 1, sizeof *r->member);
	while (r->member && r->n < n) {
		r->member[r->n] = ply_slice_dup(uri[r->n]);
		if (!r->member[r->n])
			break;
		r->n++;
	}
	if (r->n == n && r->member)
		return r;
	round_free(r);
	return NULL;
}

static void invite_all(struct fe_req *q, const struct ply_slice *uri, size_t n)
{
	struct ply_sip_reply ok = {.status = 200, .record_route = true};
	char contact[PLY_SIP_AOR_MAX + 64];
	struct round *r = round_new(q, uri, n);

	if (!r) {
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return;
	}
	(void)snprintf(contact, sizeof contact, "Contact: <%s;opaque=" OURS ">\r\n", r->group);
	ok.lines = ply_slice_str(contact);
	ply_counter_inc(&expanded_groups);
	ply_defer_start(r->fe->loop, &r->more, invite_some, r);
	fe_req_reply(q, &ok);
}

/* The question outlives a request that ends early (CANCEL). */
struct asked {
	struct fe *fe;
	struct fe_req *q;
	uint64_t hash;
};

static void dropped(struct fe_req *q)
{
	((struct asked *)q->stage_ctx)->q = NULL;
}

static void no_group(struct fe *fe, uint64_t hash)
{
	size_t at = hash & (FE_NO_GROUPS - 1);

	fe->im->no_group[at].hash = hash;
	fe->im->no_group[at].until_ms = ply_mono_ms() + NO_GROUP_MS;
}

static bool is_no_group(const struct fe *fe, uint64_t hash)
{
	size_t at = hash & (FE_NO_GROUPS - 1);

	return fe->im->no_group[at].hash == hash && ply_mono_ms() < fe->im->no_group[at].until_ms;
}

static void expanded(void *ctx, int r, const struct ply_slice *uri, size_t n)
{
	struct asked *a = ctx;
	struct fe_req *q = a->q;

	if (r == PLY_DB_E_NONE)
		no_group(a->fe, a->hash);
	ply_free(a);
	if (!q)
		return;
	q->stage_drop = NULL;
	if (r < 0)
		fe_refuse_err(q, r);
	else if (r == PLY_DB_E_NONE)
		fe_refuse(q, FE_D_USER_UNKNOWN, NULL);
	else if (!is_invitation(q->msg))
		fe_refuse(q, FE_D_GROUP_MEETING, NULL);
	else if (r == PLY_RTC_DL_E_LARGE)
		fe_refuse(q, FE_D_GROUP_LARGE, NULL);
	else if (body_is_good(q))
		invite_all(q, uri, n);
}

static enum fe_verdict ask(struct fe_req *q, uint64_t hash)
{
	struct asked *a = ply_calloc(1, sizeof *a);
	int r = -ENOMEM;

	if (a) {
		*a = (struct asked){q->fe, q, hash};
		r = ply_rtc_dl_expand(q->fe->rtc, ply_slice_str(q->ruri_aor),
				      q->fe->conf->max_group_members, expanded, a);
	}
	if (r) {
		ply_free(a);
		fe_refuse_err(q, r);
		return FE_DONE;
	}
	q->stage_ctx = a;
	q->stage_drop = dropped;
	return FE_WAIT;
}

/* Only for users of ours: to others a group is nobody. */
enum fe_verdict fe_group_request(struct fe_req *q)
{
	uint64_t hash = ply_hash_slice(ply_slice_str(q->ruri_aor));

	if (!q->target_unknown || !q->sender || q->own || q->route.next.p ||
	    is_no_group(q->fe, hash))
		return FE_NEXT;
	return ask(q, hash);
}

/* --- afterwards --- */

bool fe_group_is_dialog(const struct fe_req *q)
{
	struct ply_slice opaque;

	return ply_sip_param(q->ruri.params, "opaque", &opaque) && ply_slice_is(opaque, OURS);
}

enum fe_verdict fe_group_in_dialog(struct fe_req *q)
{
	if (q->msg->method == PLY_SIP_ACK)
		fe_req_done(q);
	else if (q->msg->method == PLY_SIP_BYE)
		fe_req_ok(q);
	else
		fe_refuse(q, FE_D_METHOD, NULL);
	return FE_DONE;
}
