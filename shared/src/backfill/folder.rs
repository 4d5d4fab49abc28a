//! A local folder with the layout of a trail's bucket.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::model::Counters;
use crate::port::{Body, Level, LogObject, Logs, PortError, Signature};

/// Files that are larger than this many bytes are read in pieces: some wait in memory until they are folded.
const MOST_WHOLE: u64 = 1 << 20;

/// A folder whose files are log objects: the path below it is the key.
///
/// Links are followed, as `aws s3 sync` does. A file's version is its size: a copy is the same object, whenever it was
/// made.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    signatures: BTreeMap<String, Signature>,
    lists: AtomicU64,
    gets: AtomicU64,
    read_bytes: AtomicU64,
}

impl Folder {
    /// The folder at that path, which must be one.
    pub fn open(root: &Path) -> io::Result<Self> {
        if !fs::metadata(root)?.is_dir() {
            return Err(io::Error::from(ErrorKind::NotADirectory));
        }
        let root = root.to_owned();
        Ok(Self {
            root,
            signatures: BTreeMap::new(),
            lists: AtomicU64::new(0),
            gets: AtomicU64::new(0),
            read_bytes: AtomicU64::new(0),
        })
    }

    /// With what proves digests, by their keys: a file has no metadata as an object of S3 has.
    #[must_use]
    pub fn with_signatures(mut self, signatures: BTreeMap<String, Signature>) -> Self {
        self.signatures = signatures;
        self
    }

    fn failed(&self, key: &str, source: io::Error) -> PortError {
        let what = self.root.join(key).display().to_string();
        match source.kind() {
            ErrorKind::PermissionDenied => PortError::Denied { what, source: source.into() },
            _ => PortError::Failed { what, source: source.into() },
        }
    }

    fn list(&self, prefix: &str) -> io::Result<Level> {
        let mut level = Level::default();
        for entry in fs::read_dir(self.root.join(prefix))? {
            let entry = entry?;
            // A name that is not UTF-8 is none of CloudTrail's.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{prefix}{name}");
            // The entry knows what it is, but for a link.
            let metadata = match entry.metadata() {
                Ok(found) if found.is_symlink() => fs::metadata(entry.path()),
                found => found,
            };
            match metadata {
                Ok(found) if found.is_dir() => level.folders.push(format!("{path}/")),
                Ok(found) if found.is_file() => level.objects.push(object(path, found.len())),
                // A pipe or a device: whoever opens it may wait for ever.
                Ok(_) => {}
                // What it is is not to be known: whoever reads it is told why.
                Err(_) if entry.file_type()?.is_dir() => level.folders.push(format!("{path}/")),
                Err(_) => level.objects.push(object(path, 0)),
            }
        }
        level.folders.sort_unstable();
        level.objects.sort_unstable();
        Ok(level)
    }

    fn read(&self, object: &LogObject) -> io::Result<Option<Body>> {
        let mut file = File::open(self.root.join(&object.key))?;
        // Somebody may be writing it: then it is not what was listed.
        if file.metadata()?.len() != object.size {
            return Ok(None);
        }
        let body = if object.size > MOST_WHOLE {
            Body::Stream(Box::new(BufReader::with_capacity(1 << 16, file.take(object.size))))
        } else {
            // Room for all of it, so that it is read at once.
            let mut bytes = Vec::with_capacity(usize::try_from(object.size).unwrap_or_default());
            Read::by_ref(&mut file).take(object.size).read_to_end(&mut bytes)?;
            Body::Whole(bytes)
        };
        self.gets.fetch_add(1, Ordering::Relaxed);
        self.read_bytes.fetch_add(object.size, Ordering::Relaxed);
        Ok(Some(body))
    }
}

/// A file that is not there is `None`.
fn or_none<T>(result: io::Result<Option<T>>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        result => result,
    }
}

/// Whether nothing of a name can be there: a file stands in the place of a folder, or the name is none.
fn is_impossible(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotADirectory | ErrorKind::InvalidFilename | ErrorKind::InvalidInput)
}

fn object(key: String, size: u64) -> LogObject {
    LogObject { key, version: size.to_string(), size }
}

#[async_trait]
impl Logs for Folder {
    fn name(&self) -> String {
        self.root.display().to_string()
    }

    fn is_at_hand(&self) -> bool {
        true
    }

    async fn level(&self, prefix: &str) -> Result<Level, PortError> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        match self.list(prefix) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Level::default()),
            result => result.map_err(|source| self.failed(prefix, source)),
        }
    }

    async fn find(&self, key: &str) -> Result<Option<LogObject>, PortError> {
        // A key may come from a file that somebody else wrote: it does not lead out of the folder.
        let is_plain = |part| matches!(part, Component::Normal(_));
        if !Path::new(key).components().all(is_plain) {
            return Ok(None);
        }
        let found = fs::metadata(self.root.join(key))
            .map(|found| found.is_file().then(|| object(key.to_owned(), found.len())));
        match or_none(found) {
            // A name that no file can have.
            Err(error) if is_impossible(error.kind()) => Ok(None),
            found => found.map_err(|source| self.failed(key, source)),
        }
    }

    async fn body(&self, object: &LogObject) -> Result<Option<Body>, PortError> {
        or_none(self.read(object)).map_err(|source| self.failed(&object.key, source))
    }

    async fn signed(&self, object: &LogObject) -> Result<Option<(Body, Signature)>, PortError> {
        let signature = self.signatures.get(&object.key).cloned().unwrap_or_default();
        Ok(self.body(object).await?.map(|body| (body, signature)))
    }

    fn cost(&self) -> Counters {
        let counts = [
            ("logs.lists", &self.lists),
            ("logs.gets", &self.gets),
            ("logs.read_bytes", &self.read_bytes),
        ];
        counts
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count.load(Ordering::Relaxed)))
            .collect()
    }
}
