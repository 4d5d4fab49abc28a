//! Findings: what is wrong in an inventory, with its evidence, and since when.
//!
//! What a check says of a subject is `Present` with a [`Detail`], absent, or unknown. A [`Finding`] is what is kept of it
//! across runs. Its [`FindingId`] is made of the kind, the subject and the part of it that decides, never of words or of an
//! order: so it is the same in every run.

use std::fmt;
use std::str::FromStr;

use super::Timestamp;
use super::id::IdError;

macro_rules! words {
    ($(#[doc = $doc:literal])+ $name:ident, $what:literal { $($(#[doc = $each:literal])+ $variant:ident $word:literal;)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $each])+ $variant,)+
        }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// It in one word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let found = Self::ALL.iter().copied().find(|it| it.word() == text);
                found.ok_or_else(|| IdError {
                    text: text.to_owned(),
                    what: $what,
                    expected: concat!("one of" $(, " ", $word)+),
                })
            }
        }
    };
}

words! {
    /// What a finding says. docs/findings.md has what each means, and what to do.
    FindingKind, "a kind of finding" {
        /// A policy gives everything on everything.
        AdminWildcard "admin-wildcard";
        /// A role trusts an account of somebody else without an external id.
        ExternalTrust "external-trust";
        /// A role trusts an OpenID Connect issuer whoever its subject is.
        OpenOidcSubject "open-oidc-subject";
        /// The policy of a resource, or the trust of a role, names everybody.
        WildcardPrincipal "wildcard-principal";
        /// Somebody signs in to the console without a second factor.
        ConsoleWithoutMfa "console-without-mfa";
        /// An access key is old, or nobody used it for long.
        StaleKey "stale-key";
        /// The root user has an access key.
        RootKey "root-key";
        /// Somebody can come to the rights of an administrator.
        EscalationPath "escalation-path";
    }
}

words! {
    /// How bad it is, if it is so.
    Severity, "a severity" {
        /// Worth knowing.
        Low "low";
        /// Worth a ticket.
        Medium "medium";
        /// Worth today.
        High "high";
        /// Worth now.
        Critical "critical";
    }
}

words! {
    /// How sure it is that it is so.
    Confidence, "a confidence" {
        /// Something that stands in its way was not looked at, or only part of it is left.
        Low "low";
        /// It hangs on conditions that nobody knows.
        Medium "medium";
        /// It follows from what was collected.
        High "high";
    }
}

words! {
    /// Where a finding stands.
    FindingState, "a state of a finding" {
        /// The last run opened it, or opened it again.
        Opened "opened";
        /// An earlier run opened it.
        Ongoing "ongoing";
        /// A run found that it is so no more.
        Resolved "resolved";
    }
}

/// Which finding it is: stable across runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId {
    /// What it says.
    pub kind: FindingKind,
    /// The ARN of what it is about.
    pub subject: String,
    /// The part that decides, where one subject can have several: an account, an issuer, when a key was made; else empty.
    pub part: String,
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.subject)?;
        if self.part.is_empty() { Ok(()) } else { write!(f, "#{}", self.part) }
    }
}

/// A fact that a finding stands on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Where it stands: a policy and what it is attached to, or which part of the inventory.
    pub source: String,
    /// The statement of the policy, from 0.
    pub statement: Option<usize>,
    /// The statement's id.
    pub sid: Option<String>,
    /// What it says.
    pub fact: String,
    /// When AWS was asked.
    pub at: Option<Timestamp>,
}

/// What is to be said of a finding. It may become different while the finding stays the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// It in a sentence.
    pub summary: String,
    /// What it stands on.
    pub evidence: Vec<Evidence>,
    /// What to do about it.
    pub remedy: String,
}

/// A change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It was opened, or opened again.
    Opened(Timestamp),
    /// It was resolved.
    Resolved(Timestamp),
}

impl Turn {
    /// When.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Opened(at) | Self::Resolved(at) => at,
        }
    }
}

/// A finding, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which one.
    pub id: FindingId,
    /// The account of its subject.
    pub account: String,
    /// What was last said of it.
    pub detail: Detail,
    /// When it was last found to be so.
    pub last_seen: Timestamp,
    /// Where it stands after the last run.
    pub state: FindingState,
    /// Every time it was opened or resolved, the first of them its opening.
    pub turns: Vec<Turn>,
    /// Why the last run could not judge it. It stays as it was.
    pub unjudged: Option<String>,
}

impl Finding {
    /// When it was first found.
    pub fn first_seen(&self) -> Timestamp {
        self.turns.first().map_or(self.last_seen, |turn| turn.at())
    }

    /// The later of when it last turned and when it was last seen: of two versions the later one is the newer.
    pub fn newest(&self) -> Timestamp {
        self.turns.last().map_or(self.last_seen, |turn| turn.at().max(self.last_seen))
    }

    /// Whether it is so, as far as anybody knows.
    pub fn is_open(&self) -> bool {
        self.state != FindingState::Resolved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for kind in FindingKind::ALL {
            assert_eq!(kind.word().parse::<FindingKind>().unwrap(), *kind);
        }
        for severity in Severity::ALL {
            assert_eq!(severity.to_string().parse::<Severity>().unwrap(), *severity);
        }
        assert!(Severity::Critical > Severity::High && Severity::High > Severity::Low);
        let error = "worst".parse::<Severity>().unwrap_err();
        assert!(error.to_string().contains("one of low medium high critical"), "{error}");
    }

    #[test]
    fn ids_have_their_part_where_there_is_one() {
        let id = |part: &str| FindingId {
            kind: FindingKind::ExternalTrust,
            subject: "arn:aws:iam::111122223333:role/vendor".to_owned(),
            part: part.to_owned(),
        };
        assert_eq!(id("").to_string(), "external-trust:arn:aws:iam::111122223333:role/vendor");
        assert_eq!(
            id("444455556666").to_string(),
            "external-trust:arn:aws:iam::111122223333:role/vendor#444455556666"
        );
    }
}
