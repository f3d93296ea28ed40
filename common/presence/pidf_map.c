/* Availability numbers and activity tokens beside PIDF's basic status and RPID's activities. */
#include "presence/pidf_xml.h"
#include "presence/state_xml.h"

static const char *const names[PLY_RPID_COUNT] = {
	[PLY_RPID_APPOINTMENT] = "appointment",
	[PLY_RPID_AWAY] = "away",
	[PLY_RPID_BREAKFAST] = "breakfast",
	[PLY_RPID_BUSY] = "busy",
	[PLY_RPID_DINNER] = "dinner",
	[PLY_RPID_HOLIDAY] = "holiday",
	[PLY_RPID_IN_TRANSIT] = "in-transit",
	[PLY_RPID_LOOKING_FOR_WORK] = "looking-for-work",
	[PLY_RPID_LUNCH] = "lunch",
	[PLY_RPID_MEAL] = "meal",
	[PLY_RPID_MEETING] = "meeting",
	[PLY_RPID_ON_THE_PHONE] = "on-the-phone",
	[PLY_RPID_PERFORMANCE] = "performance",
	[PLY_RPID_PERMANENT_ABSENCE] = "permanent-absence",
	[PLY_RPID_PLAYING] = "playing",
	[PLY_RPID_PRESENTATION] = "presentation",
	[PLY_RPID_SHOPPING] = "shopping",
	[PLY_RPID_SLEEPING] = "sleeping",
	[PLY_RPID_SPECTATOR] = "spectator",
	[PLY_RPID_STEERING] = "steering",
	[PLY_RPID_TRAVEL] = "travel",
	[PLY_RPID_TV] = "tv",
	[PLY_RPID_UNKNOWN] = "unknown",
	[PLY_RPID_VACATION] = "vacation",
	[PLY_RPID_WORKING] = "working",
	[PLY_RPID_WORSHIP] = "worship",
};

const char *ply_rpid_name(enum ply_rpid_activity a)
{
	return names[a];
}

/* RPID has no word for these; they travel as <other>. */
static const char dnd[] = "do-not-disturb", brb[] = "be-right-back";

struct from {
	const char *token; /* NULL: any */
	uint32_t activities;
	const char *other;
};

/* The first row of the class whose token fits. A client that knows "busy" alone understands too, so
 * a more particular word never stands alone where it means busy or away. */
static const struct from from_busy[] = {
	{"on-the-phone", BIT(PLY_RPID_ON_THE_PHONE) | BIT(PLY_RPID_BUSY), NULL},
	{"in-a-conference", BIT(PLY_RPID_ON_THE_PHONE) | BIT(PLY_RPID_BUSY), NULL},
	{"in-a-meeting", BIT(PLY_RPID_MEETING) | BIT(PLY_RPID_BUSY), NULL},
	{"in-presentation", BIT(PLY_RPID_PRESENTATION) | BIT(PLY_RPID_BUSY), NULL},
	{"urgent-interruptions-only", BIT(PLY_RPID_BUSY), dnd},
	{NULL, BIT(PLY_RPID_BUSY), NULL},
};
static const struct from from_dnd[] = {
	{"in-presentation", BIT(PLY_RPID_PRESENTATION) | BIT(PLY_RPID_BUSY), dnd},
	{NULL, BIT(PLY_RPID_BUSY), dnd},
};
static const struct from from_away[] = {
	{"out-to-lunch", BIT(PLY_RPID_MEAL) | BIT(PLY_RPID_AWAY), NULL},
	{"out-of-office", BIT(PLY_RPID_VACATION) | BIT(PLY_RPID_AWAY), NULL},
	{NULL, BIT(PLY_RPID_AWAY), NULL},
};
static const struct from from_brb[] = {{NULL, BIT(PLY_RPID_AWAY), brb}};
static const struct from from_here[] = {{NULL, 0, NULL}};

static const struct from *rows_of(enum ply_avail_class c)
{
	switch (c) {
	case PLY_CLASS_BUSY:
	case PLY_CLASS_BUSY_IDLE:
		return from_busy;
	case PLY_CLASS_DND:
		return from_dnd;
	case PLY_CLASS_BRB:
		return from_brb;
	case PLY_CLASS_AWAY:
		return from_away;
	default:
		return from_here;
	}
}

void ply_pidf_from_availability(struct ply_pidf *p, uint32_t availability, struct ply_slice token)
{
	enum ply_avail_class c = ply_avail_class(availability);
	const struct from *f = rows_of(c);

	while (f->token && !ply_slice_is(token, f->token))
		f++;
	p->has_basic = true;
	p->open = c != PLY_CLASS_UNKNOWN && c != PLY_CLASS_OFFLINE;
	p->activities = f->activities;
	p->other = ply_slice_str(f->other);
	p->idle = c == PLY_CLASS_IDLE || c == PLY_CLASS_BUSY_IDLE;
}

/* The first row with any of its activities wins: more particular and less reachable first. */
static const struct to {
	uint32_t activities;
	uint32_t availability;
	const char *token;
} to_availability[] = {
	{BIT(PLY_RPID_PRESENTATION) | BIT(PLY_RPID_PERFORMANCE), 9000, "in-presentation"},
	{BIT(PLY_RPID_ON_THE_PHONE), PLY_AVAIL_BUSY, "on-the-phone"},
	{BIT(PLY_RPID_MEETING) | BIT(PLY_RPID_APPOINTMENT), PLY_AVAIL_BUSY, "in-a-meeting"},
	{BIT(PLY_RPID_VACATION) | BIT(PLY_RPID_HOLIDAY) | BIT(PLY_RPID_PERMANENT_ABSENCE),
	 PLY_AVAIL_AWAY, "out-of-office"},
	{BIT(PLY_RPID_MEAL) | BIT(PLY_RPID_BREAKFAST) | BIT(PLY_RPID_LUNCH) | BIT(PLY_RPID_DINNER),
	 PLY_AVAIL_AWAY, "out-to-lunch"},
	{BIT(PLY_RPID_BUSY) | BIT(PLY_RPID_STEERING) | BIT(PLY_RPID_WORSHIP), PLY_AVAIL_BUSY, NULL},
	{BIT(PLY_RPID_AWAY) | BIT(PLY_RPID_SLEEPING) | BIT(PLY_RPID_IN_TRANSIT) |
		 BIT(PLY_RPID_TRAVEL) | BIT(PLY_RPID_SHOPPING) | BIT(PLY_RPID_SPECTATOR),
	 PLY_AVAIL_AWAY, NULL},
};

static void from_activities(const struct ply_pidf *p, uint32_t *availability,
			    struct ply_slice *token)
{
	*availability = PLY_AVAIL_ONLINE;
	for (size_t i = 0; i < ARRAY_LEN(to_availability); i++)
		if (p->activities & to_availability[i].activities) {
			*availability = to_availability[i].availability;
			if (to_availability[i].token)
				*token = ply_slice_str(to_availability[i].token);
			return;
		}
}

void ply_pidf_to_availability(const struct ply_pidf *p, uint32_t *availability,
			      struct ply_slice *token)
{
	*token = ply_slice("", 0);
	if (!p->has_basic || !p->open) {
		*availability = PLY_AVAIL_OFFLINE;
		return;
	}
	from_activities(p, availability, token);
	/* Clients write it as they like: "do-not-disturb", "Do not disturb". */
	if (ply_slice_casefind(p->other, "disturb") != SIZE_MAX && *availability < 9000)
		*availability = PLY_AVAIL_DND, *token = ply_slice("", 0);
	else if (ply_slice_caseis(p->other, brb))
		*availability = PLY_AVAIL_BRB;
	else if (p->idle && *availability == PLY_AVAIL_ONLINE)
		*availability = PLY_AVAIL_IDLE;
	else if (p->idle && ply_avail_class(*availability) == PLY_CLASS_BUSY)
		*availability = PLY_AVAIL_BUSY_IDLE;
}
