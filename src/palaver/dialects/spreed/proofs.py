"""Everything by which this wire knows whom it has before it, made from one site's secrets."""

from __future__ import annotations

from palaver.dialects.spreed.attestation import Attestations
from palaver.dialects.spreed.identifiers import Identifiers
from palaver.dialects.spreed.seals import Secrets
from palaver.dialects.spreed.tokens import Tokens


class Proofs:
    """Ids, tokens and attestations under the same secrets. They are valid on every node that has these."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.ids = Identifiers(secrets)
        self.tokens = Tokens(secrets)
        self.attestations = Attestations(secrets)
