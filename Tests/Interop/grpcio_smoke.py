#!/usr/bin/env python3
"""Calls any service of this system from stock grpcio, knowing nothing but its address: health, reflection, errors and their details.

    grpcio_smoke.py HOST:PORT [--ca FILE --cert FILE --key FILE]

Needs grpcio, grpcio-reflection and protobuf. Prints one line a check; the exit status tells whether all held.
"""
import argparse
import sys

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection_pb2

TIMEOUT = 10
# The gateway describes whole services and serves of some only what is for callers from outside: the rest is UNIMPLEMENTED there.
REFUSALS = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED)
failures = []


def check(name, holds, seen=""):
    print(f"{'ok  ' if holds else 'FAIL'} {name}{'' if holds else f': {seen}'}")
    if not holds:
        failures.append(name)


def refusal(call):
    """The error of a call that must fail."""
    try:
        call()
        return None
    except grpc.RpcError as error:
        return error


def health(channel):
    unary = channel.unary_unary("/grpc.health.v1.Health/Check")
    check("health: the server serves", unary(b"", timeout=TIMEOUT) == b"\x08\x01")
    error = refusal(lambda: unary(b"\x0a\x04none", timeout=TIMEOUT))
    check("health: an unknown service is NOT_FOUND", error and error.code() == grpc.StatusCode.NOT_FOUND, error)
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=TIMEOUT)
    check("health: a watch tells the status at once", next(watch) == b"\x08\x01")
    watch.cancel()


def ask(channel, version, *requests):
    stub = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
    return list(stub(iter(requests), timeout=TIMEOUT))


def reflection(channel, version):
    request = reflection_pb2.ServerReflectionRequest
    listed = ask(channel, version, request(list_services="*"))[0].list_services_response
    services = [service.name for service in listed.service]
    check(f"reflection {version}: services are listed", len(services) > 1, services)

    files = {}
    for name in services:
        answer = ask(channel, version, request(file_containing_symbol=name))[0]
        check(f"reflection {version}: {name} has its file", answer.HasField("file_descriptor_response"), answer)
        for raw in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(raw)
            files[file.name] = file
    pool = descriptor_pool.DescriptorPool()

    def add(name):
        file = files.pop(name, None)
        if file is None:
            return
        for dependency in file.dependency:
            add(dependency)
        pool.Add(file)

    for name in list(files):
        add(name)
    methods = [method for name in services for method in pool.FindServiceByName(name).methods]
    check(f"reflection {version}: the files fit together", len(methods) >= len(services), len(methods))
    unknown = ask(channel, version, request(file_containing_symbol="no.Such"))[0]
    check(f"reflection {version}: an unknown symbol is NOT_FOUND", unknown.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0], unknown)
    return services, methods


def errors(channel, services, methods):
    own = next(name for name in services if not name.startswith("grpc."))
    for path in (f"/{own}/NoSuchMethod", "/no.Such/Method"):
        error = refusal(lambda: channel.unary_unary(path)(b"", timeout=TIMEOUT))
        check(f"errors: {path} is UNIMPLEMENTED", error and error.code() == grpc.StatusCode.UNIMPLEMENTED, error)
    with_details = 0
    for method in methods:
        if method.containing_service.full_name.startswith("grpc.") or method.client_streaming or method.server_streaming:
            continue
        path = f"/{method.containing_service.full_name}/{method.name}"
        error = refusal(lambda: channel.unary_unary(path)(b"\xff\xff\xff", timeout=TIMEOUT))
        check(f"errors: garbage to {method.name} is refused as such",
              error and error.code() in REFUSALS, error)
        error = refusal(lambda: channel.unary_unary(path)(b"", timeout=TIMEOUT))
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin") if error else None
        if details:
            with_details += 1
            check(f"errors: the details of {method.name} repeat code and message",
                  details_agree(details, error), details)
    check("errors: empty requests are refused with details", with_details > 0)


def details_agree(raw, error):
    """google.rpc.Status without its generated class: code is field 1, message 2, details 3."""
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="status.proto", package="smoke", syntax="proto3", dependency=["google/protobuf/any.proto"])
    message = file.message_type.add(name="Status")
    message.field.add(name="code", number=1, type=5, label=1)
    message.field.add(name="message", number=2, type=9, label=1)
    message.field.add(name="details", number=3, type=11, label=3, type_name=".google.protobuf.Any")
    any_file = descriptor_pb2.FileDescriptorProto()
    any_pb2.DESCRIPTOR.CopyToProto(any_file)
    pool.Add(any_file)
    pool.Add(file)
    from google.protobuf import message_factory
    status = message_factory.GetMessageClass(pool.FindMessageTypeByName("smoke.Status")).FromString(raw)
    return (status.code == error.code().value[0] and status.message == error.details()
            and all(detail.type_url.startswith("type.googleapis.com/") for detail in status.details))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--ca")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    options = parser.parse_args()

    def read(path):
        return open(path, "rb").read() if path else None

    if options.ca:
        credentials = grpc.ssl_channel_credentials(read(options.ca), read(options.key), read(options.cert))
        channel = grpc.secure_channel(options.address, credentials)
    else:
        channel = grpc.insecure_channel(options.address)
    with channel:
        health(channel)
        services, methods = reflection(channel, "v1")
        reflection(channel, "v1alpha")
        errors(channel, services, methods)
    if failures:
        sys.exit(f"{len(failures)} checks failed")


if __name__ == "__main__":
    main()
