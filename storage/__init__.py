"""The ledger and its rules."""
