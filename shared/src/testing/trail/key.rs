//! The keys that sign digests: one of each region, made anew for each run.

use std::{collections::BTreeMap, io};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use md5::{Digest as _, Md5};

use super::{clock::Moment, digest::hex, json::Object};

/// An RSA key of 2,048 bits, which no file holds.
#[derive(Debug)]
pub struct SigningKey {
    pair: KeyPair,
}

impl SigningKey {
    /// Makes a key; fails when the system gives no random bytes.
    pub fn generate() -> io::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(io::Error::other)?;
        Ok(Self { pair })
    }

    /// The public half: `RSAPublicKey` of PKCS#1, DER.
    pub fn public_der(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The name that digests know it by: MD5 of the DER bytes, hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(Md5::digest(self.public_der()).as_slice())
    }

    /// An RSASSA-PKCS1-v1_5 signature with SHA-256, hexadecimal.
    pub(super) fn sign(&self, text: &str) -> io::Result<String> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(io::Error::other)?;
        Ok(hex(&signature))
    }
}

/// The keys of several regions.
#[derive(Debug)]
pub struct Keys(BTreeMap<String, SigningKey>);

impl Keys {
    /// Makes a key for each region; fails when the system gives no random bytes.
    pub fn generate(regions: &[String]) -> io::Result<Self> {
        let key = |region: &String| Ok((region.clone(), SigningKey::generate()?));
        regions.iter().map(key).collect::<io::Result<_>>().map(Self)
    }

    /// The key of a region.
    pub fn of(&self, region: &str) -> Option<&SigningKey> {
        self.0.get(region)
    }

    /// `public-keys.json`: for each region what `ListPublicKeys` answers, valid between two moments.
    pub fn public_keys(&self, from: Moment, until: Moment) -> String {
        let mut out = String::new();
        let mut regions = Object::open(&mut out);
        for (region, key) in &self.0 {
            let mut entry = String::new();
            let mut fields = Object::open(&mut entry);
            fields.text("Value", &BASE64_STANDARD.encode(key.public_der()));
            fields.text("ValidityStartTime", &from.text());
            fields.text("ValidityEndTime", &until.text());
            fields.text("Fingerprint", &key.fingerprint());
            fields.close();
            regions.object(region, |answer| answer.raw("PublicKeyList", &format!("[{entry}]")));
        }
        regions.close();
        out
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_signature_is_of_the_key_and_the_text() {
        let [key, other] = [SigningKey::generate().unwrap(), SigningKey::generate().unwrap()];
        let signature = key.sign("text").unwrap();
        assert_eq!(signature, key.sign("text").unwrap());
        let digits = signature.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        let verify = |key: &SigningKey, text: &[u8]| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_der())
                .verify(text, &bytes)
                .is_ok()
        };
        assert!(verify(&key, b"text"));
        assert!(!verify(&key, b"texts"));
        assert!(!verify(&other, b"text"));
        assert_ne!(key.fingerprint(), other.fingerprint());
    }

    #[test]
    fn public_keys_are_listed_by_region() {
        let keys = Keys::generate(&["us-east-1".to_owned(), "eu-west-1".to_owned()]).unwrap();
        let text = keys.public_keys(Moment(0), Moment(86_400));
        let read: Value = serde_json::from_str(&text).unwrap();
        let entry = &read["eu-west-1"]["PublicKeyList"][0];
        let key = keys.of("eu-west-1").unwrap();
        assert_eq!(
            BASE64_STANDARD.decode(entry["Value"].as_str().unwrap()).unwrap(),
            key.public_der()
        );
        assert_eq!(entry["Fingerprint"], key.fingerprint());
        assert_eq!(entry["ValidityEndTime"], "1970-01-02T00:00:00Z");
        assert_ne!(read["us-east-1"]["PublicKeyList"][0]["Fingerprint"], key.fingerprint());
    }
}
