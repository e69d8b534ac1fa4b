"""Whether a description sends video, as far as a rule of the site must know."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.descriptions import sends_video

HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n"


def video(direction: str = "", port: str = "9") -> str:
    return f"m=video {port} UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n" + (f"a={direction}\r\n" if direction else "")


def raw(sdp: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps({"type": "offer", "sdp": sdp}).encode())


@pytest.mark.parametrize(
    ("sdp", "sends"),
    [
        (HEAD + AUDIO, False),
        (HEAD + AUDIO + video("recvonly"), False),
        (HEAD + AUDIO + video("inactive"), False),
        (HEAD + AUDIO + video("sendrecv"), True),
        (HEAD + video("sendonly") + AUDIO, True),
        (HEAD + video(), True),  # sendrecv is what goes without saying
        (HEAD + video(port="0"), False),
        (HEAD + video("sendrecv", port="9/2"), True),
        (HEAD + "a=recvonly\r\n" + video(), False),
        (HEAD + "a=recvonly\r\n" + video("sendrecv"), True),
        (HEAD + video("recvonly") + video("sendonly"), True),
        ((HEAD + video("sendrecv")).replace("\r\n", "\n"), True),
        ((HEAD + video("sendrecv")).replace("\r\n", "\r"), True),
        (HEAD.replace("m=", "M=") + video("recvonly").replace("video", "VIDEO"), False),
        (HEAD + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", False),
        ("", False),
    ],
)
def test_a_section_of_video_sends_unless_it_says_otherwise(sdp: str, sends: bool) -> None:
    assert sends_video(raw(sdp)) is sends
    as_text = msgspec.Raw(json.dumps(json.dumps({"type": "offer", "sdp": sdp})).encode())
    assert sends_video(as_text) is sends


@pytest.mark.parametrize("unread", [b"5", b"null", b'"x"', b"{}", b'{"sdp":7}', b"[" * 9999, b"{"])
def test_what_cannot_be_read_counts_as_sending(unread: bytes) -> None:
    assert sends_video(msgspec.Raw(unread)) is True


@given(st.text(alphabet=st.sampled_from("ma=video 90/\r\nsendrecvonly"), max_size=80))
def test_any_text_can_be_read(sdp: str) -> None:
    assert sends_video(raw(sdp)) in (True, False)
