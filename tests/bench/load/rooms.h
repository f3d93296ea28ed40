/* Meetings with their members: member k of room r is user r * members + k, the first one is the
 * organizer. A member joins as SIPE does: INVITE with addUser to the Focus, SUBSCRIBE for the
 * roster, INVITE to the IM conferencing server. */
#ifndef TESTS_BENCH_LOAD_ROOMS_H
#define TESTS_BENCH_LOAD_ROOMS_H

#include "tests/bench/load/load.h"

struct member {
	struct dialog focus, roster, chat;
	unsigned speaking; /* messages of his under way */
};

struct rooms {
	struct member *member; /* of all rooms */
	unsigned *next;        /* of each room: who speaks next */
	/* What came about rosters, in the answers to SUBSCRIBE too. */
	uint64_t notifications, notification_bytes;
};

/* Operation n: room n is made, member n / rooms of room n % rooms joins, room n is ended. */
extern const struct scenario scenario_create, scenario_join, scenario_end;

bool rooms_init(struct load *l);
/* A request that came for a member: his rosters are counted. True: a roster it was. */
bool rooms_take_roster(struct load *l, const struct siptext *m);
/* Users sign in beforehand; makes the rooms, everybody joins. */
bool rooms_set_up(struct load *l);
void rooms_tear_down(struct load *l);

#endif
