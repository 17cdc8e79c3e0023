extension Migration {
  /// Database's own tables. As for a service's, a released step is never edited.
  static let own = [
    Migration(
      number: 1, name: "database-tables",
      sql: """
        -- What the file itself must know: its feed epoch, and the key of body hashes.
        CREATE TABLE database_meta(
          key TEXT PRIMARY KEY,
          value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- One row for each request that took effect, with the bytes of its reply.
        CREATE TABLE database_request(
          client TEXT NOT NULL,
          method TEXT NOT NULL,
          request_id TEXT NOT NULL,
          body_hash BLOB NOT NULL,
          reply BLOB NOT NULL,
          time INTEGER NOT NULL,
          PRIMARY KEY(client, method, request_id)
        ) STRICT, WITHOUT ROWID;

        -- Facts in the order of their commits. AUTOINCREMENT: a position is never given twice, even after the last row was removed.
        CREATE TABLE database_outbox(
          position INTEGER PRIMARY KEY AUTOINCREMENT,
          event_id TEXT NOT NULL UNIQUE,
          type TEXT NOT NULL,
          aggregate_type TEXT NOT NULL,
          aggregate_id TEXT NOT NULL,
          time INTEGER NOT NULL,
          payload BLOB NOT NULL
        ) STRICT;
        """,
      postgres: """
        CREATE TABLE database_meta(
          key TEXT COLLATE "C" PRIMARY KEY,
          value BYTEA NOT NULL
        );

        CREATE TABLE database_request(
          client TEXT COLLATE "C" NOT NULL,
          method TEXT COLLATE "C" NOT NULL,
          request_id TEXT COLLATE "C" NOT NULL,
          body_hash BYTEA NOT NULL,
          reply BYTEA NOT NULL,
          time BIGINT NOT NULL,
          PRIMARY KEY(client, method, request_id)
        );

        -- Facts. An entry is numbered before its transaction commits, so a consumer that went by entries could pass one that commits
        -- late. A position is given after the commit, by the one publisher.
        CREATE TABLE database_outbox(
          entry BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          position BIGINT UNIQUE,
          event_id TEXT COLLATE "C" NOT NULL UNIQUE,
          type TEXT COLLATE "C" NOT NULL,
          aggregate_type TEXT COLLATE "C" NOT NULL,
          aggregate_id TEXT COLLATE "C" NOT NULL,
          time BIGINT NOT NULL,
          payload BYTEA NOT NULL
        );
        CREATE INDEX database_outbox_unpublished ON database_outbox(entry) WHERE position IS NULL;

        -- Who publishes, until when by the server's clock, and how far. The token counts the holders: one that was overtaken without
        -- knowing it finds another token and publishes nothing.
        CREATE TABLE database_publisher(
          feed TEXT COLLATE "C" PRIMARY KEY CHECK (feed = 'outbox'),
          holder TEXT COLLATE "C" NOT NULL,
          token BIGINT NOT NULL,
          expire_time BIGINT NOT NULL,
          last_position BIGINT NOT NULL
        );
        INSERT INTO database_publisher VALUES ('outbox', '', 0, 0, 0);

        -- What the triggers of append-only tables call.
        CREATE FUNCTION database_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;
        """),
    Migration(
      number: 2, name: "event-feeds",
      sql: """
        -- How far this database has followed the feeds of others, and how many of their events wait for an operator.
        CREATE TABLE database_followed_feed(
          feed TEXT PRIMARY KEY,
          cursor BLOB NOT NULL,
          parked_events INTEGER NOT NULL CHECK(parked_events >= 0)
        ) STRICT, WITHOUT ROWID;

        -- What an event of a followed feed could not be applied to, and why not.
        CREATE TABLE database_parked_aggregate(
          feed TEXT NOT NULL,
          aggregate_type TEXT NOT NULL,
          aggregate_id TEXT NOT NULL,
          error TEXT NOT NULL,
          time INTEGER NOT NULL,
          PRIMARY KEY(feed, aggregate_type, aggregate_id)
        ) STRICT, WITHOUT ROWID;

        -- That event and those of the same aggregate that came later, in the order of their numbers.
        CREATE TABLE database_parked_event(
          number INTEGER PRIMARY KEY,
          feed TEXT NOT NULL,
          aggregate_type TEXT NOT NULL,
          aggregate_id TEXT NOT NULL,
          event_id TEXT NOT NULL,
          type TEXT NOT NULL,
          time INTEGER NOT NULL,
          payload BLOB NOT NULL
        ) STRICT;
        CREATE INDEX database_parked_event_of_aggregate ON database_parked_event(feed, aggregate_type, aggregate_id, number);

        -- Who follows the outbox of this database, and up to which event each is done.
        CREATE TABLE database_feed_consumer(
          client TEXT NOT NULL,
          name TEXT NOT NULL,
          position INTEGER NOT NULL,
          time INTEGER NOT NULL,
          PRIMARY KEY(client, name)
        ) STRICT, WITHOUT ROWID;

        -- Every event up to this one was removed. One row.
        CREATE TABLE database_outbox_start(
          feed TEXT PRIMARY KEY CHECK(feed = 'outbox'),
          removed_through INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO database_outbox_start VALUES('outbox', 0);
        """),
  ]
}
