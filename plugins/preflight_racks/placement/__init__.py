"""`racks.placement`: does what is planned fit, and where?"""
