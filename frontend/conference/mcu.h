/* Conferencing servers as the Front End sees them: the table of those that are alive
 * (mcu_factory.c), the way to one of them (mcu_link.c), and what ties a meeting to one
 * (mcu_enlist.c, mcu_wait.c, mcu_news.c). Private to this folder; docs/focus-mcu.md has the wire.
 */
#ifndef FE_CONFERENCE_MCU_H
#define FE_CONFERENCE_MCU_H

#include "base/fsm.h"
#include "c3p/c3p_http.h"
#include "frontend/conference/focus.h"
#include "frontend/proxy/proxy.h"

enum fe_mcu_state { FE_MCU_LIVE, FE_MCU_SUSPECT, FE_MCU_DEAD };

/* One conferencing server: known by type, name and URL. Lives until ten minutes after its last
 * word; an instance ends when another one of it shows up. */
struct fe_mcu {
	struct ply_list in_factory;
	struct fe_mcu_factory *factory;
	enum fe_mcu_state state;
	char type[PLY_C3P_TYPE_MAX];
	char *fqdn, *url, *instance, *version;
	struct ply_addr addr;   /* family 0: being looked up, no use yet; port 0 */
	uint16_t sip_port;      /* SIP over TLS */
	uint32_t load;          /* per cent, as it said */
	uint64_t extra_load;    /* given to it since; thousandths of a per cent */
	uint32_t conferences;   /* as it said */
	uint32_t endpoints;     /* as it said, and what was given to it since */
	uint32_t max_endpoints; /* 0: no limit */
	bool draining;          /* it says so */
	bool marked;            /* an administrator says so */
	uint64_t heard_ms;      /* ply_mono_ms */
	uint64_t lease_ms;      /* of the last lease written; 0: none */
	struct ply_timer watch;
	struct ply_dns_query *query;
	struct ply_list enlists; /* struct fe_link: meetings on it */
	struct ply_list calls;   /* struct fe_mcu_call not answered yet */
	struct ply_c3p_peer *peer;
	struct ply_c3p_peer *dialer; /* commands that take long hold up no others; NULL at first */
};

/* How a server is talked to; another one in tests. */
struct fe_mcu_wire {
	int (*open)(struct fe_mcu *s);
	void (*close)(struct fe_mcu *s);
	int (*post)(struct fe_mcu *s, const struct ply_c3p_post *post, ply_c3p_peer_fn *fn,
		    void *ctx);
};
extern const struct fe_mcu_wire fe_mcu_https;

struct fe_mcu_factory {
	struct fe_meetings *meetings;
	struct fe *fe;
	struct ply_log log;
	const struct fe_mcu_wire *wire;
	struct ply_list servers;
	unsigned n_servers;
	char *callback; /* URL for notify; NULL: nobody listens */
	struct ply_http_server *http;
	struct ply_c3p_server *c3p;
	struct ply_dns *dns; /* NULL until asked for: fe->dns is used where there is one */
	uint64_t n_requests;
	struct ply_list sends; /* struct send of mcu_command.c */
	struct ply_list jobs;  /* struct job of fanout.c */
};

/* --- mcu_factory.c --- */
/* A heartbeat; peer is the name in the sender's certificate. NONE: known and taken. */
enum ply_c3p_reason fe_mcu_heard(struct fe_mcu_factory *fac, const char *peer,
				 const struct ply_c3p_mcu_status *st);
/* It did not take what was sent to it: no new meetings until it is heard of again. */
void fe_mcu_suspect(struct fe_mcu *s, const char *why);
const char *fe_mcu_state_name(enum fe_mcu_state s);

/* --- mcu_allocate.c --- */
/* The live server with the least load that has room for so many, not `but` (may be NULL); NULL:
 * there is none. What it was given counts at once. */
struct fe_mcu *fe_mcu_allocate(struct fe_mcu_factory *fac, const char *type, uint32_t room,
			       const struct fe_mcu *but);
/* One with this name in its certificate that is not dead? */
bool fe_mcu_is_one(const struct fe_mcu_factory *fac, const char *name);
unsigned fe_mcu_n_live(const struct fe_mcu_factory *fac, const char *type);

/* --- mcu_admin.c: "mcu list", "mcu drain FQDN [off]" --- */
int fe_mcu_admin_register(struct fe_mcu_factory *fac);

/* --- mcu_link.c --- */
/* The listener for heartbeats and news. 0 or negative, logged. */
int fe_mcu_listen(struct fe_mcu_factory *fac);
void fe_mcu_unlisten(struct fe_mcu_factory *fac);
/* A command to a server, and its answer: called exactly once, later, with the answer's reason, or
 * TIMEOUT and no answer where there is none. rsp is LENT. */
typedef void fe_mcu_answer_fn(void *ctx, enum ply_c3p_reason r, const struct ply_c3p_response *rsp);
struct fe_mcu_call;
enum { FE_MCU_COMMAND_MS = 15000 }; /* what takes longer goes another way */
/* Fills request_id and from. 0, or negative: fn is never called. *out may be NULL. */
int fe_mcu_send(struct fe_mcu *s, struct ply_c3p_request *req, uint32_t timeout_ms,
		fe_mcu_answer_fn *fn, void *ctx, struct fe_mcu_call **out);
/* fn is not called any more. The command is on its way all the same. */
void fe_mcu_call_forget(struct fe_mcu_call *c);
/* The server is gone: what is open is answered TIMEOUT, from inside. */
void fe_mcu_calls_fail(struct fe_mcu *s);

/* --- mcu_enlist.c --- */
struct fe_link {
	struct fe_enlist *enlist;
	struct fe_mcu_factory *factory;
	struct ply_fsm fsm;
	struct fe_mcu *mcu;           /* adding, ready; else NULL */
	const struct fe_mcu *refused; /* did not take it: only compared */
	unsigned tries;
	struct ply_list on_mcu;
	struct ply_timer timer;      /* of the state */
	struct ply_timer pulse;      /* asking: look again; ready: it was quiet for long */
	struct ply_defer tell;       /* the waiters */
	struct ply_list waiters;     /* struct waiter of mcu_wait.c */
	struct ply_list parts;       /* struct part of mcu_command.c */
	struct fe_mcu_call *adding;  /* addConference under way */
	struct fe_mcu_call *getting; /* getConference under way */
	enum ply_c3p_reason why;     /* it is gone */
	uint64_t version;            /* of the server's news, last taken over */
	uint64_t seen;               /* the highest that came */
};
static inline struct fe_link *fe_link_of(const struct fe_enlist *e)
{
	return e->link;
}
/* The server is gone: all its meetings look for another one. */
void fe_links_lost(struct fe_mcu *s);
/* The conference is not there any more on its server. */
void fe_link_lost(struct fe_link *l);
/* Another 60 s until it is asked. */
void fe_link_heard(struct fe_link *l);
/* Keys, instance, epoch: what every command to e's server has. */
void fe_link_fill(const struct fe_link *l, struct ply_c3p_request *req);
/* Idle at first; looks for a server unless it has one or is at it. */
void fe_link_init(struct fe_link *l);
void fe_link_want(struct fe_link *l);
/* true: there is a server, or none was found (l->why); whoever waits is to be told. */
bool fe_link_is_decided(const struct fe_link *l);
/* Lets its server go; over: the conference is deleted there, and its row. */
void fe_link_release(struct fe_link *l, bool over);

/* --- mcu_wait.c --- */
/* Whoever waits hears it in the next turn, one a turn. */
void fe_link_tell(struct fe_link *l);

/* --- mcu_command.c (fe_enlist_send) --- */
/* Those under way on this link are answered REQUEST_CANCELLED, from inside. */
void fe_link_commands_cancel(struct fe_link *l);
void fe_commands_cancel(struct fe_focus *f); /* what is left of f's */
void fe_commands_forget(struct fe_focus *f, void *ctx);

/* --- mcu_news.c --- */
/* A notify, from the server whose certificate has this name. */
enum ply_c3p_reason fe_mcu_news(struct fe_mcu_factory *fac, const char *peer,
				const struct ply_c3p_request *req);
/* Asks for everything, unless that is under way. */
void fe_link_get(struct fe_link *l);

/* --- fanout.c --- */
/* At stop, right before the transaction layer is freed. */
void fe_fanouts_drop(struct fe_mcu_factory *fac);

#endif
