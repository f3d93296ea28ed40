#include "net/tls.h"

#include "base/err.h"
#include "base/mem.h"
#include "net/tls_internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <time.h>

static int failed(struct ply_strbuf *err, const char *what, const char *path)
{
	unsigned long e = ERR_peek_error();
	const char *why = ERR_reason_error_string(e);

	if (ERR_SYSTEM_ERROR(e))
		why = ply_err_text(-ERR_GET_REASON(e));
	if (err)
		ply_strbuf_addf(err, "%s%s%s: %s", what, path ? " " : "", path ? path : "",
				why ? why : "not usable");
	ERR_clear_error();
	return ply_err_origin(-EINVAL);
}

static int load_own(SSL_CTX *ssl, const struct ply_tls_conf *conf, struct ply_strbuf *err)
{
	if (!conf->cert)
		return conf->server ? failed(err, "a TLS server needs a certificate", NULL) : 0;
	if (SSL_CTX_use_certificate_chain_file(ssl, conf->cert) != 1)
		return failed(err, "certificate", conf->cert);
	if (SSL_CTX_use_PrivateKey_file(ssl, conf->key ? conf->key : conf->cert,
					SSL_FILETYPE_PEM) != 1)
		return failed(err, "private key", conf->key ? conf->key : conf->cert);
	if (SSL_CTX_check_private_key(ssl) != 1)
		return failed(err, "private key does not belong to the certificate:", conf->key);
	return 0;
}

static int load_ca(SSL_CTX *ssl, const struct ply_tls_conf *conf, struct ply_strbuf *err)
{
	STACK_OF(X509_NAME) * names;

	if (!conf->ca)
		return SSL_CTX_set_default_verify_paths(ssl) == 1
			       ? 0
			       : failed(err, "the system's authorities", NULL);
	if (SSL_CTX_load_verify_file(ssl, conf->ca) != 1)
		return failed(err, "authorities", conf->ca);
	if (!conf->server || !conf->ask_peer)
		return 0;
	names = SSL_load_client_CA_file(conf->ca);
	if (!names)
		return failed(err, "authorities", conf->ca);
	SSL_CTX_set_client_CA_list(ssl, names); /* takes names */
	return 0;
}

static int set_verify(SSL_CTX *ssl, const struct ply_tls_conf *conf)
{
	if (conf->server) {
		if (!conf->ask_peer)
			return 1;
		SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, ply_tls_conn_verify);
		/* The product's servers show their server certificate as clients too; many of
		 * those carry only the server's extended key usage. */
		return SSL_CTX_set_purpose(ssl, X509_PURPOSE_ANY);
	}
	SSL_CTX_set_verify(ssl, conf->no_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	return 1;
}

/* No resumption: state for idle peers costs more than the handshakes it saves here. No renewed
 * negotiation. Buffers go when a connection is idle. */
static int set_modes(SSL_CTX *ssl, const struct ply_tls_conf *conf)
{
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ssl,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ssl, 0);
	if (SSL_CTX_set_num_tickets(ssl, 0) != 1)
		return 0;
	if (conf->allow_tls10) {
		/* SHA-1 signatures of TLS 1.0 and 1.1 need level 0. */
		return SSL_CTX_set_cipher_list(ssl, "DEFAULT:@SECLEVEL=0") == 1 &&
		       SSL_CTX_set_min_proto_version(ssl, TLS1_VERSION) == 1;
	}
	return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1;
}

static uint64_t expiry(SSL_CTX *ssl)
{
	const X509 *cert = SSL_CTX_get0_certificate(ssl);
	struct tm tm;

	if (!cert || ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return 0;
	return (uint64_t)timegm(&tm) * 1000;
}

/* Everything is read before anything of ctx changes. */
static int load(struct ply_tls_ctx *ctx, struct ply_strbuf *err)
{
	SSL_CTX *ssl;
	int r;

	ERR_clear_error();
	ssl = SSL_CTX_new(ctx->conf.server ? TLS_server_method() : TLS_client_method());
	if (!ssl)
		return ply_err_origin(-ENOMEM);
	if (!set_modes(ssl, &ctx->conf) || !set_verify(ssl, &ctx->conf))
		r = failed(err, "TLS settings", NULL);
	else
		r = load_own(ssl, &ctx->conf, err);
	if (!r)
		r = load_ca(ssl, &ctx->conf, err);
	if (r) {
		SSL_CTX_free(ssl);
		return r;
	}
	SSL_CTX_free(ctx->ssl);
	ctx->ssl = ssl;
	ctx->expires_ms = expiry(ssl);
	return 0;
}

static int keep_path(char **own, const char **path)
{
	if (!*path)
		return 0;
	*own = ply_strdup(*path);
	*path = *own;
	return *own ? 0 : -ENOMEM;
}

int ply_tls_ctx_new(struct ply_tls_ctx **out, const struct ply_tls_conf *conf,
		    struct ply_strbuf *err)
{
	struct ply_tls_ctx *ctx = ply_calloc(1, sizeof *ctx);
	int r;

	if (!ctx)
		return ply_err_origin(-ENOMEM);
	ply_tls_keep_buffers();
	ctx->refs = 1;
	ctx->conf = *conf;
	if (keep_path(&ctx->cert, &ctx->conf.cert) || keep_path(&ctx->key, &ctx->conf.key) ||
	    keep_path(&ctx->ca, &ctx->conf.ca))
		r = ply_err_origin(-ENOMEM);
	else
		r = load(ctx, err);
	if (r) {
		ply_tls_ctx_unref(ctx);
		return r;
	}
	*out = ctx;
	return 0;
}

struct ply_tls_ctx *ply_tls_ctx_ref(struct ply_tls_ctx *ctx)
{
	ctx->refs++;
	return ctx;
}

void ply_tls_ctx_unref(struct ply_tls_ctx *ctx)
{
	if (!ctx || --ctx->refs)
		return;
	SSL_CTX_free(ctx->ssl);
	ply_free(ctx->cert);
	ply_free(ctx->key);
	ply_free(ctx->ca);
	ply_free(ctx);
}

int ply_tls_ctx_reload(struct ply_tls_ctx *ctx, struct ply_strbuf *err)
{
	return load(ctx, err);
}

uint64_t ply_tls_ctx_expires_ms(const struct ply_tls_ctx *ctx)
{
	return ctx->expires_ms;
}
