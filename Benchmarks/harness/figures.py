"""Medians, ratios and budgets, as numbers for --json and as lines for people."""
from statistics import median


def spread(values):
    return {"median": median(values), "least": min(values), "most": max(values)}


def ratios(values, base):
    """Round by round, so that what slowed a whole round down falls out."""
    return spread([value / other for value, other in zip(values, base)])


def budget(name, value, limit, unit):
    return {"name": name, "value": value, "at most": limit, "unit": unit, "kept": value <= limit}


def target(name, value, limit, unit):
    return {"name": name, "value": value, "at least": limit, "unit": unit, "kept": value >= limit}


def _number(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _with_spread(value):
    return f"{_number(value['median'])} ({_number(value['least'])} – {_number(value['most'])})"


def _cell(value):
    if value is None:
        return "–"
    if isinstance(value, dict):
        return _with_spread(value)
    return _number(value) if isinstance(value, float) else str(value)


def _table(rows):
    """Markdown: it reads well in a terminal too."""
    titles = list(rows[0])
    cells = [titles, ["---"] + ["---:"] * (len(titles) - 1)] + [[_cell(row[title]) for title in titles] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)


def text(result):
    lines = ["Machine: " + ", ".join(f"{key} {value}" for key, value in result["machine"].items()), f"Command: {result['command']}"]
    for part in result["parts"]:
        lines += ["", f"## {part['title']}", "", _table(part["rows"]), "", part["note"]]
    lines += ["", "## Budgets", ""]
    budgets = [one for part in result["parts"] for one in part["budgets"]]
    return "\n".join(lines + [_table([_budget_row(one) for one in budgets])])


def _budget_row(one):
    limit = "at most" if "at most" in one else "at least"
    return {
        "budget": one["name"], "measured": f"{_number(one['value'])} {one['unit']}".strip(),
        "wanted": f"{limit} {_number(one[limit])} {one['unit']}".strip(), "": "kept" if one["kept"] else "MISSED"}
