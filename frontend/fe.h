/* The Front End's own types: the one context, a user it owns, an endpoint of his, a request on its
 * way through the stages (pipeline.c). Everything on the signalling thread.
 *
 * Ownership: `struct fe` owns users, users own endpoints and (frontend/presence) their presentity.
 * A request owns its message reference and holds its sender and target by reference (fe_user_hold).
 */
#ifndef FE_FE_H
#define FE_FE_H

#include "auth/epid.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "db/rtc/rtc.h"
#include "db/rtcconfig/rtcconfig.h"
#include "db/rtcdyn/rtcdyn.h"
#include "sip/sip_forward.h"
#include "sip/sip_tx.h"

#include <stdio.h>

struct ply_role_ctx;
struct fe_presence;
struct fe_auth;
struct fe_trace;
struct fe_meetings;
struct fe_records;
struct ply_lcslog;
struct fe_anonymous;

/* [frontend] section of parley.conf; the table is in conf.c. */
struct fe_conf {
	char *tls_listen, *tcp_listen, *udp_listen; /* "host:port" lists, empty: off */
	char *trusted_servers;                      /* FQDNs that may assert identities */
	char *ntlm_domain;                          /* NetBIOS name in NTLM challenges and logins */
	char *kerberos_keytab;                      /* empty: Kerberos is not offered */
	uint32_t signature_version;                 /* 3 or 4 */
	bool digest_md5;        /* offer MD5 beside SHA-256 to standard clients */
	uint32_t udp_auth;      /* enum fe_udp_auth */
	uint32_t max_endpoints; /* per user, 1-64 */
	uint32_t expires_default, expires_min, expires_max; /* seconds */
	uint32_t registration_write;                        /* enum fe_reg_write */
	uint32_t keepalive_timeout;                         /* seconds, offered in ms-keep-alive */
	uint32_t max_message;
	uint32_t max_flows, max_flows_per_source;
	uint32_t max_transactions;
	uint32_t max_contacts;      /* per user */
	uint32_t max_group_members; /* that an invitation to a group is expanded to */
	uint32_t timer_c;           /* seconds (RFC 3261 §16.6 step 11) */
	uint32_t user_cache;        /* users kept in memory without endpoints */
	uint32_t external_route;    /* enum fe_external: requests for other domains */
	char *dns_hosts;            /* names told here and not asked for; empty: none */
	char *c3p_listen;       /* HTTPS for conferencing servers; empty: no conferencing servers */
	char *c3p_url;          /* what they reach it by; empty: made of the FQDN */
	char *bench_users;      /* prefix of user names that may sign in from loopback only */
	bool cdr;               /* call detail records are made */
	uint32_t cdr_spool_max; /* octets of those that wait for the database */
};
enum fe_udp_auth { FE_UDP_REQUEST, FE_UDP_FLOW };
enum fe_reg_write { FE_REG_BEHIND, FE_REG_DURABLE };
enum fe_external { FE_EXTERNAL_REFUSE, FE_EXTERNAL_DNS };
extern const struct ply_conf_item fe_conf_items[];

struct fe {
	struct ply_loop *loop;
	struct ply_log log;
	const struct fe_conf *conf;
	const char *fqdn; /* this server: targetname, sent-by, ms-diagnostics source */
	const char *pool; /* pool FQDN */
	const char *const
		*domain; /* SIP domains of ours, NULL-ended, lower case; the first is the default */
	struct ply_sip_txl *txl;
	struct ply_sip_transport *transport; /* of txl */
	struct ply_rtc *rtc;
	struct ply_rtcdyn *rtcdyn;
	struct ply_rtcconfig *rtcconfig;
	struct ply_hash users;      /* struct fe_user by address of record */
	struct ply_list idle_users; /* least recently used first: may be forgotten */
	unsigned n_idle;
	struct ply_hash gruus;                       /* struct fe_endpoint by (aor, GRUU id) */
	struct ply_hash flows;                       /* struct fe_endpoint by flow number */
	struct ply_hash marks;                       /* struct fe_endpoint by fe_endpoint_mark */
	struct ply_hash contacts;                    /* struct fe_endpoint by contact URI */
	struct ply_tls_ctx *tls_server, *tls_client; /* LENT for the process's life */
	struct ply_dns *dns;                         /* NULL: other domains are refused */
	struct fe_auth *auth;                        /* frontend/proxy/authenticate.c */
	struct fe_presence *presence;                /* frontend/presence */
	struct fe_im *im;                            /* frontend/im */
	struct fe_trace *trace;                      /* frontend/trace.c */
	struct fe_meetings *meetings;                /* frontend/conference */
	struct fe_anonymous *anonymous;              /* frontend/conference/anonymous.c */
	struct ply_lcslog *lcslog;                   /* NULL: no call detail records are made */
	struct fe_records *records;                  /* record_feed.c; NULL: the same */
	struct ply_list forks;                       /* frontend/proxy/forward.c */
	struct ply_list requests;                    /* all struct fe_req, to be dropped at stop */
	struct ply_strbuf scratch[3];                /* for building texts inside one call */
	bool draining;
};

/* --- users (user.c) --- */
struct fe_user {
	struct ply_hnode by_aor;
	struct ply_list idle; /* in fe->idle_users while nothing holds it */
	struct fe *fe;
	char *aor;      /* "sip:alice@lab.example", canonical (ply_sip_uri_aor) */
	int64_t id;     /* in rtc */
	uint32_t flags; /* PLY_RTC_ENABLED ... */
	char *login, *display_name, *mail, *line_uri, *home_pool; /* "" when none */
	char *meeting_policy;      /* name of the one assigned to him; NULL: none */
	struct ply_rtc_cred cred;  /* slices in it are "": only the fixed parts are kept */
	struct ply_list endpoints; /* oldest registration first */
	unsigned n_endpoints;
	struct fe_presentity *pres; /* frontend/presence; NULL until loaded */
	unsigned holds;          /* requests, subscriptions, presentity: forgotten only at 0 without
				    endpoints */
	unsigned state;          /* private to user.c: loading, known, unknown */
	bool loading, stale;     /* private to user.c: a load is under way; and too old already */
	uint64_t checked_ms;     /* ply_mono_ms of the last load */
	struct ply_list waiters; /* private to user.c */
	struct ply_log log;
};
enum { FE_USER_E_UNKNOWN = 1 };
/* The user when he is known to memory, else NULL (not loaded, loading, or known not to exist:
 * *unknown is set then). */
struct fe_user *fe_user_find(struct fe *fe, struct ply_slice aor, bool *unknown);
/* Loads what is not in memory. cb later, never from inside: r 0 with u, FE_USER_E_UNKNOWN, or
 * negative (database away); in the last two u is NULL. Returns 0 or negative (then no callback). u
 * is LENT: hold it to keep it. */
typedef void fe_user_cb(void *ctx, int r, struct fe_user *u);
struct fe_wait; /* a registered wish; cancel it when ctx dies first */
int fe_user_load(struct fe *fe, struct ply_slice aor, fe_user_cb *cb, void *ctx,
		 struct fe_wait **out);
void fe_wait_cancel(struct fe_wait *w);
void fe_user_hold(struct fe_user *u);
void fe_user_release(struct fe_user *u); /* NULL is fine */
/* rtc said that this user (absent: any user) changed. */
void fe_user_changed(void *fe, struct ply_slice aor);
void fe_users_free(struct fe *fe);

/* --- endpoints (registrar/endpoint.c) --- */
enum {
	FE_EP_OCS = 1, /* registered with msrtc-event-categories: signs, categories, BENOTIFY */
	FE_EP_OUTBOUND = 2, /* RFC 5626: reg-id and instance */
	FE_EP_REMOTE = 4,   /* came in through an Access Edge */
};
struct fe_endpoint {
	struct ply_list in_user;
	struct ply_hnode by_gruu, by_flow, by_mark, by_contact;
	unsigned indexed; /* private to endpoint_find.c */
	struct fe_user *user;
	char epid[PLY_EPID_MAX + 1];          /* "" for most standard clients */
	char instance[PLY_GUID_TEXT_LEN + 1]; /* lower case, "" when none */
	char gruu_id[PLY_GRUU_ID_LEN + 1];    /* "" when none: no GRUU was given */
	char *key;     /* identity of the binding: epid, instance or contact URI */
	char *contact; /* contact URI as registered, without proxy=replace */
	char *user_agent;
	char *call_id; /* of REGISTER: the deregister NOTIFY goes there */
	char *from_tag;
	uint32_t cseq;
	uint32_t methods; /* BIT(enum ply_sip_method) of Contact;methods= ; all when not said */
	unsigned flags;   /* FE_EP_* */
	struct ply_sip_hop hop; /* where requests to it go */
	uint64_t expires_ms;    /* ply_mono_ms */
	uint64_t registered_ms;
	struct ply_timer expiry;
};
/* GRUU id in a URI's opaque=user:epid:ID parameter; NULL when no such endpoint lives. */
struct fe_endpoint *fe_endpoint_by_gruu(struct fe *fe, struct ply_slice aor,
					struct ply_slice gruu_id);
struct fe_endpoint *fe_endpoint_by_epid(struct fe_user *u, struct ply_slice epid);
/* The endpoint registered over this flow (UDP: from this address), of this user. */
struct fe_endpoint *fe_endpoint_by_hop(struct fe_user *u, const struct ply_sip_hop *hop);
/* The number of (user, binding) while this process lives: survives new connections. Never 0 in
 * practice. */
uint64_t fe_endpoint_mark(const struct fe_endpoint *e);
struct fe_endpoint *fe_endpoint_by_mark(struct fe *fe, uint64_t mark);
/* Whoever registered exactly this contact URI. */
struct fe_endpoint *fe_endpoint_anywhere(struct fe *fe, struct ply_slice contact);
/* Writes the endpoint's GRUU, or its contact when it has none. */
void fe_endpoint_uri(const struct fe_endpoint *e, struct ply_strbuf *out);

/* --- requests (pipeline.c) --- */
enum fe_verdict {
	FE_NEXT, /* the following stage */
	FE_DONE, /* answered, or taken over by somebody who will */
	FE_WAIT, /* fe_req_resume() runs this stage again */
};
struct fe_req {
	struct ply_list node; /* in fe->requests */
	struct fe *fe;
	struct ply_sip_stx *stx; /* NULL for ACK and BENOTIFY, never answered, and for our own */
	struct ply_sip_msg *msg;
	struct ply_sip_hop from;
	unsigned stage;
	bool trusted;   /* came from a server of the topology: its assertions count */
	bool own;       /* of this server's own making; then trusted, too, and there is no stx */
	bool foreign;   /* of a domain we do not serve, in a dialog that we know by its token */
	bool anonymous; /* an anonymous meeting participant who proved the conference key */
	bool unproven;  /* an ACK of a client that signs nothing: inside its dialog at most */
	struct ply_sip_addr from_addr, to_addr;
	struct ply_slice from_tag, from_epid, to_tag, to_epid;
	char from_aor[PLY_SIP_AOR_MAX], to_aor[PLY_SIP_AOR_MAX]; /* canonical */
	struct ply_sip_uri ruri;
	char ruri_aor[PLY_SIP_AOR_MAX];    /* canonical Request-URI without parameters */
	char loop_hash[PLY_SIP_LOOP_HASH]; /* goes into the branch of what is forwarded */
	struct ply_sip_fwd_route route;    /* Request-URI to route by and our own Route values */
	bool ocs_only;                     /* fork to OCS endpoints alone: an IM session */
	bool target_unknown;               /* one of our domain, and no such user */
	struct fe_user *sender; /* authenticated user: owner of From. NULL: server or anonymous */
	struct fe_endpoint *sender_ep; /* LENT; NULL before registration */
	struct fe_user *target;        /* user of the Request-URI, if it is one of ours */
	struct fe_wait *wait;
	int wait_r;                           /* what the last wait gave */
	void *stage_ctx;                      /* of the stage that waits */
	void (*stage_drop)(struct fe_req *q); /* called when the request goes while a stage waits;
						 may be NULL */
};
/* A new request from the transaction layer. */
void fe_pipeline_run(struct fe *fe, struct ply_sip_stx *stx, struct ply_sip_msg *msg,
		     const struct ply_sip_hop *from);
/* A request of our own in the name of `as` goes the way of all; what it is answered is absorbed (a
 * 2xx to INVITE is acknowledged). TAKES msg, a request with a Via of ours. */
void fe_pipeline_send(struct fe *fe, struct ply_sip_msg *msg, struct fe_user *as);
/* The stage that returned FE_WAIT is run again, from the loop and not from inside a stage. */
void fe_req_resume(struct fe_req *q);
/* Ends a request without answering it (its answer was sent or will be by somebody else): frees q.
 * Stages that return FE_DONE call this, or one of the answers below, exactly once. */
void fe_req_done(struct fe_req *q);
/* Answer and end. */
void fe_req_reply(struct fe_req *q, const struct ply_sip_reply *r);
void fe_req_ok(struct fe_req *q);
/* The same with `body`, which is freed; 503 when memory was too short to write it. */
void fe_req_reply_body(struct fe_req *q, struct ply_sip_reply *r, struct ply_strbuf *body);

/* Outcomes and what they are to the sender: status, ms-diagnostics id, text (diag.c). */
enum fe_diag {
	FE_D_BAD_REQUEST,
	FE_D_BAD_HEADER,
	FE_D_VERSION,
	FE_D_URI_SCHEME,
	FE_D_TOO_MANY_HOPS,
	FE_D_LOOP,
	FE_D_BAD_EXTENSION,
	FE_D_BAD_EVENT,
	FE_D_METHOD,
	FE_D_TOO_LARGE,
	FE_D_BODY_TYPE,
	FE_D_BODY_XML,
	FE_D_BODY_TEXT,
	FE_D_AUTH_FAILED,
	FE_D_AUTH_SKEW,
	FE_D_NOT_YOU,
	FE_D_USER_UNKNOWN,
	FE_D_NOT_SIP_ENABLED,
	FE_D_DISABLED,
	FE_D_LOCKED,
	FE_D_SLOWED,
	FE_D_LOOPBACK_ONLY,
	FE_D_EPID_MISSING,
	FE_D_EPID_LONG,
	FE_D_INSTANCE,
	FE_D_REG_EVENT,
	FE_D_GRUU_MISSING,
	FE_D_TOO_BRIEF,
	FE_D_PROXY_REPLACE,
	FE_D_OFFLINE,
	FE_D_GRUU_GONE,
	FE_D_DND,
	FE_D_BLOCKED,
	FE_D_NO_METHOD,
	FE_D_ROUTE,
	FE_D_DOMAIN,
	FE_D_NO_DNS,
	FE_D_NO_DIALOG,
	FE_D_TIMEOUT,
	FE_D_NEXT_HOP,
	FE_D_PROMPT_MISSING,
	FE_D_CONTACT_MISSING,
	FE_D_GROUP_MISSING,
	FE_D_READ_ONLY,
	FE_D_NOT_AUTHORISED,
	FE_D_MEMBER_LIMIT,
	FE_D_CONTACT_LIMIT,
	FE_D_GROUP_LIMIT,
	FE_D_EXTENSION_LIMIT,
	FE_D_CATEGORY_LIMIT,
	FE_D_SUBSCRIPTION_LIMIT,
	FE_D_CATEGORIES_MISSING,
	FE_D_SUBSCRIPTION_MISSING,
	FE_D_GROUP_NAME,
	FE_D_RESUBSCRIBE,
	FE_D_WRONG_DELTA,
	FE_D_CONF_UNKNOWN,
	FE_D_CONF_EXPIRED,
	FE_D_CONF_URI,
	FE_D_CONF_MCU_URI,
	FE_D_CONF_BODY,
	FE_D_CONF_ADD_USER,
	FE_D_CONF_FROM,
	FE_D_CONF_TO,
	FE_D_CONF_NOT_INVITED,
	FE_D_CONF_FEDERATED,
	FE_D_CONF_ANONYMOUS,
	FE_D_CONF_LOCKED,
	FE_D_CONF_FULL,
	FE_D_CONF_ENDING,
	FE_D_CONF_NOT_JOINED,
	FE_D_CONF_UNAUTHORIZED,
	FE_D_CONF_COMMAND,
	FE_D_CONF_NO_TIMER,
	FE_D_CONF_NO_MCU,
	FE_D_CONF_NOT_ENABLED,
	FE_D_CONF_KEY,
	FE_D_GROUP_LARGE,
	FE_D_GROUP_MEETING,
	FE_D_DATABASE,
	FE_D_OVERLOAD,
	FE_D_INTERNAL,
	FE_D_N
};
/* Answers with the table's row and ends q. Log line and counter included. `detail` (may be NULL)
 * replaces the text. */
void fe_refuse(struct fe_req *q, enum fe_diag why, const char *detail);
/* The same as a reply value, for those who add lines or a body. */
struct ply_sip_reply fe_diag_reply(const struct fe *fe, enum fe_diag why);
/* 503 with Retry-After when r is a database's error, 500 otherwise. */
void fe_refuse_err(struct fe_req *q, int r);

bool fe_is_our_domain(const struct fe *fe, struct ply_slice host);

#endif
