"""The roster of a meeting as its participants are told it: SUBSCRIBE Event: conference, by hand-made clients."""
import pytest

from clients import rawsip
from lib import c3p
from lib.labs import wait_for


@pytest.fixture
def people(lab):
    """people("anna", "ben"): user agents of fresh users, signed in."""
    def make(*names, **kw):
        agents = [rawsip.agent(lab, u, "tcp", **kw) for u in lab.new_users(*names)]
        assert all(ua.register().status == 200 for ua in agents)
        return agents
    return make


def follow(ua, focus, **kw):
    """A subscription whose first document is there."""
    roster = c3p.follow(ua, focus, **kw)
    assert roster.status == 200
    if not roster.documents:
        roster.next()
    assert roster.documents[0].state == "full" and roster.version == 1
    return roster


def test_nobody_follows_who_has_not_joined(people):
    anna, ben = people("anna", "ben")
    focus = c3p.create(anna)
    assert c3p.follow(anna, focus).status == 403  # not active yet
    assert c3p.join(anna, focus).status == 200
    refused = c3p.follow(ben, focus)
    assert refused.status == 403 and "3014" in refused.answer.get("ms-diagnostics")
    seat = c3p.join(ben, focus)
    follow(ben, focus)
    assert seat.leave().status == 200
    assert c3p.follow(ben, focus).status == 403


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
def test_a_standard_client_is_told_who_comes_and_goes(people, algorithm):
    anna, ben = people("anna", "ben", algorithm=algorithm)
    focus = c3p.create(anna, subject="Plan & <more>")
    assert c3p.join(anna, focus).status == 200
    roster = follow(anna, focus)
    assert roster.subject == "Plan & <more>"
    assert roster.users[anna.aor].role == "presenter" and roster.users[anna.aor].types() == ["focus"]
    assert roster.mcus["chat"].lower() == c3p.mcu_uri(focus).lower()
    seat = c3p.join(ben, focus)
    roster.wait(lambda r: ben.aor in r.users)
    assert roster.documents[-1].state == "partial" and list(roster.documents[-1].users) == [ben.aor]
    assert roster.users[ben.aor].role == "attendee"
    assert seat.leave().status == 200
    roster.wait(lambda r: ben.aor not in r.users)
    assert roster.documents[-1].gone == [ben.aor]


def test_like_sipe_the_first_document_comes_with_the_answer(people):
    anna, ben = people("anna", "ben")
    focus = c3p.create(anna)
    assert c3p.join(anna, focus, epid="a1").status == 200
    roster = c3p.follow(anna, focus, sipe=True, epid="a1")
    assert roster.status == 200 and roster.answer.get("ms-piggyback-cseq") == "1"
    assert roster.documents[0].state == "full" and anna.aor in roster.users
    c3p.join(ben, focus)
    roster.wait(lambda r: ben.aor in r.users)


def test_expires_zero_in_a_new_dialog_ends_what_the_client_had(people):
    anna, ben = people("anna", "ben")
    focus = c3p.create(anna)
    assert c3p.join(anna, focus, epid="a1").status == 200
    c3p.follow(anna, focus, sipe=True, epid="a1")
    end = c3p.follow(anna, focus, sipe=True, epid="a1", expires=0)
    assert end.status == 200 and "terminated" in end.answer.get("Subscription-State")
    assert c3p.join(ben, focus).status == 200
    other = follow(ben, focus)
    assert anna.aor in other.users
    anna.expect_none("BENOTIFY", 1.0)


def test_another_client_of_the_user_goes_on(lab, people):
    anna, = people("anna")
    again = rawsip.agent(lab, anna.user, "tcp")
    assert again.register().status == 200
    focus = c3p.create(anna)
    first, second = c3p.join(anna, focus, epid="a1"), c3p.join(again, focus, epid="a2")
    assert first.status == second.status == 200
    mine, other = (c3p.follow(ua, focus, sipe=True, epid=e) for ua, e in ((anna, "a1"), (again, "a2")))
    assert first.leave().status == 200
    mine.wait(lambda r: r.ended)
    other.wait(lambda r: len(r.users[anna.aor].endpoints) == 1)
    assert not other.ended


def test_whoever_leaves_is_told_the_end(people):
    anna, ben = people("anna", "ben")
    focus = c3p.create(anna)
    c3p.join(anna, focus)
    seat = c3p.join(ben, focus)
    roster = follow(ben, focus)
    assert seat.leave().status == 200
    roster.wait(lambda r: r.ended)
    assert roster.ended == "noresource"


def test_a_refresh_brings_all_of_it_and_zero_ends_it(people):
    anna, ben = people("anna", "ben")
    focus = c3p.create(anna)
    c3p.join(anna, focus)
    roster = follow(anna, focus)
    c3p.join(ben, focus)
    roster.wait(lambda r: ben.aor in r.users)
    assert roster.request(1200).get("Expires") == "1200"
    roster.next()
    assert roster.documents[-1].state == "full" and set(roster.users) == {anna.aor, ben.aor}
    assert roster.request(0).status == 200
    roster.wait(lambda r: r.ended)
    assert roster.request(600).status == 481


def test_the_lock_is_seen_in_the_views(people):
    anna, = people("anna")
    focus = c3p.create(anna)
    seat = c3p.join(anna, focus)
    roster = follow(anna, focus)
    assert roster.locked and not any(roster.locked.values())
    assert seat.command(c3p.modify_lock(focus, True)).code == "success"
    roster.wait(lambda r: all(r.locked.values()))
    document = roster.documents[-1]
    assert not document.users and focus.lower() in [e.lower() for e in document.locked]


def test_a_crowd_is_told_in_batches(people):
    anna, *crowd = people("anna", *(f"p{i}" for i in range(8)))
    focus = c3p.create(anna)
    c3p.join(anna, focus)
    roster = follow(anna, focus)
    for ua in crowd:
        assert c3p.join(ua, focus).status == 200
    roster.wait(lambda r: all(ua.aor in r.users for ua in crowd))
    mentioned = sum(len(d.users) for d in roster.documents[1:])
    assert mentioned == len(crowd)  # nobody twice


def test_another_event_is_489(people):
    anna, = people("anna")
    focus = c3p.create(anna)
    c3p.join(anna, focus)
    assert anna.subscribe(focus, "weather").status == 489


def test_the_subscription_ends_with_its_connection(lab, people):
    anna, ben = people("anna", "ben")
    focus = c3p.create(anna)
    c3p.join(anna, focus)
    c3p.join(ben, focus)
    before = lab.metric("parley_frontend_subscriptions")
    c3p.follow(ben, focus, sipe=True)
    assert lab.metric("parley_frontend_subscriptions") == before + 1
    ben.close()
    wait_for(lambda: lab.metric("parley_frontend_subscriptions") == before, what="the end of the subscription")
