"""Links as the rule against link spam sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.links import MAX_LINKS, links_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://shop.test/buy?x=1 now", ("shop.test/buy?x=1",)),
        ("HTTPS://Shop.Test/Buy", ("shop.test/Buy",)),
        ("shop.test and http://shop.test/ and www.shop.test", ("shop.test",)),
        ("(https://shop.test/a), <https://shop.test/a>.", ("shop.test/a",)),
        ("[here](https://shop.test/a)", ("shop.test/a",)),
        ("**https://shop.test/a**", ("shop.test/a",)),
        ("https://user:secret@shop.test:8080/", ("shop.test:8080",)),
        ("<a href=https://shop.test/a>x</a>", ("shop.test/a",)),
        ("https&#58;//shop.test/a", ("shop.test/a",)),
        ("https://shop.test/?to=https://other.test/", ("shop.test/?to=https://other.test",)),
        ("mail me at ana@shop.test", ("shop.test",)),
        ("https://shop.example/", ()),  # a last label of seven letters
        ("version 1.2.3, e.g. this... and so.on?", ("so.on",)),
        ("http://10.0.0.1/", ()),
        ("no links", ()),
    ],
)
def test_a_host_counts_whose_last_label_has_two_to_six_letters(text: str, found: tuple[str, ...]) -> None:
    assert links_in(text) == found


def test_no_more_links_are_read_than_count() -> None:
    assert len(links_in(" ".join(f"a{at}.test" for at in range(99)))) == MAX_LINKS


@given(st.text(alphabet=st.sampled_from("ab.:/@ \n(?#*w"), max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    for link in links_in(text):
        assert "." in link
        assert not link.endswith("/")
