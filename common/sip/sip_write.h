/* Writing SIP: answers, edits of a received message, and requests of our own, as text into a
 * ply_strbuf. Pure. Compact header names are written out (SIPE does not know them). RFC 3261
 * §8.2.6, §16.6, §16.7. Rank 3. */
#ifndef PLY_SIP_SIP_WRITE_H
#define PLY_SIP_SIP_WRITE_H

#include "sip/sip_msg.h"

/* An answer to a request. */
struct ply_sip_reply {
	unsigned status;
	const char *reason; /* NULL: the standard phrase */
	struct ply_slice
		to_tag;         /* put into To when the request had none; absent: none (100 only) */
	struct ply_slice lines; /* further header lines, each with CR LF, in this order */
	bool record_route;      /* echo Record-Route (dialog-forming 1xx and 2xx) */
	const char *content_type; /* NULL: no body */
	struct ply_slice body;
	/* ms-diagnostics: 0 none. `diag_public` writes ms-diagnostics-public without source. */
	unsigned diag;
	bool diag_public;
	const char *diag_reason; /* short, plain, no quotes */
	const char *source;      /* our FQDN */
	uint32_t retry_after;    /* seconds; 0: no header */
};
/* Start line, Via as received (with m->top_via), From, To, Call-ID, CSeq, lines, body. 0 or
 * -ENOMEM. */
int ply_sip_write_reply(struct ply_strbuf *out, const struct ply_sip_msg *req,
			const struct ply_sip_reply *r);

enum { PLY_SIP_MAX_REPLACE = 8 };

/* A received message written out changed. Zero it and set what is wanted. */
struct ply_sip_edit {
	struct ply_slice ruri;         /* requests: new Request-URI; absent: as it was */
	struct ply_slice top;          /* complete header lines put right after the start line */
	struct ply_slice tail;         /* complete header lines put last */
	uint64_t drop;                 /* BIT64 of header numbers left out altogether */
	bool pop_via;                  /* leave out the first Via value (responses going back) */
	bool pop_route;                /* leave out the first Route value */
	bool keep_top_via;             /* requests: write m->top_via in place of the first Via value
					  (forwarding) */
	const char *const *drop_named; /* NULL-ended list of names (any case) left out */
	unsigned n_replace;
	struct {
		enum ply_sip_hdr
			id; /* first line of it gets this value, further lines of it are dropped; */
		struct ply_slice value; /* added when there was none */
	} replace[PLY_SIP_MAX_REPLACE];
	bool new_body;            /* body and content_type below take the place of the old body */
	const char *content_type; /* NULL with new_body: no body */
	struct ply_slice body;
};
#define PLY_HDR_BIT(id) (UINT64_C(1) << (id))

/* 0, -ENOMEM, or -EINVAL (nothing written) for a ruri or a replaced value with CR, LF or NUL in it
 * (flatten folds before, see ply_sip_add_unfolded), a ruri for a response, more than 32 drop_named.
 * Content-Length is always written, once. Give it whole messages only: none that ply_sip_msg_new()
 * found a fault in. */
int ply_sip_write_edit(struct ply_strbuf *out, const struct ply_sip_msg *m,
		       const struct ply_sip_edit *e);

/* Writes the line "name: value". Refuses CR, LF and NUL in value (writes nothing,
 * -EINVAL): no header can be smuggled in through a value that came from a peer. */
int ply_sip_add_line(struct ply_strbuf *lines, const char *name, struct ply_slice value);

/* The same for a value taken from a received message: its folds become one blank each (RFC 3261
 * §7.3.1). */
int ply_sip_add_unfolded(struct ply_strbuf *lines, const char *name, struct ply_slice value);

/* Content-Type, Content-Length, empty line and body: how every message of ours ends. content_type
 * NULL: no body. */
void ply_sip_write_body(struct ply_strbuf *out, const char *content_type, struct ply_slice body);

#endif
