"""The coefficients of the f32 elementary functions.

    python src/elementary/minimax.py

needs mpmath and numpy and takes ten seconds. For each function it prints the coefficients as
they stand in the Rust files, lowest power first, and the largest error of the fit relative to
the function: what exact arithmetic would leave. 2^-24 is half an ulp of a number just
above a power of two.

The fits are minimax fits on a grid that is dense towards both ends (Chebyshev's points), by
Lawson's algorithm (1961): least squares, over and over, in which every point's weight is
multiplied by the size of its error until the largest errors are all alike.

Rounding all coefficients to f32 at the end would spoil the fit. They are rounded one at a
time instead, lowest power first, and the others are fitted again to make up for it.
"""

import numpy as np
from mpmath import cos, erfc, erf, exp, expm1, log, log1p, mp, mpf, ncdf, pi, polyval, sqrt, tanh

mp.dps = 40


def grid(low, high, count):
    """Chebyshev's points: low and high included."""
    middle, half = (mpf(low) + mpf(high)) / 2, (mpf(high) - mpf(low)) / 2
    return [middle - half * cos(pi * k / (count - 1)) for k in range(count)]


def lawson(columns, target, rounds=150):
    """The c that makes the largest entry of |columns c - target| smallest."""
    importance = np.ones(len(target))
    best, best_error = None, np.inf
    scale = np.abs(columns).max(axis=0)
    for _ in range(rounds):
        root = np.sqrt(importance)
        c = np.linalg.lstsq(columns / scale * root[:, None], target * root, rcond=None)[0] / scale
        error = np.abs(columns @ c - target)
        if error.max() < best_error:
            best, best_error = c, error.max()
        importance *= error
        importance /= importance.sum()
    return best


def fit(f, weight, low, high, degree):
    """The polynomial P for which the largest weight |P - f| on [low, high] is small.

    Returns its coefficients, each one an f32, and the largest weighted error.
    """
    points = grid(low, high, 501)
    x, f_x, w_x = (np.array([float(g(t)) for t in points]) for g in (lambda t: t, f, weight))
    powers = np.stack([x**k for k in range(degree + 1)], axis=1)
    fixed = np.zeros(0)
    for k in range(degree + 1):
        rest = f_x - powers[:, :k] @ fixed
        free = lawson(powers[:, k:] * w_x[:, None], rest * w_x)
        fixed = np.append(fixed, np.float32(free[0]))
    exact = [mpf(float(c)) for c in fixed]
    largest = max(abs((polyval(exact[::-1], t) - f(t)) * weight(t)) for t in grid(low, high, 4001))
    return fixed, largest


def ratio(c, x, degree):
    """P(x) / Q(x): c holds the degree + 1 coefficients of P, then those of Q."""
    return polyval(c[degree::-1], x) / polyval(c[:degree:-1], x)


def fit_ratio(f, low, high, degrees, known):
    """P and Q for which the largest |P / (f Q) - 1| on [low, high] is small.

    P - f Q is linear in the coefficients; the weight 1 / (f Q) takes Q from the last round.
    `known` are coefficients that are given, by their place in P's and then Q's list. Of the
    others Q's last is rounded first, which rules the far end, then the rest from the lowest
    power up: without that exception the error was twice as large.
    """
    x = np.array([float(t) for t in grid(low, high, 501)])
    f_x = np.array([float(f(mpf(t))) for t in x])
    split, count = degrees[0] + 1, sum(degrees) + 2
    power = lambda k: k if k < split else k - split
    columns = np.stack(
        [x**k for k in range(split)] + [-f_x * x**k for k in range(count - split)], axis=1
    )
    fixed, order = dict(known), [count - 1, *sorted(range(count - 1), key=power)]
    q_x = (1 + x) ** degrees[1]
    for next_one in [k for k in order if k not in fixed]:
        free = [k for k in range(count) if k not in fixed]
        target = -sum(c * columns[:, k] for k, c in fixed.items())
        for _ in range(8):
            weight = 1 / (f_x * q_x)
            c = dict(zip(free, lawson(columns[:, free] * weight[:, None], target * weight)))
            all_of_q = [{**fixed, **c}[k] for k in range(split, count)]
            q_x = np.polyval(all_of_q[::-1], x)
        fixed[next_one] = float(np.float32(c[next_one]))
    exact = [mpf(fixed[k]) for k in range(count)]
    largest = max(abs(ratio(exact, t, degrees[0]) / f(t) - 1) for t in grid(low, high, 4001))
    return [fixed[k] for k in range(count)], largest


def literal(c):
    """An f32 in the fewest digits that give it back, grouped as clippy wants them."""
    mantissa, _, exponent = np.format_float_scientific(np.float32(c), trim="0").partition("e")
    if -4 <= int(exponent) < 6:
        mantissa, exponent = np.format_float_positional(np.float32(c), trim="0"), 0
    whole, _, fraction = mantissa.partition(".")
    if len(fraction) > 3:
        fraction = "_".join(fraction[k : k + 3] for k in range(0, len(fraction), 3))
    return f"{whole}.{fraction}" + (f"e{int(exponent)}" if int(exponent) else "")


def show(name, coefficients, largest):
    print(f"{name}: largest error {float(largest):.2e} = {float(largest * 2**24):.3f} * 2^-24")
    print("   ", ", ".join(literal(c) for c in coefficients))


def show_split(name, value, bits):
    """Cody and Waite's two parts: a head of few bits, whose multiples are exact, and the rest."""
    head = float(mp.nint(mp.ldexp(value, bits)) / 2**bits)
    print(f"{name}: {literal(head)} + {literal(float(value - mpf(head)))}")


def off_zero(x):
    """A point at 0, where the fits would divide by 0, is moved by less than matters."""
    return x if abs(x) > mpf(10) ** -12 else mpf(10) ** -12


def exp_fit():
    """e^r - 1 = r + r^2 P(r)."""
    half = log(2) / 2
    value = lambda r: (expm1(off_zero(r)) - off_zero(r)) / off_zero(r) ** 2
    # Relative to e^r - 1, so that exp_m1 may use it too.
    weight = lambda r: off_zero(r) ** 2 / expm1(off_zero(r))
    return fit(value, weight, -half, half, degree=5)


def ln_fit():
    """ln(1 + f) = f - f^2 / 2 + f^3 P(f)."""
    value = lambda f: (log1p(off_zero(f)) - off_zero(f) + off_zero(f) ** 2 / 2) / off_zero(f) ** 3
    weight = lambda f: off_zero(f) ** 3 / log1p(off_zero(f))
    return fit(value, weight, sqrt(mpf(0.5)) - 1, sqrt(mpf(2)) - 1, degree=7)


def ln_unit_fit():
    """ln((1 + s) / (1 - s)) = 2 s + s z P(z) with z = s^2, for ln(1 + x) with s = x / (2 + x)."""
    root = lambda z: sqrt(off_zero(z))
    ratio = lambda z: log((1 + root(z)) / (1 - root(z))) / root(z)
    value = lambda z: (ratio(z) - 2) / off_zero(z)
    return fit(value, lambda z: z / ratio(z), 0, mpf(1) / 9, degree=3)


def tanh_fit():
    """tanh(x) = x + x z P(z) with z = x^2."""
    ratio = lambda z: tanh(sqrt(off_zero(z))) / sqrt(off_zero(z))
    value = lambda z: (ratio(z) - 1) / off_zero(z)
    return fit(value, lambda z: z / ratio(z), 0, mpf("0.625") ** 2, degree=4)


def erf_near_fit():
    """erf(x) = x + x P(z) with z = x^2."""
    ratio = lambda z: erf(sqrt(off_zero(z))) / sqrt(off_zero(z))
    return fit(lambda z: ratio(z) - 1, lambda z: 1 / ratio(z), 0, 1, degree=6)


def erf_far_fit():
    """erf(x) = 1 - e^P(x): an error of P costs erfc(x) / erf(x) times as much."""
    return fit(lambda x: log(erfc(x)), lambda x: erfc(x) / erf(x), 1, 4, degree=6)


def erfc_fit():
    """erfc(x) = e^(-x^2) P(q) / (1 + 2 x) with q = (x - 2) / (x + 2)."""
    x_of = lambda q: 2 * (1 + q) / (1 - q)
    q_of = lambda x: (mpf(x) - 2) / (mpf(x) + 2)
    value = lambda q: (1 + 2 * x_of(q)) * exp(x_of(q) ** 2) * erfc(x_of(q))
    return fit(value, lambda q: 1 / value(q), q_of("0.9"), q_of("10.1"), degree=8)


def half_exp_fit():
    """e^(-r / 2) = 1 + r (-1/2 + r P(r)), for |r| <= ln(2) and what rounding and t's lower
    half may add."""
    value = lambda r: (exp(-off_zero(r) / 2) - 1 + off_zero(r) / 2) / off_zero(r) ** 2
    return fit(value, lambda r: r**2 * exp(r / 2), mpf("-0.76"), mpf("0.76"), degree=4)


def mills_fit():
    """e^(t^2 / 2) times the normal distribution function of -t, as P(t) / Q(t)."""
    value = lambda t: exp(t * t / 2) * ncdf(-t)
    return fit_ratio(value, 0, mpf("14.7"), (4, 5), {0: 0.5, 5: 1.0})


if __name__ == "__main__":
    show_split("ln 2", log(2), 15)
    show("exp, |r| <= ln(2) / 2", *exp_fit())
    show("ln, sqrt(1/2) <= 1 + f <= sqrt(2)", *ln_fit())
    show("ln_1p_unit, 0 <= x <= 1", *ln_unit_fit())
    show("tanh, |x| <= 0.625", *tanh_fit())
    show("erf, |x| <= 1", *erf_near_fit())
    show("erf, 1 <= x <= 4", *erf_far_fit())
    show("erfc, 0.9 <= x <= 10.1", *erfc_fit())
    show("normal, e^(-r / 2)", *half_exp_fit())
    show("normal, 0 <= t <= 14.7, P and Q", *mills_fit())
