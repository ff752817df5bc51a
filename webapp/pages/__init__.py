"""One page a file; each is given the session of its tab."""
