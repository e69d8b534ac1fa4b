"""What somebody sends, under the rules of their site."""

from __future__ import annotations

import pytest

from palaver.core import media
from palaver.core.audience import ToSessions
from palaver.core.errors import RuleForbids
from palaver.core.ids import SessionId
from palaver.core.media import SetMedia
from palaver.core.participants import Author, CameraRules, Media, Rule

ON = Media(camera=True, microphone=True)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (SetMedia(), ON),
        (SetMedia(camera=False), Media(microphone=True)),
        (SetMedia(screen=True), Media(True, True, True)),
        (SetMedia(rules=CameraRules(vip_only=True)), Media(True, True, rules=CameraRules(vip_only=True))),
    ],
)
def test_what_a_command_names_changes(command: SetMedia, expected: Media) -> None:
    assert media.with_changes(ON, command, frozenset()) == expected


@pytest.mark.parametrize("rule", [Rule.NO_BROADCAST, Rule.NO_VIDEO])
@pytest.mark.parametrize(("command", "allowed"), [
    (SetMedia(camera=True), False), (SetMedia(screen=True), False), (SetMedia(microphone=True), True),
    (SetMedia(camera=False), True),
])  # fmt: skip
def test_who_may_not_broadcast_may_still_speak(rule: Rule, command: SetMedia, allowed: bool) -> None:
    if allowed:
        assert not media.with_changes(Media(), command, frozenset({rule})).camera
    else:
        with pytest.raises(RuleForbids):
            media.with_changes(Media(), command, frozenset({rule}))


def test_a_camera_that_is_always_explicit_cannot_say_otherwise() -> None:
    rules = frozenset({Rule.CAMERA_ALWAYS_EXPLICIT})
    claimed = SetMedia(camera=True, rules=CameraRules(explicit=False, vip_only=True))
    assert media.with_changes(Media(), claimed, rules).rules == CameraRules(explicit=True, vip_only=True)
    assert not media.with_changes(Media(), SetMedia(microphone=True), rules).rules.explicit


@pytest.mark.parametrize(("rule", "expected"), [(Rule.NO_VIDEO, True), (Rule.NO_BROADCAST, False)])
def test_who_may_not_view(rule: Rule, expected: bool) -> None:
    assert media.may_not_view(frozenset({rule})) is expected


def test_the_owner_is_told_of_a_viewer_first() -> None:
    owner, viewer = Author(SessionId("o"), "owner"), Author(SessionId("v"), "viewer")
    audiences = [publication.audience for publication in media.camera_opened(owner, viewer)]
    assert audiences == [ToSessions((owner.session,)), ToSessions((viewer.session,))]
