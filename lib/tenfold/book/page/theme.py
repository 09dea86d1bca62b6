"""How the book's figures look."""

import seaborn as sns

# How a number printed in the paper is drawn, in every figure: `ax.plot(x, y, **PAPER)`.
PAPER = {"color": "black", "marker": "*", "markersize": 11, "linestyle": "none", "zorder": 5}


def theme() -> None:
    """Set the defaults of seaborn and matplotlib: colours for colour-blind readers too, a white background.

    The background is white on dark pages too, so that all colours keep their contrast.
    """
    sns.set_theme(
        context="notebook",
        style="whitegrid",
        palette="colorblind",
        rc={
            "figure.figsize": (7.0, 4.2),
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "axes.titlelocation": "left",
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "0.3",
            "grid.color": "0.9",
            "legend.frameon": False,
        },
    )
