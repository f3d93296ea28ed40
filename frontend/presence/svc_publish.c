/* publish: category values by their owner. All operations of a request or none; what is to survive
 * is committed before the 200. [MS-PRES] */
#include "base/clock.h"
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"
#include "presence/category_xml.h"

#include <errno.h>

/* A client that does not understand a conflict repeats the same request without pause. */
enum { CONFLICT_RATE = 1, CONFLICT_BURST = 5 };

struct publish {
	struct ply_publish doc; /* its texts are written from */
	enum fe_cat *cat;       /* beside doc.pub */
	struct ply_rtc_pub_op *op;
	size_t n_op;
	uint32_t cats; /* named in the request */
	struct fe_user *user;
	char key[PLY_EPID_MAX + 1]; /* of the publishing endpoint */
	bool has_endpoint;
};

static void publish_free(struct publish *d)
{
	ply_publish_deinit(&d->doc);
	ply_free(d->cat);
	ply_free(d->op);
	ply_free(d);
}

static void change_free(struct fe_change *c)
{
	publish_free(c->data);
}

static bool deletes(const struct ply_publication *k)
{
	return k->has_expires && !k->expires;
}

static const enum ply_rtc_expire rtc_expire[] = {
	[PLY_EXPIRE_STATIC] = PLY_RTC_EXPIRE_STATIC,
	[PLY_EXPIRE_ENDPOINT] = PLY_RTC_EXPIRE_ENDPOINT,
	[PLY_EXPIRE_USER] = PLY_RTC_EXPIRE_USER,
	[PLY_EXPIRE_TIME] = PLY_RTC_EXPIRE_TIME,
};

/* --- checks --- */

static bool is_servers(enum fe_cat cat, const struct ply_publication *k, const struct fe_pub *old)
{
	if (old && old->server)
		return true;
	switch (cat) {
	case FE_CAT_USER_PROPERTIES:
	case FE_CAT_LEGACY_INTEROP:
	case FE_CAT_SERVICES:
		return true;
	case FE_CAT_STATE: /* the levels show the aggregate, the inputs are in 2 and 3 */
		return k->container != PLY_CONTAINER_INPUT &&
		       k->container != PLY_CONTAINER_INPUT_TEAM && k->container != 0 &&
		       k->container != PLY_CONTAINER_SELF;
	default:
		return false;
	}
}

/* 0 or an outcome of the presence codecs. */
static int check_one(struct fe_req *q, const struct fe_presentity *p, struct publish *d, size_t i)
{
	const struct ply_publication *k = &d->doc.pub[i];
	const struct fe_pub *old;

	if (!fe_cat_read(k->category, &d->cat[i]))
		return PLY_PRES_E_CONTENT;
	for (size_t j = 0; j < i; j++)
		if (d->cat[j] == d->cat[i] && d->doc.pub[j].instance == k->instance &&
		    d->doc.pub[j].container == k->container)
			return PLY_PRES_E_CONTENT;
	old = fe_pub_find(p, d->cat[i], k->instance, k->container);
	if (is_servers(d->cat[i], k, old))
		return PLY_PRES_E_READ_ONLY;
	if (k->expire_type == PLY_EXPIRE_TIME && !k->has_expires)
		return PLY_PRES_E_CONTENT;
	if (k->expire_type == PLY_EXPIRE_ENDPOINT && !deletes(k) && !q->sender_ep)
		return PLY_PRES_E_NEW_SUBSCRIPTION;
	if (!old && p->n_pubs + i >= FE_PRES_MAX_PUBS)
		return PLY_PRES_E_TOO_MANY;
	d->cats |= BIT(d->cat[i]);
	return 0;
}

static size_t find_conflicts(const struct fe_presentity *p, const struct publish *d,
			     struct ply_wrong_delta *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->doc.n; i++) {
		const struct ply_publication *k = &d->doc.pub[i];
		const struct fe_pub *old = fe_pub_find(p, d->cat[i], k->instance, k->container);
		uint32_t now = old ? old->version : 0;

		if (k->version == now)
			continue;
		out[n++] = (struct ply_wrong_delta){
			.index = (uint32_t)i + 1, .version = k->version, .cur_version = now};
	}
	return n;
}

/* Few buckets: an endpoint that conflicts no more gives its own away. */
static bool may_conflict(struct fe_presentity *p, const struct fe_req *q)
{
	uint64_t who = ply_hash_slice(q->from_epid), now = ply_mono_ms();
	size_t oldest = 0;

	for (size_t i = 0; i < ARRAY_LEN(p->conflict); i++) {
		if (p->conflict[i].endpoint == who)
			return ply_bucket_take(&p->conflict[i].bucket, now);
		if (p->conflict[i].bucket.last_ms < p->conflict[oldest].bucket.last_ms)
			oldest = i;
	}
	p->conflict[oldest].endpoint = who;
	ply_bucket_init(&p->conflict[oldest].bucket, CONFLICT_RATE, CONFLICT_BURST, now);
	return ply_bucket_take(&p->conflict[oldest].bucket, now);
}

/* 409 with the current versions; one that goes on is told all it should know, and to stop. */
static void refuse_conflict(struct fe_req *q, struct fe_presentity *p,
			    const struct ply_wrong_delta *w, size_t n)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sip_reply r = fe_diag_reply(q->fe, FE_D_WRONG_DELTA);

	if (!may_conflict(p, q)) {
		fe_own_refresh(p, q->sender_ep);
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return;
	}
	ply_wrong_delta_write(&b, w, n);
	r.content_type = PLY_CT_FAULT;
	r.body = ply_strbuf_slice(&b);
	fe_req_reply(q, &r);
	ply_strbuf_deinit(&b);
}

/* --- the change --- */

static int collect_durable(struct publish *d, const struct fe_presentity *p)
{
	d->op = ply_calloc(d->doc.n ? d->doc.n : 1, sizeof *d->op);
	if (!d->op)
		return -ENOMEM;
	for (size_t i = 0; i < d->doc.n; i++) {
		const struct ply_publication *k = &d->doc.pub[i];
		const struct fe_pub *old = fe_pub_find(p, d->cat[i], k->instance, k->container);
		bool stays = !deletes(k) && k->expire_type == PLY_EXPIRE_STATIC;
		bool was = old && old->expire_type == PLY_EXPIRE_STATIC;

		if (!stays && !was)
			continue;
		d->op[d->n_op++] = (struct ply_rtc_pub_op){
			.del = !stays,
			.pub = {.category = k->category,
				.instance = k->instance,
				.container = k->container,
				.version = k->version + 1,
				.expire = rtc_expire[k->expire_type],
				.published_ms = ply_wall_ms(),
				.body = k->body.p ? k->body : ply_slice("", 0)}};
	}
	return 0;
}

static void answer(struct fe_change *c)
{
	const struct publish *d = c->data;
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sip_reply r = {.status = 200, .content_type = PLY_CT_ROAMING_SELF};

	if (!c->q)
		return;
	/* and what the server changed because of it */
	fe_roaming_self_write(&b, c->p, d->cats | c->p->self_dirty, 0);
	fe_req_reply_body(c->q, &r, &b);
}

static void apply_one(struct fe_change *c, const struct publish *d, size_t i,
		      struct fe_endpoint *ep)
{
	const struct ply_publication *k = &d->doc.pub[i];
	struct fe_pub *old = fe_pub_find(c->p, d->cat[i], k->instance, k->container);

	if (deletes(k)) {
		if (old)
			fe_pub_delete(c->p, old);
		return;
	}
	if (k->expire_type == PLY_EXPIRE_ENDPOINT && !ep)
		return; /* it left while the rest was written */
	(void)fe_pub_set(
		c->p,
		&(struct fe_pub_set){.cat = d->cat[i],
				     .instance = k->instance,
				     .container = k->container,
				     .version = k->version + 1,
				     .expire_type = k->expire_type,
				     .expires = k->expire_type == PLY_EXPIRE_TIME ? k->expires : 0,
				     .body = k->body,
				     .ep = k->expire_type == PLY_EXPIRE_ENDPOINT ? ep : NULL});
}

static void apply(struct fe_change *c)
{
	const struct publish *d = c->data;
	struct fe_endpoint *ep = d->has_endpoint && d->key[0]
					 ? fe_endpoint_by_epid(d->user, ply_slice_str(d->key))
					 : NULL;
	uint32_t told;

	for (size_t i = 0; i < d->doc.n; i++)
		apply_one(c, d, i, ep);
	fe_pres_set_expiry(c->p);
	if (d->cats & (BIT(FE_CAT_STATE) | BIT(FE_CAT_DEVICE)))
		fe_pres_aggregate(c->p);
	told = d->cats | c->p->self_dirty;
	answer(c);
	fe_pres_changed(c->p, ep, told);
}

void fe_svc_publish(struct fe_req *q, struct fe_presentity *p)
{
	struct publish *d = ply_calloc(1, sizeof *d);
	struct ply_wrong_delta wrong[PLY_PRES_MAX_PUBLICATIONS];
	struct fe_change *c = NULL;
	size_t n;
	int r = d ? ply_publish_parse(&d->doc, q->msg->body) : -ENOMEM;

	if (r) {
		ply_free(d);
		fe_refuse_pres(q, r);
		return;
	}
	d->user = q->sender;
	d->has_endpoint = q->sender_ep != NULL;
	if (q->sender_ep)
		memcpy(d->key, q->sender_ep->epid, sizeof d->key);
	d->cat = ply_calloc(d->doc.n ? d->doc.n : 1, sizeof *d->cat);
	r = d->cat ? 0 : -ENOMEM;
	for (size_t i = 0; !r && i < d->doc.n; i++)
		r = check_one(q, p, d, i);
	n = r ? 0 : find_conflicts(p, d, wrong);
	if (!r && !n) {
		r = collect_durable(d, p);
		c = r ? NULL : fe_change_new(q, p, apply, change_free, d);
		if (!c)
			r = -ENOMEM;
	}
	if (r)
		fe_refuse_pres(q, r);
	else if (n)
		refuse_conflict(q, p, wrong, n);
	else if (d->n_op)
		fe_change_started(c, ply_rtc_publish(p->fe->rtc, p->user->id, d->op, d->n_op,
						     fe_change_committed, c));
	else
		fe_change_now(c);
	if (r || n)
		publish_free(d);
}
