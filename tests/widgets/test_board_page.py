"""A page of several pictures: drawn beside each other, gone through together, loading nothing."""

import numpy as np
import pytest

import thalweg as tw

P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
BAD = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def board():
    net = tw.Network({BAD: 2}, [tw.Layer("hidden", 20, "tanh"), tw.Layer("out", 1, "sigmoid", ("hidden", BAD))])
    run = tw.train(net, P, T, "mse", tw.Adam(0.1), epochs=40, engine="numpy", record="all")
    return run.show(frames=6)


def test_all_are_drawn_and_gone_through_together(board, shown):
    page = shown(board.to_html(), wait=".network-picture .diagram", viewport={"width": 1280, "height": 900})
    boxes = [page.locator(f".{name}-picture").bounding_box() for name in board]
    assert all(box["width"] > 500 for box in boxes)
    assert boxes[0]["y"] == boxes[1]["y"]  # beside each other
    frames = board["regions"].frames
    regions = page.locator(".regions-picture")
    before = page.locator(".network-picture .diagram").inner_html()
    regions.get_by_role("button", name="To the start").click()
    page.locator(".curves-picture output", has_text="epoch 1 of 40").wait_for()
    page.wait_for_function("text => document.querySelector('.network-picture .diagram').innerHTML !== text", arg=before)
    page.locator(".curves-picture").get_by_role("button", name="To the end").click()
    regions.get_by_text(f"epoch {frames[-1]['epoch']}").first.wait_for()
    page.wait_for_function("text => document.querySelector('.network-picture .diagram').innerHTML === text", arg=before)


def test_on_a_phone_they_are_below_each_other(board, shown):
    page = shown(board.to_html(), wait=".network-picture .diagram", viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= 360")


def test_without_a_program_the_run_is_told(board, shown):
    page = shown(board.to_html(), wait="noscript", java_script_enabled=False)
    assert "all 40 epochs were run" in page.locator("body").inner_text()
