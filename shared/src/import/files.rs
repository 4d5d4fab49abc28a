//! Paths that were named → the files to read.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use super::refusal::{Problem, Refusal};

/// The largest file that is read: 512 MiB. What IAM's quotas let an account hold is less than that: 5,000
/// users, 5,000 roles and 5,000 policies in five versions of 6,144 characters each.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub const LARGEST: u64 = 512 << 20;

/// How many files are read at once.
const MOST: usize = 10_000;

/// How deep folders may lie in one another.
const DEEPEST: usize = 32;

/// The files in a folder that may hold something to import.
const EXTENSIONS: [&str; 2] = ["csv", "json"];

const NEXT_PATH: &str = "check the path, then repeat the command";
const NEXT_KIND: &str = "name a file or a folder";

/// The files that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The files to read, in the order of their paths, each once.
    pub files: Vec<PathBuf>,
    /// The files in folders that are neither JSON nor CSV by their names.
    pub passed_over: Vec<PathBuf>,
}

/// The files that `paths` name; of a folder, all `.json` and `.csv` files in it and below, hidden ones left out.
///
/// # Errors
///
/// A path that is not there or cannot be read, a folder that leads back to itself, a folder without such a file,
/// more than 10,000 files.
pub fn find(paths: &[PathBuf]) -> Result<Found, Refusal> {
    let mut search = Search::default();
    for path in paths {
        let what = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if what.is_dir() {
            let before = search.files.len();
            search.folder(path, &mut Vec::new())?;
            if search.files.len() == before {
                let next = "name the folder that the .json and .csv files are in";
                return Err(Problem::new("no .json or .csv file is in it", next).of(path));
            }
        } else {
            search.file(path, &what)?;
        }
    }
    Ok(Found { files: search.files, passed_over: search.passed_over })
}

#[derive(Default)]
struct Search {
    files: Vec<PathBuf>,
    passed_over: Vec<PathBuf>,
    /// The same files without links, to tell which was named twice.
    known: BTreeSet<PathBuf>,
}

impl Search {
    /// Looks into a folder; `above` are the folders that it lies in.
    fn folder(&mut self, path: &Path, above: &mut Vec<PathBuf>) -> Result<(), Refusal> {
        let failed = |error: io::Error| unreadable(path, &error);
        let real = fs::canonicalize(path).map_err(failed)?;
        if above.contains(&real) || above.len() >= DEEPEST {
            let reason = format!("the folder leads back to {}", real.display());
            let next = "take the link out, or name the files one by one";
            return Err(Problem::new(reason, next).of(path));
        }
        above.push(real);
        let entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries: Vec<PathBuf> =
            entries.map_err(failed)?.into_iter().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let what = fs::metadata(&entry).map_err(|error| unreadable(&entry, &error))?;
            if what.is_dir() {
                self.folder(&entry, above)?;
            } else if is_wanted(&entry) {
                self.file(&entry, &what)?;
            } else {
                self.passed_over.push(entry);
            }
        }
        above.pop();
        Ok(())
    }

    fn file(&mut self, path: &Path, what: &Metadata) -> Result<(), Refusal> {
        check(path, what)?;
        let real = fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
        if self.known.insert(real) {
            self.files.push(path.to_owned());
        }
        if self.files.len() > MOST {
            let reason = format!("there are more than {MOST} files");
            return Err(Problem::new(reason, "import them in several parts").of(path));
        }
        Ok(())
    }
}

fn is_wanted(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    EXTENSIONS.contains(&extension.as_str())
}

/// Whether a file can be read at all, before a byte of it is.
fn check(path: &Path, what: &Metadata) -> Result<(), Refusal> {
    if !what.is_file() {
        return Err(Problem::new("it is neither a file nor a folder", NEXT_KIND).of(path));
    }
    if what.len() > LARGEST {
        let reason = format!(
            "it has {} MiB, and what one account can hold has less than {} MiB",
            what.len() >> 20,
            LARGEST >> 20
        );
        let next = "bring one file for each account, as `aws iam get-account-authorization-details` prints it";
        return Err(Problem::new(reason, next).of(path));
    }
    Ok(())
}

/// Opens a file that was found, once more as wary as before.
pub(super) fn open(path: &Path) -> Result<(BufReader<File>, Metadata), Refusal> {
    let failed = |error: io::Error| unreadable(path, &error);
    // Opening a pipe would wait for somebody to write into it.
    check(path, &fs::metadata(path).map_err(failed)?)?;
    let file = File::open(path).map_err(failed)?;
    let what = file.metadata().map_err(failed)?;
    check(path, &what)?;
    Ok((BufReader::with_capacity(1 << 16, file), what))
}

fn unreadable(path: &Path, error: &io::Error) -> Refusal {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        _ => format!("it cannot be read ({error})"),
    };
    Problem::new(reason, NEXT_PATH).of(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn refused(path: &Path) -> String {
        find(&[path.to_owned()]).unwrap_err().to_string()
    }

    #[test]
    fn a_folder_gives_its_files_in_order_and_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/c")).unwrap();
        fs::create_dir_all(at(".git")).unwrap();
        for name in ["b/c/1.json", "b/0.CSV", "a.json", "notes.txt", ".hidden.json", ".git/x.json"]
        {
            fs::write(at(name), "{}").unwrap();
        }
        symlink(at("a.json"), at("same.json")).unwrap();
        let found = find(&[folder.path().to_owned(), at("a.json")]).unwrap();
        assert_eq!(found.files, [at("a.json"), at("b/0.CSV"), at("b/c/1.json")]);
        assert_eq!(found.passed_over, [at("notes.txt")]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_before_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(refused(&at("nothing")).contains("does not exist"));
        assert!(refused(folder.path()).contains("no .json or .csv file"));
        // Five gigabytes of nothing: the file has holes, so it needs no room on the disk.
        File::create(at("large.json")).unwrap().set_len(5 << 30).unwrap();
        assert!(refused(&at("large.json")).contains("5120 MiB"));
        assert!(refused(Path::new("/dev/zero")).contains("neither a file nor a folder"));
        symlink(at("nowhere"), at("broken.json")).unwrap();
        fs::remove_file(at("large.json")).unwrap();
        assert!(refused(folder.path()).contains("broken.json: it does not exist"));
    }

    #[test]
    fn a_folder_that_leads_back_to_itself_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("a.json"), "{}").unwrap();
        symlink(folder.path(), inner.join("loop")).unwrap();
        assert!(refused(folder.path()).contains("leads back"));
        fs::remove_file(inner.join("loop")).unwrap();
        // A link to a folder beside it is no loop.
        symlink(&inner, folder.path().join("again")).unwrap();
        assert_eq!(find(&[folder.path().to_owned()]).unwrap().files.len(), 1);
    }
}
