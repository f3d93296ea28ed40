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
    return sign_in(lab, *names, expires=DAY)


def runs(seat):
    """The Focus still has this dialog."""
    return seat.send("INFO").status == 200


def ended(*seats):
    for seat in seats:
        bye(seat.ua, seat)
        assert seat.send("INFO").status == 481


def away(lab, focus):
    """No row of the running meeting is left."""
    wait_for(lambda: not rows(lab, "conf_active", focus), what="the end of conf_active's row")
    assert not rows(lab, "conf_participant", focus)


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
    wait(lab, DAY)


def by_missing_staff(lab, m):
    """The two of the house leave, a guest stays."""
    for seat in m.seats[:3]:
        assert seat.leave().status == 200
    m.seats = m.seats[3:]
    assert runs(m.seats[0])
    wait(lab, 601)


CAUSES = {  # cause: can it be activated again, at once or after the user came back
    by_organizer: True, by_presenter: True, by_disabling: True, by_deleting_the_organizer: False, by_leaving: True,
    by_administrator: True, by_the_factory: False, by_its_length: True, by_missing_staff: True,
}


@pytest.fixture
def meeting(lab):
    """anna leads, ben is a predefined presenter, carl was promoted; the three chat; a guest. It is locked."""
    anna, ben, carl = day_long(lab, "anna", "ben", "carl")
    gast = guest(lab, "geheim")
    focus = c3p.create(anna, admission="anonymous", key="geheim", users=[(ben.aor, "presenter")])
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
                    and "chat" in r.users[carl.aor].types())
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

@pytest.fixture
def open_to_all(lab):
    """anna's meeting, that she is not in; a guest is."""
    anna, = day_long(lab, "anna")
    focus = c3p.create(anna, admission="anonymous", key="geheim")
    seat = c3p.join(guest(lab, "geheim"), focus)
    assert seat.status == 200
    return SimpleNamespace(anna=anna, focus=focus, seat=seat)


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
        name = "MSFT_SIPMeetingScheduleSetting.FederatedUsersAreAuthenticated"
        lab.parley("config", "set", name, "yes")
        lab.at_end(lambda: (lab.parley("config", "set", name, "no")))
        lab.wait_log("settings")
    pat = c3p.join(partner(lab), m.focus)
    assert (pat.status, pat.role) == (200, "attendee")
    wait(lab, 595)
    assert runs(m.seat) and runs(pat)
    wait(lab, 6)
    if counts:
        assert runs(m.seat) and runs(pat)
    else:
        ended(m.seat, pat)
