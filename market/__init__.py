"""The nouns every floor shares. No async, no I/O, no clock; imports nothing of ours."""
