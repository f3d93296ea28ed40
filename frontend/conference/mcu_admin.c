/* Admin commands about conferencing servers. */
#include "base/json.h"
#include "frontend/conference/mcu.h"
#include "role/role.h"

static void add_text(struct ply_strbuf *b, bool *first, const char *key, const char *value)
{
	ply_json_key(b, first, key);
	ply_json_string(b, ply_slice_str(value ? value : ""));
}

static void add_number(struct ply_strbuf *b, bool *first, const char *key, uint64_t value)
{
	ply_json_key(b, first, key);
	ply_strbuf_add_u64(b, value);
}

static void print(struct ply_admin_call *call, const struct fe_mcu *s)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	bool first = true;

	ply_strbuf_addc(&b, '{');
	add_text(&b, &first, "type", s->type);
	add_text(&b, &first, "fqdn", s->fqdn);
	add_text(&b, &first, "url", s->url);
	add_text(&b, &first, "state",
		 s->state == FE_MCU_LIVE && (s->draining || s->marked)
			 ? "draining"
			 : fe_mcu_state_name(s->state));
	add_number(&b, &first, "load", s->load);
	add_number(&b, &first, "conferences", s->conferences);
	add_number(&b, &first, "endpoints", s->endpoints);
	add_number(&b, &first, "max_endpoints", s->max_endpoints);
	add_number(&b, &first, "age_ms", ply_mono_ms() - s->heard_ms);
	add_text(&b, &first, "version", s->version);
	ply_strbuf_addc(&b, '}');
	ply_admin_line(call, ply_strbuf_slice(&b));
	ply_strbuf_deinit(&b);
}

static void list(struct fe_mcu_factory *fac, struct ply_admin_call *call)
{
	PLY_LIST_FOR(it, &fac->servers)
		print(call, container_of(it, struct fe_mcu, in_factory));
}

static void drain(struct fe_mcu_factory *fac, struct ply_admin_call *call, struct ply_slice name,
		  bool on)
{
	unsigned n = 0;

	PLY_LIST_FOR(it, &fac->servers) {
		struct fe_mcu *s = container_of(it, struct fe_mcu, in_factory);

		if (!ply_slice_caseis(name, s->fqdn) && !ply_slice_is(name, s->url))
			continue;
		s->marked = on;
		n++;
		ply_info(&fac->log, "mcu.marked", KS("fqdn", s->fqdn), KS("url", s->url),
			 KS("new_meetings", on ? "no" : "yes"));
		print(call, s);
	}
	if (!n)
		ply_admin_printf(call, "error no conferencing server is called %.*s",
				 PLY_SLICE_ARG(name));
}

static void run(void *ctx, struct ply_admin_call *call)
{
	struct ply_slice rest = ply_admin_args(call), verb = {0}, name = {0}, off = {0};

	(void)ply_slice_split(&rest, ' ', &verb);
	(void)ply_slice_split(&rest, ' ', &name);
	(void)ply_slice_split(&rest, ' ', &off);
	if (ply_slice_is(verb, "list") && !name.len)
		list(ctx, call);
	else if (ply_slice_is(verb, "drain") && name.len && (!off.len || ply_slice_is(off, "off")))
		drain(ctx, call, name, !off.len);
	else
		ply_admin_printf(call, "error mcu list | mcu drain FQDN|URL [off]");
	ply_admin_end(call);
}

int fe_mcu_admin_register(struct fe_mcu_factory *fac)
{
	static const struct ply_admin_cmd cmd = {
		.name = "mcu",
		.help = "mcu list | mcu drain FQDN [off]: conferencing servers",
		.run = run,
	};

	return ply_admin_register(fac->meetings->role->admin, &cmd, fac);
}
