"""The search for places. Knows nothing of who checks them: `verify` shares no code with it."""
