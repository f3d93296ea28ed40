"""The registrar, requirement by requirement (docs/conformance/rfc3261-registrar.md), with hand-made SIP."""
import pytest

from clients import rawsip


@pytest.fixture
def anna(lab):
    return rawsip.agent(lab, lab.new_user("anna"), "tcp")


def register(ua, *headers, **over):
    over.setdefault("call_id", ua.register_id)
    over.setdefault("to", f"<{ua.aor}>")
    return ua.request("REGISTER", f"sip:{ua.domain}", headers, **over)


def bindings(answer):
    return [c for line in answer.all("Contact") for c in line.split(",") if "sip:" in c]


def test_too_short_a_time_is_423_with_what_is_enough(anna):
    answer = anna.register(expires=2)
    assert answer.status == 423
    enough = int(answer.get("Min-Expires"))
    assert enough > 2 and anna.register(expires=enough).status == 200


def test_no_more_time_is_granted_than_allowed(anna):
    answer = anna.register(expires=10000000)
    assert answer.status == 200
    assert 0 < int(rawsip.param(bindings(answer)[0], "expires")) <= 7200


def test_the_contacts_own_time_goes_before_the_header(anna):
    answer = register(anna, ("Contact", anna.contact + ";expires=120"), ("Expires", "3000"))
    assert answer.status == 200
    assert 100 <= int(rawsip.param(bindings(answer)[0], "expires")) <= 120


def test_without_contact_the_bindings_are_told(anna):
    assert anna.register().status == 200
    answer = register(anna)
    assert answer.status == 200 and len(bindings(answer)) == 1 and anna.user in bindings(answer)[0]


def test_star_ends_all_bindings(lab):
    user, ben = lab.new_users("anna", "ben")
    one, two, other = (rawsip.agent(lab, u, "tcp") for u in (user, user, ben))
    assert [ua.register().status for ua in (one, two, other)] == [200, 200, 200]
    answer = register(one, ("Contact", "*"), ("Expires", "0"))
    assert answer.status == 200 and bindings(answer) == []
    assert other.message(one.aor, "anybody?").status == 480


@pytest.mark.parametrize("headers", [
    [("Contact", "*"), ("Expires", "600")],
    [("Contact", "*")],
    [("Contact", "*"), ("Contact", "<sip:a@127.0.0.1>"), ("Expires", "0")],
])
def test_star_goes_with_the_end_alone(anna, headers):
    assert register(anna, *headers).status == 400


def test_an_older_register_changes_nothing(anna):
    contact = ("Contact", anna.contact)
    assert register(anna, contact, ("Expires", "600"), cseq=100).status == 200
    assert register(anna, contact, ("Expires", "60"), cseq=50).status >= 400
    assert int(rawsip.param(bindings(register(anna, cseq=200))[0], "expires")) > 60


def test_nobody_registers_for_somebody_else(anna, lab):
    assert register(anna, ("Contact", anna.contact), to=f"<{lab.new_user('ben').uri}>").status == 403


def test_a_contact_that_is_no_sip_address_is_refused(anna):
    assert register(anna, ("Contact", "<mailto:anna@lab.example>")).status == 400


def test_the_event_of_a_register_is_registration(anna):
    answer = register(anna, ("Contact", anna.contact), ("Event", "presence"))
    assert answer.status == 489 and answer.get("ms-diagnostics").startswith("4055;")


def test_categories_go_with_gruu(anna):
    answer = register(anna, ("Contact", anna.contact), ("Supported", "msrtc-event-categories"))
    assert answer.status == 421 and answer.get("ms-diagnostics").startswith("2057;")
