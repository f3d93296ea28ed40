#include "frontend/trace.h"

#include "base/mem.h"
#include "role/admin.h"
#include "sip/sip_trace.h"

#include <errno.h>
#include <time.h>

enum { MAX_WATCHERS = 16 };

struct fe_trace {
	struct fe *fe;
	struct ply_sip_trace trace;
	struct ply_list watchers;
	unsigned n;
};

/* Somebody who looks: from his command until he hangs up. */
struct watcher {
	struct ply_list node;
	struct fe_trace *owner;
	struct ply_admin_call *call;
	struct ply_sip_trace_sink sink;
	bool bodies;
};

static void watcher_free(struct watcher *w)
{
	ply_sip_trace_del(&w->sink);
	ply_list_del(&w->node);
	w->owner->n--;
	ply_free(w);
}

static void add_title(struct ply_strbuf *out, const struct ply_sip_traced *m)
{
	time_t secs = (time_t)(m->wall_us / 1000000);
	char peer[PLY_ADDR_MAX], clock[16];
	struct tm tm;

	(void)strftime(clock, sizeof clock, "%H:%M:%S", localtime_r(&secs, &tm));
	ply_strbuf_addf(out, "%s %s.%03u %s %s", m->out ? "-->" : "<--", clock,
			(unsigned)(m->wall_us / 1000 % 1000), ply_sip_proto_name(m->proto),
			ply_addr_format(&m->peer, peer));
	if (m->flow)
		ply_strbuf_addf(out, " flow %llu", (unsigned long long)m->flow);
	ply_strbuf_addc(out, '\n');
}

/* What proves who somebody is does not belong on a screen: the scheme is enough. */
static bool is_secret(struct ply_slice line)
{
	return ply_slice_casestarts(line, "Authorization:") ||
	       ply_slice_casestarts(line, "Proxy-Authorization:");
}

static void add_header(struct ply_strbuf *out, struct ply_slice line)
{
	struct ply_slice name, scheme;

	if (!is_secret(line)) {
		ply_strbuf_add_slice(out, line);
	} else {
		(void)ply_slice_split(&line, ':', &name);
		line = ply_slice_trim(line);
		(void)ply_slice_split(&line, ' ', &scheme);
		ply_strbuf_addf(out, "%.*s: %.*s (not shown)", PLY_SLICE_ARG(name),
				PLY_SLICE_ARG(scheme));
	}
	ply_strbuf_addc(out, '\n');
}

static struct ply_slice without_cr(struct ply_slice line)
{
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

static void write_message(struct ply_strbuf *out, const struct ply_sip_traced *m, bool bodies)
{
	struct ply_slice rest = m->text, line;

	add_title(out, m);
	while (ply_slice_split(&rest, '\n', &line)) {
		line = without_cr(line);
		if (!line.len)
			break;
		add_header(out, line);
	}
	if (rest.len && !bodies) {
		ply_strbuf_addf(out, "\n(a body of %zu octets, not shown)\n", rest.len);
	} else if (rest.len) {
		ply_strbuf_addc(out, '\n');
		while (ply_slice_split(&rest, '\n', &line)) {
			ply_strbuf_add_slice(out, without_cr(line));
			ply_strbuf_addc(out, '\n');
		}
	}
}

static void on_message(void *ctx, const struct ply_sip_traced *m)
{
	struct watcher *w = ctx;
	struct ply_strbuf text = PLY_STRBUF_INIT;

	write_message(&text, m, w->bodies);
	if (!ply_strbuf_err(&text))
		ply_admin_line(w->call, ply_strbuf_slice(&text));
	ply_strbuf_deinit(&text);
}

static void run(void *ctx, struct ply_admin_call *call)
{
	struct fe_trace *t = ctx;
	struct ply_slice rest = ply_admin_args(call), address, how;
	struct watcher *w = NULL;

	(void)ply_slice_split(&rest, ' ', &address);
	how = ply_slice_trim(rest);
	if (!address.len ||
	    (how.len && !ply_slice_is(how, "headers") && !ply_slice_is(how, "bodies"))) {
		ply_admin_printf(call, "error usage: trace ADDRESS [headers|bodies]");
		ply_admin_end(call);
		return;
	}
	if (t->n < MAX_WATCHERS)
		w = ply_calloc(1, sizeof *w);
	if (!w || ply_sip_trace_add(&t->trace, &w->sink, address, on_message, w)) {
		ply_admin_printf(call, w ? "error the address is too long"
					 : "error too many traces are open");
		ply_free(w);
		ply_admin_end(call);
		return;
	}
	w->owner = t;
	w->call = call;
	w->bodies = ply_slice_is(how, "bodies");
	ply_list_push(&t->watchers, &w->node);
	t->n++;
	ply_info(&t->fe->log, "trace.begun", KSL("user", address),
		 KS("bodies", w->bodies ? "yes" : "no"));
}

static void gone(void *ctx, struct ply_admin_call *call)
{
	struct fe_trace *t = ctx;

	PLY_LIST_FOR_SAFE(it, next, &t->watchers) {
		struct watcher *w = container_of(it, struct watcher, node);

		if (w->call != call)
			continue;
		ply_info(&t->fe->log, "trace.ended", KS("user", w->sink.match),
			 KI("messages", w->sink.n));
		watcher_free(w);
	}
}

int fe_trace_new(struct fe *fe, struct ply_admin *admin)
{
	static const struct ply_admin_cmd cmd = {
		.name = "trace",
		.help = "ADDRESS [headers|bodies]: the SIP of one user in clear",
		.run = run,
		.gone = gone,
	};
	struct fe_trace *t = ply_calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	t->fe = fe;
	ply_sip_trace_init(&t->trace);
	ply_list_init(&t->watchers);
	fe->trace = t;
	return ply_admin_register(admin, &cmd, t);
}

void fe_trace_free(struct fe *fe)
{
	struct fe_trace *t = fe->trace;
	struct ply_list *n;

	if (!t)
		return;
	while ((n = ply_list_first(&t->watchers))) {
		struct watcher *w = container_of(n, struct watcher, node);
		struct ply_admin_call *call = w->call;

		watcher_free(w);
		ply_admin_end(call);
	}
	ply_free(t);
	fe->trace = NULL;
}

void fe_trace_message(struct fe *fe, const struct ply_sip_hop *hop, bool out, struct ply_slice text)
{
	if (fe->trace && ply_sip_trace_is_on(&fe->trace->trace))
		ply_sip_trace_message(&fe->trace->trace, fe->transport, hop, out, text);
}
