/* One SIP message as it stood on the wire: the raw octets, an index of its header lines, and, when
 * a handler asks, Sofia-SIP's parse of it. Roles edit by header line (sip_write.h) and never
 * re-serialise, so that what a client signed, ordered or spelt in its own way stays as it was. RFC
 * 3261 §7, §25. Rank 3.
 *
 * The index is ours: one pass over the lines, known header names (compact forms too) to numbers.
 * The meaning of most headers is Sofia's: ply_sip_msg_parse(). */
#ifndef PLY_SIP_SIP_MSG_H
#define PLY_SIP_SIP_MSG_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

#include <sofia-sip/sip.h>

enum ply_sip_method {
	PLY_SIP_OTHER, /* method_name says which */
	PLY_SIP_INVITE,
	PLY_SIP_ACK,
	PLY_SIP_CANCEL,
	PLY_SIP_BYE,
	PLY_SIP_OPTIONS,
	PLY_SIP_REGISTER,
	PLY_SIP_INFO,
	PLY_SIP_PRACK,
	PLY_SIP_UPDATE,
	PLY_SIP_MESSAGE,
	PLY_SIP_SUBSCRIBE,
	PLY_SIP_NOTIFY,
	PLY_SIP_REFER,
	PLY_SIP_PUBLISH,
	PLY_SIP_SERVICE,   /* [MS-SIP] */
	PLY_SIP_BENOTIFY,  /* [MS-SIP]: never answered */
	PLY_SIP_NEGOTIATE, /* [MS-CONMGMT] */
	PLY_SIP_N_METHOD
};

/* Headers that somebody asks for by number. Fewer than 64: sets of them are uint64_t. */
enum ply_sip_hdr {
	PLY_HDR_OTHER,
	PLY_HDR_VIA,
	PLY_HDR_FROM,
	PLY_HDR_TO,
	PLY_HDR_CALL_ID,
	PLY_HDR_CSEQ,
	PLY_HDR_CONTACT,
	PLY_HDR_MAX_FORWARDS,
	PLY_HDR_ROUTE,
	PLY_HDR_RECORD_ROUTE,
	PLY_HDR_CONTENT_LENGTH,
	PLY_HDR_CONTENT_TYPE,
	PLY_HDR_EXPIRES,
	PLY_HDR_MIN_EXPIRES,
	PLY_HDR_EVENT,
	PLY_HDR_ALLOW_EVENTS,
	PLY_HDR_SUBSCRIPTION_STATE,
	PLY_HDR_SUPPORTED,
	PLY_HDR_REQUIRE,
	PLY_HDR_PROXY_REQUIRE,
	PLY_HDR_UNSUPPORTED,
	PLY_HDR_ACCEPT,
	PLY_HDR_USER_AGENT,
	PLY_HDR_AUTHORIZATION,
	PLY_HDR_PROXY_AUTHORIZATION,
	PLY_HDR_WWW_AUTHENTICATE,
	PLY_HDR_PROXY_AUTHENTICATE,
	PLY_HDR_AUTHENTICATION_INFO,
	PLY_HDR_PROXY_AUTHENTICATION_INFO,
	PLY_HDR_P_ASSERTED_IDENTITY,
	PLY_HDR_P_PREFERRED_IDENTITY,
	PLY_HDR_REASON,
	PLY_HDR_REFER_TO,
	PLY_HDR_REFERRED_BY,
	PLY_HDR_SIP_ETAG,
	PLY_HDR_SIP_IF_MATCH,
	PLY_HDR_SUBJECT,
	PLY_HDR_WARNING,
	PLY_HDR_RETRY_AFTER,
	PLY_HDR_MS_DIAGNOSTICS,
	PLY_HDR_MS_DIAGNOSTICS_PUBLIC,
	PLY_HDR_MS_KEEP_ALIVE,
	PLY_HDR_MS_TEXT_FORMAT,
	PLY_HDR_MS_SENDER,
	PLY_HDR_PATH,
	PLY_HDR_N
};

struct ply_sip_line {
	uint8_t id;             /* enum ply_sip_hdr */
	struct ply_slice name;  /* as written */
	struct ply_slice value; /* blanks at both ends cut; folds inside still there */
	struct ply_slice text;  /* the whole line(s) with the line end */
};

enum { PLY_SIP_MAX_LINES = 200, PLY_SIP_NO_LINE = 0xff };

/* All slices point into the message's own memory and live as long as a reference to it. */
struct ply_sip_msg {
	unsigned ref;
	bool is_request;
	enum ply_sip_method method; /* requests: start line; responses: of CSeq */
	struct ply_slice method_name;
	struct ply_slice ruri; /* requests */
	unsigned status;       /* responses: 100-699 */
	struct ply_slice reason;
	struct ply_slice raw;
	struct ply_slice body;
	struct ply_sip_line *line;
	unsigned n_line;
	uint8_t first[PLY_HDR_N]; /* index of the first line of each header, or PLY_SIP_NO_LINE */
	uint32_t cseq;
	/* The top Via's line as it is to be echoed, with received, rport and ms-received-*: set by
	 * the transport on receipt (RFC 3261 §18.2.1, RFC 3581, [MS-SIPRE]); absent until then.
	 * A whole line "Via: value" CR LF of that one value, even where the peer wrote several into
	 * a line. Owned by the message: set it with ply_sip_msg_set_top_via(). */
	struct ply_slice top_via;
	struct msg_s *sofia; /* lazily; private to sip_parse.c */
};

/* Why a text is no SIP message that can be routed or answered further. */
enum {
	PLY_SIP_E_START = 1, /* start line broken: close the connection, or drop the datagram */
	PLY_SIP_E_HEADER,    /* a header line without colon, NUL or a lone CR in a header, blanks or
				brackets in the Request-URI, no empty line: 400 when it can be
				answered */
	PLY_SIP_E_MISSING,   /* Via, From, To, Call-ID or CSeq missing, or one of the last four or
				Max-Forwards doubled */
	PLY_SIP_E_CSEQ,      /* CSeq unreadable or of another method */
	PLY_SIP_E_VERSION,   /* not SIP/2.0: 505 */
	PLY_SIP_E_TOO_MANY,  /* over PLY_SIP_MAX_LINES */
	PLY_SIP_E_LENGTH, /* Content-Length larger than the datagram, negative, or two that differ
			   */
};

/* Copies p[0..len) and indexes it. GIVES *out with one reference. For E_HEADER, E_MISSING, E_CSEQ,
 * E_VERSION, E_LENGTH *out is set as well where an answer can be sent (a request with a Via;
 * other lines may be missing, in the answer too), else NULL. */
int ply_sip_msg_new(struct ply_sip_msg **out, const char *p, size_t len);
/* The index alone over memory of the caller's, for signing and tests: `m` and `line`
 * (PLY_SIP_MAX_LINES of them) are the caller's; p is LENT for their life; no parse, no references.
 */
int ply_sip_msg_index(struct ply_sip_msg *m, struct ply_sip_line *line, const char *p, size_t len);
struct ply_sip_msg *ply_sip_msg_ref(struct ply_sip_msg *m);
void ply_sip_msg_unref(struct ply_sip_msg *m); /* NULL is fine */
/* Copies line to m->top_via, in place of the one before. Not for messages of ply_sip_msg_index(). 0
 * or -ENOMEM. */
int ply_sip_msg_set_top_via(struct ply_sip_msg *m, struct ply_slice line);

/* Sofia-SIP's view, made at the first call. NULL when Sofia refuses the message; *why (may be NULL)
 * then says which header is bad, in words. A bad header that no routing hangs on (Date, Accept ...)
 * does not make it refuse: the header is absent then and named in sip_error. Call-Info and
 * Accept-Contact are absent too when there are more than 2 kB of them. LENDS: valid as long
 * as the message. Handlers read it and never change it. */
sip_t const *ply_sip_msg_parse(struct ply_sip_msg *m, const char **why);

/* Value of the first line of header id; absent slice (p NULL) when there is none. */
struct ply_slice ply_sip_hdr(const struct ply_sip_msg *m, enum ply_sip_hdr id);
/* Walks the lines of a header: *pos starts at 0; false at the end. */
bool ply_sip_hdr_next(const struct ply_sip_msg *m, enum ply_sip_hdr id, unsigned *pos,
		      struct ply_slice *value);
/* Value of the first header with this name (any case); absent slice when none. */
struct ply_slice ply_sip_hdr_named(const struct ply_sip_msg *m, const char *name);
/* Does any line of the comma-separated header hold this token (any case; parameters ignored)? */
bool ply_sip_has_token(const struct ply_sip_msg *m, enum ply_sip_hdr id, const char *token);
/* Cuts the next value off a comma-separated header value, minding quotes and <>. Trimmed. False at
 * the end. */
bool ply_sip_next_value(struct ply_slice *rest, struct ply_slice *value);

enum ply_sip_method ply_sip_method_of(struct ply_slice name);
const char *ply_sip_method_name(enum ply_sip_method m); /* "" for PLY_SIP_OTHER */
enum ply_sip_hdr ply_sip_hdr_of(struct ply_slice name);
const char *ply_sip_hdr_name(enum ply_sip_hdr id); /* the long form */
const char *ply_sip_reason(unsigned status);       /* "Not Found"; "" when unknown */

/* A name-addr or addr-spec value: From, To, Contact, Route, Refer-To ... Slices as written. */
struct ply_sip_addr {
	struct ply_slice display; /* without quotes */
	struct ply_slice uri;     /* between < and >, or up to the first ; */
	struct ply_slice params;  /* after it, beginning with ';', or empty */
	bool star;                /* Contact: * */
};
/* 0 or -EBADMSG. */
int ply_sip_addr_parse(struct ply_slice value, struct ply_sip_addr *out);
/* ;name=value in a parameter text (of an address, Via or URI): true when there, *value unquoted and
 * empty for a flag. Names without case. */
bool ply_sip_param(struct ply_slice params, const char *name, struct ply_slice *value);
/* Convenience: the parsed From or To and its tag and epid ("" slices when missing). */
int ply_sip_from_to(const struct ply_sip_msg *m, enum ply_sip_hdr id, struct ply_sip_addr *addr,
		    struct ply_slice *tag, struct ply_slice *epid);

/* A SIP or SIPS URI cut into its parts, as written. */
struct ply_sip_uri {
	bool sips, tel;          /* neither: sip */
	struct ply_slice user;   /* still escaped; absent when there is none */
	struct ply_slice host;   /* IPv6 with brackets */
	uint32_t port;           /* 0: none written */
	struct ply_slice params; /* ";transport=tls;gruu" */
	struct ply_slice headers;
};
/* 0, -EBADMSG, or -EPROTONOSUPPORT for another scheme (then 416). */
int ply_sip_uri_parse(struct ply_slice uri, struct ply_sip_uri *out);
/* Address of record in canonical form: "sip:user@host", scheme and host in lower case, user
 * unescaped where that changes nothing and in lower case (users are looked up without case), no
 * port, no parameters. For a URI without user "sip:host". -ENOSPC when out is too small, else 0.
 * RFC 3261 §10.3 step 5. */
enum { PLY_SIP_AOR_MAX = 456 }; /* [MS-SIP]: 454 characters and a NUL */
int ply_sip_uri_aor(const struct ply_sip_uri *u, char out[PLY_SIP_AOR_MAX]);

struct ply_sip_via {
	struct ply_slice transport; /* "UDP", "TLS", as written */
	struct ply_slice host;
	uint32_t port; /* 0: none */
	struct ply_slice params;
	struct ply_slice branch; /* empty: none (SIPE and Communicator leave it out) */
};
/* One Via value. 0 or -EBADMSG. */
int ply_sip_via_parse(struct ply_slice value, struct ply_sip_via *out);
/* The first Via value of the message. */
int ply_sip_top_via(const struct ply_sip_msg *m, struct ply_sip_via *out);

/* Framing on a stream (RFC 3261 §18.3). Looks at p[0..len): */
enum ply_sip_frame {
	PLY_SIP_FRAME_MORE,    /* not whole yet; *size says how many octets may be skipped as blank
				  lines */
	PLY_SIP_FRAME_PING,    /* a double CRLF keepalive of *size octets (RFC 5626 §3.5.1) */
	PLY_SIP_FRAME_MESSAGE, /* a message of *size octets, blank lines before it among them */
	PLY_SIP_FRAME_TOO_LARGE, /* header or body over max: 513 and close; *size: the header part,
				    0 when that is not whole */
	PLY_SIP_FRAME_BAD,       /* lost: close */
	PLY_SIP_FRAME_NO_LENGTH, /* header part of *size octets and a body whose length cannot be
				    told: Content-Type without Content-Length, one that is no
				    number, or two that differ. 400 (as for PLY_SIP_E_LENGTH) and
				    close */
};
enum ply_sip_frame ply_sip_frame(const char *p, size_t len, size_t max, size_t *size);

/* The same with a memory, so that no octet of a message that comes in small pieces is looked at
 * twice. One for each connection; zero it at first and whenever octets were taken or skipped. */
struct ply_sip_frame_state {
	size_t seen, need; /* private */
	bool started;
};
enum ply_sip_frame ply_sip_frame_at(struct ply_sip_frame_state *st, const char *p, size_t len,
				    size_t max, size_t *size);

#endif
