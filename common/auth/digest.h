/* HTTP Digest for standard SIP clients, the server side: challenge text, credentials, nonces that
 * need no memory at the server, and a bounded memory of nonce counts against replay. Algorithms
 * MD5, SHA-256 and their -sess forms with qop=auth; without qop only MD5 and SHA-256 (RFC 2069
 * style, no replay count: the caller decides whether to allow it). Pure: key, time and randomness
 * are arguments. Signalling thread for the tables. Spec: RFC 7616, RFC 2617, RFC 8760. Rank 2. */
#ifndef PLY_AUTH_DIGEST_H
#define PLY_AUTH_DIGEST_H

#include "auth/authhdr.h"
#include "base/slice.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

enum ply_digest_alg {
	PLY_DIGEST_MD5,
	PLY_DIGEST_MD5_SESS,
	PLY_DIGEST_SHA256,
	PLY_DIGEST_SHA256_SESS,
};

enum {
	PLY_DIGEST_MAX_LEN = 32,   /* bytes of the longest HA1 */
	PLY_DIGEST_NONCE_LEN = 40, /* characters, without NUL */
	PLY_DIGEST_KEY_LEN = 32,
};

/* Positive results. */
enum {
	PLY_DIGEST_E_DENIED = 1,  /* wrong password, or no such user */
	PLY_DIGEST_E_STALE,       /* nonce not ours, of another source, or too old: stale=true */
	PLY_DIGEST_E_REPLAY,      /* this nonce count was used before */
	PLY_DIGEST_E_UNSUPPORTED, /* algorithm or qop we do not offer */
};

/* Credentials as sent. LENT: views into the header value. Values are as written between the quotes;
 * ply_digest_username gives the name without backslashes. */
struct ply_digest_cred {
	enum ply_digest_alg alg;
	bool qop_auth; /* false: no qop (RFC 2069 style) */
	uint32_t nc;   /* 0 without qop */
	struct ply_slice username, realm, nonce, uri, response, cnonce, nc_text, opaque;
};

/* From a parsed header of mechanism PLY_AUTH_MECH_DIGEST. 0; -EBADMSG when a mandatory parameter is
 * missing or malformed; PLY_DIGEST_E_UNSUPPORTED. */
int ply_digest_cred(const struct ply_authhdr *h, struct ply_digest_cred *out);
/* Name with backslash escapes undone, NUL-terminated; false when it does not fit. */
bool ply_digest_username(const struct ply_digest_cred *c, char *out, size_t cap);

/* Bytes of HA1 and of a response for this algorithm: 16 or 32. */
size_t ply_digest_len(enum ply_digest_alg alg);
/* H(user:realm:password); the -sess forms have the same HA1 as their base. */
int ply_digest_ha1(enum ply_digest_alg alg, struct ply_slice user, struct ply_slice realm,
		   struct ply_slice password, uint8_t out[PLY_DIGEST_MAX_LEN]);

/* Checks the response; ha1 NULL: no such user, takes the same time. Says nothing about the nonce.
 * 0, PLY_DIGEST_E_DENIED, or negative. */
int ply_digest_check(const struct ply_digest_cred *c, struct ply_slice method, const uint8_t *ha1);

/* A nonce: time, `uniq` (random from the caller, so that two clients behind one address never share
 * one), and a keyed check over both, the source and the realm. */
struct ply_digest_nonce_ctx {
	const uint8_t *key;      /* PLY_DIGEST_KEY_LEN bytes, secret of this process or pool */
	struct ply_slice source; /* whatever binds the client: its address bytes */
	struct ply_slice realm;
};
void ply_digest_nonce(const struct ply_digest_nonce_ctx *ctx, uint32_t now_s, uint32_t uniq,
		      char out[PLY_DIGEST_NONCE_LEN + 1]);
/* 0 with *made_s set, or PLY_DIGEST_E_STALE. */
int ply_digest_nonce_check(const struct ply_digest_nonce_ctx *ctx, struct ply_slice nonce,
			   uint32_t now_s, uint32_t max_age_s, uint32_t *made_s);

/* Appends the value of a WWW-Authenticate header. `opaque` may be absent. */
struct ply_digest_challenge {
	struct ply_slice realm, nonce, opaque;
	enum ply_digest_alg alg;
	bool stale;
};
void ply_digest_add_challenge(struct ply_strbuf *b, const struct ply_digest_challenge *c);

/* Nonce counts seen. Holds at most `cap` nonces; when it is full the oldest goes, and nonces made
 * up to then are stale from then on: a replay is never possible, only an extra round trip. */
struct ply_digest_seen;
int ply_digest_seen_new(struct ply_digest_seen **out, size_t cap, uint32_t max_age_s); /* GIVES */
void ply_digest_seen_free(struct ply_digest_seen *t);
/* After nonce_check and check have both passed. Counts within 64 of the highest may come in any
 * order. 0, PLY_DIGEST_E_REPLAY, PLY_DIGEST_E_STALE, or -ENOMEM. */
int ply_digest_seen_use(struct ply_digest_seen *t, struct ply_slice nonce, uint32_t made_s,
			uint32_t nc, uint32_t now_s);

#endif
