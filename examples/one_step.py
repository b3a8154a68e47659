"""One step of backpropagation as a worked calculation, in the notation of a textbook (AIFH's XOR network)."""

import sys
from pathlib import Path

from rich.console import Console

import thalweg as tw

file = tw.read_step_file(Path(__file__).parent / "worked" / "aifh_xor_online.toml")
step = file.with_example([1, 0], target=[1]).open()

print(f"{step.value:.6f} -> {step.value_after:.6f}")
print(step.neuron("hidden", 0).terms)
print(step.gradient["hidden"].weights["input"].round(6))

picture = sys.argv[1] if len(sys.argv) > 1 else "one_step.svg"
out = Console(record=True, width=108)
out.print(step.show("aifh", neuron="hidden[0]"), highlight=False, markup=False)
out.save_svg(picture, title="thalweg step aifh_xor_online.toml")
tw.widgets.Worked(step, "aifh").write_html(Path(picture).with_suffix(".html"))  # to be stepped through
