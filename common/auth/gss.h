/* Kerberos as acceptor through GSSAPI: raw Kerberos tokens (no SPNEGO), one leg, no answer token,
 * then GetMIC and VerifyMIC. Talks to nobody: a ticket is checked with the keytab alone. Reads the
 * keytab file when a token is accepted (sign-in only). The library's replay cache on disk is
 * switched off; a table of recent tokens in memory takes its place. Signalling thread. Spec: RFC
 * 4120, RFC 4121, RFC 2744; [MS-SIPAE] 3.2.5, 3.3.5. Rank 2. */
#ifndef PLY_AUTH_GSS_H
#define PLY_AUTH_GSS_H

#include "base/slice.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct ply_gss_cred; /* our keys: process lifetime */
struct ply_gss;      /* one established context */

enum {
	PLY_GSS_MAX_TOKEN = 65536, /* with a large authorisation part */
	PLY_GSS_MAX_MIC = 128,
	PLY_GSS_MAX_NAME = 256,
};

/* Positive results. */
enum {
	PLY_GSS_E_DENIED =
		1,      /* not a Kerberos token, no key for it, ticket out of date, replayed */
	PLY_GSS_E_SKEW, /* the clocks differ too much */
};

/* Opens the keytab (the path is copied). 0, or negative with the library's text in err (may
 * be NULL). Any principal of the keytab may be the target: pool and server names alike. */
int ply_gss_cred_open(struct ply_gss_cred **out, const char *keytab, struct ply_strbuf *err);
void ply_gss_cred_close(struct ply_gss_cred *c); /* NULL is fine */

/* One AP-REQ token to an established context. GIVES *out. 0; PLY_GSS_E_*; negative. `err` (may be
 * NULL) receives the library's reason, for the log. */
int ply_gss_accept(struct ply_gss **out, struct ply_gss_cred *c, struct ply_slice token,
		   uint64_t now_ms, struct ply_strbuf *err);
void ply_gss_free(struct ply_gss *g); /* NULL is fine */

/* "alice@LAB.EXAMPLE". LENDS: as long as g. */
const char *ply_gss_principal(const struct ply_gss *g);
/* Seconds the context had left when it was accepted. */
uint32_t ply_gss_lifetime(const struct ply_gss *g);

/* 0 with *len set, or negative. */
int ply_gss_sign(struct ply_gss *g, struct ply_slice text, uint8_t sig[PLY_GSS_MAX_MIC],
		 size_t *len);
bool ply_gss_verify(struct ply_gss *g, struct ply_slice text, struct ply_slice sig);

#endif
