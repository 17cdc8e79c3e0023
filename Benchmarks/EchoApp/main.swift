// echo-service [--listen-address HOST:PORT] [--caller-keys-file FILE] …: make bench-rpc measures it beside echo-server, which is bare.

internal import ServiceKit

await ServiceMain<EchoApp>.run()
