"""Figures: one look for all of them. Okabe and Ito's palette, which the colour-blind tell apart, and markers besides."""

import matplotlib
import matplotlib.pyplot as plt

from .intervals import median_interval

COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]


def style():
    matplotlib.rcParams.update(
        {
            "figure.dpi": 100,
            "savefig.dpi": 100,
            "figure.figsize": (7.5, 3.8),
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "#dddddd",
            "grid.linewidth": 0.6,
            "axes.axisbelow": True,
            "legend.frameon": False,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.prop_cycle": matplotlib.cycler(color=COLORS),
        }
    )


def medians(axes, rows, x, y, label=None, number=0, scale=1.0, offset=0.0):
    """One line: the median of y over the replications at each x, its 95 % confidence interval as a bar."""
    groups = {}
    for row in rows:
        if row[y] is not None:
            groups.setdefault(row[x], []).append(row[y] * scale)
    xs = sorted(groups)
    found = [median_interval(groups[at]) for at in xs]
    middle = [m for m, _, _ in found]
    below, above = [m - low for m, low, _ in found], [high - m for m, _, high in found]
    axes.errorbar(
        [at + offset for at in xs],
        middle,
        yerr=[below, above],
        label=label,
        color=COLORS[number % len(COLORS)],
        marker=MARKERS[number % len(MARKERS)],
        markersize=5,
        linewidth=1.4,
        capsize=3,
        elinewidth=1.2,
    )
    return dict(zip(xs, found))


def log_axis(axis, ticks, base=10):
    """A logarithmic axis (axes.xaxis, axes.yaxis) with plain numbers at these ticks."""
    getattr(axis.axes, f"set_{axis.axis_name}scale")("log", base=base)
    axis.set_ticks(ticks, [f"{at:g}" for at in ticks])
    axis.set_ticks([], minor=True)


def new(columns=1, **options):
    style()
    return plt.subplots(1, columns, **options)
