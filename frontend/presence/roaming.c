/* A user about himself: roaming-self and the contact list, whole and as changes. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

static unsigned put_own(struct ply_strbuf *b, const struct fe_presentity *p, enum fe_cat cat)
{
	unsigned n = 0;

	PLY_LIST_FOR(it, &p->pubs) {
		const struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (pub->cat != cat)
			continue;
		n++;
		ply_category_write_own(
			b, &(struct ply_category){.name = ply_slice_str(fe_cat_name(cat)),
						  .instance = pub->instance,
						  .publish_ms = pub->publish_ms,
						  .body = ply_slice(pub->body, pub->len),
						  .container = pub->container,
						  .version = pub->version,
						  .expire_type = pub->expire_type,
						  .has_expires = pub->expires > 0,
						  .expires = pub->expires,
						  .endpoint_id = ply_slice_str(pub->endpoint_id)});
	}
	return n;
}

static void put_subscribers(struct ply_strbuf *b, const struct fe_presentity *p)
{
	struct ply_subscriber *list =
		ply_calloc(p->n_subscribers ? p->n_subscribers : 1, sizeof *list);
	size_t n = 0;

	if (!list) {
		b->err = -ENOMEM;
		return;
	}
	PLY_LIST_FOR(it, &p->subscribers) {
		const struct fe_subscriber *s = container_of(it, struct fe_subscriber, node);
		const char *at = strchr(s->user, '@');
		bool ours = at && fe_is_our_domain(p->fe, ply_slice_str(at + 1));

		list[n++] = (struct ply_subscriber){.user = ply_slice_str(s->user),
						    .display_name = ply_slice_str(s->display_name),
						    .acknowledged = s->acknowledged,
						    .type = ours ? PLY_MEMBER_SAME_ENTERPRISE
								 : PLY_MEMBER_FEDERATED};
	}
	ply_subscribers_write(b, list, n);
	ply_free(list);
}

/* A category that is named is listed whole: clients forget the rest. */
void fe_roaming_self_write(struct ply_strbuf *b, struct fe_presentity *p, uint32_t cats,
			   unsigned sections)
{
	ply_roaming_open(b);
	if (cats) {
		ply_categories_open(b, ply_slice_str(p->user->aor));
		for (unsigned c = 0; c < FE_N_CAT; c++) {
			enum fe_cat cat = (enum fe_cat)c;

			/* on the whole document nothing that is not there is named */
			if (!(cats & BIT(c)) || put_own(b, p, cat) || cats == FE_CAT_ALL)
				continue;
			ply_category_write_own(
				b, &(struct ply_category){.form = PLY_CATEGORY_GONE,
							  .name = ply_slice_str(fe_cat_name(cat))});
		}
		ply_categories_close(b);
	}
	if (sections & FE_OWN_CONTAINERS)
		ply_containers_write(b, p->container, p->n_container);
	if (sections & FE_OWN_SUBSCRIBERS)
		put_subscribers(b, p);
	ply_roaming_close(b);
}

/* --- contacts --- */

void fe_contact_list_write(struct ply_strbuf *b, struct fe_presentity *p)
{
	struct ply_contact_group *g = ply_calloc(p->n_groups + 1, sizeof *g);
	struct ply_contact *c = ply_calloc(p->n_contacts + 1, sizeof *c);
	size_t n_g = 0, n_c = 0;

	if (g && c) {
		PLY_LIST_FOR(it, &p->groups)
			g[n_g++] = fe_group_view(container_of(it, struct fe_group, node));
		PLY_LIST_FOR(it, &p->contacts)
			c[n_c++] = fe_contact_view(container_of(it, struct fe_contact, node));
		ply_contact_list_write(b, p->delta, g, n_g, c, n_c);
	}
	ply_free(g);
	ply_free(c);
}

static void tell(struct fe_presentity *p, const struct fe_endpoint *only, struct ply_slice body)
{
	PLY_LIST_FOR_SAFE(it, next, &p->subs) {
		struct fe_sub *s = container_of(it, struct fe_sub, in_pres);

		if (s->event == PLY_MS_EVENT_ROAMING_CONTACTS && (!only || s->ep == only))
			(void)fe_subscription_notify(&s->base, PLY_CT_ROAMING_CONTACTS, body);
	}
}

/* To all endpoints, the one that made the change too: that is how its number stays right. */
void fe_tell_contacts(struct fe_presentity *p, const struct ply_contact_change *c)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	ply_contact_delta_write(&b, p->delta, p->delta - 1, c, 1);
	if (!ply_strbuf_err(&b))
		tell(p, NULL, ply_strbuf_slice(&b));
	ply_strbuf_deinit(&b);
}

/* After a refusal: a client counts on without reading the answer, and is put right so. */
void fe_tell_full_list(struct fe_presentity *p, const struct fe_endpoint *e)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	fe_contact_list_write(&b, p);
	if (e && !ply_strbuf_err(&b))
		tell(p, e, ply_strbuf_slice(&b));
	ply_strbuf_deinit(&b);
}
