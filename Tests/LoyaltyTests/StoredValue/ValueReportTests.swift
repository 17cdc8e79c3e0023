import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct ValueReportTests {
  private func settlement(
    _ rig: LoyaltyRig, from start: Date, to end: Date, pageSize: Int32 = 500
  ) async throws -> [[String]] {
    var lines: [LoyaltyV1.SettlementLine] = []
    var token = ""
    repeat {
      let page = try await rig.value.reportSettlement(
        LoyaltyV1.ReportSettlementRequest(
          currencyCode: "USD", startTime: GoogleProtobuf.Timestamp(start), endTime: GoogleProtobuf.Timestamp(end), pageSize: pageSize,
          pageToken: token))
      lines += page.lines
      token = page.nextPageToken
    } while !token.isEmpty
    return lines.map { [$0.sellingStoreID, $0.redeemingStoreID, "\($0.principal)", "\($0.bonus)"] }
  }

  @Test("Who sold owes who redeemed, lot by lot, less what returns gave back, over the period and page by page")
  func settles() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishBonus([(1_000, 100)])
      let wallet = try await rig.wallet()
      try await rig.topUp(wallet, 1_000, store: "sto_1")
      rig.advance(days: 1)
      try await rig.topUp(wallet, 500, store: "sto_2")
      let start = rig.now
      // 1,200 of principal in store 3: a thousand that store 1 sold, two hundred that store 2 sold.
      try await rig.sellForValue("ord_1", [(wallet, 1_200)], member: "mem_a", store: "sto_3")
      // The rest of it in store 2, and the bonus of store 1.
      try await rig.sellForValue("ord_2", [(wallet, 400)], member: "mem_a", store: "sto_2")
      rig.advance(days: 1)
      let middle = rig.now
      try await rig.giveBack("ret_1", of: "ord_1", [(wallet, 300)])
      rig.advance(days: 1)
      let all = [
        ["sto_1", "sto_2", "0", "100"], ["sto_1", "sto_3", "900", "0"], ["sto_2", "sto_2", "300", "0"], ["sto_2", "sto_3", "0", "0"],
      ]
      #expect(try await settlement(rig, from: start, to: rig.now) == all)
      #expect(try await settlement(rig, from: start, to: rig.now, pageSize: 1) == all)
      #expect(
        try await settlement(rig, from: middle, to: rig.now) == [["sto_1", "sto_3", "-100", "0"], ["sto_2", "sto_3", "-200", "0"]])
      #expect(try await settlement(rig, from: rig.now, to: rig.now.addingTimeInterval(1)) == [])
      try await rig.expectSound()
    }
  }

  @Test("A store that pays a top-up's money back settles with the store that sold it, for the money and not for the bonus")
  func settlesRefunds() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishBonus([(1_000, 100)])
      let wallet = try await rig.wallet()
      let topUp = try await rig.topUp(wallet, 1_000, store: "sto_1")
      let start = rig.now
      try await rig.sellForValue("ord_1", [(wallet, 200)], member: "mem_a", store: "sto_2")
      for (store, amount) in [("sto_2", Int64(300)), ("sto_1", 50)] {
        let refund = try await rig.value.refundTopUp(
          LoyaltyV1.RefundTopUpRequest(
            requestID: rig.freshID(), reference: "refund", storeID: store, entryID: topUp.entryID, amount: TypeV1.Money(amount, "USD"),
            reason: "changed their mind"))
        #expect(refund.paidOut == TypeV1.Money(amount, "USD") && refund.bonusTaken == amount / 10)
      }
      rig.advance(days: 1)
      let all = [["sto_1", "sto_1", "50", "0"], ["sto_1", "sto_2", "500", "0"]]
      #expect(try await settlement(rig, from: start, to: rig.now) == all)
      #expect(try await settlement(rig, from: start, to: rig.now, pageSize: 1) == all)
      #expect(try await settlement(rig, from: rig.now, to: rig.now.addingTimeInterval(1)) == [])
      try await rig.expectSound()
    }
  }

  @Test("The liability of all stores is what the ledger has outstanding, to the cent, with what is held, frozen and gone")
  func liability() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPolicy { $0.anonymousCardMonths = 1 }
      try await rig.publishBonus([(1_000, 100)], in: "XX")
      let wallet = try await rig.wallet(in: "XX")
      try await rig.topUp(wallet, 1_000, store: "sto_1")
      _ = try await rig.card(70, in: "XX", store: "sto_1")
      let frozen = try await rig.card(200, member: "mem_b", in: "XX", store: "sto_2").accountID
      _ = try await rig.value.freezeAccount(
        LoyaltyV1.FreezeAccountRequest(requestID: rig.freshID(), accountID: frozen, reason: "disputed"))
      try await rig.holdValue("ord_1", [(wallet, 30)], member: "mem_a")
      rig.advance(days: 60)
      let reply = try await rig.value.reportLiability(LoyaltyV1.ReportLiabilityRequest(currencyCode: "USD"))
      let lines = reply.lines.map { [$0.principal, $0.bonus, $0.held, $0.frozen, $0.expiredPrincipal, $0.expiredBonus] }
      #expect(reply.lines.map(\.sellingStoreID) == ["sto_1", "sto_2"])
      #expect(lines == [[1_000, 100, 30, 0, 70, 0], [200, 0, 0, 200, 0, 0]])
      // The card's seventy are in the ledger until they are posted, and owed to nobody.
      let before = try await rig.valueSums()
      #expect(before.outstandingPrincipal == 1_270)
      try await ExpiryPoster(environment: rig.service.environment, interval: .seconds(60), batch: 10).pass()
      let after = try await rig.valueSums()
      #expect((after.outstandingPrincipal, after.outstandingBonus) == (1_200, 100))
      let again = try await rig.value.reportLiability(LoyaltyV1.ReportLiabilityRequest(currencyCode: "USD"))
      #expect(again.lines == reply.lines)
      let first = try await rig.value.reportLiability(LoyaltyV1.ReportLiabilityRequest(currencyCode: "USD", pageSize: 1))
      let second = try await rig.value.reportLiability(
        LoyaltyV1.ReportLiabilityRequest(currencyCode: "USD", pageSize: 1, pageToken: first.nextPageToken))
      #expect(first.lines + second.lines == reply.lines)
      try await rig.expectSound()
    }
  }

  @Test(
    "Each kind of damage to stored value is found and named",
    arguments: [
      ("stored_value.balance_matches_ledger", "UPDATE value_account SET principal = principal + 1"),
      ("stored_value.lots_sum_to_balance", "UPDATE value_account SET bonus = bonus + 1"),
      ("stored_value.lots_match_ledger", "UPDATE value_lot SET principal = principal + 1"),
      ("stored_value.held_matches_open_holds", "UPDATE value_account SET principal_held = principal_held + 1"),
      ("stored_value.lots_held_match_draws", "UPDATE value_lot SET principal_held = 0"),
      ("stored_value.ledger_has_no_gap", "UPDATE value_account SET last_number = last_number + 1"),
      ("stored_value.spend_matches_hold", "UPDATE value_hold SET principal = principal + 1"),
      ("stored_value.draws_match_hold", "UPDATE value_draw SET principal = principal + 1"),
      ("stored_value.reversals_match_hold", "UPDATE value_hold SET principal_given_back = 0"),
      ("stored_value.reversal_matches_ledger", "UPDATE value_reversal SET principal = principal + 1"),
      ("stored_value.refunds_match_top_ups", "UPDATE value_top_up SET principal_refunded = 1"),
      (
        "stored_value.transactions_sum_to_zero",
        "INSERT INTO value_entry SELECT account_id, number, 99, 'sold', 'bonus', lot_id, 1 FROM value_entry WHERE number = 1 AND position = 0"
      ),
      (
        "stored_value.statement_matches_entries",
        "INSERT INTO value_entry SELECT account_id, number, 99, 'customer', 'bonus', lot_id, 1 FROM value_entry WHERE number = 1 AND position = 0"
      ),
      (
        "stored_value.transfers_sum_to_zero",
        "INSERT INTO value_entry SELECT account_id, number, 99, 'transferred', 'bonus', lot_id, 1 FROM value_entry WHERE number = 1 AND position = 0"
      ),
    ])
  func damage(check: String, statement: String) async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishBonus([(1_000, 100)])
      let wallet = try await rig.wallet()
      try await rig.topUp(wallet, 1_000)
      try await rig.sellForValue("ord_1", [(wallet, 300)], member: "mem_a")
      try await rig.giveBack("ret_1", of: "ord_1", [(wallet, 100)])
      try await rig.holdValue("ord_2", [(wallet, 50)], member: "mem_a")
      try await rig.expectSound()
      let damage = SQL("test.damage", statement)
      let rows = try await rig.service.database.write { transaction in try transaction.run(damage, []) }
      #expect(rows > 0)
      let differences = try await rig.verify().differences
      #expect(differences.contains { $0.check == check && !$0.ids.isEmpty }, "\(differences.map(\.check))")
    }
  }

  @Test("The ledger of stored value cannot be rewritten, not even by our own SQL")
  func appendOnly() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.topUp(try await rig.wallet(), 100)
      for statement in [
        "UPDATE value_entry SET amount = 1", "DELETE FROM value_entry", "UPDATE value_transaction SET principal = 1",
        "DELETE FROM value_transaction",
      ] {
        let sql = SQL("test.rewrite", statement)
        await #expect(throws: DatabaseError.constraint(.trigger, sql: "test.rewrite")) {
          try await rig.service.database.write { transaction in _ = try transaction.run(sql, []) }
        }
      }
    }
  }

  @Test("Each door of stored value asks for its scope: a till that spends neither loads, nor reads statements, nor writes")
  func scopes() async throws {
    let ring = KeyRing(keyID: "test", secret: Array(repeating: 7, count: 32))
    let service = try await TestService<LoyaltyApp>.start(keyRing: ring)
    let value = LoyaltyV1.StoredValueServiceClient(channel: service.channel)
    let till = service.options(as: Caller(clientID: "cli_till", scopes: ["stored_value.spend", "pos.checkout"]))
    let open = try await refusal {
      _ = try await value.getStoredValueAccount(
        .init(account: LoyaltyV1.StoredValueAccountKey(key: .accountID("sva_x"))), options: till)
    }
    #expect(open == Refused(code: .notFound, reason: "ACCOUNT_UNKNOWN"))
    let closed: [() async throws -> Void] = [
      { _ = try await value.openWallet(.init(requestID: "r"), options: till) },
      { _ = try await value.topUp(.init(requestID: "r"), options: till) },
      { _ = try await value.activateGiftCard(.init(requestID: "r"), options: till) },
      { _ = try await value.listStoredValueEntries(.init(), options: till) },
      { _ = try await value.refundTopUp(.init(requestID: "r"), options: till) },
      { _ = try await value.issueGiftCards(.init(requestID: "r"), options: till) },
      { _ = try await value.importGiftCards(.init(requestID: "r"), options: till) },
      { _ = try await value.freezeAccount(.init(requestID: "r"), options: till) },
      { _ = try await value.unfreezeAccount(.init(requestID: "r"), options: till) },
      { _ = try await value.blockAccount(.init(requestID: "r"), options: till) },
      { _ = try await value.transferBalance(.init(requestID: "r"), options: till) },
      { _ = try await value.adjustStoredValue(.init(requestID: "r"), options: till) },
      { _ = try await value.setPin(.init(requestID: "r"), options: till) },
      { _ = try await value.unlockPin(.init(requestID: "r"), options: till) },
      { _ = try await value.publishStoredValuePolicy(.init(requestID: "r"), options: till) },
      { _ = try await value.publishBonusScheme(.init(requestID: "r"), options: till) },
      { _ = try await value.getStoredValueProgram(.init(), options: till) },
      { _ = try await value.reportSettlement(.init(), options: till) },
      { _ = try await value.reportLiability(.init(), options: till) },
    ]
    for (number, call) in closed.enumerated() {
      #expect(try await refusal { try await call() } == Refused(code: .permissionDenied, reason: "SCOPE_MISSING"), "call \(number)")
    }
    let office = service.options(as: Caller(clientID: "cli_office", scopes: ["stored_value.write"]))
    let spending = try await refusal { _ = try await value.authorizeSpend(.init(requestID: "r"), options: office) }
    #expect(spending.reason == "SCOPE_MISSING")
    await service.stop()
  }
}
