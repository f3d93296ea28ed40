/* The batched subscription: batchSub of Event: presence. Its answers are in rlmi_xml.h and
 * category_xml.h. Pure. Rank 4. */
#ifndef PLY_PRESENCE_BATCH_XML_H
#define PLY_PRESENCE_BATCH_XML_H

#include "presence/pres.h"

#define PLY_CT_BATCH "application/msrtc-adrl-categorylist+xml"

enum ply_batch_verb {
	PLY_BATCH_SUBSCRIBE,
	PLY_BATCH_UNSUBSCRIBE,
	PLY_BATCH_QUERY, /* once */
};

struct ply_batch_resource {
	struct ply_slice uri; /* with sip:, as written */
	bool context;         /* just added: tell the watched user */
};

struct ply_batch_action {
	enum ply_batch_verb verb;
	struct ply_slice id;
	struct ply_batch_resource *resource;
	size_t n;
	struct ply_slice *category; /* names, each once */
	size_t n_category;
};

struct ply_batch {
	struct ply_slice uri; /* of the watcher */
	struct ply_batch_action *action;
	size_t n;
	struct ply_arena mem;
};

/* PLY_PRES_E_XML, _CONTENT, _TOO_MANY. */
int ply_batch_parse(struct ply_batch *out, struct ply_slice xml);
void ply_batch_deinit(struct ply_batch *b);

#endif
