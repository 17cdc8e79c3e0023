"""gRPC's interop tests in Python grpcio, as the other side of `rpc-interop`: doc/interop-test-descriptions.md in grpc/grpc.

    grpcio_interop.py server [--certificate PEM --key PEM]        prints its port, serves until it is killed
    grpcio_interop.py client HOST:PORT [--authority PEM]          runs every case; the first failure ends with status 1

The stubs are made from Debian's grpc-proto where it is installed, else from Tests/Interop/proto, whose numbers are the same.
"""
import argparse
import concurrent.futures
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import time

import grpc

arguments = argparse.ArgumentParser()
arguments.add_argument("mode", choices=["server", "client"])
arguments.add_argument("address", nargs="?")
arguments.add_argument("--authority")
arguments.add_argument("--certificate")
arguments.add_argument("--key")
arguments = arguments.parse_args()

debian = pathlib.Path("/usr/share/grpc-proto")
protos = debian if (debian / "grpc/testing/test.proto").exists() else pathlib.Path(__file__).parent / "proto"
stubs = tempfile.TemporaryDirectory()
subprocess.run(
    [sys.executable, "-m", "grpc_tools.protoc", f"-I{protos}", f"--python_out={stubs.name}", f"--grpc_python_out={stubs.name}",
     *[f"grpc/testing/{name}.proto" for name in ("empty", "messages", "test")]], check=True)
# A folder named grpc would hide grpcio, whose package it is to join.
grpc.__path__.append(f"{stubs.name}/grpc")
from grpc.testing import empty_pb2, messages_pb2 as messages, test_pb2_grpc  # noqa: E402

INITIAL, TRAILING = "x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"
LARGE_REQUEST, LARGE_RESPONSE = 271828, 314159
REQUEST_SIZES, RESPONSE_SIZES = [27182, 8, 1828, 45904], [31415, 9, 2653, 58979]


def payload(size):
    return messages.Payload(body=bytes(size))


class TestService(test_pb2_grpc.TestServiceServicer):
    @staticmethod
    def prepare(request, context):
        metadata = dict(context.invocation_metadata())
        if INITIAL in metadata:
            context.send_initial_metadata(((INITIAL, metadata[INITIAL]),))
        if TRAILING in metadata:
            context.set_trailing_metadata(((TRAILING, metadata[TRAILING]),))
        TestService.fail(request, context)

    @staticmethod
    def fail(request, context):
        if request is not None and request.HasField("response_status") and request.response_status.code:
            code = next(code for code in grpc.StatusCode if code.value[0] == request.response_status.code)
            context.abort(code, request.response_status.message)

    def EmptyCall(self, request, context):
        self.prepare(None, context)
        return empty_pb2.Empty()

    def UnaryCall(self, request, context):
        self.prepare(request, context)
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        return messages.SimpleResponse(payload=payload(request.response_size))

    def StreamingOutputCall(self, request, context):
        self.prepare(request, context)
        if any(each.compressed.value for each in request.response_parameters):
            context.set_compression(grpc.Compression.Gzip)
        yield from self.replies(request, context)

    @staticmethod
    def replies(request, context):
        for each in request.response_parameters:
            time.sleep(each.interval_us / 1e6)
            if not each.compressed.value:
                context.disable_next_message_compression()
            yield messages.StreamingOutputCallResponse(payload=payload(each.size))

    def StreamingInputCall(self, requests, context):
        return messages.StreamingInputCallResponse(aggregated_payload_size=sum(len(each.payload.body) for each in requests))

    def FullDuplexCall(self, requests, context):
        self.prepare(None, context)
        for request in requests:
            self.fail(request, context)
            yield from self.replies(request, context)


def serve():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=16))
    test_pb2_grpc.add_TestServiceServicer_to_server(TestService(), server)
    if arguments.certificate:
        pair = (pathlib.Path(arguments.key).read_bytes(), pathlib.Path(arguments.certificate).read_bytes())
        port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([pair]))
    else:
        port = server.add_insecure_port("localhost:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


class Cases:
    def __init__(self, channel):
        self.channel = channel
        self.stub = test_pb2_grpc.TestServiceStub(channel)

    @staticmethod
    def expect(code, call, message=None):
        try:
            call()
        except grpc.RpcError as error:
            assert error.code() == code, f"{error.code()} instead of {code}: {error.details()}"
            assert message is None or error.details() == message, repr(error.details())
            return
        raise AssertionError(f"OK instead of {code}")

    @staticmethod
    def output_request(response_size, request_size):
        return messages.StreamingOutputCallRequest(
            response_parameters=[messages.ResponseParameters(size=response_size)], payload=payload(request_size))

    def large(self, **more):
        return messages.SimpleRequest(response_size=LARGE_RESPONSE, payload=payload(LARGE_REQUEST), **more)

    def empty_unary(self):
        assert self.stub.EmptyCall(empty_pb2.Empty()) == empty_pb2.Empty()

    def large_unary(self):
        assert len(self.stub.UnaryCall(self.large()).payload.body) == LARGE_RESPONSE

    def client_compressed_unary(self):
        request = self.large(expect_compressed=messages.BoolValue(value=True))
        self.expect(grpc.StatusCode.INVALID_ARGUMENT, lambda: self.stub.UnaryCall(request))
        assert len(self.stub.UnaryCall(request, compression=grpc.Compression.Gzip).payload.body) == LARGE_RESPONSE
        plain = self.large(expect_compressed=messages.BoolValue(value=False))
        assert len(self.stub.UnaryCall(plain).payload.body) == LARGE_RESPONSE

    def server_compressed_unary(self):
        for wanted in (True, False):
            request = self.large(response_compressed=messages.BoolValue(value=wanted))
            assert len(self.stub.UnaryCall(request).payload.body) == LARGE_RESPONSE

    def client_streaming(self):
        reply = self.stub.StreamingInputCall(iter([messages.StreamingInputCallRequest(payload=payload(size)) for size in REQUEST_SIZES]))
        assert reply.aggregated_payload_size == 74922

    def client_compressed_streaming(self):
        packed = messages.StreamingInputCallRequest(payload=payload(27182), expect_compressed=messages.BoolValue(value=True))
        self.expect(grpc.StatusCode.INVALID_ARGUMENT, lambda: self.stub.StreamingInputCall(iter([packed])))
        reply = self.stub.StreamingInputCall(iter([packed]), compression=grpc.Compression.Gzip)
        assert reply.aggregated_payload_size == 27182

    def server_streaming(self):
        request = messages.StreamingOutputCallRequest(response_parameters=[messages.ResponseParameters(size=size) for size in RESPONSE_SIZES])
        assert [len(reply.payload.body) for reply in self.stub.StreamingOutputCall(request)] == RESPONSE_SIZES

    def server_compressed_streaming(self):
        wanted = [(31415, True), (92653, False)]
        request = messages.StreamingOutputCallRequest(
            response_parameters=[messages.ResponseParameters(size=size, compressed=messages.BoolValue(value=value)) for size, value in wanted])
        assert [len(reply.payload.body) for reply in self.stub.StreamingOutputCall(request)] == [31415, 92653]

    def ping_pong(self):
        turns = iter(zip(RESPONSE_SIZES, REQUEST_SIZES))
        requests = queue.Queue()
        replies = self.stub.FullDuplexCall(iter(requests.get, None))
        for response_size, request_size in turns:
            requests.put(self.output_request(response_size, request_size))
            assert len(next(replies).payload.body) == response_size
        requests.put(None)
        assert list(replies) == []

    def empty_stream(self):
        assert list(self.stub.FullDuplexCall(iter([]))) == []

    def custom_metadata(self):
        sent = ((INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab"))
        _, call = self.stub.UnaryCall.with_call(self.large(), metadata=sent)
        stream = self.stub.FullDuplexCall(iter([self.output_request(LARGE_RESPONSE, LARGE_REQUEST)]), metadata=sent)
        list(stream)
        for each in (call, stream):
            assert dict(each.initial_metadata())[INITIAL] == "test_initial_metadata_value"
            assert dict(each.trailing_metadata())[TRAILING] == b"\xab\xab\xab"

    def status(self, message):
        status = messages.EchoStatus(code=2, message=message)
        self.expect(grpc.StatusCode.UNKNOWN, lambda: self.stub.UnaryCall(messages.SimpleRequest(response_status=status)), message)
        request = messages.StreamingOutputCallRequest(response_status=status)
        self.expect(grpc.StatusCode.UNKNOWN, lambda: list(self.stub.FullDuplexCall(iter([request]))), message)

    def status_code_and_message(self):
        self.status("test status message")

    def special_status_message(self):
        self.status("\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")

    def unimplemented_method(self):
        self.expect(grpc.StatusCode.UNIMPLEMENTED, lambda: self.stub.UnimplementedCall(empty_pb2.Empty()))

    def unimplemented_service(self):
        call = self.channel.unary_unary("/grpc.testing.UnimplementedService/UnimplementedCall")
        self.expect(grpc.StatusCode.UNIMPLEMENTED, lambda: call(b""))

    def cancel_after_begin(self):
        over = threading.Event()

        def never():
            over.wait()
            yield messages.StreamingInputCallRequest()

        call = self.stub.StreamingInputCall.future(never())
        call.cancel()
        assert call.code() == grpc.StatusCode.CANCELLED
        over.set()

    def cancel_after_first_response(self):
        requests = queue.Queue()
        requests.put(self.output_request(31415, 27182))
        call = self.stub.FullDuplexCall(iter(requests.get, None))
        assert len(next(call).payload.body) == 31415
        call.cancel()
        self.expect(grpc.StatusCode.CANCELLED, lambda: list(call))
        requests.put(None)

    def timeout_on_sleeping_server(self):
        request = messages.StreamingOutputCallRequest(
            response_parameters=[messages.ResponseParameters(size=31415, interval_us=2_000_000)], payload=payload(27182))
        self.expect(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: list(self.stub.FullDuplexCall(iter([request]), timeout=0.001)))


NAMES = [name for name in vars(Cases) if not name.startswith("_") and name not in ("expect", "output_request", "large", "status")]

if arguments.mode == "server":
    serve()
else:
    if arguments.authority:
        credentials = grpc.ssl_channel_credentials(pathlib.Path(arguments.authority).read_bytes())
        channel = grpc.secure_channel(arguments.address, credentials, [("grpc.ssl_target_name_override", "localhost")])
    else:
        channel = grpc.insecure_channel(arguments.address)
    for name in NAMES:
        getattr(Cases(channel), name)()
    print(f"{len(NAMES)} cases pass: {', '.join(NAMES)}")
