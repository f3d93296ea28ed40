/* For the files of frontend/presence only. A presentity is everything a user publishes, allows and
 * keeps (presentity.c); a subscription is one dialog of a watcher, or of the user about himself
 * (dialogs.c); a watch is one presentity within a subscription.
 *
 * Ownership: fe_user owns its presentity. A subscription owns its dialog and its watches; each
 * watch and each subscription holds the fe_user whose presentity it hangs on. */
#ifndef FE_PRESENCE_INTERNAL_H
#define FE_PRESENCE_INTERNAL_H

#include "base/limit.h"
#include "frontend/event/subscription.h"
#include "frontend/presence/presence.h"
#include "presence/aggregate.h"
#include "presence/batch_xml.h"
#include "presence/contact_xml.h"
#include "presence/roaming_xml.h"
#include "presence/visible.h"
#include "sip/sip_dialog.h"
#include "sip/sip_ms.h"

/* Registered categories; sets of them are BIT(enum fe_cat). */
enum fe_cat {
	FE_CAT_STATE,
	FE_CAT_DEVICE,
	FE_CAT_SERVICES,
	FE_CAT_LEGACY_INTEROP,
	FE_CAT_CONTACT_CARD,
	FE_CAT_USER_PROPERTIES,
	FE_CAT_NOTE,
	FE_CAT_NOTE_HISTORY,
	FE_CAT_CALENDAR_DATA,
	FE_CAT_USER_INFORMATION,
	FE_CAT_ALERTS,
	FE_CAT_ROUTING,
	FE_CAT_DND_STATE,
	FE_CAT_WORKING_HOURS,
	FE_CAT_RCC_OPTIONS,
	FE_CAT_OTHER_OPTIONS,
	FE_N_CAT
};
#define FE_CAT_ALL (BIT(FE_N_CAT) - 1)
const char *fe_cat_name(enum fe_cat c);
bool fe_cat_read(struct ply_slice name, enum fe_cat *out);

/* A body that cannot be read, beside the codes of the codecs. */
enum { FE_PRES_E_BODY = 1000 };

enum {
	FE_PRES_MAX_PUBS = 500,     /* of one user */
	FE_PRES_MAX_MEMBERS = 1000, /* of all containers of one user */
	FE_PRES_MAX_PROMPTS = 1000, /* remembered watchers of one user */
	FE_PRES_MAX_SUBS = 128,     /* subscriptions of one user */
	FE_PRES_MAX_WATCHES = 1000, /* in one subscription */
	FE_PRES_MAX_ALL_SUBS = 500000,
};

/* --- publications --- */
struct fe_pub {
	struct ply_list node; /* in presentity->pubs */
	enum fe_cat cat;
	uint32_t instance, container, version;
	enum ply_expire_type expire_type;
	uint32_t expires;   /* seconds; 0: none */
	uint64_t ends_ms;   /* ply_mono_ms; 0: never */
	int64_t publish_ms; /* wall clock, ours */
	char *body;
	size_t len;
	struct fe_endpoint *ep; /* LENT: type endpoint */
	char endpoint_id[PLY_GUID_TEXT_LEN + 1];
	bool server;             /* ours: nobody else changes it */
	struct ply_state *state; /* inputs of the aggregation, parsed; else NULL */
	struct ply_device *device;
};

/* What a publication is to become. Texts are LENT. */
struct fe_pub_set {
	enum fe_cat cat;
	uint32_t instance, container, version;
	enum ply_expire_type expire_type;
	uint32_t expires;
	struct ply_slice body;
	struct fe_endpoint *ep;
	bool server;
};

struct fe_subscriber {
	struct ply_list node;
	char *user; /* without sip: */
	char *display_name;
	bool acknowledged;
};

struct fe_group {
	struct ply_list node;
	uint32_t id;
	char *name, *external_uri;
};

struct fe_contact {
	struct ply_list node;
	char *uri; /* without sip:, lower case */
	char *name, *external_uri, *extension;
	uint64_t groups; /* bit n-1 for id n */
	bool subscribed;
};

/* A watcher's document, kept while nothing changes. */
struct fe_body {
	struct ply_list node;
	uint32_t container, cats;
	bool pidf;
	struct ply_strbuf text;
};

/* Containers with changes since watchers were last marked. */
struct fe_dirty {
	uint32_t container, cats;
};

struct fe_op;
struct fe_sub;

struct fe_presentity { /* NOLINT(clang-analyzer-optin.performance.Padding): by meaning */
	struct fe *fe;
	struct fe_user *user;
	bool loaded;
	struct ply_list loading; /* in fe_presence->to_load or ->loads */
	struct ply_list waiters; /* for the load */
	bool busy;               /* a change is on its way to the database */
	struct ply_list ops;     /* requests waiting for that */
	struct ply_list pubs;
	unsigned n_pubs;
	struct ply_container *container; /* owned with its members, by id */
	size_t n_container;
	struct ply_list subscribers, groups, contacts;
	unsigned n_subscribers, n_contacts, n_groups;
	uint32_t delta;
	uint32_t own_since; /* see delta_epid */
	char *title, *department, *company, *office;
	uint32_t avail, avail_team; /* aggregates of containers 2 and 3 */
	struct ply_list subs;       /* of this user, by whatever event */
	unsigned n_subs;
	struct ply_list watches; /* by others (and himself) */
	struct ply_list bodies;  /* struct fe_body */
	struct ply_list states;  /* struct event_state of standard.c */
	unsigned n_states;
	struct fe_dirty *dirty;
	size_t n_dirty, cap_dirty;
	uint32_t self_dirty; /* categories */
	struct ply_timer expiry;
	struct {
		uint64_t endpoint;
		struct ply_bucket bucket;
	} conflict[4];
	/* The endpoint that made all changes of the list after number own_since; "" when none did.
	 */
	char delta_epid[PLY_EPID_MAX + 1];
};

struct fe_presence {
	struct fe *fe;
	struct fe_subscriptions subs; /* struct fe_sub */
	struct ply_list to_load;      /* presentities; gathered in a turn, asked for at its end */
	struct ply_defer load;
	struct ply_list queue; /* struct fe_watch with something to tell */
	struct ply_list own;   /* struct fe_sub, roaming-self, with something to tell */
	struct ply_defer flush;
	struct ply_list foreign; /* struct fe_sub without a user of ours */
	struct fe_provision *provision;
	struct ply_hash etags; /* struct event_state of standard.c */
};

/* --- presentity.c --- */
struct fe_presentity *fe_pres_new(struct fe_user *u);
void fe_pres_free(struct fe_presentity *p);
int fe_pres_fill(struct fe_presentity *p, const struct ply_rtc_presentity *row);
struct fe_pub *fe_pub_find(const struct fe_presentity *p, enum fe_cat cat, uint32_t instance,
			   uint32_t container);
/* Replaces or adds; marks the change. 0 or -ENOMEM. */
int fe_pub_set(struct fe_presentity *p, const struct fe_pub_set *set);
void fe_pub_delete(struct fe_presentity *p, struct fe_pub *pub);
/* Starts the timer for the publication that ends next. */
void fe_pres_set_expiry(struct fe_presentity *p);
struct ply_container *fe_container_find(struct fe_presentity *p, uint32_t id);
/* Takes over `member` (made by fe_members_copy). 0 or -ENOMEM. */
int fe_container_set(struct fe_presentity *p, uint32_t id, uint32_t version,
		     struct ply_member *member, size_t n);
struct ply_member *fe_members_copy(const struct ply_member *m, size_t n);
void fe_members_free(const struct ply_member *m, size_t n);
/* The container this watcher is served from. uri: with or without sip:. */
uint32_t fe_pres_container_of(const struct fe_presentity *p, struct ply_slice uri);
struct fe_subscriber *fe_subscriber_find(struct fe_presentity *p, struct ply_slice user);
int fe_subscriber_add(struct fe_presentity *p, struct ply_slice user, struct ply_slice name,
		      bool acknowledged);
struct fe_contact *fe_contact_find(struct fe_presentity *p, struct ply_slice uri);
struct fe_group *fe_group_find(struct fe_presentity *p, uint32_t id);
int fe_contact_put(struct fe_presentity *p, const struct ply_contact *c);
void fe_contact_delete(struct fe_presentity *p, struct fe_contact *c);
int fe_group_put(struct fe_presentity *p, const struct ply_contact_group *g);
void fe_group_delete(struct fe_presentity *p, struct fe_group *g);
struct ply_contact fe_contact_view(const struct fe_contact *c);
struct ply_contact_group fe_group_view(const struct fe_group *g);

/* --- aggregator.c --- */
/* Computes what the server publishes anew. */
void fe_pres_aggregate(struct fe_presentity *p);
/* contactCard and userProperties out of the directory. */
void fe_pres_publish_facts(struct fe_presentity *p);

/* --- view.c --- */
/* What a watcher in `container` may see of `cats`. LENT until something changes; NULL: no memory.
 */
const struct fe_body *fe_view(struct fe_presentity *p, uint32_t container, uint32_t cats,
			      bool pidf);
void fe_view_forget(struct fe_presentity *p);
/* The container whose server publications are shown in this one. */
uint32_t fe_view_level(uint32_t container);

/* --- fanout.c --- */
void fe_mark(struct fe_presentity *p, uint32_t container, uint32_t cats);
/* After a change: tells watchers and own subscriptions at the end of the turn. `except` (may be
 * NULL): the endpoint that learned of `known` already. */
void fe_pres_changed(struct fe_presentity *p, const struct fe_endpoint *except, uint32_t known);
enum { FE_OWN_CONTAINERS = 1, FE_OWN_SUBSCRIBERS = 2 };
void fe_own_changed(struct fe_presentity *p, unsigned sections);
/* Everything once more to one endpoint. */
void fe_own_refresh(struct fe_presentity *p, const struct fe_endpoint *e);
/* Containers changed: watchers move to where they belong now and get everything. */
void fe_watchers_move(struct fe_presentity *p);
void fe_flush_now(struct fe_presence *x);

/* --- dialogs.c: subscriptions --- */
struct fe_watch {
	struct ply_list in_sub, in_pres, queued;
	struct fe_sub *sub;
	struct fe_presentity *pres; /* NULL: nobody of ours by that address */
	uint32_t container;
	uint32_t dirty; /* categories to tell */
	char *uri;      /* with sip:, as the watcher wrote it */
};

enum fe_sub_form { FE_FORM_CATEGORIES, FE_FORM_PIDF };

struct fe_sub {
	struct fe_subscription base;
	struct ply_list in_pres; /* subs of `pres`, or fe_presence->foreign */
	struct ply_list queued;  /* in fe_presence->own */
	enum ply_ms_event event;
	struct fe_presentity *pres; /* of the subscriber; NULL: not one of ours */
	struct fe_endpoint *ep;     /* LENT; of the subscriber; NULL when not known */
	bool list;                  /* batched or resource list: answers are multipart */
	bool batch;                 /* of the product */
	enum fe_sub_form form;
	uint32_t cats;
	uint32_t version; /* of the list */
	struct ply_list watches;
	unsigned n_watches;
	uint32_t own_dirty;    /* roaming-self: categories */
	unsigned own_sections; /* FE_OWN_* */
};

/* Makes the dialog of q, in memory and found by later requests. NULL: no memory, or a bad request.
 */
struct fe_sub *fe_sub_new(struct fe_req *q, enum ply_ms_event event, struct fe_presentity *own);
void fe_sub_free(struct fe_sub *s);
struct fe_sub *fe_sub_find(struct fe *fe, const struct fe_req *q);
extern const struct fe_subscription_ops fe_sub_ops;
/* In-dialog request: CSeq, flow and endpoint. */
int fe_sub_refreshed(struct fe_sub *s, const struct fe_req *q);
struct fe_watch *fe_watch_add(struct fe_sub *s, struct fe_user *u, struct ply_slice uri);
void fe_watch_free(struct fe_watch *w);

/* --- load.c --- */
/* Gives up a load that was not asked for yet. */
void fe_load_fail(struct fe_presentity *p, int r);
/* A request that waits for presentities. Items keep the order of fe_job_add. */
struct fe_job_item {
	struct fe_job *job;
	struct fe_user *user; /* held; NULL: unknown */
	char *uri;            /* as written */
	bool context;
};
typedef void fe_job_fn(struct fe_job *j);
struct fe_job {
	struct fe *fe;
	struct fe_req *q; /* NULL: gone */
	unsigned open;
	int err;
	fe_job_fn *done;
	struct fe_job_item *item;
	size_t n, cap;
	/* of subscribe.c */
	struct fe_sub *sub;
	enum ply_ms_event event;
	struct ply_batch batch;
	bool has_batch;
};
struct fe_job *fe_job_new(struct fe_req *q, fe_job_fn *done);
int fe_job_add(struct fe_job *j, struct ply_slice uri, bool context);
/* `done` is called when all are there (perhaps from inside) unless the request is gone; it answers
 * or refuses. Frees j afterwards. */
enum fe_verdict fe_job_run(struct fe_job *j);
/* One that was not run. */
void fe_job_free(struct fe_job *j);

/* --- roaming.c --- */
void fe_roaming_self_write(struct ply_strbuf *b, struct fe_presentity *p, uint32_t cats,
			   unsigned sections);
void fe_contact_list_write(struct ply_strbuf *b, struct fe_presentity *p);
void fe_tell_contacts(struct fe_presentity *p, const struct ply_contact_change *c);
void fe_tell_full_list(struct fe_presentity *p, const struct fe_endpoint *e);

/* --- provisioning.c --- */
int fe_provision_new(struct fe *fe);
void fe_provision_free(struct fe *fe);
void fe_provision_write(struct fe *fe, const struct fe_user *u, unsigned groups,
			struct ply_strbuf *b);

/* --- service.c and the svc_*.c, soap_*.c --- */
/* Between fe_op_begin and the callback of the commit nobody else changes the presentity. */
struct fe_change {
	struct fe_presentity *p;                     /* its user is held */
	struct fe_req *q;                            /* NULL: gone */
	bool side;                                   /* beside others: nobody waits for it */
	void (*apply)(struct fe_change *c);          /* committed: change memory, answer, tell */
	void (*refused)(struct fe_change *c, int r); /* NULL: fe_refuse_err */
	void (*free)(struct fe_change *c);           /* what `data` has; may be NULL */
	void *data;
};
struct fe_change *fe_change_new(struct fe_req *q, struct fe_presentity *p,
				void (*apply)(struct fe_change *c),
				void (*free)(struct fe_change *c), void *data);
/* Callback for ply_rtc_*: ctx is the change. */
void fe_change_committed(void *ctx, int r);
/* r of the ply_rtc_* call: refuses when it could not be asked. */
void fe_change_started(struct fe_change *c, int r);
/* Nothing durable in it. */
void fe_change_now(struct fe_change *c);
/* Parser outcomes and own ones as answers (ply_pres_diag). */
void fe_refuse_pres(struct fe_req *q, int outcome);
void fe_svc_publish(struct fe_req *q, struct fe_presentity *p);
void fe_svc_set_members(struct fe_req *q, struct fe_presentity *p);
void fe_svc_set_subscribers(struct fe_req *q, struct fe_presentity *p);
void fe_svc_soap(struct fe_req *q, struct fe_presentity *p);
/* Raises the list's number for a committed change and remembers who made it. */
void fe_soap_count(struct fe_change *c);
void fe_soap_set_contact(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s);
void fe_soap_delete_contact(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s);
void fe_soap_set_group(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s);
void fe_soap_delete_group(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s);
void fe_soap_search(struct fe_req *q, const struct ply_soap *s);
/* Answers, and sends the endpoint the list as it is. */
void fe_soap_refuse(struct fe_req *q, struct fe_presentity *p, enum fe_diag why);
void fe_soap_lost(struct fe_change *c, int r);
void fe_soap_answer(struct fe_change *c, enum ply_soap_op op, uint32_t group);
/* Somebody new watches: remembered, and the user asked. */
void fe_prompt(struct fe_presentity *p, const struct fe_user *watcher);

/* --- standard.c --- */
void fe_standard_endpoint_gone(struct fe_presentity *p, const struct fe_endpoint *e);
void fe_standard_free(struct fe_presence *x);

#endif
