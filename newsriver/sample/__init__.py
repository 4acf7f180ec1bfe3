"""A newsroom of made-up outlets on loopback, to run the river against: feeds, pages, and what should come of them.

All names of places, states and institutions are invented; `data/` holds the articles with what is true of each.
"""
