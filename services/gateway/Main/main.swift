import Gateway
import ServiceKit

await ServiceMain<GatewayApp>.run()
