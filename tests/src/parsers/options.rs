//! The options of a stored run: JSON text.

use accesstrail_shared::collect::Options;
use accesstrail_shared::collect::pipeline::is_same_work;
use accesstrail_shared::model::Run;
use accesstrail_shared::testing::sample;

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let run = Run { options: text.clone(), ..sample::run(0) };
    let Ok(options) = serde_json::from_str::<Options>(&text) else {
        // What cannot be read is nobody's work, least of all that of no options.
        assert!(!is_same_work(&run, &Options::default()), "{text}");
        return;
    };
    let written = serde_json::to_string(&options).unwrap();
    assert_eq!(serde_json::from_str::<Options>(&written).unwrap(), options);

    assert!(is_same_work(&run, &options));
    assert!(is_same_work(&run, &Options { management_account: None, ..options.clone() }));
    let other = Options { full_credentials: !options.full_credentials, ..options.clone() };
    assert!(!is_same_work(&run, &other));
    let mut other = options.clone();
    other.trees.depth = other.trees.depth.wrapping_add(1);
    assert!(!is_same_work(&run, &other));
    let other = Options { reach: format!("{}!", options.reach), ..options };
    assert!(!is_same_work(&run, &other));
}
