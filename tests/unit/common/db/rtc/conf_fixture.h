/* What the tests of conferences in rtc share; the two users are organizers. */
#ifndef TESTS_UNIT_COMMON_DB_RTC_CONF_FIXTURE_H
#define TESTS_UNIT_COMMON_DB_RTC_CONF_FIXTURE_H

#include "tests/unit/common/db/rtc/rtc_fixture.h"

#include "db/rtc/rtc_conf.h"

#define DAY     86400000ull
#define CREATED 1767225600000ull /* 2026-01-01 */

static int64_t last_id;

static void on_id(void *ctx, int r, int64_t id)
{
	on_done(ctx, r);
	last_id = id;
}

static struct ply_rtc_conf conference(const char *organizer, const char *conf_id)
{
	return (struct ply_rtc_conf){
		.organizer = S(organizer),
		.conf_id = S(conf_id),
		.guid = S("0d6f"),
		.subject = S("Weekly"),
		.admission = PLY_RTC_OPEN_AUTHENTICATED,
		.expiry_rule = PLY_RTC_EXPIRY_FIXED,
		.expires_ms = CREATED + DAY,
		.created_ms = CREATED,
	};
}

static const struct ply_rtc_conf_lists no_lists;

static int64_t add(const char *organizer, const char *conf_id)
{
	const struct ply_rtc_conf c = conference(organizer, conf_id);

	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &no_lists, 0, on_id, NULL)), 0);
	return last_id;
}

/* The last conference loaded is looked at while its rows are there. */
static void (*look)(const struct ply_rtc_conf_full *c);

static void on_conf(void *ctx, int r, const struct ply_rtc_conf_full *c)
{
	assert_int_equal(r == 0, c != NULL);
	if (!r && look)
		look(c);
	on_done(ctx, r);
}

static int load(const char *organizer, const char *conf_id,
		void (*fn)(const struct ply_rtc_conf_full *c))
{
	look = fn;
	return answer(ply_rtc_conf_load(rtc, S(organizer), S(conf_id), on_conf, NULL));
}

#endif
