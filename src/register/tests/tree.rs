use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};

use super::*;

/// The tree as an independent implementation keeps it.
type Peer = MemoryBackedTree<sha2::Sha256, Vec<u8>>;

/// A tree with every node, as the store keeps it.
struct Grown {
    frontier: Frontier,
    leaves: Vec<Sha256>,
    nodes: Nodes,
    peer: Peer,
}

fn grown(size: u64) -> Grown {
    let mut tree = Grown {
        frontier: Frontier::empty(),
        leaves: Vec::new(),
        nodes: Nodes::new(),
        peer: Peer::new(),
    };
    for index in 0..size {
        let bytes = format!("entry {index}").into_bytes();
        let leaf = leaf_hash(&bytes);
        tree.nodes.insert(Place::leaf(index), leaf);
        for (above, node) in tree.frontier.push(leaf).into_iter().enumerate() {
            let level = u8::try_from(above).unwrap() + 1;
            let place = Place {
                level,
                number: index >> level,
            };
            assert_eq!(place.last_leaf(), index);
            tree.nodes.insert(place, node);
        }
        tree.leaves.push(leaf);
        tree.peer.push(bytes);
    }
    tree
}

impl Grown {
    fn peer_root(&self) -> Sha256 {
        Sha256::from_bytes(self.peer.root().as_bytes()).unwrap()
    }

    fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// Exactly the nodes that were asked for.
    fn only(&self, places: &[Place]) -> Nodes {
        let nodes = places.iter().map(|place| (*place, self.nodes[place]));
        nodes.collect()
    }
}

fn root_of(head: &TreeHead) -> RootHash<sha2::Sha256> {
    RootHash::new((*head.root.as_bytes()).into(), head.size)
}

fn bytes_of(proof: &[Sha256]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

#[test]
fn an_empty_tree_is_the_digest_of_nothing() {
    assert_eq!(Frontier::empty().head().root, Sha256::of(b""));
    assert_eq!(root(0, &Nodes::new()), Ok(Sha256::of(b"")));
}

#[test]
fn our_leaf_is_the_leaf_of_the_tree() {
    let bytes = b"{\"seq\":0}";
    assert_eq!(
        leaf_hash(bytes).as_bytes(),
        &tlog_tiles::record_hash(bytes).0
    );
}

/// The test tree of RFC 6962's reference implementation: its eight leaves and their root.
#[test]
fn the_root_is_that_of_the_published_example() {
    let leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let mut frontier = Frontier::empty();
    for leaf in leaves {
        frontier.push(leaf_hash(&hex::decode(leaf).unwrap()));
    }
    let root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    assert_eq!(frontier.head().root.to_string(), root);
}

#[test]
fn every_proof_of_small_trees_is_believed_by_another_implementation() {
    for size in 1..=40_u64 {
        let tree = grown(size);
        let head = tree.head();
        assert_eq!(head.root, tree.peer_root());
        let places = root_places(size).unwrap();
        assert_eq!(root(size, &tree.only(&places)), Ok(head.root));
        assert_eq!(
            Frontier::new(size, &tree.only(&places)),
            Ok(tree.frontier.clone())
        );
        for index in 0..size {
            let places = inclusion_places(size, index).unwrap();
            let proof = prove_inclusion(size, index, &tree.only(&places)).unwrap();
            let leaf = tree.leaves[usize::try_from(index).unwrap()];
            assert!(check_inclusion(&head, index, leaf, &proof));
            let peers = InclusionProof::from_bytes(bytes_of(&proof));
            let bytes = format!("entry {index}").into_bytes();
            root_of(&head)
                .verify_inclusion(&bytes, index, &peers)
                .unwrap();
            assert!(!check_inclusion(&head, (index + 1) % size, leaf, &proof) || size == 1);
        }
        for from in 1..=size {
            let old = grown(from).head();
            let places = consistency_places(from, size).unwrap();
            let proof = prove_consistency(from, size, &tree.only(&places)).unwrap();
            assert!(check_consistency(&old, &head, &proof));
            let peers = ConsistencyProof::try_from_bytes(bytes_of(&proof)).unwrap();
            root_of(&head)
                .verify_consistency(&root_of(&old), &peers)
                .unwrap();
        }
    }
}

#[test]
fn what_cannot_be_is_refused_before_any_arithmetic() {
    for (index, size) in [(0, 0), (5, 5), (u64::MAX, u64::MAX), (0, u64::MAX)] {
        assert_eq!(
            inclusion_places(size, index),
            Err(TreeError::Outside { index, size })
        );
        let root = Sha256::of(b"root");
        let head = TreeHead { size, root };
        assert!(!check_inclusion(&head, index, root, &[root; 3]));
    }
    assert!(consistency_places(6, 5).is_err());
    assert!(root_places(u64::MAX).is_err());
    let tree = grown(9);
    let long = vec![Sha256::of(b""); 1000];
    assert!(!check_inclusion(&tree.head(), 3, tree.leaves[3], &long));
    assert!(!check_consistency(&grown(3).head(), &tree.head(), &long));
    assert_eq!(
        prove_inclusion(9, 3, &Nodes::new()),
        Err(TreeError::Missing)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Larger trees, a proof of each kind; every flipped bit in it is noticed.
    #[test]
    fn proofs_of_larger_trees_hold_and_break(size in 41_u64..700, pick: u64, bit in 0_usize..256) {
        let tree = grown(size);
        let head = tree.head();
        prop_assert_eq!(head.root, tree.peer_root());
        let index = pick % size;
        let leaf = tree.leaves[usize::try_from(index).unwrap()];
        let proof = prove_inclusion(size, index, &tree.nodes).unwrap();
        prop_assert!(check_inclusion(&head, index, leaf, &proof));
        let from = index + 1;
        let old = grown(from).head();
        let consistency = prove_consistency(from, size, &tree.nodes).unwrap();
        prop_assert!(check_consistency(&old, &head, &consistency));
        let flipped = |proof: &[Sha256], place: usize| {
            let mut proof = proof.to_vec();
            let mut bytes = *proof[place].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            proof[place] = Sha256::from(bytes);
            proof
        };
        for place in 0..proof.len() {
            prop_assert!(!check_inclusion(&head, index, leaf, &flipped(&proof, place)));
        }
        for place in 0..consistency.len() {
            prop_assert!(!check_consistency(&old, &head, &flipped(&consistency, place)));
        }
    }

    /// Any set of leaves is proved in one pass, with the nodes beside them and no other.
    #[test]
    fn many_leaves_are_proved_at_once(size in 1_u64..300, picks in prop::collection::btree_set(0_u64..300, 0..40)) {
        let tree = grown(size);
        let known: Vec<u64> = picks.into_iter().filter(|pick| *pick < size).collect();
        let places = places_beside(size, &known).unwrap();
        prop_assert!(places.iter().all(|place| tree.nodes.contains_key(place)));
        let nodes = tree.only(&places);
        let leaf = |index: &u64| (*index, tree.leaves[usize::try_from(*index).unwrap()]);
        let mut leaves: Vec<(u64, Sha256)> = known.iter().map(leaf).collect();
        prop_assert_eq!(root_over(size, &leaves, &nodes), Ok(tree.head().root));
        if let Some(first) = leaves.first_mut() {
            first.1 = Sha256::of(b"another");
            prop_assert_ne!(root_over(size, &leaves, &nodes), Ok(tree.head().root));
        }
    }
}
