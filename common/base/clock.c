#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static struct {
	bool held;
	uint64_t mono, wall;
	uint64_t ahead; /* of the real clocks, while they are not held */
} test;

static uint64_t now_ms(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t ply_mono_ms(void)
{
	return test.held ? test.mono : now_ms(CLOCK_MONOTONIC) + test.ahead;
}

uint64_t ply_mono_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t ply_wall_ms(void)
{
	return test.held ? test.wall : now_ms(CLOCK_REALTIME) + test.ahead;
}

static struct tm utc(uint64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	return tm;
}

char *ply_time_iso(uint64_t wall_ms, char out[PLY_TIME_MAX])
{
	struct tm tm = utc(wall_ms);

	(void)snprintf(out, PLY_TIME_MAX, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		       (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		       (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100,
		       (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100,
		       (unsigned)(wall_ms % 1000));
	return out;
}

char *ply_time_sip(uint64_t wall_ms, char out[PLY_TIME_MAX])
{
	static const char day[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char mon[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm = utc(wall_ms);

	(void)snprintf(out, PLY_TIME_MAX, "%s, %02u %s %04u %02u:%02u:%02u GMT", day[tm.tm_wday],
		       (unsigned)tm.tm_mday % 100, mon[tm.tm_mon],
		       (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
		       (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
	return out;
}

void ply_clock_hold(uint64_t mono_ms, uint64_t wall_ms)
{
	test.held = true;
	test.mono = mono_ms;
	test.wall = wall_ms;
}

void ply_clock_advance(uint64_t ms)
{
	if (!test.held)
		test.ahead += ms;
	test.mono += ms;
	test.wall += ms;
}

void ply_clock_release(void)
{
	test.held = false;
	test.ahead = 0;
}
