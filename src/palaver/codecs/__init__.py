"""BYTES. Pure wire codecs; they know no room, no user and no socket."""
