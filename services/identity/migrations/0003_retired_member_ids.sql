-- Ids that were given a key and never a member, whose keys are destroyed: no member may come by them any more.
CREATE TABLE retired_member_id (
  member_id   TEXT    NOT NULL PRIMARY KEY,
  retire_time INTEGER NOT NULL
) STRICT;
