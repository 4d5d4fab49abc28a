//! What S3 says → pages, objects and errors.

use aws_sdk_s3::types::{CommonPrefix, Object};

use super::*;

#[test]
fn a_page_is_decoded_and_leaves_out_its_own_folder() {
    let object = |key: &str| Object::builder().key(key).e_tag("\"abc\"").size(7).build();
    let folder = |name: &str| CommonPrefix::builder().prefix(name).build();
    let page = ListObjectsV2Output::builder()
        .encoding_type(EncodingType::Url)
        .contents(object("a/"))
        .contents(object("a/b+c%2Bd%C3%A9.gz"))
        .contents(object("a/%FF"))
        .common_prefixes(folder("a/x%20y/"))
        .build();
    let mut level = Level::default();
    add(&mut level, "a/", &page);
    let wanted = LogObject { key: "a/b c+dé.gz".to_owned(), version: "abc".to_owned(), size: 7 };
    assert_eq!(level, Level { folders: vec!["a/x y/".to_owned()], objects: vec![wanted] });
    // Where nothing is said of an encoding, keys are as they are.
    let plain = ListObjectsV2Output::builder().contents(object("a/b+%2B")).build();
    let mut level = Level::default();
    add(&mut level, "a/", &plain);
    assert_eq!(level.objects.first().map(|it| it.key.as_str()), Some("a/b+%2B"));
}

#[test]
fn what_is_missing_or_broken_names_the_bucket() {
    let site = Site { bucket: "trail".to_owned() };
    assert_eq!(site.name(), "s3://trail");
    assert!(site.missing().to_string().starts_with("s3://trail does not exist: check"));
    let broken = site.broken("AWSLogs/x", None);
    assert!(broken.is_passing());
    assert!(broken.to_string().contains("s3://trail/AWSLogs/x (s3:GetObject)"), "{broken}");
}
