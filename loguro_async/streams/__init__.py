"""Reading at scale: what is built on many calls."""
