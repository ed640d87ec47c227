//! Words that code computes: they are not told, but what they come from is.

use std::collections::BTreeSet;

use typst::syntax::{LinkedNode, SyntaxKind, SyntaxNode, ast};

use super::markup::Reader;
use super::model::Marks;

impl<'a> Reader<'a> {
    /// Notes code that prints what cannot be told without running it, with the values of the names in it.
    pub(super) fn compute(&mut self, node: &LinkedNode<'a>) {
        self.computed.push(code_of(node.get()));
        self.compute_names(node);
    }

    /// Notes the values of the names in code that prints.
    pub(super) fn compute_names(&mut self, node: &LinkedNode<'a>) {
        let mut told = std::mem::take(&mut self.told_computed);
        let values = self.values_in(node, &mut told);
        self.told_computed = told;
        self.computed.extend(values);
    }

    /// Notes code that steers the look, with the values of the names in it.
    pub(super) fn steer(&mut self, node: &LinkedNode<'a>) {
        self.note(&code_of(node.get()));
        self.steer_names(node);
    }

    /// Notes the values of the names in code that steers the look.
    pub(super) fn steer_names(&mut self, node: &LinkedNode<'a>) {
        let mut told = std::mem::take(&mut self.told_steering);
        let values = self.values_in(node, &mut told);
        self.told_steering = told;
        self.layout.extend(values);
    }

    /// Returns what the names in code are bound to, and the names in that, each binding once.
    fn values_in(&self, node: &LinkedNode<'a>, told: &mut BTreeSet<usize>) -> Vec<String> {
        let mut values = Vec::new();
        let mut pending = vec![node.clone()];
        while let Some(node) = pending.pop() {
            if !matches!(node.kind(), SyntaxKind::Ident | SyntaxKind::MathIdent) {
                pending.extend(node.children());
                continue;
            }
            for binding in self
                .bindings
                .get(node.leaf_text().as_str())
                .into_iter()
                .flatten()
            {
                if told.insert(binding.offset()) {
                    values.push(code_of(binding.get()));
                    pending.push(binding.clone());
                }
            }
        }
        values
    }

    /// Reads what a name stands for; what grows beyond all measure is noted instead.
    pub(super) fn expand(&mut self, value: &LinkedNode<'a>, marks: &Marks) {
        self.expanding = self.expanding.saturating_add(1);
        self.node(value, marks);
        self.expanding = self.expanding.saturating_sub(1);
    }

    /// Tells whether there is still work left for what names stand for.
    pub(super) fn spend(&mut self, node: &LinkedNode<'a>) -> bool {
        let words = node.get().leaf_text().len();
        self.spent = self
            .spent
            .saturating_add(1)
            .saturating_add(words.div_euclid(WORDS_OF_A_NODE));
        self.spent < MAX_NODES
    }

    /// Returns the value of `name.key`, where the name stands for a dictionary that is written out.
    pub(super) fn field(&self, node: &LinkedNode<'a>) -> Option<LinkedNode<'a>> {
        let access = node.get().cast::<ast::FieldAccess<'_>>()?;
        let ast::Expr::Ident(name) = access.target() else {
            return None;
        };
        let value = self.value_of(name.get())?;
        let key = access.field();
        let mut found = value.children().filter_map(|pair| {
            let named = pair.get().cast::<ast::Named<'_>>()?;
            let is_it = value.kind() == SyntaxKind::Dict && named.name().get() == key.get();
            is_it.then(|| pair.children().last()).flatten()
        });
        found.next()
    }

    /// Returns the list that a value is, also where a name stands for it.
    pub(super) fn written_out(&self, node: &LinkedNode<'a>) -> Option<LinkedNode<'a>> {
        let named = match node.kind() {
            SyntaxKind::Ident => self.value_of(node.leaf_text()),
            _ => Some(node.clone()),
        };
        named.filter(|value| matches!(value.kind(), SyntaxKind::Array | SyntaxKind::Parenthesized))
    }

    /// Returns the cells that code spreads over a table, where they are written out as a list.
    pub(super) fn listed(&mut self, node: &LinkedNode<'a>) -> Option<Vec<LinkedNode<'a>>> {
        if self.nesting >= super::markup::MAX_NESTING || !self.spend(node) {
            return None;
        }
        self.nesting = self.nesting.saturating_add(1);
        let cells = self.listed_within(node);
        self.nesting = self.nesting.saturating_sub(1);
        cells
    }

    fn listed_within(&mut self, node: &LinkedNode<'a>) -> Option<Vec<LinkedNode<'a>>> {
        match node.kind() {
            SyntaxKind::Array => {
                let mut cells = Vec::new();
                for item in node.children().filter(super::calls::is_expression) {
                    if item.kind() == SyntaxKind::Array {
                        cells.extend(self.listed(&item)?);
                    } else {
                        cells.push(item);
                    }
                }
                let is_plain = node
                    .children()
                    .all(|child| child.kind() != SyntaxKind::Spread);
                is_plain.then_some(cells)
            }
            SyntaxKind::Ident => {
                let value = self.value_of(node.leaf_text())?;
                self.listed(&value)
            }
            SyntaxKind::FuncCall => {
                let callee = node.children().next()?;
                let access = callee.get().cast::<ast::FieldAccess<'_>>()?;
                let is_flat = access.field().as_str() == "flatten";
                let list = callee.children().next()?;
                if is_flat { self.listed(&list) } else { None }
            }
            _ => None,
        }
    }
}

/// Returns code as it stands, without comments and with one space where there is space.
pub(super) fn code_of(node: &SyntaxNode) -> String {
    let mut code = String::new();
    push_code(node, &mut code);
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn push_code(node: &SyntaxNode, code: &mut String) {
    match node.kind() {
        SyntaxKind::BlockComment | SyntaxKind::LineComment | SyntaxKind::Space => code.push(' '),
        _ if node.children().len() == 0 => code.push_str(node.leaf_text()),
        _ => {
            for child in node.children() {
                push_code(child, code);
            }
        }
    }
}

/// How many nodes of a text are read through names: far more than any agreement has.
const MAX_NODES: usize = 50_000;
/// How long words count as one more node.
const WORDS_OF_A_NODE: usize = 64;
