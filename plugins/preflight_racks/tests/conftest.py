"""What every run of these tests needs."""

# numpy, which highspy brings, can be loaded once a process; and pytester's runs forget what they have loaded.
import highspy  # noqa: F401  for that alone
