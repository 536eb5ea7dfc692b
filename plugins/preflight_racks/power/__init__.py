"""What the feeds of a rack carry, now and after each loss, and who survives it."""
