/* The head of an HTTP/1.1 message: bytes in, slices into them out. Strict where leniency is used
 * for smuggling: CRLF only, no folded lines, no blank before a colon, one Content-Length, no
 * Transfer-Encoding together with it. Pure. Specs: RFC 9112 §2-6. Rank 3. */
#ifndef PLY_HTTP_HTTP_HEAD_H
#define PLY_HTTP_HTTP_HEAD_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

enum ply_http_verdict {
	PLY_HTTP_OK,
	PLY_HTTP_MORE, /* the blank line has not come */
	PLY_HTTP_BAD,
};

struct ply_http_head {
	struct ply_slice method, path, query; /* requests; query absent without '?' */
	int status;                           /* responses: 100-599 */
	struct ply_slice fields;              /* the header lines with their CRLFs */
	uint64_t length;                      /* of the body, when has_length */
	size_t size;                          /* bytes up to and with the blank line */
	bool has_length;
	bool has_coding; /* Transfer-Encoding is there: not understood */
	bool keep;       /* the connection may be used again */
	bool expect;     /* "Expect: 100-continue" */
};

/* Slices point into `in`. Empty lines in front of a request are skipped and counted in size. */
enum ply_http_verdict ply_http_head_request(struct ply_slice in, struct ply_http_head *out);
enum ply_http_verdict ply_http_head_response(struct ply_slice in, struct ply_http_head *out);

/* Value of the first header of that name among the lines, trimmed; absent when there is none. */
struct ply_slice ply_http_field(struct ply_slice fields, const char *name);

/* "Service Unavailable" for a status line; "" for one that is not known here. */
const char *ply_http_reason(int status);

/* Adds "name: value" CRLF. A value with CR, LF or NUL is left out whole: it would start lines of
 * its own. */
void ply_http_add_field(struct ply_strbuf *out, const char *name, struct ply_slice value);

#endif
