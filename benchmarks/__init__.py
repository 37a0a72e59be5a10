"""How fast and how big: ratios against limits measured in the same run. ``make bench`` runs all."""
