"""By which keys people are known, and what others remember of them."""

from __future__ import annotations

import pytest

from palaver.core.ids import SessionId, UserId
from palaver.core.participants import Author, Participant, Role, author_of, keys_of, name_key


@pytest.mark.parametrize(
    ("handle", "user", "expected"),
    [
        ("Ana", None, ["name:ana"]),
        ("Ana  B", None, ["name:ana b"]),
        ("ana", "site:ana", ["user:site:ana", "name:ana"]),
        ("ana 2", "site:Ana", ["user:site:Ana", "name:ana 2", "name:ana"]),
        ("ana", "spreed:17", ["user:spreed:17", "name:ana"]),
    ],
)
def test_keys(handle: str, user: str | None, expected: list[str]) -> None:
    assert list(keys_of(handle, UserId(user) if user else None)) == expected


def test_the_first_key_is_the_one_that_nobody_else_can_have() -> None:
    assert keys_of("ana", UserId("site:ana"))[0] == "user:site:ana"


def test_somebody_of_whom_only_the_name_is_known_is_met_by_it() -> None:
    assert name_key("ANA") in keys_of("ana", None)


def test_roles_are_ordered() -> None:
    assert sorted(Role, key=lambda role: role.rank) == [Role.GUEST, Role.MEMBER, Role.MODERATOR, Role.HOST]


def test_an_author_is_what_is_left_of_a_seat() -> None:
    seat = Participant(SessionId("s"), "ana", 1, display_name="Ana", user=UserId("site:ana"), vip=True)
    assert author_of(seat) == Author(SessionId("s"), "ana", "Ana", UserId("site:ana"))
