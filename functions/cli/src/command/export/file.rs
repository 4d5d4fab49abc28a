//! A file that is written as a whole or not at all: what was there is lost only to what takes its place.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use accesstrail_shared::report::inert::terminal;

use crate::error::Failure;

/// Whether a file may be written there. Devices and pipes hold nothing that could be lost.
pub(in crate::command) fn check(path: &Path, force: bool) -> Result<(), Failure> {
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    if is_file && !force {
        let path = terminal(&path.display().to_string());
        return Err(Failure::Usage(format!(
            "`{path}` is there already: add --force to replace it"
        )));
    }
    Ok(())
}

/// Writes a file.
pub(in crate::command) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if !is_replaced(path) {
        // Devices, pipes and links stay what they are.
        return fs::write(path, bytes);
    }
    build(path, |partial| File::create(partial)?.write_all(bytes)).map(drop)
}

/// Lets `content` make a file and puts it in its place; returns its size in bytes.
pub(super) fn build(path: &Path, content: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<u64> {
    if !is_replaced(path) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    // What an earlier attempt left is nobody's.
    drop(fs::remove_file(&partial));
    let written = content(&partial)
        .and_then(|()| File::open(&partial)?.sync_all())
        .and_then(|()| fs::metadata(&partial))
        .and_then(|made| fs::rename(&partial, path).map(|()| made.len()));
    if written.is_err() {
        // It may not have been made at all.
        drop(fs::remove_file(&partial));
    }
    written
}

fn is_replaced(path: &Path) -> bool {
    match fs::symlink_metadata(path) {
        Ok(found) => found.is_file(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_kept_unless_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        check(&path, false).unwrap();
        fs::write(&path, "old").unwrap();
        assert!(check(&path, false).unwrap_err().to_string().contains("--force"));
        check(&path, true).unwrap();
        check(Path::new("/dev/null"), false).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(check(&link, false).is_err(), "what a link points to is a file too");
    }

    #[test]
    fn what_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, "old").unwrap();
        fs::write(folder.path().join("x.partial"), "of a crash").unwrap();
        let fails = |partial: &Path| {
            fs::write(partial, "half")?;
            Err(io::Error::other("full"))
        };
        assert!(build(&path, fails).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written stays");
        write(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(build(Path::new("/dev/null"), |_| Ok(())).is_err());
    }
}
