//! A plan as a folder: the objects as files, and beside `AWSLogs/` what `verify-logs` reads of the metadata and keys.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use super::{
    clock::DAY,
    json,
    key::Keys,
    object::{Object, Written},
    plan::Plan,
};

/// The file of metadata: one line for each digest.
pub const METADATA: &str = "object-metadata.jsonl";
/// The file of public keys.
pub const PUBLIC_KEYS: &str = "public-keys.json";

impl Plan {
    /// Writes the tree under a folder, with [`METADATA`] and [`PUBLIC_KEYS`] where there are digests. Fails as the
    /// file system does, or when the system gives no random bytes for the keys.
    pub fn write(&self, root: &Path) -> io::Result<Written> {
        self.write_changed(root, &mut Some)
    }

    /// The same, with each object passed through `change`, which may edit it or keep it back.
    pub fn write_changed(
        &self,
        root: &Path,
        change: &mut dyn FnMut(Object) -> Option<Object>,
    ) -> io::Result<Written> {
        let regions: &[String] = if self.digests { &self.regions } else { &[] };
        let keys = Keys::generate(regions)?;
        let mut metadata = String::new();
        let mut folder = String::new();
        let written = self.objects(&keys, &mut |object| {
            let Some(object) = change(object) else { return Ok(()) };
            if !object.metadata.is_empty() {
                metadata_line(&object, &mut metadata);
            }
            let path = root.join(&object.key);
            let parent = object.key.rsplit_once('/').map_or("", |(parent, _)| parent);
            if parent != folder {
                fs::create_dir_all(root.join(parent))?;
                parent.clone_into(&mut folder);
            }
            fs::File::create(path)?.write_all(&object.bytes)
        })?;
        if self.digests {
            fs::write(root.join(METADATA), metadata)?;
            fs::write(root.join(PUBLIC_KEYS), self.public_keys(&keys))?;
        }
        Ok(written)
    }

    /// `public-keys.json` of keys that are valid over the plan's days, with a day on either side.
    pub fn public_keys(&self, keys: &Keys) -> String {
        keys.public_keys(self.from.plus(-DAY), self.until().plus(DAY))
    }
}

/// Appends the line of an object.
fn metadata_line(object: &Object, out: &mut String) {
    let mut line = json::Object::open(out);
    line.text("key", &object.key);
    line.object("metadata", |metadata| {
        for (name, value) in &object.metadata {
            metadata.text(name, value);
        }
    });
    line.close();
    out.push('\n');
}
