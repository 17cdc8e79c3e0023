import Database
import PatronAPI
import RPC
import ServiceKit

/// Products, stores, stock, and orders as others read them. The methods stand in one file a subject.
struct InventoryHandlers: InventoryV1.InventoryService {
  let database: Database
  let commands: CommandRunner
  let clock: any WallClock
  let ids: any IDGenerator

  init(environment: ServiceEnvironment) {
    database = environment.database
    commands = environment.commands
    clock = environment.clock
    ids = environment.ids
  }
}
