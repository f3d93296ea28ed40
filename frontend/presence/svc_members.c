/* setContainerMembers: who sees what. The answer is the 200; a notification of the changed
 * containers with all members follows, as clients keep no versions of their own. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

struct members {
	struct ply_set_members doc;
	struct ply_container *next; /* the containers as they will be; owned members */
	size_t n;
	struct ply_rtc_container *row;
	struct ply_rtc_member *member;
	size_t n_member;
};

static void data_free(struct members *d)
{
	for (size_t i = 0; i < d->n; i++)
		fe_members_free(d->next[i].member, d->next[i].n);
	ply_free(d->next);
	ply_free(d->row);
	ply_free(d->member);
	ply_set_members_deinit(&d->doc);
	ply_free(d);
}

static void change_free(struct fe_change *c)
{
	data_free(c->data);
}

static bool same(const struct ply_member *a, const struct ply_member *b)
{
	return a->type == b->type && ply_slice_caseeq(a->value, b->value);
}

/* list becomes the members after the changes; 0 or PLY_PRES_E_MEMBER_LIMIT. */
static int change_list(struct ply_member *list, size_t *n, const struct ply_container_change *k)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct ply_member *m = &k->change[i].member;
		size_t at = 0;

		while (at < *n && !same(&list[at], m))
			at++;
		if (k->change[i].add && at == *n) {
			if (*n == FE_PRES_MAX_MEMBERS)
				return PLY_PRES_E_MEMBER_LIMIT;
			list[(*n)++] = *m;
		} else if (!k->change[i].add && at < *n) {
			list[at] = list[--*n];
		}
	}
	return 0;
}

static int make_next(struct members *d, struct fe_presentity *p)
{
	struct ply_member *list = ply_calloc(FE_PRES_MAX_MEMBERS, sizeof *list);
	int r = 0;

	d->next = ply_calloc(d->doc.n ? d->doc.n : 1, sizeof *d->next);
	if (!list || !d->next)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < d->doc.n; i++) {
		const struct ply_container_change *k = &d->doc.container[i];
		const struct ply_container *c = fe_container_find(p, k->id);
		size_t n = c ? c->n : 0;

		if (c && n)
			memcpy(list, c->member, n * sizeof *list);
		r = change_list(list, &n, k);
		if (r)
			break;
		d->next[i] = (struct ply_container){.id = k->id, .version = k->version + 1, .n = n};
		d->next[i].member = fe_members_copy(list, n);
		if (!d->next[i].member)
			r = -ENOMEM;
		else
			d->n++;
	}
	ply_free(list);
	return r;
}

static int make_rows(struct members *d)
{
	size_t total = 0;

	for (size_t i = 0; i < d->n; i++)
		total += d->next[i].n;
	d->row = ply_calloc(d->n ? d->n : 1, sizeof *d->row);
	d->member = ply_calloc(total ? total : 1, sizeof *d->member);
	if (!d->row || !d->member)
		return -ENOMEM;
	for (size_t i = 0; i < d->n; i++) {
		d->row[i] = (struct ply_rtc_container){d->next[i].id, d->next[i].version};
		for (size_t j = 0; j < d->next[i].n; j++)
			d->member[d->n_member++] = (struct ply_rtc_member){
				.container = d->next[i].id,
				.type = (enum ply_rtc_member_type)(d->next[i].member[j].type +
								   PLY_RTC_MEMBER_USER),
				.value = d->next[i].member[j].value};
	}
	return 0;
}

static void apply(struct fe_change *c)
{
	struct members *d = c->data;
	union {
		const struct ply_member *in;
		struct ply_member *out;
	} m;

	for (size_t i = 0; i < d->n; i++) {
		m.in = d->next[i].member;
		if (!fe_container_set(c->p, d->next[i].id, d->next[i].version, m.out,
				      d->next[i].n)) {
			d->next[i].member = NULL;
			d->next[i].n = 0;
		}
	}
	if (c->q)
		fe_req_ok(c->q);
	fe_own_changed(c->p, FE_OWN_CONTAINERS);
	fe_watchers_move(c->p);
}

static size_t find_conflicts(struct fe_presentity *p, const struct ply_set_members *doc,
			     struct ply_wrong_delta *out)
{
	size_t n = 0;

	for (size_t i = 0; i < doc->n; i++) {
		const struct ply_container *c = fe_container_find(p, doc->container[i].id);
		uint32_t now = c ? c->version : 0;

		if (doc->container[i].version != now)
			out[n++] = (struct ply_wrong_delta){.index = (uint32_t)i + 1,
							    .version = doc->container[i].version,
							    .cur_version = now};
	}
	return n;
}

/* SIPE reads no answer to this: the notification puts its versions right. */
static void refuse_conflict(struct fe_req *q, struct fe_presentity *p,
			    const struct ply_wrong_delta *w, size_t n)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sip_reply r = fe_diag_reply(q->fe, FE_D_WRONG_DELTA);

	ply_wrong_delta_write(&b, w, n);
	r.content_type = PLY_CT_FAULT;
	r.body = ply_strbuf_slice(&b);
	fe_req_reply(q, &r);
	ply_strbuf_deinit(&b);
	fe_own_changed(p, FE_OWN_CONTAINERS);
}

static int commit(struct fe_presentity *p, const struct members *d, struct fe_change *c)
{
	const struct ply_rtc_acl acl = {.container = d->row,
					.n_container = d->n,
					.member = d->member,
					.n_member = d->n_member};

	return ply_rtc_containers_set(p->fe->rtc, p->user->id, &acl, fe_change_committed, c);
}

void fe_svc_set_members(struct fe_req *q, struct fe_presentity *p)
{
	struct members *d = ply_calloc(1, sizeof *d);
	struct ply_wrong_delta wrong[PLY_PRES_MAX_CONTAINER_CHANGES];
	struct fe_change *c = NULL;
	size_t n;
	int r = d ? ply_set_members_parse(&d->doc, q->msg->body) : -ENOMEM;

	if (r) {
		ply_free(d);
		fe_refuse_pres(q, r);
		return;
	}
	n = find_conflicts(p, &d->doc, wrong);
	if (!n) {
		r = make_next(d, p);
		if (!r)
			r = make_rows(d);
		c = r ? NULL : fe_change_new(q, p, apply, change_free, d);
		if (!r && !c)
			r = -ENOMEM;
	}
	if (n)
		refuse_conflict(q, p, wrong, n);
	else if (r)
		fe_refuse_pres(q, r);
	if (n || r)
		data_free(d);
	else
		fe_change_started(c, commit(p, d, c));
}
