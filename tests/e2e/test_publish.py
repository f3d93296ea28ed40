"""PUBLISH and SUBSCRIBE of standard clients, requirement by requirement (docs/conformance/rfc3856.md)."""
import pytest

from clients import rawsip

LIST = ('<?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>'
        '<entry uri="{}"/><entry uri="{}"/></list></resource-lists>')


@pytest.fixture
def dora(lab):
    ua = rawsip.agent(lab, lab.new_user("dora"), "tcp")
    assert ua.register().status == 200
    return ua


def publish(ua, headers, body=""):
    return ua.request("PUBLISH", ua.aor, headers, body)


def test_a_refresh_gives_a_new_tag_and_ends_the_old_one(dora):
    first = dora.publish("open", "here").get("SIP-ETag")
    again = publish(dora, [("Event", "presence"), ("Expires", "600"), ("SIP-If-Match", first)])
    assert again.status == 200 and again.get("SIP-ETag") and again.get("SIP-ETag") != first
    assert dora.publish("open", etag=first).status == 412
    assert dora.publish_end(again.get("SIP-ETag")).status == 200
    assert dora.publish("open", etag=again.get("SIP-ETag")).status == 412


def test_too_short_a_time_is_423_with_what_is_enough(dora):
    answer = dora.publish("open", expires=1)
    assert answer.status == 423 and int(answer.get("Min-Expires")) > 1


def test_neither_document_nor_tag_is_400(dora):
    assert publish(dora, [("Event", "presence"), ("Expires", "600")]).status == 400


def test_another_document_is_415_with_what_is_taken(dora):
    answer = publish(dora, [("Event", "presence"), ("Content-Type", "text/plain")], "open")
    assert answer.status == 415 and "application/pidf+xml" in answer.get("Accept")


def test_another_event_is_489_with_what_is_served(dora):
    answer = publish(dora, [("Event", "weather"), ("Content-Type", "application/pidf+xml")], "<x/>")
    assert answer.status == 489 and "presence" in answer.get("Allow-Events")


def test_nobody_publishes_for_somebody_else(dora, lab):
    answer = dora.request("PUBLISH", lab.new_user("carl").uri,
                          [("Event", "presence"), ("Content-Type", "application/pidf+xml")], "<x/>")
    assert answer.status == 403


def test_a_subscription_is_refreshed_and_ended_in_its_dialog(dora, lab):
    carl = rawsip.agent(lab, lab.new_user("carl"), "tcp")
    assert carl.register().status == 200
    call_id, tag = rawsip.token(), rawsip.token(4)
    answer = carl.subscribe(dora.aor, call_id=call_id, from_tag=tag)
    assert answer.status == 200
    carl.expect("NOTIFY", where=lambda m: m.get("Subscription-State").startswith("active"))
    contact = answer.get("Contact").strip("<>")
    for expires in (300, 0):
        again = carl.request("SUBSCRIBE", contact, [("Event", "presence"), ("Accept", "application/pidf+xml"),
                                                    ("Contact", carl.contact), ("Expires", str(expires))],
                             call_id=call_id, from_tag=tag, to=answer.get("To"))
        assert again.status == 200
        state = "active" if expires else "terminated"
        carl.expect("NOTIFY", where=lambda m: m.get("Subscription-State").startswith(state))
    dora.publish("open", "nobody hears it")
    carl.expect_none("NOTIFY", 0.5)


def test_a_list_in_the_request_is_watched_in_one_dialog(dora, lab):
    carl, emil = (rawsip.agent(lab, u, "tcp") for u in lab.new_users("carl", "emil"))
    assert carl.register().status == emil.register().status == 200
    answer = carl.request("SUBSCRIBE", carl.aor, [
        ("Event", "presence"), ("Contact", carl.contact), ("Expires", "600"), ("Supported", "eventlist"),
        ("Accept", "application/pidf+xml, application/rlmi+xml, multipart/related"),
        ("Require", "recipient-list-subscribe"), ("Content-Type", "application/resource-lists+xml"),
        ("Content-Disposition", "recipient-list")], LIST.format(dora.aor, emil.aor))
    assert answer.status == 200 and answer.get("Require") == "eventlist"
    first = carl.expect("NOTIFY")
    assert first.get("Require") == "eventlist" and "multipart/related" in first.get("Content-Type")
    assert dora.aor in first.text and emil.aor in first.text and 'fullState="true"' in first.text
    dora.publish("open", "in the garden")
    change = carl.expect("NOTIFY", where=lambda m: "in the garden" in m.text)
    assert emil.aor not in change.text and 'fullState="false"' in change.text
