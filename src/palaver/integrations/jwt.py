"""Knows how to sign and check the tokens with which a site vouches for a user; what a claim allows is left to core."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

MAX_TTL_S: Final = 86_400
MAX_TOKEN_CHARS: Final = 8_192
MAX_KEYS: Final = 32
MIN_RSA_BITS: Final = 2_048
MAX_SUBJECT_SHOWN: Final = 128

Algorithm: TypeAlias = Literal["HS256", "RS256", "ES256", "EdDSA"]
PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

_PEM_END: Final = "-----END PUBLIC KEY-----"
_SENTENCES: Final = {
    "malformed": "This sign-in token is damaged. Please go back to the site and enter again.",
    "bad_signature": "This sign-in token was not signed by a site that this server trusts.",
    "bad_claims": "This sign-in token holds something that this server cannot read: {found}.",
    "no_subject": "This sign-in token does not say who you are.",
    "no_expiry": "This sign-in token does not say when it ends, so it cannot be used.",
    "too_long_lived": "This sign-in token is valid for more than 24 hours, so it cannot be used.",
    "expired": "Your sign-in has expired. Please go back to the site and enter again.",
    "not_yet_valid": "This sign-in token is not valid yet. Please try again in a moment.",
    "other_audience": "This sign-in token was made for something else than this chat.",
    "issued_later": "This sign-in token says that it was issued in the future. Please try again in a moment.",
}


class TokenInvalid(Exception):  # noqa: N818
    """A token that proves nothing: `reason` is a stable code, `sentence` (and `str()`) is fit to show to a person.

    Attributes:
        found: more about the reason, for whoever runs the site; nothing of the token that nobody signed.
        subject: whom it was signed for; empty where it was not signed, or does not say so.
    """

    def __init__(self, reason: str, found: str = "") -> None:
        self.reason = reason
        self.found = found
        self.subject = ""
        self.sentence = _SENTENCES[reason].format(found=found)
        super().__init__(self.sentence)


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a site says about a user (BareRTC §2.1). Times are seconds since 1970; claims not named here are ignored."""

    sub: str
    exp: float
    op: bool = False
    nick: str = ""
    img: str = ""
    url: str = ""
    emoji: str = ""
    gender: str = ""
    vip: bool = False
    rules: tuple[str, ...] = ()
    iat: float | None = None
    nbf: float | None = None
    auth_time: float | None = None
    jti: str = ""
    aud: object = None
    device: str = ""

    def profile(self) -> dict[str, object]:
        """The claims that are about the person and not about the token: what `mint` wants to issue it anew."""
        token_facts = {"exp", "iat", "nbf", "auth_time", "jti", "aud"}
        return {name: value for name, value in msgspec.structs.asdict(self).items() if name not in token_facts}


class VerificationKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key and the one algorithm it may be used with. Make it with `shared_key` or `public_key`."""

    algorithm: Algorithm
    material: bytes | PublicKey
    kid: str | None = None


def shared_key(secret: str, *, kid: str | None = None) -> VerificationKey:
    """The HS256 key whose bytes are the UTF-8 of `secret` (BareRTC §2.2).

    Raises ValueError when it is empty, or when it is a public key by mistake, which everybody could sign with.
    """
    if not secret:
        raise ValueError("the key that tokens are checked with is empty")
    if "-----BEGIN " in secret:
        raise ValueError("a PEM document is not a shared secret; give it as a public key")
    return VerificationKey(algorithm="HS256", material=secret.encode(), kid=kid)


def public_key(pem: str, *, kid: str | None = None) -> VerificationKey:
    """The key in a PEM `PUBLIC KEY`; its kind settles the algorithm: RSA is RS256, P-256 is ES256, Ed25519 is EdDSA.

    Raises ValueError for anything else, private keys and RSA keys of less than 2048 bits included.
    """
    try:
        material = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("this is not a public key in PEM form") from error
    return pinned_key(material, kid=kid)


def public_keys(document: str) -> tuple[VerificationKey, ...]:
    """The keys of a file of one or several PEM documents. Raises ValueError where one is unfit, or where there is none."""
    blocks = document.split(_PEM_END)
    keys = tuple(public_key(block.strip() + "\n" + _PEM_END + "\n") for block in blocks[:-1])
    if not keys or blocks[-1].strip():
        raise ValueError("this is not a public key in PEM form")
    return keys


def pinned_key(material: object, *, kid: str | None = None) -> VerificationKey:
    """Pair a public key object with the algorithm of its kind. Raises ValueError when there is none here."""
    if isinstance(material, RSAPublicKey):
        if material.key_size < MIN_RSA_BITS:
            raise ValueError(f"an RSA key needs at least {MIN_RSA_BITS} bits")
        return VerificationKey(algorithm="RS256", material=material, kid=kid)
    if isinstance(material, EllipticCurvePublicKey) and isinstance(material.curve, SECP256R1):
        return VerificationKey(algorithm="ES256", material=material, kid=kid)
    if isinstance(material, Ed25519PublicKey):
        return VerificationKey(algorithm="EdDSA", material=material, kid=kid)
    raise ValueError("only public keys of the kinds RSA, P-256 and Ed25519 can be used")


def mint(claims: Mapping[str, object], key: str, *, ttl_s: int, now: float) -> str:
    """Sign `claims` with HS256 for `ttl_s` seconds from `now`; `iat` and `nbf` are `now`, whole seconds.

    Claims that are false, empty or zero are left out: absent means the same (BareRTC §2.1). Raises ValueError for an
    empty key, a missing `sub`, or a `ttl_s` outside 1 … 86400, since no verifier here would take the token.
    """
    if not 0 < ttl_s <= MAX_TTL_S:
        raise ValueError(f"a token lives 1 to {MAX_TTL_S} seconds, not {ttl_s}")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise ValueError("a token needs a subject")
    issued = int(now)
    body = {name: value for name, value in claims.items() if value}
    body |= {"iat": issued, "nbf": issued, "exp": issued + ttl_s}
    secret = shared_key(key).material
    assert isinstance(secret, bytes)
    return _JWS.encode(msgspec.json.encode(body), secret, algorithm="HS256")


class TokenVerifier:
    """Checks tokens against the keys of one or more sites.

    With several keys, the token's `kid` picks among those that have one; keys without a `kid` are tried for any token.
    """

    def __init__(self, keys: Iterable[VerificationKey], *, clock_skew_s: float = 0) -> None:
        """`clock_skew_s` forgives a site's clock for `nbf` and `iat` alone: `exp` never has leeway (BareRTC §2.3)."""
        self._clock_skew_s = clock_skew_s
        self._keys: tuple[VerificationKey, ...] = ()
        self.replace_keys(keys)

    def replace_keys(self, keys: Iterable[VerificationKey], audience: str = "") -> None:
        """Trust these keys and no others from now on. Raises ValueError for none, or for more than 32.

        A site may sign for others with its key pair, too: where an `audience` is given, what is signed with one must be
        for it (RFC 7519 §4.1.3). A shared key signs for us alone.
        """
        replaced = tuple(keys)
        if not 0 < len(replaced) <= MAX_KEYS:
            raise ValueError(f"tokens are checked with 1 to {MAX_KEYS} keys, not {len(replaced)}")
        self._keys = replaced
        self._audience = audience

    def verify(self, token: str, *, now: float) -> Claims:
        """What the token says, once it is proved. Raises TokenInvalid. HS256 costs about 20 µs."""
        if len(token) > MAX_TOKEN_CHARS:
            raise TokenInvalid("malformed", f"it is longer than {MAX_TOKEN_CHARS} characters")
        payload, key = self._signed_payload(token)
        claims = _read_claims(payload)
        try:
            self._check_times(claims, now)
            if self._audience and key.algorithm != "HS256":
                self._check_audience(claims)
        except TokenInvalid as invalid:
            invalid.subject = subject_shown(claims.sub)
            raise
        return claims

    def _signed_payload(self, token: str) -> tuple[bytes, VerificationKey]:
        """PyJWT checks the signature alone: for `exp` it would read the clock, and time is passed in here."""
        reason = "bad_signature"
        for key in self._candidates(token):
            try:
                payload: bytes = _JWS.decode(token, key.material, algorithms=[key.algorithm])
            except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
                continue
            except (jwt.PyJWTError, ValueError, RecursionError):
                reason = "malformed"
                continue
            return payload, key
        raise TokenInvalid(reason, self._why_unsigned(token) if reason == "bad_signature" else "")

    def _why_unsigned(self, token: str) -> str:
        """Return what a token's header says that it is signed with, beside what there are keys for."""
        header = _JWS.get_unverified_header(token)
        said = header.get("alg")
        named = said if said in _ALGORITHMS else "something that is not known"
        here = ", ".join(sorted({key.algorithm for key in self._keys}))
        known = {key.kid for key in self._keys}
        stranger = (
            "" if header.get("kid") is None or None in known or header["kid"] in known else "; no key has its kid"
        )
        return f"it is signed with {named}, there are keys for {here}{stranger}"

    def _candidates(self, token: str) -> tuple[VerificationKey, ...]:
        if len(self._keys) == 1 and self._keys[0].kid is None:
            return self._keys
        try:
            kid = _JWS.get_unverified_header(token).get("kid")
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise TokenInvalid("malformed") from None
        if kid is None:
            return self._keys
        return tuple(key for key in self._keys if key.kid == kid or key.kid is None)

    def _check_times(self, claims: Claims, now: float) -> None:
        if now >= claims.exp:
            raise TokenInvalid("expired", f"it ended {now - claims.exp:.0f} s ago")
        if claims.exp - now > MAX_TTL_S + self._clock_skew_s:
            raise TokenInvalid("too_long_lived", f"it ends in {claims.exp - now:.0f} s")
        if claims.nbf is not None and now + self._clock_skew_s < claims.nbf:
            raise TokenInvalid("not_yet_valid", f"nbf is {claims.nbf - now:.0f} s ahead of this server's clock")
        if claims.iat is not None and now + self._clock_skew_s < claims.iat:
            raise TokenInvalid("issued_later", f"iat is {claims.iat - now:.0f} s ahead of this server's clock")

    def _check_audience(self, claims: Claims) -> None:
        named = claims.aud if isinstance(claims.aud, list) else [claims.aud]
        if self._audience not in named:
            found = "it has no aud" if claims.aud is None else "its aud names others"
            raise TokenInvalid("other_audience", f"{found}; [JWT] Audience is {self._audience}")


def subject_shown(subject: str) -> str:
    """Return a signed subject, as far as the log shows it."""
    return subject[:MAX_SUBJECT_SHOWN]


_ALGORITHMS: Final = ("HS256", "RS256", "ES256", "EdDSA")
_JWS: Final = jwt.PyJWS(algorithms=list(_ALGORITHMS))


def _read_claims(payload: bytes) -> Claims:
    try:
        body = msgspec.json.decode(payload, type=dict[str, object])
        # Sites in PHP and Go write null for "nothing".
        present = {name: value for name, value in body.items() if value is not None}
        _read_beep_claims(present)
        if present.get("sub", "") == "":
            raise TokenInvalid("no_subject")
        if "exp" not in present:
            raise TokenInvalid("no_expiry")
        return msgspec.convert(present, Claims)
    except msgspec.ValidationError as problem:
        raise TokenInvalid("bad_claims", str(problem)) from None
    except (msgspec.DecodeError, RecursionError):
        raise TokenInvalid("bad_claims", "its claims are not JSON") from None


def _read_beep_claims(present: dict[str, object]) -> None:
    """Take `userid` and `clientid` (Beep §7) for `sub` and `device`, where the site does not write those."""
    for theirs, ours in (("userid", "sub"), ("clientid", "device")):
        if not present.get(ours) and isinstance(present.get(theirs), str):
            present[ours] = present[theirs]
    if not isinstance(present.get("device", ""), str):
        del present["device"]
