//! The map of squares: where each party stands in it, by its code.

use std::collections::BTreeMap;

use super::{PartyLine, Position};

/// Row and column of each code, from the north and from the west, counted from 0.
///
/// Made for the municipalities of Västra Götaland and their region: places that lie beside each other
/// do so here as far as squares allow.
const TILES: &str = include_str!("tiles.csv");

/// Parties in their squares.
#[derive(Debug)]
pub struct Map<'a> {
    /// The rows from the north, each with its columns from the west; `None` is open water or elsewhere.
    pub rows: Vec<Vec<Option<&'a PartyLine>>>,
    /// Parties without a square.
    pub beside: Vec<&'a PartyLine>,
}

/// Puts the parties of a position into their squares.
#[must_use]
pub fn map(position: &Position) -> Map<'_> {
    let tiles = tiles();
    let mut squares = BTreeMap::new();
    let mut beside = Vec::new();
    for party in position.parties() {
        match tiles.get(party.code.as_str()) {
            Some(square) => drop(squares.insert(*square, party)),
            None => beside.push(party),
        }
    }
    // As wide as what is shown: an agreement of one corner is no speck on an empty sheet.
    let span = |values: Vec<usize>| {
        let first = values.iter().min().copied().unwrap_or_default();
        let end = values
            .iter()
            .max()
            .map_or(first, |last| last.saturating_add(1));
        first..end
    };
    let rows = span(squares.keys().map(|(row, _)| *row).collect());
    let columns = span(squares.keys().map(|(_, column)| *column).collect());
    let row = |row| {
        let columns = columns.clone();
        let at = |column| squares.get(&(row, column)).copied();
        columns.map(at).collect()
    };
    Map {
        rows: rows.map(row).collect(),
        beside,
    }
}

fn tiles() -> BTreeMap<&'static str, (usize, usize)> {
    let lines = TILES.lines().skip(1);
    let tile = |line: &'static str| {
        let mut cells = line.split(',');
        let code = cells.next()?;
        let row = cells.next()?.parse().ok()?;
        let column = cells.next()?.parse().ok()?;
        Some((code, (row, column)))
    };
    lines.filter_map(tile).collect()
}
