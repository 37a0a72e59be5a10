"""How cards look: drawings reviewed by eye, and limits held for any text."""
