"""Rounds over all contenders, each with a server of its own, in an order that turns, so that a slow minute of the machine hits all alike."""
from . import machine
from .h2load import Target, WrongAnswer
from .message import echo_request, stream_bytes
from .server import CannotStart, Server

WARM_UP_CALLS = 3000
LOGGED_SHARE = 0.2  # of a load's calls are made once more, for percentiles
TRIED_CALLS = 1000  # to learn how many last as long as a measurement should
TRIED_STREAMS = 2


class Rounds:
    def __init__(self, contenders, files, cores, seconds, stream_count, stream_size):
        self.contenders = contenders
        self.files = files
        self.cores = cores
        self.seconds = seconds
        self.stream_count = stream_count
        self.stream_bytes = stream_bytes(stream_count, stream_size)
        # contender -> load -> one figure a round
        self.figures = {contender.name: {} for contender in contenders}
        # Those that did not start or answered wrongly, with what went wrong; they take part in no further round.
        self.failed = {}

    def run(self, count, progress):
        for number in range(count):
            turn = number % len(self.contenders)
            for contender in self.contenders[turn:] + self.contenders[:turn]:
                if contender.name in self.failed:
                    continue
                progress(f"round {number + 1} of {count}: {contender.name}")
                port = machine.free_port()
                cores = self.cores.two if contender.on_two_cores else self.cores.server
                try:
                    with Server(contender.name, contender.at(port), port, cores) as server:
                        self._measure(contender, server)
                except (CannotStart, WrongAnswer) as reason:
                    self.failed[contender.name] = str(reason)

    def _measure(self, contender, server):
        unary = Target(server, "Unary", self.files.echo, len(echo_request()), contender.scheme, contender.headers)
        unary.check_status()
        unary.run(self.cores.client, WARM_UP_CALLS, 10, 16)
        for connections, streams in contender.loads:
            calls = unary.calls_for(self.cores.client, self.seconds, max(TRIED_CALLS, connections * streams), connections, streams)
            figure = unary.measure(self.cores.client, calls, connections, streams)
            logged = max(TRIED_CALLS, int(calls * LOGGED_SHARE))
            figure |= unary.latencies(self.cores.client, logged, connections, streams)
            self._add(contender, f"{connections}x{streams}", figure)
        if contender.streams:
            replies = Target(server, "ServerStream", self.files.stream, self.stream_bytes, contender.scheme, contender.headers)
            in_turn = replies.calls_for(self.cores.client, self.seconds, TRIED_STREAMS, 1, 1)
            figure = replies.measure(self.cores.client, in_turn, 1, 1)
            figure["messages"] = figure.pop("calls") * self.stream_count
            figure["messages_per_second"] = figure.pop("calls_per_second") * self.stream_count
            figure["cpu_us"] /= self.stream_count
            figure["load_generator_cpu_us"] /= self.stream_count
            self._add(contender, "stream", figure)

    def _add(self, contender, load, figure):
        self.figures[contender.name].setdefault(load, []).append(figure)
