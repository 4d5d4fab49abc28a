//! Records that real logs hold and that a reader does not expect: `oddities.txt`.

use std::sync::OnceLock;

use super::{
    random::Random,
    template::{Facts, Template},
};

const TEXT: &str = include_str!("oddities.txt");

fn lines() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.starts_with('#'))
}

/// Appends an odd record.
pub(super) fn write(facts: &Facts<'_>, out: &mut String) {
    static ALL: OnceLock<Vec<Template>> = OnceLock::new();
    let all = ALL.get_or_init(|| lines().filter_map(Template::parse).collect());
    if let Some(template) = Random::of(facts.seed, &["oddity"]).pick(all) {
        template.fill(facts, out);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{
        super::{clock::Moment, template::Names},
        *,
    };

    fn written(seed: u64) -> String {
        let facts = Facts {
            account: "111122223333",
            other: "444455556666",
            region: "us-east-1",
            time: Moment(1_764_404_945),
            session: "alice",
            names: &Names::default(),
            seed,
        };
        let mut text = String::new();
        write(&facts, &mut text);
        text
    }

    #[test]
    fn every_line_is_a_template() {
        for line in lines() {
            assert!(Template::parse(line).is_some(), "{line}");
        }
    }

    #[test]
    fn every_oddity_is_json_and_comes() {
        let mut shapes = BTreeSet::new();
        let mut largest = 0;
        for seed in 0..400 {
            let text = written(seed);
            let read: Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            largest = largest.max(text.len());
            shapes.insert(format!("{}{}", read["eventName"], read["userIdentity"]["type"]));
        }
        assert!((200_000..256 * 1024).contains(&largest), "{largest}");
        assert!(shapes.len() >= lines().count() - 2, "{shapes:?}");
    }
}
