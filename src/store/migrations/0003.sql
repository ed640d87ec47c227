-- Run inside a transaction that also computes the indexes anew and sets the number of this form.
-- Indexes beside the log: the signatures in received files, and what officers said of them. A seat
-- of such a signature is signed when it counts, or waits for a confirmation and there is one.
CREATE TABLE received_index (
    seq INTEGER NOT NULL,
    copy TEXT NOT NULL,
    seat TEXT NOT NULL,
    certificate TEXT NOT NULL,
    standing TEXT NOT NULL
) STRICT;
CREATE INDEX received_index_copy ON received_index (copy, seat, certificate);
CREATE TABLE confirmation_index (
    seq INTEGER PRIMARY KEY NOT NULL,
    copy TEXT NOT NULL,
    seat TEXT NOT NULL,
    certificate TEXT NOT NULL,
    withdrawn_seq INTEGER
) STRICT;
CREATE INDEX confirmation_index_copy ON confirmation_index (copy, seat, certificate);
