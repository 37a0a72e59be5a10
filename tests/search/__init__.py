"""Finding products and schools however people write them."""
