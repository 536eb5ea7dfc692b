"""The project's own tests drive pytest itself and real servers."""

pytest_plugins = ["pytester", "tests.lab.fixtures"]
