"""Records 50 updates of PyTorch's rules in pytorch.json: python record_pytorch.py (with torch 2.13.0, on the CPU)."""

import json
from pathlib import Path

import numpy as np
import torch

RULES = {
    "adagrad": (torch.optim.Adagrad, {"lr": 0.1, "eps": 0.05}),
    "adadelta": (torch.optim.Adadelta, {"lr": 0.7, "rho": 0.8, "eps": 0.01}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.02, "alpha": 0.7, "eps": 0.03}),
    "adam": (torch.optim.Adam, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 0.02}),
    "adamw": (torch.optim.AdamW, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 0.02, "weight_decay": 0.3}),
    "adamax": (torch.optim.Adamax, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 0.02}),
    "nadam": (torch.optim.NAdam, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 0.02, "momentum_decay": 0.01}),
    "rprop": (torch.optim.Rprop, {"lr": 0.1, "etas": (0.6, 1.3), "step_sizes": (0.02, 0.5)}),
}

if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in the default type
    rng = np.random.default_rng(3)
    start = rng.normal(size=5).round(6)
    gradients = (rng.normal(size=(50, 5)) + 0.7 * np.sin(np.arange(50)[:, None] / 4)).round(6)
    gradients[::9, 3] = 0.0
    paths = {}
    for name, (rule, settings) in RULES.items():
        x = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        optimizer = rule([x], foreach=False, **settings)
        rows = []
        for gradient in gradients:
            x.grad = torch.tensor(gradient, dtype=torch.float64)
            optimizer.step()
            rows.append(x.detach().tolist())
        paths[name] = rows[4::5]
    found = {
        "torch": torch.__version__,
        "start": start.tolist(),
        "gradients": gradients.tolist(),
        "settings": {name: settings for name, (_, settings) in RULES.items()},
        "after_every_5_updates": paths,
    }
    Path(__file__).with_name("pytorch.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
