"""The examples in processes of their own, as whoever reads them would run them."""

from __future__ import annotations

from tests.browser.conftest import browsers

__all__ = ["browsers"]
