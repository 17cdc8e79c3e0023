-- Tiers by spend, visits, points and tenure, over windows of several kinds, lost at once or at the end of a period; tiers by grant; benefits.
-- What was published before says what it said: growth value alone, a rolling window, lost at once.

-- 'rolling' counts window_months; of a lifetime they say nothing.
ALTER TABLE tier_scheme ADD COLUMN window_kind TEXT NOT NULL DEFAULT 'rolling'
  CHECK (window_kind IN ('rolling', 'calendar_quarter', 'calendar_year', 'anniversary', 'lifetime'));
ALTER TABLE tier_scheme ADD COLUMN fall TEXT NOT NULL DEFAULT 'at_once' CHECK (fall IN ('at_once', 'to_earned', 'one_step'));
ALTER TABLE tier_scheme ADD COLUMN grace_days INTEGER NOT NULL DEFAULT 0 CHECK (grace_days >= 0);
-- The periods at whose ends a rolling window lets a tier fall.
ALTER TABLE tier_scheme ADD COLUMN review TEXT NOT NULL DEFAULT '' CHECK (review IN ('', 'month', 'quarter', 'year'));
-- Rows of tier_benefit, so that a scheme without any costs no look.
ALTER TABLE tier_scheme ADD COLUMN benefits INTEGER NOT NULL DEFAULT 0 CHECK (benefits >= 0);

ALTER TABLE tier ADD COLUMN threshold_visits INTEGER NOT NULL DEFAULT 0 CHECK (threshold_visits >= 0);
ALTER TABLE tier ADD COLUMN threshold_points INTEGER NOT NULL DEFAULT 0 CHECK (threshold_points >= 0);
ALTER TABLE tier ADD COLUMN threshold_tenure_days INTEGER NOT NULL DEFAULT 0 CHECK (threshold_tenure_days >= 0);
ALTER TABLE tier ADD COLUMN combination TEXT NOT NULL DEFAULT 'all' CHECK (combination IN ('all', 'any'));
ALTER TABLE tier ADD COLUMN admission TEXT NOT NULL DEFAULT 'earned' CHECK (admission IN ('earned', 'invited', 'paid'));

CREATE TABLE tier_benefit (
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 0),
  kind TEXT NOT NULL
    CHECK (kind IN ('discount', 'points_multiplier', 'free_delivery', 'gift', 'priority', 'dedicated_agent')),
  -- Basis points, the multiplier's numerator, or the amount from which delivery is free.
  amount INTEGER NOT NULL CHECK (amount >= 0),
  divisor INTEGER NOT NULL CHECK (divisor > 0),
  -- Of a gift.
  occasion TEXT NOT NULL CHECK (occasion IN ('', 'upgrade', 'birthday', 'year')),
  words TEXT NOT NULL,
  PRIMARY KEY (version, position, number),
  FOREIGN KEY (version, position) REFERENCES tier (version, position)
) STRICT, WITHOUT ROWID;

-- A tier that somebody gave. Never deleted: whoever asks why a member had a tier finds who gave it.
CREATE TABLE tier_grant (
  grant_id TEXT NOT NULL PRIMARY KEY,
  member_id TEXT NOT NULL REFERENCES member_account (member_id),
  tier_code TEXT NOT NULL,
  reason TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  -- The first instant after it; nothing where it lasts until it is revoked.
  ends_at INTEGER CHECK (ends_at > granted_at),
  revoked_at INTEGER CHECK (revoked_at >= granted_at),
  revoke_reason TEXT NOT NULL DEFAULT '',
  revoke_client_id TEXT NOT NULL DEFAULT '',
  revoke_staff_id TEXT NOT NULL DEFAULT '',
  CHECK ((revoked_at IS NULL) = (revoke_reason = ''))
) STRICT, WITHOUT ROWID;

CREATE INDEX tier_grant_member ON tier_grant (member_id, granted_at, grant_id);

CREATE TRIGGER tier_grant_is_kept BEFORE DELETE ON tier_grant
BEGIN SELECT RAISE(ABORT, 'a grant is kept'); END;

-- How many grants the member was ever given, so that a till looks for them where there are any.
ALTER TABLE member_account ADD COLUMN tier_grants INTEGER NOT NULL DEFAULT 0 CHECK (tier_grants >= 0);

-- Whether the whole order has come back: it is no visit any more.
ALTER TABLE order_hold ADD COLUMN returned INTEGER NOT NULL DEFAULT 0 CHECK (returned IN (0, 1));
UPDATE order_hold SET returned = 1
WHERE EXISTS (
  SELECT 1 FROM order_reversal
  WHERE order_reversal.order_id = order_hold.order_id AND order_reversal.refunded_after >= order_reversal.refunded_total);

-- What a tier window measures, growth value, visits and points, is a sum over this index alone: one row an order, in the order's own time, as
-- its returns have left it. It takes the place of the index over the ledger's growth value.
CREATE INDEX order_hold_tier ON order_hold
  (member_id, resolved_at, growth_value, growth_taken_back, earn_points, points_taken_back, returned, state)
WHERE state = 'committed';
DROP INDEX ledger_transaction_growth;
