-- When points end is a text with a small grammar (ExpiryRule); it was a number of months.
ALTER TABLE earn_rule ADD COLUMN expiry TEXT NOT NULL DEFAULT 'never';
UPDATE earn_rule SET expiry = expire_after_months || 'M' WHERE expire_after_months > 0;
ALTER TABLE earn_rule DROP COLUMN expire_after_months;

-- When the member's latest order was committed: rules of inactivity count from it.
ALTER TABLE member_account ADD COLUMN last_order_at INTEGER;

-- How far notices of points that will expire have come: all lots that end before this one, or with it, have been looked at.
CREATE TABLE expiry_notice (
  only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
  expires_at INTEGER NOT NULL,
  lot_id TEXT NOT NULL
) STRICT;
INSERT INTO expiry_notice VALUES (1, 0, '');
