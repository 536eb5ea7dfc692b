"""Types of devices and racks, in the format of the community devicetype-library."""
