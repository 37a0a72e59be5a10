"""The forms, as lists of fields."""
