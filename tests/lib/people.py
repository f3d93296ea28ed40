"""What tests say about people: they see each other, they talk."""
from clients.process import Timeout


def about(user):
    """Matches however the client writes the address: with sip: or without."""
    return lambda value: str(value).lower().removeprefix("sip:") == user.address.lower()


def sees(watcher, whom, status=None, note=None, timeout=10.0):
    """A SIPE client gets a presence document about `whom` with this status (and note)."""
    match = {"name": about(whom.user)}
    if status:
        match["status"] = status
    if note is not None:
        match["Note"] = lambda value: note in (value or "")
    return watcher.expect("buddy-status", timeout, **match)


def watch(watcher, whom, group="Friends"):
    """Adds a contact and waits until the first state has come."""
    watcher("add-buddy", whom.user.address, group)
    return sees(watcher, whom)


def say(sender, receiver, text, timeout=15.0):
    """One message between SIPE clients, seen on the other side."""
    sender("im", receiver.user.address, text)
    return receiver.expect("message-received", timeout, text=text)


def undelivered(sender, timeout=15.0):
    """The client told its user that a message did not arrive; the words it used."""
    for kind in ("message-error", "message-system"):
        try:
            return sender.expect(kind, timeout if kind == "message-error" else 0.5)["text"]
        except Timeout:
            continue
    raise Timeout(f"{sender.user}: nobody told that the message was not delivered")
