"""The opening handshake of RFC 6455: which requests are taken, which refused, and with what."""

from __future__ import annotations

import pytest

from palaver.codecs import websocket_handshake as wire
from palaver.codecs.websocket_handshake import HandshakeError

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def head(**changes: bytes | None) -> list[tuple[bytes, bytes]]:
    fields: dict[bytes, bytes | None] = {
        b"host": b"example.org",
        b"upgrade": b"websocket",
        b"connection": b"Upgrade",
        b"sec-websocket-key": KEY,
        b"sec-websocket-version": b"13",
    }
    fields |= {name.replace("_", "-").encode(): value for name, value in changes.items()}
    return [(name, value) for name, value in fields.items() if value is not None]


class TestSection4OpeningHandshake:
    def test_the_key_of_the_rfc_gives_its_accept_value(self) -> None:
        assert wire.accept_upgrade("GET", "1.1", head()) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    @pytest.mark.parametrize("connection", [b"keep-alive, Upgrade", b"UPGRADE", b"a,upgrade ,b"])
    def test_upgrade_may_be_any_token_of_connection(self, connection: bytes) -> None:
        assert wire.accept_upgrade("GET", "1.1", head(connection=connection))

    def test_connection_may_be_two_headers(self) -> None:
        fields = [*head(connection=b"Upgrade"), (b"connection", b"keep-alive")]
        assert wire.asks_for_websocket(fields)

    @pytest.mark.parametrize(
        "changes",
        [
            {"connection": b"keep-alive"},
            {"connection": b"upgraded"},
            {"upgrade": b"h2c"},
            {"upgrade": None},
            {"host": None},
            {"sec_websocket_key": None},
            {"sec_websocket_key": b"dGhlIHNhbXBsZSBub25jZ"},
            {"sec_websocket_key": b"AAAA"},
            {"sec_websocket_key": b"dGhlIHNhbXBsZSBub25jZQ==!"},
            {"content_length": b"3"},
            {"transfer_encoding": b"chunked"},
        ],
    )
    def test_a_malformed_request_is_400(self, changes: dict[str, bytes | None]) -> None:
        with pytest.raises(HandshakeError) as caught:
            wire.accept_upgrade("GET", "1.1", head(**changes))
        assert caught.value.status == 400

    @pytest.mark.parametrize("name", [b"host", b"sec-websocket-key"])
    def test_a_doubled_header_is_400(self, name: bytes) -> None:
        fields = [*head(), (name, dict(head())[name])]
        with pytest.raises(HandshakeError) as caught:
            wire.accept_upgrade("GET", "1.1", fields)
        assert caught.value.status == 400

    def test_another_method_is_405(self) -> None:
        with pytest.raises(HandshakeError) as caught:
            wire.accept_upgrade("POST", "1.1", head())
        assert (caught.value.status, caught.value.headers) == (405, (("Allow", "GET"),))

    def test_http_1_0_is_400(self) -> None:
        with pytest.raises(HandshakeError) as caught:
            wire.accept_upgrade("GET", "1.0", head())
        assert caught.value.status == 400

    @pytest.mark.parametrize("version", [b"8", b"14", b"", None])
    def test_another_version_is_426_and_names_13(self, version: bytes | None) -> None:
        with pytest.raises(HandshakeError) as caught:
            wire.accept_upgrade("GET", "1.1", head(sec_websocket_version=version))
        assert (caught.value.status, caught.value.headers) == (426, (("Sec-WebSocket-Version", "13"),))

    def test_subprotocols_come_in_the_clients_order_over_several_headers(self) -> None:
        assert wire.offered_subprotocols(["b, a", "palaver.v1"]) == ("b", "a", "palaver.v1")

    @pytest.mark.parametrize("value", ["a b", "a;b", "é", 'x"'])
    def test_a_subprotocol_that_is_no_token_is_400(self, value: str) -> None:
        with pytest.raises(HandshakeError):
            wire.offered_subprotocols([value])

    def test_101_carries_the_accept_value_and_the_choice(self) -> None:
        lines = wire.switching_protocols("abc=", "palaver.v1").split(b"\r\n")
        assert lines[0] == b"HTTP/1.1 101 Switching Protocols"
        assert b"Sec-WebSocket-Accept: abc=" in lines
        assert b"Sec-WebSocket-Protocol: palaver.v1" in lines
        assert lines[-2:] == [b"", b""]

    def test_101_without_a_choice_names_no_subprotocol(self) -> None:
        assert b"Protocol:" not in wire.switching_protocols("abc=")
