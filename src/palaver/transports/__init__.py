"""SOCKETS. Bytes in and out of connections, and the conversation each of them carries."""
