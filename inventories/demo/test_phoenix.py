"""What no plugin knows how to check, a team writes down in Python; it counts in the same verdict."""

from datetime import timedelta

from preflight.inventory import Inventory


def test_there_is_time_to_go_back(inventory: Inventory) -> None:
    cutover = inventory.ground.cutover
    assert cutover.closes is not None
    assert cutover.point_of_no_return is not None
    assert cutover.closes - cutover.point_of_no_return >= timedelta(hours=8), "going back takes 8 hours"
