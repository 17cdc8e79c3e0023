-- Limits of points by hand, and what two persons decide.

-- What each person gave and took by hand on the last day on which they did.
CREATE TABLE adjustment_use (
  -- 'staff:…', or 'client:…' where no person was named.
  actor TEXT NOT NULL PRIMARY KEY,
  -- As of earn_cap_use.
  day INTEGER NOT NULL,
  points INTEGER NOT NULL CHECK (points >= 0)
) STRICT, WITHOUT ROWID;

-- Which member a person of the staff is; empty for none any more.
CREATE TABLE staff_member (
  staff_id TEXT NOT NULL PRIMARY KEY,
  member_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Adjustments that a second person must approve.
CREATE TABLE adjustment_request (
  adjustment_id TEXT NOT NULL PRIMARY KEY,
  member_id TEXT NOT NULL REFERENCES member_account (member_id),
  -- The Adjustment as it was asked for.
  terms BLOB NOT NULL,
  reason TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- From this instant on nobody approves it any more.
  lapses_at INTEGER NOT NULL CHECK (lapses_at > created_at),
  decided_at INTEGER CHECK (decided_at < lapses_at),
  is_approval INTEGER NOT NULL DEFAULT 0 CHECK (is_approval IN (0, 1)),
  decision_reason TEXT NOT NULL DEFAULT '',
  decision_client_id TEXT NOT NULL DEFAULT '',
  decision_staff_id TEXT NOT NULL DEFAULT '',
  -- The first line that the approval wrote.
  entry_id TEXT NOT NULL DEFAULT '',
  CHECK (is_approval = 1 OR entry_id = ''),
  -- Two persons: two names, or, where one of them says none, two clients.
  CHECK (is_approval = 0 OR (staff_id <> '' AND decision_staff_id <> '' AND decision_staff_id <> staff_id)
    OR ((staff_id = '' OR decision_staff_id = '') AND decision_client_id <> client_id))
) STRICT, WITHOUT ROWID;

CREATE INDEX adjustment_request_time ON adjustment_request (created_at, adjustment_id);
CREATE INDEX adjustment_request_member ON adjustment_request (member_id, created_at, adjustment_id);

CREATE TRIGGER adjustment_request_is_kept BEFORE DELETE ON adjustment_request
BEGIN SELECT RAISE(ABORT, 'a request is kept'); END;

-- Of a time that is asked for, returns and what hands gave: for signals.
CREATE INDEX order_reversal_time ON order_reversal (created_at);
CREATE INDEX ledger_transaction_by_hand ON ledger_transaction (posted_at) WHERE kind = 'adjust' AND staff_id <> '';
