"""A Python client of the native dialect; it reuses the wire types and knows no server code."""
