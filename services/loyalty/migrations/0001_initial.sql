-- The programme's rules: one row a version, never changed once published. The highest version is in force.

CREATE TABLE earn_rule (
  version INTEGER NOT NULL PRIMARY KEY CHECK (version > 0),
  currency_code TEXT NOT NULL,
  -- Points for each whole currency unit of net spend.
  points_numerator INTEGER NOT NULL CHECK (points_numerator >= 0),
  points_denominator INTEGER NOT NULL CHECK (points_denominator > 0),
  -- 0 means never.
  expire_after_months INTEGER NOT NULL CHECK (expire_after_months >= 0),
  time_zone TEXT NOT NULL,
  activate_after_days INTEGER NOT NULL CHECK (activate_after_days >= 0),
  minor_units_per_point INTEGER NOT NULL CHECK (minor_units_per_point > 0),
  published_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tier_scheme (
  version INTEGER NOT NULL PRIMARY KEY CHECK (version > 0),
  window_months INTEGER NOT NULL CHECK (window_months > 0),
  published_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tier (
  version INTEGER NOT NULL REFERENCES tier_scheme (version),
  -- 0, 1, 2, … from the lowest.
  position INTEGER NOT NULL CHECK (position >= 0),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  threshold INTEGER NOT NULL CHECK (threshold >= 0),
  PRIMARY KEY (version, position),
  UNIQUE (version, code)
) STRICT;

-- One point for each whole US dollar, gone after twelve months, each worth a cent. New York is where the default lives: a
-- calendar rule needs a zone, and a currency of many zones gives none. The publishing instants are the epoch, so that every
-- new database is the same.
INSERT INTO earn_rule VALUES (1, 'USD', 1, 1, 12, 'America/New_York', 0, 1, 0);
INSERT INTO tier_scheme VALUES (1, 12, 0);
INSERT INTO tier VALUES
  (1, 0, 'member', 'Member', 0),
  (1, 1, 'silver', 'Silver', 50000),
  (1, 2, 'gold', 'Gold', 150000),
  (1, 3, 'diamond', 'Diamond', 500000);

-- A member's balances: the folds of the ledger and of the lots, kept so that a till reads one row. Every write of a member
-- takes this row first, so writes of one member are serial and those of two members never meet.
CREATE TABLE member_account (
  member_id TEXT NOT NULL PRIMARY KEY,
  -- In lots and not held: spendable, pending, and past their expiry while that is not posted.
  points INTEGER NOT NULL DEFAULT 0 CHECK (points >= 0),
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  -- Owed; never beside points that could repay it.
  debt INTEGER NOT NULL DEFAULT 0 CHECK (debt >= 0),
  lifetime_earned INTEGER NOT NULL DEFAULT 0 CHECK (lifetime_earned >= 0),
  lifetime_spent INTEGER NOT NULL DEFAULT 0 CHECK (lifetime_spent >= 0),
  -- The number of the member's last ledger transaction.
  last_number INTEGER NOT NULL DEFAULT 0 CHECK (last_number >= 0),
  -- The tier that was last made known. The tier itself is computed from the growth value at each read.
  announced_tier_code TEXT NOT NULL,
  -- Counts the member's writes.
  revision INTEGER NOT NULL DEFAULT 0,
  CHECK (debt = 0 OR points = 0)
) STRICT, WITHOUT ROWID;

-- Points of one origin that expire together. Of `points`, what neither remains nor is held nor expired was spent, taken back
-- or used to repay a debt.
CREATE TABLE lot (
  lot_id TEXT NOT NULL PRIMARY KEY,
  member_id TEXT NOT NULL REFERENCES member_account (member_id),
  source TEXT NOT NULL CHECK (source IN ('order', 'adjustment', 'return')),
  order_id TEXT NOT NULL,
  rule_version INTEGER NOT NULL REFERENCES earn_rule (version),
  earned_at INTEGER NOT NULL,
  activates_at INTEGER NOT NULL,
  -- The first instant after the lot's life.
  expires_at INTEGER NOT NULL CHECK (expires_at > activates_at AND activates_at >= earned_at),
  points INTEGER NOT NULL CHECK (points > 0),
  remaining INTEGER NOT NULL CHECK (remaining >= 0),
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  expired INTEGER NOT NULL DEFAULT 0 CHECK (expired >= 0),
  CHECK (remaining + held + expired <= points)
) STRICT, WITHOUT ROWID;

-- Spending order: earliest expiry, then earliest earned. A hold moves points within the lot and leaves this index alone.
CREATE INDEX lot_spending ON lot (member_id, expires_at, earned_at, lot_id) WHERE remaining + held > 0;
-- What is pending at an instant is the end of this.
CREATE INDEX lot_activation ON lot (member_id, activates_at) WHERE remaining > 0;
-- What the expiry poster looks for.
CREATE INDEX lot_expiry ON lot (expires_at, lot_id) WHERE remaining > 0;
-- The lot of an order, for its returns.
CREATE INDEX lot_order ON lot (order_id) WHERE source = 'order';

-- The ledger: append-only. A transaction is a line of a member's statement; its entries sum to zero in points and in growth
-- value.
CREATE TABLE ledger_transaction (
  member_id TEXT NOT NULL REFERENCES member_account (member_id),
  -- 1, 2, 3, … for each member, with no gap.
  number INTEGER NOT NULL CHECK (number > 0),
  entry_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL
    CHECK (kind IN ('earn', 'spend', 'expire', 'earn_reversal', 'spend_reversal', 'adjust', 'debt_repayment')),
  -- The business key: an order earns once and spends once, a return takes back once, under whatever request id.
  subject TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  store_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  return_id TEXT NOT NULL,
  rule_version INTEGER NOT NULL,
  reason TEXT NOT NULL,
  posted_at INTEGER NOT NULL,
  effective_at INTEGER NOT NULL,
  -- The sums of the entries over the member's accounts, for the statement.
  points INTEGER NOT NULL,
  debt INTEGER NOT NULL,
  growth_value INTEGER NOT NULL,
  PRIMARY KEY (member_id, number),
  UNIQUE (subject, kind)
) STRICT, WITHOUT ROWID;

-- The growth value of a tier window is a sum over this index alone.
CREATE INDEX ledger_transaction_growth ON ledger_transaction (member_id, effective_at, growth_value) WHERE growth_value <> 0;

CREATE TABLE ledger_entry (
  member_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  position INTEGER NOT NULL CHECK (position >= 0),
  account TEXT NOT NULL
    CHECK (account IN ('member_points', 'member_debt', 'member_growth',
      'programme_issued', 'programme_redeemed', 'programme_expired', 'programme_adjusted', 'programme_growth')),
  -- Empty where the account has no lots.
  lot_id TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (member_id, number, position),
  FOREIGN KEY (member_id, number) REFERENCES ledger_transaction (member_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ledger_transaction_is_append_only_for_update BEFORE UPDATE ON ledger_transaction
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_transaction_is_append_only_for_delete BEFORE DELETE ON ledger_transaction
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entry_is_append_only_for_update BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entry_is_append_only_for_delete BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- What is set aside and promised for one order. held → committed or cancelled, once; a tombstone is a cancel that came first.
CREATE TABLE order_hold (
  order_id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('held', 'committed', 'cancelled', 'tombstone')),
  -- Empty for a tombstone, as all the terms.
  member_id TEXT NOT NULL DEFAULT '',
  store_id TEXT NOT NULL DEFAULT '',
  client_id TEXT NOT NULL DEFAULT '',
  staff_id TEXT NOT NULL DEFAULT '',
  currency_code TEXT NOT NULL DEFAULT '',
  spend_points INTEGER NOT NULL DEFAULT 0 CHECK (spend_points >= 0),
  spend_minor_units INTEGER NOT NULL DEFAULT 0 CHECK (spend_minor_units >= 0),
  rule_version INTEGER NOT NULL DEFAULT 0,
  earn_points INTEGER NOT NULL DEFAULT 0 CHECK (earn_points >= 0),
  growth_value INTEGER NOT NULL DEFAULT 0 CHECK (growth_value >= 0),
  occurred_at INTEGER,
  created_at INTEGER NOT NULL,
  resolved_at INTEGER,
  previous_tier_code TEXT NOT NULL DEFAULT '',
  -- What the order's returns have reversed so far: never more than what was recorded.
  points_taken_back INTEGER NOT NULL DEFAULT 0 CHECK (points_taken_back BETWEEN 0 AND earn_points),
  points_given_back INTEGER NOT NULL DEFAULT 0 CHECK (points_given_back BETWEEN 0 AND spend_points),
  growth_taken_back INTEGER NOT NULL DEFAULT 0 CHECK (growth_taken_back BETWEEN 0 AND growth_value),
  CHECK ((state = 'held') = (resolved_at IS NULL))
) STRICT, WITHOUT ROWID;

-- Which lots a hold drew, in spending order.
CREATE TABLE hold_draw (
  order_id TEXT NOT NULL REFERENCES order_hold (order_id),
  position INTEGER NOT NULL CHECK (position >= 0),
  lot_id TEXT NOT NULL REFERENCES lot (lot_id),
  points INTEGER NOT NULL CHECK (points > 0),
  given_back INTEGER NOT NULL DEFAULT 0 CHECK (given_back BETWEEN 0 AND points),
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

-- A return, as it was carried out.
CREATE TABLE order_reversal (
  return_id TEXT NOT NULL PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES order_hold (order_id),
  refunded_before INTEGER NOT NULL,
  refunded_after INTEGER NOT NULL,
  refunded_total INTEGER NOT NULL,
  points_taken_back INTEGER NOT NULL CHECK (points_taken_back >= 0),
  points_given_back INTEGER NOT NULL CHECK (points_given_back >= 0),
  growth_taken_back INTEGER NOT NULL CHECK (growth_taken_back >= 0),
  debt INTEGER NOT NULL CHECK (debt >= 0),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX order_reversal_order ON order_reversal (order_id, return_id);
