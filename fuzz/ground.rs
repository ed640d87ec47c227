//! Where the targets try their inputs: what the test that makes seeds wrote.

use std::path::Path;
use std::sync::LazyLock;

use sigill::signature::Anchors;

use crate::entries::{Entry, Ground};

/// Runs an entry on the ground of the folder beside this file.
pub(crate) fn fuzzed(entry: Entry, data: &[u8]) {
    static GROUND: LazyLock<Ground> =
        LazyLock::new(|| read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("ground")));
    entry(data, &GROUND);
}

fn read(folder: &Path) -> Ground {
    let read =
        |name: &str| std::fs::read(folder.join(name)).expect("the seeds' test makes the ground");
    let at = String::from_utf8(read("at.txt")).expect("the instant is text");
    Ground {
        anchors: Anchors::from_pem([read("root.pem")]).expect("the root is a certificate"),
        file: read("signed.pdf"),
        at: at.trim().parse().expect("the instant is one"),
    }
}
