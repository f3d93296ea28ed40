#include "tests/bench/load/digest.h"

#include "crypto/digest.h"

#include <stdio.h>

#define CNONCE "0a4f113b"

static void md5_hex(char out[33], const char *fmt, ...) PLY_PRINTF(2, 3);

static void md5_hex(char out[33], const char *fmt, ...)
{
	static const char hex[] = "0123456789abcdef";
	char text[1024];
	uint8_t md[16];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ply_md5(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1, md);
	for (size_t i = 0; i < 16; i++) {
		out[2 * i] = hex[md[i] >> 4];
		out[2 * i + 1] = hex[md[i] & 15];
	}
	out[32] = '\0';
}

/* The value of a parameter, without quotes. No quoted comma occurs in what we read. */
static struct ply_slice param(struct ply_slice params, const char *name)
{
	struct ply_slice one;
	size_t len = strlen(name);

	while (ply_slice_split(&params, ',', &one)) {
		one = ply_slice_trim(one);
		if (ply_slice_casestarts(one, name) && one.len > len && one.p[len] == '=')
			return ply_slice_unquote(ply_slice_from(one, len + 1));
	}
	return ply_slice(NULL, 0);
}

bool digest_challenged(struct digest *d, const struct siptext *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct ply_slice v = m->field[i].value, algorithm, params;

		if (m->field[i].kind != FIELD_CHALLENGE || !ply_slice_casestarts(v, "Digest "))
			continue;
		params = ply_slice_from(v, 7);
		algorithm = param(params, "algorithm");
		if (algorithm.p && !ply_slice_caseis(algorithm, "MD5"))
			continue;
		if (!d->ha1[0])
			ply_slice_copy(param(params, "realm"), d->realm, sizeof(d->realm));
		ply_slice_copy(param(params, "opaque"), d->opaque, sizeof(d->opaque));
		d->qop = param(params, "qop").p != NULL;
		d->nc = 0;
		return ply_slice_copy(param(params, "nonce"), d->nonce, sizeof(d->nonce)) &&
		       d->nonce[0];
	}
	return false;
}

void digest_authorize(struct digest *d, struct ply_strbuf *out, const char *user,
		      const char *password, const char *method, const char *uri)
{
	char ha2[33], response[33];

	if (!d->nonce[0])
		return;
	if (!d->ha1[0])
		md5_hex(d->ha1, "%s:%s:%s", user, d->realm, password);
	md5_hex(ha2, "%s:%s", method, uri);
	d->nc++;
	if (d->qop)
		md5_hex(response, "%s:%s:%08x:" CNONCE ":auth:%s", d->ha1, d->nonce, d->nc, ha2);
	else
		md5_hex(response, "%s:%s:%s", d->ha1, d->nonce, ha2);
	ply_strbuf_addf(
		out,
		"Authorization: Digest username=\"%s\",realm=\"%s\",nonce=\"%s\",uri=\"%s\","
		"response=\"%s\",algorithm=MD5",
		user, d->realm, d->nonce, uri, response);
	if (d->opaque[0])
		ply_strbuf_addf(out, ",opaque=\"%s\"", d->opaque);
	if (d->qop)
		ply_strbuf_addf(out, ",qop=auth,nc=%08x,cnonce=\"" CNONCE "\"", d->nc);
	ply_strbuf_adds(out, "\r\n");
}
