//! The stack of the hub, and which names it gave to what is in it.
//!
//! Whoever deploys the hub chooses the name of its stack, and CloudFormation makes the names of most of what is in it
//! from that: so these do not begin with ours.

use crate::model::{AccountId, Arn, Region};

/// What the stack has of which a change is a matter of health, by its name in `template.yaml`: functions, their roles,
/// queues, and the table.
///
/// A name that CloudFormation makes is the stack's, this one and random letters, joined by hyphens.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html>
pub(super) const MADE: &[&str] = &[
    "BackfillFunction",
    "BackfillRole",
    "DeadLetters",
    "FailedEvents",
    "FailedStarts",
    "FailedTrailDays",
    "FailedUnits",
    "InventoryFunction",
    "InventoryRole",
    "RealtimeFunction",
    "RealtimeRole",
    "ScheduleRole",
    "SetupFunction",
    "SetupRole",
    "Table",
];

/// What follows the stack's name in the names that the template gives itself.
pub(super) const GIVEN: &[&str] = &["changes", "touched-objects", "trail-days", "units"];

/// So many letters of a long stack name are in every name that CloudFormation makes of it: it shortens that one, to stay
/// within what a service allows.
const KEPT: usize = 16;

/// The stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hub {
    account: AccountId,
    region: Region,
    stack: String,
}

impl Hub {
    /// The stack with this ARN; none where it is not a stack's.
    pub fn of(stack: &Arn) -> Option<Self> {
        let name = stack.resource().strip_prefix("stack/")?.split('/').next()?;
        let region = stack.region().parse().ok()?;
        (stack.service() == "cloudformation" && !name.is_empty()).then_some(Self {
            account: stack.account()?,
            region,
            stack: name.to_owned(),
        })
    }

    /// Whether it is in this account, and in this region or one that global services tell their events in.
    pub(super) fn is_in(&self, account: &AccountId, region: &Region, is_global: bool) -> bool {
        self.account == *account && (is_global || self.region == *region)
    }

    /// Whether that is the stack: its name, or its ARN.
    pub(super) fn is_stack(&self, name: &str) -> bool {
        name.split([':', '/']).any(|part| part == self.stack)
    }

    /// Whether that is the name, the ARN or the address of something in the stack.
    pub(super) fn has(&self, name: &str) -> bool {
        name.split([':', '/']).any(|part| self.gave(part) || self.made(part))
    }

    fn gave(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&self.stack).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| GIVEN.contains(&rest))
    }

    fn made(&self, name: &str) -> bool {
        let Some((rest, random)) = name.rsplit_once('-') else { return false };
        let is_random = !random.is_empty() && random.bytes().all(|it| it.is_ascii_alphanumeric());
        let Some((stack, logical)) = rest.rsplit_once('-') else { return false };
        let is_whole = stack == self.stack;
        let is_shortened = stack.len() >= KEPT && self.stack.starts_with(stack);
        is_random && (is_whole || is_shortened) && MADE.contains(&logical)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hub's own template.
    const TEMPLATE: &str = include_str!("../../../template.yaml");

    fn hub(stack: &str) -> Hub {
        let arn = format!("arn:aws:cloudformation:eu-west-1:111122223333:stack/{stack}/0a1b-2c3d");
        Hub::of(&arn.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_stack_knows_what_it_named() {
        let long = "a-very-long-stack-name-of-somebody-who-likes-long-names";
        let rows = [
            ("my-stack", "my-stack-RealtimeRole-1AB2C3D4E5F6", true),
            ("my-stack", "my-stack-touched-objects", true),
            (
                "my-stack",
                "https://sqs.eu-west-1.amazonaws.com/111122223333/my-stack-DeadLetters-aB3dE5fG7hI9",
                true,
            ),
            (
                "my-stack",
                "arn:aws:lambda:eu-west-1:111122223333:function:my-stack-SetupFunction-aB3dE5",
                true,
            ),
            (long, "a-very-long-stack-name-of-RealtimeRole-1AB2C3D4E5F6", true),
            // Another stack whose name begins so, something else, and the beginning of nearly every name.
            ("my-stack", "my-stack-api-RealtimeRole-1AB2C3D4E5F6", false),
            ("my-stack", "my-stack-AppRole-1AB2C3D4E5F6", false),
            ("my-stack", "my-stack", false),
            ("my-stack", "my-RealtimeRole-1AB2C3D4E5F6", false),
            ("my-stack", "my-stack-RealtimeRole", false),
            ("my-stack", "my-stack-RealtimeRole-", false),
            ("my-stack", "RealtimeRole", false),
        ];
        for (stack, name, expected) in rows {
            assert_eq!(hub(stack).has(name), expected, "{name} of {stack}");
        }
        let arn = "arn:aws:cloudformation:eu-west-1:111122223333:stack/my-stack/0a1b";
        assert!(hub("my-stack").is_stack("my-stack") && hub("my-stack").is_stack(arn));
        assert!(!hub("my-stack").is_stack("my-stack-2"));
    }

    #[test]
    fn only_the_arn_of_a_stack_is_one() {
        for text in [
            "arn:aws:cloudformation:eu-west-1:111122223333:stackset/x:0a",
            "arn:aws:sqs:eu-west-1:111122223333:stack/x/0a",
            "arn:aws:cloudformation:eu-west-1:111122223333:stack//0a",
        ] {
            assert_eq!(Hub::of(&text.parse().unwrap()), None, "{text}");
        }
    }

    /// Every function, role, queue and table of the template is known, and nothing that it does not have.
    #[test]
    fn the_names_are_those_of_the_template() {
        let types = [
            "AWS::Serverless::Function",
            "AWS::IAM::Role",
            "AWS::SQS::Queue",
            "AWS::DynamoDB::Table",
            "AWS::Events::EventBus",
        ];
        let lines: Vec<&str> = TEMPLATE.lines().collect();
        let (mut made, mut given): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for (at, line) in lines.iter().enumerate() {
            let Some(kind) = line.strip_prefix("    Type: ") else { continue };
            if !types.contains(&kind) {
                continue;
            }
            let logical = lines[at - 1].trim().trim_end_matches(':');
            let body = lines[at + 1..].iter().take_while(|line| !line.is_empty());
            let name =
                body.filter_map(|line| line.trim().split_once("Name: !Sub ${AWS::StackName}-"));
            match name.map(|(_, rest)| rest).next() {
                Some(rest) => given.push(rest),
                None => made.push(logical),
            }
        }
        made.sort_unstable();
        given.sort_unstable();
        assert_eq!((made.as_slice(), given.as_slice()), (MADE, GIVEN));
    }
}
