BEGIN;
-- The register. `bytes` is the entry; `leaf` is SHA-256(0x00 || bytes), so that damage is noticed;
-- `agreement` is what the entry says and cannot say anything else.
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY NOT NULL,
    bytes BLOB NOT NULL,
    leaf BLOB NOT NULL,
    agreement TEXT GENERATED ALWAYS AS (json_extract(CAST(bytes AS TEXT), '$.agreement')) VIRTUAL
) STRICT;
CREATE INDEX entry_agreement ON entry (agreement, seq);
-- An index beside the log: computed from entries, can be rebuilt, decides nothing.
CREATE TABLE copy_index (
    copy TEXT PRIMARY KEY NOT NULL,
    agreement TEXT NOT NULL,
    version TEXT NOT NULL,
    form TEXT NOT NULL,
    holder TEXT,
    issued_seq INTEGER NOT NULL,
    sent_seq INTEGER,
    voided_seq INTEGER
) STRICT;
CREATE INDEX copy_index_agreement ON copy_index (agreement, version, form);
-- The form of these tables; a program refuses one that it does not know.
PRAGMA user_version = 1;
COMMIT;
