/* Certificates for `parley cert` and the lab: an authority, server certificates under it, what a
 * certificate says. Not for the signalling path: key generation takes its time. Rank 1. */
#ifndef PLY_CRYPTO_X509_H
#define PLY_CRYPTO_X509_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

enum ply_x509_key { PLY_X509_P256, PLY_X509_RSA2048 };

enum { PLY_X509_E_BAD = 1 /* not PEM, not a certificate or key, or the two do not fit */ };

struct ply_x509_pem {
	char *cert; /* GIVEN */
	char *key;  /* GIVEN, PKCS#8 without pass phrase */
};
/* Wipes and frees both. */
void ply_x509_pem_deinit(struct ply_x509_pem *p);

struct ply_x509_req {
	const char *cn;
	const char *const *san; /* names and addresses; NULL ends; an address becomes an IP entry */
	unsigned days;
	enum ply_x509_key key;
};

/* A self-signed authority. req->san is not used. 0, -EINVAL, -ENOMEM, -EIO. */
int ply_x509_make_ca(struct ply_x509_pem *out, const struct ply_x509_req *req);
/* A certificate for server and client use (mutual TLS), signed by the authority. The certificate
 * text is the server's alone. PLY_X509_E_BAD: the authority's PEM is not usable. */
int ply_x509_make_server(struct ply_x509_pem *out, const struct ply_x509_req *req,
			 const struct ply_x509_pem *ca);

struct ply_x509_info {
	char *subject_cn; /* all GIVEN; NULL when there is none */
	char *issuer_cn;
	char *san;            /* "a.example,b.example,127.0.0.1" */
	char fingerprint[65]; /* SHA-256 of the DER, hex */
	uint64_t not_before_ms, not_after_ms;
	bool is_ca;
};
/* The first certificate of a PEM text. */
int ply_x509_info(struct ply_x509_info *out, struct ply_slice pem);
void ply_x509_info_deinit(struct ply_x509_info *info);
/* 0: the key belongs to the first certificate; PLY_X509_E_BAD. */
int ply_x509_check_pair(struct ply_slice cert_pem, struct ply_slice key_pem);

/* Writes the text beside `path` and moves it there, so that nobody ever sees half a file. Mode 0600
 * for a secret, else 0644. 0 or -errno. */
int ply_x509_write(const char *path, const char *text, bool secret);

#endif
