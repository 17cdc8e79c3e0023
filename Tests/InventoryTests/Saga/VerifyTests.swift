import Database
import PatronAPI
import Testing

@testable import Inventory

/// Each check finds the damage that it is for: a verify that cannot fail proves nothing.
@Suite struct VerifyTests {
  @Test func `books that add up show no difference and say what was looked at`() async throws {
    try await InventoryFixture.with { fixture in
      try await makeBooks(fixture)
      let response = try await fixture.saga.verify(.init())
      #expect(response.differences == [])
      #expect(response.stockLevelsChecked == 1)
      #expect(response.ordersChecked == 5)
      #expect(response.asOfTime?.date == fixture.now)
      #expect(try await fixture.service.app.verify() == [])
    }
  }

  @Test(arguments: [
    ("stock.on_hand_is_the_fold_of_entries", "UPDATE stock_levels SET on_hand = on_hand + 1"),
    ("stock.accounts_sum_to_zero", "UPDATE stock_levels SET on_hand = on_hand + 1"),
    ("stock.held_is_what_open_orders_hold", "UPDATE stock_levels SET held = held + 1"),
    ("stock.sold_is_what_completed_orders_sold", "UPDATE order_lines SET quantity = 5 WHERE order_id = 'ord_completed'"),
    ("stock.no_other_order_sold", "UPDATE orders SET state = 5 WHERE order_id = 'ord_completed'"),
    ("stock.returned_is_what_ended_returns_brought", "UPDATE return_lines SET quantity = 2 WHERE return_id = 'ret_1'"),
    ("orders.totals_are_sums_of_lines", "UPDATE orders SET list_amount = list_amount + 1 WHERE order_id = 'ord_pending'"),
    ("orders.tenders_pay_the_amount_due", "DELETE FROM order_tenders WHERE order_id = 'ord_committing'"),
    ("orders.points_spent_are_in_tenders", "UPDATE orders SET points_spent = 1 WHERE order_id = 'ord_completed'"),
    ("orders.returned_is_what_returns_say", "UPDATE order_lines SET returned_quantity = 2 WHERE order_id = 'ord_completed'"),
    ("orders.refunded_is_what_returns_say", "UPDATE orders SET refunded_amount = 1 WHERE order_id = 'ord_completed'"),
    ("orders.reply_is_kept_at_the_end", "DELETE FROM order_replies WHERE order_id = 'ord_completed'"),
    ("returns.refunds_sum_to_the_refund", "UPDATE return_refunds SET amount = amount - 1"),
  ])
  func `damage is found by the check that is for it`(check: String, damage: String) async throws {
    let fixture = try await InventoryFixture.start()
    try await makeBooks(fixture)
    try await fixture.service.database.write { transaction in
      let changed = try transaction.run(SQL("test.damage", damage), [])
      if changed == 0 { throw BrokenInvariant(what: "the damage hit no row") }
    }
    let differences = try await fixture.saga.verify(.init()).differences
    #expect(differences.contains { $0.check == check && !$0.ids.isEmpty && $0.expected != $0.found }, "\(differences)")
    await fixture.service.stop()
  }

  @Test func `every check is one that damage is tried against`() {
    #expect(VerifyStore.checks.count == 13)
    #expect(Set(VerifyStore.checks.map(\.name)).count == 13)
  }

  /// An order in each state, and a return that has ended.
  private func makeBooks(_ fixture: InventoryFixture) async throws {
    try await fixture.receive(100, of: fixture.productIDs[0], at: fixture.strictStoreID)
    for state in OrderState.allCases {
      let sale = SampleSale("ord_\(state)", at: fixture.strictStoreID, [(fixture.productIDs[0], 3)], now: fixture.now)
      try await fixture.makeOrder(state, sale)
    }
    let sale = SampleSale("ord_completed", at: fixture.strictStoreID, [(fixture.productIDs[0], 3)], now: fixture.now)
    _ = try await fixture.saga.createReturn(
      sale.returning("ret_1", [1: 1], revision: try await fixture.record("ord_completed").revision))
    _ = try await fixture.saga.completeReturn(SampleSale.completeReturn("ret_1"))
  }
}
