/* Every document of tests/golden/presence is read as expected. */
#include "tests/lib/golden.h"
#include "tests/lib/unit.h"

#include "presence/batch_xml.h"
#include "presence/card_xml.h"
#include "presence/category_xml.h"
#include "presence/contact_xml.h"
#include "presence/container_xml.h"
#include "presence/pidf_xml.h"
#include "presence/provision_xml.h"
#include "presence/roaming_xml.h"
#include "presence/state_xml.h"

static void line(struct ply_strbuf *b, const char *name, struct ply_slice v)
{
	if (v.p)
		ply_strbuf_addf(b, "%s: [%.*s]\n", name, PLY_SLICE_ARG(v));
}

static int print_publish(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_publish p;
	int r = ply_publish_parse(&p, in);

	if (r)
		return r;
	line(b, "uri", p.uri);
	for (size_t i = 0; i < p.n; i++) {
		const struct ply_publication *u = &p.pub[i];

		ply_strbuf_addf(b, "%.*s instance=%u container=%u version=%u %s",
				PLY_SLICE_ARG(u->category), u->instance, u->container, u->version,
				ply_expire_type_name(u->expire_type));
		if (u->has_expires)
			ply_strbuf_addf(b, " expires=%u", u->expires);
		ply_strbuf_addf(b, "\n\t[%.*s]\n", PLY_SLICE_ARG(u->body));
	}
	ply_publish_deinit(&p);
	return 0;
}

static int print_members(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_set_members s;
	int r = ply_set_members_parse(&s, in);

	if (r)
		return r;
	for (size_t i = 0; i < s.n; i++) {
		const struct ply_container_change *c = &s.container[i];

		ply_strbuf_addf(b, "container %u version %u\n", c->id, c->version);
		for (size_t j = 0; j < c->n; j++)
			ply_strbuf_addf(b, "\t%s %s [%.*s]\n", c->change[j].add ? "add" : "remove",
					ply_member_type_name(c->change[j].member.type),
					PLY_SLICE_ARG(c->change[j].member.value));
	}
	ply_set_members_deinit(&s);
	return 0;
}

static int print_subscribers(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_set_subscribers s;
	int r = ply_set_subscribers_parse(&s, in);

	if (r)
		return r;
	for (size_t i = 0; i < s.n; i++)
		ply_strbuf_addf(b, "%.*s %d\n", PLY_SLICE_ARG(s.subscriber[i].user),
				s.subscriber[i].acknowledged);
	ply_set_subscribers_deinit(&s);
	return 0;
}

static int print_roaming(struct ply_strbuf *b, struct ply_slice in)
{
	unsigned sections;
	int r = ply_roaming_list_parse(&sections, in);

	if (!r)
		ply_strbuf_addf(b, "sections %u\n", sections);
	return r;
}

static int print_provision(struct ply_strbuf *b, struct ply_slice in)
{
	unsigned groups;
	int r = ply_provision_request_parse(&groups, in);

	if (!r)
		ply_strbuf_addf(b, "groups %u\n", groups);
	return r;
}

static int print_soap(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_soap s;
	int r = ply_soap_parse(&s, in);

	if (r)
		return r;
	ply_strbuf_addf(b, "%d %.*s\n", s.op, PLY_SLICE_ARG(s.method));
	if (s.has_delta)
		ply_strbuf_addf(b, "delta %u\n", s.delta);
	line(b, "uri", s.uri);
	line(b, "displayName", s.display_name);
	line(b, "externalURI", s.external_uri);
	line(b, "extension", s.extension);
	line(b, "name", s.name);
	ply_strbuf_addf(b, "groups %llx subscribed %d group %u\n", (unsigned long long)s.groups,
			s.subscribed, s.group_id);
	for (size_t i = 0; i < s.n_row; i++)
		ply_strbuf_addf(b, "where %.*s = [%.*s]\n", PLY_SLICE_ARG(s.row[i].attrib),
				PLY_SLICE_ARG(s.row[i].value));
	if (s.max_results)
		ply_strbuf_addf(b, "at most %u\n", s.max_results);
	ply_soap_deinit(&s);
	return 0;
}

static int print_batch(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_batch s;
	int r = ply_batch_parse(&s, in);

	if (r)
		return r;
	line(b, "uri", s.uri);
	for (size_t i = 0; i < s.n; i++) {
		const struct ply_batch_action *a = &s.action[i];

		ply_strbuf_addf(b, "action %d id [%.*s]\n", a->verb, PLY_SLICE_ARG(a->id));
		for (size_t j = 0; j < a->n; j++)
			ply_strbuf_addf(b, "\t%.*s%s\n", PLY_SLICE_ARG(a->resource[j].uri),
					a->resource[j].context ? " (new)" : "");
		for (size_t j = 0; j < a->n_category; j++)
			ply_strbuf_addf(b, "\tcategory %.*s\n", PLY_SLICE_ARG(a->category[j]));
	}
	ply_batch_deinit(&s);
	return 0;
}

/* Printed as it would be written, so that writing is seen to keep what was read. */
static int print_state(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_state s;
	int r = ply_state_parse(&s, in);

	if (r)
		return r;
	ply_strbuf_addf(b, "type %d availability %u manual %d\n", s.type, s.availability, s.manual);
	ply_state_write(b, &s);
	ply_strbuf_adds(b, "\n");
	ply_state_deinit(&s);
	return 0;
}

static int print_device(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_device d;
	int r = ply_device_parse(&d, in);

	if (r)
		return r;
	line(b, "endpointId", d.endpoint_id);
	line(b, "uri", d.uri);
	line(b, "timezone", d.timezone);
	line(b, "machineName", d.machine_name);
	for (size_t i = 0; i < PLY_SERVICE_COUNT; i++)
		if (d.cap[i].present)
			ply_strbuf_addf(b, "service %zu capture %d render %d publish %d\n", i,
					d.cap[i].capture, d.cap[i].render, d.cap[i].publish);
	ply_device_deinit(&d);
	return 0;
}

static int print_pidf(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_slice token;
	uint32_t availability;
	struct ply_pidf p;
	int r = ply_pidf_parse(&p, in);

	if (r)
		return r;
	ply_pidf_to_availability(&p, &availability, &token);
	ply_strbuf_addf(b, "availability %u [%.*s]\n", availability, PLY_SLICE_ARG(token));
	ply_pidf_write(b, &p);
	ply_strbuf_adds(b, "\n");
	ply_pidf_deinit(&p);
	return 0;
}

static int print_lists(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_resource_list l;
	int r = ply_resource_list_parse(&l, in);

	if (r)
		return r;
	for (size_t i = 0; i < l.n; i++)
		line(b, "entry", l.uri[i]);
	ply_resource_list_deinit(&l);
	return 0;
}

static int print_note(struct ply_strbuf *b, struct ply_slice in)
{
	struct ply_note n;
	int r = ply_note_parse(&n, in);

	if (r)
		return r;
	ply_strbuf_addf(b, "%s\n", n.oof ? "out of office" : "personal");
	line(b, "text", n.text);
	ply_note_write(b, n.text);
	ply_strbuf_adds(b, "\n");
	ply_note_deinit(&n);
	return 0;
}

static const struct golden_codec codecs[] = {
	{"publish-", print_publish},
	{"members-", print_members},
	{"subscribers-", print_subscribers},
	{"roaming-", print_roaming},
	{"provision-", print_provision},
	{"soap-", print_soap},
	{"batch-", print_batch},
	{"state-", print_state},
	{"device-", print_device},
	{"pidf-", print_pidf},
	{"lists-", print_lists},
	{"note-", print_note},
};

static void refused(struct ply_strbuf *out, int r)
{
	ply_strbuf_addf(out, "refused: %u %u %s\n", ply_pres_diag(r)->status, ply_pres_diag(r)->id,
			ply_pres_diag(r)->reason);
}

static const struct golden golden = {
	.dir = "tests/golden/presence",
	.codec = codecs,
	.n_codec = ARRAY_LEN(codecs),
	.refused = refused,
};

int main(void)
{
	return golden_run(&golden, 60);
}
