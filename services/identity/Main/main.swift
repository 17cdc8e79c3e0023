import Identity
import ServiceKit

await ServiceMain<IdentityApp>.run()
