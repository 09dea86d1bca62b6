"""The markdown table of the attention results."""

AIMS = {"forward": 0.85, "forward and backward": 0.7, "decode": 0.7}


def table(results: dict) -> str:
    """A page: one row a case, medians with the range over rounds, and the share of the ideal reached."""
    machine, load = results["machine"], results["load_average"]
    lines = [
        "# S2-Attention on the CPU",
        "",
        f"Measured {results['measured']}, {results['rounds']} rounds, {machine['threads']} threads, on "
        f"{machine['processor']} ({machine['cores']} cores, {machine['system']}), Python "
        f"{machine['python']}, torch {machine['torch']}. "
        f"Load average {load['before']:.1f} before, {load['after']:.1f} after: "
        f"the measurement itself makes {machine['threads']}.",
        "",
        "float32, batch 1, 8 heads, head_dim 64, block 64, 16 local blocks. Speed-up: dense time over ours, "
        "the median of ratios within a round, in brackets the lowest and highest. Ideal is 1 / density, for "
        "decoding 1 / share of live blocks. The aims are "
        + ", ".join(f"{aim} of the ideal for {case}" for case, aim in AIMS.items())
        + " (attention from 8192 tokens on), and to be no slower than compiled FlexAttention.",
        "",
        "| Case | Stride | Tokens | Ideal | Over dense | Share of ideal | Aim | Over FlexAttention |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for case in results["cases"]:
        speedup, flex = case["speedup"]["dense / ours"], case["speedup"].get("flex / ours")
        share = speedup["median"] / case["ideal"]
        aimed = case["time"] >= 8192
        cells = [
            case["case"],
            str(case["stride"]),
            f"{case['time']:,}",
            f"{case['ideal']:.2f}",
            _range(speedup),
            f"{share:.2f}",
            ("reached" if share >= AIMS[case["case"]] else "missed") if aimed else "",
            _range(flex) if flex else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _range(spread: dict[str, float]) -> str:
    return f"{spread['median']:.2f} [{spread['low']:.2f}, {spread['high']:.2f}]"
