//! How long the checks take.
//!
//! `cargo test --release -p accesstrail-shared --no-default-features --lib findings::tests::speed -- --ignored --nocapture`

use std::time::Instant;

use super::*;
use crate::access::generate;

#[test]
#[ignore = "figures to look at, of an optimized build"]
#[expect(clippy::print_stdout, reason = "the figures are looked at")]
fn checks() {
    for count in [1_000, 10_000, 50_000] {
        let text = generate::organization_of(1, count).to_string();
        let estate = Estate::import([("made", text.as_str())]);
        let inventory = Inventory::of_import(estate, at());
        for check in ALL.iter().filter(|it| it.kind() != FindingKind::EscalationPath) {
            let start = Instant::now();
            let found = judge_with(&[*check], &inventory);
            let (present, unknown) = (found.present.len(), found.unknown.len());
            println!(
                "N {count}: {} {:?}: {present} present, {unknown} unknown",
                check.kind(),
                start.elapsed()
            );
        }
        let all = judge(&Inventory::of_import(Estate::default(), at()));
        assert_eq!(all.present, []);
    }
}
