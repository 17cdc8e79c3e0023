// tally --source loyalty --source-address HOST:PORT …: a service that only follows a feed, for the tests of its consumer.

internal import ServiceKit

await ServiceMain<TallyApp>.run()
