"""Where the original Spreed client is served, for sites that have its files."""
