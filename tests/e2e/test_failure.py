"""What people do not lose: crashes of the server, outages of the database."""
from types import SimpleNamespace

from clients import rawsip, sipe
from lib.labs import wait_for
from lib.people import say, sees, watch


def test_contacts_survive_restart_of_server_and_database(own_lab):
    lab = own_lab
    alice, bob = sipe.Sipe(lab, "alice").sign_in(), sipe.Sipe(lab, "bob").sign_in()
    watch(alice, bob, "Büro")
    alice("alias", bob.address, "Robert")
    alice.wait_sip("in", lambda m: "contactDelta" in m.text and "Robert" in m.text)
    alice.quit()
    bob.quit()
    lab.run("kill", "frontend")
    lab.run("kill", "database")
    lab.run("start", "database")
    lab.run("start", "frontend")
    again = sipe.Sipe(lab, "alice").sign_in()
    got = again.expect("buddy-added", name=lambda v: "bob@" in v)
    assert got["group"] == "Büro"


def test_kill_9_loses_no_acknowledged_change(own_lab):
    lab = own_lab
    alice = sipe.Sipe(lab, "alice").sign_in()
    for name in ("bob", "carol", "dave"):
        alice("add-buddy", f"{name}@{lab.env['DOMAIN']}", "Team")
        # the delta that acknowledges the change
        alice.wait_sip("in", lambda m, n=name: "addedContact" in m.text and n + "@" in m.text)
    lab.run("kill", "frontend", "-9")
    alice.expect("disconnected", 30)
    lab.run("start", "frontend")
    again = sipe.Sipe(lab, "alice").sign_in()
    for name in ("bob", "carol", "dave"):
        again.expect("buddy-added", name=lambda v, n=name: n + "@" in v)


def test_clients_are_back_after_a_crash(own_lab):
    lab = own_lab
    bob = rawsip.agent(lab, "bob", "udp")
    assert bob.register().status == 200
    lab.run("kill", "frontend", "-9")
    lab.run("start", "frontend")
    alice = rawsip.agent(lab, "alice")
    assert alice.register().status == 200
    assert bob.register().status == 200
    alice.conn.send(alice.build("MESSAGE", bob.aor, [("Content-Type", "text/plain")], "back"))
    assert bob.expect("MESSAGE").text == "back"


def test_without_database_im_and_presence_go_on_and_sign_in_says_503(own_lab):
    lab = own_lab
    alice, bob = sipe.Sipe(lab, "alice").sign_in(), sipe.Sipe(lab, "bob").sign_in()
    dave = rawsip.agent(lab, "dave")
    assert dave.register().status == 200
    etag = dave.publish("open").get("SIP-ETag")
    watch(alice, bob)
    # SIPE asks for the group anew until it knows that it is there
    alice.wait_sip("in", lambda m: "addedContact" in m.text and "bob@" in m.text)
    daves = SimpleNamespace(user=lab.user("dave"))
    assert watch(alice, daves)["status"] == "available"
    say(alice, bob, "before")
    lab.run("kill", "database")
    wait_for(lambda: lab.http("/readyz")[0] == 503, 15, "/readyz to say that the database is away")
    say(bob, alice, "still here")
    # A status that SIPE's user chose must survive a restart and waits for the database; what is gone with its
    # endpoint anyway does not.
    assert dave.publish("closed", etag=etag).status == 200
    sees(alice, daves, "offline", timeout=15)
    carol = rawsip.agent(lab, "carol")
    answer = carol.register()
    assert answer.status == 503 and int(answer.get("Retry-After")) > 0
    lab.run("start", "database")
    wait_for(lambda: lab.http("/readyz")[0] == 200, 30, "/readyz to say that all is well again")
    assert carol.register().status == 200
    say(alice, bob, "after")


def test_wrong_configuration_is_named_with_file_and_line(make_lab):
    lab = make_lab()
    lab.run("down")
    with open(lab.dir + "/conf.d/test.conf", "w") as f:
        f.write("[frontend]\nmax_endpionts = 2\n")
    lab.run("up", check=False)
    lab.run("down")
    said = lab.log()
    assert "test.conf:2" in said and "max_endpoints" in said, said[-2000:]


