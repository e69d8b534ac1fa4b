"""Which address and which origin to believe."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.transports.address import (
    countable_address,
    effective_address,
    is_trusted,
    origin_allowed,
    was_forwarded,
)
from palaver.transports.connection import PeerInfo

TRUSTED = [ip_network("127.0.0.1/32"), ip_network("::1/128"), ip_network("10.0.0.0/8")]


def believed(remote: str, *headers: tuple[str, str]) -> str:
    peer = PeerInfo("/", b"", [(name.encode(), value.encode()) for name, value in headers], remote)
    return effective_address(peer.remote, peer.header_values, TRUSTED)


class TestEffectiveAddress:
    def test_without_headers_it_is_the_peer(self) -> None:
        assert believed("127.0.0.1") == "127.0.0.1"

    @pytest.mark.parametrize("name", ["x-forwarded-for", "x-real-ip", "forwarded"])
    def test_a_stranger_cannot_claim_another(self, name: str) -> None:
        assert believed("203.0.113.9", (name, "for=198.51.100.1" if name == "forwarded" else "198.51.100.1")) == (
            "203.0.113.9"
        )

    @pytest.mark.parametrize(
        ("chain", "expected"),
        [
            ("198.51.100.1", "198.51.100.1"),
            ("6.6.6.6, 198.51.100.1", "198.51.100.1"),
            ("6.6.6.6, 198.51.100.1, 10.1.2.3, 10.0.0.1", "198.51.100.1"),
            ("10.1.2.3, 10.0.0.1", "10.1.2.3"),
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:DB8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("fe80::1%eth0", "fe80::1"),
            ("6.6.6.6, nonsense", "127.0.0.1"),
            ("6.6.6.6, nonsense, 10.0.0.1", "10.0.0.1"),
            ("", "127.0.0.1"),
        ],
    )
    def test_it_is_the_rightmost_that_is_not_ours(self, chain: str, expected: str) -> None:
        assert believed("127.0.0.1", ("x-forwarded-for", chain)) == expected

    def test_several_headers_are_one_chain(self) -> None:
        headers = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "198.51.100.1, 10.0.0.1")]
        assert believed("127.0.0.1", *headers) == "198.51.100.1"

    def test_x_real_ip_counts_where_there_is_no_chain(self) -> None:
        assert believed("::1", ("x-real-ip", "198.51.100.1")) == "198.51.100.1"
        assert believed("::1", ("x-real-ip", "6.6.6.6"), ("x-forwarded-for", "198.51.100.1")) == "198.51.100.1"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("for=198.51.100.1;proto=https", "198.51.100.1"),
            ("For=6.6.6.6, for=198.51.100.1;by=10.0.0.1", "198.51.100.1"),
            ('for="[2001:db8::1]:4711"', "2001:db8::1"),
            ("for=6.6.6.6, for=unknown", "127.0.0.1"),
            ("for=6.6.6.6, for=_hidden", "127.0.0.1"),
        ],
    )
    def test_forwarded_is_read_as_rfc_7239_writes_it(self, value: str, expected: str) -> None:
        assert believed("127.0.0.1", ("forwarded", value)) == expected

    def test_a_mapped_proxy_is_the_proxy(self) -> None:
        assert believed("::ffff:127.0.0.1", ("x-forwarded-for", "198.51.100.1")) == "198.51.100.1"

    def test_a_peer_without_an_address_is_not_believed(self) -> None:
        assert believed("", ("x-forwarded-for", "6.6.6.6")) == ""

    @given(
        name=st.sampled_from(["x-forwarded-for", "x-real-ip", "forwarded"]),
        value=st.text('for=[]:,;"1.%a ', max_size=40),
    )
    def test_no_header_can_raise_or_name_anything_but_an_address(self, name: str, value: str) -> None:
        assert set(believed("127.0.0.1", (name, value))) <= set("0123456789abcdef.:")

    def test_trust_and_forwarding_can_be_asked_for(self) -> None:
        peer = PeerInfo("/", b"", [(b"x-real-ip", b"1.2.3.4")], "127.0.0.1")
        assert is_trusted("10.9.9.9", TRUSTED)
        assert not is_trusted("11.0.0.1", TRUSTED)
        assert not is_trusted("", TRUSTED)
        assert was_forwarded(peer.header_values)
        assert not was_forwarded(lambda name: [])


class TestOrigin:
    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            (None, "chat.example"),
            (None, None),
            ("https://chat.example", "chat.example"),
            ("https://CHAT.example", "chat.EXAMPLE"),
            ("https://chat.example", "chat.example:443"),
            ("http://chat.example:80", "chat.example"),
            ("http://localhost:9000", "localhost:9000"),
            ("http://[::1]:9000", "[::1]:9000"),
            ("https://www.example.com", "chat.example"),
        ],
    )
    def test_absent_same_or_listed_may_enter(self, origin: str | None, host: str | None) -> None:
        assert origin_allowed(origin, host, ["https://www.example.com"])

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("https://evil.example", "chat.example"),
            ("https://chat.example.evil.example", "chat.example"),
            ("https://chat.example:8443", "chat.example"),
            ("http://www.example.com", "chat.example"),
            ("https://www.example.com.evil.example", "chat.example"),
            ("https://chat.example@evil.example", "chat.example"),
            ("https://evil.example/chat.example", "chat.example"),
            ("https://chat.example", None),
            ("null", "null"),
            ("", ""),
            ("https://", ""),
            ("https://[", "["),
            ("https://x:y", "x:y"),
        ],
    )
    def test_anything_else_may_not(self, origin: str, host: str | None) -> None:
        assert not origin_allowed(origin, host, ["https://www.example.com", "null"])


class TestCounting:
    @pytest.mark.parametrize(
        ("remote", "headers", "counted"),
        [
            ("203.0.113.7", (), "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::"),
            ("127.0.0.1", (("x-forwarded-for", "2001:db8:1:2::9"),), "2001:db8:1:2::"),
            ("127.0.0.1", (), ""),
            ("127.0.0.2", (), ""),
            ("10.1.1.1", (), ""),
            ("127.0.0.1", (("x-forwarded-for", "127.0.0.1"),), "127.0.0.1"),
            ("203.0.113.7", (("x-forwarded-for", "127.0.0.1"),), "203.0.113.7"),
        ],
    )
    def test_whom_a_client_counts_as(self, remote: str, headers: tuple[tuple[str, str], ...], counted: str) -> None:
        values = lambda name: [value for key, value in headers if key == name]  # noqa: E731
        assert countable_address(remote, values, TRUSTED) == counted
