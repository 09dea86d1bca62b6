"""The markdown table of the training-speed results."""


def table(results: dict) -> str:
    """A page: one row a shape and contender, medians with the range over rounds."""
    machine, load = results["machine"], results["load_average"]
    lines = [
        "# Training speed",
        "",
        f"Measured {results['measured']}, {results['rounds']} rounds, one thread, on {machine['processor']} "
        f"({machine['cores']} cores, {machine['system']}), Python {machine['python']}, "
        f"torch {machine['torch']}, transformers {machine['transformers']}. "
        f"Load average {load['before']:.1f} before, {load['after']:.1f} after: about 1 is a quiet machine.",
        "",
        "Tokens per second of CPU time: median over rounds, in brackets the lowest and highest round. R runs "
        "of one shape trained as one computation count all their tokens. Ratios are taken within a round. "
        "Setting up a run and compiling are not counted; compiling took, in seconds of wall-clock: "
        + "; ".join(
            f"{shape['shape']} " + ", ".join(f"{s:.0f}" for s in shape["compile_wall_seconds"].values())
            for shape in results["shapes"]
        )
        + ".",
        "",
        "| Shape | Parameters | Tokens a step | Contender | Tokens/s and core | To plain loop | To Trainer |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for shape in results["shapes"]:
        for who, speed in shape["speed"].items():
            ratios = [shape["ratio"].get(f"{who} / {base}") for base in ("plain loop", "Trainer")]
            cells = [
                shape["shape"],
                f"{shape['parameters']:,}",
                f"{shape['batch']}x{shape['context']}",
                who,
                _range(speed, ",.0f"),
                *(_range(ratio, ".2f") if ratio else "" for ratio in ratios),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _range(spread: dict[str, float], form: str) -> str:
    return f"{spread['median']:{form}} [{spread['low']:{form}}, {spread['high']:{form}}]"
