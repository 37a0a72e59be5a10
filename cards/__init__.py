"""How the office looks: cards as data, and how each platform draws them."""
