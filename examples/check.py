"""Sends a gradient from NumPy or PyTorch to the checker, and prints its report.

    python examples/check.py

shows it on a backward with a mistake. The chapter is `practice/elsewhere`.
"""

# ANCHOR: check
import json
import math
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKER = ["cargo", "run", "--quiet", "--release", "--example", "check"]


def tensor(array):
    """An array of NumPy's or a tensor of PyTorch's, as the checker reads it."""
    data = array.reshape(-1).tolist()
    # JSON has no NaN and no infinity; they travel as "nan", "inf" and "-inf".
    data = [x if math.isfinite(x) else str(x) for x in data]
    return {"shape": list(array.shape), "data": data}


def check(layer, args, x, grad_output, grad_input, **more):
    """Prints the report on `grad_input`; True if nothing is wrong with it.

    `layer` and `args` are PyTorch's name and keywords. Of `more`, `parameters`, `buffers` and
    `grad_parameters` are dicts of arrays and `output` is one; `training` and `tolerance` are
    sent as they are.
    """
    dtype = "f64" if "64" in str(grad_input.dtype) else "f32"
    request = {"layer": layer, "args": args, "dtype": dtype}
    arrays = {"input": x, "grad_output": grad_output, "grad_input": grad_input}
    for name, value in {**arrays, **more}.items():
        if isinstance(value, dict):
            request[name] = {key: tensor(array) for key, array in value.items()}
        else:
            request[name] = tensor(value) if hasattr(value, "tolist") else value
    line = json.dumps(request) + "\n"
    run = subprocess.run(CHECKER, cwd=ROOT, input=line, stdout=subprocess.PIPE, text=True)
    print(run.stdout.rstrip())
    return run.returncode == 0
# ANCHOR_END: check


# ANCHOR: usage
def layer_norm_backward(x, weight, grad_output, eps=1e-5):
    """A first try: it takes the standard deviation for a constant."""
    centred = x - x.mean(-1, keepdims=True)
    rstd = 1 / (x.var(-1, keepdims=True) + eps) ** 0.5
    h = grad_output * weight
    grad_input = rstd * (h - h.mean(-1, keepdims=True))
    grad_weight = (grad_output * centred * rstd).sum(0)
    return grad_input, grad_weight


def main():
    import numpy

    random = numpy.random.default_rng(0)
    x, grad_output = random.normal(size=(4, 6)), random.normal(size=(4, 6))
    weight = random.normal(size=6)
    grad_input, grad_weight = layer_norm_backward(x, weight, grad_output)
    check(
        "LayerNorm",
        {"normalized_shape": 6, "bias": False},
        x,
        grad_output,
        grad_input,
        parameters={"weight": weight},
        grad_parameters={"weight": grad_weight},
    )
# ANCHOR_END: usage


if __name__ == "__main__":
    main()
