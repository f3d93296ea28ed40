/* Containers and their members; acknowledged watchers. Pure. Rank 4. */
#ifndef PLY_PRESENCE_CONTAINER_XML_H
#define PLY_PRESENCE_CONTAINER_XML_H

#include "presence/pres.h"

#define PLY_CT_SET_MEMBERS     "application/msrtc-setcontainermembers+xml"
#define PLY_CT_SET_SUBSCRIBERS "application/msrtc-presence-setsubscriber+xml"

enum {
	PLY_CONTAINER_DEFAULT = 0,
	PLY_CONTAINER_SELF = 1,
	PLY_CONTAINER_INPUT = 2,      /* aggregation inputs for 100, 200, 400 */
	PLY_CONTAINER_INPUT_TEAM = 3, /* aggregation inputs for 300 */
	PLY_CONTAINER_PUBLIC = 100,
	PLY_CONTAINER_COMPANY = 200,
	PLY_CONTAINER_TEAM = 300,
	PLY_CONTAINER_PERSONAL = 400,
	PLY_CONTAINER_BLOCKED = 32000,
};

enum ply_member_type {
	PLY_MEMBER_USER,            /* value: address without sip: */
	PLY_MEMBER_DOMAIN,          /* value: domain */
	PLY_MEMBER_SAME_ENTERPRISE, /* the rest have no value */
	PLY_MEMBER_FEDERATED,
	PLY_MEMBER_PUBLIC_CLOUD,
	PLY_MEMBER_EVERYONE,
};

const char *ply_member_type_name(enum ply_member_type t);
bool ply_member_type_read(struct ply_slice s, enum ply_member_type *out);

struct ply_member {
	enum ply_member_type type;
	struct ply_slice value; /* empty where the type has none */
};

struct ply_container {
	uint32_t id;
	uint32_t version;
	const struct ply_member *member;
	size_t n;
};

struct ply_member_change {
	bool add; /* else remove */
	struct ply_member member;
};

struct ply_container_change {
	uint32_t id;
	uint32_t version;
	struct ply_member_change *change;
	size_t n;
};

struct ply_set_members {
	struct ply_container_change *container; /* each id once */
	size_t n;
	struct ply_arena mem;
};

/* PLY_PRES_E_XML, _CONTENT, _TOO_MANY, _MEMBER_LIMIT, _NOT_AUTHORIZED (a container whose members
 * are the server's: 0-3). A value's leading "sip:" is dropped. */
int ply_set_members_parse(struct ply_set_members *out, struct ply_slice xml);
void ply_set_members_deinit(struct ply_set_members *s);

/* The containers element, as it stands in roamingData. */
void ply_containers_write(struct ply_strbuf *b, const struct ply_container *c, size_t n);

struct ply_subscriber_ack {
	struct ply_slice user; /* without sip: */
	bool acknowledged;
};

struct ply_set_subscribers {
	struct ply_subscriber_ack *subscriber;
	size_t n;
	struct ply_arena mem;
};

/* PLY_PRES_E_XML, _CONTENT, _TOO_MANY. */
int ply_set_subscribers_parse(struct ply_set_subscribers *out, struct ply_slice xml);
void ply_set_subscribers_deinit(struct ply_set_subscribers *s);

/* One watcher, as the watched user is shown it. */
struct ply_subscriber {
	struct ply_slice user; /* without sip: */
	struct ply_slice display_name;
	bool acknowledged;
	enum ply_member_type type; /* sameEnterprise, federated or publicCloud */
};

/* The subscribers element, as it stands in roamingData. */
void ply_subscribers_write(struct ply_strbuf *b, const struct ply_subscriber *s, size_t n);

#endif
