#include "presence/state_xml.h"

enum ply_avail_class ply_avail_class(uint32_t availability)
{
	/* First value of each class but the first. */
	static const uint32_t from[] = {3000, 4500, 6000, 7500, 9000, 12000, 15000, 18000};
	size_t c = 0;

	while (c < ARRAY_LEN(from) && availability >= from[c])
		c++;
	return (enum ply_avail_class)c;
}
