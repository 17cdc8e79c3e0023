import GoogleProto
import PatronAPI

// What a till sends, as Domain values. Nothing is judged here: what is missing or unknown is carried to the rules.

extension Money {
  init(_ money: TypeV1.Money) { self.init(currencyCode: money.currencyCode, minorUnits: money.minorUnits) }
}

extension Basket {
  init(_ basket: GatewayV1.Basket) {
    self.init(
      store: basket.store.map(StoreKey.init), member: basket.member.map { $0.key.map(MemberKey.init) },
      lines: basket.lines.map(Line.init), couponCodes: basket.couponCodes, tillID: basket.tillID, staffID: basket.staffID,
      externalReference: basket.externalReference, occurredTime: basket.occurredTime?.date)
  }
}

extension Basket.StoreKey {
  init(_ key: GatewayV1.Basket.Store) {
    switch key {
    case .storeID(let id): self = .id(id)
    case .storeCode(let code): self = .code(code)
    }
  }

  /// As inventory is asked.
  var request: InventoryV1.GetStoreRequest {
    switch self {
    case .id(let id): InventoryV1.GetStoreRequest(key: .storeID(id))
    case .code(let code): InventoryV1.GetStoreRequest(key: .code(code))
    }
  }
}

extension Basket.MemberKey {
  init(_ key: GatewayV1.MemberKey.Key) {
    switch key {
    case .memberID(let id): self = .id(id)
    case .phone(let phone): self = .phone(phone)
    case .email(let email): self = .email(email)
    case .cardCode(let code): self = .cardCode(code)
    case .externalID(let id): self = .externalID(id)
    }
  }

  /// As identity is asked.
  var request: IdentityV1.FindMemberRequest {
    switch self {
    case .id(let id): IdentityV1.FindMemberRequest(key: .memberID(id))
    case .phone(let phone): IdentityV1.FindMemberRequest(key: .phone(phone))
    case .email(let email): IdentityV1.FindMemberRequest(key: .email(email))
    case .cardCode(let code): IdentityV1.FindMemberRequest(key: .cardCode(code))
    case .externalID(let id): IdentityV1.FindMemberRequest(key: .externalID(id))
    }
  }
}

extension Basket.Line {
  init(_ line: GatewayV1.BasketLine) {
    self.init(
      product: line.product.map(Basket.ProductKey.init), kind: Basket.LineKind(line.kind), quantity: line.quantity,
      listAmount: line.listAmount.map(Money.init), unitPrice: line.unitPrice.map(Money.init),
      tillDiscounts: line.tillDiscounts.map { discount in
        Basket.TillDiscount(kind: Basket.TillDiscountKind(discount.kind), amount: discount.amount.map(Money.init))
      },
      taxAmount: line.taxAmount.map(Money.init))
  }
}

extension Basket.ProductKey {
  init(_ key: GatewayV1.BasketLine.Product) {
    switch key {
    case .productID(let id): self = .id(id)
    case .sku(let sku): self = .sku(sku)
    case .barcode(let barcode): self = .barcode(barcode)
    }
  }

  /// As inventory is asked.
  var lookUpKey: InventoryV1.ProductKey {
    switch self {
    case .id(let id): InventoryV1.ProductKey(key: .productID(id))
    case .sku(let sku): InventoryV1.ProductKey(key: .sku(sku))
    case .barcode(let barcode): InventoryV1.ProductKey(key: .barcode(barcode))
    }
  }
}

extension Basket.LineKind {
  init(_ kind: TypeV1.LineKind) {
    switch kind {
    case .unspecified, .sale: self = .sale
    case .adjustment: self = .adjustment
    case .unrecognized: self = .unknown
    }
  }
}

extension Basket.TillDiscountKind {
  init(_ kind: TypeV1.TillDiscountKind) {
    switch kind {
    case .loyalty: self = .loyalty
    case .manufacturerCoupon: self = .manufacturerCoupon
    case .retailerMatch: self = .retailerMatch
    case .other: self = .other
    case .unspecified, .unrecognized: self = .unknown
    }
  }

  var wire: TypeV1.TillDiscountKind {
    switch self {
    case .loyalty: .loyalty
    case .manufacturerCoupon: .manufacturerCoupon
    case .retailerMatch: .retailerMatch
    case .other: .other
    case .unknown: .unspecified
    }
  }
}

extension Tender {
  init(_ tender: TypeV1.Tender) {
    self.init(
      kind: Kind(tender.kind), amount: tender.amount.map(Money.init), tendered: tender.tendered.map(Money.init),
      externalReference: tender.externalReference, points: tender.points, cardNumber: tender.cardNumber, pin: tender.pin)
  }
}

extension Tender.Kind {
  init(_ kind: TypeV1.TenderKind) {
    switch kind {
    case .cash: self = .cash
    case .card: self = .card
    case .points: self = .points
    case .storedValue: self = .storedValue
    case .voucher: self = .voucher
    case .unspecified, .unrecognized: self = .unknown
    }
  }

  var wire: TypeV1.TenderKind {
    switch self {
    case .cash: .cash
    case .card: .card
    case .points: .points
    case .storedValue: .storedValue
    case .voucher: .voucher
    case .unknown: .unspecified
    }
  }
}
