/* The value of the category "state", both ways; "device" and "services". Pure. Rank 4. */
#ifndef PLY_PRESENCE_STATE_XML_H
#define PLY_PRESENCE_STATE_XML_H

#include "presence/pres.h"

/* Values that are published; each begins or lies in its class. */
enum {
	PLY_AVAIL_UNKNOWN = 0,
	PLY_AVAIL_ONLINE = 3500,
	PLY_AVAIL_IDLE = 5000,
	PLY_AVAIL_BUSY = 6500,
	PLY_AVAIL_URGENT = 6900, /* urgent interruptions only: DND as the team sees it */
	PLY_AVAIL_BUSY_IDLE = 7500,
	PLY_AVAIL_DND = 9500,
	PLY_AVAIL_BRB = 12500,
	PLY_AVAIL_AWAY = 15500,
	PLY_AVAIL_OFFLINE = 18500,
};

enum ply_avail_class {
	PLY_CLASS_UNKNOWN,   /* 0-2999 */
	PLY_CLASS_ONLINE,    /* 3000-4499 */
	PLY_CLASS_IDLE,      /* 4500-5999 */
	PLY_CLASS_BUSY,      /* 6000-7499 */
	PLY_CLASS_BUSY_IDLE, /* 7500-8999 */
	PLY_CLASS_DND,       /* 9000-11999 */
	PLY_CLASS_BRB,       /* 12000-14999 */
	PLY_CLASS_AWAY,      /* 15000-17999 */
	PLY_CLASS_OFFLINE,   /* 18000 and more */
};

enum ply_avail_class ply_avail_class(uint32_t availability);

enum ply_state_type {
	PLY_STATE_OTHER, /* xsi:type missing or not known */
	PLY_STATE_USER,
	PLY_STATE_MACHINE,
	PLY_STATE_CALENDAR,
	PLY_STATE_PHONE,
	PLY_STATE_CONFERENCE,
	PLY_STATE_AGGREGATE,
	PLY_STATE_AGGREGATE_MACHINE,
};

struct ply_activity {
	struct ply_slice token;  /* on-the-phone, in-a-meeting ...; empty: none */
	struct ply_slice custom; /* <custom LCID="1033">text</custom> ..., verbatim */
	bool has_min, has_max;   /* the range of availability it is meant for */
	uint32_t min_availability, max_availability;
};

struct ply_state {
	enum ply_state_type type;
	bool has_availability; /* false: the category says nothing */
	uint32_t availability;
	struct ply_activity activity;
	struct ply_slice endpoint_location, time_zone_bias, time_zone_name, device;
	struct ply_slice meeting_subject, meeting_location;
	bool manual;
	struct ply_slice start_time, end_time, last_active; /* as written */
	struct ply_slice endpoint_id; /* aggregateMachineState: of the most active device */
	struct ply_arena mem;         /* unused in a struct made for writing */
};

/* PLY_PRES_E_XML, _CONTENT. A prefix other than xsi for the type is fine. */
int ply_state_parse(struct ply_state *out, struct ply_slice xml);
void ply_state_deinit(struct ply_state *s);
/* Empty texts and an absent activity are left out. */
void ply_state_write(struct ply_strbuf *b, const struct ply_state *s);

enum ply_service {
	PLY_SERVICE_TEXT,
	PLY_SERVICE_GIF_INK,
	PLY_SERVICE_ISF_INK,
	PLY_SERVICE_VOICE,
	PLY_SERVICE_VIDEO,
	PLY_SERVICE_APP_SHARING,
	PLY_SERVICE_CONTENT_POWERPOINT,
	PLY_SERVICE_COUNT
};

struct ply_capability {
	bool present, capture, render, publish;
};

struct ply_device {
	struct ply_slice endpoint_id; /* the instance uuid */
	struct ply_slice uri;
	bool preferred;
	struct ply_capability cap[PLY_SERVICE_COUNT];
	struct ply_slice timezone, machine_name;
	struct ply_arena mem;
};

/* PLY_PRES_E_XML, _CONTENT. */
int ply_device_parse(struct ply_device *out, struct ply_slice xml);
void ply_device_deinit(struct ply_device *d);

/* One merged capability of the services category. */
struct ply_service_cap {
	struct ply_capability cap;
	struct ply_slice preferred_endpoint_id; /* empty: left out */
	uint32_t device_availability;
};

struct ply_services {
	struct ply_slice uri; /* of the user, with sip: */
	struct ply_service_cap service[PLY_SERVICE_COUNT];
};

/* The value of legacyInterop. */
void ply_legacy_interop_write(struct ply_strbuf *b, uint32_t availability);

void ply_services_write(struct ply_strbuf *b, const struct ply_services *s);

#endif
