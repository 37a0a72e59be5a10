"""A machine that does to two ledgers what offices do, and holds both to a model of the rules."""
