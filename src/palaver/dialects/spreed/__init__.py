"""The dialect `spreed`: rooms with chat, presence and calls between browsers, as Spreed WebRTC's clients know them."""
