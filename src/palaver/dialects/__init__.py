"""LANGUAGES. Translators between the frames of a wire and the words of the core; pure, one state object per connection."""
