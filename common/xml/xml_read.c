#include "xml/xml_read.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/mem.h"
#include "xml/xml_internal.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

enum { BLOCK = 8 * 1024, DEPTH_MAX = 128 };

const struct ply_xml_limits ply_xml_default_limits = {
	.size = 262144, /* 256 KiB */
	.depth = 32,
	.nodes = 16384,
};

/* A piece of character data; an element's pieces are joined when it closes. */
struct piece {
	struct piece *next;
	const char *p;
	size_t len;
};

struct parser {
	struct ply_xml *x;
	xmlParserCtxt *ctxt;
	const struct ply_xml_limits *limits;
	struct ply_xml_el *open;
	struct piece *pieces[DEPTH_MAX]; /* of each open element, last first */
	unsigned depth, nodes;
	int r;
};

static void stop(struct parser *ps, int r)
{
	if (!ps->r)
		ps->r = r;
	xmlStopParser(ps->ctxt);
}

/* Where libxml2 stands, as a position of our input: one buffer, no conversion, no entities. */
static size_t position(const struct parser *ps)
{
	const xmlParserInput *in = ps->ctxt->input;

	return ply_min_size(in->consumed + (size_t)(in->cur - in->base), ps->x->in.len);
}

static struct ply_slice keep(struct parser *ps, const xmlChar *s, size_t len)
{
	const char *d;

	if (!s || ps->r) /* once stopped, libxml2 has freed what s points to */
		return ply_slice("", 0);
	d = ply_arena_copy(&ps->x->arena, (const char *)s, len);
	if (!d) {
		stop(ps, -ENOMEM);
		return ply_slice("", 0);
	}
	return ply_slice(d, len);
}

static struct ply_slice keep_str(struct parser *ps, const xmlChar *s)
{
	return keep(ps, s, s && !ps->r ? strlen((const char *)s) : 0);
}

static void *take(struct parser *ps, size_t n, size_t size)
{
	void *p = ply_arena_alloc(&ps->x->arena, n * size); /* n is below the limit of nodes */

	if (!p)
		stop(ps, -ENOMEM);
	return p;
}

static void keep_namespaces(struct parser *ps, struct ply_xml_el *el, size_t n, const xmlChar **ns)
{
	struct ply_xml_nsdecl *d = n ? take(ps, n, sizeof *d) : NULL;

	if (!d)
		return;
	for (size_t i = 0; i < n; i++) {
		d[i].prefix = keep_str(ps, ns[2 * i]);
		d[i].uri = keep_str(ps, ns[2 * i + 1]);
	}
	el->nsdecl = d;
	el->n_nsdecl = n;
}

static void keep_attributes(struct parser *ps, struct ply_xml_el *el, size_t n, const xmlChar **at)
{
	struct ply_xml_attr *a = n ? take(ps, n, sizeof *a) : NULL;

	if (!a)
		return;
	for (size_t i = 0; i < n; i++, at += 5) {
		a[i].name = keep_str(ps, at[0]);
		a[i].prefix = keep_str(ps, at[1]);
		a[i].ns = keep_str(ps, at[2]);
		a[i].value = keep(ps, at[3], (size_t)(at[4] - at[3]));
	}
	el->attr = a;
	el->n_attr = n;
}

static void link_in(struct parser *ps, struct ply_xml_el *el)
{
	struct ply_xml_el *up = ps->open;

	el->up = up;
	if (!up)
		ps->x->root = el;
	else if (up->last)
		up->last->next = el;
	else
		up->first = el;
	if (up)
		up->last = el;
	ps->pieces[ps->depth++] = NULL;
	ps->open = el;
}

/* The parser stands behind the attributes of a start tag: '<' cannot occur in one, so the nearest
 * one before is where the tag begins. */
/* NOLINTNEXTLINE(readability-function-size): libxml2 says which arguments there are */
static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
			  int n_ns, const xmlChar **ns, int n_attr, int n_default,
			  const xmlChar **attr)
{
	struct parser *ps = ctx;
	struct ply_xml_el *el;
	size_t at = position(ps);

	(void)n_default;
	if (ps->r)
		return;
	ps->nodes += 1 + (unsigned)n_attr + (unsigned)n_ns;
	if (ps->depth >= ps->limits->depth || ps->depth >= DEPTH_MAX ||
	    ps->nodes > ps->limits->nodes) {
		stop(ps, PLY_XML_E_LIMIT);
		return;
	}
	el = take(ps, 1, sizeof *el);
	if (!el)
		return;
	el->x = ps->x;
	while (at && ps->x->in.p[--at] != '<')
		;
	el->raw_start = at;
	el->text = ply_slice("", 0);
	el->name = keep_str(ps, name);
	el->prefix = keep_str(ps, prefix);
	el->ns = keep_str(ps, uri);
	keep_namespaces(ps, el, (size_t)n_ns, ns);
	keep_attributes(ps, el, (size_t)n_attr, attr);
	link_in(ps, el);
}

static void join_pieces(struct parser *ps, struct ply_xml_el *el, const struct piece *last)
{
	size_t len = 0;
	char *p;

	for (const struct piece *c = last; c; c = c->next)
		len += c->len;
	p = take(ps, 1, len + 1);
	if (!p)
		return;
	el->text = ply_slice(p, len);
	p += len;
	for (const struct piece *c = last; c; c = c->next) {
		p -= c->len;
		memcpy(p, c->p, c->len);
	}
}

static void end_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct parser *ps = ctx;
	struct ply_xml_el *el = ps->open;
	const struct piece *last;

	(void)name;
	(void)prefix;
	(void)uri;
	if (ps->r || !el)
		return;
	el->raw_end = position(ps);
	last = ps->pieces[--ps->depth];
	if (last && last->next)
		join_pieces(ps, el, last);
	else if (last)
		el->text = ply_slice(last->p, last->len);
	ps->open = el->up;
}

static void characters(void *ctx, const xmlChar *p, int len)
{
	struct parser *ps = ctx;
	struct piece *c;

	if (ps->r || !ps->depth || len <= 0)
		return;
	c = take(ps, 1, sizeof *c);
	if (!c)
		return;
	c->p = keep(ps, p, (size_t)len).p;
	c->len = ps->r ? 0 : (size_t)len;
	c->next = ps->pieces[ps->depth - 1];
	ps->pieces[ps->depth - 1] = c;
}

static void doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	stop(ctx, PLY_XML_E_DOCTYPE);
}

static void quiet(void *ctx, xmlError *error)
{
	(void)ctx;
	(void)error;
}

static void set_handlers(xmlSAXHandler *sax)
{
	memset(sax, 0, sizeof *sax);
	sax->initialized = XML_SAX2_MAGIC;
	sax->startElementNs = start_element;
	sax->endElementNs = end_element;
	sax->characters = characters;
	sax->ignorableWhitespace = characters;
	sax->cdataBlock = characters;
	sax->internalSubset = doctype;
	sax->serror = quiet;
}

static int run(struct parser *ps)
{
	xmlParserCtxt *c = ps->ctxt;

	set_handlers(c->sax);
	c->userData = ps;
	/* NOENT makes &amp; in attributes a plain '&'; other entities need the DOCTYPE refused
	 * above. */
	(void)xmlCtxtUseOptions(c, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR |
					   XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
	(void)xmlSwitchEncoding(c, XML_CHAR_ENCODING_UTF8);
	(void)xmlParseDocument(c);
	if (!ps->r && c->errNo == XML_ERR_NO_MEMORY)
		ps->r = -ENOMEM;
	/* A prefix without declaration leaves wellFormed alone: see nsWellFormed. */
	if (!ps->r && (!c->wellFormed || !c->nsWellFormed || !ps->x->root))
		ps->r = PLY_XML_E_MALFORMED;
	return ps->r;
}

static int parse(struct ply_xml *x, const struct ply_xml_limits *limits)
{
	struct parser ps = {.x = x, .limits = limits};
	int r;

	ps.ctxt = xmlCreateMemoryParserCtxt(x->in.p, (int)x->in.len);
	if (!ps.ctxt)
		return -ENOMEM;
	r = run(&ps);
	xmlFreeDoc(ps.ctxt->myDoc);
	ps.ctxt->myDoc = NULL;
	xmlFreeParserCtxt(ps.ctxt);
	return r < 0 ? ply_err_origin(r) : r;
}

int ply_xml_parse(struct ply_xml **out, struct ply_slice in, const struct ply_xml_limits *limits)
{
	struct ply_xml *x;
	int r;

	in = ply_slice_trim(in);
	if (!limits)
		limits = &ply_xml_default_limits;
	if (!in.len)
		return PLY_XML_E_MALFORMED;
	if (in.len > limits->size || in.len > INT32_MAX)
		return PLY_XML_E_LIMIT;
	x = ply_calloc(1, sizeof *x);
	if (!x)
		return ply_err_origin(-ENOMEM);
	ply_arena_init(&x->arena, ply_min_size(BLOCK, in.len * 4));
	x->in = in;
	r = parse(x, limits);
	if (r) {
		ply_xml_free(x);
		return r;
	}
	*out = x;
	return 0;
}

void ply_xml_free(struct ply_xml *x)
{
	if (!x)
		return;
	ply_arena_deinit(&x->arena);
	ply_free(x);
}
