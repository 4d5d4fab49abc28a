//! CloudTrail's digests, the objects that they are in, and the public keys that they are signed with.

use accesstrail_shared::trail::digest::{
    Chains, DigestObject, Inflater, LogHasher, PublicKeys, examine, read, sha256,
};
use accesstrail_shared::trail::key::LogKey;

/// Above every file of the corpus.
const CAP: usize = 1 << 20;

/// Where an object might lie.
const KEY: &str = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/29/\
                   111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20261129T013015Z.json.gz";

pub(super) fn check(bytes: &[u8]) {
    if let Ok(digest) = read(bytes) {
        // Lines are what is signed: a field with one of its own could stand for the next.
        assert_eq!(digest.end_text.lines().count(), 1, "{:?}", digest.end_text);
        assert!(digest.start >= 0 && digest.end >= 0);
    }
    let keys = PublicKeys::read(bytes).unwrap_or_default();

    let mut inflater = Inflater::new(CAP);
    let hash = LogHasher::new(CAP).hash(bytes);
    match inflater.single_member(bytes) {
        Ok(content) => {
            assert_eq!(hash, Ok(sha256(content)));
            let appended = [bytes, b"\0"].concat();
            assert!(LogHasher::new(CAP).hash(&appended).is_err(), "what follows is not seen");
        }
        Err(error) => assert_eq!(hash, Err(error)),
    }

    // Nothing of it is signed by a key that is known for it.
    let (bucket, signature, algorithm) = (None, Some("00"), Some("SHA256withRSA"));
    let object = DigestObject { bucket, key: KEY, body: bytes, signature, algorithm };
    let mut chains = Chains::new(&keys, None);
    chains.add(examine(&object, &keys, &mut inflater));
    let report = chains.judge().report();
    assert_eq!((report.digests.valid, report.digests.invalid), (0, 1));
    assert!(!report.is_clean());

    let text = String::from_utf8_lossy(bytes);
    if let Some(key) = LogKey::read(&text) {
        assert_eq!(key.to_string(), text);
    }
}
