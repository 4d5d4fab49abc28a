//! The name that was meant perhaps.

/// The name that is most like `text`, if one is like it at all: at most a third of its letters differ.
pub(super) fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase().replace('_', "-");
    let steps = names.into_iter().map(|name| (distance(&text, name), name));
    let (steps, name) = steps.min_by_key(|(steps, _)| *steps)?;
    (steps <= name.chars().count().max(3) / 3).then_some(name)
}

/// How many letters have to be put in, taken out or replaced to make one text of another.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut corner = index;
        let mut left = index + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (above, other) in row.iter_mut().skip(1).zip(other.chars()) {
            let replaced = corner + usize::from(letter != other);
            corner = *above;
            left = replaced.min(left + 1).min(corner + 1);
            *above = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["regions.include", "regions.exclude", "skip", "concurrency"];
        let rows = [
            ("region.include", Some("regions.include")),
            ("regions.exlude", Some("regions.exclude")),
            ("Concurrency", Some("concurrency")),
            ("concurency", Some("concurrency")),
            ("skipp", Some("skip")),
            ("owner", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(nearest(text, names), expected, "{text}");
        }
        assert_eq!(nearest("x", []), None);
    }

    proptest! {
        #[test]
        fn a_distance_is_one(one in "[abc]{0,6}", other in "[abc]{0,6}", third in "[abc]{0,6}") {
            prop_assert_eq!(distance(&one, &other), distance(&other, &one));
            prop_assert_eq!(distance(&one, &other) == 0, one == other);
            prop_assert!(distance(&one, &third) <= distance(&one, &other) + distance(&other, &third));
        }
    }
}
