-- The order in which notices are told, whole: many season cards end at one instant, and a round takes the first of them without sorting all.
DROP INDEX entitlement_period_end;
CREATE INDEX entitlement_period_end ON entitlement_period (ends_at, entitlement_id, number) WHERE noticed_end <> ends_at AND refunded = -1;
