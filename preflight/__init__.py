"""preflight: may we go? The core knows no domain; plugins bring the kinds of checks."""

__version__ = "0.1.0"
