/* Digest credentials (RFC 2617; MD5, with and without qop=auth) as a client keeps them. */
#ifndef TESTS_BENCH_LOAD_DIGEST_H
#define TESTS_BENCH_LOAD_DIGEST_H

#include "base/strbuf.h"
#include "tests/bench/load/siptext.h"

struct digest {
	char realm[64], nonce[192], opaque[64];
	char ha1[33]; /* hex of MD5(user:realm:password), made once */
	unsigned nc;
	bool qop;
};

/* Takes the first MD5 challenge of a 401 or 407; false when there is none. */
bool digest_challenged(struct digest *d, const struct siptext *m);
/* Adds the line "Authorization: ..." with its CRLF; nothing when there was no challenge yet. */
void digest_authorize(struct digest *d, struct ply_strbuf *out, const char *user,
		      const char *password, const char *method, const char *uri);

#endif
