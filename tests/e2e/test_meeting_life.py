"""The life of a meeting: what ends it and what is gone then, when its record expires. The Front End's clock is
moved; nobody waits."""
import datetime
import json
from types import SimpleNamespace

import pytest

from clients import rawsip
from lib import c3p
from lib.labs import Lab, wait_for
from lib.meetings import Leg, bye, come_back, conf_id, guest, partner, people, rows, sign_in

HOUR, DAY = 3600, 86400
ALL_DAY = 2 * DAY  # a registration as long as the lab grants


@pytest.fixture(scope="module")
def lab():
    """Its clock is ahead, more with each test. Registrations and connections may last a day without a word."""
    lab = Lab(conf="[frontend]\nexpires_max = 24h\n")
    lab.ahead = 0
    yield lab
    lab.close()


def wait(lab, seconds):
    lab.advance(seconds)
    lab.ahead += seconds


def now(lab, **more):
    """The time as the lab has it."""
    ahead = datetime.timedelta(seconds=lab.ahead)
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + ahead + datetime.timedelta(**more)


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def day_long(lab, *names):
    """Agents that stay registered for a day, once a server for chat is there: a leap of the clock looks like its
    silence."""
    wait_for(lambda: lab.metric("parley_frontend_mcu_live") == 1, what="a conferencing server")
    return sign_in(lab, *names, expires=DAY)


def leapt(lab):
    """After a leap the Front End takes its conferencing server for lost; what that still has of the Front End's
    goes when it has heard nothing of it for two minutes."""
    wait_for(lambda: lab.metric("parley_frontend_mcu_live") == 1, what="a conferencing server")
    lab.advance(121, "mcu-im")


def configured(lab, **settings):
    """Settings of meetings' times, for this test. All are read at once: when the one with a visible effect has
    it, the others have theirs."""
    def put(name, value):
        lab.parley("config", "set", "MSFT_SIPMeetingScheduleSetting." + name, value)

    def taken(hours):
        put("AdHocExpiry", f"{hours}h")
        ua, = sign_in(lab, "cora")
        wait_for(lambda: (expiry(lab, c3p.create(ua)) - now(lab)).total_seconds() // HOUR == hours - 1,
                 what="the settings' effect")

    def undo():
        for name in settings:
            put(name, "")
        taken(8)

    lab.at_end(undo)
    for name, value in settings.items():
        put(name, value)
    taken(20)


def expiry(lab, focus):
    """When the record says that it expires; None without record."""
    found = lab.sql("rtc", f"SELECT extract(epoch FROM expires_at) FROM conf WHERE conf_id = '{conf_id(focus)}'")
    return datetime.datetime.fromtimestamp(float(found[0][0]), datetime.timezone.utc) if found else None


def runs(seat):
    """The Focus still has this dialog."""
    return seat.send("INFO").status == 200


def ended(*seats):
    for seat in seats:
        bye(seat.ua, seat)
        assert seat.send("INFO").status in (403, 407, 481)  # who was put out is not even known


def away(lab, focus):
    """No row of the running meeting is left."""
    wait_for(lambda: not rows(lab, "conf_active", focus), what="the end of conf_active's row")
    assert not rows(lab, "conf_participant", focus)


def visit(lab, ua, focus):
    """Somebody is in the meeting for a moment, alone."""
    seat = c3p.join(ua, focus)
    assert seat.status == 200 and seat.leave().status == 200
    away(lab, focus)


def no_such(answer):
    """404 with the reason: the meeting does not exist."""
    header = answer.message.get("ms-diagnostics-public") or answer.message.get("ms-diagnostics") or ""
    return answer.status == 404 and header.startswith("3003;")


# --- what ends a meeting ---

def by_organizer(lab, m):
    assert m.seats[0].command(c3p.delete_conference(m.focus)).code == "success"


def by_presenter(lab, m):
    assert m.seats[2].command(c3p.delete_conference(m.focus)).code == "success"


def by_disabling(lab, m):
    lab.parley("user", "disable", m.anna.aor[4:])


def by_deleting_the_organizer(lab, m):
    lab.parley("user", "delete", "--yes", m.anna.aor[4:])


def by_leaving(lab, m):
    for seat in m.seats:
        assert seat.leave().status == 200
    m.seats = []


def by_administrator(lab, m):
    lab.parley("meeting", "end", "--yes", conf_id(m.focus))


def by_the_factory(lab, m):
    assert c3p.service(m.anna, c3p.factory_uri(m.anna.aor), c3p.delete_conference(m.focus)).code == "success"


def by_its_length(lab, m):
    assert all(runs(seat) for seat in m.seats)
    wait(lab, DAY)
    leapt(lab)


def by_missing_staff(lab, m):
    """The two of the house leave, a guest stays."""
    for seat in m.seats[:3]:
        assert seat.leave().status == 200
    m.seats = m.seats[3:]
    m.rosters[3].wait(lambda r: len(r.users) == 1)  # a notification not answered before the leap would time out
    assert runs(m.seats[0])
    wait(lab, 601)
    leapt(lab)


CAUSES = {  # cause: can it be activated again, at once or after the user came back
    by_organizer: True, by_presenter: True, by_disabling: True, by_deleting_the_organizer: False, by_leaving: True,
    by_administrator: True, by_the_factory: False, by_its_length: True, by_missing_staff: True,
}


@pytest.fixture
def meeting(lab):
    """anna leads, ben is a predefined presenter, carl was promoted; the three chat; a guest. It is locked."""
    anna, ben, carl = day_long(lab, "anna", "ben", "carl")
    gast = guest(lab, "geheim")
    focus = c3p.create(anna, admission="anonymous", key="geheim", users=[(ben.aor, "presenter")],
                       expiry=stamp(now(lab, days=30)))
    agents = [anna, ben, carl, gast]
    seats = [c3p.join(ua, focus) for ua in agents]
    assert [seat.status for seat in seats] == [200] * 4
    rosters = [c3p.follow(ua, focus, expires=DAY).wait(lambda r: len(r.users) == 4) for ua in agents]
    legs = [Leg(ua, focus) for ua in agents[:3]]
    assert [leg.status for leg in legs] == [200] * 3
    assert seats[0].command(c3p.modify_roles(focus, carl.aor, "presenter")).code == "success"
    assert seats[0].command(c3p.modify_lock(focus, True)).code == "success"
    for roster in rosters:
        roster.wait(lambda r: all(r.locked.values()) and r.users[carl.aor].role == "presenter"
                    and sum("chat" in u.types() for u in r.users.values()) == 3)
    return SimpleNamespace(anna=anna, ben=ben, carl=carl, gast=gast, focus=focus, seats=seats, rosters=rosters,
                           legs=legs)


def conferences(lab):
    return lab.metric("parley_mcu_im_conferences", "MCU_IM")


@pytest.mark.parametrize("cause", CAUSES, ids=lambda c: c.__name__)
def test_when_it_ends_all_is_gone_and_it_can_begin_anew(lab, meeting, cause):
    m = meeting
    assert rows(lab, "conf_participant", m.focus) == 4 and conferences(lab) == 1
    cause(lab, m)
    ended(*m.seats)
    alive = [r for r in m.rosters if r.ua.aor in [seat.ua.aor for seat in m.seats] or cause is by_leaving]
    for roster in alive:
        roster.wait(lambda r: r.ended)
    if cause not in (by_leaving, by_missing_staff, by_its_length):
        for leg in m.legs:
            bye(leg.ua, leg)
    away(lab, m.focus)
    wait_for(lambda: conferences(lab) == 0, what="the end of the conference on its server")
    assert m.legs[1].say("anybody?").status in (403, 404, 481)

    if cause is by_disabling:
        assert no_such(c3p.join(m.ben, m.focus))
        lab.parley("user", "enable", m.anna.aor[4:])
    again = c3p.join(m.carl, m.focus)
    if not CAUSES[cause]:
        assert no_such(again)
        return
    assert (again.status, again.role) == (200, "attendee")
    assert c3p.join(m.ben, m.focus).role == "presenter"
    view = c3p.follow(m.carl, m.focus).wait(lambda r: r.ua.aor in r.users)
    assert not any(view.locked.values()) and sorted(view.users) == sorted([m.carl.aor, m.ben.aor])


# --- T1: a day since the last join ---

def test_a_day_after_the_last_join_it_ends_however_busy(lab):
    anna, ben = day_long(lab, "anna", "ben")
    focus = c3p.create(anna, expiry=stamp(now(lab, days=30)))
    seats = [c3p.join(ua, focus) for ua in (anna, ben)]
    wait(lab, 12 * HOUR)
    assert all(ua.register(expires=DAY).status == 200 for ua in (anna, ben))
    leg = Leg(ben, focus)
    assert leg.status == 200 and leg.say("still here").status in (200, 202)
    assert seats[0].command(c3p.modify_roles(focus, ben.aor, "presenter")).code == "success"
    assert seats[0].command(c3p.modify_lock(focus, True)).code == "success"
    wait(lab, 12 * HOUR - 20)
    assert all(runs(seat) for seat in seats)
    assert c3p.follow(anna, focus).request(600).status == 200
    wait(lab, 20)
    ended(*seats)
    away(lab, focus)


def test_a_rejoin_begins_the_day_anew(lab):
    anna, ben = day_long(lab, "anna", "ben")
    focus, mine = c3p.create(anna, expiry=stamp(now(lab, days=30))), c3p.guid()
    first, seat = c3p.join(anna, focus, endpoint=mine), c3p.join(ben, focus)
    wait(lab, DAY - 60)
    again = c3p.join(anna, focus, endpoint=mine)
    bye(anna, first)
    assert all(ua.register(expires=DAY).status == 200 for ua in (anna, ben))
    wait(lab, DAY - 60)
    assert runs(again) and runs(seat)
    wait(lab, 60)
    ended(again, seat)


# --- T2: ten minutes without anybody of the house ---

def with_a_guest_alone(lab):
    """anna's meeting, that she is not in; a guest is."""
    anna, = day_long(lab, "anna")
    focus = c3p.create(anna, admission="anonymous", key="geheim")
    seat = c3p.join(guest(lab, "geheim"), focus)
    assert seat.status == 200
    return SimpleNamespace(anna=anna, focus=focus, seat=seat)


@pytest.fixture
def open_to_all(lab):
    return with_a_guest_alone(lab)


def test_guests_alone_have_ten_minutes(lab, open_to_all):
    wait(lab, 595)
    assert runs(open_to_all.seat)
    wait(lab, 6)
    ended(open_to_all.seat)
    away(lab, open_to_all.focus)


def test_somebody_of_the_house_stops_the_clock_and_starts_it_when_he_leaves(lab, open_to_all):
    m = open_to_all
    wait(lab, 595)
    anna = c3p.join(m.anna, m.focus)
    assert anna.status == 200
    wait(lab, 605)
    assert runs(m.seat) and anna.leave().status == 200
    wait(lab, 595)
    assert runs(m.seat)
    wait(lab, 6)
    ended(m.seat)


@pytest.mark.parametrize("counts", [False, True], ids=["by default", "where the setting says so"])
def test_a_partners_user_is_not_of_the_house(lab, open_to_all, counts):
    m = open_to_all
    if counts:
        configured(lab, FederatedUsersAreAuthenticated="yes")
    pat = c3p.join(partner(lab), m.focus)
    assert (pat.status, pat.role) == (200, "attendee")
    wait(lab, 595)
    assert runs(m.seat) and runs(pat)
    wait(lab, 6)
    if counts:
        assert runs(m.seat) and runs(pat)
    else:
        ended(m.seat, pat)


@pytest.mark.parametrize("name, seconds", [("MaxMeetingLength", 300), ("UnAuthenticatedUserGracePeriod", 60)])
def test_its_times_are_settings(lab, name, seconds):
    configured(lab, **{name: f"{seconds}s"})
    seat = with_a_guest_alone(lab).seat
    wait(lab, seconds - 10)
    assert runs(seat)
    wait(lab, 11)
    ended(seat)


# --- the end of the record ---

def expired_away(lab, focus):
    wait_for(lambda: expiry(lab, focus) is None, what="the record to go")


@pytest.mark.parametrize("hours", [8, 3], ids=["ad hoc", "as its creator said"])
def test_an_expired_meeting_cannot_be_joined_and_is_swept_away(lab, hours):
    anna, ben = day_long(lab, "anna", "ben")
    focus = c3p.create(anna, expiry=None if hours == 8 else stamp(now(lab, hours=hours)))
    wait(lab, hours * HOUR - 60)
    visit(lab, ben, focus)
    wait(lab, 61)
    assert all(no_such(c3p.join(ua, focus)) for ua in (anna, ben))
    wait(lab, HOUR)
    expired_away(lab, focus)
    assert no_such(c3p.join(anna, focus))


def test_one_that_runs_goes_on_after_its_expiry_but_nobody_comes_in(lab):
    anna, ben, carl = day_long(lab, "anna", "ben", "carl")
    focus = c3p.create(anna)
    seats = anna_in, _ = [c3p.join(ua, focus) for ua in (anna, ben)]
    wait(lab, 8 * HOUR + 1)
    wait(lab, HOUR)  # a sweep has been
    assert all(runs(seat) for seat in seats) and len(people(anna_in)) == 2
    assert anna_in.command(c3p.modify_lock(focus, True)).code == "success"
    assert all(no_such(c3p.join(ua, focus)) for ua in (anna, ben, carl))
    assert all(runs(seat) for seat in seats)
    assert anna_in.command(c3p.delete_conference(focus)).code == "success"
    ended(*seats)
    away(lab, focus)
    assert expiry(lab, focus)
    assert no_such(c3p.join(anna, focus))
    wait(lab, HOUR)
    expired_away(lab, focus)


def months_later(when, months):
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    for day in (when.day, 30, 29, 28):
        try:
            return when.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue


def close(one, other):
    return abs((one - other).total_seconds()) < 30


def scheduled(lab, organizer, *words):
    made = json.loads(lab.parley("meeting", "create", "--organizer", organizer.aor[4:], *words, "--json").stdout)
    return made["uri"]


def test_a_recurring_meeting_without_end_lives_half_a_year_from_its_last_use(lab):
    anna, = day_long(lab, "anna")
    focus = scheduled(lab, anna, "--recurring")
    assert close(expiry(lab, focus), months_later(now(lab), 6))
    wait(lab, DAY - HOUR)
    assert anna.register(expires=DAY).status == 200
    visit(lab, anna, focus)
    assert close(expiry(lab, focus), months_later(now(lab), 6))
    wait(lab, 185 * DAY)
    expired_away(lab, focus)
    again, = come_back(lab, anna.user)
    assert no_such(c3p.join(again, focus))


@pytest.mark.parametrize("recurring", [[], ["--recurring"]], ids=["once", "with a last occurrence"])
def test_a_scheduled_meeting_lives_fourteen_days_after_its_end(lab, recurring):
    anna, = day_long(lab, "anna")
    begin, end = now(lab, hours=1), now(lab, hours=2)
    focus = scheduled(lab, anna, *recurring, "--start", stamp(begin), "--end", stamp(end))
    assert expiry(lab, focus) == end + datetime.timedelta(days=14)
    visit(lab, anna, focus)  # at any time, before its start as well
    wait(lab, 14 * DAY + 2 * HOUR - 60)
    again, = come_back(lab, anna.user)
    visit(lab, again, focus)
    wait(lab, 61)
    assert no_such(c3p.join(again, focus))


@pytest.mark.parametrize("days, taken", [(-370, False), (-360, True), (3640, True), (3660, False)])
def test_an_expiry_is_between_a_year_ago_and_ten_years_ahead(lab, days, taken):
    anna, = day_long(lab, "anna")
    conf = c3p.new_id()
    answer = c3p.service(anna, c3p.factory_uri(anna.aor), c3p.add_conference(conf, expiry=stamp(now(lab, days=days))))
    assert answer.code == ("success" if taken else "failure")
    if days == -360:
        focus = c3p.focus_uri(anna.aor, conf)
        assert no_such(c3p.join(anna, focus))
        wait(lab, HOUR)
        expired_away(lab, focus)
