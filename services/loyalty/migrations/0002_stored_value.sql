-- Stored value: member wallets and gift cards, principal and bonus apart. Amounts are minor units of the account's currency.

-- What a jurisdiction allows, and what is offered there: one row a version, never changed once published. The highest is in force.
CREATE TABLE value_policy (
  jurisdiction TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  currency_code TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  spend_order TEXT NOT NULL CHECK (spend_order IN ('principal_first', 'bonus_first', 'proportional')),
  -- Of principal; 0 means no limit.
  maximum_named_balance INTEGER NOT NULL CHECK (maximum_named_balance >= 0),
  maximum_anonymous_balance INTEGER NOT NULL CHECK (maximum_anonymous_balance >= 0),
  maximum_load INTEGER NOT NULL CHECK (maximum_load >= 0),
  maximum_daily_load INTEGER NOT NULL CHECK (maximum_daily_load >= 0),
  -- 0 means never.
  named_card_months INTEGER NOT NULL CHECK (named_card_months >= 0),
  anonymous_card_months INTEGER NOT NULL CHECK (anonymous_card_months >= 0),
  pin_tries INTEGER NOT NULL CHECK (pin_tries > 0),
  published_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction, version)
) STRICT, WITHOUT ROWID;

-- China's single-purpose prepaid cards: named at most 5,000 yuan and without an end, anonymous at most 1,000 and valid for three years at
-- the least. The United States: at most 2,000 dollars a card and day, above which a seller of prepaid access must register; no end.
INSERT INTO value_policy VALUES
  ('CN', 1, 'CNY', 'Asia/Shanghai', 'principal_first', 500000, 100000, 500000, 0, 0, 36, 5, 0),
  ('US', 1, 'USD', 'America/New_York', 'principal_first', 200000, 200000, 200000, 200000, 0, 0, 5, 0);

CREATE TABLE bonus_scheme (
  jurisdiction TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  published_at INTEGER NOT NULL,
  PRIMARY KEY (jurisdiction, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE bonus_package (
  jurisdiction TEXT NOT NULL,
  version INTEGER NOT NULL,
  charge INTEGER NOT NULL CHECK (charge > 0),
  bonus INTEGER NOT NULL CHECK (bonus > 0),
  PRIMARY KEY (jurisdiction, version, charge),
  FOREIGN KEY (jurisdiction, version) REFERENCES bonus_scheme (jurisdiction, version)
) STRICT, WITHOUT ROWID;

-- A wallet or a card. inactive → active ⇄ frozen; active or frozen → blocked. Every write of an account takes this row first.
CREATE TABLE value_account (
  account_id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('wallet', 'gift_card')),
  state TEXT NOT NULL CHECK (state IN ('inactive', 'active', 'frozen', 'blocked')),
  -- Why it is in its state, where a person said so.
  state_reason TEXT NOT NULL DEFAULT '',
  -- Empty for an anonymous card.
  member_id TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  currency_code TEXT NOT NULL,
  -- A card is found by the keyed hash of its number, which is stored nowhere.
  number_hash BLOB UNIQUE CHECK (length(number_hash) = 32),
  number_last_four TEXT NOT NULL DEFAULT '',
  pin_hash BLOB CHECK (length(pin_hash) = 32),
  -- Wrong ones in a row.
  pin_tries INTEGER NOT NULL DEFAULT 0 CHECK (pin_tries >= 0),
  -- Neither held nor posted as expired.
  principal INTEGER NOT NULL DEFAULT 0 CHECK (principal >= 0),
  bonus INTEGER NOT NULL DEFAULT 0 CHECK (bonus >= 0),
  principal_held INTEGER NOT NULL DEFAULT 0 CHECK (principal_held >= 0),
  bonus_held INTEGER NOT NULL DEFAULT 0 CHECK (bonus_held >= 0),
  -- The first instant after its last day.
  expires_at INTEGER NOT NULL,
  -- The number of the day on which it was last loaded, in the policy's zone, and what was loaded on it.
  load_day INTEGER NOT NULL DEFAULT 0,
  loaded_on_day INTEGER NOT NULL DEFAULT 0 CHECK (loaded_on_day >= 0),
  -- The number of the account's last ledger transaction.
  last_number INTEGER NOT NULL DEFAULT 0 CHECK (last_number >= 0),
  created_at INTEGER NOT NULL,
  -- Counts the account's writes.
  revision INTEGER NOT NULL DEFAULT 0,
  CHECK (kind <> 'wallet' OR member_id <> '')
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX value_account_wallet ON value_account (member_id, jurisdiction) WHERE kind = 'wallet';
CREATE INDEX value_account_member ON value_account (member_id, account_id) WHERE member_id <> '';
-- What the expiry poster looks for.
CREATE INDEX value_account_expiry ON value_account (expires_at, account_id) WHERE principal + bonus > 0;

-- Value of one origin: who sold it settles for it, and a spend says which it drew. Drawn in the order of `sold_at`.
CREATE TABLE value_lot (
  lot_id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES value_account (account_id),
  -- Who has the customer's money; empty where no store is known.
  store_id TEXT NOT NULL,
  currency_code TEXT NOT NULL,
  sold_at INTEGER NOT NULL,
  principal INTEGER NOT NULL DEFAULT 0 CHECK (principal >= 0),
  bonus INTEGER NOT NULL DEFAULT 0 CHECK (bonus >= 0),
  principal_held INTEGER NOT NULL DEFAULT 0 CHECK (principal_held >= 0),
  bonus_held INTEGER NOT NULL DEFAULT 0 CHECK (bonus_held >= 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX value_lot_drawing ON value_lot (account_id, sold_at, lot_id);
CREATE INDEX value_lot_store ON value_lot (currency_code, store_id);

-- The ledger: append-only. A transaction is a line of an account's statement; its entries sum to zero in principal and in bonus.
CREATE TABLE value_transaction (
  account_id TEXT NOT NULL REFERENCES value_account (account_id),
  -- 1, 2, 3, … for each account, with no gap.
  number INTEGER NOT NULL CHECK (number > 0),
  entry_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('top_up', 'import', 'spend', 'spend_reversal', 'refund', 'transfer_out', 'transfer_in', 'adjust', 'expire')),
  -- The business key: an order spends once from an account, a return gives back once, whatever the request id.
  subject TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  store_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  return_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  policy_version INTEGER NOT NULL,
  reason TEXT NOT NULL,
  posted_at INTEGER NOT NULL,
  effective_at INTEGER NOT NULL,
  currency_code TEXT NOT NULL,
  -- The sums of the entries over the customer's account, for the statement.
  principal INTEGER NOT NULL,
  bonus INTEGER NOT NULL,
  PRIMARY KEY (account_id, number),
  UNIQUE (subject, kind, account_id)
) STRICT, WITHOUT ROWID;

-- A settlement reads its period of one currency.
CREATE INDEX value_transaction_settlement ON value_transaction (currency_code, posted_at) WHERE order_id <> '';

CREATE TABLE value_entry (
  account_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  position INTEGER NOT NULL CHECK (position >= 0),
  ledger TEXT NOT NULL CHECK (ledger IN ('customer', 'sold', 'imported', 'redeemed', 'refunded', 'transferred', 'adjusted', 'expired')),
  part TEXT NOT NULL CHECK (part IN ('principal', 'bonus')),
  -- The lot that moved, on both sides.
  lot_id TEXT NOT NULL REFERENCES value_lot (lot_id),
  amount INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (account_id, number, position),
  FOREIGN KEY (account_id, number) REFERENCES value_transaction (account_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX value_entry_lot ON value_entry (lot_id, ledger);

CREATE TRIGGER value_transaction_is_append_only_for_update BEFORE UPDATE ON value_transaction
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER value_transaction_is_append_only_for_delete BEFORE DELETE ON value_transaction
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER value_entry_is_append_only_for_update BEFORE UPDATE ON value_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER value_entry_is_append_only_for_delete BEFORE DELETE ON value_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- A top-up, and what of it went back to how it was paid. Its lot may be spent, transferred, refunded.
CREATE TABLE value_top_up (
  entry_id TEXT NOT NULL PRIMARY KEY REFERENCES value_transaction (entry_id),
  account_id TEXT NOT NULL,
  lot_id TEXT NOT NULL REFERENCES value_lot (lot_id),
  payment_kind INTEGER NOT NULL,
  payment_reference TEXT NOT NULL,
  principal INTEGER NOT NULL CHECK (principal > 0),
  bonus INTEGER NOT NULL CHECK (bonus >= 0),
  -- 0 where no package applied.
  scheme_version INTEGER NOT NULL,
  principal_refunded INTEGER NOT NULL DEFAULT 0 CHECK (principal_refunded BETWEEN 0 AND principal),
  bonus_refunded INTEGER NOT NULL DEFAULT 0 CHECK (bonus_refunded BETWEEN 0 AND bonus)
) STRICT, WITHOUT ROWID;

-- What a store calls its commands: each takes effect once, whatever its request id, and with one set of terms.
CREATE TABLE value_reference (
  kind TEXT NOT NULL,
  store_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  terms TEXT NOT NULL,
  -- What the command made, for its repeat.
  result TEXT NOT NULL,
  PRIMARY KEY (kind, store_id, reference)
) STRICT, WITHOUT ROWID;

-- What stored value pays of an order: the order's hold says in which state.
CREATE TABLE value_hold (
  order_id TEXT NOT NULL REFERENCES order_hold (order_id),
  account_id TEXT NOT NULL REFERENCES value_account (account_id),
  principal INTEGER NOT NULL CHECK (principal >= 0),
  bonus INTEGER NOT NULL CHECK (bonus >= 0),
  -- What returns have given back so far: never more than was drawn.
  principal_given_back INTEGER NOT NULL DEFAULT 0 CHECK (principal_given_back BETWEEN 0 AND principal),
  bonus_given_back INTEGER NOT NULL DEFAULT 0 CHECK (bonus_given_back BETWEEN 0 AND bonus),
  PRIMARY KEY (order_id, account_id),
  CHECK (principal + bonus > 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX value_hold_account ON value_hold (account_id);

-- Which lots it drew, in their order.
CREATE TABLE value_draw (
  order_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  position INTEGER NOT NULL CHECK (position >= 0),
  lot_id TEXT NOT NULL REFERENCES value_lot (lot_id),
  principal INTEGER NOT NULL CHECK (principal >= 0),
  bonus INTEGER NOT NULL CHECK (bonus >= 0),
  principal_given_back INTEGER NOT NULL DEFAULT 0 CHECK (principal_given_back BETWEEN 0 AND principal),
  bonus_given_back INTEGER NOT NULL DEFAULT 0 CHECK (bonus_given_back BETWEEN 0 AND bonus),
  PRIMARY KEY (order_id, account_id, position),
  FOREIGN KEY (order_id, account_id) REFERENCES value_hold (order_id, account_id)
) STRICT, WITHOUT ROWID;

-- What a return gave back to an account.
CREATE TABLE value_reversal (
  return_id TEXT NOT NULL REFERENCES order_reversal (return_id),
  account_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  -- What it was asked for.
  amount INTEGER NOT NULL CHECK (amount >= 0),
  principal INTEGER NOT NULL CHECK (principal >= 0),
  bonus INTEGER NOT NULL CHECK (bonus >= 0),
  PRIMARY KEY (return_id, account_id),
  FOREIGN KEY (order_id, account_id) REFERENCES value_hold (order_id, account_id)
) STRICT, WITHOUT ROWID;

-- The numbers and PINs of new cards, while the reply that showed them may be asked for again.
CREATE TABLE value_card_secret (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES value_account (account_id),
  number TEXT NOT NULL,
  pin TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX value_card_secret_expiry ON value_card_secret (expires_at);

-- A right PIN: its client may spend from the account for a while.
CREATE TABLE value_authorization (
  authorization_id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES value_account (account_id),
  client_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX value_authorization_expiry ON value_authorization (expires_at);
