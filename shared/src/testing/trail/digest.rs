//! The digests of one trail in one account and region: hour by hour, each naming the one before.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html>

use std::{fmt::Write as _, io, ops::Range};

use aws_lc_rs::digest::{SHA256, digest};

use super::{
    clock::{HOUR, Moment},
    json,
    key::SigningKey,
    object::{Gzip, Kind, Object, Sink},
    plan::Plan,
};

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a text cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// A trail in an account and region.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail<'a> {
    pub(super) plan: &'a Plan,
    pub(super) name: &'static str,
    /// The region in which it was made.
    pub(super) home: &'a str,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
}

impl Trail<'_> {
    /// The seconds after the full hour at which its hours end: another in each.
    fn shift(&self) -> i64 {
        let mut random = self.plan.random(&["shift", self.name, self.account, self.region]);
        i64::try_from(random.between(60, 3_400)).unwrap_or_default()
    }

    /// The end of the hour of digests in which a moment of delivery lies.
    pub(super) fn hour_end(&self, delivered: Moment) -> Moment {
        let shift = self.shift();
        Moment((delivered.0 - shift).div_euclid(HOUR) * HOUR + shift + HOUR)
    }

    /// Whether the trail was off in the hour that ends at a moment.
    pub(super) fn is_off(&self, end: Moment) -> bool {
        let pauses = &self.plan.pauses;
        pauses.iter().any(|pause| pause.account == self.account && pause.covers(end))
    }

    fn digest_key(&self, end: Moment) -> String {
        let Self { plan, name, home, account, region } = self;
        format!(
            "{}/CloudTrail-Digest/{region}/{}/{account}_CloudTrail-Digest_{region}_{name}_{home}_{}.json.gz",
            plan.folder(account),
            end.folder(),
            end.second()
        )
    }
}

/// A delivered file of records, as a digest names it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    /// SHA-256 of the content, hexadecimal.
    pub(super) hash: String,
    /// Oldest and newest event time.
    pub(super) events: Range<Moment>,
}

/// What the next digest names.
#[derive(Debug)]
struct Previous {
    key: String,
    hash: String,
    signature: String,
}

/// The chain of digests of a trail.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    trail: Trail<'a>,
    key: &'a SigningKey,
    /// The end of the hour that is being filled.
    end: Moment,
    entries: Vec<Entry>,
    previous: Option<Previous>,
    /// Digests delivered.
    pub(super) count: u64,
}

impl<'a> Chain<'a> {
    /// A chain that starts with the hour of a moment.
    pub(super) fn new(trail: Trail<'a>, key: &'a SigningKey, from: Moment) -> Self {
        let end = trail.hour_end(from);
        Self { trail, key, end, entries: Vec::new(), previous: None, count: 0 }
    }

    /// Delivers the digests of the hours that end at a moment or before.
    pub(super) fn deliver_until(
        &mut self,
        moment: Moment,
        gzip: &mut Gzip,
        sink: Sink<'_>,
    ) -> io::Result<()> {
        while self.end <= moment {
            if self.trail.is_off(self.end) {
                self.entries.clear();
                self.previous = None;
            } else {
                self.deliver(gzip, sink)?;
            }
            self.end = self.end.plus(HOUR);
        }
        Ok(())
    }

    /// Adds a file that is delivered in the hour that is being filled.
    pub(super) fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn deliver(&mut self, gzip: &mut Gzip, sink: Sink<'_>) -> io::Result<()> {
        let key = self.trail.digest_key(self.end);
        let content = self.content(&key);
        let hash = sha256(content.as_bytes());
        let before = self.previous.as_ref().map_or("null", |digest| &digest.signature);
        let bucket = &self.trail.plan.bucket;
        let canonical = format!("{}\n{bucket}/{key}\n{hash}\n{before}", self.end);
        let signature = self.key.sign(&canonical)?;
        sink(Object {
            kind: Kind::Digest,
            key: key.clone(),
            account: self.trail.account.to_owned(),
            region: self.trail.region.to_owned(),
            delivered: self.end.plus(120),
            hour: self.end,
            bytes: gzip.pack(content.as_bytes())?,
            metadata: vec![
                ("signature", signature.clone()),
                ("signature-algorithm", "SHA256withRSA".to_owned()),
            ],
        })?;
        self.entries.clear();
        self.previous = Some(Previous { key, hash, signature });
        self.count += 1;
        Ok(())
    }

    fn content(&self, key: &str) -> String {
        let bucket = &self.trail.plan.bucket;
        let newest = self.entries.iter().map(|entry| entry.events.end).max();
        let oldest = self.entries.iter().map(|entry| entry.events.start).min();
        let previous = self.previous.as_ref();
        let mut out = String::new();
        let mut digest = json::Object::open(&mut out);
        digest.text("awsAccountId", self.trail.account);
        digest.text("digestStartTime", &self.end.plus(-HOUR).text());
        digest.text("digestEndTime", &self.end.text());
        digest.text("digestS3Bucket", bucket);
        digest.text("digestS3Object", key);
        digest.text("digestPublicKeyFingerprint", &self.key.fingerprint());
        digest.text("digestSignatureAlgorithm", "SHA256withRSA");
        digest.text_or_null("newestEventTime", newest.map(Moment::text).as_deref());
        digest.text_or_null("oldestEventTime", oldest.map(Moment::text).as_deref());
        digest.text_or_null("previousDigestS3Bucket", previous.map(|_| bucket.as_str()));
        digest.text_or_null("previousDigestS3Object", previous.map(|it| it.key.as_str()));
        digest.text_or_null("previousDigestHashValue", previous.map(|it| it.hash.as_str()));
        digest.text_or_null("previousDigestHashAlgorithm", previous.map(|_| "SHA-256"));
        digest.text_or_null("previousDigestSignature", previous.map(|it| it.signature.as_str()));
        digest.value("logFiles", |out| {
            out.push('[');
            for (place, entry) in self.entries.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                entry.write(bucket, out);
            }
            out.push(']');
        });
        digest.close();
        out
    }
}

impl Entry {
    fn write(&self, bucket: &str, out: &mut String) {
        let mut file = json::Object::open(out);
        file.text("s3Bucket", bucket);
        file.text("s3Object", &self.key);
        file.text("hashValue", &self.hash);
        file.text("hashAlgorithm", "SHA-256");
        file.text("newestEventTime", &self.events.end.text());
        file.text("oldestEventTime", &self.events.start.text());
        file.close();
    }
}
