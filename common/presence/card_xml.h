/* Category values that the server itself writes or has to understand: contactCard and
 * userProperties out of the directory, and notes. Pure. Rank 4. */
#ifndef PLY_PRESENCE_CARD_XML_H
#define PLY_PRESENCE_CARD_XML_H

#include "presence/pres.h"

/* Empty texts are left out. */
struct ply_card {
	struct ply_slice display_name, email;
	struct ply_slice company, department, title, office;
	struct ply_slice work_phone; /* tel: URI */
	struct ply_slice work_phone_display;
};

/* contactCard instance 0: who the user is. What a level may not see is left empty by the caller. */
void ply_contact_card_write(struct ply_strbuf *b, const struct ply_card *c);

enum ply_line_type {
	PLY_LINE_NONE,
	PLY_LINE_UC,
	PLY_LINE_RCC,
	PLY_LINE_DUAL,
};

/* userProperties: the user's line. line_server only for RCC and Dual. */
void ply_user_properties_write(struct ply_strbuf *b, enum ply_line_type type, struct ply_slice line,
			       struct ply_slice line_server);

struct ply_note {
	struct ply_slice text; /* trimmed; empty: no note */
	bool oof;              /* of the mailbox, not the user's own words */
	struct ply_arena mem;
};

/* Of several bodies the out-of-office one, else the first. PLY_PRES_E_XML, _CONTENT. */
int ply_note_parse(struct ply_note *out, struct ply_slice xml);
void ply_note_deinit(struct ply_note *n);
/* A personal note, as a client publishes it. */
void ply_note_write(struct ply_strbuf *b, struct ply_slice text);

#endif
