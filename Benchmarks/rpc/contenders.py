"""Who is measured: Patron in its several ways, and its peers, as far as they are on this machine."""
import dataclasses
import os
import pathlib
import shutil

from . import caller, message

ROOT = pathlib.Path(__file__).parents[2]
CERTIFICATES = ROOT / "Tests/RPCTransportTests/Certificates"
ALL_LOADS = ((1, 1), (10, 32), (100, 10))  # connections x streams
FULL_LOAD = ((10, 32),)


@dataclasses.dataclass
class Contender:
    name: str
    # The program and its arguments, in which PORT stands for the port.
    command: list
    loads: tuple = ALL_LOADS
    streams: bool = False
    idles: bool = False
    scheme: str = "http"
    headers: tuple = ()
    on_two_cores: bool = False
    # What to install or build when the program is not there.
    remedy: str = ""

    def at(self, port):
        return [argument.replace("PORT", str(port)) for argument in self.command]

    @property
    def is_present(self):
        return shutil.which(self.command[0]) is not None


class Files:
    """What the contenders are given, in a folder that goes with the run."""

    def __init__(self, folder, stream_count, stream_size):
        folder = pathlib.Path(folder)
        # nghttpd answers with the file of the request's path: the very bytes that the others echo.
        self.site = folder / "site"
        (self.site / "bench.Echo").mkdir(parents=True)
        self.echo = self.site / "bench.Echo/Unary"
        self.echo.write_bytes(message.echo_request())
        self.stream = folder / "stream-request"
        self.stream.write_bytes(message.stream_request(stream_count, stream_size))
        self.keys = folder / "caller-keys.json"
        caller.write_key_ring(self.keys)


def all_contenders(binaries, files):
    """Those that are compared with each other stand beside each other, so that they are measured soon after one another."""
    binaries = pathlib.Path(binaries)
    peers = ROOT / ".build/bench-peers"
    echo_server = str(binaries / "echo-server")
    certificate, key = str(CERTIFICATES / "server.pem"), str(CERTIFICATES / "server.key")
    # As many concurrent streams as anybody asks for, and trailers as a gRPC server sends: else nghttpd does less than an echo must.
    nghttpd = [
        shutil.which("nghttpd", path=os.environ.get("PATH", "") + ":/usr/sbin") or "nghttpd",
        "-a", "127.0.0.1", "-n", "1", "-m", "1000", "-d", str(files.site), "--trailer=grpc-status: 0"]
    # Every standard interceptor is switched on, with limits that no call of ours reaches.
    service = [
        str(binaries / "echo-service"), "--listen-address", "127.0.0.1:PORT", "--admin-address", "127.0.0.1:0",
        "--caller-keys-file", str(files.keys), "--event-loops", "1", "--calls-per-second", "1000000", "--call-burst", "1000000",
        "--longest-call", "60s"]
    build, cpp, go = "make build", "scripts/build-bench-peers.sh cpp", "scripts/build-bench-peers.sh go"
    return [
        Contender("nghttpd", [*nghttpd, "--no-tls", "PORT"], idles=True, remedy="apt install nghttp2-server"),
        # What a service is compared with: headers that are longer cost the floor more, too.
        Contender(
            "nghttpd with a service's headers", [*nghttpd, "--no-tls", "PORT"], headers=tuple(caller.headers("echo")),
            remedy="apt install nghttp2-server"),
        Contender("patron", [echo_server, "PORT"], streams=True, idles=True, remedy=build),
        Contender("patron as a service", service, headers=tuple(caller.headers("echo")), remedy=build),
        # What the line that a service logs for each call costs, is the difference.
        Contender(
            "patron as a service without its call log", [*service, "--log-level", "notice"], headers=tuple(caller.headers("echo")), remedy=build),
        Contender("grpc-go", [str(peers / "go/echo-server"), "PORT"], streams=True, idles=True, remedy=go),
        Contender("gRPC C++ callback", [str(peers / "cpp/echo_server"), "PORT"], streams=True, idles=True, remedy=cpp),
        Contender("gRPC C++ sync", [str(peers / "cpp/echo_server"), "--sync", "PORT"], streams=True, remedy=cpp),
        Contender(
            "grpc-swift-2", [str(peers / "swift/release/EchoServer"), "PORT"], streams=True, idles=True,
            remedy="scripts/build-bench-peers.sh swift"),
        Contender("nghttpd TLS", [*nghttpd, "PORT", key, certificate], loads=FULL_LOAD, scheme="https", remedy="apt install nghttp2-server"),
        Contender(
            "patron TLS", [echo_server, "--tls-certificate", certificate, "--tls-key", key, "PORT"], loads=FULL_LOAD, scheme="https",
            remedy=build),
        Contender("patron one loop on two cores", [echo_server, "--loops", "1", "PORT"], loads=FULL_LOAD, on_two_cores=True, remedy=build),
        Contender("patron two loops", [echo_server, "--loops", "2", "PORT"], loads=FULL_LOAD, on_two_cores=True, remedy=build),
    ]
