/* What all conferencing servers share: conferences that a Focus makes here, who is expected and who
 * is there, news to the Focus, heartbeats to the Front Ends (docs/focus-mcu.md). A server supplies
 *a table of functions and reports what happens to its participants' media; it never sees C3P.
 *
 *	addUser             -> a leg that is expected; an INVITE within 60 s finds it
 *	ply_mcu_leg_connect -> it is in the roster
 *	ply_mcu_leg_gone    -> it is not any more
 *
 * A leg is one endpoint of one user. Everything on the signalling thread. Rank 6. */
#ifndef PLY_MCU_MCU_H
#define PLY_MCU_MCU_H

#include "base/log.h"
#include "c3p/c3p.h"
#include "net/addr.h"
#include "net/loop.h"

struct ply_mcu;      /* the server */
struct ply_mcu_conf; /* a conference on it */
struct ply_mcu_leg;  /* an endpoint of a user: expected, or there */
struct ply_tls_ctx;

/* Why a participant's media is to be ended. */
enum ply_mcu_end {
	PLY_MCU_END_REMOVED, /* deleteUser: by whoever may */
	PLY_MCU_END_OVER,    /* the conference is over, or its Focus was not heard of for long */
};

/* What a conferencing server supplies. `ctx` is that of ply_mcu_new, `conf` what conf_made gave,
 * `leg` what ply_mcu_leg_connect was given. None may free the conference or another leg. */
struct ply_mcu_ops {
	/* A conference begins. *conf is handed to the others. 0 or negative. */
	int (*conf_made)(void *ctx, struct ply_mcu_conf *c, void **conf);
	/* It has ended; its legs have been ended before. */
	void (*conf_freed)(void *conf);
	/* This participant must go: end the media (BYE). It is out of the roster already; do not
	 * call ply_mcu_leg_gone. */
	void (*leg_end)(void *leg, enum ply_mcu_end why);
	void (*role)(void *leg, enum ply_ci_role role); /* modifyUserRoles; may be NULL */
	void (*lock)(void *conf, bool locked);          /* modifyConferenceLock; may be NULL */
	/* modifyEndpointMedia: `block` is the wanted ingress filter (mute). NONE is success and
	 * goes into the roster. NULL: notSupported. */
	enum ply_c3p_reason (*mute)(void *leg, bool block);
	/* addUser, dialed-out: call this address. Then ply_mcu_leg_connect or ply_mcu_leg_failed,
	 * once, and later. NONE: under way, with *call for dial_end. NULL: notSupported. */
	enum ply_c3p_reason (*dial_out)(void *conf, struct ply_mcu_leg *l, struct ply_slice uri,
					void **call);
	/* The same as leg_end while it rings. With dial_out. */
	void (*dial_end)(void *call);
	uint32_t (*load)(void *ctx); /* per cent */
};

/* All texts are COPIED, the contexts LENT for the server's life. */
struct ply_mcu_setup {
	const char *type;       /* "chat": in its URIs, session-type and media label */
	const char *fqdn;       /* name in its certificate */
	const char *address;    /* its IP address as others reach it; NULL: by the name */
	const char *c3p_listen; /* "host:port" */
	uint16_t sip_port;      /* of its SIP listener, for mcuStatus */
	const char *factories;  /* "https://fe.example[:444][@192.0.2.1[:444]],..." */
	const char *trusted;    /* further names that may command it; "a,b"; NULL: none */
	const char *version;    /* of the software */
	uint32_t max_conferences, max_endpoints;
	struct ply_tls_ctx *tls_server, *tls_client;
};

/* GIVES *out. Opens the C3P listener and begins to announce itself. `log` LENT. 0, or negative
 * after a line in the log that says why. */
int ply_mcu_new(struct ply_mcu **out, struct ply_loop *loop, const struct ply_log *log,
		const struct ply_mcu_setup *setup, const struct ply_mcu_ops *ops, void *ctx);
/* Ends all conferences (leg_end and conf_freed are called). NULL is fine. */
void ply_mcu_free(struct ply_mcu *m);
/* Nothing new from now on; the Front Ends are told at once. */
void ply_mcu_drain(struct ply_mcu *m);
bool ply_mcu_is_draining(const struct ply_mcu *m);
unsigned ply_mcu_n_conf(const struct ply_mcu *m);
unsigned ply_mcu_n_leg(const struct ply_mcu *m); /* expected ones too */
/* Is this name one of a Front End's, or trusted by configuration? */
bool ply_mcu_trusts(const struct ply_mcu *m, const char *name);
/* Front Ends that answered the last heartbeat, and how many there are. */
unsigned ply_mcu_n_known(const struct ply_mcu *m, unsigned *n_all);
/* Port of the C3P listener (for port 0). */
uint16_t ply_mcu_c3p_port(const struct ply_mcu *m);

/* By any of its URIs; NULL: there is none. */
struct ply_mcu_conf *ply_mcu_conf_find(const struct ply_mcu *m, struct ply_slice uri);
const char *ply_mcu_conf_uri(const struct ply_mcu_conf *c); /* its own, of the type; LENDS */
void *ply_mcu_conf_data(const struct ply_mcu_conf *c);      /* what conf_made gave */
bool ply_mcu_conf_is_locked(const struct ply_mcu_conf *c);
/* The Front End whose Focus has it: its name (LENT), and its address where `factories` has one
 * (else family 0). */
const char *ply_mcu_conf_front(const struct ply_mcu_conf *c, struct ply_addr *addr);

/* The leg of this endpoint, expected or there; `user` any form of his URI. NULL: addUser did not
 * name it. */
struct ply_mcu_leg *ply_mcu_leg_find(const struct ply_mcu_conf *c, struct ply_slice user,
				     struct ply_slice endpoint);
/* Its INVITE has come: from now on leg_end is called for it, but it is not in the roster before
 * ply_mcu_leg_connect. `data` takes the place of what was given before (the caller ends that). */
void ply_mcu_leg_claim(struct ply_mcu_leg *l, void *data);
/* It is there. `data` takes the place of what was given before (the caller has ended that). */
void ply_mcu_leg_connect(struct ply_mcu_leg *l, void *data);
/* It has left or failed: out of the roster. l must not be used any more. */
void ply_mcu_leg_gone(struct ply_mcu_leg *l);
/* A dial-out that came to nothing: userBusy, userDeclined ... l must not be used any more. */
void ply_mcu_leg_failed(struct ply_mcu_leg *l, enum ply_c3p_reason why);
void ply_mcu_leg_set_status(struct ply_mcu_leg *l, enum ply_ci_status status); /* alerting */
/* He sent a message that was taken: counted for the call detail records. */
void ply_mcu_leg_wrote(struct ply_mcu_leg *l);
void *ply_mcu_leg_data(const struct ply_mcu_leg *l);           /* NULL: not there yet */
const char *ply_mcu_leg_user(const struct ply_mcu_leg *l);     /* "sip:alice@lab.example"; LENDS */
const char *ply_mcu_leg_name(const struct ply_mcu_leg *l);     /* display name or ""; LENDS */
const char *ply_mcu_leg_endpoint(const struct ply_mcu_leg *l); /* LENDS */
bool ply_mcu_leg_is_blocked(const struct ply_mcu_leg *l);      /* muted before it came */
enum ply_ci_role ply_mcu_leg_role(const struct ply_mcu_leg *l);
struct ply_mcu_conf *ply_mcu_leg_conf(const struct ply_mcu_leg *l);

#endif
