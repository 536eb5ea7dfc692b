"""The domain `racks`: whether what is planned fits, where, and if not, why not."""
