-- Members, their cards and consents, and the clients of the API.
-- Times are microseconds since 1970 UTC. Unique keys that a member may lack are NULL when absent.

CREATE TABLE member (
  member_id             TEXT    NOT NULL PRIMARY KEY,
  state                 INTEGER NOT NULL CHECK (state IN (1, 2)),
  name                  TEXT    NOT NULL,
  phone                 TEXT    UNIQUE,
  email                 TEXT,
  email_key             TEXT    UNIQUE,
  birthday              INTEGER,
  age_band              TEXT    NOT NULL,
  income_band           TEXT    NOT NULL,
  home_ownership        TEXT    NOT NULL,
  marital_status        TEXT    NOT NULL,
  household_size        TEXT    NOT NULL,
  household_composition TEXT    NOT NULL,
  kids_count            TEXT    NOT NULL,
  home_store_id         TEXT    NOT NULL,
  external_id           TEXT    UNIQUE,
  create_time           INTEGER NOT NULL,
  update_time           INTEGER NOT NULL,
  CHECK ((email IS NULL) = (email_key IS NULL))
) STRICT;

-- Every code that was ever given, so that none is given twice; replace_time says when it stopped working.
CREATE TABLE card (
  card_code    TEXT    NOT NULL PRIMARY KEY CHECK (length(card_code) = 16),
  member_id    TEXT    NOT NULL REFERENCES member (member_id),
  create_time  INTEGER NOT NULL,
  replace_time INTEGER
) STRICT;

CREATE UNIQUE INDEX card_in_use ON card (member_id) WHERE replace_time IS NULL;

-- What a member said, each time, under which text, and who wrote it down. The latest entry of a purpose and channel counts.
CREATE TABLE consent_entry (
  consent_entry_id TEXT    NOT NULL PRIMARY KEY,
  member_id        TEXT    NOT NULL REFERENCES member (member_id),
  purpose          INTEGER NOT NULL CHECK (purpose BETWEEN 1 AND 3),
  channel          INTEGER NOT NULL CHECK (channel BETWEEN 0 AND 4),
  sequence         INTEGER NOT NULL,
  granted          INTEGER NOT NULL CHECK (granted IN (0, 1)),
  text_version     TEXT    NOT NULL,
  client_id        TEXT    NOT NULL,
  staff_id         TEXT    NOT NULL,
  entry_time       INTEGER NOT NULL,
  UNIQUE (member_id, purpose, channel, sequence)
) STRICT;

-- A key is known by its keyed hash alone. A revoked client stays, so that its key is told apart from an unknown one.
CREATE TABLE api_client (
  client_id    TEXT    NOT NULL PRIMARY KEY,
  display_name TEXT    NOT NULL,
  key_hash     BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  key_prefix   TEXT    NOT NULL,
  created_by   TEXT    NOT NULL,
  create_time  INTEGER NOT NULL,
  revoke_time  INTEGER
) STRICT;

CREATE TABLE api_client_scope (
  client_id TEXT NOT NULL REFERENCES api_client (client_id),
  scope     TEXT NOT NULL,
  PRIMARY KEY (client_id, scope)
) STRICT;

CREATE TABLE api_client_store (
  client_id TEXT NOT NULL REFERENCES api_client (client_id),
  store_id  TEXT NOT NULL,
  PRIMARY KEY (client_id, store_id)
) STRICT;

-- The key of a client that was just created, for the replay of a lost reply. Rows go when their time has passed.
CREATE TABLE api_key_replay (
  client_id   TEXT    NOT NULL PRIMARY KEY REFERENCES api_client (client_id),
  api_key     TEXT    NOT NULL,
  expire_time INTEGER NOT NULL
) STRICT;

CREATE INDEX api_key_replay_by_expiry ON api_key_replay (expire_time);
