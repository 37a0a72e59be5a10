"""The demo: a city of phones in the sandbox, and a story that plays on them."""
