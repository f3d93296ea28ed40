/* Just enough of a SIP reader for a load: lines and the values a far end has to copy or follow. */
#ifndef TESTS_BENCH_LOAD_SIPTEXT_H
#define TESTS_BENCH_LOAD_SIPTEXT_H

#include "base/slice.h"

enum field_kind {
	FIELD_OTHER,
	FIELD_VIA,
	FIELD_FROM,
	FIELD_TO,
	FIELD_CALL_ID,
	FIELD_CSEQ,
	FIELD_RECORD_ROUTE,
	FIELD_CONTACT,
	FIELD_CHALLENGE, /* WWW-Authenticate, Proxy-Authenticate */
	FIELD_LENGTH,
	FIELD_ETAG,
};

struct field {
	enum field_kind kind;
	struct ply_slice line, value;
};

enum { FIELDS_MAX = 64 };

/* All slices are views into the text. */
struct siptext {
	struct ply_slice text, method, uri, body;
	int status; /* 0: a request */
	size_t n;
	struct field field[FIELDS_MAX];
};

/* Octets of the first whole message of a stream, 0 while it is not complete. */
size_t siptext_frame(struct ply_slice stream);
bool siptext_read(struct siptext *m, struct ply_slice text);
/* The first of its kind, NULL when there is none. */
const struct field *siptext_field(const struct siptext *m, enum field_kind kind);

#endif
