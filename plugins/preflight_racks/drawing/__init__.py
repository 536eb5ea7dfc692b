"""Elevations as pictures and as text."""
