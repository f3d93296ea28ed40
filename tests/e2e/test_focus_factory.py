"""The Focus Factory: what a client schedules, and what it is told of it. And the same by parley."""
import datetime
import json
import re

import pytest

from clients import rawsip
from lib import c3p
from lib.labs import wait_for

HOUR = datetime.timedelta(hours=1)


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def later(**kw):
    return stamp(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**kw))


def time_of(answer, name="expiry-time"):
    text = answer.find(name, c3p.MSCI).text
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def signed_in(lab, user):
    ua = rawsip.agent(lab, user)
    assert ua.register().status == 200
    return ua


@pytest.fixture
def anna(lab):
    return signed_in(lab, lab.new_user("anna"))


@pytest.fixture
def ben(lab):
    return signed_in(lab, lab.new_user("ben"))


def ask(ua, command, to=None):
    return c3p.service(ua, to or c3p.factory_uri(ua.aor), command)


def refused(answer, reason):
    assert isinstance(answer, c3p.Answer), answer
    assert (answer.code, answer.reason) == ("failure", reason)
    return answer


def added(ua, conf_id=None, **kw):
    conf_id = conf_id or c3p.new_id()
    answer = ask(ua, c3p.add_conference(conf_id, **kw))
    assert answer.code == "success", answer.reason
    return answer, conf_id


def get(ua, conf_id):
    return ask(ua, f'<getConference><conferenceKeys xmlns:msci="{c3p.MSCI}" msci:conference-id="{conf_id}"/>'
                   "</getConference>")


def delete(ua, conf_id):
    return ask(ua, f'<deleteConference><conferenceKeys xmlns:msci="{c3p.MSCI}" msci:conference-id="{conf_id}"/>'
                   "</deleteConference>")


def modify(ua, conf_id, version, **kw):
    more = f"<msci:version>{version}</msci:version>"
    return ask(ua, f"<modifyConference>{c3p.conference_info(conf_id, more=more, **kw)}</modifyConference>")


# --- who asks, and what for ---


def test_each_client_is_told_his_own_focus_factory_and_policy(lab, anna):
    body = ('<provisioningGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist">'
            '<provisioningGroup name="ServerConfiguration"/><provisioningGroup name="meetingPolicy"/>'
            "</provisioningGroupList>")
    kind = "application/vnd-microsoft-roaming-provisioning-v2+xml"
    lab.parley("policy", "assign", anna.aor[4:], "Policy 3")

    def told():
        answer = anna.request("SUBSCRIBE", anna.aor, [
            ("Event", "vnd-microsoft-provisioning-v2"), ("Accept", kind), ("Content-Type", kind), ("Expires", "0"),
            ("Supported", "ms-piggyback-first-notify"), ("Contact", anna.contact)], body)
        assert answer.status == 200
        assert f"<focusFactoryUri>{c3p.factory_uri(anna.aor)}</focusFactoryUri>" in answer.text
        return '<property name="MeetingSize">100</property>' in answer.text

    wait_for(told, what="the assigned policy")


def test_sipes_room_gets_the_answer_sipe_reads(anna):
    conf_id = "C5E00CD0CC7B07EE75ABCB3A34B867A2"
    text = (f'<?xml version="1.0"?><request xmlns="urn:ietf:params:xml:ns:cccp" '
            f'xmlns:mscp="http://schemas.microsoft.com/rtc/2005/08/cccpextensions" C3PVersion="1" '
            f'to="{c3p.factory_uri(anna.aor)}" from="{anna.aor}" requestId="1"><addConference><ci:conference-info '
            f'xmlns:ci="urn:ietf:params:xml:ns:conference-info" entity="" '
            f'xmlns:msci="http://schemas.microsoft.com/rtc/2005/08/confinfoextensions"><ci:conference-description>'
            f"<ci:subject/><msci:conference-id>{conf_id}</msci:conference-id><msci:expiry-time>{later(hours=7)}"
            f"</msci:expiry-time><msci:admission-policy>openAuthenticated</msci:admission-policy>"
            f'</ci:conference-description><msci:conference-view><msci:entity-view entity="chat"/><msci:entity-view '
            f'entity="audio-video"/></msci:conference-view></ci:conference-info></addConference></request>')
    message = anna.request("SERVICE", c3p.factory_uri(anna.aor), [("Contact", anna.contact),
                                                                  ("Content-Type", c3p.CONTENT_TYPE)], text)
    answer = c3p.answer_of(message)
    assert message.status == 200 and answer.code == "success" and answer.request == "1"
    assert answer.xml.get("to") == anna.aor and answer.xml.get("from") == c3p.factory_uri(anna.aor)
    assert c3p.local(answer.command) == "addConference"
    entity = answer.find("conference-info").get("entity")
    assert entity == c3p.focus_uri(anna.aor, conf_id) and "%" not in entity


@pytest.mark.parametrize("command", ["getAvailableMcuTypes", "getConferencingCapabilities"])
def test_types_of_media_are_those_of_live_servers(lab, anna, command):
    answer = ask(anna, f"<{command}/>")
    assert answer.code == "success"
    types = [e.text for e in answer.xml.iter(f"{{{c3p.C3P}}}mcuType")]
    live = {json.loads(line)["type"] for line in lab.parley("mcu", "list", "--json").stdout.splitlines()}
    assert set(types) == live and len(types) == len(set(types))


@pytest.mark.parametrize("command", ["getEncryptionKey", "resolvePhoneConferenceId"])
def test_what_is_not_known_is_not_supported(anna, command):
    answer = refused(ask(anna, f"<{command}/>"), "notSupported")
    assert c3p.local(answer.command) == command


def test_nobody_schedules_at_anothers_factory(anna, ben):
    command = c3p.add_conference(c3p.new_id())
    answer = refused(ask(ben, command, c3p.factory_uri(anna.aor)), "forbidden")
    assert answer.status == 403
    # nor with a document of another's
    text = c3p.request(command, c3p.factory_uri(ben.aor), anna.aor)
    message = ben.request("SERVICE", c3p.factory_uri(ben.aor), [("Contact", ben.contact),
                                                                ("Content-Type", c3p.CONTENT_TYPE)], text)
    refused(c3p.answer_of(message), "requestMalformed")
    assert message.get("ms-diagnostics").startswith("3006;")


@pytest.mark.parametrize("kind, body", [
    (c3p.CONTENT_TYPE, "<request"),
    (c3p.CONTENT_TYPE, ""),
    (c3p.CONTENT_TYPE, '<!DOCTYPE x [<!ENTITY a "b">]><request>&a;</request>'),
    (c3p.CONTENT_TYPE, "<request>" + "<a>" * 500 + "</a>" * 500 + "</request>"),
    ("text/plain", "hello"),
])
def test_a_body_that_cannot_be_read_is_a_bare_400(anna, kind, body):
    message = anna.request("SERVICE", c3p.factory_uri(anna.aor), [("Contact", anna.contact),
                                                                  ("Content-Type", kind)], body)
    assert message.status == 400 and not message.body
    assert ask(anna, "<getConferences/>").code == "success", "the connection goes on"


# --- addConference ---


@pytest.mark.parametrize("kw, reason", [
    ({"conf_id": "SHORT"}, "invalidConferenceId"),
    ({"conf_id": "NOT-A-WORD-AT-ALL"}, "invalidConferenceId"),
    ({"admission": "everybody"}, "invalidAdmissionPolicy"),
    ({"admission": "anonymous"}, "invalidPasscode"),
    ({"mcus": ("chat", "smell")}, "unknownMcuType"),
    ({"expiry": later(days=-400)}, "invalidExpiryTime"),
    ({"expiry": later(days=3700)}, "invalidExpiryTime"),
    ({"users": [("tel:+1425", "attendee")]}, "invalidUserEntity"),
])
def test_a_wrong_meeting_is_refused_with_its_reason(anna, kw, reason):
    kw = dict(kw)
    answer = refused(ask(anna, c3p.add_conference(kw.pop("conf_id", None) or c3p.new_id(), **kw)), reason)
    assert answer.status == 200 and c3p.local(answer.command) == "addConference"


def test_identifiers_are_unique_for_an_organizer(anna, ben):
    _, conf_id = added(anna)
    refused(ask(anna, c3p.add_conference(conf_id)), "conferenceExists")
    refused(ask(anna, c3p.add_conference(conf_id.lower())), "conferenceExists")
    added(ben, conf_id)


def test_without_an_expiry_it_lives_eight_hours(anna):
    answer, _ = added(anna)
    left = time_of(answer) - datetime.datetime.now(datetime.timezone.utc)
    assert 7.9 * HOUR < left < 8.1 * HOUR


def test_all_that_was_scheduled_is_told_but_the_key(anna):
    expiry = later(days=20)
    _, conf_id = added(anna, subject="Grüße & <Pläne>", admission="anonymous", key="s3cr3t-key", expiry=expiry,
                       users=[("sip:Ben@Lab.Example", "presenter"), ("sip:c@partner.example", "attendee")])
    answer = get(anna, conf_id)
    assert answer.code == "success"
    document = answer.document()
    assert document.entity == c3p.focus_uri(anna.aor, conf_id) and document.subject == "Grüße & <Pläne>"
    assert {u.entity: u.role for u in document.users.values()} == {
        anna.aor: "presenter", "sip:ben@lab.example": "presenter", "sip:c@partner.example": "attendee"}
    assert answer.find("admission-policy", c3p.MSCI).text == "anonymous"
    assert stamp(time_of(answer)) == expiry and answer.find("last-update", c3p.MSCI).text
    assert "s3cr3t" not in c3p.ET.tostring(answer.xml, encoding="unicode")


def test_the_key_is_sealed_in_the_database(lab, anna):
    added(anna, admission="anonymous", key="plain-text-key")
    rows = lab.sql("rtc", "SELECT c::text FROM conf c")
    assert rows and not any("plain-text-key" in cell for row in rows for cell in row)


def test_only_so_many_meetings_a_user(lab, make_lab):
    own = make_lab()
    anna = signed_in(own, own.new_user("anna"))
    own.parley("config", "set", "MSFT_SIPMeetingScheduleSetting.MaxScheduledMeetingsPerUser", "2")

    def full():
        answer = ask(anna, c3p.add_conference(c3p.new_id()))
        return answer.reason == "maximumConferencesExceeded"

    wait_for(full, what="the limit")
    assert len(ask(anna, "<getConferences/>").xml.findall(f".//{{{c3p.CI}}}conference-info")) >= 2


# --- getConferences, modifyConference, deleteConference ---


def test_everybody_sees_and_changes_his_own_meetings_alone(anna, ben):
    _, conf_id = added(anna, subject="mine")
    _, other = added(anna, subject="too")
    listed = [e.get("entity") for e in ask(anna, "<getConferences/>").xml.iter(f"{{{c3p.CI}}}conference-info")]
    assert sorted(listed) == sorted(c3p.focus_uri(anna.aor, i) for i in (conf_id, other))
    assert not list(ask(ben, "<getConferences/>").xml.iter(f"{{{c3p.CI}}}conference-info"))
    refused(get(ben, conf_id), "conferenceDoesNotExist")
    refused(modify(ben, conf_id, 1), "conferenceDoesNotExist")
    refused(delete(ben, conf_id), "conferenceDoesNotExist")
    refused(ask(ben, c3p.delete_conference(c3p.focus_uri(anna.aor, conf_id))), "invalidConferenceId")
    assert get(anna, conf_id).code == "success"


def test_a_change_needs_the_latest_version_and_replaces_all(anna):
    _, conf_id = added(anna, subject="one", users=[("sip:ben@lab.example", "attendee")])
    refused(modify(anna, conf_id, 7, subject="two"), "invalidVersion")
    answer = modify(anna, conf_id, 1, subject="two")
    assert answer.code == "success" and answer.find("version", c3p.MSCI).text == "2"
    refused(modify(anna, conf_id, 1, subject="three"), "invalidVersion")
    document = get(anna, conf_id).document()
    assert document.subject == "two" and list(document.users) == [anna.aor]


def test_a_change_without_key_and_expiry_keeps_them(lab, anna):
    first, conf_id = added(anna, admission="anonymous", key="s3cr3t", expiry=later(days=3))
    assert modify(anna, conf_id, 1, admission="anonymous", subject="new").code == "success"
    assert time_of(get(anna, conf_id)) == time_of(first)
    assert json.loads(lab.parley("meeting", "show", conf_id, "--json").stdout.splitlines()[0])["key"] == "set"


def test_what_is_deleted_is_gone(anna):
    _, conf_id = added(anna)
    answer = delete(anna, conf_id)
    assert answer.code == "success"
    assert answer.find("conference-info").get("entity") == c3p.focus_uri(anna.aor, conf_id)
    refused(get(anna, conf_id), "conferenceDoesNotExist")
    refused(delete(anna, conf_id), "conferenceDoesNotExist")
    added(anna, conf_id)


def test_deleting_a_meeting_puts_everybody_out(anna):
    focus = c3p.create(anna)
    seat = c3p.join(anna, focus)
    assert seat.status == 200
    assert delete(anna, focus.rpartition(":")[2]).code == "success"
    anna.expect("BYE", where=lambda m: m.get("Call-ID") == seat.call_id)
    assert c3p.join(anna, focus).status == 404


# --- policies ---


def test_a_policy_decides_on_media_anonymous_users_and_size(lab, anna):
    lab.parley("policy", "assign", anna.aor[4:], "Policy 5")

    def low():
        answer = ask(anna, c3p.add_conference(c3p.new_id(), mcus=("chat", "audio-video")))
        return answer.reason == "mcuTypeNotAvailable"

    wait_for(low, what="the assigned policy")
    refused(ask(anna, c3p.add_conference(c3p.new_id(), mcus=("chat",), admission="anonymous", key="k")),
            "anonymousUsersNotAllowed")
    people = [(f"sip:u{i}@lab.example", "attendee") for i in range(10)]
    refused(ask(anna, c3p.add_conference(c3p.new_id(), mcus=("chat",), users=people)), "maximumMeetingSizeExceeded")
    added(anna, mcus=("chat",), users=people[:9])


def test_parley_makes_gives_and_explains_policies(own_lab):
    lab = own_lab
    user = lab.new_user("anna")
    names = [json.loads(line)["name"] for line in lab.parley("policy", "list", "--json").stdout.splitlines()]
    assert names == ["Default Policy", "Policy 1 (High)", "Policy 2", "Policy 3", "Policy 4", "Policy 5 (Low)"]

    def explained():
        rows = map(json.loads, lab.parley("policy", "explain", user.address, "--json").stdout.splitlines())
        return {row["key"]: (row["value"], row["because"]) for row in rows}

    assert explained()["Policy"] == ("Default Policy", "none is assigned to him: the default one holds")
    lab.parley("policy", "set", "Sales", "MeetingSize=40", "allowipvideo=no")
    lab.parley("policy", "assign", user.address, "sales")
    got = explained()
    assert got["Policy"] == ("Sales", "assigned to him")
    assert got["MeetingSize"] == ("40", "set for all pools")
    assert got["AllowIPAudio"] == ("yes", 'not set: as in "Default Policy"')
    lab.parley("policy", "set", "Sales", "MeetingSize=20", "--level", f"pool:{lab.env['POOL_FQDN']}")
    assert explained()["MeetingSize"] == ("20", f"set for pool {lab.env['POOL_FQDN']}")
    lab.parley("policy", "set", "--global", "MeetingPolicy=Policy 4",
               "AllowOrganizeMeetingWithAnonymousParticipants=None")
    got = explained()
    assert got["Policy"][0] == "Policy 4" and "his own" in got["Policy"][1]
    assert got["AllowAnonymousParticipants"] == ("no", "the global switch forbids it to everybody")
    text = lab.parley("policy", "explain", user.address).stdout
    assert text.startswith(f'{user.address} organizes under "Policy 4": one policy holds for everybody')


@pytest.mark.parametrize("words, code, why", [
    (["set", "Sales", "MeetingSize=5000"], 2, "from 2 to 1000"),
    (["set", "Sales", "MeetingSizes=5"], 2, "there are: MeetingSize"),
    (["set", "Sales"], 2, "usage"),
    (["set", "--global", "MeetingPolice=x"], 2, "no global switch"),
    (["assign", "nobody@lab.example", "Policy 3"], 5, "no user"),
    (["assign", "nobody@lab.example", "Policy 7"], 5, "no meeting policy"),
    (["explain", "nobody@lab.example"], 5, "no user"),
])
def test_parley_policy_says_what_is_wrong(lab, words, code, why):
    done = lab.parley("policy", *words, check=False)
    assert done.returncode == code and why in done.stdout + done.stderr


# --- parley meeting ---


def test_parley_schedules_shows_and_deletes_a_meeting(lab, anna):
    made = json.loads(lab.parley("meeting", "create", "--organizer", anna.aor[4:], "--subject", "Plans & more",
                                 "--type", "anonymous", "--presenter", "ben@lab.example", "--recurring",
                                 "--json").stdout)
    assert made["uri"] == c3p.focus_uri(anna.aor, made["id"])
    assert made["link"] == f"meet:{made['uri']}?conf-key={made['key']}" and re.fullmatch(r"[A-Z2-9]{12}", made["key"])
    document = get(anna, made["id"]).document()
    assert document.subject == "Plans & more" and document.users["sip:ben@lab.example"].role == "presenter"
    listed = [json.loads(line) for line in
              lab.parley("meeting", "list", "--organizer", anna.aor, "--json").stdout.splitlines()]
    assert [(m["id"], m["state"], m["type"], m["expiry"]) for m in listed] == [
        (made["id"], "scheduled", "anonymous", "sliding")]
    shown = lab.parley("meeting", "show", made["link"]).stdout
    assert made["uri"] in shown and made["key"] not in shown and "sip:ben@lab.example" in shown
    assert lab.parley("meeting", "delete", made["id"], check=False).returncode == 1, "nobody said yes"
    lab.parley("meeting", "delete", "--yes", made["id"])
    assert lab.parley("meeting", "show", made["id"], check=False).returncode == 5


def test_parley_ends_a_meeting_that_runs(lab, anna):
    focus = c3p.create(anna)
    conf_id = focus.rpartition(":")[2]
    assert lab.parley("meeting", "end", "--yes", conf_id, check=False).returncode == 1, "nobody is in it"
    seat = c3p.join(anna, focus)
    assert seat.status == 200
    active = lab.parley("meeting", "list", "--active", "--json").stdout
    assert conf_id in active
    lab.parley("meeting", "end", "--yes", conf_id)
    anna.expect("BYE", where=lambda m: m.get("Call-ID") == seat.call_id)
    wait_for(lambda: conf_id not in lab.parley("meeting", "list", "--active", "--json").stdout, what="its end")
    assert get(anna, conf_id).code == "success", "it stays scheduled"


@pytest.mark.parametrize("words, code, why", [
    (["create", "--organizer", "nobody@lab.example"], 5, "PRL-USER-002"),
    (["create", "--organizer", "nobody"], 2, "PRL-MEETING-006"),
    (["create"], 2, "usage"),
    (["create", "--organizer", "a@b.example", "--start", "2030-01-01T10:00"], 2, "PRL-MEETING-008"),
    (["create", "--organizer", "a@b.example", "--end", "tomorrow"], 2, "is no time"),
    (["create", "--organizer", "a@b.example", "--type", "secret"], 2, "open, closed or anonymous"),
    (["show", "NOSUCHMEETING"], 5, "PRL-MEETING-002"),
    (["show", "sip:nobody@lab.example"], 2, "PRL-MEETING-006"),
    (["end", "--yes", "NOSUCHMEETING"], 5, "PRL-MEETING-002"),
])
def test_parley_meeting_says_what_is_wrong(lab, words, code, why):
    done = lab.parley("meeting", *words, check=False)
    assert done.returncode == code and why in done.stderr


def test_parley_mcu_says_what_is_wrong(lab):
    done = lab.parley("mcu", "drain", "nobody.lab.example", check=False)
    assert done.returncode == 5 and "PRL-MCU-002" in done.stderr
