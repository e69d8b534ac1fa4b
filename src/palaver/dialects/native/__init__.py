"""The native dialect `palaver.v1`: the vocabulary of the core, word for word, as tagged JSON."""
