#include "crypto/x509.h"

#include "base/err.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char *cn_of(const X509_NAME *name)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *text = NULL;
	char *cn = NULL;
	int n = -1;

	if (at >= 0)
		n = ASN1_STRING_to_UTF8(&text,
					X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	/* A zero byte inside is a trick to look like another name. */
	if (n > 0 && !memchr(text, '\0', (size_t)n))
		cn = ply_strndup((const char *)text, (size_t)n);
	OPENSSL_free(text);
	return cn;
}

static void add_name(struct ply_strbuf *b, const GENERAL_NAME *g)
{
	int type;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(g, &type);
	const unsigned char *p;
	char ip[INET6_ADDRSTRLEN];
	size_t n;

	if (type != GEN_DNS && type != GEN_IPADD)
		return;
	p = ASN1_STRING_get0_data(s);
	n = (size_t)ASN1_STRING_length(s);
	if (type == GEN_DNS && (!n || memchr(p, '\0', n)))
		return;
	if (type == GEN_IPADD && n != 4 && n != 16)
		return;
	if (b->len)
		ply_strbuf_addc(b, ',');
	if (type == GEN_DNS)
		ply_strbuf_add(b, (const char *)p, n);
	else if (inet_ntop(n == 4 ? AF_INET : AF_INET6, p, ip, sizeof ip))
		ply_strbuf_adds(b, ip);
}

static char *san_of(const X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct ply_strbuf b = PLY_STRBUF_INIT;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		add_name(&b, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	return b.len ? ply_strbuf_steal(&b) : NULL;
}

static uint64_t ms_of(const ASN1_TIME *t)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return (uint64_t)timegm(&tm) * 1000;
}

static int fingerprint(const X509 *cert, char out[65])
{
	struct ply_strbuf hex = PLY_STRBUF_INIT;
	unsigned char *der = NULL;
	uint8_t sha[32];
	int n = i2d_X509(cert, &der);
	int r = n > 0 ? ply_sha256(der, (size_t)n, sha) : -ENOMEM;

	OPENSSL_free(der);
	if (!r)
		ply_strbuf_add_hex(&hex, sha, sizeof sha);
	if (!r)
		r = ply_strbuf_err(&hex);
	if (!r)
		memcpy(out, hex.p, 65);
	ply_strbuf_deinit(&hex);
	return r;
}

int ply_x509_info(struct ply_x509_info *out, struct ply_slice pem)
{
	BIO *b = pem.len && pem.len < INT32_MAX ? BIO_new_mem_buf(pem.p, (int)pem.len) : NULL;
	X509 *cert = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
	int r = PLY_X509_E_BAD;

	*out = (struct ply_x509_info){0};
	if (cert)
		r = fingerprint(cert, out->fingerprint);
	if (!r) {
		out->subject_cn = cn_of(X509_get_subject_name(cert));
		out->issuer_cn = cn_of(X509_get_issuer_name(cert));
		out->san = san_of(cert);
		out->not_before_ms = ms_of(X509_get0_notBefore(cert));
		out->not_after_ms = ms_of(X509_get0_notAfter(cert));
		out->is_ca = X509_check_ca(cert) == 1;
	}
	X509_free(cert);
	BIO_free(b);
	return r;
}

void ply_x509_info_deinit(struct ply_x509_info *info)
{
	ply_free(info->subject_cn);
	ply_free(info->issuer_cn);
	ply_free(info->san);
	*info = (struct ply_x509_info){0};
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	return fsync(fd) ? -errno : 0;
}

int ply_x509_write(const char *path, const char *text, bool secret)
{
	struct ply_strbuf tmp = PLY_STRBUF_INIT;
	char rnd[9];
	int fd = -1, r;

	ply_strbuf_addf(&tmp, "%s.%s", path, ply_random_hex(rnd, 8));
	r = ply_strbuf_err(&tmp);
	if (r)
		goto out;
	fd = open(tmp.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
	r = fd < 0 ? -errno : write_all(fd, text);
	if (fd >= 0 && close(fd) && !r)
		r = -errno;
	if (!r && rename(tmp.p, path))
		r = -errno;
	if (r && fd >= 0)
		(void)unlink(tmp.p);
out:
	ply_strbuf_deinit(&tmp);
	return r ? ply_err_origin(r) : 0;
}
