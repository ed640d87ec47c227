//! Refuses folders on a network file system: SQLite's write-ahead log is not safe there.

use std::path::Path;

use super::Error;

/// # Errors
/// [`Error::Network`] with the file system's name.
pub(super) fn refuse_network(folder: &Path) -> Result<(), Error> {
    let found = rustix::fs::statfs(folder).map_err(|error| Error::io(folder)(error.into()))?;
    match u64::try_from(found.f_type)
        .ok()
        .and_then(network_file_system)
    {
        Some(kind) => Err(Error::Network {
            folder: folder.to_owned(),
            kind,
        }),
        None => Ok(()),
    }
}

/// Returns the name of a network file system by its magic number, statfs(2).
fn network_file_system(magic: u64) -> Option<&'static str> {
    // Some kernels sign-extend the 32-bit number.
    NETWORK
        .iter()
        .find(|(known, _)| *known == magic & 0xFFFF_FFFF)
        .map(|(_, name)| *name)
}

const NETWORK: &[(u64, &str)] = &[
    (0x0000_517B, "SMB"),
    (0x0000_564C, "NCP"),
    (0x0000_6969, "NFS"),
    (0x00C3_6400, "Ceph"),
    (0x0102_1997, "9P"),
    (0x0BD0_0BD0, "Lustre"),
    (0x5346_414F, "AFS"),
    (0x7375_7245, "Coda"),
    (0xFE53_4D42, "SMB2"),
    (0xFF53_4D42, "CIFS"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_number() {
        assert_eq!(network_file_system(0x6969), Some("NFS"));
        assert_eq!(network_file_system(0xFFFF_FFFF_FF53_4D42), Some("CIFS"));
        assert_eq!(network_file_system(0xEF53), None, "ext4");
        assert_eq!(network_file_system(0x0102_1994), None, "tmpfs");
    }
}
