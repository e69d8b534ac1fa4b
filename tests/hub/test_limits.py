"""Rates and counts, with the time passed in."""

from __future__ import annotations

import pytest

from palaver.hub.limits import AddressCount, Bucket, Buckets


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(2.0, 3)
    assert [bucket.take(100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert bucket.take(100.25) == 0.25
    assert bucket.take(100.5) == 0
    assert bucket.take(100.5) == 0.5


def test_a_bucket_holds_no_more_than_its_burst() -> None:
    bucket = Bucket(1.0, 2)
    bucket.take(100.0)
    assert [bucket.take(9_999.0) for _ in range(3)] == [0, 0, 1.0]


def test_what_is_drawn_on_credit_must_be_waited_for() -> None:
    bucket = Bucket(2.0, 2)
    assert [bucket.draw(100.0) for _ in range(4)] == [0, 0, 0.5, 1.0]
    assert bucket.draw(101.0) == 0.5
    assert Bucket(0, 1).draw(100.0) == 0


def test_a_bucket_of_rate_zero_never_limits() -> None:
    bucket = Bucket(0.0, 1)
    assert {bucket.take(100.0) for _ in range(100)} == {0.0}


def test_a_clock_that_is_set_back_costs_nobody_anything() -> None:
    bucket = Bucket(1.0, 2)
    bucket.take(10_000.0)
    assert bucket.take(100.0) == 0
    assert bucket.take(100.0) == 1.0
    assert bucket.take(101.0) == 0


def test_what_is_given_back_can_be_taken_again_but_never_more() -> None:
    bucket = Bucket(1.0, 1)
    bucket.give_back()
    assert bucket.take(100.0) == 0
    bucket.give_back()
    assert bucket.take(100.0) == 0
    assert bucket.take(100.0) == 1.0


def test_buckets_are_one_per_key_and_the_least_used_is_forgotten() -> None:
    buckets = Buckets(1.0, 1, keys=2)
    assert buckets.take("ana", 100.0) == 0
    assert buckets.take("bob", 100.0) == 0
    assert buckets.take("ana", 100.0) == 1.0
    assert buckets.take("cas", 100.0) == 0
    assert buckets.take("ana", 100.0) == 1.0
    assert buckets.take("bob", 100.0) == 0


@pytest.mark.parametrize(("limit", "address"), [(0, "192.0.2.1"), (1, "")])
def test_addresses_that_are_not_counted_enter_always(limit: int, address: str) -> None:
    count = AddressCount(limit)
    assert all(count.enter(address) for _ in range(10))


def test_an_address_enters_as_often_as_it_may_and_again_after_leaving() -> None:
    count = AddressCount(2)
    assert [count.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert count.enter("192.0.2.2")
    count.leave("192.0.2.1")
    assert [count.enter("192.0.2.1") for _ in range(2)] == [True, False]
    count.leave("never entered")


def test_what_is_large_takes_several_tokens() -> None:
    bucket = Bucket(2.0, 10)
    assert bucket.take(100.0, 8) == 0
    assert bucket.take(100.0, 4) == 1.0
    assert bucket.take(100.0, 2) == 0
    assert bucket.draw(100.0, 6) == 3.0


def test_what_is_larger_than_the_burst_takes_all_of_it() -> None:
    bucket = Bucket(1.0, 3)
    assert bucket.take(100.0, 1000) == 0
    assert bucket.take(100.0) == 1.0


def test_a_changed_bucket_goes_on_at_its_new_rate() -> None:
    bucket = Bucket(1.0, 9)
    bucket.take(100.0)
    bucket.change(0.5, 2)
    assert [bucket.take(100.0) for _ in range(3)] == [0, 0, 2.0]
    bucket.change(0, 1)
    assert bucket.take(100.0) == 0
