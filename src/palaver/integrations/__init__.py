"""What belongs to others or needs a heavy library: tokens, TURN, pictures."""
