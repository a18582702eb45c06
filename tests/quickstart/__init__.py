"""The README's quickstart, played from a wheel in an empty folder."""
