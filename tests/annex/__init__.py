"""Drawing on paper."""
