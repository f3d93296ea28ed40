"""Meetings as SIPE clients hold them: a room is the number the probe gives a chat."""
from lib.people import about, watch


def same(user):
    """For members `user` of chat events."""
    return about(user)


class Room:
    """One client's view of a meeting."""

    def __init__(self, client, chat):
        self.client, self.chat = client, chat

    def say(self, text):
        self.client("chat-send", self.chat, text)

    def hear(self, author, text, timeout=15.0):
        return self.client.expect("message-received", timeout, conv_kind="chat", chat=self.chat,
                                  text=text, **{"from": about(author.user)})

    def sees(self, who, timeout=15.0):
        """`who` came into the room."""
        return self.client.expect("chat-user-joined", timeout, chat=self.chat, user=about(who.user))

    def misses(self, who, timeout=15.0):
        """`who` left the room."""
        return self.client.expect("chat-user-left", timeout, chat=self.chat, user=about(who.user))

    def invite(self, who):
        self.client("chat-invite", self.chat, who.user.address)

    def menu(self, label):
        self.client("chat-menu", self.chat, label)

    def leave(self):
        self.client("chat-leave", self.chat)

    def roster(self):
        """{address: is leader} as the client shows it now."""
        self.client.flush()
        self.client("chat-users", self.chat)
        return {e["user"].removeprefix("sip:").lower(): e["leader"]
                for e in self.client.all("chat-user", chat=self.chat)}


def entered(client, timeout=20.0):
    """The room the client has just come into, by itself or by an invitation."""
    return Room(client, client.expect("chat-joined", timeout)["chat"])


def ad_hoc(leader, guest):
    """`leader` opens a meeting with a contact; both rooms, each seeing the other."""
    watch(leader, guest)
    leader("new-chat", guest.user.address)
    first, second = entered(leader), entered(guest)
    first.sees(guest)
    second.sees(leader)
    return first, second


def bring_in(room, guest, others=()):
    """A further participant is invited; everybody sees him."""
    room.invite(guest)
    his = entered(guest)
    for r in (room, *others):
        r.sees(guest)
    return his
