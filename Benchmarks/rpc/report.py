"""The figures as tables for people and as JSON for programs."""
import json
import pathlib
import statistics


def medians(figures):
    """contender -> load -> the median over rounds of every figure, and the span of the steady one."""
    out = {}
    for name, loads in figures.items():
        for load, rounds in loads.items():
            row = {key: round(statistics.median(figure[key] for figure in rounds), 2) for key in rounds[0]}
            row["cpu_us_min"] = round(min(figure["cpu_us"] for figure in rounds), 2)
            row["cpu_us_max"] = round(max(figure["cpu_us"] for figure in rounds), 2)
            out.setdefault(name, {})[load] = row
    return out


def print_tables(results):
    servers = results["servers"]
    loads = {load for figures in servers.values() for load in figures if load != "stream"}
    for load in sorted(loads, key=lambda load: [int(part) for part in load.split("x")]):
        connections, streams = load.split("x")
        rows = [
            [name, row["cpu_us"], _span(row), row["calls_per_second"], row["p50_us"], row["p99_us"], row["resident_mib"],
             row["others_busy_cores"]]
            for name, figures in servers.items() if (row := figures.get(load))]
        _table(
            f"Unary, {connections} connections x {streams} streams",
            ["server", "CPU us/call", "min..max", "calls/s", "p50 us", "p99 us", "RSS MiB", "others' cores"], rows)
    _table(
        "Server streaming, one stream, 100 bytes a message",
        ["server", "CPU us/message", "min..max", "messages/s", "RSS MiB", "others' cores"],
        [[name, row["cpu_us"], _span(row), row["messages_per_second"], row["resident_mib"], row["others_busy_cores"]]
         for name, figures in servers.items() if (row := figures.get("stream"))])
    _table(
        "Patron's client",
        ["client", "load", "CPU us/call", "min..max", "server's CPU us/call", "calls/s", "p50 us", "p99 us"],
        [[mode, load, row["cpu_us"], _span(row), row["server_cpu_us"], row["calls_per_second"], row["p50_us"], row["p99_us"]]
         for mode, figures in results["client"].items() for load, row in figures.items()])
    if results["idle"]:
        _table(
            f"Idle connections: {results['idle']['connections']}", ["server", "KiB each, fresh", "KiB each, after a call"],
            [[name, round(row["kib_fresh"], 1), round(row["kib_after_a_call"], 1)] for name, row in results["idle"]["servers"].items()])
    _table(
        "Ratios within a round, and what Patron means to reach", ["ratio", "median", "min..max", "target", ""],
        [[row["what"], row["median"], f"{row['min']}..{row['max']}",
          f"<= {row['at_most']}" if "at_most" in row else f">= {row['at_least']}", "reached" if row["reached"] else "not yet"]
         for row in results["ratios"]])
    for name, reason in results["missing"].items():
        print(f"not measured: {name}: {reason}")


def write_json(results, path):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n")


def _span(row):
    return f"{row['cpu_us_min']}..{row['cpu_us_max']}"


def _table(title, head, rows):
    if not rows:
        return
    cells = [head] + [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    print(f"\n{title}\n")
    for number, row in enumerate(cells):
        print("| " + " | ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(zip(row, widths))) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 1) + (":" if column else "-") for column, width in enumerate(widths)) + "|")


def _text(cell):
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell >= 1000 else f"{cell:g}"
    return str(cell)
