/* Requests on their way through a proxy: RFC 3261 §16.3, §16.4, §16.6. */
#include "sip/sip_forward.h"

#include "base/hash.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_FORWARDS = 70 };

/* --- §16.3 --- */

static struct ply_slice tag_of(const struct ply_sip_msg *m, enum ply_sip_hdr id)
{
	struct ply_slice tag = {NULL, 0}, epid;
	struct ply_sip_addr addr;

	return ply_sip_from_to(m, id, &addr, &tag, &epid) ? ply_slice(NULL, 0) : tag;
}

/* Cheaper than one hash over a copy of everything: a chain of hashes. */
static uint64_t mix(uint64_t seed, struct ply_slice s)
{
	const uint64_t both[2] = {seed, ply_hash_bytes(s.p ? s.p : "", s.len)};

	return ply_hash_bytes(both, sizeof both);
}

void ply_sip_fwd_loop_hash(const struct ply_sip_msg *req, char out[PLY_SIP_LOOP_HASH])
{
	static const uint8_t lists[] = {PLY_HDR_ROUTE, PLY_HDR_PROXY_REQUIRE};
	uint64_t h = mix(req->cseq, req->ruri);
	struct ply_slice value;

	h = mix(h, ply_sip_hdr(req, PLY_HDR_CALL_ID));
	h = mix(h, tag_of(req, PLY_HDR_FROM));
	h = mix(h, tag_of(req, PLY_HDR_TO));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		unsigned pos = 0;

		while (ply_sip_hdr_next(req, (enum ply_sip_hdr)lists[i], &pos, &value))
			h = mix(h, value);
	}
	for (int i = 15; i >= 0; i--, h >>= 4)
		out[i] = "0123456789abcdef"[h & 15];
	out[16] = '\0';
}

/* One of our Vias with the same digits. The hash is seeded: another server's digits never match,
 * and nobody but us writes them. */
static bool loops(const struct ply_sip_msg *req, const char *loop)
{
	struct ply_slice line;
	unsigned pos = 0;

	while (ply_sip_hdr_next(req, PLY_HDR_VIA, &pos, &line)) {
		const char *at = memmem(line.p, line.len, loop, PLY_SIP_LOOP_HASH - 1);

		if (at && at > line.p && at[-1] == '.')
			return true;
	}
	return false;
}

static bool knows(const char *const *known, struct ply_slice option)
{
	for (; known && *known; known++)
		if (ply_slice_caseis(option, *known))
			return true;
	return false;
}

static bool check_require(const struct ply_sip_msg *req, const char *const *known,
			  struct ply_sip_fwd_verdict *out)
{
	struct ply_slice line, option;
	unsigned pos = 0;
	size_t at = 0;

	while (ply_sip_hdr_next(req, PLY_HDR_PROXY_REQUIRE, &pos, &line))
		while (ply_sip_next_value(&line, &option)) {
			int n;

			if (knows(known, option))
				continue;
			n = snprintf(out->lines + at, sizeof out->lines - at,
				     "Unsupported: %.*s\r\n", PLY_SLICE_ARG(option));
			if (n < 0 || (size_t)n >= sizeof out->lines - at)
				out->lines[at] = '\0'; /* the first ones will do */
			else
				at += (size_t)n;
			out->status = 420;
			out->why = "Proxy-Require names an extension that is not known here";
		}
	return out->status != 0;
}

static void refuse(struct ply_sip_fwd_verdict *out, unsigned status, const char *why)
{
	out->status = status;
	out->why = why;
}

void ply_sip_fwd_validate(const struct ply_sip_msg *req, const char *const *known, const char *loop,
			  struct ply_sip_fwd_verdict *out)
{
	struct ply_slice hops = ply_sip_hdr(req, PLY_HDR_MAX_FORWARDS);
	struct ply_sip_uri uri;
	uint32_t left = MAX_FORWARDS;
	int r = ply_sip_uri_parse(req->ruri, &uri);

	*out = (struct ply_sip_fwd_verdict){.why = ""};
	if (r == -EPROTONOSUPPORT)
		refuse(out, 416, "Request-URI has a scheme that is not served");
	else if (r)
		refuse(out, 400, "Request-URI cannot be read");
	else if (hops.p && (!ply_slice_to_u32(hops, &left) || left > 255))
		refuse(out, 400, "Max-Forwards cannot be read");
	else if (!left)
		refuse(out, 483, "Too many hops");
	else if (!check_require(req, known, out) && loops(req, loop))
		refuse(out, 482, "Request came back unchanged");
}

/* --- §16.4 --- */

static int uri_of(struct ply_slice value, struct ply_slice *text, struct ply_sip_uri *uri)
{
	struct ply_sip_addr addr;

	if (ply_sip_addr_parse(value, &addr) || ply_sip_uri_parse(addr.uri, uri))
		return -EBADMSG;
	*text = addr.uri;
	return 0;
}

/* The i-th Route value and how many there are; absent beyond. */
static unsigned routes(const struct ply_sip_msg *req, unsigned want, struct ply_slice *out)
{
	struct ply_slice line, value;
	unsigned pos = 0, n = 0;

	*out = ply_slice(NULL, 0);
	while (ply_sip_hdr_next(req, PLY_HDR_ROUTE, &pos, &line))
		while (ply_sip_next_value(&line, &value))
			if (n++ == want)
				*out = value;
	return n;
}

/* A strict router before us has put what we had written into Record-Route into the Request-URI, and
 * the Request-URI last into Route. Ours is known by lr: nobody registers such a URI. */
static int repair(const struct ply_sip_msg *req, unsigned n,
		  bool (*is_us)(const void *ctx, struct ply_slice host, uint32_t port),
		  const void *ctx, struct ply_sip_fwd_route *out)
{
	struct ply_slice flag, last;
	struct ply_sip_uri uri;

	if (!n || ply_sip_uri_parse(req->ruri, &uri) || uri.tel || uri.user.len)
		return 0;
	if (!ply_sip_param(uri.params, "lr", &flag) || !is_us(ctx, uri.host, uri.port))
		return 0;
	(void)routes(req, n - 1, &last);
	if (uri_of(last, &out->ruri, &uri))
		return -EBADMSG;
	out->own = req->ruri;
	out->repaired = true;
	return 0;
}

int ply_sip_fwd_route(const struct ply_sip_msg *req,
		      bool (*is_us)(const void *ctx, struct ply_slice host, uint32_t port),
		      const void *ctx, struct ply_sip_fwd_route *out)
{
	struct ply_slice value, text, flag;
	struct ply_sip_uri uri;
	unsigned n = routes(req, UINT32_MAX, &value);
	int r;

	*out = (struct ply_sip_fwd_route){.ruri = req->ruri};
	if (!n)
		return 0;
	r = repair(req, n, is_us, ctx, out);
	if (r)
		return r;
	if (out->repaired)
		n--;
	for (unsigned i = 0; i < n; i++) {
		(void)routes(req, i, &value);
		if (uri_of(value, &text, &uri))
			return -EBADMSG;
		if (!is_us(ctx, uri.host, uri.port)) {
			out->next = text;
			out->next_strict = !ply_sip_param(uri.params, "lr", &flag);
			return 0;
		}
		out->own = text;
		out->n_own++;
	}
	return 0;
}

bool ply_sip_fwd_is_us(const void *transport, struct ply_slice host, uint32_t port)
{
	return ply_sip_is_us(transport, host, port);
}

/* --- §16.6 --- */

static void add_route(struct ply_strbuf *out, struct ply_slice value)
{
	ply_strbuf_adds(out, "Route: ");
	ply_strbuf_add_slice(out, value);
	ply_strbuf_adds(out, "\r\n");
}

/* The Route lines that go on: own values off, a repaired Request-URI off the end, and for a strict
 * next hop its value off the front and the Request-URI at the end (step 6). */
static void write_routes(struct ply_strbuf *out, const struct ply_sip_msg *req,
			 const struct ply_sip_fwd_route *route, const struct ply_sip_fwd_to *to,
			 struct ply_slice target)
{
	bool strict = route->next_strict && !to->routes.len;
	struct ply_slice value;
	unsigned n = routes(req, UINT32_MAX, &value) - (route->repaired ? 1 : 0);

	if (to->routes.len)
		ply_strbuf_add_slice(out, to->routes);
	for (unsigned i = route->n_own + (strict ? 1 : 0); i < n; i++) {
		(void)routes(req, i, &value);
		add_route(out, value);
	}
	if (strict) {
		ply_strbuf_adds(out, "Route: <");
		ply_strbuf_add_slice(out, target);
		ply_strbuf_adds(out, ">\r\n");
	}
}

static void write_top(struct ply_strbuf *out, const struct ply_sip_fwd_to *to)
{
	ply_strbuf_adds(out, "Via: ");
	ply_strbuf_add_slice(out, to->sent_by);
	ply_strbuf_adds(out, ";branch=");
	ply_strbuf_adds(out, to->branch);
	if (to->via_params.len)
		ply_strbuf_add_slice(out, to->via_params);
	ply_strbuf_adds(out, "\r\n");
	if (to->record_route.len)
		ply_strbuf_add_slice(out, to->record_route);
}

static struct ply_slice fewer_hops(const struct ply_sip_msg *req, char text[PLY_U64_DIGITS])
{
	uint32_t left = MAX_FORWARDS + 1;

	(void)ply_slice_to_u32(ply_sip_hdr(req, PLY_HDR_MAX_FORWARDS), &left);
	left = left > 255 ? 255 : left; /* refused before: ply_sip_fwd_validate */
	return ply_slice_u64(left ? left - 1 : 0, text);
}

int ply_sip_fwd_request(struct ply_strbuf *out, const struct ply_sip_msg *req,
			const struct ply_sip_fwd_route *route, const struct ply_sip_fwd_to *to)
{
	struct ply_slice target = to->ruri.p ? to->ruri : route->ruri;
	bool has_route = req->first[PLY_HDR_ROUTE] != PLY_SIP_NO_LINE || to->routes.len;
	struct ply_sip_edit e = {
		.ruri = route->next_strict && !to->routes.len ? route->next : target,
		.tail = to->tail,
		.drop = to->drop | (has_route ? PLY_HDR_BIT(PLY_HDR_ROUTE) : 0),
		.drop_named = to->drop_named,
		.keep_top_via = true,
		.n_replace = 1,
	};
	struct ply_strbuf top = PLY_STRBUF_INIT;
	char hops[PLY_U64_DIGITS];
	int r;

	e.replace[0].id = PLY_HDR_MAX_FORWARDS;
	e.replace[0].value = fewer_hops(req, hops);
	if (ply_strbuf_reserve(&top, 256))
		return -ENOMEM;
	write_top(&top, to);
	if (has_route)
		write_routes(&top, req, route, to, target);
	r = ply_strbuf_err(&top);
	e.top = ply_strbuf_slice(&top);
	if (!r)
		r = ply_sip_write_edit(out, req, &e);
	ply_strbuf_deinit(&top);
	return r;
}
