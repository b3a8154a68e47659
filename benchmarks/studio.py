"""The page: how soon it is seen, what a run loses in it, and twenty pages at once.

    python benchmarks/studio.py [--rounds 3] [--pages 20] [--write]

Needs Playwright and a Chromium. The server is a process of its own, as `thalweg studio` starts it, and the browser runs
on the same machine: what twenty pages of it draw is taken from the same cores.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RESULTS = Path(__file__).with_name("results") / "studio.md"
EPOCHS = 200_000
XOR = f"/train?data=xor&engine=xla&epochs={EPOCHS}"
ALONE = f"""
from thalweg.studio.building import build
from thalweg.studio.spec import Spec
import thalweg as tw
built = build(Spec(engine="xla", epochs={EPOCHS}))
part = built.prepared.train
for _ in range(2):
    run = tw.train(built.network, part.P, part.T, **built.options)
print(run.updates / run.seconds)
"""
SEEN = "window.seen = []; new MutationObserver(() => seen.push(performance.now())).observe(document.body, \
{subtree: true, childList: true, characterData: true})"


@contextlib.contextmanager
def server() -> Iterator[tuple[str, int]]:
    """The address and the process of a studio."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "thalweg", "studio", "--no-open", "--port", str(port)]
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(200):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(address, timeout=10).read()
                    break
                time.sleep(0.1)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(20)


def resident(pid: int) -> float:
    """MiB of a process in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def first_paint(browser, address: str) -> tuple[float, float]:
    """Seconds to the first content, and to a page that can be used, in a fresh session."""
    context = browser.new_context()
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address)
    page.get_by_role("button", name="Run").wait_for()
    usable = time.perf_counter() - began
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
    context.close()
    return painted, usable


SLID = """async ([label, values]) => {
  const slider = document.querySelector(`input[type=range][aria-label="${label}"]`);
  const ways = () => [...document.querySelectorAll("[data-part=moving] .way")];
  const drawn = () => ways().map((one) => one.getAttribute("d")).join();
  const took = [];
  for (const value of values) {
    const before = drawn(), began = performance.now();
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    while (drawn() === before) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    took.push(performance.now() - began);
    await new Promise((done) => setTimeout(done, 700));
  }
  return took;
}"""


def slid(browser, address: str, query: str, label: str, values: list[float]) -> list[float]:
    """Milliseconds from a slider that is moved to the contour that is drawn with the path that comes of it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/landscape?{query}")
    page.locator("[data-part=moving] .way").first.wait_for()
    page.wait_for_timeout(1500)
    took = page.evaluate(SLID, [label, values])
    context.close()
    return took


def in_the_page(browser, address: str) -> float:
    """Updates a second of XOR in the page: the second run, as the first one compiles."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + XOR)
    for _ in range(2):
        page.get_by_role("button", name="Reset").click()
        page.get_by_text(re.compile("epoch 0 of")).wait_for()
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_text(re.compile(f"all {EPOCHS} epochs were run")).wait_for(timeout=120_000)
        told = page.get_by_text(re.compile("updates/s")).inner_text()
    context.close()
    return float(re.search(r"([\d,]+) updates/s", told)[1].replace(",", ""))


def alone() -> float:
    """Updates a second of the same training by `tw.train`."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    return float(done.stdout)


def at_once(browser, address: str, count: int) -> tuple[list[float], int]:
    """The gaps between the updates of many pages that train at once, and how many kept their own state."""
    contexts = [browser.new_context(viewport={"width": 800, "height": 600}) for _ in range(count)]
    pages = [context.new_page() for context in contexts]
    for number, page in enumerate(pages):
        page.goto(f"{address}/train?data=circle&engine=numpy&epochs={900_000 + number}")
        page.get_by_role("button", name="Run", exact=True).wait_for()
    for page in pages:
        page.evaluate(SEEN)
        page.get_by_role("button", name="Run", exact=True).click()
    time.sleep(20)
    gaps: list[float] = []
    own = 0
    for number, page in enumerate(pages):
        times = page.evaluate("seen")
        last = times[-1]
        seen = [one for one in times if one > last - 10_000]
        merged = [seen[0], *(b for a, b in itertools.pairwise(seen) if b - a > 20)]
        gaps += [(b - a) / 1000 for a, b in itertools.pairwise(merged)]
        own += f"of {900_000 + number:,}" in page.locator("body").inner_text()
    for context in contexts:
        context.close()
    return gaps, own


async def bare(address: str, count: int, settled: float = 10.0, seconds: float = 15.0) -> tuple[list[float], int]:
    """The gaps between the updates of sessions that train at once and that nothing draws, and how many had their own.

    They are taken for so many seconds, after the first ones, and longer where there is none by then.
    """
    from uuid import uuid4

    import socketio

    ready, own, gaps = 0, 0, []
    one_by_one = asyncio.Semaphore(1)

    async def session(number: int) -> None:
        nonlocal ready, own
        url = f"{address}/train?data=circle&engine=numpy&epochs={900_000 + number}"
        async with one_by_one:
            html = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=60).read().decode())
            client = re.search(r"/_studio/close/([0-9a-f-]{36})", html)[1]
            at = html.find('"label":"Run"')
            button = re.findall(r'"(\d+)":\{"tag":"q-btn"', html[:at])[-1]
            listener = re.search(r'"listener_id":"([^"]+)","type":"click"', html[at:])[1]
            times: list[float] = []
            others: list[bool] = []
            socket_client = socketio.AsyncClient()

            @socket_client.on("*")
            async def come(event: str, *what: object) -> None:
                if event == "update" and "updates/s" in (told := repr(what)):
                    times.append(time.monotonic())
                    others.append(f"of {900_000 + number:,}" not in told)

            query = f"client_id={client}&document_id={uuid4()}&tab_id={uuid4()}&next_message_id=0"
            await socket_client.connect(
                f"{address}/?{query}&implicit_handshake=true",
                socketio_path="/_nicegui_ws/socket.io",
                transports=["websocket"],
                headers={"Origin": address},
            )
            ready += 1
        while ready < count:
            await asyncio.sleep(0.1)
        event = {"id": int(button), "client_id": client, "listener_id": listener, "args": []}
        await socket_client.emit("event", event)
        given_up = time.monotonic() + 60.0
        while not times and time.monotonic() < given_up:
            await asyncio.sleep(0.1)
        began = time.monotonic()
        await asyncio.sleep(settled + seconds)
        while (not times or times[-1] < began + settled) and time.monotonic() < given_up:
            await asyncio.sleep(0.1)
        gaps.extend(b - a for a, b in itertools.pairwise(times) if b > began + settled)
        own += len(times) > 0 and not any(others)
        await socket_client.disconnect()
        closing = urllib.request.Request(f"{address}/_studio/close/{client}", method="POST")
        (await asyncio.to_thread(urllib.request.urlopen, closing, timeout=60)).close()

    await asyncio.gather(*(session(number) for number in range(count)))
    return gaps, own


def kept(browser, address: str, pid: int, count: int = 50) -> float:
    """MiB that the server keeps of so many pages that trained and were closed."""

    def open_and_close() -> None:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/train?data=circle&engine=numpy&epochs=100000")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_text(re.compile(r"update [1-9]")).first.wait_for(timeout=60_000)
        context.close()

    for _ in range(5):
        open_and_close()
    time.sleep(65)
    before = resident(pid)
    for _ in range(count):
        open_and_close()
    time.sleep(75)
    return resident(pid) - before


def await_gaps(address: str, count: int, **how: float) -> tuple[list[float], int]:
    """`bare`, in a thread without the browser's own loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(bare(address, count, **how))).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--write", action="store_true", help="into results/studio.md")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    lines = ["| what | measured | wanted |", "| --- | ---: | ---: |"]
    with sync_playwright() as playwright, server() as (address, pid):
        path = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        paints = [first_paint(browser, address) for _ in range(given.rounds + 1)][1:]
        lines.append(f"| first paint, s | {statistics.median(one for one, _ in paints):.2f} | 1.5 |")
        lines.append(f"| a page that can be used, s | {statistics.median(one for _, one in paints):.2f} | |")
        for query, label, values in (
            ("case=dl3gd", "learning rate of gd", [0.01 * k for k in range(2, 15)]),
            ("case=dl3aa&pair=2", "learning rate of adam", [0.05 * k for k in range(3, 16)]),
        ):
            took = slid(browser, address, query, label, values)
            name = query.partition("&")[0][5:]
            median = statistics.median(took)
            lines.append(f"| {name}: a slider to a redrawn contour, median ms | {median:.0f} | 100 |")
            lines.append(f"| {name}: the slowest of {len(took)}, ms | {max(took):.0f} | |")
        rates = [(alone(), in_the_page(browser, address)) for _ in range(given.rounds)]
        lines.append(f"| XOR by tw.train alone, updates/s | {statistics.median(a for a, _ in rates):,.0f} | |")
        lines.append(f"| XOR in the page, updates/s | {statistics.median(b for _, b in rates):,.0f} | |")
        lines.append(f"| the page's share | {statistics.median(b / a for a, b in rates):.2f} | 0.9 |")
        gaps, _ = await_gaps(address, given.pages)
        ordered = sorted(gaps)
        lines.append(
            f"| {given.pages} sessions: time between updates, median s | {statistics.median(gaps):.2f} | 0.5 |"
        )
        lines.append(f"| {given.pages} sessions: 95 of 100 below, s | {ordered[int(0.95 * len(gaps))]:.2f} | 0.5 |")
        gaps, own = at_once(browser, address, given.pages)
        ordered = sorted(gaps)
        lines.append(f"| {given.pages} pages: time between updates, median s | {statistics.median(gaps):.2f} | 0.5 |")
        lines.append(f"| {given.pages} pages: 95 of 100 below, s | {ordered[int(0.95 * len(gaps))]:.2f} | 0.5 |")
        lines.append(f"| {given.pages} pages with their own state | {own} | {given.pages} |")
        lines.append(f"| kept of 50 pages that were closed, MiB | {kept(browser, address, pid):.0f} | 50 |")
        browser.close()
    cores = os.cpu_count()
    load = os.getloadavg()[2]
    text = (
        f"# The page\n\n`python benchmarks/studio.py`; {cores} cores, the browser on them too; load of the last 15 "
        f"minutes {load:.1f}. A session is a client that takes what a page takes and draws nothing.\n\n"
        + "\n".join(lines)
    )
    print(text)
    if given.write:
        _, mark, told = RESULTS.read_text(encoding="utf-8").partition("\n## ")  # what was tried stays
        RESULTS.write_text(f"{text}\n{mark}{told}", encoding="utf-8")


if __name__ == "__main__":
    main()
