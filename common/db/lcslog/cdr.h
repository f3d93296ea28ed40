/* A call detail record on its way: what happened to a session between two or to a meeting, never
 * what was said (databases.md §3). A record says all that is known of what it is about, so that the
 * last one of a stay or a session makes the row even when those before it were lost. Plain values;
 * texts are LENT. Rank 3. */
#ifndef PLY_DB_LCSLOG_CDR_H
#define PLY_DB_LCSLOG_CDR_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

enum ply_cdr_kind {
	PLY_CDR_IM_START = 1,  /* a session between two was answered */
	PLY_CDR_IM_END,        /* it is over; or its first request was refused */
	PLY_CDR_CONF_START,    /* a meeting was activated */
	PLY_CDR_CONF_END,      /* and deactivated: whoever is there has left */
	PLY_CDR_FOCUS_JOIN,    /* a client of somebody came in */
	PLY_CDR_FOCUS_LEAVE,   /* and left */
	PLY_CDR_MCU_JOIN,      /* a leg on a conferencing server */
	PLY_CDR_MCU_LEAVE,     /* and its end */
	PLY_CDR_CONF_MESSAGES, /* somebody wrote so many more messages */
	PLY_CDR_KIND_END
};

/* Rows of the static tables Roles and UserAuthTypes; 0: not known. */
enum ply_cdr_role { PLY_CDR_ATTENDEE = 1, PLY_CDR_PRESENTER };
enum ply_cdr_auth { PLY_CDR_ENTERPRISE = 1, PLY_CDR_FEDERATED, PLY_CDR_ANONYMOUS };

/* Numbers of a record; 0 is "not known". Times are wall clock milliseconds. */
enum ply_cdr_value {
	PLY_CDR_BEGIN,     /* of session or meeting: SessionIdTime */
	PLY_CDR_AT,        /* when it happened */
	PLY_CDR_SINCE,     /* leaves: when he had joined. IM_END: when it was answered */
	PLY_CDR_RESPONSE,  /* ResponseCode */
	PLY_CDR_DIAG,      /* DiagnosticId */
	PLY_CDR_MESSAGES1, /* of user 1 */
	PLY_CDR_MESSAGES2,
	PLY_CDR_AUTH1, /* enum ply_cdr_auth */
	PLY_CDR_AUTH2,
	PLY_CDR_WHERE1, /* 1 inside, 2 outside */
	PLY_CDR_WHERE2,
	PLY_CDR_ROLE, /* enum ply_cdr_role */
	PLY_CDR_N_VALUE
};

enum ply_cdr_text {
	PLY_CDR_SESSION,   /* ExternalId of a dialog; ConfInstance of a meeting */
	PLY_CDR_URI,       /* of the meeting's Focus */
	PLY_CDR_USER1,     /* who called; who joined, left or wrote */
	PLY_CDR_USER2,     /* who answered */
	PLY_CDR_TARGET,    /* who was called */
	PLY_CDR_ENDPOINT1, /* of user 1: epid; endpoint id in the roster */
	PLY_CDR_ENDPOINT2,
	PLY_CDR_CLIENT1, /* User-Agent */
	PLY_CDR_CLIENT2,
	PLY_CDR_MCU, /* address of the conferencing server */
	PLY_CDR_MCU_TYPE,
	PLY_CDR_CAUSE, /* of the end, one word */
	PLY_CDR_N_TEXT
};

enum { PLY_CDR_TEXT_MAX = 600, PLY_CDR_MAX = 8192 }; /* octets of a text, of a spooled record */

struct ply_cdr {
	uint64_t number; /* within its feed, rising from 1 */
	enum ply_cdr_kind kind;
	uint64_t value[PLY_CDR_N_VALUE];
	struct ply_slice text[PLY_CDR_N_TEXT]; /* UTF-8; absent: not known */
};

/* --- the record in a spool (cdr_codec.c). Pure. --- */

/* A spool is a file that begins with this and holds records one after the other. */
enum { PLY_CDR_UUID_LEN = 36, PLY_CDR_HEAD_LEN = 8 + PLY_CDR_UUID_LEN + 4 };
void ply_cdr_head_write(struct ply_strbuf *out, const char feed[PLY_CDR_UUID_LEN + 1]);
/* false: no spool of this kind. */
bool ply_cdr_head_read(struct ply_slice in, char feed[PLY_CDR_UUID_LEN + 1]);

/* Appends: length, checksum, content. Texts are cut to PLY_CDR_TEXT_MAX; what is no UTF-8 in them,
 * and NUL, become '?'. */
void ply_cdr_write(struct ply_strbuf *out, const struct ply_cdr *r);

enum ply_cdr_verdict {
	PLY_CDR_OK,
	PLY_CDR_SHORT, /* the end of it is not there: a torn last record, or none */
	PLY_CDR_BAD,   /* checksum or content is wrong: nothing after it can be found */
};
/* The first record of `in`. *len is its length. Texts are LENT from `in`. */
enum ply_cdr_verdict ply_cdr_read(struct ply_slice in, struct ply_cdr *r, size_t *len);

#endif
