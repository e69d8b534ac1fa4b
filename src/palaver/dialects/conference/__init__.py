"""The wire of the Socket.IO video conference backends: events of three eras in one namespace, and an HTTP message API."""
