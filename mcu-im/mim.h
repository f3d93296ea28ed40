/* The IM Conferencing Server's own types: the one context, a room (a conference), a leg (one
 * participant's dialog), a message on its way to many legs. Everything on the signalling thread.
 *
 * Ownership: `struct mim` owns ways and legs; a room is common/mcu's, made and freed through
 * im_ops.c. A message lives until its last copy has ended. A leg owns its copies. */
#ifndef MIM_MIM_H
#define MIM_MIM_H

#include "base/conf.h"
#include "base/fsm.h"
#include "base/hash.h"
#include "base/limit.h"
#include "base/list.h"
#include "mcu/mcu.h"
#include "sip/sip_dialog.h"

struct ply_role_ctx;

/* [mcu-im] section of parley.conf; the table is in conf.c. */
struct mim_settings {
	char *sip_listen, *c3p_listen; /* "host:port" */
	char *fqdn, *address;          /* as others reach it; NULL: of [common], by the name */
	char *certificate, *key;       /* NULL: those of [common] */
	char *factory;                 /* Front Ends */
	char *trusted_servers;
	uint32_t max_conferences, max_endpoints;
	uint32_t queue_messages, queue_bytes; /* of one participant */
	uint32_t max_body;
	uint32_t sender_rate, sender_burst; /* messages a second */
	uint32_t max_flows;
	bool fan_out;               /* many copies as one SERVICE */
	uint32_t frontend_sip_port; /* SIP over TLS of Front Ends, for calls out */
	uint32_t ring_time;         /* seconds a call may ring */
};
extern const struct ply_conf_item mim_conf_items[];

struct mim {
	struct ply_loop *loop;
	struct ply_log log;
	const struct mim_settings *conf;
	const char *fqdn;
	struct ply_sip_txl *txl;
	struct ply_sip_transport *transport; /* of txl */
	uint8_t listener;
	struct ply_mcu *mcu;
	struct ply_hash legs; /* by dialog */
	unsigned n_leg;
	struct ply_list ways;
	struct ply_list batches; /* fan-outs not ended */
	struct ply_list ready;   /* legs with a message to send and none under way */
	struct ply_list calls;   /* struct mim_call, under way */
	struct ply_dns *dns;     /* of im_call.c; NULL until asked for */
	struct ply_defer flush;
	struct ply_strbuf scratch[2]; /* for building texts inside one call */
};

/* A conference. */
struct mim_room {
	struct mim *mim;
	struct ply_mcu_conf *conf; /* LENT */
	struct ply_list legs;      /* first come first */
	uint32_t last_id;          /* of its messages */
};

/* A Front End as the dialogs behind it are reached: the host of its Record-Route. */
struct mim_way {
	struct ply_list node;
	struct mim *mim;
	char *host;
	struct ply_addr addr; /* where new connections go: its address, the Route's port */
	unsigned n_leg;
	bool single; /* it does not know fan-outs */
};

enum mim_form { MIM_AS_IS, MIM_PART, MIM_NAMED, MIM_N_FORM, MIM_NOT_AT_ALL = MIM_N_FORM };

/* A text in the form one kind of receiver takes. */
struct mim_text {
	bool made;
	char *type; /* Content-Type; NULL: there is no such form */
	char *body;
	size_t len;
};

struct mim_message {
	struct mim_room *room; /* LENT; not read once its legs are gone */
	struct ply_list in_author;
	struct mim_leg *author; /* NULL: he has left */
	uint32_t id;
	char *sender; /* "Ms-Sender: <sip:alice@lab.example>" CR LF */
	char *name;   /* for those who do not know Ms-Sender */
	struct mim_text form[MIM_N_FORM];
	unsigned n_open; /* copies not ended, and one while it is made */
	struct ply_strbuf failed;
};

/* A message on its way to one leg. */
struct mim_copy {
	struct ply_list in_queue; /* of its leg; unlinked while under way */
	struct mim_message *msg;
	struct mim_leg *leg;
	enum mim_form form;
	struct ply_sip_ctx *ctx; /* sent alone, or NULL: in this batch: */
	struct mim_batch *batch;
	unsigned index;
};

enum { MIM_ANSWERED, MIM_CONNECTED, MIM_GONE }; /* states of a leg; im_leg.c */

/* One participant's dialog. */
struct mim_leg {
	struct ply_fsm fsm;
	struct mim *mim;
	struct mim_room *room;
	struct ply_mcu_leg *place; /* in the roster; NULL: taken by another leg, or out */
	struct ply_log log;
	struct ply_list in_room;
	struct ply_hnode by_dialog;
	struct ply_sip_dialog *dialog;
	struct mim_way *way; /* NULL: reached by the flow of its last request alone */
	char *fan;           /* what a fan-out says of it, up to the CSeq number */
	char *sender, *name; /* as in mim_message */
	char *accept;        /* accept-types; "": text/plain */
	bool knows_sender;   /* Supported: ms-sender */
	bool muted;
	const char *end_reason; /* text of the BYE's Reason; NULL: none is sent */
	unsigned end_status;    /* of copies not delivered; 0: not reported */
	struct ply_bucket rate;
	struct ply_list queue; /* struct mim_copy */
	unsigned n_queue;
	size_t queue_bytes;
	struct mim_copy *under_way;
	struct ply_list ready;   /* in mim->ready */
	uint64_t typing_ms;      /* when it was last told that somebody types */
	struct ply_list written; /* struct mim_message of his */
	/* The 200 until its ACK (RFC 3261 §13.3.1.4). */
	struct ply_strbuf ok;
	struct ply_sip_hop ok_hop;
	struct ply_timer timer, resend;
	uint32_t resend_ms;
};

/* --- context.c --- */
int mim_init(struct ply_role_ctx *role, void **self);
int mim_start(void *self);
void mim_reload(void *self);
void mim_drain(void *self);
void mim_stop(void *self);
void mim_status(void *self, struct ply_strbuf *out);

/* --- im_ops.c --- */
extern const struct ply_mcu_ops mim_ops;

/* --- im_sip.c: what comes in --- */
extern const struct ply_sip_tu_ops mim_tu_ops;

/* --- im_diag.c: refusals with their status and ms-diagnostics --- */
enum mim_refusal {
	MIM_BAD_REQUEST,
	MIM_NO_TYPE,
	MIM_OVERLOAD,
	MIM_METHOD,
	MIM_MUTED,
	MIM_TOO_LARGE,
	MIM_NO_CONFERENCE,
	MIM_NOT_EXPECTED,
	MIM_NO_OFFER,
	MIM_TOO_FAST,
	MIM_STRANGER,
	MIM_NO_DIALOG,
	MIM_N_REFUSAL,
	MIM_FINE = MIM_N_REFUSAL
};
void mim_refuse(struct mim *m, struct ply_sip_stx *stx, enum mim_refusal why);
#define MIM_ALLOW "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, UPDATE\r\n"

/* --- im_sdp.c: pure --- */
#define MIM_ACCEPT_TYPES                                                                           \
	"text/plain multipart/alternative image/gif text/rtf text/html application/x-ms-ink "      \
	"application/ms-imdn+xml text/x-msmsgsinvite application/im-iscomposing+xml"
/* The receiver's accept-types ("" when it has none). False: nothing in the offer is for us. An
 * empty offer is fine. */
bool mim_sdp_read(struct ply_slice offer, struct ply_slice *accept);
/* Another's answer to ours: are messages in it? */
bool mim_sdp_takes(struct ply_slice answer);
/* The answer, or with an empty offer our own description. */
void mim_sdp_answer(struct ply_strbuf *out, struct ply_slice offer, const char *uri, unsigned port);

/* --- im_body.c: pure --- */
bool mim_accepts(const char *accept, struct ply_slice media_type);
/* The form this receiver takes, MIM_NOT_AT_ALL when none; made when it is first asked for. */
enum mim_form mim_form_for(struct mim_message *msg, const char *accept, bool knows_sender);

/* --- im_leg.c --- */
void mim_leg_invite(struct mim *m, struct ply_sip_stx *stx, const struct ply_sip_msg *req);
struct mim_leg *mim_leg_find(const struct mim *m, const struct ply_sip_msg *req);
/* An in-dialog request; stx NULL: ACK. */
void mim_leg_request(struct mim_leg *l, struct ply_sip_stx *stx, struct ply_sip_msg *req,
		     const struct ply_sip_hop *from);
/* Ends it: BYE with this Reason text, or none. Its place in the roster goes too, unless it was
 * taken off before. `status` is what copies not delivered are reported with; 0: not at all. Frees
 * l. */
void mim_leg_end(struct mim_leg *l, const char *reason, unsigned status, const char *why);
bool mim_leg_is_connected(const struct mim_leg *l);
/* The place was called and has answered with this 2xx, which is acknowledged: it is connected.
 * TAKES d on success. NULL: memory. */
struct mim_leg *mim_leg_called(struct mim *m, struct ply_mcu_leg *place, struct ply_sip_dialog *d,
			       const struct ply_sip_msg *ok);

/* --- im_call.c: calls out --- */
enum ply_c3p_reason mim_call_out(void *room, struct ply_mcu_leg *place, struct ply_slice uri,
				 void **call);
void mim_call_end(void *call);
void mim_calls_free(struct mim *m);

/* --- im_way.c: how a leg is reached --- */
int mim_way_find(struct mim_leg *l);
void mim_way_leave(struct mim_leg *l);
/* An open connection, made when there is none. 0 or negative. */
int mim_hop(struct mim_leg *l, struct ply_sip_hop *out);

/* --- im_relay.c --- */
void mim_relay_message(struct mim_leg *l, struct ply_sip_stx *stx, struct ply_sip_msg *req);
/* It is connected, or its copy has ended: what waits may go. */
void mim_relay_ready(struct mim_leg *l);
/* A final status for the copy under way. Frees it, and may end its leg. */
void mim_relay_ended(struct mim_copy *c, unsigned status);
/* All copies of a leg that ends; those it wrote are nobody's. */
void mim_relay_drop(struct mim_leg *l, unsigned status);
/* The next of its copies is under way from now on. LENDS. */
struct mim_copy *mim_relay_take(struct mim_leg *l);
/* It was not sent after all: first of the queue again. */
void mim_relay_untake(struct mim_leg *l, struct mim_copy *c);
/* Its next copy alone, in a transaction of its own. */
void mim_relay_single(struct mim_leg *l);

/* --- im_fanout.c: many copies in one request (docs/focus-mcu.md) --- */
/* Sends what the ready legs have; called at the end of a turn. */
void mim_fan_flush(void *mim);
/* A typing notice (MESSAGE or INFO, as it came) to these legs; nobody hears what becomes of it. */
void mim_fan_typing(struct mim_leg *const *leg, unsigned n, const struct ply_sip_msg *notice,
		    const char *sender);
/* SERVICE with outcomes that were not known in time. */
void mim_fan_result(struct mim *m, struct ply_sip_stx *stx, const struct ply_sip_msg *req);
/* Its leg ends. */
void mim_fan_forget(struct mim_copy *c);
void mim_fan_free(struct mim *m);

/* --- im_typing.c --- */
/* Is this body a typing notice? */
bool mim_is_typing(struct ply_slice content_type);
void mim_typing(struct mim_leg *l, const struct ply_sip_msg *req);

#endif
