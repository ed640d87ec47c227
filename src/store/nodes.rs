//! Nodes, leaves and the signed head as rows: read, checked against each other, and added.
//!
//! Nothing here trusts a stored node by itself: what is read is checked up to the signed root.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Connection as _, QueryBuilder, Row as _};

use super::Error;
use super::records::failed;
use crate::agreement::Sha256;
use crate::register::{
    CheckpointSigner, Entry, Event, Frontier, Nodes, Place, Receipt, TreeError, TreeHead,
    check_inclusion, consistency_places, inclusion_places, leaf_hash, open_checkpoint,
    places_beside, prove_consistency, prove_inclusion, root, root_over, root_places,
};

/// The tree's right edge and what the next entry must know of the last.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub(super) frontier: Frontier,
    /// When the last entry was made.
    pub(super) last_at: Option<DateTime<Utc>>,
}

/// The register's newest signed head, with the note that says it.
#[derive(Debug, Clone)]
pub(super) struct SignedHead {
    pub(super) head: TreeHead,
    pub(super) note: String,
}

/// Begins a transaction that only reads.
pub(super) async fn begin<'a>(
    connection: &'a mut SqliteConnection,
    path: &Path,
) -> Result<sqlx::Transaction<'a, Sqlite>, Error> {
    connection
        .begin()
        .await
        .map_err(|error| failed(path, error))
}

/// Returns the right edge of the tree, checked against the signed head, to append to.
pub(super) async fn edge(connection: &mut SqliteConnection, path: &Path) -> Result<Edge, Error> {
    let size = size(connection, path).await?;
    if size == 0 {
        return Ok(Edge {
            frontier: Frontier::empty(),
            last_at: None,
        });
    }
    let public_key = public_key(connection, path).await?.unwrap_or_default();
    let signed = signed_head(connection, path, &public_key).await?;
    let signed = signed.ok_or_else(|| damaged(path, "its checkpoint is missing".to_owned()))?;
    check_size(path, size, signed.head.size)?;
    let places = root_places(size).map_err(|error| broken(path, error))?;
    let nodes = nodes(connection, path, &places).await?;
    let frontier = Frontier::new(size, &nodes).map_err(|error| broken(path, error))?;
    check_head(path, &frontier.head(), &signed.head)?;
    let last = size.saturating_sub(1);
    let row = sqlx::query("SELECT bytes FROM entry WHERE seq = $1")
        .bind(to_row(last))
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| failed(path, error))?;
    let bytes: &[u8] = row.try_get(0).map_err(|error| failed(path, error))?;
    Ok(Edge {
        frontier,
        last_at: Some(read_entry(path, last, bytes)?.at),
    })
}

/// Adds the nodes that a leaf completes, in the transaction that adds its entry.
pub(super) async fn add_leaf(
    connection: &mut SqliteConnection,
    path: &Path,
    frontier: &mut Frontier,
    leaf: Sha256,
) -> Result<(), Error> {
    let seq = frontier.size();
    let added = frontier.push(leaf);
    if added.is_empty() {
        return Ok(());
    }
    let mut hashes = Vec::with_capacity(added.len().saturating_mul(NODE_BYTES));
    for node in &added {
        hashes.extend_from_slice(node.as_bytes());
    }
    let done = sqlx::query("INSERT INTO node (seq, hashes) VALUES ($1, $2)")
        .bind(to_row(seq))
        .bind(hashes)
        .execute(connection)
        .await;
    done.map(drop).map_err(|error| failed(path, error))
}

/// Signs the tree as it is now, in the transaction that made it so; returns the note.
pub(super) async fn sign(
    connection: &mut SqliteConnection,
    path: &Path,
    frontier: &Frontier,
    key: &CheckpointSigner,
) -> Result<String, Error> {
    let head = frontier.head();
    let note = key
        .sign(&head)
        .map_err(|error| damaged(path, error.to_string()))?;
    let done = sqlx::query(
        "INSERT INTO checkpoint (place, size, note) VALUES (0, $1, $2)
         ON CONFLICT (place) DO UPDATE SET size = excluded.size, note = excluded.note",
    )
    .bind(to_row(head.size))
    .bind(note.as_str())
    .execute(connection)
    .await;
    done.map_err(|error| failed(path, error))?;
    Ok(note)
}

/// Checks that the tree under a head holds these leaves.
pub(super) async fn check_leaves(
    connection: &mut SqliteConnection,
    path: &Path,
    known: &[(u64, Sha256)],
    head: &TreeHead,
) -> Result<(), Error> {
    let seqs: Vec<u64> = known.iter().map(|(seq, _)| *seq).collect();
    let places = places_beside(head.size, &seqs).map_err(|error| broken(path, error))?;
    let nodes = nodes(connection, path, &places).await?;
    let root = root_over(head.size, known, &nodes).map_err(|error| broken(path, error))?;
    let size = head.size;
    check_head(path, &TreeHead { size, root }, head)
}

/// Checks one row of the table entry against its place and its leaf; returns the leaf.
pub(super) fn check_row(
    path: &Path,
    expected: u64,
    seq: i64,
    bytes: &[u8],
    leaf: &[u8],
) -> Result<Sha256, Error> {
    if u64::try_from(seq) != Ok(expected) {
        return Err(missing(path, expected));
    }
    let computed = leaf_hash(bytes);
    if computed.as_bytes() != leaf {
        let problem = format!("entry {expected} was changed after it was stored");
        return Err(damaged(path, problem));
    }
    Ok(computed)
}

/// Checks that there are as many entries as the checkpoint says.
pub(super) fn check_size(path: &Path, found: u64, signed: u64) -> Result<(), Error> {
    if found == signed {
        return Ok(());
    }
    let problem = if found < signed {
        let gone = signed.saturating_sub(found);
        format!("{gone} of {signed} entries are missing at the end")
    } else {
        format!("it has {found} entries, and its checkpoint was signed over {signed}")
    };
    Err(damaged(path, problem))
}

pub(super) fn check_head(path: &Path, found: &TreeHead, signed: &TreeHead) -> Result<(), Error> {
    check_size(path, found.size, signed.size)?;
    if found.root == signed.root {
        return Ok(());
    }
    let problem = "its entries are not those that its checkpoint was signed over".to_owned();
    Err(damaged(path, problem))
}

pub(super) fn read_entry(path: &Path, seq: u64, bytes: &[u8]) -> Result<Entry, Error> {
    Entry::from_bytes(seq, bytes).map_err(|source| Error::Entry {
        path: path.to_owned(),
        source,
    })
}

/// Returns the newest signed head; `None` when there is none.
pub(super) async fn signed_head(
    connection: &mut SqliteConnection,
    path: &Path,
    public_key: &str,
) -> Result<Option<SignedHead>, Error> {
    let row = sqlx::query("SELECT note FROM checkpoint WHERE place = 0")
        .fetch_optional(connection)
        .await
        .map_err(|error| failed(path, error))?;
    let Some(row) = row else {
        return Ok(None);
    };
    let note: String = row.try_get(0).map_err(|error| failed(path, error))?;
    let checkpoint =
        open_checkpoint(&note, public_key).map_err(|error| damaged(path, error.to_string()))?;
    let head = checkpoint.head;
    Ok(Some(SignedHead { head, note }))
}

/// Returns how many entries there are, by the place of the last.
pub(super) async fn size(connection: &mut SqliteConnection, path: &Path) -> Result<u64, Error> {
    let row = sqlx::query("SELECT COALESCE(MAX(seq) + 1, 0) FROM entry")
        .fetch_one(connection)
        .await;
    let size: i64 = row
        .and_then(|row| row.try_get(0))
        .map_err(|error| failed(path, error))?;
    Ok(u64::try_from(size).unwrap_or_default())
}

pub(super) fn to_row(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) async fn public_key(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT bytes FROM entry WHERE seq = 0")
        .fetch_optional(connection)
        .await
        .map_err(|error| failed(path, error))?;
    let Some(row) = row else {
        return Ok(None);
    };
    let bytes: &[u8] = row.try_get(0).map_err(|error| failed(path, error))?;
    match read_entry(path, 0, bytes)?.event {
        Event::Opened(opened) => Ok(Some(opened.public_key)),
        _ => Err(damaged(path, "its first entry does not open it".to_owned())),
    }
}

pub(super) async fn receipt(
    connection: &mut SqliteConnection,
    path: &Path,
    seq: u64,
    signed: &SignedHead,
) -> Result<Receipt, Error> {
    let size = signed.head.size;
    let places = inclusion_places(size, seq).map_err(|_| no_entry(seq, size))?;
    let nodes = nodes(connection, path, &places).await?;
    let proof = prove_inclusion(size, seq, &nodes).map_err(|error| broken(path, error))?;
    let row = sqlx::query("SELECT bytes FROM entry WHERE seq = $1")
        .bind(to_row(seq))
        .fetch_optional(connection)
        .await
        .map_err(|error| failed(path, error))?;
    let row = row.ok_or_else(|| missing(path, seq))?;
    let entry: Vec<u8> = row.try_get(0).map_err(|error| failed(path, error))?;
    if !check_inclusion(&signed.head, seq, leaf_hash(&entry), &proof) {
        let problem = format!("entry {seq} is not what its checkpoint was signed over");
        return Err(damaged(path, problem));
    }
    Ok(Receipt {
        entry,
        index: seq,
        proof,
        checkpoint: signed.note.clone(),
    })
}

pub(super) async fn consistency(
    connection: &mut SqliteConnection,
    path: &Path,
    from: u64,
    size: u64,
) -> Result<Vec<Sha256>, Error> {
    let places = consistency_places(from, size).map_err(|_| no_entry(from, size))?;
    let nodes = nodes(connection, path, &places).await?;
    prove_consistency(from, size, &nodes).map_err(|error| broken(path, error))
}

pub(super) async fn head_at(
    connection: &mut SqliteConnection,
    path: &Path,
    size: u64,
) -> Result<TreeHead, Error> {
    let places = root_places(size).map_err(|error| broken(path, error))?;
    let nodes = nodes(connection, path, &places).await?;
    let root = root(size, &nodes).map_err(|error| broken(path, error))?;
    Ok(TreeHead { size, root })
}

/// Returns stored nodes by their places; those that are not there are left out.
async fn nodes(
    connection: &mut SqliteConnection,
    path: &Path,
    places: &[Place],
) -> Result<Nodes, Error> {
    let mut found = Nodes::new();
    let (leaves, above): (Vec<Place>, Vec<Place>) =
        places.iter().partition(|place| place.level == 0);
    let leaves: Vec<u64> = leaves.iter().map(|place| place.number).collect();
    for (seq, leaf) in blobs(
        connection,
        path,
        "SELECT seq, leaf FROM entry WHERE seq IN (",
        &leaves,
    )
    .await?
    {
        if let Some(leaf) = Sha256::from_bytes(&leaf) {
            found.insert(Place::leaf(seq), leaf);
        }
    }
    let mut rows: Vec<u64> = above.iter().map(|place| place.last_leaf()).collect();
    rows.sort_unstable();
    rows.dedup();
    let hashes = blobs(
        connection,
        path,
        "SELECT seq, hashes FROM node WHERE seq IN (",
        &rows,
    )
    .await?;
    for place in above {
        let above_first = usize::from(place.level).saturating_sub(1);
        let node = hashes
            .get(&place.last_leaf())
            .and_then(|hashes| hashes.chunks(NODE_BYTES).nth(above_first));
        if let Some(node) = node.and_then(Sha256::from_bytes) {
            found.insert(place, node);
        }
    }
    Ok(found)
}

async fn blobs(
    connection: &mut SqliteConnection,
    path: &Path,
    select: &'static str,
    seqs: &[u64],
) -> Result<BTreeMap<u64, Vec<u8>>, Error> {
    let mut found = BTreeMap::new();
    for seqs in seqs.chunks(ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new(select);
        let mut list = query.separated(", ");
        for seq in seqs {
            list.push_bind(to_row(*seq));
        }
        query.push(")");
        let rows = query
            .build()
            .persistent(false)
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| failed(path, error))?;
        for row in rows {
            let read = || Ok((row.try_get(0)?, row.try_get(1)?));
            let (seq, blob): (i64, Vec<u8>) = read().map_err(|error| failed(path, error))?;
            found.insert(u64::try_from(seq).unwrap_or(u64::MAX), blob);
        }
    }
    Ok(found)
}

pub(super) fn damaged(path: &Path, problem: String) -> Error {
    Error::Damaged {
        path: path.to_owned(),
        problem,
    }
}

pub(super) fn missing(path: &Path, seq: u64) -> Error {
    damaged(path, format!("entry {seq} is missing"))
}

fn broken(path: &Path, error: TreeError) -> Error {
    damaged(path, format!("its tree: {error}"))
}

pub(super) fn no_entry(seq: u64, size: u64) -> Error {
    Error::NoEntry { seq, size }
}

pub(super) const NODE_BYTES: usize = 32;

/// Places named in one query; SQLite allows 32766.
const ROWS_AT_ONCE: usize = 500;
