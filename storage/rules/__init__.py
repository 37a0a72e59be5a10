"""The law of the house: pure rules, standard library only, no clock, no I/O."""
