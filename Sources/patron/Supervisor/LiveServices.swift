import Foundation
import ServiceKit
import Synchronization

/// Which services serve, and where. Each change is written to addresses.json.
final class LiveServices: Sendable {
  private let folder: DataFolder
  private let services = Mutex<[String: ReadyFile]>([:])

  init(_ folder: DataFolder) { self.folder = folder }

  subscript(name: String) -> ReadyFile? { services.withLock { $0[name] } }

  var all: [String: ReadyFile] { services.withLock { $0 } }

  /// The lock is held while the file is written, so that the last change is what stays there.
  func set(_ name: String, _ ready: ReadyFile) throws {
    try services.withLock { services in
      services[name] = ready
      try AddressBook.write(services, folder)
    }
  }

  func clear() {
    services.withLock { $0 = [:] }
    AddressBook.remove(folder)
  }
}
