"""What can come between an ask and its answer, when to come back after a loss, and which refusal a code stands for.

    ClientError
    ├── Lost      the connection broke before the answer came; the ask took effect, or did not
    └── Ended     the session is over, and this client does not come back

An answer of "no" is a `palaver.core.errors.Refusal`.
"""

from __future__ import annotations

import random

from palaver.core import disconnects, errors
from palaver.core.disconnects import Disconnect
from palaver.core.errors import Limited, Refusal, ServerFault, Unavailable
from palaver.dialects.native.wire import RefusalDetail

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0

_BY_CODE = {known.code: known for known in vars(disconnects).values() if isinstance(known, Disconnect)}


class ClientError(Exception):
    """The server gave no answer."""


class Lost(ClientError):  # noqa: N818 - named for what happened, as refusals are
    """The connection broke before the answer came."""


class Ended(ClientError):  # noqa: N818
    """The session is over for good; `reason` is the server's word for why, or `left`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def final_word(code: int | None) -> str:
    """Return the reason why one must not come back after a close code; empty where one may."""
    known = _BY_CODE.get(code or 0)
    return known.reason if known is not None and not known.may_return else ""


def wait_s(failures: int, refusal: Refusal | None = None, farewell: str = "") -> float:
    """Return how long to wait before the next attempt: doubling, spread, and never less than the server asked for.

    `farewell` is the reason of its close frame.
    """
    span: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures, 10))
    asked = float(refusal.params.get("wait_ms", 0)) / 1000 if refusal else disconnects.wait_asked_ms(farewell) / 1000
    return max(asked, span * random.uniform(0.5, 1))  # noqa: S311 - not a secret


def is_final(refusal: Refusal) -> bool:
    """Return whether a refusal on arrival means that coming again is of no use."""
    return not isinstance(refusal, Limited | Unavailable | ServerFault)


def refusal_of(detail: RefusalDetail) -> Refusal:
    """Return the core's refusal of that code; a plain `Refusal` with the server's sentence for one that is not known."""
    known = _REFUSALS.get(detail.code)
    if known is not None:
        return known(**detail.params)
    refusal = Refusal(**detail.params)
    refusal.code, refusal.sentence = detail.code, detail.text.replace("{", "{{").replace("}", "}}")
    return refusal


# Those of the core alone: where a server runs in the same process, its wires have refusals of their own with the same codes.
_REFUSALS = {kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)}
