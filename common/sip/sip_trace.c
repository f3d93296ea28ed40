#include "sip/sip_trace.h"

#include "base/ascii.h"
#include "base/clock.h"

#include <errno.h>

void ply_sip_trace_init(struct ply_sip_trace *tr)
{
	ply_list_init(&tr->sinks);
}

int ply_sip_trace_add(struct ply_sip_trace *tr, struct ply_sip_trace_sink *sink,
		      struct ply_slice aor, ply_sip_trace_fn *fn, void *ctx)
{
	if (ply_slice_casestarts(aor, "sip:"))
		aor = ply_slice_from(aor, 4);
	else if (ply_slice_casestarts(aor, "sips:"))
		aor = ply_slice_from(aor, 5);
	*sink = (struct ply_sip_trace_sink){.fn = fn, .ctx = ctx};
	if (aor.len >= sizeof sink->match)
		return -ENAMETOOLONG;
	(void)ply_slice_copy(aor, sink->match, sizeof sink->match);
	ply_ascii_lower_str(sink->match);
	ply_list_push(&tr->sinks, &sink->node);
	return 0;
}

void ply_sip_trace_del(struct ply_sip_trace_sink *sink)
{
	if (sink->node.next)
		ply_list_del(&sink->node);
}

/* Nothing that could be part of a longer user or host name beside the match. */
static bool stands_alone(struct ply_slice line, size_t at, size_t len)
{
	static const char before[] = ":<\" ";
	static const char after[] = ">;:?\" \r,@";

	return at && strchr(before, line.p[at - 1]) &&
	       (at + len == line.len || strchr(after, line.p[at + len]));
}

static bool line_has(struct ply_slice line, const char *match)
{
	size_t len = strlen(match);

	for (;;) {
		size_t at = ply_slice_casefind(line, match);

		if (at == SIZE_MAX)
			return false;
		if (stands_alone(line, at, len))
			return true;
		line = ply_slice_from(line, at + 1);
	}
}

/* Is this a line in which the user of a message stands? */
static bool is_party(struct ply_slice line)
{
	static const char *const names[] = {
		"From:",
		"To:",
		"f:",
		"t:",
		"Contact:",
		"m:",
		"P-Asserted-Identity:",
		"P-Preferred-Identity:",
		"Refer-To:",
		"r:",
		"Referred-By:",
		"b:",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (ply_slice_casestarts(line, names[i]))
			return true;
	return false;
}

bool ply_sip_trace_matches(const struct ply_sip_trace_sink *sink, struct ply_slice text)
{
	struct ply_slice line;
	bool first = true;

	if (!sink->match[0])
		return true;
	while (ply_slice_split(&text, '\n', &line)) {
		if (line.len <= 1)
			return false;
		if ((first || is_party(line)) && line_has(line, sink->match))
			return true;
		first = false;
	}
	return false;
}

void ply_sip_trace_message(struct ply_sip_trace *tr, const struct ply_sip_transport *t,
			   const struct ply_sip_hop *hop, bool out, struct ply_slice text)
{
	struct ply_sip_traced m = {.out = out,
				   .proto = hop->proto,
				   .flow = hop->flow,
				   .peer = hop->addr,
				   .text = text};

	if (!ply_sip_trace_is_on(tr))
		return;
	m.wall_us = ply_wall_ms() * 1000;
	if (t)
		m.local = ply_sip_transport_listener_addr(t, hop->listener);
	PLY_LIST_FOR(it, &tr->sinks) {
		struct ply_sip_trace_sink *sink = container_of(it, struct ply_sip_trace_sink, node);

		if (!ply_sip_trace_matches(sink, text))
			continue;
		sink->n++;
		sink->fn(sink->ctx, &m);
	}
}
