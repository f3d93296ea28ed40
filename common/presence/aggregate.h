/* Many endpoints to one availability: the server's own publications, computed from what the
 * endpoints published. Pure: no clock; run again on every publication, expiry and loss of an
 * endpoint, and publish what differs. Rank 4. */
#ifndef PLY_PRESENCE_AGGREGATE_H
#define PLY_PRESENCE_AGGREGATE_H

#include "presence/category_xml.h"
#include "presence/container_xml.h"
#include "presence/state_xml.h"

/* Instances of what the server publishes. */
enum {
	PLY_INSTANCE_AGGREGATE = 1,
	PLY_INSTANCE_AGGREGATE_BLOCKED = 0,
	PLY_INSTANCE_AGGREGATE_MACHINE = 0x10000000,
	PLY_INSTANCE_LEGACY = 1,
	PLY_INSTANCE_SERVICES = 0,
};

/* One state publication in container 2 or 3. LENT. */
struct ply_agg_state {
	const struct ply_state *state;
	uint32_t container;
	uint32_t instance;
	int64_t publish_ms;           /* the server's stamp: ties go to the newest */
	struct ply_slice endpoint_id; /* of the publishing endpoint; empty for a user's own state */
};

struct ply_agg_input {
	struct ply_slice uri; /* of the user, with sip: */
	/* Some endpoint is registered. One that publishes no machineState does not count: whoever
	 * wants it to (a standard client that only registers) makes one up. */
	bool signed_in;
	const struct ply_agg_state *state;
	size_t n_state;
	const struct ply_device *const *device; /* in container 2, one per endpoint */
	size_t n_device;
};

/* One aggregate, before it is written. Slices are LENT from the input (last_active from the struct
 * itself). */
struct ply_aggregate {
	struct ply_state state;   /* type aggregateState */
	struct ply_state machine; /* type aggregateMachineState; has_availability false: none */
	char last_active[PLY_DATETIME_LEN + 1]; /* state.last_active points here: do not copy */
};

/* The aggregate of the inputs in `container` (2 or 3). */
void ply_aggregate_run(struct ply_aggregate *out, const struct ply_agg_input *in,
		       uint32_t container);
/* What `container` is shown, given the aggregates of container 2 and 3: 2, 3, 100, 200, 300, 400,
 * 32000; any other container as 100. */
void ply_aggregate_view(struct ply_state *out, const struct ply_aggregate *two,
			const struct ply_aggregate *three, uint32_t container);
void ply_aggregate_services(struct ply_services *out, const struct ply_agg_input *in);

/* One publication of the server's. */
struct ply_agg_output {
	const char *category; /* static text */
	uint32_t instance;
	uint32_t container;
	enum ply_expire_type expire_type;
	struct ply_slice body; /* in `text`; empty: the category is empty there */
};

enum { PLY_AGG_MAX_OUTPUT = 32 };

struct ply_agg_result {
	struct ply_agg_output out[PLY_AGG_MAX_OUTPUT];
	size_t n;
	struct ply_aggregate two, three; /* LENT from the input */
	struct ply_strbuf text;
	size_t start[PLY_AGG_MAX_OUTPUT], len[PLY_AGG_MAX_OUTPUT]; /* private: bodies in text */
};

/* Everything the server publishes for the user: state, legacyInterop, services. 0 or -ENOMEM. */
int ply_aggregate_all(struct ply_agg_result *out, const struct ply_agg_input *in);
void ply_agg_result_deinit(struct ply_agg_result *r);

#endif
