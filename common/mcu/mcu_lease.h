/* The Front Ends a conferencing server is configured with: each is told every 2 s that it is there,
 * and notices for a Focus go to them. Private to common/mcu. Rank 6. */
#ifndef PLY_MCU_MCU_LEASE_H
#define PLY_MCU_MCU_LEASE_H

#include "c3p/c3p_http.h"
#include "mcu/mcu.h"

struct ply_mcu_front {
	struct ply_list node;
	struct ply_mcu *mcu;
	char *host; /* name in its certificate */
	uint32_t port;
	struct ply_addr addr; /* family 0: by the name */
	struct ply_c3p_peer *peer;
	bool pending; /* a heartbeat has no answer yet */
	bool again;   /* and another is due */
	bool known;   /* the last one was answered well */
};

/* Reads setup->factories into m->fronts. Negative after a line in the log. */
int ply_mcu_lease_open(struct ply_mcu *m, const struct ply_mcu_setup *setup);
void ply_mcu_lease_start(struct ply_mcu *m); /* once the ports are known */
void ply_mcu_lease_close(struct ply_mcu *m);
/* At once, to all. */
void ply_mcu_lease_beat(struct ply_mcu *m);
/* The Front End a URL names; *path (LENT from url) is the rest of it. NULL: none of ours. */
struct ply_mcu_front *ply_mcu_front_of(const struct ply_mcu *m, struct ply_slice url,
				       struct ply_slice *path);

#endif
