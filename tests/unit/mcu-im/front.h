/* A scripted Front End for an IM Conferencing Server in the same loop: commands over HTTPS, takes
 * its notices and keeps the roster they tell, plays the participants behind it over SIP. */
#ifndef TESTS_UNIT_MCU_IM_FRONT_H
#define TESTS_UNIT_MCU_IM_FRONT_H

#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "c3p/c3p_http.h"
#include "mcu-im/mim.h"
#include "net/tls.h"
#include "role/role.h"
#include "sip/sip_fanout.h"
#include "tests/lib/certs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONF "sip:org@lab.example;gruu;opaque=app:conf:%s:id:%s"

enum { MAX_PARTY = 160 };

enum answer { TAKES, STUCK, GONE, REFUSES }; /* a participant's way with messages */

/* A participant's client. */
struct party {
	struct front *f;
	unsigned n;
	const char *conf; /* its id */
	char user[48], endpoint[24], call_id[40], to_tag[48];
	bool legacy;        /* no ms-sender */
	const char *accept; /* accept-types; NULL: SIPE's */
	const char *no_sdp; /* another body in its place */
	enum answer answer;
	unsigned status; /* of the INVITE or the last MESSAGE */
	unsigned cseq;
	bool calling;             /* INVITE not answered */
	bool joined, ended;       /* 200 and ACK; BYE came or went */
	struct ply_strbuf got;    /* "author>text|" in order */
	struct ply_strbuf last;   /* the last request, whole (fan-out: the common part) */
	struct ply_strbuf report; /* last imdn */
	unsigned n_reports;
	char message_id[16];
};

/* What the Focus knows of a user. */
struct known {
	char user[48];
	unsigned n_endpoint;
	bool muted;
};

struct front {
	struct ply_loop *loop;
	char *dir;
	struct test_ca *ca;
	struct ply_tls_ctx *tls_server, *tls_client;
	struct ply_http_server *http;
	struct ply_c3p_server *c3p;
	struct ply_c3p_peer *peer;
	struct ply_sip_txl *txl;
	struct ply_sip_hop hop;
	uint16_t port; /* of C3P */
	/* the server under test */
	struct ply_role role;
	struct ply_role_common common;
	struct ply_role_ctx role_ctx;
	struct mim_settings settings;
	void *self;
	struct mim *mim;
	char factory[80];
	/* what came */
	unsigned n_status, n_notify;
	struct ply_c3p_mcu_status last_status; /* numbers only */
	uint64_t version;
	unsigned gaps;
	bool locked;
	enum ply_c3p_reason notify_answer;
	int notify_status; /* HTTP; 0: 200 */
	struct known known[MAX_PARTY];
	unsigned n_known;
	/* of the last command */
	bool answered;
	int status;
	enum ply_c3p_reason reason;
	struct ply_strbuf answer;
	/* of SIP */
	bool knows_fanout, all_late;
	unsigned n_service, n_message, n_info;
	char late_call_id[64];
	struct party party[MAX_PARTY];
};

/* --- waiting --- */

#define front_wait(f, condition)                                                                   \
	do {                                                                                       \
		uint64_t end_ = ply_mono_us() + 10000000;                                          \
		while (!(condition)) {                                                             \
			(void)ply_loop_step((f)->loop, 20);                                        \
			if (ply_mono_us() > end_)                                                  \
				fail_msg("waited in vain for %s", #condition);                     \
		}                                                                                  \
	} while (0)

static inline void front_turns(struct front *f)
{
	for (int i = 0; i < 30; i++)
		(void)ply_loop_step(f->loop, 1);
}

/* --- the Focus --- */

static inline struct known *front_known(struct front *f, struct ply_slice user)
{
	for (unsigned i = 0; i < f->n_known; i++)
		if (ply_slice_is(user, f->known[i].user))
			return &f->known[i];
	return NULL;
}

static inline void front_learn(struct front *f, const struct ply_ci_user *u)
{
	struct known *k = front_known(f, u->entity);

	if (u->state == PLY_CI_DELETED) {
		if (k)
			*k = f->known[--f->n_known];
		return;
	}
	if (!k) {
		assert_true(f->n_known < MAX_PARTY);
		k = &f->known[f->n_known++];
		assert_true(ply_slice_copy(u->entity, k->user, sizeof k->user));
	}
	k->n_endpoint = (unsigned)u->n_endpoint;
	k->muted = u->n_endpoint && u->endpoint[0].media[0].ingress == PLY_CI_BLOCK;
}

static inline void front_answer(struct ply_c3p_call *call, const struct ply_c3p_request *req,
				enum ply_c3p_reason why, int status)
{
	struct ply_strbuf xml = PLY_STRBUF_INIT;
	struct ply_c3p_response rsp;

	ply_c3p_response_to(&rsp, req, why);
	ply_c3p_response_write(&xml, &rsp);
	ply_c3p_call_answer(call, status ? status : 200, ply_strbuf_slice(&xml));
	ply_strbuf_deinit(&xml);
}

static inline void front_on_status(void *ctx, struct ply_c3p_call *call, const char *peer,
				   struct ply_slice body)
{
	struct front *f = ctx;
	struct ply_c3p_request req;

	assert_string_equal(peer, "mcu.test.example");
	assert_int_equal(ply_c3p_request_parse(&req, body), 0);
	assert_int_equal(req.cmd, PLY_C3P_MCU_STATUS);
	assert_true(ply_slice_is(req.status.type, "chat"));
	f->n_status++;
	f->last_status = req.status;
	front_answer(call, &req, PLY_C3P_R_NONE, 0);
	ply_c3p_request_deinit(&req);
}

static inline void front_on_notify(void *ctx, struct ply_c3p_call *call, const char *peer,
				   struct ply_slice body)
{
	struct front *f = ctx;
	struct ply_c3p_request req;

	(void)peer;
	assert_int_equal(ply_c3p_request_parse(&req, body), 0);
	assert_int_equal(req.cmd, PLY_C3P_NOTIFY);
	f->n_notify++;
	if (!f->notify_answer && !f->notify_status) {
		if (req.mcu_version != f->version + 1 && !req.full)
			f->gaps++;
		f->version = req.mcu_version;
		if (req.full)
			f->n_known = 0;
		for (size_t i = 0; i < req.conf.n_user; i++)
			front_learn(f, &req.conf.user[i]);
		for (size_t i = 0; i < req.conf.n_view; i++)
			f->locked = req.conf.view[i].locked;
	}
	front_answer(call, &req, f->notify_answer, f->notify_status);
	ply_c3p_request_deinit(&req);
}

static inline void front_done(void *ctx, int status, struct ply_slice body)
{
	struct front *f = ctx;
	struct ply_c3p_response rsp;

	f->answered = true;
	f->status = status;
	f->reason = PLY_C3P_R_OTHER_FAILURE;
	ply_strbuf_reset(&f->answer);
	ply_strbuf_add_slice(&f->answer, body);
	if (status == 200 && !ply_c3p_response_parse(&rsp, body)) {
		f->reason = rsp.code == PLY_C3P_SUCCESS ? PLY_C3P_R_NONE : rsp.reason;
		ply_c3p_response_deinit(&rsp);
	}
}

/* Without waiting for the answer. */
static inline void front_post(struct front *f, struct ply_slice xml)
{
	f->answered = false;
	assert_int_equal(ply_c3p_peer_post(f->peer, NULL,
					   &(struct ply_c3p_post){
						   .path = "/c3p", .body = xml, .ordered = true},
					   front_done, f),
			 0);
}

static inline enum ply_c3p_reason front_command(struct front *f, struct ply_c3p_request *req)
{
	struct ply_strbuf xml = PLY_STRBUF_INIT;

	req->request_id = ply_slice_str("7");
	req->from = req->to = ply_slice_str("sip:fe.test.example");
	req->name = ply_slice_str(ply_c3p_cmd_name(req->cmd));
	ply_c3p_request_write(&xml, req);
	front_post(f, ply_strbuf_slice(&xml));
	ply_strbuf_deinit(&xml);
	front_wait(f, f->answered);
	return f->reason;
}

static inline const char *front_uri(const char *type, const char *id)
{
	static char ring[4][128];
	static unsigned at;
	char *out = ring[at++ % 4];

	(void)snprintf(out, sizeof ring[0], CONF, type, id);
	return out;
}

static inline enum ply_c3p_reason front_add_conference(struct front *f, const char *id,
						       const char *instance, uint64_t epoch)
{
	char callback[64];
	struct ply_c3p_request req = {.cmd = PLY_C3P_ADD_CONFERENCE,
				      .instance = ply_slice_str(instance),
				      .epoch = epoch,
				      .has_conf = true};

	(void)snprintf(callback, sizeof callback, "https://fe.test.example:%u/focus/notify",
		       f->port);
	req.callback = ply_slice_str(callback);
	req.conf.entity = ply_slice_str(front_uri("focus", id));
	return front_command(f, &req);
}

/* A command about a conference, and maybe a user in it. */
static inline struct ply_c3p_request front_about(enum ply_c3p_cmd cmd, const char *id,
						 const char *user)
{
	struct ply_c3p_request req = {.cmd = cmd, .instance = ply_slice_str("i1"), .epoch = 1};

	req.keys.conf = ply_slice_str(front_uri("focus", id));
	req.keys.user = ply_slice_str(user ? user : "");
	return req;
}

static inline enum ply_c3p_reason front_add_user(struct front *f, const struct party *p)
{
	struct ply_c3p_request req = front_about(PLY_C3P_ADD_USER, p->conf, NULL);
	struct ply_ci_endpoint e = {.entity = ply_slice_str(p->endpoint),
				    .joining = PLY_CI_DIALED_IN};

	req.user = (struct ply_ci_user){.entity = ply_slice_str(p->user),
					.role = PLY_CI_ATTENDEE,
					.endpoint = &e,
					.n_endpoint = 1};
	req.has_user = true;
	return front_command(f, &req);
}

/* --- participants --- */

static inline struct party *front_party(struct front *f, unsigned n, const char *conf)
{
	struct party *p = &f->party[n];

	ply_strbuf_deinit(&p->got);
	ply_strbuf_deinit(&p->last);
	ply_strbuf_deinit(&p->report);
	*p = (struct party){.f = f, .n = n, .conf = conf};
	(void)snprintf(p->user, sizeof p->user, "sip:u%u@lab.example", n);
	(void)snprintf(p->endpoint, sizeof p->endpoint, "{e%u}", n);
	return p;
}

static inline struct party *front_by_call(struct front *f, struct ply_slice call_id)
{
	for (unsigned i = 0; i < MAX_PARTY; i++)
		if (*f->party[i].call_id && ply_slice_is(call_id, f->party[i].call_id))
			return &f->party[i];
	return NULL;
}

static inline void front_head(struct party *p, struct ply_strbuf *out, const char *method,
			      const char *branch)
{
	struct front *f = p->f;

	ply_strbuf_addf(out, "%s %s SIP/2.0\r\nVia: ", method, front_uri("chat", p->conf));
	ply_sip_add_sent_by(ply_sip_txl_transport(f->txl), &f->hop, out);
	ply_strbuf_addf(out,
			";branch=%s\r\nMax-Forwards: 69\r\nFrom: <%s>;tag=ft%u;epid=ep%u\r\nTo: "
			"<%s>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n",
			branch, p->user, p->n, p->n, front_uri("chat", p->conf),
			*p->to_tag ? ";tag=" : "", p->to_tag, p->call_id, p->cseq, method);
}

static inline void front_on_answer(void *ctx, struct ply_sip_ctx *tx, struct ply_sip_msg *m,
				   unsigned status)
{
	struct party *p = ctx;
	struct ply_strbuf ack = PLY_STRBUF_INIT;
	struct ply_slice tag, epid, id;
	struct ply_sip_addr to;

	(void)tx;
	p->status = m ? m->status : status;
	if (!m || (m->method == PLY_SIP_INVITE && m->status >= 200))
		p->calling = false;
	if (!m || m->status < 200 || m->status > 299)
		return;
	id = ply_sip_hdr_named(m, "Message-Id");
	(void)ply_slice_copy(id.p ? id : ply_slice_str(""), p->message_id, sizeof p->message_id);
	if (m->method != PLY_SIP_INVITE)
		return;
	assert_int_equal(ply_sip_from_to(m, PLY_HDR_TO, &to, &tag, &epid), 0);
	assert_true(ply_slice_copy(tag, p->to_tag, sizeof p->to_tag));
	assert_true(ply_slice_find(ply_sip_hdr(m, PLY_HDR_CONTACT), ";isfocus") != SIZE_MAX);
	ply_strbuf_reset(&p->last);
	ply_strbuf_add_slice(&p->last, m->raw);
	front_head(p, &ack, "ACK", "z9hG4bKack");
	ply_strbuf_adds(&ack, "Content-Length: 0\r\n\r\n");
	assert_int_equal(
		ply_sip_send(ply_sip_txl_transport(p->f->txl), &p->f->hop, ply_strbuf_slice(&ack)),
		0);
	ply_strbuf_deinit(&ack);
	p->joined = true;
}

static inline void front_send(struct party *p, const char *method, const char *lines,
			      const char *type, struct ply_slice body)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_ctx *tx;

	p->cseq++;
	p->status = 0;
	ply_sip_make_branch(ply_slice("", 0), branch);
	front_head(p, &out, method, branch);
	ply_strbuf_adds(&out, lines);
	ply_sip_write_body(&out, type, body);
	assert_int_equal(ply_sip_ctx_start(p->f->txl, &tx, ply_sip_method_of(ply_slice_str(method)),
					   branch, &p->f->hop, ply_strbuf_slice(&out),
					   front_on_answer, p),
			 0);
	ply_strbuf_deinit(&out);
}

static inline void front_invite(struct party *p)
{
	struct ply_strbuf lines = PLY_STRBUF_INIT;
	static unsigned calls;
	char sdp[512];

	(void)snprintf(p->call_id, sizeof p->call_id, "call-%u-%u", p->n, ++calls);
	p->joined = p->ended = false;
	p->calling = true;
	*p->to_tag = '\0';
	(void)snprintf(sdp, sizeof sdp,
		       "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 "
		       "0\r\nm=message 5060 sip null\r\na=accept-types:%s\r\n",
		       p->accept ? p->accept
				 : "text/plain text/html image/gif application/im-iscomposing+xml "
				   "application/ms-imdn+xml text/x-msmsgsinvite");
	ply_strbuf_addf(&lines,
			"Record-Route: <sip:tok%u@fe.test.example:5061;transport=tls;lr>\r\n"
			"P-Asserted-Identity: <%s>\r\nC3P-Endpoint: %s\r\nContact: "
			"<%s;opaque=user:epid:g%u;gruu>\r\n%s",
			p->n, p->user, p->endpoint, p->user, p->n,
			p->legacy ? "" : "Supported: ms-sender\r\n");
	front_send(p, "INVITE", ply_strbuf_str(&lines), "application/sdp",
		   ply_slice_str(p->no_sdp ? p->no_sdp : sdp));
	ply_strbuf_deinit(&lines);
}

/* addUser, INVITE, 200, ACK, and the roster says so. */
static inline struct party *front_join(struct party *p)
{
	assert_int_equal(front_add_user(p->f, p), PLY_C3P_R_NONE);
	front_invite(p);
	front_wait(p->f, p->status >= 200);
	assert_int_equal(p->status, 200);
	front_wait(p->f, front_known(p->f, ply_slice_str(p->user)));
	return p;
}

static inline void front_say(struct party *p, const char *text)
{
	front_send(p, "MESSAGE", "", "text/plain; charset=UTF-8;msgr=WAAt", ply_slice_str(text));
}

static inline void front_bye(struct party *p)
{
	front_send(p, "BYE", "", NULL, ply_slice("", 0));
	p->ended = true;
	p->joined = false;
}

/* --- what the server sends --- */

static inline void front_deliver(struct party *p, struct ply_slice sender, struct ply_slice type,
				 struct ply_slice body, struct ply_slice whole)
{
	struct ply_sip_addr a;

	assert_true(sender.len > 0);
	assert_int_equal(ply_sip_addr_parse(sender, &a), 0);
	if (!ply_slice_starts(type, "application/"))
		ply_strbuf_addf(&p->got, "%.*s>%.*s|", PLY_SLICE_ARG(a.uri), PLY_SLICE_ARG(body));
	else
		ply_strbuf_addf(&p->got, "%.*s types|", PLY_SLICE_ARG(a.uri));
	ply_strbuf_reset(&p->last);
	ply_strbuf_add_slice(&p->last, whole);
}

static inline unsigned front_outcome(const struct party *p)
{
	return p->answer == TAKES ? 200 : p->answer == GONE ? 481 : p->answer == REFUSES ? 415 : 0;
}

static inline struct ply_slice front_header(struct ply_slice head, const char *name)
{
	struct ply_slice line;

	while (head.len && ply_slice_split(&head, '\n', &line)) {
		line = ply_slice_trim(line);
		if (ply_slice_casestarts(line, name))
			return ply_slice_trim(ply_slice_from(line, strlen(name) + 1));
	}
	return ply_slice("", 0);
}

/* Reads a fan-out as docs/focus-mcu.md writes it. */
static inline void front_fanout(struct front *f, struct ply_sip_stx *stx, struct ply_sip_msg *req)
{
	struct ply_slice rest = req->body, line, word, common, head, body;
	struct ply_strbuf lines = PLY_STRBUF_INIT;
	uint32_t n = 0, len = 0;
	struct ply_sip_fanout_copy copy;
	struct ply_sip_fanout all;
	size_t at;

	assert_int_equal(ply_sip_fanout_parse(req->body, &all), 0);
	while (ply_sip_fanout_next(&all, &copy)) {
		assert_true(copy.cseq > 0);
		n++;
	}
	assert_int_equal(n, all.n);

	assert_true(ply_slice_split(&rest, '\n', &line));
	line = ply_slice_trim(line);
	assert_true(ply_slice_split(&line, ' ', &word));
	assert_true(ply_slice_split(&line, ' ', &word) && ply_slice_to_u32(word, &n));
	assert_true(ply_slice_to_u32(line, &len));
	assert_true(len <= rest.len);
	common = ply_slice_sub(rest, 0, len);
	at = ply_slice_find(common, "\r\n\r\n");
	assert_true(at != SIZE_MAX);
	head = ply_slice_sub(common, 0, at);
	body = ply_slice_from(common, at + 4);
	rest = ply_slice_from(rest, len);
	for (uint32_t i = 0; i < n; i++) {
		struct ply_slice four[4], id;
		unsigned status;
		struct party *p;

		for (int k = 0; k < 4; k++) {
			assert_true(ply_slice_split(&rest, '\n', &four[k]));
			four[k] = ply_slice_trim(four[k]);
		}
		assert_true(ply_slice_starts(four[1], "tok"));
		assert_true(ply_slice_find(four[2], "> | <") != SIZE_MAX ||
			    ply_slice_find(four[2], " | <") != SIZE_MAX);
		assert_true(ply_slice_split(&four[3], ' ', &id));
		p = front_by_call(f, id);
		if (!p) {
			ply_strbuf_addf(&lines, "%u 481\r\n", i);
			continue;
		}
		f->n_message++;
		front_deliver(p, front_header(head, "Ms-Sender"),
			      front_header(head, "Content-Type"), body, common);
		status = f->all_late ? 100 : front_outcome(p) ? front_outcome(p) : 100;
		if (status != 200)
			ply_strbuf_addf(&lines, "%u %u\r\n", i, status);
	}
	assert_int_equal(rest.len, 0);
	f->n_service++;
	(void)ply_slice_copy(ply_sip_hdr(req, PLY_HDR_CALL_ID), f->late_call_id,
			     sizeof f->late_call_id);
	(void)ply_sip_stx_reply(stx, &(struct ply_sip_reply){.status = 200,
							     .content_type = "application/"
									     "vnd.parley.fanout-"
									     "result",
							     .body = ply_strbuf_slice(&lines)});
	ply_strbuf_deinit(&lines);
}

static inline void front_on_request(void *ctx, struct ply_sip_stx *stx, struct ply_sip_msg *req,
				    const struct ply_sip_hop *from)
{
	struct front *f = ctx;
	struct party *p = front_by_call(f, ply_sip_hdr(req, PLY_HDR_CALL_ID));

	(void)from;
	if (req->method == PLY_SIP_SERVICE) {
		if (f->knows_fanout)
			front_fanout(f, stx, req);
		else
			(void)ply_sip_stx_answer(stx, 415, 0, NULL, "fe");
		return;
	}
	if (!p) { /* of a session that its client has forgotten */
		if (stx)
			(void)ply_sip_stx_answer(stx, 481, 0, NULL, "fe");
		return;
	}
	if (req->method == PLY_SIP_BENOTIFY) {
		ply_strbuf_reset(&p->report);
		ply_strbuf_add_slice(&p->report, req->body);
		p->n_reports++;
		return;
	}
	assert_true(ply_slice_starts(ply_sip_hdr(req, PLY_HDR_ROUTE), "<sip:tok"));
	if (req->method == PLY_SIP_BYE) {
		p->ended = true;
		p->joined = false;
		ply_strbuf_reset(&p->last);
		ply_strbuf_add_slice(&p->last, req->raw);
		(void)ply_sip_stx_answer(stx, 200, 0, NULL, "fe");
		return;
	}
	f->n_message += req->method == PLY_SIP_MESSAGE;
	f->n_info += req->method == PLY_SIP_INFO;
	front_deliver(p, ply_sip_hdr(req, PLY_HDR_MS_SENDER),
		      ply_sip_hdr(req, PLY_HDR_CONTENT_TYPE), req->body, req->raw);
	if (front_outcome(p))
		(void)ply_sip_stx_answer(stx, front_outcome(p), 0, NULL, "fe");
}

static inline void front_none(void *ctx, struct ply_sip_msg *m, const struct ply_sip_hop *from)
{
	(void)ctx;
	(void)m;
	(void)from;
}

static inline void front_on_cancel(void *ctx, struct ply_sip_stx *stx, struct ply_sip_msg *m)
{
	(void)ctx;
	(void)stx;
	(void)m;
}

static inline void front_closed(void *ctx, uint64_t flow, const char *why)
{
	(void)ctx;
	(void)flow;
	(void)why;
}

/* --- made and freed --- */

static inline bool front_anybody(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return true;
}

static inline struct ply_tls_ctx *front_tls(struct front *f, const char *name, bool server)
{
	struct ply_tls_conf conf = {.cert = test_path(f->dir, "fe.pem"),
				    .key = test_path(f->dir, "fe.key"),
				    .ca = test_path(f->dir, "ca.pem"),
				    .server = server,
				    .ask_peer = server};
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct ply_tls_ctx *out;

	(void)name;
	if (ply_tls_ctx_new(&out, &conf, &err))
		fail_msg("%s", ply_strbuf_str(&err));
	ply_strbuf_deinit(&err);
	return out;
}

static inline void front_files(struct front *f)
{
	f->dir = test_dir_new();
	f->ca = test_ca_new("Test CA");
	test_ca_write(f->ca, test_path(f->dir, "ca.pem"));
	test_cert_write(f->ca, "fe.test.example", "DNS:fe.test.example", 30,
			test_path(f->dir, "fe.pem"), test_path(f->dir, "fe.key"));
	test_cert_write(f->ca, "mcu.test.example", "DNS:mcu.test.example", 30,
			test_path(f->dir, "mcu.pem"), test_path(f->dir, "mcu.key"));
}

static inline void front_c3p(struct front *f)
{
	struct ply_http_server_conf http = {
		.addr = ply_addr_loopback(0), .tls = f->tls_server, .require_peer = true};
	struct ply_c3p_server_conf c3p = {.allow = front_anybody};

	assert_int_equal(ply_http_server_listen(&f->http, f->loop, &http), 0);
	c3p.http = f->http;
	assert_int_equal(ply_c3p_server_new(&f->c3p, f->loop, &c3p), 0);
	assert_int_equal(ply_c3p_server_route(f->c3p, "/mcufactory", 65536, front_on_status, f), 0);
	assert_int_equal(ply_c3p_server_route(f->c3p, "/focus/notify", 1 << 20, front_on_notify, f),
			 0);
	f->port = ply_http_server_port(f->http);
}

static inline void front_server(struct front *f)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;

	f->role.name = "mcu-im";
	f->common.fqdn = ply_strdup("mcu.test.example");
	f->common.ca_file = ply_strdup(test_path(f->dir, "ca.pem"));
	f->common.certificate = ply_strdup(test_path(f->dir, "mcu.pem"));
	f->common.key = ply_strdup(test_path(f->dir, "mcu.key"));
	assert_int_equal(ply_conf_defaults(mim_conf_items, &f->settings, &err), 0);
	ply_free(f->settings.sip_listen);
	ply_free(f->settings.c3p_listen);
	f->settings.sip_listen = ply_strdup("127.0.0.1:0");
	f->settings.c3p_listen = ply_strdup("127.0.0.1:0");
	(void)snprintf(f->factory, sizeof f->factory, "https://fe.test.example:%u@127.0.0.1:%u",
		       f->port, f->port);
	ply_free(f->settings.factory);
	f->settings.factory = ply_strdup(f->factory);
	ply_strbuf_deinit(&err);
	f->role_ctx = (struct ply_role_ctx){
		.role = &f->role, .loop = f->loop, .common = &f->common, .conf = &f->settings};
	assert_int_equal(ply_health_open(&f->role_ctx.health, f->loop, "mcu-im", NULL), 0);
	assert_int_equal(mim_init(&f->role_ctx, &f->self), 0);
	f->mim = f->self; /* its first member */
}

static inline void front_sip(struct front *f)
{
	static const struct ply_sip_tu_ops ops = {
		.on_request = front_on_request,
		.on_ack = front_none,
		.on_cancel = front_on_cancel,
		.on_stray = front_none,
		.on_flow_closed = front_closed,
	};
	const struct ply_sip_transport_conf conf = {
		.max_message = 1 << 20,
		.max_flows = 100,
		.max_output = 16 << 20,
		.unauth_timeout_ms = 3600000,
		.idle_timeout_ms = 86400000,
		.server_name = "fe.test.example",
		.tls_client = f->tls_client,
	};
	struct ply_addr to = ply_sip_transport_listener_addr(f->mim->transport, f->mim->listener);

	assert_int_equal(ply_sip_txl_new(&f->txl, f->loop, &conf, &ops, f), 0);
	assert_int_equal(ply_sip_connect(ply_sip_txl_transport(f->txl), PLY_SIP_TLS, &to,
					 "mcu.test.example", &f->hop),
			 0);
}

static inline void front_peer(struct front *f)
{
	char url[64];
	const struct ply_c3p_peer_conf conf = {
		.http = {.url = url,
			 .tls = f->tls_client,
			 .connect_to = ply_addr_loopback(ply_mcu_c3p_port(f->mim->mcu))}};

	(void)snprintf(url, sizeof url, "https://mcu.test.example:%u",
		       ply_mcu_c3p_port(f->mim->mcu));
	assert_int_equal(ply_c3p_peer_new(&f->peer, f->loop, &conf), 0);
}

static inline int front_open(void **state)
{
	struct front *f = ply_calloc(1, sizeof *f);

	ply_log_open("test", PLY_LOG_ERROR, -1);
	assert_int_equal(ply_loop_new(&f->loop), 0);
	f->knows_fanout = true;
	front_files(f);
	f->tls_server = front_tls(f, "fe", true);
	f->tls_client = front_tls(f, "fe", false);
	front_c3p(f);
	front_server(f);
	front_sip(f);
	front_peer(f);
	*state = f;
	return 0;
}

static inline int front_close(void **state)
{
	struct front *f = *state;

	ply_clock_release();
	if (f->self)
		mim_stop(f->self);
	ply_sip_txl_free(f->txl);
	ply_c3p_peer_free(f->peer);
	ply_c3p_server_free(f->c3p);
	ply_http_server_close(f->http);
	ply_health_close(f->role_ctx.health);
	ply_tls_ctx_unref(f->tls_server);
	ply_tls_ctx_unref(f->tls_client);
	ply_conf_clear(mim_conf_items, &f->settings);
	ply_free(f->common.fqdn);
	ply_free(f->common.ca_file);
	ply_free(f->common.certificate);
	ply_free(f->common.key);
	for (unsigned i = 0; i < MAX_PARTY; i++) {
		ply_strbuf_deinit(&f->party[i].got);
		ply_strbuf_deinit(&f->party[i].last);
		ply_strbuf_deinit(&f->party[i].report);
	}
	ply_strbuf_deinit(&f->answer);
	test_ca_free(f->ca);
	test_dir_free(f->dir);
	front_turns(f); /* what was closed goes when its last octets went */
	ply_loop_free(f->loop);
	ply_free(f);
	return 0;
}

#endif
