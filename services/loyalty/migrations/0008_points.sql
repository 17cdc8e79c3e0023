-- The place of the migration of points that move between members and by hand, which is written beside this one and takes its place.
DELETE FROM tier WHERE version < 0;
