// echo-server PORT: bench.Echo on grpc-go, in plaintext on 127.0.0.1, until it is killed.
package main

import (
	"bytes"
	"context"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"

	"patron/bench"
)

type echoServer struct{}

func (echoServer) Unary(_ context.Context, request *bench.Msg) (*bench.Msg, error) {
	return &bench.Msg{Id: request.Id, Amount: request.Amount, Payload: request.Payload}, nil
}

func (echoServer) ServerStream(request *bench.StreamReq, replies bench.Echo_ServerStreamServer) error {
	payload := bytes.Repeat([]byte("x"), int(request.Size))
	for number := int32(0); number < request.Count; number++ {
		if err := replies.Send(&bench.Msg{Id: "stream", Amount: int64(number), Payload: payload}); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: echo-server PORT")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	bench.RegisterEchoServer(server, echoServer{})
	log.Fatal(server.Serve(listener))
}
