"""Measures what a room costs this server, beside a bare reference in the same run; `python -m bench`."""
