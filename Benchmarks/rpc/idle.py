"""What a connection without calls costs a server in memory: thousands of them, from this process, that are HTTP/2 and then silent."""
import socket
import struct
import time

from . import machine
from .message import echo_request
from .server import CannotStart, Server

BATCH = 100  # connections opened at once, less than any server's backlog
SPARE_FILES = 200
SETTLE_SECONDS = 1
TIMEOUT_SECONDS = 30

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A header as HPACK writes it without Huffman's code and without the dynamic table. `name` is an index of the static table or bytes."""
    if isinstance(name, bytes):
        name = b"\0" + bytes([len(name)]) + name
    else:
        name = bytes([name]) if name < 15 else bytes([15, name - 15])
    return name + bytes([len(value)]) + value


def call():
    method, scheme = b"\x83", b"\x86"  # POST and http, by their places in the static table
    headers = method + scheme + literal(4, b"/bench.Echo/Unary") + literal(1, b"bench") + literal(31, b"application/grpc")
    headers += literal(b"te", b"trailers")
    return frame(HEADERS, END_HEADERS, 1, headers) + frame(DATA, END_STREAM, 1, echo_request())


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self.received = b""
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0))

    def settle(self):
        """Waits until both sides have each other's settings."""
        has_settings = has_acknowledgement = False
        while not (has_settings and has_acknowledgement):
            kind, flags, _ = self._next()
            if kind == SETTINGS and flags & ACK:
                has_acknowledgement = True
            elif kind == SETTINGS:
                has_settings = True
                self.socket.sendall(frame(SETTINGS, ACK, 0))

    def finish_call(self):
        """Waits for the end of the one call."""
        while True:
            kind, flags, stream = self._next()
            if kind == RST_STREAM:
                raise OSError("the call was reset")
            if stream == 1 and kind in (DATA, HEADERS) and flags & END_STREAM:
                return

    def _next(self):
        header = self._take(9)
        length, kind, flags, stream = int.from_bytes(header[:3], "big"), header[3], header[4], int.from_bytes(header[5:], "big")
        payload = self._take(length)
        if kind == PING and not flags & ACK:
            self.socket.sendall(frame(PING, ACK, 0, payload))
        if kind == GOAWAY:
            raise OSError("the server said goodbye")
        return kind, flags, stream

    def _take(self, count):
        while len(self.received) < count:
            more = self.socket.recv(65536)
            if not more:
                raise OSError("the server closed the connection")
            self.received += more
        taken, self.received = self.received[:count], self.received[count:]
        return taken


def measure(contenders, cores, wanted, progress):
    """contender -> KiB of resident memory a connection, fresh and after a call on each; and how many connections there were."""
    count = min(wanted, machine.raise_file_limit() - SPARE_FILES)
    figures = {}
    for contender in contenders:
        if not contender.idles:
            continue
        progress(f"{count} idle connections: {contender.name}")
        port = machine.free_port()
        try:
            with Server(contender.name, contender.at(port), port, cores.server) as server:
                figures[contender.name] = _measure(server, count)
        except (CannotStart, OSError) as reason:
            progress(f"{contender.name} did not hold {count} connections: {reason}")
    return {"connections": count, "servers": figures}


def _measure(server, count):
    connections = []
    try:
        warm = Connection(server.port)
        warm.settle()
        before = _settled_kib(server)
        while len(connections) < count:
            batch = [Connection(server.port) for _ in range(min(BATCH, count - len(connections)))]
            for connection in batch:
                connection.settle()
            connections += batch
        fresh = _settled_kib(server)
        for begin in range(0, count, BATCH):
            for connection in connections[begin:begin + BATCH]:
                connection.socket.sendall(call())
            for connection in connections[begin:begin + BATCH]:
                connection.finish_call()
        used = _settled_kib(server)
    finally:
        for connection in connections:
            connection.socket.close()
    return {"kib_fresh": (fresh - before) / count, "kib_after_a_call": (used - before) / count}


def _settled_kib(server):
    time.sleep(SETTLE_SECONDS)
    return server.resident_kib()
