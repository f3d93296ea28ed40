#include "base/datetime.h"

/* Days since 1970-01-01 of a civil date; years are counted from March, so that the leap day is the
 * last of its year. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void put_digits(char *at, int n, int v)
{
	while (n--) {
		at[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

void ply_datetime_text(char out[PLY_DATETIME_LEN + 1], int64_t unix_ms)
{
	const int64_t day_ms = 86400000, max_ms = 253402300799999; /* 9999-12-31T23:59:59.999Z */
	int64_t days, era, doe, yoe, doy, mp;
	int ms, d, m, y;

	if (unix_ms < 0)
		unix_ms = 0;
	if (unix_ms > max_ms)
		unix_ms = max_ms;
	ms = (int)(unix_ms % day_ms);
	days = unix_ms / day_ms + 719468;
	era = days / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d = (int)(doy - (153 * mp + 2) / 5 + 1);
	m = (int)(mp < 10 ? mp + 3 : mp - 9);
	y = (int)(yoe + era * 400) + (m <= 2);
	memcpy(out, "0000-00-00T00:00:00.000Z", PLY_DATETIME_LEN + 1);
	put_digits(out, 4, y);
	put_digits(out + 5, 2, m);
	put_digits(out + 8, 2, d);
	put_digits(out + 11, 2, ms / 3600000);
	put_digits(out + 14, 2, ms / 60000 % 60);
	put_digits(out + 17, 2, ms / 1000 % 60);
	put_digits(out + 20, 3, ms % 1000);
}

void ply_datetime_add(struct ply_strbuf *b, int64_t unix_ms)
{
	char text[PLY_DATETIME_LEN + 1];

	ply_datetime_text(text, unix_ms);
	ply_strbuf_adds(b, text);
}

/* Exactly `digits` digits off the front. */
static bool take_number(struct ply_slice *s, size_t digits, int *out)
{
	uint64_t v;

	if (s->len < digits || !ply_slice_to_u64(ply_slice(s->p, digits), 9999, &v))
		return false;
	*s = ply_slice_from(*s, digits);
	*out = (int)v;
	return true;
}

static bool take_char(struct ply_slice *s, char c)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a slice with a length has bytes */
	if (!s->len || s->p[0] != c)
		return false;
	*s = ply_slice_from(*s, 1);
	return true;
}

/* ".123" of any length, milliseconds kept. */
static bool take_fraction(struct ply_slice *s, int *ms)
{
	int weight = 100;

	*ms = 0;
	if (!take_char(s, '.'))
		return true;
	if (!s->len || s->p[0] < '0' || s->p[0] > '9')
		return false;
	while (s->len && s->p[0] >= '0' && s->p[0] <= '9') {
		*ms += (s->p[0] - '0') * weight;
		weight /= 10;
		*s = ply_slice_from(*s, 1);
	}
	return true;
}

/* "", "Z", "+01:00"; minutes east. */
static bool take_zone(struct ply_slice *s, int *minutes)
{
	int h, m, sign;

	*minutes = 0;
	if (!s->len || take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	sign = s->p[0] == '-' ? -1 : 1;
	if (!take_char(s, '+') && !take_char(s, '-'))
		return false;
	if (!take_number(s, 2, &h) || !take_char(s, ':') || !take_number(s, 2, &m) || h > 14 ||
	    m > 59)
		return false;
	*minutes = sign * (h * 60 + m);
	return true;
}

static int days_in_month(int y, int m)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

	return days[m - 1] + (m == 2 && leap);
}

bool ply_datetime_read(struct ply_slice s, int64_t *unix_ms)
{
	int y, mo, d, h, mi, sec, ms, zone;

	s = ply_slice_trim(s);
	if (!take_number(&s, 4, &y) || !take_char(&s, '-') || !take_number(&s, 2, &mo) ||
	    !take_char(&s, '-') || !take_number(&s, 2, &d))
		return false;
	if (!take_char(&s, 'T') || !take_number(&s, 2, &h) || !take_char(&s, ':') ||
	    !take_number(&s, 2, &mi) || !take_char(&s, ':') || !take_number(&s, 2, &sec))
		return false;
	if (!take_fraction(&s, &ms) || !take_zone(&s, &zone) || s.len)
		return false;
	if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > days_in_month(y, mo) || h > 24 ||
	    mi > 59 || sec > 60 || (h == 24 && (mi || sec || ms)))
		return false;
	*unix_ms = ((days_from_civil(y, mo, d) * 24 + h) * 60 + mi - zone) * 60000 +
		   (int64_t)sec * 1000 + ms;
	return true;
}
