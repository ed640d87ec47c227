use super::checkpoint::key;
use super::*;

/// A register of so many entries, and the receipt of one.
fn receipt(size: u64, index: u64, seed: u8) -> (Receipt, String) {
    let (secret, public) = key(seed);
    let mut frontier = Frontier::empty();
    let mut nodes = Nodes::new();
    let mut chosen = Vec::new();
    for seq in 0..size {
        let bytes = an_entry(seq).to_bytes().unwrap();
        let leaf = leaf_hash(&bytes);
        nodes.insert(Place::leaf(seq), leaf);
        for (above, node) in frontier.push(leaf).into_iter().enumerate() {
            let level = u8::try_from(above).unwrap() + 1;
            let number = seq >> level;
            nodes.insert(Place { level, number }, node);
        }
        if seq == index {
            chosen = bytes;
        }
    }
    let origin = format!("sigill-{seed:08x}");
    let receipt = Receipt {
        entry: chosen,
        index,
        proof: prove_inclusion(size, index, &nodes).unwrap(),
        checkpoint: sign_checkpoint(&origin, &frontier.head(), &secret).unwrap(),
    };
    (receipt, public)
}

fn an_entry(seq: u64) -> Entry {
    let opened = Event::Opened(Opened {
        origin: "sigill-00000001".to_owned(),
        public_key: key(1).1,
    });
    Entry {
        at: at(0),
        ..entry(seq % 60, opened)
    }
    .with_seq(seq)
}

impl Entry {
    fn with_seq(self, seq: u64) -> Self {
        Self { seq, ..self }
    }
}

#[test]
fn a_receipt_comes_back_and_is_believed() {
    for (size, index) in [(1, 0), (2, 1), (7, 3), (64, 63), (100, 0)] {
        let (receipt, public) = receipt(size, index, 1);
        let text = receipt.to_text();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra "));
        let parsed = Receipt::parse(text.as_bytes()).unwrap();
        assert_eq!(parsed, receipt);
        let (entry, checkpoint) = parsed.check(&public).unwrap();
        assert_eq!(entry, an_entry(index));
        assert_eq!(checkpoint.head.size, size);
    }
}

/// The path is believed by an implementation that shares nothing with ours.
#[test]
fn another_implementation_believes_the_receipt() {
    let (receipt, public) = receipt(37, 20, 1);
    let (_, checkpoint) = receipt.check(&public).unwrap();
    let root = (*checkpoint.head.root.as_bytes()).into();
    let root = ct_merkle::RootHash::<sha2::Sha256>::new(root, checkpoint.head.size);
    let proof = receipt.proof.iter().flat_map(|hash| *hash.as_bytes());
    let proof = ct_merkle::InclusionProof::from_bytes(proof.collect());
    root.verify_inclusion(&receipt.entry, receipt.index, &proof)
        .unwrap();
}

#[test]
fn cosignatures_travel_with_the_receipt() {
    let (mut receipt, public) = receipt(9, 4, 1);
    let (secret, witness) = generate_witness_key("w", [3; 32]).unwrap();
    receipt.checkpoint = cosign(&receipt.checkpoint, &secret, at(9)).unwrap();
    let parsed = Receipt::parse(receipt.to_text().as_bytes()).unwrap();
    assert!(parsed.check(&public).is_ok());
    assert_eq!(cosignatures(&parsed.checkpoint, &[witness]).len(), 1);
}

#[test]
fn what_is_wrong_with_a_receipt_is_told() {
    let (good, public) = receipt(9, 4, 1);
    let refused = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = good.clone();
        change(&mut receipt);
        receipt.check(&public).unwrap_err()
    };
    let other = key(2).1;
    let error = good.check(&other).unwrap_err();
    assert!(matches!(error, ReceiptError::AnotherRegister(_)), "{error}");
    let error = good.check("no key").unwrap_err();
    assert!(matches!(error, ReceiptError::AnotherRegister(_)), "{error}");
    let error = refused(&|it| it.checkpoint = it.checkpoint.replace("\n9\n", "\n8\n"));
    assert!(matches!(error, ReceiptError::Checkpoint(_)), "{error}");
    let error = refused(&|it| it.index = 5);
    assert!(
        matches!(error, ReceiptError::Proof { index: 5, size: 9 }),
        "{error}"
    );
    let error = refused(&|it| it.index = u64::MAX);
    assert!(matches!(error, ReceiptError::Proof { .. }), "{error}");
    let error = refused(&|it| it.entry.push(b' '));
    assert!(matches!(error, ReceiptError::Proof { .. }), "{error}");
    let error = refused(&|it| {
        it.proof.pop();
    });
    assert!(matches!(error, ReceiptError::Proof { .. }), "{error}");

    // In the tree, and no entry of ours.
    let (secret, public) = key(1);
    let mut frontier = Frontier::empty();
    frontier.push(leaf_hash(b"{ }"));
    let strange = Receipt {
        entry: b"{ }".to_vec(),
        index: 0,
        proof: Vec::new(),
        checkpoint: sign_checkpoint("sigill-00000001", &frontier.head(), &secret).unwrap(),
    };
    let error = strange.check(&public).unwrap_err();
    assert!(matches!(error, ReceiptError::Entry(_)), "{error}");
}

#[test]
fn another_writing_of_the_same_receipt_is_none() {
    let (receipt, _) = receipt(9, 4, 1);
    let text = receipt.to_text();
    let endless = "A".repeat(5_000_000);
    for wrong in [
        String::new(),
        "c2sp.org/tlog-proof@v1".to_owned(),
        "c2sp.org/tlog-proof@v1\n".to_owned(),
        text.replace("@v1", "@v2"),
        text.replace("index 4", "index 04"),
        text.replace("index 4", "index +4"),
        text.replace("index 4", "index -4"),
        text.replace("index 4\n", "index 4\r\n"),
        text.replace("index 4\n", ""),
        text.replace("extra ", "extra  "),
        text.replace("\nextra ", "\n"),
        text.replace('\n', "\r\n"),
        text.split_once("\n\n").unwrap().0.to_owned(),
        format!("\u{feff}{text}"),
        format!("{}{endless}", &text[..30]),
        format!(
            "c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n{}",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(90_000)
        ),
    ] {
        let error = Receipt::parse(wrong.as_bytes()).unwrap_err();
        assert!(matches!(error, ReceiptError::NotReceipt { .. }), "{error}");
    }
    assert!(Receipt::parse(&[0xFF; 100]).is_err());
}

#[test]
fn any_byte_of_a_receipt_that_is_changed_is_noticed() {
    let (receipt, public) = receipt(9, 4, 1);
    let text = receipt.to_text().into_bytes();
    for place in 0..text.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut changed = text.clone();
            changed[place] ^= flip;
            let believed = Receipt::parse(&changed).is_ok_and(|it| it.check(&public).is_ok());
            assert!(!believed, "byte {place}");
        }
    }
    for end in 0..text.len() {
        let believed = Receipt::parse(&text[..end]).is_ok_and(|it| it.check(&public).is_ok());
        assert!(!believed, "cut at {end}");
    }
}
