-- Run inside a transaction that also computes the nodes, signs a checkpoint and sets the number of this form.
-- The tree over the entries (RFC 6962): the nodes from level 1 upwards that are complete with the leaf in
-- place `seq`, 32 bytes each, lowest first. The leaves are entry.leaf. Only every other leaf completes any.
CREATE TABLE node (
    seq INTEGER PRIMARY KEY NOT NULL,
    hashes BLOB NOT NULL
) STRICT;
-- The newest checkpoint, a signed note: one row, replaced by every append in its transaction.
CREATE TABLE checkpoint (
    place INTEGER PRIMARY KEY NOT NULL CHECK (place = 0),
    size INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
-- Checkpoints that witnesses cosigned, by the size of the tree that they speak of.
CREATE TABLE cosigned (
    size INTEGER PRIMARY KEY NOT NULL,
    note TEXT NOT NULL
) STRICT;
-- An index beside the log: what was counted of each agreement, of which state of it, and by what.
CREATE TABLE summary_index (
    agreement TEXT PRIMARY KEY NOT NULL,
    counted_by BLOB NOT NULL,
    last BLOB NOT NULL,
    office BLOB,
    text TEXT NOT NULL
) STRICT;
