// The C of Benchmarks/proto/bench.proto, by protoc-gen-c from descriptors that `proto/generator rewrite` prepared.
#pragma once

#include "bench.pb-c.h"

static inline const ProtobufCMessageDescriptor *layout_of_bench__msg(void) { return &bench__msg__descriptor; }
static inline const ProtobufCMessageDescriptor *layout_of_bench__stream_req(void) { return &bench__stream_req__descriptor; }
