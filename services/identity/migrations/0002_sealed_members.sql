-- What is known of a person is sealed under a key of their own, which lies in another database; they are found by keyed hashes.
-- SQL cannot seal. So the rows as they were wait in plain_member, and the next start seals them before it serves and leaves nothing there.

DROP INDEX card_in_use;
ALTER TABLE member RENAME TO plain_member;
ALTER TABLE card RENAME TO plain_card;
ALTER TABLE consent_entry RENAME TO plain_consent_entry;

-- A sealed value is absent as NULL. Who was erased keeps an id, a home store and times.
CREATE TABLE member (
  member_id        TEXT    NOT NULL PRIMARY KEY,
  state            INTEGER NOT NULL CHECK (state IN (1, 2)),
  name             BLOB,
  phone            BLOB,
  phone_hash       BLOB    UNIQUE CHECK (length(phone_hash) = 32),
  email            BLOB,
  email_hash       BLOB    UNIQUE CHECK (length(email_hash) = 32),
  birthday         BLOB,
  demographics     BLOB,
  external_id      BLOB,
  external_id_hash BLOB    UNIQUE CHECK (length(external_id_hash) = 32),
  home_store_id    TEXT    NOT NULL,
  create_time      INTEGER NOT NULL,
  update_time      INTEGER NOT NULL,
  erase_time       INTEGER,
  CHECK ((phone IS NULL) = (phone_hash IS NULL)),
  CHECK ((email IS NULL) = (email_hash IS NULL)),
  CHECK ((external_id IS NULL) = (external_id_hash IS NULL)),
  CHECK (
    erase_time IS NULL
    OR (name IS NULL AND phone IS NULL AND email IS NULL AND birthday IS NULL AND demographics IS NULL AND external_id IS NULL))
) STRICT;

CREATE INDEX erased_member ON member (member_id) WHERE erase_time IS NOT NULL;

INSERT INTO member (member_id, state, home_store_id, create_time, update_time)
SELECT member_id, state, home_store_id, create_time, update_time FROM plain_member;

CREATE TABLE card (
  card_code    TEXT    NOT NULL PRIMARY KEY CHECK (length(card_code) = 16),
  member_id    TEXT    NOT NULL REFERENCES member (member_id),
  create_time  INTEGER NOT NULL,
  replace_time INTEGER
) STRICT;

INSERT INTO card (card_code, member_id, create_time, replace_time)
SELECT card_code, member_id, create_time, replace_time FROM plain_card;

CREATE UNIQUE INDEX card_in_use ON card (member_id) WHERE replace_time IS NULL;

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

INSERT INTO consent_entry (
  consent_entry_id, member_id, purpose, channel, sequence, granted, text_version, client_id, staff_id, entry_time)
SELECT consent_entry_id, member_id, purpose, channel, sequence, granted, text_version, client_id, staff_id, entry_time
FROM plain_consent_entry;

DROP TABLE plain_consent_entry;
DROP TABLE plain_card;

-- Which vault has sealed the members, once it has begun to. From then on neither its keys nor its database may be missing.
-- is_scrubbed tells whether the file is free of what plain_member held: its rows are gone before their bytes are.
CREATE TABLE vault_link (
  vault_id    TEXT    NOT NULL PRIMARY KEY,
  is_scrubbed INTEGER NOT NULL CHECK (is_scrubbed IN (0, 1))
) STRICT;
