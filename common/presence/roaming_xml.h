/* Own view: the roamingList request and the roamingData notification of
 * vnd-microsoft-roaming-self. Pure. Rank 4. */
#ifndef PLY_PRESENCE_ROAMING_XML_H
#define PLY_PRESENCE_ROAMING_XML_H

#include "presence/category_xml.h"
#include "presence/container_xml.h"

#define PLY_CT_ROAMING_SELF "application/vnd-microsoft-roaming-self+xml"

enum {
	PLY_ROAMING_CATEGORIES = BIT(0),
	PLY_ROAMING_CONTAINERS = BIT(1),
	PLY_ROAMING_SUBSCRIBERS = BIT(2),
	PLY_ROAMING_DELEGATES = BIT(3),
};

/* *sections: PLY_ROAMING_*; unknown ones are ignored. PLY_PRES_E_XML, _CONTENT. */
int ply_roaming_list_parse(unsigned *sections, struct ply_slice xml);

/* Any of the three sections may be left out, by NULL. A category that is named must be listed
 * whole: all instances in all containers, or one of the GONE forms. */
struct ply_roaming_data {
	const struct ply_roaming_categories {
		struct ply_slice uri; /* with sip: */
		const struct ply_category *category;
		size_t n;
	} * categories;
	const struct ply_roaming_containers {
		const struct ply_container *container;
		size_t n;
	} * containers;
	const struct ply_roaming_subscribers {
		const struct ply_subscriber *subscriber;
		size_t n;
	} * subscribers;
};

void ply_roaming_data_write(struct ply_strbuf *b, const struct ply_roaming_data *d);
/* The same in pieces: between open and close, in this order, ply_categories_open, any number of
 * ply_category_write_own, ply_categories_close; ply_containers_write; ply_subscribers_write. */
void ply_roaming_open(struct ply_strbuf *b);
void ply_roaming_close(struct ply_strbuf *b);

#endif
