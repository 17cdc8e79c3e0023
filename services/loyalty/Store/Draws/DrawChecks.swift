internal import Database

/// The invariants of draws; see `LedgerCheck`.
enum DrawChecks {
  static let all = [
    numbersHaveNoGap, purchasesMatchLedger, drawsMatchPurchases, prizesWithinStock, winnersHaveTickets, prizesMatchLedger,
    ledgerMatchesDraws,
    cancelledIsGivenBack,
  ]

  private static let numbersHaveNoGap = LedgerCheck(
    name: "draws.numbers_have_no_gap",
    sql: SQL(
      "loyalty.check-ticket-numbers",
      """
      SELECT prize_draw.code, '', prize_draw.tickets, coalesce(sum(bought.tickets), 0)
      FROM prize_draw LEFT JOIN ticket_purchase AS bought ON bought.draw_code = prize_draw.code
      GROUP BY prize_draw.code, prize_draw.tickets
      HAVING prize_draw.tickets <> coalesce(sum(bought.tickets), 0)
        OR prize_draw.tickets <> coalesce(max(bought.first_number + bought.tickets - 1), 0) LIMIT ?1
      """))

  private static let purchasesMatchLedger = LedgerCheck(
    name: "draws.purchases_match_ledger",
    sql: SQL(
      "loyalty.check-ticket-purchases",
      """
      SELECT bought.purchase_id, bought.member_id, bought.tickets * prize_draw.ticket_points, -coalesce(line.points, 0)
      FROM ticket_purchase AS bought JOIN prize_draw ON prize_draw.code = bought.draw_code
        LEFT JOIN ledger_transaction AS line ON line.subject = bought.purchase_id AND line.kind = 'spend'
      WHERE bought.points <> bought.tickets * prize_draw.ticket_points OR -coalesce(line.points, 0) <> bought.points LIMIT ?1
      """))

  private static let drawsMatchPurchases = LedgerCheck(
    name: "draws.draws_match_purchases",
    sql: SQL(
      "loyalty.check-ticket-draws",
      """
      SELECT bought.purchase_id, bought.member_id, bought.points, coalesce(drawn.points, 0)
      FROM ticket_purchase AS bought LEFT JOIN (
        SELECT spend_id, sum(points) AS points, sum(given_back) AS given_back FROM spend_draw GROUP BY spend_id
      ) AS drawn ON drawn.spend_id = bought.purchase_id
        LEFT JOIN ledger_transaction AS line ON line.subject = bought.purchase_id AND line.kind = 'spend_reversal'
      WHERE coalesce(drawn.points, 0) <> bought.points OR coalesce(drawn.given_back, 0) <> coalesce(line.points, 0) LIMIT ?1
      """))

  private static let prizesWithinStock = LedgerCheck(
    name: "draws.prizes_within_stock",
    sql: SQL(
      "loyalty.check-draw-prizes",
      """
      SELECT prize.draw_code, prize.name, prize.stock, count(winner.place)
      FROM draw_prize AS prize JOIN draw_winner AS winner ON winner.draw_code = prize.draw_code AND winner.prize = prize.position
      GROUP BY prize.draw_code, prize.position, prize.name, prize.stock HAVING count(winner.place) > prize.stock LIMIT ?1
      """))

  /// A winner has the ticket, and there are as many as there were prizes and tickets.
  private static let winnersHaveTickets = LedgerCheck(
    name: "draws.winners_have_tickets",
    sql: SQL(
      "loyalty.check-draw-winners",
      """
      SELECT winner.draw_code, winner.member_id, winner.number, 0
      FROM draw_winner AS winner
      WHERE NOT EXISTS (
        SELECT 1 FROM ticket_purchase AS bought
        WHERE bought.draw_code = winner.draw_code AND bought.member_id = winner.member_id AND bought.first_number <= winner.number
          AND winner.number < bought.first_number + bought.tickets) LIMIT ?1
      """))

  private static let prizesMatchLedger = LedgerCheck(
    name: "draws.prizes_match_ledger",
    sql: SQL(
      "loyalty.check-draw-points",
      """
      SELECT prize_draw.code, CAST(winner.place AS TEXT), prize.points, coalesce(line.points, 0)
      FROM prize_draw JOIN draw_winner AS winner ON winner.draw_code = prize_draw.code
        JOIN draw_prize AS prize ON prize.draw_code = winner.draw_code AND prize.position = winner.prize
        LEFT JOIN ledger_transaction AS line
          ON line.subject = 'prize:' || winner.draw_code || ':' || CAST(winner.place AS TEXT) AND line.kind = 'earn'
      WHERE prize_draw.owes = 0 AND prize_draw.state = 'drawn'
        AND (coalesce(line.points, 0) <> prize.points OR line.member_id <> winner.member_id) LIMIT ?1
      """))

  private static let ledgerMatchesDraws = LedgerCheck(
    name: "draws.ledger_matches_draws",
    sql: SQL(
      "loyalty.check-draw-ledger",
      """
      SELECT line.entry_id, line.member_id, 0, line.points
      FROM ledger_transaction AS line LEFT JOIN ticket_purchase AS bought ON bought.purchase_id = line.subject
        LEFT JOIN prize_draw ON prize_draw.code = coalesce(bought.draw_code, line.reason)
      WHERE (line.variant IN ('ticket', 'ticket_reversal') AND bought.purchase_id IS NULL)
        OR (line.variant = 'ticket_reversal' AND prize_draw.state <> 'cancelled')
        OR (line.variant = 'prize' AND coalesce(prize_draw.state, '') <> 'drawn') LIMIT ?1
      """))

  private static let cancelledIsGivenBack = LedgerCheck(
    name: "draws.cancelled_is_given_back",
    sql: SQL(
      "loyalty.check-cancelled-draws",
      """
      SELECT bought.purchase_id, bought.member_id, bought.points, coalesce(line.points, 0)
      FROM ticket_purchase AS bought JOIN prize_draw ON prize_draw.code = bought.draw_code
        LEFT JOIN ledger_transaction AS line ON line.subject = bought.purchase_id AND line.kind = 'spend_reversal'
      WHERE prize_draw.state = 'cancelled' AND prize_draw.owes = 0 AND coalesce(line.points, 0) <> bought.points LIMIT ?1
      """))
}
