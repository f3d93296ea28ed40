#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "c3p/c3p.h"
#include "c3p/c3p_http.h"
#include "c3p/c3p_http_internal.h"
#include "crypto/random.h"
#include "net/loop.h"

#include <errno.h>

enum {
	DEF_TRIES = 5,
	DEF_QUEUED = 1024,
	DEF_TIMEOUT_MS = 15000,
	MAX_TIMEOUT_MS = 130000,
	RETRY_MS = 50, /* doubling; the first time at once */
	COME_AGAIN_S = 1,
	SLACK_MS = 1000, /* our deadline comes before the carrier's */
};

PLY_COUNTER(n_retried, "parley_c3p_http_retried_total",
	    "C3P requests to other servers sent again under the same identifier.");

struct ply_c3p_peer {
	struct ply_loop *loop;
	struct ply_http_client *http;
	uint32_t max_tries, max_queued;
	struct c3p_id id; /* number: the last one given */
	/* Begun, in the order of their numbers: the first says what is done. */
	struct ply_list begun;
	struct ply_list queue; /* ordered ones not begun */
	struct ply_c3p_sent *ordered;
	uint32_t n;
};

struct ply_c3p_sent {
	struct ply_list node;
	struct ply_c3p_peer *peer;
	struct ply_http_request *http;
	uint64_t number; /* 0: not begun */
	uint64_t until;  /* ply_mono_ms */
	unsigned tries;
	bool ordered;
	char *path;
	struct ply_strbuf body;
	struct ply_timer again, deadline;
	ply_c3p_peer_fn *fn;
	void *ctx;
};

int ply_c3p_peer_new(struct ply_c3p_peer **out, struct ply_loop *loop,
		     const struct ply_c3p_peer_conf *conf)
{
	struct ply_c3p_peer *p = ply_calloc(1, sizeof *p);
	struct ply_http_client_conf http = conf->http;
	int r;

	if (!p)
		return ply_err_origin(-ENOMEM);
	p->loop = loop;
	p->max_tries = conf->max_tries ? conf->max_tries : DEF_TRIES;
	p->max_queued = conf->max_queued ? conf->max_queued : DEF_QUEUED;
	ply_list_init(&p->begun);
	ply_list_init(&p->queue);
	(void)ply_random_hex(p->id.instance, C3P_INSTANCE_LEN);
	if (!http.max_queued)
		http.max_queued = p->max_queued;
	r = ply_http_client_new(&p->http, loop, &http);
	if (r) {
		ply_free(p);
		return r;
	}
	*out = p;
	return 0;
}

static void free_request(struct ply_c3p_sent *r)
{
	ply_list_del(&r->node);
	ply_timer_stop(&r->again);
	ply_timer_stop(&r->deadline);
	ply_strbuf_deinit(&r->body);
	ply_free(r->path);
	ply_free(r);
}

static void free_all(struct ply_list *requests)
{
	struct ply_list *n;

	while ((n = ply_list_first(requests)))
		free_request(container_of(n, struct ply_c3p_sent, node));
}

void ply_c3p_peer_free(struct ply_c3p_peer *p)
{
	if (!p)
		return;
	ply_http_client_free(p->http);
	free_all(&p->begun);
	free_all(&p->queue);
	ply_free(p);
}

static void begin(struct ply_c3p_sent *r);

static void next_ordered(struct ply_c3p_peer *p)
{
	struct ply_list *n = ply_list_first(&p->queue);

	if (p->ordered || !n)
		return;
	p->ordered = container_of(n, struct ply_c3p_sent, node);
	begin(p->ordered);
}

/* Out of the peer; the next ordered one leaves. */
static void retire(struct ply_c3p_sent *r)
{
	struct ply_c3p_peer *p = r->peer;

	ply_http_request_cancel(r->http);
	r->http = NULL;
	ply_list_del(&r->node);
	p->n--;
	if (p->ordered == r)
		p->ordered = NULL;
	next_ordered(p);
}

static void finish(struct ply_c3p_sent *r, int status, struct ply_slice body)
{
	ply_c3p_peer_fn *fn = r->fn;
	void *ctx = r->ctx;

	retire(r);
	free_request(r);
	fn(ctx, status, body);
}

static void on_deadline(void *ctx)
{
	finish(ctx, -ETIMEDOUT, ply_slice(NULL, 0));
}

static void attempt(void *ctx);

/* When it may be sent again after this outcome: milliseconds, UINT64_MAX: never. */
static uint64_t wait_before(const struct ply_c3p_sent *r, int status,
			    const struct ply_http_reply *reply)
{
	uint32_t s = COME_AGAIN_S;

	if (r->tries >= r->peer->max_tries)
		return UINT64_MAX;
	if (status == 503) {
		struct ply_slice after = ply_http_reply_header(reply, "Retry-After");

		if (after.p && !ply_slice_to_u32(after, &s))
			s = COME_AGAIN_S;
		return (uint64_t)s * 1000;
	}
	if (status == -ECONNRESET && r->tries == 1)
		return 0; /* most likely a kept connection that had just been closed */
	if (status == -ECONNRESET || status == -ECONNREFUSED || status == -ENOBUFS ||
	    status == -ENOMEM)
		return (uint64_t)RETRY_MS << r->tries;
	return UINT64_MAX;
}

/* False: that was the last try. */
static bool try_again(struct ply_c3p_sent *r, int status, const struct ply_http_reply *reply)
{
	uint64_t ms = wait_before(r, status, reply);

	if (ms == UINT64_MAX || ply_mono_ms() + ms >= r->until)
		return false;
	ply_counter_inc(&n_retried);
	ply_timer_start(r->peer->loop, &r->again, ms, attempt, r);
	return true;
}

static void on_reply(void *ctx, int status, const struct ply_http_reply *reply)
{
	struct ply_c3p_sent *r = ctx;

	r->http = NULL;
	if (!try_again(r, status, reply))
		finish(r, status, reply ? reply->body : ply_slice(NULL, 0));
}

static uint64_t done_before(const struct ply_c3p_peer *p)
{
	struct ply_list *n = p->begun.next;

	return n == &p->begun ? p->id.number
			      : container_of(n, struct ply_c3p_sent, node)->number - 1;
}

static void attempt(void *ctx)
{
	struct ply_c3p_sent *r = ctx;
	struct ply_c3p_peer *p = r->peer;
	struct c3p_id id = p->id;
	char text[C3P_ID_MAX];
	struct ply_http_field field = {.name = C3P_ID_HEADER};
	uint64_t now = ply_mono_ms();
	struct ply_http_send send = {
		.path = r->path,
		.type = PLY_CT_CCCP,
		.body = ply_strbuf_slice(&r->body),
		.fields = &field,
		.n_fields = 1,
		.deadline_ms = (uint32_t)(r->until > now ? r->until - now : 0) + SLACK_MS,
	};
	int err;

	id.number = r->number;
	id.done = done_before(p);
	field.value = c3p_id_format(&id, text);
	r->tries++;
	err = ply_http_client_send(p->http, &r->http, &send, on_reply, r);
	/* Not inside post: an outcome that cannot be mended shows at the deadline. */
	if (err)
		(void)try_again(r, err, NULL);
}

static void begin(struct ply_c3p_sent *r)
{
	struct ply_c3p_peer *p = r->peer;

	ply_list_del(&r->node);
	ply_list_push(&p->begun, &r->node);
	r->number = ++p->id.number;
	attempt(r);
}

static struct ply_c3p_sent *make(struct ply_c3p_peer *p, const struct ply_c3p_post *post)
{
	struct ply_c3p_sent *r = ply_calloc(1, sizeof *r);

	if (!r)
		return NULL;
	ply_list_init(&r->node);
	r->peer = p;
	r->ordered = post->ordered;
	r->path = ply_strdup(post->path);
	ply_strbuf_add_slice(&r->body, post->body);
	if (!r->path || ply_strbuf_err(&r->body)) {
		free_request(r);
		return NULL;
	}
	return r;
}

int ply_c3p_peer_post(struct ply_c3p_peer *p, struct ply_c3p_sent **out,
		      const struct ply_c3p_post *post, ply_c3p_peer_fn *fn, void *ctx)
{
	uint32_t timeout = post->timeout_ms ? post->timeout_ms : DEF_TIMEOUT_MS;
	struct ply_c3p_sent *r;

	if (p->n >= p->max_queued)
		return -ENOBUFS;
	r = make(p, post);
	if (!r)
		return ply_err_origin(-ENOMEM);
	if (timeout > MAX_TIMEOUT_MS)
		timeout = MAX_TIMEOUT_MS;
	r->fn = fn;
	r->ctx = ctx;
	r->until = ply_mono_ms() + timeout;
	p->n++;
	ply_timer_start(p->loop, &r->deadline, timeout, on_deadline, r);
	if (out)
		*out = r;
	if (r->ordered) {
		ply_list_push(&p->queue, &r->node);
		next_ordered(p);
	} else {
		begin(r);
	}
	return 0;
}

void ply_c3p_sent_cancel(struct ply_c3p_sent *r)
{
	if (!r)
		return;
	retire(r);
	free_request(r);
}

const char *ply_c3p_peer_error(const struct ply_c3p_peer *p)
{
	return ply_http_client_error(p->http);
}

uint32_t ply_c3p_peer_n_pending(const struct ply_c3p_peer *p)
{
	return p->n;
}
