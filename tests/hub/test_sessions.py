"""What a session keeps, and how sessions are found: by id, by token, by whom they do not hear."""

from __future__ import annotations

from palaver.core.ids import MessageId, PersonKey, SessionId
from palaver.core.moderation import NO_RELATIONS, Relations
from palaver.core.participants import Identity
from palaver.core.rooms import RoomClosed
from palaver.hub.limits import Bucket
from palaver.hub.sessions import DIRECT_KEPT, NONCES_KEPT, Session, SessionRegistry, digest

EVENT = RoomClosed("gone")  # type: ignore[arg-type]
BOB, CAS = PersonKey("name:bob"), PersonKey("name:cas")


def session(name: str = "ana", token: str = "token") -> Session:
    return Session(SessionId(name), Identity(name), digest(token), Bucket(0, 0))


def test_what_went_to_a_session_alone_is_kept_for_its_return() -> None:
    ana = session()
    assert ana.direct_since(0) == []
    for seq in (3, 5, 9):
        ana.remember_direct(seq, EVENT, 10)
    assert ana.direct_since(3) == [(5, EVENT), (9, EVENT)]
    assert ana.direct_since(9) == []


def test_a_return_from_before_what_is_kept_is_told_so() -> None:
    ana = session()
    for seq in range(1, DIRECT_KEPT + 2):
        ana.remember_direct(seq, EVENT, 10)
    assert ana.direct_since(0) is None
    kept = ana.direct_since(1)
    assert kept is not None
    assert len(kept) == DIRECT_KEPT


def test_a_nonce_leads_to_the_first_post_until_it_is_forgotten() -> None:
    ana = session()
    ana.remember_nonce("", MessageId(1))
    assert ana.posted_before("") is None
    ana.remember_nonce("n", MessageId(2))
    assert ana.posted_before("n") == 2
    ana.forget_nonce("n")
    assert ana.posted_before("n") is None
    for number in range(NONCES_KEPT + 1):
        ana.remember_nonce(f"n{number}", MessageId(number))
    assert ana.posted_before("n0") is None
    assert ana.posted_before("n1") == 1


def test_cameras_are_open_between_two_until_closed() -> None:
    ana = session()
    assert not ana.is_open_to(SessionId("bob"))
    ana.close_to(SessionId("bob"))
    ana.open_to(SessionId("bob"))
    assert ana.is_open_to(SessionId("bob"))
    assert list(ana.opened) == ["bob"]
    ana.close_to(SessionId("bob"))
    assert not ana.is_open_to(SessionId("bob"))


def test_a_session_is_found_by_id_and_token_until_it_is_removed() -> None:
    registry, ana = SessionRegistry(), session()
    registry.add(ana)
    assert registry.get(ana.session) is ana
    assert registry.by_token("token") is ana
    assert registry.by_token("another") is None
    assert registry.by_token("\ud800") is None
    assert list(registry) == [ana]
    registry.remove(ana)
    assert registry.get(ana.session) is None
    assert registry.by_token("token") is None
    assert len(registry) == 0


def test_who_does_not_hear_somebody_is_found_by_any_of_their_keys() -> None:
    registry = SessionRegistry()
    ana, eve = session("ana", "1"), session("eve", "2")
    registry.add(ana)
    registry.add(eve)
    registry.set_relations(ana, Relations(ignores=frozenset({BOB})))
    registry.set_relations(eve, Relations(blocks=frozenset({BOB, CAS})))
    assert registry.deaf_to((BOB,)) == {"ana", "eve"}
    assert registry.deaf_to((CAS, BOB)) == {"ana", "eve"}
    assert registry.deaf_to((PersonKey("name:dan"),)) == set()
    assert registry.deaf_to((BOB,), blocks_only=True) == {"eve"}
    registry.set_relations(ana, NO_RELATIONS)
    registry.remove(eve)
    assert registry.deaf_to((BOB, CAS)) == set()


def test_a_change_does_not_reach_into_what_was_returned() -> None:
    registry, ana = SessionRegistry(), session()
    registry.add(ana)
    registry.set_relations(ana, Relations(ignores=frozenset({BOB})))
    registry.deaf_to((BOB,)).clear()
    assert registry.deaf_to((BOB,)) == {"ana"}
