"""Bursts: topics that are covered far more than usual at this hour of the week."""
