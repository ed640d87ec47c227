-- Run inside a transaction that also computes the indexes anew and sets the number of this form.
-- Leases: who is about to make a copy's next head, until when. What a lease holds is work in
-- progress, not history, and a backup has none. `work` is what was prepared, `event` the entry
-- that is about to be made, kept from before its document is written.
CREATE TABLE lease (
    copy TEXT PRIMARY KEY NOT NULL,
    token TEXT NOT NULL UNIQUE,
    head TEXT NOT NULL,
    seat TEXT,
    until TEXT NOT NULL,
    work BLOB,
    event BLOB
) STRICT;
-- Indexes beside the log: how many seats a copy has, and which of them were signed.
ALTER TABLE copy_index ADD COLUMN seats INTEGER NOT NULL DEFAULT 0;
CREATE TABLE seat_index (
    copy TEXT NOT NULL,
    seat TEXT NOT NULL,
    signed_seq INTEGER NOT NULL,
    PRIMARY KEY (copy, seat)
) STRICT;
