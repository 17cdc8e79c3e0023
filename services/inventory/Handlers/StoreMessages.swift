import Foundation
import GoogleProto
import PatronAPI
import ServiceKit

/// Stores between the contract and the tables.
enum StoreMessages {
  /// The stores of an import, each with the id that it gets if its code is new.
  static func decode(
    _ messages: [InventoryV1.Store], ids: any IDGenerator, time: Date
  ) throws -> [RetailStoreStore.RetailStore] {
    var errors = FieldErrors()
    errors.require((1...Limits.storesPerImport).contains(messages.count), "stores", "must be 1 to \(Limits.storesPerImport)")
    try errors.throwIfAny()
    var codes: Set<String> = []
    let policies = messages.enumerated().map { index, message in
      check(message, "stores[\(index)]", &errors)
      errors.require(codes.insert(message.code).inserted, "stores[\(index)].code", "stands here twice")
      return policy(message.stockPolicy, "stores[\(index)].stock_policy", &errors)
    }
    try errors.throwIfAny()
    return zip(messages, policies).map { message, policy in
      RetailStoreStore.RetailStore(
        storeID: ids.next("sto"), code: message.code, name: message.name, timeZone: message.timeZone,
        currencyCode: message.currencyCode, stockPolicy: policy, createTime: time, updateTime: time)
    }
  }

  static func encode(_ store: RetailStoreStore.RetailStore) -> InventoryV1.Store {
    InventoryV1.Store(
      storeID: store.storeID, code: store.code, name: store.name, timeZone: store.timeZone,
      currencyCode: store.currencyCode, stockPolicy: store.stockPolicy == .strict ? .strict : .allowNegative,
      createTime: GoogleProtobuf.Timestamp(store.createTime), updateTime: GoogleProtobuf.Timestamp(store.updateTime))
  }

  private static func check(_ message: InventoryV1.Store, _ field: String, _ errors: inout FieldErrors) {
    errors.require(text: message.code, "\(field).code", upTo: Limits.identifierBytes)
    errors.require(text: message.name, "\(field).name", upTo: Limits.nameBytes)
    errors.require(
      TimeZone(identifier: message.timeZone) != nil, "\(field).time_zone", "must be an IANA zone, such as Asia/Shanghai")
    errors.require(
      TypeV1.Money(0, message.currencyCode).hasWellFormedCurrency, "\(field).currency_code", "must be three upper-case letters")
  }

  private static func policy(
    _ policy: InventoryV1.StockPolicy, _ field: String, _ errors: inout FieldErrors
  ) -> StockPolicy {
    switch policy {
    case .unspecified, .allowNegative: return .allowNegative
    case .strict: return .strict
    case .unrecognized:
      errors.add(field, "is no policy")
      return .allowNegative
    }
  }
}
