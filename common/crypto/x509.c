#include "crypto/x509.h"

#include "base/err.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "crypto/secret.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

void ply_x509_pem_deinit(struct ply_x509_pem *p)
{
	ply_free(p->cert);
	ply_secret_free_str(p->key);
	*p = (struct ply_x509_pem){NULL, NULL};
}

static EVP_PKEY *make_key(enum ply_x509_key kind)
{
	if (kind == PLY_X509_RSA2048)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

/* GIVES the memory BIO's content. */
static char *bio_text(BIO *b)
{
	char *p = NULL;
	long n = BIO_get_mem_data(b, &p);

	return n > 0 ? ply_strndup(p, (size_t)n) : NULL;
}

static int to_pem(struct ply_x509_pem *out, X509 *cert, EVP_PKEY *key)
{
	BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_secmem());
	int r = -ENOMEM;

	*out = (struct ply_x509_pem){NULL, NULL};
	if (c && k && PEM_write_bio_X509(c, cert) == 1 &&
	    PEM_write_bio_PKCS8PrivateKey(k, key, NULL, NULL, 0, NULL, NULL) == 1) {
		out->cert = bio_text(c);
		out->key = bio_text(k);
	}
	if (out->cert && out->key)
		r = 0;
	else
		ply_x509_pem_deinit(out);
	BIO_free(c);
	BIO_free(k);
	return r;
}

static bool add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

static bool is_address(const char *name)
{
	struct in6_addr a;

	return inet_pton(AF_INET, name, &a) == 1 || inet_pton(AF_INET6, name, &a) == 1;
}

/* A comma or colon in a name would be read as further entries of another kind. */
static bool name_ok(const char *name)
{
	return name && name[0] && strlen(name) <= 64 &&
	       (is_address(name) ||
		name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-._* ")] == '\0');
}

static bool add_san(X509 *cert, const struct ply_x509_req *req)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	bool ok;

	for (size_t i = 0; req->san && req->san[i]; i++)
		ply_strbuf_addf(&b, "%s%s:%s", b.len ? "," : "",
				is_address(req->san[i]) ? "IP" : "DNS", req->san[i]);
	if (!b.len)
		ply_strbuf_addf(&b, "DNS:%s", req->cn);
	ok = !ply_strbuf_err(&b) && add_ext(cert, cert, NID_subject_alt_name, b.p);
	ply_strbuf_deinit(&b);
	return ok;
}

static bool set_serial(X509 *cert)
{
	uint8_t serial[16];
	BIGNUM *n;
	bool ok;

	ply_random_bytes(serial, sizeof serial);
	serial[0] = (uint8_t)(serial[0] & 0x7f); /* positive: RFC 5280 §4.1.2.2 */
	n = BN_bin2bn(serial, sizeof serial, NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return ok;
}

/* Everything that authority and server have in common. An hour of slack for clocks that are behind.
 */
static X509 *draft(const struct ply_x509_req *req, EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name = cert ? X509_get_subject_name(cert) : NULL;

	if (cert && X509_set_version(cert, 2) == 1 && set_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
	    X509_time_adj_ex(X509_getm_notAfter(cert), (int)req->days, 0, NULL) &&
	    X509_set_pubkey(cert, key) == 1 &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)req->cn,
				       -1, -1, 0) == 1)
		return cert;
	X509_free(cert);
	return NULL;
}

static bool req_ok(const struct ply_x509_req *req)
{
	if (!name_ok(req->cn) || !req->days || req->days > 36500)
		return false;
	for (size_t i = 0; req->san && req->san[i]; i++)
		if (!name_ok(req->san[i]))
			return false;
	return true;
}

int ply_x509_make_ca(struct ply_x509_pem *out, const struct ply_x509_req *req)
{
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int r = -EIO;

	if (!req_ok(req))
		return ply_err_origin(-EINVAL);
	key = make_key(req->key);
	cert = key ? draft(req, key) : NULL;
	if (cert && X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
	    add_ext(cert, cert, NID_basic_constraints, "critical,CA:TRUE") &&
	    add_ext(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    add_ext(cert, cert, NID_subject_key_identifier, "hash") &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		r = to_pem(out, cert, key);
	X509_free(cert);
	EVP_PKEY_free(key);
	return r ? ply_err_origin(r) : 0;
}

static X509 *read_cert(struct ply_slice pem)
{
	BIO *b = pem.len && pem.len < INT32_MAX ? BIO_new_mem_buf(pem.p, (int)pem.len) : NULL;
	X509 *c = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;

	BIO_free(b);
	return c;
}

static int no_pass_phrase(char *buf, int size, int rwflag, void *u)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)u;
	return -1;
}

static EVP_PKEY *read_key(struct ply_slice pem)
{
	BIO *b = pem.len && pem.len < INT32_MAX ? BIO_new_mem_buf(pem.p, (int)pem.len) : NULL;
	EVP_PKEY *k = b ? PEM_read_bio_PrivateKey(b, NULL, no_pass_phrase, NULL) : NULL;

	BIO_free(b);
	return k;
}

static int sign_server(struct ply_x509_pem *out, const struct ply_x509_req *req, X509 *ca,
		       EVP_PKEY *ca_key)
{
	EVP_PKEY *key = make_key(req->key);
	X509 *cert = key ? draft(req, key) : NULL;
	int r = -EIO;

	if (cert && X509_set_issuer_name(cert, X509_get_subject_name(ca)) == 1 &&
	    add_ext(cert, ca, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_ext(cert, ca, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
	    add_ext(cert, ca, NID_ext_key_usage, "serverAuth,clientAuth") &&
	    add_ext(cert, ca, NID_subject_key_identifier, "hash") &&
	    add_ext(cert, ca, NID_authority_key_identifier, "keyid") && add_san(cert, req) &&
	    X509_sign(cert, ca_key, EVP_sha256()) > 0)
		r = to_pem(out, cert, key);
	X509_free(cert);
	EVP_PKEY_free(key);
	return r ? ply_err_origin(r) : 0;
}

int ply_x509_make_server(struct ply_x509_pem *out, const struct ply_x509_req *req,
			 const struct ply_x509_pem *ca)
{
	X509 *issuer = read_cert(ply_slice_str(ca->cert));
	EVP_PKEY *key = read_key(ply_slice_str(ca->key));
	int r;

	if (!req_ok(req))
		r = ply_err_origin(-EINVAL);
	else if (!issuer || !key || X509_check_private_key(issuer, key) != 1)
		r = PLY_X509_E_BAD;
	else
		r = sign_server(out, req, issuer, key);
	X509_free(issuer);
	EVP_PKEY_free(key);
	return r;
}

int ply_x509_check_pair(struct ply_slice cert_pem, struct ply_slice key_pem)
{
	X509 *cert = read_cert(cert_pem);
	EVP_PKEY *key = read_key(key_pem);
	int r = cert && key && X509_check_private_key(cert, key) == 1 ? 0 : PLY_X509_E_BAD;

	X509_free(cert);
	EVP_PKEY_free(key);
	return r;
}
