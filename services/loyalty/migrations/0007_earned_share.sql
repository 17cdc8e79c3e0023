-- A return takes back the points of the lines that come back: how many of the order's points they earned, before and after it, of all. A total
-- of 0 goes by the money.
ALTER TABLE order_reversal ADD COLUMN earned_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE order_reversal ADD COLUMN earned_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE order_reversal ADD COLUMN earned_total INTEGER NOT NULL DEFAULT 0;
