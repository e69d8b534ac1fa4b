"""A chat bot for any server that speaks BareRTC's wire: RiveScript answers, greetings, and a watch over the server.

It is a client and knows no server code; `talk` decides without waiting, `run` is the only part that does input and output.
"""
