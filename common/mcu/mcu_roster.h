/* Who is in a conference on this server: users, each with his legs, and which of them the Focus has
 * yet to be told of. A user in a document stands with all his endpoints; one without any is
 * deleted. Expected legs are in no document. Private to common/mcu. Rank 6. */
#ifndef PLY_MCU_MCU_ROSTER_H
#define PLY_MCU_MCU_ROSTER_H

#include "base/hash.h"
#include "base/list.h"
#include "c3p/confinfo.h"
#include "net/loop.h"

struct ply_mcu_dial;

struct ply_mcu_user {
	struct ply_list in_roster; /* first come first */
	struct ply_hnode by_aor;
	struct ply_list in_dirty; /* unlinked: the Focus knows all */
	struct ply_list legs;
	char *aor;  /* as the Focus wrote it */
	char *name; /* display text, "" */
	enum ply_ci_role role;
	bool told;         /* the Focus was told of an endpoint of his */
	uint32_t messages; /* he wrote since he came */
};

enum ply_mcu_leg_state {
	PLY_MCU_LEG_EXPECTED, /* addUser came */
	PLY_MCU_LEG_DIALING,  /* we call */
	PLY_MCU_LEG_THERE,
};

struct ply_mcu_leg {
	struct ply_list in_user;
	struct ply_mcu_user *user;
	struct ply_mcu_conf *conf;
	char *entity;
	enum ply_mcu_leg_state state;
	enum ply_ci_status status;
	enum ply_ci_auth auth;
	enum ply_ci_access access;
	bool blocked; /* muted: its ingress is filtered */
	bool dialed;  /* we called it */
	int64_t joined_ms;
	struct ply_timer expected; /* for the conference: ends what never comes */
	void *data;                /* of the server; NULL before its INVITE */
	struct ply_mcu_dial *dial; /* the command that waits for a dial-out's end */
};

struct ply_mcu_roster {
	const char *type; /* session type, media label; LENT */
	struct ply_list users;
	struct ply_list dirty;
	struct ply_hash by_aor;
	unsigned n_user, n_leg;
	struct ply_list wrote; /* struct wrote: what those who left wrote */
	unsigned n_wrote;
};

void ply_mcu_roster_init(struct ply_mcu_roster *r, const char *type);
/* Frees users and legs. */
void ply_mcu_roster_deinit(struct ply_mcu_roster *r);
/* Any form of his URI. */
struct ply_mcu_user *ply_mcu_roster_user(const struct ply_mcu_roster *r, struct ply_slice uri);
/* The user, made when he is not there. NULL: memory, or no URI. */
struct ply_mcu_user *ply_mcu_roster_add_user(struct ply_mcu_roster *r, struct ply_slice uri);
int ply_mcu_user_set_name(struct ply_mcu_user *u, struct ply_slice name);
struct ply_mcu_leg *ply_mcu_user_leg(const struct ply_mcu_user *u, struct ply_slice entity);
struct ply_mcu_leg *ply_mcu_roster_add_leg(struct ply_mcu_roster *r, struct ply_mcu_user *u,
					   struct ply_slice entity);
/* Out and freed, his user too when nobody need be told of him any more. Its timer must rest. */
void ply_mcu_roster_del_leg(struct ply_mcu_roster *r, struct ply_mcu_leg *l);
/* Something of him changed that the Focus is to know. */
void ply_mcu_roster_touch(struct ply_mcu_roster *r, struct ply_mcu_user *u);

/* What the Focus is told, into ci->user (arrays in ci->mem, texts LENT from the roster until it
 * changes): those that changed, or everybody who has endpoints. 0 or -ENOMEM. */
int ply_mcu_roster_changes(const struct ply_mcu_roster *r, struct ply_ci *ci);
int ply_mcu_roster_full(const struct ply_mcu_roster *r, struct ply_ci *ci);
/* Who wrote something, and how much, nothing else: those who are there and those who left, up to
 * PLY_CI_MAX_USERS. Texts are copied into ci->mem. */
int ply_mcu_roster_counts(const struct ply_mcu_roster *r, struct ply_ci *ci);
/* What ply_mcu_roster_changes or _full gave is on its way: nothing is dirty any more. */
void ply_mcu_roster_told(struct ply_mcu_roster *r);

#endif
