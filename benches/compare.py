#!/usr/bin/env python3
"""Handgrad beside PyTorch: `python3 benches/compare.py [--threads N] [--rounds N] [NAME]`.

Each workload is run by PyTorch and by `cargo bench --bench layers` in turns, so that what
else the machine does meets both; in every round by fresh processes, because where in memory
a process got its buffers makes a light layer faster or slower by half, as long as it lives.
Prints a Markdown table of the median times of all rounds and the median of the rounds' own
ratios, ours by theirs. Wants `pip install torch`.
"""

import argparse
import contextlib
import datetime
import json
import math
import platform
import statistics
import subprocess
import sys
import time
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F

LARGE, SMALL, IMAGES = (4096, 1024), (64, 1024), (32, 64, 56, 56)
BUDGET = 0.3
COPY, MATMUL, LARGEST = "copy/64MB", "matmul/512x1024x1024", "batch_norm2d/32x64x56x56"

ACTIVATIONS = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "prelu": nn.PReLU(),
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "elu": F.elu,
    "selu": F.selu,
    "softplus": F.softplus,
    "mish": F.mish,
    "hardswish": F.hardswish,
    "softmax": lambda x: F.softmax(x, -1),
    "log_softmax": lambda x: F.log_softmax(x, -1),
}
NORMS = {
    "layer_norm/4096x768": (nn.LayerNorm(768), (4096, 768)),
    "rms_norm/4096x768": (nn.RMSNorm(768), (4096, 768)),
    "batch_norm1d/4096x256": (nn.BatchNorm1d(256), (4096, 256)),
    "batch_norm2d/32x64x56x56": (nn.BatchNorm2d(64), IMAGES),
    "instance_norm2d/32x64x56x56": (nn.InstanceNorm2d(64, affine=True), IMAGES),
    "group_norm32/32x64x56x56": (nn.GroupNorm(32, 64), IMAGES),
    "local_response_norm5/32x64x28x28": (nn.LocalResponseNorm(5), (32, 64, 28, 28)),
    "layer_norm/10": (nn.LayerNorm(10, eps=0), (10,)),
    "relu/10": (F.relu, (10,)),
}


def workloads():
    """Every workload by name: a function and the shape of its input."""
    found = {f"{name}/4M": (f, LARGE) for name, f in ACTIVATIONS.items()}
    found |= {f"{name}/64K": (f, SMALL) for name, f in ACTIVATIONS.items()}
    return found | NORMS


def torch_ms(f, shape):
    """The median milliseconds of a forward and a backward, after two that do not count."""
    torch.manual_seed(0)
    inputs = [torch.randn(*shape, requires_grad=True)]
    if isinstance(f, nn.Module):
        inputs += f.parameters()
    return timed(lambda: f(inputs[0]), inputs)


def torch_matmul_ms():
    torch.manual_seed(0)
    a, b = torch.randn(512, 1024, requires_grad=True), torch.randn(1024, 1024, requires_grad=True)
    return timed(lambda: a @ b, [a, b])


def timed(f, inputs):
    g = torch.randn_like(f())
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < BUDGET or len(times) < 7:
        for tensor in inputs:
            tensor.grad = None
        begin = time.perf_counter()
        y = f()
        y.backward(g)
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times[2:])


class Served:
    """A process that is asked for one workload at a time."""

    def __init__(self, command, threads):
        self.process = subprocess.Popen(
            [*command, "--serve", "--threads", str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()

    def run(self, name):
        try:
            print(name, file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            sys.exit(f"{' '.join(self.process.args)} ended at {name}")


def handgrad(threads):
    return Served(["cargo", "bench", "--quiet", "--bench", "layers", "--"], threads)


def pytorch(threads):
    return Served([sys.executable, __file__], threads)


def serve(threads):
    """PyTorch's side: reads names, and times each as it comes."""
    torch.set_num_threads(threads)
    runs = {name: partial(torch_ms, *workload) for name, workload in workloads().items()}
    runs[MATMUL] = torch_matmul_ms
    for line in sys.stdin:
        print(json.dumps({"ms": runs[line.strip()]()}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="?", default="", help="a part of the workloads' names")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.threads)

    chosen = [name for name in [*workloads(), MATMUL] if options.name in name]
    theirs, ours, gbps, copy = ({name: [] for name in chosen} for _ in range(4))
    for _ in range(options.rounds):
        with pytorch(options.threads) as opponent, handgrad(options.threads) as own:
            # The C library gives a small process's memory back to the system after each step. Once
            # the process has been large it does not, which is how a training runs.
            opponent.run(LARGEST)
            own.run(LARGEST)
            for name in chosen:
                theirs[name].append(opponent.run(name)["ms"])
                answer = own.run(name)
                ours[name].append(answer["ms"])
                gbps[name].append(answer["gbps"])
                copy[name].append(own.run(COPY)["gbps"])

    print(
        f"{datetime.date.today()}, {cpu()}, {options.threads} threads, PyTorch {torch.__version__}, "
        f"forward and backward, medians of {options.rounds} interleaved rounds.\n"
    )
    print("| Workload | PyTorch, ms | handgrad, ms | ratio | GB/s | of a copy's |")
    print("|---|---|---|---|---|---|")
    ratios = {}
    for name in chosen:
        torch_time, our_time = statistics.median(theirs[name]), statistics.median(ours[name])
        # Of each round's own pair, because the machine's speed wanders.
        ratio = statistics.median(o / t for o, t in zip(ours[name], theirs[name]))
        share = statistics.median(g / c for g, c in zip(gbps[name], copy[name]))
        ratios[name] = ratio
        speed = statistics.median(gbps[name])
        print(f"| {name} | {torch_time:.4g} | {our_time:.4g} | {ratio:.2f} | {speed:.1f} | {share:.0%} |")
    layers = [ratio for name, ratio in ratios.items() if not name.startswith("matmul")]
    if layers:
        mean = math.exp(statistics.fmean(map(math.log, layers)))
        print(f"\nGeometric mean of the layers' ratios: {mean:.2f}; the largest: {max(layers):.2f}.")
    if not options.name:
        print_growth(options)
        print_tape(options)


def print_growth(options):
    """With which power of their number the time of many numbers grows, past any cache."""
    layers = ["relu", "gelu", "softmax", "softmax_by_256", "layer_norm", "batch_norm1d"]
    found = {layer: [] for layer in layers}
    for _ in range(options.rounds):
        with handgrad(options.threads) as own:
            for layer in layers:
                small, large = (own.run(f"growth/{layer}/{size}")["ms"] for size in ("16M", "64M"))
                found[layer].append(math.log(large / small, 4))
    exponents = [f"{statistics.median(powers):.2f} ({layer})" for layer, powers in found.items()]
    print(
        "\nFrom 16M to 64M numbers, in rows of 1024 (softmax_by_256: of 256), the time grows with the "
        f"power {', '.join(exponents)}."
    )


def print_tape(options):
    """What the tape itself takes; measured by fresh processes, whose memory is all in use."""
    answers = []
    for _ in range(2 * options.rounds):
        with handgrad(options.threads) as own:
            answers.append(own.run("tape/scalar_chain"))
    ns, size = (statistics.median(a[key] for a in answers) for key in ("ns_per_op", "bytes_per_node"))
    print(
        f"\nA chain of operations on one number takes {ns:.0f} ns an operation, forward and backward, "
        f"and {size:.0f} bytes a node."
    )


def cpu():
    """What the processor calls itself."""
    try:
        with open("/proc/cpuinfo") as info:
            return next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
