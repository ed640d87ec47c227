-- Run inside a transaction that also sets the number of this form.
-- An index beside the log: what was made of each agreement's entries, by kinds; '' is what was made of the
-- entries without an agreement. One line of text each.
DROP TABLE summary_index;
CREATE TABLE summary_index (
    kind TEXT NOT NULL,
    agreement TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (kind, agreement)
) STRICT, WITHOUT ROWID;
-- Of each kind: by what rules it was made, of how many entries, the root of the tree over these, and the
-- digest of all its lines.
CREATE TABLE summary_mark (
    kind TEXT PRIMARY KEY NOT NULL,
    made_by BLOB NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
