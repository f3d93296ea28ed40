#include "net/tls_conn.h"

#include "base/err.h"
#include "base/mem.h"
#include "net/addr.h"
#include "net/loop_internal.h"
#include "net/tls_internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <threads.h>

enum { NAMES_MAX = 4096 }; /* bytes of a peer's names that are kept */

struct ply_tls_conn {
	SSL *ssl;
	struct ply_tls_io *io;
	char *names;     /* NUL-terminated texts one after the other, an empty one ends */
	int verify_err;  /* X509_V_OK, the first error of the chain, or: */
	bool no_cert;    /* the peer showed none */
	bool handshaken; /* from here on verify_err and names stand */
};

static BIO_METHOD *window_method;

static int window_read(BIO *bio, char *to, size_t cap, size_t *n)
{
	struct ply_tls_io *io = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (!io->in_len) {
		BIO_set_retry_read(bio);
		return 0;
	}
	*n = ply_min_size(cap, io->in_len);
	memcpy(to, io->in, *n);
	io->in += *n;
	io->in_len -= *n;
	return 1;
}

static int window_write(BIO *bio, const char *p, size_t len, size_t *n)
{
	struct ply_tls_io *io = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	ply_strbuf_add(&io->out, p, len);
	if (ply_strbuf_err(&io->out))
		return 0;
	*n = len;
	return 1;
}

static long window_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_PUSH || cmd == BIO_CTRL_POP;
}

static void make_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "parley window");

	if (!m)
		return;
	if (BIO_meth_set_read_ex(m, window_read) != 1 ||
	    BIO_meth_set_write_ex(m, window_write) != 1 || BIO_meth_set_ctrl(m, window_ctrl) != 1) {
		BIO_meth_free(m);
		return;
	}
	window_method = m;
}

struct ply_tls_io *ply_tls_io_of(struct ply_loop *loop)
{
	static once_flag once = ONCE_FLAG_INIT;
	struct ply_tls_io *io = loop->tls_io;

	if (io)
		return io;
	call_once(&once, make_method);
	io = window_method ? ply_calloc(1, sizeof *io) : NULL;
	if (!io)
		return NULL;
	io->bio = BIO_new(window_method);
	if (!io->bio) {
		ply_free(io);
		return NULL;
	}
	BIO_set_data(io->bio, io);
	BIO_set_init(io->bio, 1);
	loop->tls_io = io;
	return io;
}

void ply_tls_io_free(struct ply_tls_io *io)
{
	if (!io)
		return;
	ply_strbuf_deinit(&io->out);
	BIO_free(io->bio);
	ply_free(io);
}

int ply_tls_conn_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct ply_tls_conn *c = SSL_get_app_data(ssl);

	if (!ok && c->verify_err == X509_V_OK)
		c->verify_err = X509_STORE_CTX_get_error(store);
	return 1;
}

static int expect_name(SSL *ssl, const char *name)
{
	struct ply_addr ip;
	char text[PLY_ADDR_MAX];

	if (ply_addr_parse_ip(&ip, ply_slice_str(name), 0) == 0)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
						     ply_addr_format_ip(&ip, text));
	/* RFC 6125 §6.4.3: a wildcard is a whole label. */
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, name) != 1)
		return 0;
	/* SSL_set_tlsext_host_name casts const away, which our flags refuse; it copies the name. */
	return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
			ply_unconst(name)) == 1;
}

int ply_tls_conn_new(struct ply_tls_conn **out, struct ply_tls_io *io, struct ply_tls_ctx *ctx,
		     const char *name)
{
	struct ply_tls_conn *c = ply_calloc(1, sizeof *c);
	BIO *bio = io->bio;

	if (!c)
		return ply_err_origin(-ENOMEM);
	c->io = io;
	c->ssl = SSL_new(ctx->ssl);
	if (!c->ssl)
		goto out;
	SSL_set_app_data(c->ssl, c);
	if (!BIO_up_ref(bio))
		goto out;
	SSL_set_bio(c->ssl, bio, bio); /* one reference for both */
	if (ctx->conf.server)
		SSL_set_accept_state(c->ssl);
	else
		SSL_set_connect_state(c->ssl);
	if (!ctx->conf.server && name && !expect_name(c->ssl, name))
		goto out;
	*out = c;
	return 0;
out:
	ply_tls_conn_free(c);
	return ply_err_origin(-ENOMEM);
}

void ply_tls_conn_free(struct ply_tls_conn *c)
{
	if (!c)
		return;
	SSL_free(c->ssl);
	ply_free(c->names);
	ply_free(c);
}

static void explain(struct ply_tls_conn *c, const char *what)
{
	unsigned long e = ERR_peek_error();
	const char *why = ERR_reason_error_string(e);
	long v = SSL_get_verify_result(c->ssl);

	if (ERR_GET_REASON(e) == SSL_R_CERTIFICATE_VERIFY_FAILED && v != X509_V_OK)
		why = X509_verify_cert_error_string(v);
	(void)snprintf(c->io->why, sizeof c->io->why, "%s: %s", what, why ? why : "failed");
	ERR_clear_error();
}

static int result(struct ply_tls_conn *c, int ret, const char *what)
{
	switch (SSL_get_error(c->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return -ESHUTDOWN;
	default:
		explain(c, what);
		return -EPROTO;
	}
}

/* A name with a NUL inside is an attack on those who compare C strings: not kept. */
static bool usable(const unsigned char *p, int len)
{
	return p && len > 0 && len < 256 && !memchr(p, '\0', (size_t)len);
}

static bool has_name(const struct ply_strbuf *names, const char *p, size_t len)
{
	for (size_t at = 0; at < names->len;) {
		size_t n = strlen(names->p + at);

		if (n == len && strncasecmp(names->p + at, p, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}

static void add_name(struct ply_strbuf *names, const unsigned char *p, int len)
{
	if (!usable(p, len) || names->len + (size_t)len > NAMES_MAX ||
	    has_name(names, (const char *)p, (size_t)len))
		return;
	ply_strbuf_add(names, (const char *)p, (size_t)len);
	ply_strbuf_addc(names, '\0');
}

static void add_cn(struct ply_strbuf *names, const X509 *cert)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len;

	if (at < 0)
		return;
	len = ASN1_STRING_to_UTF8(&utf8,
				  X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	add_name(names, utf8, len);
	OPENSSL_free(utf8);
}

/* RFC 5922 §7.1 reads SAN first; the product's servers also use the CN. */
static int keep_names(struct ply_tls_conn *c, const X509 *cert)
{
	struct ply_strbuf names = PLY_STRBUF_INIT;
	GENERAL_NAMES *san = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(san); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(san, i);

		if (n->type == GEN_DNS)
			add_name(&names, ASN1_STRING_get0_data(n->d.dNSName),
				 ASN1_STRING_length(n->d.dNSName));
	}
	GENERAL_NAMES_free(san);
	add_cn(&names, cert);
	ply_strbuf_addc(&names, '\0');
	if (ply_strbuf_err(&names)) {
		ply_strbuf_deinit(&names);
		return ply_err_origin(-ENOMEM);
	}
	c->names = ply_strbuf_steal(&names);
	return 0;
}

static int handshake_done(struct ply_tls_conn *c)
{
	const X509 *cert = SSL_get0_peer_certificate(c->ssl);

	c->handshaken = true;
	c->no_cert = !cert;
	if (!cert)
		return 0;
	if (c->verify_err == X509_V_OK)
		c->verify_err = (int)SSL_get_verify_result(c->ssl);
	ERR_clear_error(); /* a chain that did not verify leaves its reasons there */
	return keep_names(c, cert);
}

/* What an earlier call left behind would be taken for this one's. Looking first is cheaper: all
 * sixteen places are cleared otherwise, twice for each message. */
static void forget_errors(void)
{
	if (ERR_peek_error())
		ERR_clear_error();
}

int ply_tls_conn_handshake(struct ply_tls_conn *c)
{
	int ret;

	forget_errors();
	ret = SSL_do_handshake(c->ssl);
	return ret == 1 ? handshake_done(c) : result(c, ret, "TLS handshake");
}

int ply_tls_conn_read(struct ply_tls_conn *c, char *buf, size_t cap, size_t *n)
{
	int ret;

	forget_errors();
	ret = SSL_read_ex(c->ssl, buf, cap, n);
	return ret == 1 ? 0 : result(c, ret, "TLS");
}

int ply_tls_conn_write(struct ply_tls_conn *c, const char *p, size_t len)
{
	forget_errors();
	while (len) {
		size_t n;
		int ret = SSL_write_ex(c->ssl, p, len, &n);

		if (ret != 1) {
			int r = result(c, ret, "TLS");

			/* The window always takes it: to wait for input is a peer's trick. */
			return ply_strbuf_err(&c->io->out) ? -ENOMEM : r == -EAGAIN ? -EPROTO : r;
		}
		p += n;
		len -= n;
	}
	return 0;
}

void ply_tls_conn_shutdown(struct ply_tls_conn *c)
{
	ERR_clear_error();
	if (c->handshaken)
		(void)SSL_shutdown(c->ssl);
	ERR_clear_error();
}

bool ply_tls_conn_verified(const struct ply_tls_conn *c)
{
	return c->handshaken && !c->no_cert && c->verify_err == X509_V_OK;
}

const char *ply_tls_conn_name(const struct ply_tls_conn *c, size_t i)
{
	const char *p = c->names;

	if (!p)
		return NULL;
	while (*p && i--)
		p += strlen(p) + 1;
	return *p ? p : NULL;
}

const char *ply_tls_conn_verify_text(const struct ply_tls_conn *c)
{
	if (!c->handshaken)
		return "the handshake is not done";
	if (c->no_cert)
		return "no certificate";
	return c->verify_err == X509_V_OK ? "" : X509_verify_cert_error_string(c->verify_err);
}

const char *ply_tls_conn_version(const struct ply_tls_conn *c)
{
	return SSL_get_version(c->ssl);
}
