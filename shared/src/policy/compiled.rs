//! Documents, made ready for many decisions: actions in lower case, patterns cut, values read.

use super::condition::Condition;
use super::document::{
    self, Document, Effect, Listed, PrincipalKind, Problem, Reason, Use, Version,
};
use super::evaluate::context::Context;
use super::evaluate::request::Request;
use super::principal::{Bounded, Naming, Principal, Principals, Reach};
use super::public;
use super::truth::Truth;
use super::variable::{Template, Where, Wildcards};
use super::wildcard::Wildcard;

/// A policy, ready for evaluation. It does not hold the text that it was read from.
#[derive(Clone, Debug)]
pub struct Policy {
    statements: Box<[Statement]>,
    problems: Box<[Problem]>,
    is_public: bool,
}

/// A statement, ready for evaluation.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its id.
    pub sid: Option<Box<str>>,
    /// Its effect.
    pub effect: Effect,
    principals: Option<Principals>,
    actions: Listed<Wildcard>,
    resources: Option<Listed<Template>>,
    conditions: Box<[Condition]>,
}

impl Policy {
    /// Makes a document ready. What was set aside of it makes every answer that could hang on it unknown, and so does a
    /// statement that names an account by its canonical id, for only Amazon S3 knows which that is.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html>
    pub fn compile(document: &Document) -> Self {
        Self::with(document, document.problems.clone())
    }

    /// As [`Self::compile`], of a document that stands somewhere: what AWS would refuse there is set aside too.
    pub fn compile_as(document: &Document, used: Use) -> Self {
        Self::with(document, document.problems_as(used))
    }

    fn with(document: &Document, mut problems: Vec<Problem>) -> Self {
        let mut statements = Vec::with_capacity(document.statements.len());
        for written in &document.statements {
            if problems.iter().any(|problem| problem.statement == Some(written.index)) {
                continue;
            }
            let mut named = written.principals.iter().flat_map(Listed::items);
            let canonical = named.find(|named| named.kind == PrincipalKind::Canonical);
            let compiled = match canonical {
                Some(named) => Err(Reason::Canonical(named.text.clone())),
                None => Statement::compile(written, document.version),
            };
            match compiled {
                Ok(statement) => statements.push(statement),
                Err(reason) => problems.push(Problem { statement: Some(written.index), reason }),
            }
        }
        Self {
            statements: statements.into(),
            problems: problems.into(),
            is_public: public::is_public(document),
        }
    }

    /// A policy that is in force and whose text nobody has: whatever hangs on it is unknown.
    pub fn missing(name: &str) -> Self {
        let reason = Reason::NotCollected(name.to_owned());
        let problem = Problem { statement: None, reason };
        Self { statements: Box::default(), problems: Box::new([problem]), is_public: false }
    }

    /// The same with something else that is in force, and whose text nobody has.
    #[must_use]
    pub fn with_missing(mut self, name: &str) -> Self {
        let problems = std::mem::take(&mut self.problems);
        let more = Self::missing(name).problems;
        self.problems = problems.into_iter().chain(more).collect();
        self
    }

    /// A policy that says nothing.
    pub fn empty() -> Self {
        Self { statements: Box::default(), problems: Box::default(), is_public: false }
    }

    /// The policy as it would be without the statements at some places of its document.
    #[must_use]
    pub fn without(&self, statements: &[usize]) -> Self {
        let left = self.statements.iter().filter(|it| !statements.contains(&it.index)).cloned();
        Self { statements: left.collect(), ..self.clone() }
    }

    /// Its statements, in their order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Whether Amazon S3 takes the policy for public ([`public::is_public`]).
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Why the policy cannot be judged wholly.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Statement {
    fn compile(written: &document::Statement, version: Version) -> Result<Self, Reason> {
        let condition = |given: &document::Condition| {
            Condition::compile(given, version)
                .ok_or_else(|| Reason::Operator(given.operator.clone()))
        };
        let conditions: Result<Vec<_>, _> = written.conditions.iter().map(condition).collect();
        // Actions are not case-sensitive, and variables are text in them.
        let action = |text: &String| Wildcard::read(&text.to_lowercase());
        let resource =
            |text: &String| Template::read(text, version, Wildcards::On, Where::BehindFifthColon);
        Ok(Self {
            index: written.index,
            sid: written.sid.as_deref().map(Into::into),
            effect: written.effect,
            principals: written.principals.as_ref().map(Principals::compile),
            actions: each(&written.actions, action),
            resources: written.resources.as_ref().map(|listed| each(listed, resource)),
            conditions: conditions?.into(),
        })
    }

    /// Whether the statement is about the request, and how it names who asks; `None` where it certainly is not.
    #[inline]
    pub fn matched(&self, request: &Request, bounded: Bounded) -> Option<(Truth, Naming)> {
        if !self.is_for_action(request.action()) {
            return None;
        }
        let naming = self.names(request.principal(), bounded)?;
        let mut truth = self.is_about(request.resource(), request.context());
        for condition in &self.conditions {
            if truth.is_no() {
                return None;
            }
            truth = truth & condition.holds(request.context());
        }
        if truth.is_no() { None } else { Some((truth, naming)) }
    }

    /// Whether the statement is about an action, which is given in lower case.
    #[inline]
    pub fn is_for_action(&self, action: &str) -> bool {
        match &self.actions {
            Listed::In(actions) => actions.iter().any(|own| own.matches(action)),
            Listed::NotIn(actions) => !actions.iter().any(|own| own.matches(action)),
        }
    }

    /// How the statement names a principal, if it does. One without `Principal` is about everyone whom its policy is
    /// about.
    #[inline]
    pub fn names(&self, principal: &Principal, bounded: Bounded) -> Option<Naming> {
        match (&self.principals, self.effect) {
            (None, _) => Some(Naming::Itself),
            (Some(principals), Effect::Allow) => principals.allow(principal),
            (Some(principals), Effect::Deny) => {
                principals.deny(principal, bounded).then_some(Naming::Itself)
            }
        }
    }

    /// Whom at most the statement names.
    pub fn reach(&self) -> Reach<'_> {
        self.principals.as_ref().map_or(Reach::Everyone, Principals::reach)
    }

    /// Whether the statement is about a resource. One without `Resource` is about what its policy belongs to.
    #[inline]
    pub fn is_about(&self, resource: &str, context: &Context) -> Truth {
        let Some(listed) = &self.resources else { return Truth::Yes };
        Self::lists(listed, resource, context)
    }

    /// Whether a resource is among those that are listed.
    #[inline]
    pub fn lists(listed: &Listed<Template>, resource: &str, context: &Context) -> Truth {
        let any = |templates: &[Template]| {
            let mut found = Truth::No;
            for template in templates {
                found = found | template.matches(resource, context);
                if found.is_yes() {
                    break;
                }
            }
            found
        };
        match listed {
            Listed::In(templates) => any(templates),
            Listed::NotIn(templates) => !any(templates),
        }
    }

    /// Whom it is about; `None` in the policies of an identity.
    pub fn principals(&self) -> Option<&Principals> {
        self.principals.as_ref()
    }

    /// The patterns of the actions, in lower case.
    pub fn actions(&self) -> &Listed<Wildcard> {
        &self.actions
    }

    /// The resources.
    pub fn resources(&self) -> Option<&Listed<Template>> {
        self.resources.as_ref()
    }

    /// The conditions, all of which must hold.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// The conditions that hang on what the request does not know.
    pub fn open_conditions(&self, request: &Request) -> Vec<&Condition> {
        let is_open = |condition: &&Condition| condition.holds(request.context()) == Truth::Maybe;
        self.conditions.iter().filter(is_open).collect()
    }

    /// The variables among the resources whose values the request does not know.
    pub fn open_variables<'a>(&'a self, request: &'a Request) -> impl Iterator<Item = &'a str> {
        let templates = self.resources.as_ref().map_or(&[][..], Listed::items);
        templates.iter().flat_map(|template| template.unknown(request.context()))
    }
}

fn each<T, U>(listed: &Listed<T>, read: impl Fn(&T) -> U) -> Listed<U> {
    match listed {
        Listed::In(items) => Listed::In(items.iter().map(read).collect()),
        Listed::NotIn(items) => Listed::NotIn(items.iter().map(read).collect()),
    }
}
