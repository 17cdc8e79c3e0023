import Loyalty
import ServiceKit

await ServiceMain<LoyaltyApp>.run()
