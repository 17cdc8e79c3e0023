-- Points between people and by hand.

-- What may be done: one row a version, never changed once published. The highest is in force.
CREATE TABLE points_policy (
  version INTEGER NOT NULL PRIMARY KEY CHECK (version > 0),
  -- The PointsPolicy as it was published.
  terms BLOB NOT NULL,
  published_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER points_policy_is_immutable_for_update BEFORE UPDATE ON points_policy
BEGIN SELECT RAISE(ABORT, 'a published policy never changes'); END;
CREATE TRIGGER points_policy_is_immutable_for_delete BEFORE DELETE ON points_policy
BEGIN SELECT RAISE(ABORT, 'a published policy never changes'); END;

-- Points that went from one member to another.
CREATE TABLE point_transfer (
  transfer_id TEXT NOT NULL PRIMARY KEY,
  reference TEXT NOT NULL,
  from_member_id TEXT NOT NULL REFERENCES member_account (member_id),
  to_member_id TEXT NOT NULL REFERENCES member_account (member_id),
  kind TEXT NOT NULL CHECK (kind IN ('transfer', 'gift')),
  points INTEGER NOT NULL CHECK (points > 0),
  fee INTEGER NOT NULL CHECK (fee >= 0),
  message_key TEXT NOT NULL,
  store_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  policy_version INTEGER NOT NULL,
  -- Of the sender's line of the statement: a member's transfers in their order.
  number INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- What a reversal brought back, and what returns of the orders that had earned the points.
  reversed_points INTEGER NOT NULL DEFAULT 0 CHECK (reversed_points >= 0),
  taken_back_points INTEGER NOT NULL DEFAULT 0 CHECK (taken_back_points >= 0),
  reversed_at INTEGER,
  reverse_reason TEXT NOT NULL DEFAULT '',
  reverse_client_id TEXT NOT NULL DEFAULT '',
  reverse_staff_id TEXT NOT NULL DEFAULT '',
  CHECK (from_member_id <> to_member_id),
  CHECK (reversed_points + taken_back_points <= points)
) STRICT, WITHOUT ROWID;

-- What a member sent, and was sent, since an instant: for limits and lists.
CREATE INDEX point_transfer_sent ON point_transfer (from_member_id, created_at, transfer_id);
CREATE INDEX point_transfer_received ON point_transfer (to_member_id, created_at, transfer_id);

CREATE TRIGGER point_transfer_is_kept BEFORE DELETE ON point_transfer
BEGIN SELECT RAISE(ABORT, 'a transfer is kept'); END;

-- Where a lot came out of another one: of the sender, by a transfer, or of the member's own, which had expired, by a reinstatement. Its source is
-- 'adjustment', as an action's.
ALTER TABLE lot ADD COLUMN source_lot_id TEXT NOT NULL DEFAULT '';
ALTER TABLE lot ADD COLUMN transfer_id TEXT NOT NULL DEFAULT '';
-- Where the points of a lot went on to, for returns of the order that earned them.
CREATE INDEX lot_origin ON lot (source_lot_id) WHERE source_lot_id <> '';
CREATE INDEX lot_transfer ON lot (transfer_id) WHERE transfer_id <> '';
-- What can be reinstated.
CREATE INDEX lot_expired ON lot (member_id, expires_at, lot_id) WHERE expired > 0;

-- Of a line whose kind is 'adjust' and which is more than that: a transfer, its fee, its reversal, an extension, a reinstatement. The CHECK of a
-- table that holds every line is not widened without writing the table anew.
ALTER TABLE ledger_transaction ADD COLUMN variant TEXT NOT NULL DEFAULT ''
  CHECK (variant IN ('', 'transfer_out', 'transfer_in', 'transfer_fee', 'transfer_reversal', 'extension', 'reinstatement'));
ALTER TABLE ledger_transaction ADD COLUMN transfer_id TEXT NOT NULL DEFAULT '';
CREATE INDEX ledger_transaction_transfer ON ledger_transaction (transfer_id) WHERE transfer_id <> '';

-- A longer life, and the one that it had before.
CREATE TABLE lot_extension (
  entry_id TEXT NOT NULL PRIMARY KEY,
  member_id TEXT NOT NULL REFERENCES member_account (member_id),
  lot_id TEXT NOT NULL REFERENCES lot (lot_id),
  points INTEGER NOT NULL CHECK (points >= 0),
  previous_end INTEGER NOT NULL,
  new_end INTEGER NOT NULL CHECK (new_end > previous_end)
) STRICT, WITHOUT ROWID;

CREATE INDEX lot_extension_lot ON lot_extension (lot_id);

CREATE TRIGGER lot_extension_is_append_only_for_update BEFORE UPDATE ON lot_extension
BEGIN SELECT RAISE(ABORT, 'an extension stays as it was'); END;
CREATE TRIGGER lot_extension_is_append_only_for_delete BEFORE DELETE ON lot_extension
BEGIN SELECT RAISE(ABORT, 'an extension stays as it was'); END;
