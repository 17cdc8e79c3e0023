-- Cards that are used instead of spent: counts, months, seasons, class passes, paid memberships. Money is minor units.

-- What is sold: one row a version, never changed once published. The highest is in force.
CREATE TABLE entitlement_plan (
  code TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  -- A period's; 0 is without a count.
  uses INTEGER NOT NULL CHECK (uses >= 0),
  -- 0 is without a limit.
  uses_per_day INTEGER NOT NULL CHECK (uses_per_day >= 0),
  -- An ExpiryRule's text.
  validity TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  price INTEGER NOT NULL CHECK (price >= 0),
  currency_code TEXT NOT NULL,
  freeze_days INTEGER NOT NULL CHECK (freeze_days >= 0),
  grace_days INTEGER NOT NULL CHECK (grace_days >= 0),
  published_at INTEGER NOT NULL,
  PRIMARY KEY (code, version)
) STRICT, WITHOUT ROWID;

-- What a plan admits to; none is everything.
CREATE TABLE entitlement_plan_service (
  code TEXT NOT NULL,
  version INTEGER NOT NULL,
  service TEXT NOT NULL,
  PRIMARY KEY (code, version, service),
  FOREIGN KEY (code, version) REFERENCES entitlement_plan (code, version)
) STRICT, WITHOUT ROWID;

-- A member's card. Every write of one takes this row first.
CREATE TABLE entitlement (
  entitlement_id TEXT NOT NULL PRIMARY KEY,
  member_id TEXT NOT NULL,
  plan_code TEXT NOT NULL,
  renews INTEGER NOT NULL CHECK (renews IN (0, 1)),
  -- From when until when it is, or was last, frozen; both 0 when it never was.
  frozen_at INTEGER NOT NULL DEFAULT 0,
  frozen_until INTEGER NOT NULL DEFAULT 0,
  -- The number of the last line of its statement.
  last_number INTEGER NOT NULL DEFAULT 0 CHECK (last_number >= 0),
  created_at INTEGER NOT NULL,
  CHECK (frozen_until >= frozen_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX entitlement_member ON entitlement (member_id, created_at, entitlement_id);

-- What was sold at once.
CREATE TABLE entitlement_period (
  entitlement_id TEXT NOT NULL REFERENCES entitlement (entitlement_id),
  number INTEGER NOT NULL CHECK (number > 0),
  plan_version INTEGER NOT NULL,
  store_id TEXT NOT NULL,
  -- As sold. Freezes before and within it move start and end by whole days.
  sold_start INTEGER NOT NULL,
  sold_end INTEGER NOT NULL CHECK (sold_end > sold_start),
  -- Where its span is counted from, and how many spans on it ends.
  anchor_start INTEGER NOT NULL,
  anchor_spans INTEGER NOT NULL CHECK (anchor_spans > 0),
  start_delay_days INTEGER NOT NULL DEFAULT 0 CHECK (start_delay_days >= 0),
  end_delay_days INTEGER NOT NULL DEFAULT 0 CHECK (end_delay_days >= start_delay_days),
  starts_at INTEGER NOT NULL,
  -- The first instant after its last day.
  ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
  uses INTEGER NOT NULL CHECK (uses >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  -- Of holds, also of those that have lapsed and are not written down yet.
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  price INTEGER NOT NULL CHECK (price >= 0),
  currency_code TEXT NOT NULL,
  payment_kind INTEGER NOT NULL,
  payment_reference TEXT NOT NULL,
  -- What was paid back; -1 where it was not refunded.
  refunded INTEGER NOT NULL DEFAULT -1 CHECK (refunded BETWEEN -1 AND price),
  -- The end that was told of before it came.
  noticed_end INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (entitlement_id, number),
  CHECK (uses = 0 OR used + held <= uses)
) STRICT, WITHOUT ROWID;

-- Ends that nobody was told of.
CREATE INDEX entitlement_period_end ON entitlement_period (ends_at) WHERE noticed_end <> ends_at AND refunded = -1;

-- A visit. held → used → reversed; held → cancelled or lapsed.
CREATE TABLE entitlement_use (
  use_id TEXT NOT NULL PRIMARY KEY,
  entitlement_id TEXT NOT NULL REFERENCES entitlement (entitlement_id),
  state TEXT NOT NULL CHECK (state IN ('held', 'used', 'cancelled', 'lapsed', 'reversed')),
  uses INTEGER NOT NULL CHECK (uses > 0),
  service TEXT NOT NULL,
  store_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  -- The number of its day in the plan's zone.
  day INTEGER NOT NULL,
  held_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX entitlement_use_day ON entitlement_use (entitlement_id, day, uses) WHERE state IN ('held', 'used');
CREATE INDEX entitlement_use_held ON entitlement_use (entitlement_id, held_until) WHERE state = 'held';

-- From which periods a use came.
CREATE TABLE entitlement_draw (
  use_id TEXT NOT NULL REFERENCES entitlement_use (use_id),
  number INTEGER NOT NULL,
  entitlement_id TEXT NOT NULL,
  uses INTEGER NOT NULL CHECK (uses > 0),
  PRIMARY KEY (use_id, number),
  FOREIGN KEY (entitlement_id, number) REFERENCES entitlement_period (entitlement_id, number)
) STRICT, WITHOUT ROWID;

-- The statement: append-only.
CREATE TABLE entitlement_entry (
  entitlement_id TEXT NOT NULL REFERENCES entitlement (entitlement_id),
  -- 1, 2, 3, … for each card, with no gap.
  number INTEGER NOT NULL CHECK (number > 0),
  entry_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('issue', 'renew', 'use', 'use_reversal', 'freeze', 'unfreeze', 'refund')),
  period INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  days INTEGER NOT NULL,
  money INTEGER NOT NULL,
  currency_code TEXT NOT NULL,
  -- Empty where there is none.
  use_id TEXT NOT NULL,
  store_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  reason TEXT NOT NULL,
  posted_at INTEGER NOT NULL,
  PRIMARY KEY (entitlement_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entitlement_entry_is_append_only_for_update BEFORE UPDATE ON entitlement_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entitlement_entry_is_append_only_for_delete BEFORE DELETE ON entitlement_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
