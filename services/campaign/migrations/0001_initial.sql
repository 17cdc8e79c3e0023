-- Campaign: rules (promotions and coupon templates) in immutable versions, codes, holds under orders, and the ledger of
-- uses. Times are microseconds since 1970 UTC; amounts are minor units. Counters (held, used) are caches of the ledger:
-- `verify` recomputes each.

-- A promotion (kind 1) or a coupon template (kind 2): what changes about it. The limits are those of the current version,
-- copied here so that one guarded UPDATE decides whether one more use fits; NULL is no limit.
CREATE TABLE rules (
  rule_id TEXT NOT NULL PRIMARY KEY,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
  -- 1 published, 2 stopped.
  state INTEGER NOT NULL CHECK (state IN (1, 2)),
  current_version INTEGER NOT NULL CHECK (current_version >= 1),
  -- The first instant no longer in force, of the current version.
  close_time INTEGER,
  total_limit INTEGER CHECK (total_limit >= 1),
  member_limit INTEGER CHECK (member_limit >= 1),
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0)
) STRICT, WITHOUT ROWID;

-- What each basket is evaluated against: what is published and not over. The number stands for never.
CREATE INDEX rules_in_force ON rules (kind, COALESCE(close_time, 9223372036854775807)) WHERE state = 1;

-- What one publication said; never changed.
CREATE TABLE rule_versions (
  rule_id TEXT NOT NULL REFERENCES rules (rule_id),
  version INTEGER NOT NULL CHECK (version >= 1),
  name TEXT NOT NULL,
  priority INTEGER NOT NULL,
  -- The benefit: a percentage or an amount.
  percent_basis_points INTEGER CHECK (percent_basis_points BETWEEN 1 AND 10000),
  amount_off INTEGER CHECK (amount_off >= 1),
  minimum_amount INTEGER CHECK (minimum_amount >= 0),
  -- Of amount_off and minimum_amount.
  currency_code TEXT,
  -- The dates as published ("2026-03-31"), their IANA zone, and the instants that they came to then.
  start_date TEXT,
  end_date TEXT,
  time_zone TEXT,
  open_time INTEGER,
  close_time INTEGER,
  members_only INTEGER NOT NULL CHECK (members_only IN (0, 1)),
  total_limit INTEGER CHECK (total_limit >= 1),
  member_limit INTEGER CHECK (member_limit >= 1),
  uses_per_code INTEGER NOT NULL CHECK (uses_per_code >= 1),
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  publish_time INTEGER NOT NULL,
  PRIMARY KEY (rule_id, version),
  CHECK ((percent_basis_points IS NULL) <> (amount_off IS NULL)),
  CHECK (currency_code IS NOT NULL OR (amount_off IS NULL AND minimum_amount IS NULL)),
  CHECK (time_zone IS NOT NULL OR (start_date IS NULL AND end_date IS NULL)),
  CHECK ((start_date IS NULL) = (open_time IS NULL) AND (end_date IS NULL) = (close_time IS NULL))
) STRICT;

-- The lists of a version: 1 stores, 2 products, 3 departments, 4 categories, 5 brands.
CREATE TABLE rule_version_values (
  rule_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  list INTEGER NOT NULL CHECK (list BETWEEN 1 AND 5),
  value TEXT NOT NULL,
  PRIMARY KEY (rule_id, version, list, value),
  FOREIGN KEY (rule_id, version) REFERENCES rule_versions (rule_id, version)
) STRICT, WITHOUT ROWID;

-- How often each member is using and has used a rule. Kept for every member, limit or not, so that a limit published later
-- counts what was used before.
CREATE TABLE rule_member_uses (
  rule_id TEXT NOT NULL REFERENCES rules (rule_id),
  member_id TEXT NOT NULL,
  held INTEGER NOT NULL CHECK (held >= 0),
  used INTEGER NOT NULL CHECK (used >= 0),
  PRIMARY KEY (rule_id, member_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE coupons (
  coupon_id TEXT NOT NULL PRIMARY KEY,
  -- Canonical: upper case, no hyphens.
  code TEXT NOT NULL UNIQUE,
  template_id TEXT NOT NULL REFERENCES rules (rule_id),
  -- NULL: whoever holds the code.
  member_id TEXT,
  use_limit INTEGER NOT NULL CHECK (use_limit >= 1),
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  is_void INTEGER NOT NULL DEFAULT 0 CHECK (is_void IN (0, 1)),
  create_time INTEGER NOT NULL,
  CHECK (held + used <= use_limit)
) STRICT;

CREATE INDEX coupons_of_member ON coupons (member_id, coupon_id) WHERE member_id IS NOT NULL;

-- What an order has set aside: 1 held, 2 committed, 3 cancelled, 4 tombstone (cancelled before it was placed).
CREATE TABLE holds (
  order_id TEXT NOT NULL PRIMARY KEY,
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
  member_id TEXT,
  store_id TEXT,
  client_id TEXT,
  staff_id TEXT,
  currency_code TEXT,
  -- By the client's clock; data.
  occurred_time INTEGER,
  create_time INTEGER NOT NULL,
  resolve_time INTEGER,
  CHECK ((state = 1) = (resolve_time IS NULL)),
  CHECK (state = 4 OR (store_id IS NOT NULL AND client_id IS NOT NULL AND staff_id IS NOT NULL AND currency_code IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- The ledger of uses. Each entry takes one use out of an account and puts it into another (0 available, 1 held, 2 used), at
-- once for the rule, for its member and for its coupon. A use is (order_id, use_number) and moves each way at most once:
-- 1 hold, 2 commit, 3 release, 4 reverse.
CREATE TABLE use_entries (
  order_id TEXT NOT NULL REFERENCES holds (order_id),
  -- Its place among the order's discounts, from 1.
  use_number INTEGER NOT NULL CHECK (use_number >= 1),
  movement INTEGER NOT NULL,
  from_account INTEGER NOT NULL,
  to_account INTEGER NOT NULL,
  rule_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  coupon_id TEXT REFERENCES coupons (coupon_id),
  member_id TEXT,
  store_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  currency_code TEXT NOT NULL,
  -- What the use takes off its order.
  minor_units INTEGER NOT NULL CHECK (minor_units >= 1),
  reason TEXT NOT NULL,
  return_id TEXT,
  entry_time INTEGER NOT NULL,
  PRIMARY KEY (order_id, use_number, movement),
  FOREIGN KEY (rule_id, version) REFERENCES rule_versions (rule_id, version),
  CHECK (
    (movement = 1 AND from_account = 0 AND to_account = 1) OR (movement = 2 AND from_account = 1 AND to_account = 2)
    OR (movement = 3 AND from_account = 1 AND to_account = 0) OR (movement = 4 AND from_account = 2 AND to_account = 0)),
  CHECK ((movement = 4) = (return_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Returns that were taken note of; a return is reversed at most once, an order's uses come back at most once.
CREATE TABLE hold_returns (
  return_id TEXT NOT NULL PRIMARY KEY,
  order_id TEXT NOT NULL,
  is_whole_order INTEGER NOT NULL CHECK (is_whole_order IN (0, 1)),
  uses_given_back INTEGER NOT NULL CHECK (uses_given_back >= 0),
  create_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX hold_returns_of_order ON hold_returns (order_id, return_id);

-- What is history stays as it was written.
CREATE TRIGGER use_entries_refuse_update BEFORE UPDATE ON use_entries
BEGIN SELECT RAISE(ABORT, 'the ledger of uses is append-only'); END;
CREATE TRIGGER use_entries_refuse_delete BEFORE DELETE ON use_entries
BEGIN SELECT RAISE(ABORT, 'the ledger of uses is append-only'); END;
CREATE TRIGGER rule_versions_refuse_update BEFORE UPDATE ON rule_versions
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER rule_versions_refuse_delete BEFORE DELETE ON rule_versions
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER rule_version_values_refuse_update BEFORE UPDATE ON rule_version_values
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER rule_version_values_refuse_delete BEFORE DELETE ON rule_version_values
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
