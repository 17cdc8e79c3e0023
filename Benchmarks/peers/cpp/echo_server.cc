// echo_server [--sync] PORT: bench.Echo on gRPC C++, in plaintext on 127.0.0.1, until it is killed. Its callback API, or with --sync the blocking one.

#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "bench.grpc.pb.h"

namespace {

void Echo(const bench::Msg& request, bench::Msg* reply) {
  reply->set_id(request.id());
  reply->set_amount(request.amount());
  reply->set_payload(request.payload());
}

// The messages of one server stream, one after the other in the same object.
class Stream {
 public:
  explicit Stream(const bench::StreamReq& request) : count_(request.count()) {
    message_.set_id("stream");
    message_.set_payload(std::string(request.size() > 0 ? request.size() : 0, 'x'));
  }

  // The next message, null after the last.
  const bench::Msg* Next() {
    if (sent_ >= count_) return nullptr;
    message_.set_amount(sent_++);
    return &message_;
  }

 private:
  bench::Msg message_;
  const int64_t count_;
  int64_t sent_ = 0;
};

class CallbackEcho final : public bench::Echo::CallbackService {
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const bench::Msg* request, bench::Msg* reply) override {
    Echo(*request, reply);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  class Writer final : public grpc::ServerWriteReactor<bench::Msg> {
   public:
    explicit Writer(const bench::StreamReq& request) : stream_(request) { Write(); }

    void OnWriteDone(bool written) override {
      if (written) {
        Write();
      } else {
        Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the reader is gone"));
      }
    }

    void OnDone() override { delete this; }

   private:
    void Write() {
      if (const bench::Msg* message = stream_.Next()) {
        StartWrite(message);
      } else {
        Finish(grpc::Status::OK);
      }
    }

    Stream stream_;
  };

  grpc::ServerWriteReactor<bench::Msg>* ServerStream(grpc::CallbackServerContext*, const bench::StreamReq* request) override {
    return new Writer(*request);
  }
};

class SyncEcho final : public bench::Echo::Service {
  grpc::Status Unary(grpc::ServerContext*, const bench::Msg* request, bench::Msg* reply) override {
    Echo(*request, reply);
    return grpc::Status::OK;
  }

  grpc::Status ServerStream(grpc::ServerContext*, const bench::StreamReq* request, grpc::ServerWriter<bench::Msg>* writer) override {
    Stream stream(*request);
    while (const bench::Msg* message = stream.Next()) {
      if (!writer->Write(*message)) return grpc::Status(grpc::StatusCode::CANCELLED, "the reader is gone");
    }
    return grpc::Status::OK;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const bool blocks = argc == 3 && std::strcmp(argv[1], "--sync") == 0;
  if (argc != 2 && !blocks) {
    std::fprintf(stderr, "usage: echo_server [--sync] PORT\n");
    return 2;
  }
  std::unique_ptr<grpc::Service> service;
  if (blocks) {
    service = std::make_unique<SyncEcho>();
  } else {
    service = std::make_unique<CallbackEcho>();
  }
  grpc::ServerBuilder builder;
  builder.AddListeningPort(std::string("127.0.0.1:") + argv[argc - 1], grpc::InsecureServerCredentials());
  builder.RegisterService(service.get());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  server->Wait();
}
