"""What the bot does about each frame and as time passes: decided here, done elsewhere; nothing waits (§8.2 to §8.5)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from palaver.bot.brain import Brain
from palaver.bot.deeds import Deed, Greet, RestartServer, Send
from palaver.bot.settings import Profile
from palaver.bot.texts import addressed, plain
from palaver.bot.wire import Frame, Row

PING_EVERY_S = 15.0
DEAF_AFTER_S = 60.0
REPLY_AFTER_S = 0.5
REACTION_AFTER_S = 2.5
GREETING_AFTER_S = 5.0
GREETINGS_APART_S = 8 * 60.0
GREETED_AGAIN_AFTER_S = 45 * 60.0
QUIET_AFTER_S = 20 * 60.0
HEARD_KEPT = 500
GREETED_KEPT = 5_000
ENTRANCE = "lobby"
PING = "deadlock ping"

_UNKIND = frozenset("👎😡🤬😠🖕💩🤮🤢😤🙄😒")
_VARIATION = "\ufe0f"


class Talk:
    """One bot's side of a chat."""

    def __init__(self, profile: Profile, brain_folder: Path, *, chance: Callable[[], float], now: float) -> None:
        """`chance` returns a number from 0 to below 1; `now` is in seconds of a clock that never goes back.

        Raises BrainError.
        """
        self.name = profile.username
        self._names = (profile.display_name, profile.username)
        self._operator = profile.is_admin
        self._chance = chance
        self._heard: OrderedDict[int, Frame] = OrderedDict()
        self._present: dict[str, Row] = {}
        self._reacted: OrderedDict[tuple[int, str], None] = OrderedDict()
        self._greeted: OrderedDict[str, float] = OrderedDict()
        self._last_greeting = -GREETINGS_APART_S
        self._lobby_spoke = now
        self._lobby_was_quiet = False
        self._last_echo = now
        self._pending: list[Deed] = []
        self.brain = Brain(brain_folder, self)

    # -- what happens ---------------------------------------------------------------------------------------------

    def hear(self, frame: Frame, now: float) -> list[Deed]:
        """Return what to do about a frame; a word that is not known is nothing to do."""
        listen = _LISTEN.get(frame.action)
        if listen is not None:
            listen(self, frame, now)
        return self._done()

    def tick(self, now: float, wall: datetime | None = None) -> list[Deed]:
        """Return what is due every `PING_EVERY_S`: a message to oneself, and a restart of a server that is deaf."""
        if now - self._last_echo > DEAF_AFTER_S:
            self._last_echo = now
            self._pending.append(RestartServer())
        at = (wall or datetime.now(UTC)).isoformat(timespec="seconds")
        self._pending.append(Send(Frame("message", channel=f"@{self.name}", message=f"{PING} {at}")))
        return self._done()

    def greeting(self, username: str, now: float) -> list[Deed]:
        """Return the greeting of somebody who came a while ago, if they still are here and the brain has one."""
        if username in self._present:
            self._know(username)
            text = self.brain.answer(username, "/greet")
            if text:
                self._pending.append(Send(Frame("message", channel=ENTRANCE, message=text)))
        return self._done()

    # -- what macros may do ---------------------------------------------------------------------------------------

    def do(self, deed: Send) -> None:
        """Have something sent once the answer is decided."""
        self._pending.append(deed)

    def heard(self, message: int) -> Frame | None:
        """Return a message that was heard lately; None for an unknown id."""
        return self._heard.get(message)

    def reload(self) -> str:
        """Read the brain anew; return how that went."""
        return self.brain.reload()

    # -- frames ---------------------------------------------------------------------------------------------------

    def _me(self, frame: Frame, now: float) -> None:
        self.name = frame.username or self.name
        self._hear_everybody(frame, now)

    def _hear_everybody(self, frame: Frame, now: float) -> None:
        # Who is not an operator would say it aloud: the server takes a command it does not allow for text.
        if self._operator:
            self._pending.append(Send(Frame("message", message="/unmute-all")))

    def _who(self, frame: Frame, now: float) -> None:
        self._present = {row.username: row for row in frame.who_list}
        self.brain.remember_all({"numUsersOnline": str(len(self._present))})

    def _message(self, frame: Frame, now: float) -> None:
        if frame.username == self.name:
            if frame.channel == f"@{self.name}":
                self._last_echo = now
            return
        if not frame.username:
            return
        text = plain(frame.message)
        _keep(self._heard, frame.msg_id, msgspec.structs.replace(frame, message=text), HEARD_KEPT)
        if frame.channel == ENTRANCE:
            self._lobby_spoke = now
        self._know(frame.username, frame)
        if frame.channel.startswith("@"):
            self._reply(frame, self.brain.answer(frame.username, text))
        elif (asked := addressed(text, self._names)) is not None:
            answer = self.brain.answer(frame.username, asked)
            self._reply(frame, answer and f"**@{frame.username}:** {answer}")
        else:
            self._reply(frame, self.brain.answer(frame.username, text, in_public=True))

    def _reply(self, frame: Frame, text: str) -> None:
        if text:
            self._pending.append(Send(Frame("message", channel=frame.channel, message=text), REPLY_AFTER_S))

    def _react(self, frame: Frame, now: float) -> None:
        about = (frame.msg_id, frame.message)
        kind = frame.message.replace(_VARIATION, "")
        if frame.username == self.name or frame.msg_id not in self._heard or about in self._reacted or not kind:
            return
        if kind[0] in _UNKIND:
            return
        _keep(self._reacted, about, None, HEARD_KEPT)
        if self._chance() < 0.5:
            reaction = Frame("react", msg_id=frame.msg_id, message=frame.message)
            self._pending.append(Send(reaction, REACTION_AFTER_S))

    def _presence(self, frame: Frame, now: float) -> None:
        username = frame.username
        if "has joined the room" not in frame.message or username in ("", self.name):
            return
        quiet = now - self._lobby_spoke >= QUIET_AFTER_S
        seen_lately = now - self._greeted.get(username, -GREETED_AGAIN_AFTER_S) < GREETED_AGAIN_AFTER_S
        if now - self._last_greeting < GREETINGS_APART_S or (seen_lately and not quiet):
            return
        self._last_greeting = now
        _keep(self._greeted, username, now, GREETED_KEPT)
        self.brain.remember_all({"lobbyQuiet": "true" if quiet else "false"})
        self._pending.append(Greet(username, GREETING_AFTER_S))

    def _know(self, username: str, frame: Frame | None = None) -> None:
        row = self._present.get(username, Row(username))
        facts = {"name": row.display_name or username, "isAdmin": "true" if row.op else "false"}
        if frame is not None:
            facts |= {"messageID": str(frame.msg_id), "channelID": frame.channel}
        self.brain.remember(username, facts)

    def _done(self) -> list[Deed]:
        done, self._pending = self._pending, []
        return done


def _keep(held: OrderedDict, key: object, value: object, most: int) -> None:  # type: ignore[type-arg]
    """Put something into a memory that forgets its oldest."""
    held.pop(key, None)
    held[key] = value
    if len(held) > most:
        held.popitem(last=False)


_LISTEN: dict[str, Callable[[Talk, Frame, float], None]] = {
    "me": Talk._me,
    "ping": Talk._hear_everybody,
    "who": Talk._who,
    "message": Talk._message,
    "react": Talk._react,
    "presence": Talk._presence,
}
