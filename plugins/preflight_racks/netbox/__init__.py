"""Racks as NetBox knows them."""
