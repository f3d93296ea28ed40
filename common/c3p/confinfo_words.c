#include "c3p/c3p_internal.h"

static const char *const states[] = {"", "full", "partial", "deleted"};
static const char *const roles[] = {"", "attendee", "presenter"};
static const char *const admissions[] = {"", "closedAuthenticated", "openAuthenticated",
					 "anonymous"};
static const char *const auths[] = {"", "enterprise", "federated", "anonymous"};
static const char *const accesses[] = {"", "internal", "external"};
static const char *const statuses[] = {
	"",        "pending",   "dialing-out",     "dialing-in",    "alerting",
	"on-hold", "connected", "muted-via-focus", "disconnecting", "disconnected",
};
static const char *const joinings[] = {"", "dialed-in", "dialed-out", "focus-owner"};
static const char *const media_statuses[] = {"", "sendrecv", "sendonly", "recvonly", "inactive"};
static const char *const filters[] = {"", "block", "unblock"};

unsigned ply_c3p_word(const char *const *names, size_t n, struct ply_slice s)
{
	s = ply_slice_trim(s);
	for (unsigned i = 1; i < n; i++)
		if (ply_slice_caseis(s, names[i]))
			return i;
	return 0;
}

#define WORDS(type, word, table)                                                                   \
	const char *ply_ci_##word##_name(type v)                                                   \
	{                                                                                          \
		return (size_t)v < ARRAY_LEN(table) ? (table)[v] : "";                             \
	}                                                                                          \
	type ply_ci_##word##_of(struct ply_slice s)                                                \
	{                                                                                          \
		return (type)ply_c3p_word(table, ARRAY_LEN(table), s);                             \
	}

WORDS(enum ply_ci_state, state, states)
WORDS(enum ply_ci_role, role, roles)
WORDS(enum ply_ci_admission, admission, admissions)
WORDS(enum ply_ci_auth, auth, auths)
WORDS(enum ply_ci_access, access, accesses)
WORDS(enum ply_ci_status, status, statuses)
WORDS(enum ply_ci_joining, joining, joinings)
WORDS(enum ply_ci_media_status, media_status, media_statuses)
WORDS(enum ply_ci_filter, filter, filters)
