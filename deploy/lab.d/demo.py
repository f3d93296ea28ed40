"""The conversation of `deploy/lab demo`: alice and bob over TLS, then carol and a meeting. Each line is printed only when the
other side has really seen the step; the first that fails ends it with exit status 1."""
import os
import select
import sys
import time

import c3pclient as c3p
from sipclient import Connection, ConnectionClosed, SipTimeout, UserAgent, token

LAB = os.environ
TEXT = "Hello Bob, grüß dich! 👋"
REPLY = "Hello Alice, I read you."


class Refused(Exception):
    pass


def must(answer, what):
    if answer.status >= 300:
        why = answer.get("ms-diagnostics") or answer.get("Warning") or ""
        raise Refused(f"{what}: {answer.status} {answer.reason} {why}".strip())
    return answer


def agent(name):
    host, _, port = LAB["SIP_TLS"].rpartition(":")
    connection = Connection(host, port, "tls", ca=LAB["CA_FILE"], server_name=LAB["POOL_FQDN"])
    return UserAgent(connection, name, LAB["DOMAIN"], LAB["DEMO_PASSWORD"])


def sign_in(state):
    for name in ("alice", "bob"):
        state[name] = agent(name)
        must(state[name].register(), f"{name} cannot sign in")
    return "over TLS, digest"


def presence(state):
    """alice watches bob; bob says something about himself."""
    alice, bob = state["alice"], state["bob"]
    must(alice.subscribe(bob.aor), "alice may not watch bob")
    alice.expect("NOTIFY")
    began = time.monotonic()
    state["etag"] = must(bob.publish("open", "here since the demo"), "bob's state is refused").get("SIP-ETag")
    alice.expect("NOTIFY", where=lambda m: "open" in m.text and "here since the demo" in m.text)
    return f"seen after {ms(began)}"


def message(sender, receiver, text):
    """Two agents in one thread: the receiver has to answer before the sender can have its answer."""
    call_id = token()
    for attempt in (1, 2):
        headers = [("Content-Type", "text/plain;charset=UTF-8")]
        if sender.challenge:
            headers.append(sender.authorization("MESSAGE", receiver.aor))
        began = time.monotonic()
        sender.conn.send(sender.build("MESSAGE", receiver.aor, headers, text, call_id=call_id))
        answer = first_news(sender, receiver, call_id)
        if answer is None:
            break
        if attempt == 2 or answer.status not in (401, 407) or not sender.take_challenge(answer):
            must(answer, f"{sender.user}'s message was not delivered")
    receiver.expect("MESSAGE", where=lambda m: m.text == text)
    took = ms(began)
    must(sender.wait_response(call_id, (sender.cseq, "MESSAGE")), f"{sender.user} got no confirmation")
    return f"delivered in {took}"


def first_news(sender, receiver, call_id):
    """Waits until the receiver has a message (None) or the sender a final answer (which it gives)."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        wait_readable(sender, receiver)
        if any(m.method == "MESSAGE" for m in receiver.inbox):
            return None
        answers = [m for m in sender.responses if m.get("Call-ID") == call_id and m.status >= 200]
        if answers:
            sender.responses.remove(answers[0])
            return answers[0]
    raise SipTimeout(f"neither {receiver.user} nor {sender.user} heard of the message within 10 s")


def wait_readable(*agents):
    select.select([ua.conn.sock for ua in agents], [], [], 0.2)
    for ua in agents:
        while ua.pump(0):
            pass


def talk(sender, receiver, text):
    return lambda state: message(state[sender], state[receiver], text)


def meeting(state):
    """alice schedules, all join, each sees the others come."""
    state["carol"] = agent("carol")
    must(state["carol"].register(), "carol cannot sign in")
    people = [state[name] for name in ("alice", "bob", "carol")]
    began = time.monotonic()
    state["focus"] = c3p.create(people[0], subject="Demo")
    state["seats"], rosters = [], []
    for ua in people:
        state["seats"].append(c3p.join(ua, state["focus"]))
        must(state["seats"][-1].message, f"{ua.user} cannot join")
        rosters.append(c3p.follow(ua, state["focus"]))
    for roster in rosters:
        roster.wait(lambda r: all(ua.aor in r.users for ua in people))
    return f"3 in the roster after {ms(began)}"


def room(state):
    """alice speaks, bob and carol hear her from the conferencing server."""
    people = [state[name] for name in ("alice", "bob", "carol")]
    legs = [c3p.Leg(ua, state["focus"]) for ua in people]
    for leg in legs:
        must(leg.answer, f"{leg.ua.user} cannot enter the chat")
    began = time.monotonic()
    must(legs[0].say(TEXT), "alice's message was not taken")
    for leg in legs[1:]:
        leg.hear(TEXT, people[0])
    took = ms(began)
    for seat in state["seats"]:
        must(seat.leave(), f"{seat.ua.user} cannot leave")
    return f"2 copies after {took}"


def sign_out(state):
    alice, bob = state["alice"], state["bob"]
    must(bob.publish_end(state["etag"]), "bob's state cannot be taken back")
    for ua in (state["carol"], bob, alice):
        must(ua.register(expires=0), f"{ua.user} cannot sign out")
        ua.close()
    return ""


def ms(began):
    return f"{max(1, round((time.monotonic() - began) * 1000))} ms"


STEPS = [
    ("sign-in alice, bob", sign_in),
    ("presence bob -> alice", presence),
    ("message alice -> bob", talk("alice", "bob", TEXT)),
    ("message bob -> alice", talk("bob", "alice", REPLY)),
    ("meeting alice, bob, carol", meeting),
    ("message to the meeting", room),
    ("sign-out", sign_out),
]


def main():
    state = {}
    for name, run in STEPS:
        label = f"demo: {name} "
        print(label + "." * (37 - len(label)), end=" ", flush=True)
        try:
            print(f"ok  {run(state)}".rstrip(), flush=True)
        except (SipTimeout, ConnectionClosed, Refused, OSError) as e:
            print("failed", flush=True)
            print(f"error: the demo stopped at: {name}\n  because: {e}\n"
                  "  next:    deploy/lab status, deploy/lab logs frontend", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
