//! Needs → the table of `docs/permissions.md`.

use std::fmt::Write as _;

use super::{Need, Tier};

/// What stands above and below the generated part of a page.
pub const MARK: &str = "<!-- from the calls -->\n";

/// A section for each tier, each with a table of its actions, sorted.
pub fn markdown(needs: &[Need]) -> String {
    let mut text = String::new();
    for tier in Tier::ALL {
        let mut rows: Vec<&Need> = needs.iter().filter(|need| need.tier == tier).collect();
        if rows.is_empty() {
            continue;
        }
        rows.sort_by_key(|need| (need.action, need.collector, need.capability));
        let number = tier.number();
        _ = write!(
            text,
            "## Tier {number}: {}\n\n\
             | action | who calls it | capability | role | when | why | what is lost without it |\n\
             |---|---|---|---|---|---|---|\n",
            title(tier)
        );
        for need in rows {
            _ = writeln!(
                text,
                "| `{}` | {} | {} | {} | {} | {} | {} |",
                need.action,
                need.collector,
                need.capability,
                need.side.word(),
                need.when.word(),
                cell(need.why),
                cell(need.lost)
            );
        }
        text.push('\n');
    }
    text
}

/// What a tier is, in a few words.
pub fn title(tier: Tier) -> &'static str {
    match tier {
        Tier::One => "required",
        Tier::Two => "required with Identity Center",
        Tier::Three => "resources, each type optional",
        Tier::Four => "setup and monitoring",
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::need;
    use super::super::{Side, When};
    use super::*;

    #[test]
    fn sorted_rows_in_a_section_for_each_tier() {
        let needs = [
            Need {
                why: "a|b\nc",
                ..need("iam:ListUsers", "people", "users", Tier::Three, Side::Account)
            },
            need("sso:ListInstances", "sets", "instances", Tier::One, Side::Organization),
            Need {
                when: When::Fallback,
                ..need("iam:ListUsers", "people", "users", Tier::One, Side::Account)
            },
        ];
        let expected = "## Tier 1: required\n\n\
            | action | who calls it | capability | role | when | why | what is lost without it |\n\
            |---|---|---|---|---|---|---|\n\
            | `iam:ListUsers` | people | users | account | fallback | to know | knowledge |\n\
            | `sso:ListInstances` | sets | instances | organization | always | to know | knowledge |\n\n\
            ## Tier 3: resources, each type optional\n\n\
            | action | who calls it | capability | role | when | why | what is lost without it |\n\
            |---|---|---|---|---|---|---|\n\
            | `iam:ListUsers` | people | users | account | always | a\\|b c | knowledge |\n\n";
        assert_eq!(markdown(&needs), expected);
        assert_eq!(markdown(&[]), "");
    }
}
