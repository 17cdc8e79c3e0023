#!/usr/bin/env python3
"""Prints GoldenBytes.swift: messages as Google's own Python runtime encodes them.

    python3 Tests/ProtobufCTests/golden.py > Tests/ProtobufCTests/GoldenBytes.swift

Needs protoc and the PyPI package `protobuf`. The values stand once more in GoldenTests.swift, written in Swift.
"""

import pathlib
import subprocess
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

FILES = ["patron/testing/v1/everything.proto", "patron/type/v1/type.proto", "google/rpc/error_details.proto",
         "patron/inventory/v1/inventory_service.proto"]

CASES = [
    ("money", "patron.type.v1.Money", {"currencyCode": "USD", "minorUnits": "-1999"}),
    ("moneyExtremes", "patron.type.v1.Money", {"currencyCode": "¥€🙂", "minorUnits": str(-2**63)}),
    ("emptyMoney", "patron.type.v1.Money", {}),
    ("errorInfo", "google.rpc.ErrorInfo",
     {"reason": "QUOTE_STALE", "domain": "gateway.patron", "metadata": {"b": "2", "a": "1", "ä": "", "": "x"}}),
    ("productKey", "patron.inventory.v1.ProductKey", {"sku": ""}),
    ("scalars", "patron.testing.v1.Everything", {
        "doubleValue": -1.5, "floatValue": 0.25, "int32Value": -1, "int64Value": str(-2**63), "uint32Value": 2**32 - 1,
        "uint64Value": str(2**64 - 1), "sint32Value": -2**31, "sint64Value": str(-2**63), "fixed32Value": 7,
        "fixed64Value": "8", "sfixed32Value": -9, "sfixed64Value": "-10", "boolValue": True, "stringValue": "naïve 🙂",
        "bytesValue": "AAEC/w==", "colour": "COLOUR_NEGATIVE", "leaf": {"text": "leaf", "number": "300"},
        "eventTime": "1969-12-31T23:59:59.000001Z", "class": "c", "default": "d", "requestId": "r",
        "memberIds": ["m1", "m2"], "nested": {"kind": "KIND_OTHER", "far": "-1"}}),
    ("presentDefaults", "patron.testing.v1.Everything", {
        "optionalInt32": 0, "optionalInt64": "0", "optionalBool": False, "optionalString": "", "optionalBytes": "",
        "optionalColour": "COLOUR_UNSPECIFIED", "optionalLeaf": {}, "optionalDouble": 0.0, "leaf": {}, "chosenNumber": 0}),
    ("repeated", "patron.testing.v1.Everything", {
        "int32Values": [0, -1, 300], "sint64Values": ["-1", "1"], "boolValues": [True, False], "stringValues": ["", "x"],
        "bytesValues": ["", "AQ=="], "colours": ["COLOUR_RED", "COLOUR_NEGATIVE", 77], "leaves": [{}, {"text": "x"}],
        "doubleValues": [0.0, 1e300]}),
    ("chosenText", "patron.testing.v1.Everything", {"chosenText": "t"}),
    ("chosenBytes", "patron.testing.v1.Everything", {"chosenBytes": "AA=="}),
    ("chosenColour", "patron.testing.v1.Everything", {"chosenColour": 5}),
    ("chosenLeaf", "patron.testing.v1.Everything", {"chosenLeaf": {"number": "1"}}),
    ("chosenBool", "patron.testing.v1.Everything", {"chosenBool": False}),
    ("labels", "patron.testing.v1.Everything", {"labels": {"k": "v", "a": "b"}}),
]


def main():
    with tempfile.NamedTemporaryFile() as descriptors:
        subprocess.run(
            ["protoc", "-I", ROOT / "proto", "-I", HERE / "proto", "-I", "/usr/include", "--include_imports",
             f"--descriptor_set_out={descriptors.name}", *FILES], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(descriptors.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    print("// Printed by golden.py. Do not edit.")
    print()
    print("/// Messages as Google's Python runtime encodes them.")
    print("enum GoldenBytes {")
    for name, message_name, fields in CASES:
        message = message_factory.GetMessageClass(pool.FindMessageTypeByName(message_name))()
        json_format.ParseDict(fields, message)
        encoded = message.SerializeToString(deterministic=True)
        if not encoded:
            print(f"  static let {name}: [UInt8] = []")
            continue
        print(f"  static let {name}: [UInt8] = [")
        for start in range(0, len(encoded), 20):
            print("    " + ", ".join(str(byte) for byte in encoded[start:start + 20]) + ",")
        print("  ]")
    print("}")


main()
