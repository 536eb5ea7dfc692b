"""`racks.audit`: what is wrong with a rack as it stands."""
