use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::outside::{Secret, SecretError, SecretSource};

fn file(folder: &Path, bytes: &[u8], mode: u32) -> PathBuf {
    let path = folder.join("pin");
    drop(std::fs::remove_file(&path));
    std::fs::write(&path, bytes).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn read(path: &Path) -> Result<Secret, SecretError> {
    SecretSource::File(path.to_owned()).read()
}

#[test]
fn the_first_line_of_a_file_is_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, secret) in [
        ("hemligt".as_bytes(), "hemligt"),
        (b"hemligt\n", "hemligt"),
        (b"hemligt\r\nmer\n", "hemligt"),
        (" å ä \n".as_bytes(), " å ä "),
    ] {
        for mode in [0o600, 0o400] {
            let path = file(folder.path(), bytes, mode);
            assert_eq!(read(&path).unwrap().expose(), secret);
            assert_eq!(
                SecretSource::File(path).read_new().unwrap().expose(),
                secret
            );
        }
    }
    let longest = "x".repeat(1024);
    let path = file(folder.path(), format!("{longest}\r\n").as_bytes(), 0o600);
    assert_eq!(read(&path).unwrap().expose(), longest);
}

#[test]
fn a_file_that_others_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o640, 0o604, 0o644, 0o620, 0o601] {
        let refusal = read(&file(folder.path(), b"hemligt", mode)).unwrap_err();
        assert!(matches!(refusal, SecretError::Open { mode: found, .. } if found == mode));
        assert!(
            refusal.to_string().ends_with(&format!("(mode {mode:o})")),
            "{refusal}"
        );
    }
}

#[test]
fn no_refusal_holds_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let long = read(&file(folder.path(), &[b'x'; 2000], 0o600)).unwrap_err();
    assert!(matches!(long, SecretError::Long { .. }));
    let empty = read(&file(folder.path(), b"\nhemligt", 0o600)).unwrap_err();
    assert!(empty.to_string().ends_with("pin is empty"), "{empty}");
    let text = read(&file(folder.path(), b"hemligt\xff", 0o600)).unwrap_err();
    assert!(text.to_string().ends_with("pin is not UTF-8"), "{text}");
    assert!(matches!(
        read(folder.path()),
        Err(SecretError::Open { .. } | SecretError::File { .. })
    ));
    assert!(matches!(
        read(&folder.path().join("no")),
        Err(SecretError::File { .. })
    ));
    for refusal in [long, empty, text] {
        assert!(!format!("{refusal:?}").contains("hemligt"));
    }
    let secret = Secret::new("hemligt".to_owned());
    assert_eq!(format!("{secret:?}"), "Secret(..)");
}

#[test]
fn a_setting_is_read_by_its_name() {
    // What is surely set, and what surely is not; a test cannot set one itself.
    let path = SecretSource::Environment("PATH".to_owned()).read().unwrap();
    assert_eq!(path.expose(), std::env::var("PATH").unwrap());
    let refusal = SecretSource::Environment("SIGILL_NO_SUCH_SETTING".to_owned()).read();
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "the environment variable SIGILL_NO_SUCH_SETTING is not set"
    );
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    const INSIDE: &str = "SIGILL_TEST_WITHOUT_TERMINAL";
    if std::env::var_os(INSIDE).is_none() {
        return super::again("secret::without_a_terminal_nobody_is_asked", |command| {
            command.env(INSIDE, "1").stdin(Stdio::null())
        });
    }
    let source = SecretSource::Prompt {
        what: "PIN för kortet".to_owned(),
    };
    for refusal in [source.read(), source.read_new()] {
        assert_eq!(
            refusal.unwrap_err().to_string(),
            r#"there is no terminal on which to ask "PIN för kortet""#
        );
    }
}
