"""The messages of Benchmarks/proto/bench.proto as bytes, framed as gRPC frames them."""

PREFIX_BYTES = 5


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def integer_field(number, value):
    return varint(number << 3) + varint(value) if value else b""


def bytes_field(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value if value else b""


def framed(message):
    return b"\0" + len(message).to_bytes(4, "big") + message


def echo_request():
    """A bench.Msg of 100 bytes, which is also its reply."""
    return framed(bytes_field(1, b"order-0123456789") + integer_field(2, 12345) + bytes_field(3, b"x" * 76))


def stream_request(count, size):
    """A bench.StreamReq for `count` messages with `size` bytes of payload each."""
    return framed(integer_field(1, count) + integer_field(2, size))


def stream_bytes(count, size):
    """How many bytes the reply to that has."""
    rest = len(bytes_field(1, b"stream")) + len(bytes_field(3, b"x" * size)) + PREFIX_BYTES
    return sum(rest + len(integer_field(2, number)) for number in range(count))
