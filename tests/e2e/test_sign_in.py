"""Signing in: SIPE by NTLM and Kerberos, standard clients by Digest; refusals that say why."""
import pytest

from clients import baresip, linphone, rawsip, sipe
from lib import kdc


def register_ok(client):
    """The 200 that ended the sign-in, as the SIPE client got it."""
    return client.wait_sip("in", lambda m: m.status == 200 and m.cseq[1] == "REGISTER")


@pytest.mark.parametrize("transport", ["tls", "tcp"])
def test_sipe_signs_in_by_ntlm(lab, transport):
    register_ok(sipe.Sipe(lab, lab.new_user("anna"), transport).sign_in())


def test_register_answer_has_what_sipe_is_strict_on(lab):
    ok = register_ok(sipe.Sipe(lab, lab.new_user("anna")).sign_in())
    assert "msrtc-event-categories" in ok.all("Supported")  # separate lines, exactly this value
    assert "adhoclist" in ok.all("Supported")
    allowed = ",".join(ok.all("Allow-Events"))
    assert "vnd-microsoft-roaming-self" in allowed.split(",") and ", " not in allowed
    assert int(ok.get("Expires")) > 0  # the header, not only the parameter
    info = ok.get("Authentication-Info")
    assert info.startswith("NTLM ") and all(f'{key}="' in info for key in ("rspauth", "srand", "snum", "opaque"))
    assert "gruu" in ok.get("Contact")


def test_every_message_to_a_signed_in_sipe_is_signed(lab):
    anna, ben = (sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben"))
    anna("im", ben.address, "signed?")
    ben.expect("message-received", text="signed?")
    ben("status", "busy")
    anna("add-buddy", ben.address)
    anna.expect("buddy-status")
    for client in (anna, ben):
        seen = False
        for m in client.messages("in"):
            seen = seen or (m.status == 200 and m.cseq[1] == "REGISTER")
            if seen and not (m.is_response and (m.status < 200 or m.status == 401)):
                assert "rspauth" in (m.get("Authentication-Info") or ""), m.raw
                assert not m.get("Proxy-Authentication-Info"), m.raw


def test_sipe_signs_in_with_signature_version_3(make_lab):
    lab = make_lab(conf="[frontend]\nsignature_version = 3\n")
    anna = sipe.Sipe(lab, "alice").sign_in()
    challenge = anna.wait_sip("in", lambda m: m.status == 401)
    assert any("version=3" in c for c in challenge.all("WWW-Authenticate"))


def test_wrong_password_is_refused_with_a_reason(lab):
    anna = sipe.Sipe(lab, lab.new_user("anna"), password="wrong")
    assert anna.refused()["reason"] == "authentication-failed"
    anna.wait_sip("in", lambda m: m.status in (401, 403) and
                  "reason=" in (m.get("ms-diagnostics") or m.get("ms-diagnostics-public") or ""))


def test_unknown_user_is_refused_like_a_wrong_password(lab):
    """Strangers do not learn which names exist."""
    answers = []
    for user in (lab.new_user("anna"), type(lab.new_user("x"))("nobody", lab.env["DOMAIN"], "wrong")):
        ua = rawsip.agent(lab, user, password="wrong")
        answers.append(ua.register())
    assert answers[0].status == answers[1].status
    assert answers[0].status in (401, 403)


def test_disabled_user_is_refused(lab):
    anna = lab.new_user("anna")
    lab.parley("user", "disable", anna.address)
    assert rawsip.agent(lab, anna).register().status in (401, 403)
    lab.parley("user", "enable", anna.address)
    assert rawsip.agent(lab, anna).register().status == 200


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_standard_client_signs_in_by_digest(lab, transport, algorithm):
    ua = rawsip.agent(lab, lab.new_user("dora"), transport, algorithm)
    ok = ua.register()
    assert ok.status == 200
    assert rawsip.param(ua.challenge[1], "algorithm") == algorithm
    assert ua.user in ok.get("Contact")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_baresip_signs_in(lab, transport):
    baresip.Baresip(lab, lab.new_user("bert"), transport).registered()


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_linphone_signs_in(lab, transport):
    linphone.Linphone(lab, lab.new_user("linda"), transport).registered()


def test_challenges_fit_the_client(lab):
    """docs/decisions/005: OCS clients get no Digest, standard clients nothing else."""
    conn = rawsip.connect(lab, "tcp")
    ua = rawsip.UserAgent(conn, "alice", lab.env["DOMAIN"])
    lines = ua.register().all("WWW-Authenticate")
    assert [c.split()[0] for c in lines] == ["Digest", "Digest"]
    assert [rawsip.param(c, "algorithm") for c in lines] == ["MD5", "SHA-256"]
    old = ua.register(headers=[("User-Agent", "baresip v1.0.0 (x86_64/linux)")])
    assert [rawsip.param(c, "algorithm") for c in old.all("WWW-Authenticate")] == ["MD5"]
    anna = sipe.Sipe(lab, lab.new_user("anna")).sign_in()
    first = anna.wait_sip("in", lambda m: m.status == 401)
    assert "NTLM" in [c.split()[0] for c in first.all("WWW-Authenticate")]
    assert "Digest" not in [c.split()[0] for c in first.all("WWW-Authenticate")]
    conn.close()


def test_after_sign_out_nobody_is_there(lab):
    anna, ben = lab.new_users("anna", "ben")
    a, b = rawsip.agent(lab, anna), rawsip.agent(lab, ben)
    assert a.register().status == 200 and b.register().status == 200
    assert a.register(expires=0).status == 200
    assert b.message(anna.uri, "still there?").status == 480


def test_one_endpoint_too_many_puts_out_the_oldest(make_lab):
    lab = make_lab(conf="[frontend]\nmax_endpoints = 2\n")
    first = sipe.Sipe(lab, "alice", hostname="one").sign_in()
    sipe.Sipe(lab, "alice", hostname="two").sign_in()
    sipe.Sipe(lab, "alice", hostname="three").sign_in()
    first.wait_sip("in", lambda m: m.method in ("NOTIFY", "BENOTIFY") and "deregistered" in m.text)
    first.expect("disconnected")


def test_ninth_endpoint_of_a_standard_client_leaves_eight(lab):
    user = lab.new_user("nina")
    agents = [rawsip.agent(lab, user, "tcp") for _ in range(9)]
    answers = [ua.register() for ua in agents]
    assert [a.status for a in answers] == [200] * 9
    assert len(answers[8].all("Contact")) == 8 or answers[8].get("Contact").count("sip:") == 8


@pytest.mark.parametrize("how", ["password", "ticket"])
def test_sipe_signs_in_by_kerberos(make_lab, tmp_path, how):
    realm = kdc.Realm(tmp_path)
    realm.add_user("alice", "Kerberos-secret")
    realm.add_service("sip/pool.lab.example")
    lab = make_lab(conf=f"[frontend]\nkerberos_keytab = {realm.keytab}\n", environ=realm.environ)
    more = {"password": "Kerberos-secret", "login": f"alice@{realm.name}"}
    if how == "ticket":
        realm.ticket("alice", "Kerberos-secret")
        more = {"sso": "true", "password": ""}
    alice = sipe.Sipe(lab, "alice", auth="kerberos", env=realm.environ, **more).sign_in()
    assert register_ok(alice).get("Authentication-Info").startswith("Kerberos ")
