"""What the process says of itself is measured."""

import gc
import sys

from palaver.integrations import runtime


def test_figures_of_the_process_are_measured_and_not_made_up() -> None:
    before = runtime.figures()
    circles = [[] for _ in range(20_000)]  # type: ignore[var-annotated]
    for each in circles:
        each.append(each)
    del circles, each
    gc.collect()
    after = runtime.figures()
    assert after["alloc"] > 1 << 20
    assert after["heap"] == after["alloc"]
    assert after["frees"] >= before["frees"] + 20_000
    assert abs(after["mallocs"] - after["frees"] - sys.getallocatedblocks()) < 10_000
    assert after["pauses"] >= before["pauses"]
    assert after["goroutines"] >= 1
    assert (after["stack"] > 0) is (sys.platform == "linux")


def test_time_of_the_collector_is_counted() -> None:
    spent_s = runtime._collector.spent_s
    gc.collect()
    assert runtime._collector.spent_s > spent_s
