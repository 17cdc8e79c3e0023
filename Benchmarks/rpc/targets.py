"""What Patron means to reach, as ratios of figures taken in the same round. They inform; none decides over a build, since it is a time."""
import dataclasses
import statistics

PATRON, SERVICE, FLOOR, GO = "patron", "patron as a service", "nghttpd", "grpc-go"
SERVICE_FLOOR = "nghttpd with a service's headers"
UNLOGGED = "patron as a service without its call log"
IDLE_KIB = 30


@dataclasses.dataclass
class Ratio:
    what: str
    own: tuple  # contender, load
    other: tuple
    figure: str = "cpu_us"
    other_figure: str = ""
    at_most: float = None
    at_least: float = None


RATIOS = [
    Ratio("unary 10x32, as a service, to nghttpd", (SERVICE, "10x32"), (SERVICE_FLOOR, "10x32"), at_most=1.4),
    Ratio("unary 10x32, as a service without its call log, to nghttpd", (UNLOGGED, "10x32"), (SERVICE_FLOOR, "10x32"), at_most=1.4),
    Ratio("unary 10x32, bare, to nghttpd", (PATRON, "10x32"), (FLOOR, "10x32"), at_most=1.4),
    Ratio("unary 1x1, as a service, to nghttpd", (SERVICE, "1x1"), (SERVICE_FLOOR, "1x1"), at_most=1.4),
    Ratio("unary 1x1, bare, to nghttpd", (PATRON, "1x1"), (FLOOR, "1x1"), at_most=1.4),
    Ratio("unary 10x32, as a service, to grpc-go", (SERVICE, "10x32"), (GO, "10x32"), at_most=0.4),
    Ratio("unary 10x32, bare, to grpc-go", (PATRON, "10x32"), (GO, "10x32"), at_most=0.4),
    Ratio("streaming, messages/s to grpc-go's", (PATRON, "stream"), (GO, "stream"), "messages_per_second", at_least=1.0),
    Ratio("streaming, CPU a message to grpc-go's", (PATRON, "stream"), (GO, "stream"), at_most=1.0),
    Ratio("unary 10x32, TLS to plaintext", ("patron TLS", "10x32"), (PATRON, "10x32"), at_most=1.5),
    Ratio(
        "unary 10x32, two loops to one, on two cores", ("patron two loops", "10x32"), ("patron one loop on two cores", "10x32"),
        at_most=1.1),
    Ratio(
        "unary 10x32, the client's CPU to its server's, from handlers", ("client from handlers", "10x32"),
        ("client from handlers", "10x32"), other_figure="server_cpu_us", at_most=1.0),
    Ratio(
        "unary 10x32, the client's CPU to its server's, from elsewhere", ("client from elsewhere", "10x32"),
        ("client from elsewhere", "10x32"), other_figure="server_cpu_us", at_most=1.0),
]


def ratios(figures, idle):
    """Every ratio for which both sides were measured: the median over rounds, and its span."""
    out = []
    for ratio in RATIOS:
        own = figures.get(ratio.own[0], {}).get(ratio.own[1], [])
        other = figures.get(ratio.other[0], {}).get(ratio.other[1], [])
        values = [
            mine[ratio.figure] / theirs[ratio.other_figure or ratio.figure]
            for mine, theirs in zip(own, other) if theirs[ratio.other_figure or ratio.figure] > 0]
        if values:
            out.append(_row(ratio.what, values, ratio.at_most, ratio.at_least))
    if idle and PATRON in idle["servers"]:
        for state in ("kib_fresh", "kib_after_a_call"):
            words = "KiB an idle connection, " + ("fresh" if state == "kib_fresh" else "after a call on it")
            out.append(_row(words, [idle["servers"][PATRON][state]], IDLE_KIB, None))
    return out


def _row(what, values, at_most, at_least):
    median = statistics.median(values)
    return {
        "what": what, "median": round(median, 2), "min": round(min(values), 2), "max": round(max(values), 2),
        **({"at_most": at_most} if at_most is not None else {"at_least": at_least}),
        "reached": median <= at_most if at_most is not None else median >= at_least,
    }
