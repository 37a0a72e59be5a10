"""The sandbox alone, with a toy bot."""
