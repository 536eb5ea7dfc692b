"""A report as one file of HTML: no network, no second file, readable without JavaScript."""
