"""Palaver: one server for text chat, presence and WebRTC signalling, in several wire protocols."""
