/* Group chat by XMPP (RFC 6120, XEP-0045), for servers to set beside ours: each member has a
 * connection, members speak in turn, what counts is copies that arrived. Over TLS from the first
 * octet (XEP-0368). */
#ifndef TESTS_BENCH_XMPP_XMPP_H
#define TESTS_BENCH_XMPP_XMPP_H

#include "tests/bench/load/procstat.h"
#include "tests/bench/load/stats.h"
#include "tests/bench/load/transport.h"

/* What a member waits for while it signs in (SASL ANONYMOUS) and enters its room. */
enum step { FEATURES, SUCCESS, FEATURES_AGAIN, BOUND, ENTERED, INSIDE, N_STEPS };

struct message {
	uint64_t sent_ns; /* 0: none under way in this slot */
	unsigned generation, left;
};

struct xmpp {
	struct transport transport;
	struct servers servers;
	unsigned members, rooms, window; /* window: of a room */
	double seconds, warm_up, rate;
	const char *domain;
	enum step *step;         /* of each member, room after room */
	struct message *message; /* window slots of each room */
	unsigned *next;          /* of each room: who speaks next */
	unsigned inside;
	bool measuring;
	uint64_t delivered, messages, lost;
	struct latencies latencies;
};

/* member.c */
void member_begin(struct xmpp *x, unsigned member);
void member_step(struct xmpp *x, unsigned member, struct ply_slice text);
/* Up to the last whole tag, and to the end of the last body. */
size_t member_frame(struct ply_slice stream);

/* room.c */
void room_speak(struct xmpp *x, unsigned room, unsigned slot);
void room_take(struct xmpp *x, unsigned room, struct ply_slice text);
/* Speaks while `due` messages of all rooms are to have been sent; gives up on those that are lost.
 */
void room_tick(struct xmpp *x, double due);

#endif
