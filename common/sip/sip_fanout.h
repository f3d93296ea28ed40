/* Many copies of one request in one message, between a conferencing server and a Front End
 * (docs/focus-mcu.md, "Many copies at once"; after the model of RFC 5365). Pure. Rank 3. */
#ifndef PLY_SIP_SIP_FANOUT_H
#define PLY_SIP_SIP_FANOUT_H

#include "sip/sip_msg.h"

#define PLY_CT_FANOUT        "application/vnd.parley.fanout"
#define PLY_CT_FANOUT_RESULT "application/vnd.parley.fanout-result"

enum { PLY_SIP_FANOUT_MAX = 4096 }; /* copies of one fan-out */

/* All slices point into the body. */
struct ply_sip_fanout {
	enum ply_sip_method method; /* MESSAGE, INFO, BENOTIFY ...: never INVITE, ACK or CANCEL */
	struct ply_slice method_name;
	uint32_t n;              /* copies */
	struct ply_slice common; /* header lines, empty line, body */
	struct ply_slice body;   /* of it */
	bool has_length;         /* there is a Content-Length among its lines */
	struct ply_slice rest;   /* copies not yet taken */
};
struct ply_sip_fanout_copy {
	struct ply_slice ruri;     /* the remote target */
	struct ply_slice token;    /* user part of the Front End's Route value */
	struct ply_slice from, to; /* values of these headers */
	struct ply_slice call_id;
	uint32_t cseq;
};
/* 0 or -EBADMSG. Looks at the first line and the common part; copies are read one by one. */
int ply_sip_fanout_parse(struct ply_slice body, struct ply_sip_fanout *out);
/* The next copy; false when n have been taken or this one is none (f->rest is empty then). No value
 * of it has a CR, LF or NUL in it. */
bool ply_sip_fanout_next(struct ply_sip_fanout *f, struct ply_sip_fanout_copy *out);

/* Writing: the first line and the common part, then each copy. */
void ply_sip_fanout_begin(struct ply_strbuf *out, const char *method, uint32_t n,
			  struct ply_slice common);
void ply_sip_fanout_add(struct ply_strbuf *out, const struct ply_sip_fanout_copy *copy);

/* A line of the answer: what became of copy number `index`. */
void ply_sip_fanout_result_add(struct ply_strbuf *out, uint32_t index, unsigned status);
/* Takes the next line off *rest; false at the end, and at what is no such line. */
bool ply_sip_fanout_result_next(struct ply_slice *rest, uint32_t *index, unsigned *status);

#endif
