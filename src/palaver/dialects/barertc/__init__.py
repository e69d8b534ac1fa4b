"""BareRTC's wire: JSON over WebSocket or polling, and the JSON API of its site; see `docs/dialects/barertc.md`."""
