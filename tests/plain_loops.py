"""Update rules as plain loops over numbers, written for the tests alone, and the gradients of two networks."""

import math


def linear_gradient(rows):
    """∂/∂w Σ (t - wᵀp)² of rows (p1, p2, t)."""

    def gradient(x):
        found = [0.0, 0.0]
        for first, second, t in rows:
            e = t - (x[0] * first + x[1] * second)
            found[0] -= 2 * e * first
            found[1] -= 2 * e * second
        return found

    return gradient


def one_two_one_error(x, inputs, targets):
    """Σ (t - a)² of a 1-2-1 network of sigmoid units; x is W1, b1, W2, b2."""

    def sigmoid(n):
        return 1 / (1 + math.exp(-n)) if n >= 0 else math.exp(n) / (1 + math.exp(n))

    total = 0.0
    for p, t in zip(inputs, targets, strict=True):
        hidden = [sigmoid(x[k] * p + x[2 + k]) for k in (0, 1)]
        total += (t - sigmoid(x[4] * hidden[0] + x[5] * hidden[1] + x[6])) ** 2
    return total


def central_gradient(error, places, step=1e-5):
    """The gradient of an error along some of its arguments, by central differences."""

    def gradient(x):
        found = []
        for place in places:
            up, down = list(x), list(x)
            up[place] += step
            down[place] -= step
            found.append((error(up) - error(down)) / (2 * step))
        return found

    return gradient


def descent(gradient, x, rate, steps, momentum=0.0):
    """The points of gradient descent with momentum."""
    points, moved = [list(x)], [0.0] * len(x)
    for _ in range(steps):
        moved = [momentum * d - rate * g for d, g in zip(moved, gradient(points[-1]), strict=True)]
        points.append([a + d for a, d in zip(points[-1], moved, strict=True)])
    return points


def adam(gradient, x, rate, steps, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """The points of Adam. NND 3.29-3.33."""
    points, m, v = [list(x)], [0.0] * len(x), [0.0] * len(x)
    for k in range(1, steps + 1):
        g = gradient(points[-1])
        m = [beta1 * a + (1 - beta1) * b for a, b in zip(m, g, strict=True)]
        v = [beta2 * a + (1 - beta2) * b * b for a, b in zip(v, g, strict=True)]
        points.append(
            [
                a - rate * (mean / (1 - beta1**k)) / (math.sqrt(square / (1 - beta2**k)) + epsilon)
                for a, mean, square in zip(points[-1], m, v, strict=True)
            ]
        )
    return points
