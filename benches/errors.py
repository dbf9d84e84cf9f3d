#!/usr/bin/env python3
"""How exact f32 is, beside PyTorch: `python3 benches/errors.py [--seeds N]`.

Each layer of the comparison in speed gets the same random f32 numbers here and in PyTorch, at
the size of its small workload. The truth is PyTorch's answer in f64. Prints a Markdown table
of the largest error of the output and of each gradient, relative to its largest entry, as a
median over seeds. Wants `pip install torch`.
"""

import argparse
import json
import math
import statistics
import subprocess

import torch
import torch.nn as nn
from torch.func import functional_call

ROWS, IMAGES = (64, 1024), (4, 64, 14, 14)
LAYERS = {
    "relu": (nn.ReLU(), "ReLU", {}, ROWS),
    "leaky_relu": (nn.LeakyReLU(), "LeakyReLU", {}, ROWS),
    "prelu": (nn.PReLU(), "PReLU", {}, ROWS),
    "gelu": (nn.GELU(), "GELU", {}, ROWS),
    "gelu_tanh": (nn.GELU("tanh"), "GELU", {"approximate": "tanh"}, ROWS),
    "silu": (nn.SiLU(), "SiLU", {}, ROWS),
    "sigmoid": (nn.Sigmoid(), "Sigmoid", {}, ROWS),
    "tanh": (nn.Tanh(), "Tanh", {}, ROWS),
    "elu": (nn.ELU(), "ELU", {}, ROWS),
    "selu": (nn.SELU(), "SELU", {}, ROWS),
    "softplus": (nn.Softplus(), "Softplus", {}, ROWS),
    "mish": (nn.Mish(), "Mish", {}, ROWS),
    "hardswish": (nn.Hardswish(), "Hardswish", {}, ROWS),
    "softmax": (nn.Softmax(-1), "Softmax", {"dim": -1}, ROWS),
    "log_softmax": (nn.LogSoftmax(-1), "LogSoftmax", {"dim": -1}, ROWS),
    "layer_norm": (nn.LayerNorm(768), "LayerNorm", {"normalized_shape": 768}, (64, 768)),
    "rms_norm": (nn.RMSNorm(768), "RMSNorm", {"normalized_shape": 768}, (64, 768)),
    "batch_norm1d": (nn.BatchNorm1d(256), "BatchNorm1d", {"num_features": 256}, (256, 256)),
    "batch_norm2d": (nn.BatchNorm2d(64), "BatchNorm2d", {"num_features": 64}, IMAGES),
    "instance_norm2d": (
        nn.InstanceNorm2d(64, affine=True),
        "InstanceNorm2d",
        {"num_features": 64, "affine": True},
        IMAGES,
    ),
    "group_norm32": (
        nn.GroupNorm(32, 64), "GroupNorm", {"num_groups": 32, "num_channels": 64}, IMAGES,
    ),
    "local_response_norm5": (nn.LocalResponseNorm(5), "LocalResponseNorm", {"size": 5}, IMAGES),
}


def torch_answer(module, x, parameters, g, dtype):
    """The output and the gradients by name, of the f32 numbers in the given type."""
    x = x.to(dtype).requires_grad_()
    parameters = {name: p.to(dtype).requires_grad_() for name, p in parameters.items()}
    module = module.to(dtype).train()
    y = functional_call(module, parameters, (x,))
    y.backward(g.to(dtype))
    gradients = {name: p.grad for name, p in parameters.items()}
    return {"output": y.detach(), "input": x.grad, **gradients}


def to_json(tensor):
    return {"shape": list(tensor.shape), "data": tensor.flatten().tolist()}


def from_json(value):
    return torch.tensor(value["data"], dtype=torch.float64).reshape(value["shape"])


def handgrad_answer(handgrad, layer, args, x, parameters, g):
    request = {
        "layer": layer, "args": args, "dtype": "f32", "training": True, "input": to_json(x),
        "parameters": {name: to_json(p) for name, p in parameters.items()},
        "grad_output": to_json(g),
    }
    print(json.dumps(request), file=handgrad.stdin, flush=True)
    answer = json.loads(handgrad.stdout.readline())
    if "error" in answer:
        raise SystemExit(f"{layer}: {answer['error']}")
    gradients = {name: from_json(p) for name, p in answer["grad_parameters"].items()}
    return {"output": from_json(answer["output"]), "input": from_json(answer["grad_input"]), **gradients}


def error(answer, truth):
    return ((answer.double() - truth).abs().max() / truth.abs().max()).item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    command = ["cargo", "run", "--quiet", "--release", "--example", "eval"]
    handgrad = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    print(f"PyTorch {torch.__version__}, medians of {options.seeds} seeds.\n")
    print("| Layer | | PyTorch | handgrad | ratio |\n|---|---|---|---|---|")
    ratios = {}
    for name, (module, layer, args, shape) in LAYERS.items():
        errors = {}
        for seed in range(options.seeds):
            torch.manual_seed(seed)
            x, g = torch.randn(shape), torch.randn(shape)
            parameters = {n: torch.randn(p.shape) for n, p in module.named_parameters()}
            truth = torch_answer(module, x, parameters, g, torch.float64)
            theirs = torch_answer(module, x, parameters, g, torch.float32)
            ours = handgrad_answer(handgrad, layer, args, x, parameters, g)
            for part, exact in truth.items():
                pair = (error(theirs[part], exact), error(ours[part], exact))
                errors.setdefault(part, []).append(pair)
        for part, pairs in errors.items():
            them, us = (statistics.median(column) for column in zip(*pairs))
            ratio = us / them if them else 1.0 if us == 0 else math.inf
            what = part if part == "output" else f"gradient of {part}"
            ratios[f"{name}, {what}"] = ratio
            print(f"| {name} | {what} | {them:.1e} | {us:.1e} | {ratio:.2f} |")
    worst, not_above = max(ratios, key=ratios.get), sum(ratio <= 1.0 for ratio in ratios.values())
    print(
        f"\nOf {len(ratios)} errors {not_above} are not above PyTorch's; "
        f"the largest ratio is {ratios[worst]:.2f} ({worst})."
    )


if __name__ == "__main__":
    main()
