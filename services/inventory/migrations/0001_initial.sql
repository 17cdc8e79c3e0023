-- Times are microseconds since 1970 UTC. Amounts are minor units of the order's currency. Enumerations are the numbers of
-- the contract (proto/patron/inventory/v1) and of Domain/StockAccount.swift.

-- Catalogue

CREATE TABLE products (
  product_id TEXT NOT NULL PRIMARY KEY,
  sku TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  department TEXT NOT NULL,
  brand TEXT NOT NULL,
  category TEXT NOT NULL,
  product_type TEXT NOT NULL,
  package_size TEXT NOT NULL,
  manufacturer TEXT NOT NULL,
  price_currency_code TEXT,
  price_amount INTEGER CHECK (price_amount >= 0),
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  CHECK ((price_currency_code IS NULL) = (price_amount IS NULL))
) STRICT, WITHOUT ROWID;

-- The primary key is the rule: a barcode is of one product only.
CREATE TABLE product_barcodes (
  barcode TEXT NOT NULL PRIMARY KEY,
  product_id TEXT NOT NULL REFERENCES products (product_id),
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX product_barcodes_by_product ON product_barcodes (product_id, position);

CREATE TABLE stores (
  store_id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  currency_code TEXT NOT NULL,
  stock_policy INTEGER NOT NULL CHECK (stock_policy IN (1, 2)),
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Stock

-- What the ledger below folds to, kept so that a till's hold is one guarded update. `held` is the sum of the open orders'
-- lines. Written only together with the entry, or the order line, that it stands for.
CREATE TABLE stock_levels (
  store_id TEXT NOT NULL REFERENCES stores (store_id),
  product_id TEXT NOT NULL REFERENCES products (product_id),
  on_hand INTEGER NOT NULL,
  held INTEGER NOT NULL CHECK (held >= 0),
  PRIMARY KEY (store_id, product_id)
) STRICT, WITHOUT ROWID;

-- One row moves a quantity from one account to another, so the ledger cannot be out of balance: what leaves an account is,
-- in the same row, what enters the other. (cause, cause_id, line_number) is the business key: however often a command is
-- sent, a line of an order is sold once and a line of a return comes back once.
CREATE TABLE stock_entries (
  entry_number INTEGER PRIMARY KEY,
  cause INTEGER NOT NULL CHECK (cause BETWEEN 1 AND 4),
  cause_id TEXT NOT NULL,
  line_number INTEGER NOT NULL,
  store_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  from_account INTEGER NOT NULL CHECK (from_account BETWEEN 1 AND 5),
  to_account INTEGER NOT NULL CHECK (to_account BETWEEN 1 AND 5),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  order_id TEXT,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  entry_time INTEGER NOT NULL,
  CHECK (from_account <> to_account),
  UNIQUE (cause, cause_id, line_number),
  FOREIGN KEY (store_id, product_id) REFERENCES stock_levels (store_id, product_id)
) STRICT;

CREATE TRIGGER stock_entries_are_never_changed BEFORE UPDATE ON stock_entries
BEGIN
  SELECT RAISE(ABORT, 'stock entries are append-only');
END;

CREATE TRIGGER stock_entries_are_never_deleted BEFORE DELETE ON stock_entries
BEGIN
  SELECT RAISE(ABORT, 'stock entries are append-only');
END;

-- Orders

-- What is guarded, queried or summed. What is only shown stands in order_documents, so that a change of state rewrites a few
-- hundred bytes and not the frozen plan.
CREATE TABLE orders (
  order_id TEXT NOT NULL PRIMARY KEY,
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
  revision INTEGER NOT NULL,
  is_held INTEGER NOT NULL CHECK (is_held IN (0, 1)),
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  store_id TEXT NOT NULL REFERENCES stores (store_id),
  member_id TEXT,
  quote_id TEXT,
  participants TEXT NOT NULL,
  currency_code TEXT NOT NULL,
  list_amount INTEGER NOT NULL,
  till_discount_amount INTEGER NOT NULL,
  discount_amount INTEGER NOT NULL,
  customer_amount INTEGER NOT NULL,
  tax_amount INTEGER NOT NULL,
  amount_due INTEGER NOT NULL CHECK (amount_due >= 0),
  manufacturer_amount INTEGER NOT NULL,
  refunded_amount INTEGER NOT NULL DEFAULT 0 CHECK (refunded_amount BETWEEN 0 AND amount_due),
  points_earned INTEGER NOT NULL,
  points_spent INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  hold_expire_time INTEGER NOT NULL,
  end_time INTEGER,
  -- When recovery may look at it: a PENDING order's expiry, a decided order's last change. NULL once it has ended.
  due_time INTEGER,
  lease_owner TEXT,
  lease_until INTEGER,
  cancel_code INTEGER NOT NULL DEFAULT 0,
  cancel_reason TEXT NOT NULL DEFAULT '',
  cancel_message TEXT NOT NULL DEFAULT '',
  CHECK ((state IN (3, 5)) = (end_time IS NOT NULL)),
  CHECK ((state IN (3, 5)) = (due_time IS NULL)),
  CHECK (amount_due = customer_amount + tax_amount)
) STRICT;

-- At most one order uses a quote. A decision to cancel gives the quote back.
CREATE UNIQUE INDEX orders_by_quote ON orders (quote_id) WHERE quote_id IS NOT NULL AND state IN (1, 2, 3);
CREATE INDEX orders_due ON orders (state, due_time) WHERE due_time IS NOT NULL;
CREATE INDEX orders_by_time ON orders (create_time, order_id);
CREATE INDEX orders_by_state ON orders (state, create_time, order_id);
CREATE INDEX orders_by_store ON orders (store_id, create_time, order_id);
CREATE INDEX orders_by_store_and_state ON orders (store_id, state, create_time, order_id);
CREATE INDEX orders_by_member ON orders (member_id, create_time, order_id) WHERE member_id IS NOT NULL;

-- The bytes that the gateway froze. `sale` is the Order as it was created: names, discounts with their origin, the till's own
-- references. Never changed.
CREATE TABLE order_documents (
  order_id TEXT NOT NULL PRIMARY KEY REFERENCES orders (order_id),
  sale BLOB NOT NULL,
  plan BLOB NOT NULL,
  begin_reply BLOB NOT NULL
) STRICT;

-- What answered the call that ended the order, for ever.
CREATE TABLE order_replies (
  order_id TEXT NOT NULL PRIMARY KEY REFERENCES orders (order_id),
  reply BLOB NOT NULL
) STRICT;

-- The numbers of each line, which returns, stock and `verify` compute with.
CREATE TABLE order_lines (
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  line_number INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
  product_id TEXT REFERENCES products (product_id),
  quantity INTEGER NOT NULL,
  list_amount INTEGER NOT NULL,
  till_discount_amount INTEGER NOT NULL,
  discount_amount INTEGER NOT NULL,
  customer_amount INTEGER NOT NULL,
  tax_amount INTEGER NOT NULL,
  manufacturer_amount INTEGER NOT NULL,
  is_oversold INTEGER NOT NULL CHECK (is_oversold IN (0, 1)),
  returned_quantity INTEGER NOT NULL DEFAULT 0,
  -- An ADJUSTMENT line has no quantity to count down; it comes back once.
  adjustment_is_returned INTEGER NOT NULL DEFAULT 0 CHECK (adjustment_is_returned IN (0, 1)),
  PRIMARY KEY (order_id, line_number),
  CHECK (customer_amount = list_amount - till_discount_amount - discount_amount),
  CHECK ((kind = 1 AND quantity > 0 AND product_id IS NOT NULL) OR (kind = 2 AND quantity = 0)),
  CHECK (returned_quantity BETWEEN 0 AND quantity)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_tenders (
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  position INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  tendered_amount INTEGER,
  change_amount INTEGER,
  external_reference TEXT NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

-- Returns

CREATE TABLE order_returns (
  return_id TEXT NOT NULL PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  state INTEGER NOT NULL CHECK (state IN (1, 2)),
  participants TEXT NOT NULL,
  refund_amount INTEGER NOT NULL CHECK (refund_amount >= 0),
  points_taken_back INTEGER NOT NULL DEFAULT 0,
  points_given_back INTEGER NOT NULL DEFAULT 0,
  whole_order_is_returned INTEGER NOT NULL CHECK (whole_order_is_returned IN (0, 1)),
  reason TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  till_id TEXT NOT NULL,
  store_id TEXT NOT NULL REFERENCES stores (store_id),
  occurred_time INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  end_time INTEGER,
  due_time INTEGER,
  lease_owner TEXT,
  lease_until INTEGER,
  plan BLOB NOT NULL,
  reply BLOB,
  CHECK ((state = 2) = (end_time IS NOT NULL)),
  CHECK ((state = 2) = (due_time IS NULL)),
  CHECK ((state = 2) = (reply IS NOT NULL))
) STRICT;

CREATE INDEX order_returns_by_order ON order_returns (order_id, create_time, return_id);
CREATE INDEX order_returns_due ON order_returns (due_time) WHERE due_time IS NOT NULL;

CREATE TABLE return_lines (
  return_id TEXT NOT NULL REFERENCES order_returns (return_id),
  line_number INTEGER NOT NULL,
  order_id TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity >= 0),
  refund_amount INTEGER NOT NULL,
  PRIMARY KEY (return_id, line_number),
  FOREIGN KEY (order_id, line_number) REFERENCES order_lines (order_id, line_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE return_refunds (
  return_id TEXT NOT NULL REFERENCES order_returns (return_id),
  position INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  external_reference TEXT NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (return_id, position)
) STRICT, WITHOUT ROWID;

-- Request keys of the tills' calls: what a retry is recognised by, for ever. Purpose 1 began the order, 2 ended it, 3 began a
-- return; one call may do the first two.
CREATE TABLE saga_keys (
  client_id TEXT NOT NULL,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  purpose INTEGER NOT NULL CHECK (purpose BETWEEN 1 AND 3),
  body_hash BLOB NOT NULL,
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  return_id TEXT REFERENCES order_returns (return_id),
  PRIMARY KEY (client_id, method, request_id, purpose),
  CHECK ((purpose = 3) = (return_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX saga_keys_by_order ON saga_keys (order_id, purpose);
