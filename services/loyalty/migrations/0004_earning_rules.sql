-- Clauses of an earn rule: exceptions to its rate. Immutable with their version.
ALTER TABLE earn_rule ADD COLUMN clause_count INTEGER NOT NULL DEFAULT 0 CHECK (clause_count >= 0);
-- At most so many points an order, a day, a month, a member; NULL is any.
ALTER TABLE earn_rule ADD COLUMN order_cap INTEGER CHECK (order_cap > 0);
ALTER TABLE earn_rule ADD COLUMN day_cap INTEGER CHECK (day_cap > 0);
ALTER TABLE earn_rule ADD COLUMN month_cap INTEGER CHECK (month_cap > 0);
ALTER TABLE earn_rule ADD COLUMN member_cap INTEGER CHECK (member_cap > 0);

CREATE TABLE earn_clause (
  version INTEGER NOT NULL REFERENCES earn_rule (version),
  -- 0, 1, 2, … in the order of the rule.
  position INTEGER NOT NULL CHECK (position >= 0),
  name TEXT NOT NULL,
  -- The EarnClause as it was published.
  terms BLOB NOT NULL,
  PRIMARY KEY (version, position),
  UNIQUE (version, name)
) STRICT;

-- What actions earn, and how often; NULL is any number of times.
CREATE TABLE earn_action (
  version INTEGER NOT NULL REFERENCES earn_rule (version),
  action TEXT NOT NULL CHECK (action IN ('enrol', 'profile_completed', 'review', 'referral', 'check_in', 'survey')),
  points INTEGER NOT NULL CHECK (points > 0),
  day_limit INTEGER CHECK (day_limit > 0),
  month_limit INTEGER CHECK (month_limit > 0),
  member_limit INTEGER CHECK (member_limit > 0),
  PRIMARY KEY (version, action)
) STRICT;

CREATE TRIGGER earn_clause_is_immutable_for_update BEFORE UPDATE ON earn_clause
BEGIN SELECT RAISE(ABORT, 'a published rule never changes'); END;
CREATE TRIGGER earn_clause_is_immutable_for_delete BEFORE DELETE ON earn_clause
BEGIN SELECT RAISE(ABORT, 'a published rule never changes'); END;
CREATE TRIGGER earn_action_is_immutable_for_update BEFORE UPDATE ON earn_action
BEGIN SELECT RAISE(ABORT, 'a published rule never changes'); END;
CREATE TRIGGER earn_action_is_immutable_for_delete BEFORE DELETE ON earn_action
BEGIN SELECT RAISE(ABORT, 'a published rule never changes'); END;

-- What a member has earned towards the caps of the day, the month and the member: one row, about the last day on which anything was
-- counted. A day number is ((year × 12) + month − 1) × 31 + day − 1 in the rule's zone; divided by 31 it is the month.
CREATE TABLE earn_cap_use (
  member_id TEXT NOT NULL PRIMARY KEY REFERENCES member_account (member_id),
  day INTEGER NOT NULL,
  day_points INTEGER NOT NULL CHECK (day_points >= 0),
  month_points INTEGER NOT NULL CHECK (month_points >= day_points),
  member_points INTEGER NOT NULL CHECK (member_points >= month_points)
) STRICT, WITHOUT ROWID;

-- The day on which the caps counted what an order earns; NULL where its rule version has no such caps.
ALTER TABLE order_hold ADD COLUMN cap_day INTEGER;
-- What the order's points were decided by (EarnRecord): lines and facts. NULL where the order earns nothing, and before this migration.
ALTER TABLE order_hold ADD COLUMN earn_record BLOB;

-- What members did that earned points without an order, each once.
CREATE TABLE awarded_action (
  action TEXT NOT NULL,
  -- The business's own name of it.
  action_id TEXT NOT NULL,
  member_id TEXT NOT NULL REFERENCES member_account (member_id),
  entry_id TEXT NOT NULL,
  rule_version INTEGER NOT NULL REFERENCES earn_rule (version),
  points INTEGER NOT NULL CHECK (points > 0),
  -- In the zone of the rule.
  day INTEGER NOT NULL,
  -- As of order_hold.
  cap_day INTEGER,
  awarded_at INTEGER NOT NULL,
  PRIMARY KEY (action, action_id)
) STRICT, WITHOUT ROWID;

-- How often a member did it on a day, in a month, ever.
CREATE INDEX awarded_action_member ON awarded_action (member_id, action, day);

CREATE TRIGGER awarded_action_is_append_only_for_update BEFORE UPDATE ON awarded_action
BEGIN SELECT RAISE(ABORT, 'what was awarded stays as it was'); END;
CREATE TRIGGER awarded_action_is_append_only_for_delete BEFORE DELETE ON awarded_action
BEGIN SELECT RAISE(ABORT, 'what was awarded stays as it was'); END;

-- Of a lot whose points an action earned; empty for all others. Its source is 'adjustment' in the column beside: the CHECK of a table that
-- holds every lot is not widened without writing the table anew.
ALTER TABLE lot ADD COLUMN action TEXT NOT NULL DEFAULT '';
