"""What the office does: one module per matter, plain functions inside one transaction."""
