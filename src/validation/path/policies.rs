//! Certificate policies along a path, as a graph whose size grows with the policies and not with
//! the ways through them (RFC 5280 §6.1 as RFC 9618 §5 changed it).

use std::collections::{BTreeMap, BTreeSet};

use der::asn1::ObjectIdentifier;

/// The policies that are valid so far: for each certificate, from the first below the anchor, a
/// layer; the first layer is the anchor's.
#[derive(Clone, Debug)]
pub(super) struct PolicyGraph {
    layers: Vec<BTreeMap<ObjectIdentifier, Node>>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Which policies of the next certificate fit this one.
    expected: BTreeSet<ObjectIdentifier>,
    /// Nodes of the layer before.
    parents: BTreeSet<ObjectIdentifier>,
}

impl PolicyGraph {
    /// RFC 5280 §6.1.2 (a): any policy.
    pub(super) fn new() -> Self {
        let root = Node {
            expected: BTreeSet::from([ANY_POLICY]),
            parents: BTreeSet::new(),
        };
        Self {
            layers: vec![BTreeMap::from([(ANY_POLICY, root)])],
        }
    }

    /// Adds a certificate's policies (RFC 9618 §5.3); tells whether any is left.
    pub(super) fn add(&mut self, policies: &BTreeSet<ObjectIdentifier>, takes_any: bool) -> bool {
        let Some(last) = self.layers.last() else {
            return false;
        };
        let mut layer: BTreeMap<ObjectIdentifier, Node> = BTreeMap::new();
        let parents_expecting = |policy: &ObjectIdentifier| -> BTreeSet<_> {
            let fitting = last
                .iter()
                .filter(|(_, node)| node.expected.contains(policy));
            fitting.map(|(parent, _)| *parent).collect()
        };
        // (d) (1).
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            let mut parents = parents_expecting(policy);
            if parents.is_empty() && last.contains_key(&ANY_POLICY) {
                parents.insert(ANY_POLICY);
            }
            if !parents.is_empty() {
                let expected = BTreeSet::from([*policy]);
                layer.insert(*policy, Node { expected, parents });
            }
        }
        // (d) (2).
        if takes_any && policies.contains(&ANY_POLICY) {
            let expected: BTreeSet<_> = last.values().flat_map(|node| &node.expected).collect();
            for policy in expected {
                if !layer.contains_key(policy) {
                    let parents = parents_expecting(policy);
                    let expected = BTreeSet::from([*policy]);
                    layer.insert(*policy, Node { expected, parents });
                }
            }
        }
        self.layers.push(layer);
        self.prune()
    }

    /// Takes an authority's mappings in (RFC 9618 §5.4); tells whether any policy is left.
    pub(super) fn map(
        &mut self,
        mappings: &[(ObjectIdentifier, ObjectIdentifier)],
        is_allowed: bool,
    ) -> bool {
        let mut by_issuer: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (of_issuer, of_subject) in mappings {
            let same = by_issuer.entry(*of_issuer).or_default();
            same.insert(*of_subject);
        }
        let Some(layer) = self.layers.last_mut() else {
            return false;
        };
        for (policy, same) in by_issuer {
            if !is_allowed {
                layer.remove(&policy);
            } else if let Some(node) = layer.get_mut(&policy) {
                node.expected = same;
            } else if layer.contains_key(&ANY_POLICY) {
                let node = Node {
                    expected: same,
                    parents: BTreeSet::from([ANY_POLICY]),
                };
                layer.insert(policy, node);
            }
        }
        self.prune()
    }

    /// Tells whether one of the policies that a user accepts is left; all are accepted for `None`
    /// (RFC 9618 §5.5).
    pub(super) fn reaches(&self, accepted: Option<&BTreeSet<ObjectIdentifier>>) -> bool {
        let Some(accepted) = accepted else {
            return self.layers.last().is_some_and(|layer| !layer.is_empty());
        };
        let is_any_left = self
            .layers
            .last()
            .is_some_and(|layer| layer.contains_key(&ANY_POLICY));
        let mut nodes = self.layers.iter().flatten();
        is_any_left
            || nodes.any(|(policy, node)| {
                *policy != ANY_POLICY
                    && node.parents.contains(&ANY_POLICY)
                    && accepted.contains(policy)
            })
    }

    /// Removes nodes that nothing follows, up to the anchor; tells whether any is left.
    fn prune(&mut self) -> bool {
        let mut needed: Option<BTreeSet<ObjectIdentifier>> = None;
        for layer in self.layers.iter_mut().rev() {
            if let Some(needed) = &needed {
                layer.retain(|policy, _| needed.contains(policy));
            }
            let parents = layer.values().flat_map(|node| node.parents.iter().copied());
            needed = Some(parents.collect());
        }
        self.layers.last().is_some_and(|layer| !layer.is_empty())
    }
}

/// `anyPolicy` (RFC 5280 §4.2.1.4).
pub(super) const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
