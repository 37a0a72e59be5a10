"""The roof: wires, clock and process."""
