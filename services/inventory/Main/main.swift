import Inventory
import ServiceKit

await ServiceMain<InventoryApp>.run()
