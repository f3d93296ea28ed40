/* What devices can do, and what the server makes of it: device, services, legacyInterop. */
#include "presence/pres_internal.h"
#include "presence/state_xml.h"

static const char *const service_names[PLY_SERVICE_COUNT] = {
	[PLY_SERVICE_TEXT] = "text",
	[PLY_SERVICE_GIF_INK] = "gifInk",
	[PLY_SERVICE_ISF_INK] = "isfInk",
	[PLY_SERVICE_VOICE] = "voice",
	[PLY_SERVICE_VIDEO] = "video",
	[PLY_SERVICE_APP_SHARING] = "applicationSharing",
	[PLY_SERVICE_CONTENT_POWERPOINT] = "contentPowerPoint",
};

static void read_device(struct ply_xmlin *in, struct ply_device *out)
{
	const struct ply_xml_el *caps = ply_xml_child(in->root, NULL, "capabilities");

	out->endpoint_id = ply_xmlin_copy(in, ply_xml_attr(in->root, "endpointId"));
	out->uri = ply_xmlin_copy(in, ply_xml_attr(caps, "uri"));
	out->preferred = ply_xml_attr_bool(caps, "preferred", false);
	out->timezone = ply_xmlin_copy(in, ply_xml_child_text(in->root, NULL, "timezone"));
	out->machine_name = ply_xmlin_copy(in, ply_xml_child_text(in->root, NULL, "machineName"));
	for (size_t i = 0; i < PLY_SERVICE_COUNT; i++) {
		const struct ply_xml_el *el = ply_xml_child(caps, NULL, service_names[i]);

		if (el)
			out->cap[i] = (struct ply_capability){
				.present = true,
				.capture = ply_xml_attr_bool(el, "capture", false),
				.render = ply_xml_attr_bool(el, "render", false),
				.publish = ply_xml_attr_bool(el, "publish", false),
			};
	}
}

int ply_device_parse(struct ply_device *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_device){.preferred = false};
	r = ply_xmlin_open(&in, &out->mem, xml, "device", NULL);
	if (!r)
		read_device(&in, out);
	return ply_xmlin_close(&in, r);
}

void ply_device_deinit(struct ply_device *d)
{
	ply_arena_deinit(&d->mem);
	*d = (struct ply_device){.preferred = false};
}

static void put_service(struct ply_xmlw *w, const char *name, const struct ply_service_cap *s)
{
	ply_xmlw_open(w, name);
	ply_xmlw_some_attr(w, "preferredEndpointId", s->preferred_endpoint_id);
	ply_xmlw_attr_u64(w, "deviceAvailability", s->device_availability);
	ply_xmlw_attr_bool(w, "render", s->cap.render);
	ply_xmlw_attr_bool(w, "capture", s->cap.capture);
	ply_xmlw_attr_bool(w, "publish", s->cap.publish);
	ply_xmlw_close(w);
}

void ply_services_write(struct ply_strbuf *b, const struct ply_services *s)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "services");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_SERVICE);
	ply_xmlw_open(&w, "service");
	ply_pres_out_uri(&w, "uri", s->uri, true);
	ply_xmlw_open(&w, "capabilities");
	for (size_t i = 0; i < PLY_SERVICE_COUNT; i++)
		if (s->service[i].cap.present)
			put_service(&w, service_names[i], &s->service[i]);
	ply_xmlw_close(&w);
	ply_xmlw_close(&w);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}

void ply_legacy_interop_write(struct ply_strbuf *b, uint32_t availability)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "legacyInterop");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_LEGACY_INTEROP);
	ply_xmlw_attr_u64(&w, "availability", availability);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
