-- What points buy beside money off an order: rewards, and tickets of draws. And boards of who earned most, for members who want to stand there.

-- The draw that a member won the lot's points in; empty for all others. Its source is 'adjustment', as that of an action.
ALTER TABLE lot ADD COLUMN draw_code TEXT NOT NULL DEFAULT '';

-- What points buy: one row a version, never changed once published. The highest is in force. Money is minor units.
CREATE TABLE reward_version (
  code TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('product', 'coupon', 'service', 'gift', 'donation')),
  item TEXT NOT NULL,
  -- For one.
  points INTEGER NOT NULL CHECK (points > 0),
  cash INTEGER NOT NULL CHECK (cash >= 0),
  currency_code TEXT NOT NULL,
  -- 0 is without a limit.
  member_limit INTEGER NOT NULL CHECK (member_limit >= 0),
  day_limit INTEGER NOT NULL CHECK (day_limit >= 0),
  month_limit INTEGER NOT NULL CHECK (month_limit >= 0),
  total_limit INTEGER NOT NULL CHECK (total_limit >= 0),
  -- The programme's when it was published; days are counted in it.
  time_zone TEXT NOT NULL,
  -- Days as texts such as 2027-01-31, both included; empty without that end.
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  hold_seconds INTEGER NOT NULL CHECK (hold_seconds > 0),
  published_at INTEGER NOT NULL,
  PRIMARY KEY (code, version)
) STRICT, WITHOUT ROWID;

-- Who may have it; none is every tier.
CREATE TABLE reward_version_tier (
  code TEXT NOT NULL,
  version INTEGER NOT NULL,
  tier_code TEXT NOT NULL,
  PRIMARY KEY (code, version, tier_code),
  FOREIGN KEY (code, version) REFERENCES reward_version (code, version)
) STRICT, WITHOUT ROWID;

-- What all members share of a code. Every write that takes of it takes this row, after the member's.
CREATE TABLE reward (
  code TEXT NOT NULL PRIMARY KEY,
  -- What movements sum to; NULL where it is without a count.
  stock INTEGER CHECK (stock >= 0),
  -- Of claims, also of those that have lapsed and are not written down yet.
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  -- Of those used, what was reversed and cannot be handed out again: it counts towards the stock and no more towards the limit.
  lost INTEGER NOT NULL DEFAULT 0 CHECK (lost BETWEEN 0 AND used),
  last_number INTEGER NOT NULL DEFAULT 0 CHECK (last_number >= 0),
  CHECK (held + used <= stock)
) STRICT, WITHOUT ROWID;

CREATE TABLE reward_movement (
  code TEXT NOT NULL REFERENCES reward (code),
  -- 1, 2, 3, … for each code, with no gap.
  number INTEGER NOT NULL CHECK (number > 0),
  delta INTEGER NOT NULL,
  reason TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  posted_at INTEGER NOT NULL,
  PRIMARY KEY (code, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reward_movement_is_append_only_for_update BEFORE UPDATE ON reward_movement
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER reward_movement_is_append_only_for_delete BEFORE DELETE ON reward_movement
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- A redemption as its member sees it: points. Held, it is the member's row that guards it.
CREATE TABLE redemption (
  redemption_id TEXT NOT NULL PRIMARY KEY,
  member_id TEXT NOT NULL REFERENCES member_account (member_id),
  code TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'committed', 'cancelled', 'lapsed')),
  -- Held; of a committed one, what was taken of that.
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  reversed INTEGER NOT NULL DEFAULT 0 CHECK (reversed BETWEEN 0 AND quantity),
  -- Of one.
  points INTEGER NOT NULL CHECK (points > 0),
  cash INTEGER NOT NULL CHECK (cash >= 0),
  currency_code TEXT NOT NULL,
  store_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  payment_reference TEXT NOT NULL DEFAULT '',
  fulfilment_reference TEXT NOT NULL DEFAULT '',
  -- The number of the day on which it was held, in the reward's zone.
  day INTEGER NOT NULL,
  held_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  resolved_at INTEGER,
  fulfilled_at INTEGER,
  FOREIGN KEY (code, version) REFERENCES reward_version (code, version),
  CHECK ((state = 'held') = (resolved_at IS NULL)),
  CHECK (state = 'committed' OR (reversed = 0 AND fulfilled_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX redemption_member ON redemption (member_id, created_at, redemption_id);
-- What a member's limits count, and a member's open holds.
CREATE INDEX redemption_limit ON redemption (member_id, code, day) WHERE state IN ('held', 'committed');
CREATE INDEX redemption_open ON redemption (member_id, held_until) WHERE state = 'held';
-- What the poster looks for.
CREATE INDEX redemption_lapse ON redemption (held_until, redemption_id) WHERE state = 'held';

-- The same redemption as the reward sees it: stock. The reward's row guards it, so that a hold that ran out frees what it held for other members
-- without their waiting for its member.
CREATE TABLE reward_claim (
  redemption_id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL REFERENCES reward (code),
  state TEXT NOT NULL CHECK (state IN ('held', 'used', 'released')),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  -- Reversed, and of that what did not come back into the stock.
  returned INTEGER NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND quantity),
  lost INTEGER NOT NULL DEFAULT 0 CHECK (lost BETWEEN 0 AND returned),
  held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reward_claim_held ON reward_claim (code, held_until) WHERE state = 'held';
-- What the poster looks for.
CREATE INDEX reward_claim_lapse ON reward_claim (held_until, redemption_id) WHERE state = 'held';

-- As hold_draw of orders: which lots a redemption, or tickets of a draw, drew, in spending order.
CREATE TABLE spend_draw (
  -- Of the redemption, or of the purchase of tickets.
  spend_id TEXT NOT NULL,
  position INTEGER NOT NULL CHECK (position >= 0),
  lot_id TEXT NOT NULL REFERENCES lot (lot_id),
  points INTEGER NOT NULL CHECK (points > 0),
  given_back INTEGER NOT NULL DEFAULT 0 CHECK (given_back BETWEEN 0 AND points),
  PRIMARY KEY (spend_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX spend_draw_lot ON spend_draw (lot_id);

CREATE TABLE redemption_reversal (
  reversal_id TEXT NOT NULL PRIMARY KEY,
  redemption_id TEXT NOT NULL REFERENCES redemption (redemption_id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  points INTEGER NOT NULL CHECK (points > 0),
  restock INTEGER NOT NULL CHECK (restock IN (0, 1)),
  reason TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX redemption_reversal_redemption ON redemption_reversal (redemption_id);

CREATE TRIGGER reward_version_is_immutable_for_update BEFORE UPDATE ON reward_version
BEGIN SELECT RAISE(ABORT, 'a published reward never changes'); END;
CREATE TRIGGER reward_version_is_immutable_for_delete BEFORE DELETE ON reward_version
BEGIN SELECT RAISE(ABORT, 'a published reward never changes'); END;

-- Draws that are paid in points. The seed is made when the draw is published, with its digest for everybody, and shown when it is run.
CREATE TABLE prize_draw (
  code TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  ticket_points INTEGER NOT NULL CHECK (ticket_points > 0),
  -- At most so many a member; 0 is without a limit.
  member_tickets INTEGER NOT NULL CHECK (member_tickets >= 0),
  opens_at INTEGER NOT NULL,
  closes_at INTEGER NOT NULL CHECK (closes_at > opens_at),
  -- Tier codes, each on a line; empty is every tier.
  tier_codes TEXT NOT NULL,
  seed BLOB NOT NULL,
  seed_digest BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'drawn', 'cancelled')),
  -- Sold: numbers 1 to this.
  tickets INTEGER NOT NULL DEFAULT 0 CHECK (tickets >= 0),
  -- The last link of the chain over what was sold.
  chain BLOB NOT NULL,
  published_at INTEGER NOT NULL,
  resolved_at INTEGER,
  reason TEXT NOT NULL DEFAULT '',
  -- Once it is resolved: whether members wait for points, won or given back, each in a write of its own; and up to which place, or number,
  -- they have them.
  owes INTEGER NOT NULL DEFAULT 0 CHECK (owes IN (0, 1)),
  settled_through INTEGER NOT NULL DEFAULT 0 CHECK (settled_through >= 0),
  CHECK ((state = 'open') = (resolved_at IS NULL)),
  CHECK (state <> 'open' OR owes = 0)
) STRICT, WITHOUT ROWID;

-- What the poster looks for.
CREATE INDEX prize_draw_owing ON prize_draw (code) WHERE owes = 1;

CREATE TABLE draw_prize (
  draw_code TEXT NOT NULL REFERENCES prize_draw (code),
  position INTEGER NOT NULL CHECK (position >= 0),
  name TEXT NOT NULL,
  -- One of the two, or neither.
  reward_code TEXT NOT NULL,
  points INTEGER NOT NULL CHECK (points >= 0),
  stock INTEGER NOT NULL CHECK (stock > 0),
  PRIMARY KEY (draw_code, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket_purchase (
  draw_code TEXT NOT NULL REFERENCES prize_draw (code),
  first_number INTEGER NOT NULL CHECK (first_number > 0),
  purchase_id TEXT NOT NULL UNIQUE,
  member_id TEXT NOT NULL REFERENCES member_account (member_id),
  tickets INTEGER NOT NULL CHECK (tickets > 0),
  points INTEGER NOT NULL CHECK (points > 0),
  -- The chain with this purchase.
  chain BLOB NOT NULL,
  store_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  bought_at INTEGER NOT NULL,
  PRIMARY KEY (draw_code, first_number)
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_purchase_member ON ticket_purchase (member_id, draw_code);

CREATE TRIGGER ticket_purchase_is_append_only_for_update BEFORE UPDATE ON ticket_purchase
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ticket_purchase_is_append_only_for_delete BEFORE DELETE ON ticket_purchase
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE draw_winner (
  draw_code TEXT NOT NULL REFERENCES prize_draw (code),
  -- 1, 2, 3, … in the order of the prizes.
  place INTEGER NOT NULL CHECK (place > 0),
  prize INTEGER NOT NULL,
  number INTEGER NOT NULL,
  member_id TEXT NOT NULL,
  PRIMARY KEY (draw_code, place),
  UNIQUE (draw_code, number),
  FOREIGN KEY (draw_code, prize) REFERENCES draw_prize (draw_code, position)
) STRICT, WITHOUT ROWID;

-- Who wants to stand on the boards, under which name. The id is what others see of the member beside the name.
CREATE TABLE leaderboard_member (
  member_id TEXT NOT NULL PRIMARY KEY REFERENCES member_account (member_id),
  board_id TEXT NOT NULL UNIQUE,
  alias TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  -- Orders from here on stand on the boards.
  counted_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The zone of all boards: the programme's when the first member joined. Of one row.
CREATE TABLE leaderboard_zone (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  time_zone TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a member has on one board: of a period, in a store, or in all of them where the store is empty.
CREATE TABLE leaderboard_sum (
  member_id TEXT NOT NULL,
  period TEXT NOT NULL CHECK (period IN ('week', 'month', 'quarter', 'year')),
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
  store_id TEXT NOT NULL,
  board_id TEXT NOT NULL,
  points INTEGER NOT NULL,
  growth_value INTEGER NOT NULL,
  -- When it came to be as it is.
  points_at INTEGER NOT NULL,
  growth_at INTEGER NOT NULL,
  PRIMARY KEY (member_id, period, starts_at, store_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX leaderboard_sum_points ON leaderboard_sum (period, starts_at, store_id, points DESC, points_at, board_id) WHERE points > 0;
CREATE INDEX leaderboard_sum_growth ON leaderboard_sum (period, starts_at, store_id, growth_value DESC, growth_at, board_id) WHERE growth_value > 0;

-- Whether the member is on the boards, so that a till looks for them where that is so.
ALTER TABLE member_account ADD COLUMN on_leaderboards INTEGER NOT NULL DEFAULT 0 CHECK (on_leaderboards IN (0, 1));
