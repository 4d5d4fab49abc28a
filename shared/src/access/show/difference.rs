//! What a changed policy changes, as a JSON document and as short text for people.

use serde_json::{Value, json};

use super::{line, plain};
use crate::access::difference::{Access, Difference, Move, Moved};

/// How many principals, and how many exceptions, a text lists before it only counts.
const FEW: usize = 8;

/// What is gained and lost, by principals whose access moves in the same way.
pub fn difference_document(difference: &Difference) -> Value {
    let except =
        |(action, resource): &(String, String)| json!({"action": action, "resource": resource});
    let one = |it: &Move| {
        json!({
            "action": it.action, "resource": it.resource, "before": it.before.as_str(), "after": it.after.as_str(),
            "except": it.except.iter().map(except).collect::<Vec<_>>(),
        })
    };
    let moved = |moved: &Moved| json!({"principals": moved.principals, "moves": moved.moves.iter().map(one).collect::<Vec<_>>()});
    json!({
        "looked_at": difference.looked_at,
        "moved": difference.moved.iter().map(moved).collect::<Vec<_>>(),
    })
}

/// What is gained and lost, for people.
pub fn difference_text(difference: &Difference) -> String {
    let mut text = String::new();
    let all: usize = difference.moved.iter().map(|moved| moved.principals.len()).sum();
    line(
        &mut text,
        format_args!("{all} of {} whom it is about gain or lose access", difference.looked_at),
    );
    for moved in &difference.moved {
        line(&mut text, format_args!("{}", plain(&few(&moved.principals))));
        for it in &moved.moves {
            let words = format!("{} {} on {}{}", word(it), it.action, it.resource, how(it));
            line(&mut text, format_args!("  {}", plain(&words)));
            let except: Vec<String> = it
                .except
                .iter()
                .map(|(action, resource)| format!("{action} on {resource}"))
                .collect();
            if !except.is_empty() {
                line(&mut text, format_args!("    but not {}", plain(&few(&except))));
            }
        }
    }
    text
}

fn few(names: &[String]) -> String {
    let listed: Vec<&str> = names.iter().take(FEW).map(String::as_str).collect();
    let more = names.len().saturating_sub(FEW);
    if more == 0 { listed.join(", ") } else { format!("{} and {more} more", listed.join(", ")) }
}

fn word(it: &Move) -> &'static str {
    match it.after.cmp(&it.before) {
        std::cmp::Ordering::Greater => "+",
        std::cmp::Ordering::Less => "-",
        std::cmp::Ordering::Equal => "~",
    }
}

/// How far it was and is allowed, where that is not simply gained or lost.
fn how(it: &Move) -> &'static str {
    match (it.before, it.after) {
        (Access::None, Access::Certain) | (Access::Certain, Access::None) => "",
        (Access::None, Access::Conditional) => ", under conditions",
        (Access::Conditional, Access::None) => ", which was under conditions",
        (Access::Conditional, Access::Certain) => ", which was under conditions and is certain",
        (Access::Certain, Access::Conditional) => ", which was certain and is under conditions",
        (Access::Conditional, Access::Conditional) => ", under other conditions",
        (Access::Unknown, _) => ", which could not be judged",
        (_, Access::Unknown) => ", which cannot be judged any more",
        _ => ", as before",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_is_said_in_short() {
        let moves = vec![
            Move {
                action: "s3:get*".to_owned(),
                resource: "*".to_owned(),
                before: Access::None,
                after: Access::Certain,
                except: vec![("s3:getobject".to_owned(), "arn:aws:s3:::open/*".to_owned())],
            },
            Move {
                action: "sqs:*".to_owned(),
                resource: "*".to_owned(),
                before: Access::Certain,
                after: Access::Conditional,
                except: Vec::new(),
            },
        ];
        let principals: Vec<String> = (0..10).map(|at| format!("p{at}\u{1b}")).collect();
        let difference = Difference { moved: vec![Moved { principals, moves }], looked_at: 12 };
        let text = difference_text(&difference);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "10 of 12 whom it is about gain or lose access");
        assert!(lines[1].starts_with("p0\u{fffd}, p1") && lines[1].ends_with(" and 2 more"));
        assert_eq!(lines[2], "  + s3:get* on *");
        assert_eq!(lines[3], "    but not s3:getobject on arn:aws:s3:::open/*");
        assert_eq!(lines[4], "  - sqs:* on *, which was certain and is under conditions");
        let document = difference_document(&difference);
        assert_eq!(document["looked_at"], 12);
        assert_eq!(document["moved"][0]["moves"][0]["before"], "none");
        assert_eq!(document["moved"][0]["moves"][0]["except"][0]["action"], "s3:getobject");
    }
}
