"""The record of a run: what was planned, what was seen, and what came of it, in a file that shows if it was changed."""
