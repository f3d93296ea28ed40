/* One conference: which life of which Focus it belongs to, its roster, and the one notice that is
 * under way. Private to common/mcu. Rank 6. */
#ifndef PLY_MCU_MCU_CONF_H
#define PLY_MCU_MCU_CONF_H

#include "mcu/mcu_lease.h"
#include "mcu/mcu_roster.h"

struct ply_mcu {
	struct ply_loop *loop;
	struct ply_log log;
	const struct ply_mcu_ops *ops;
	void *ctx;
	char *type, *version, *fqdn, *address, *url, *sip; /* as in mcuStatus */
	char *trusted;
	char instance[33];
	uint32_t max_conferences, max_endpoints;
	struct ply_tls_ctx *tls_client; /* LENT */
	struct ply_hash confs;
	unsigned n_leg;
	bool draining;
	struct ply_list fronts;
	struct ply_timer beat;
	struct ply_http_server *http;
	struct ply_c3p_server *c3p;
};

struct ply_mcu_conf {
	struct ply_hnode by_key;
	struct ply_mcu *mcu;
	struct ply_log log;
	char *key;          /* of ply_c3p_uri: without case, of no type */
	char *uri;          /* ours: "...;opaque=app:conf:chat:id:ID" */
	char *focus;        /* of the Focus */
	char *instance;     /* of the running meeting */
	char *callback;     /* URL for notify */
	uint64_t epoch;     /* newest word of a Focus */
	int64_t expiry_ms;  /* wall clock; 0: none */
	uint32_t max_users; /* 0: no limit of its own */
	bool locked;
	struct ply_mcu_roster roster;
	uint64_t version;          /* of the last notice sent */
	bool view_changed;         /* the lock is news */
	bool resync;               /* a notice was lost: everything is sent */
	struct ply_c3p_sent *post; /* the notice under way; NULL: none */
	struct ply_defer news;
	struct ply_timer again, quiet;
	void *data; /* of the server */
};

/* What addConference says. LENT. */
struct ply_mcu_conf_want {
	const struct ply_c3p_uri *id;
	struct ply_slice focus, instance, callback;
	uint64_t epoch;
	int64_t expiry_ms;
	uint32_t max_users;
	bool locked;
};

/* GIVES *out to m. 0 or negative. */
int ply_mcu_conf_new(struct ply_mcu_conf **out, struct ply_mcu *m,
		     const struct ply_mcu_conf_want *want);
/* The same life of it again: newer epoch, other callback. */
int ply_mcu_conf_update(struct ply_mcu_conf *c, const struct ply_mcu_conf_want *want);
/* Ends all legs and frees. `why` for the log. */
void ply_mcu_conf_free(struct ply_mcu_conf *c, const char *why);
/* The same, and counted: no Focus has it any more. */
void ply_mcu_conf_drop(struct ply_mcu_conf *c, const char *why);
struct ply_mcu_conf *ply_mcu_conf_by_id(const struct ply_mcu *m, const struct ply_c3p_uri *id);
/* A word from its Focus. */
void ply_mcu_conf_heard(struct ply_mcu_conf *c);

/* Expect this endpoint for 60 s. NULL: memory. */
struct ply_mcu_leg *ply_mcu_conf_expect(struct ply_mcu_conf *c, struct ply_mcu_user *u,
					struct ply_slice entity);
void ply_mcu_conf_wait(struct ply_mcu_leg *l); /* for another 60 s */
/* It is being called on behalf of this command, for 120 s at most. */
void ply_mcu_conf_dialing(struct ply_mcu_leg *l, struct ply_mcu_dial *dial, void *data);
/* The server is told to end it, then it is out. */
void ply_mcu_conf_end_leg(struct ply_mcu_leg *l, enum ply_mcu_end why);

/* --- mcu_news.c --- */
/* Something is to be told at the end of this turn. */
void ply_mcu_conf_news(struct ply_mcu_conf *c);
/* conference-info of everything, into *ci (deinit it). 0 or -ENOMEM. */
int ply_mcu_conf_full(const struct ply_mcu_conf *c, struct ply_ci *ci, struct ply_ci_view *view);

#endif
