//! A few of what there are many of, and how many more.

use std::collections::BTreeSet;

use super::*;
use crate::access::Route;
use crate::access::escalation::Hop;
use crate::access::escalation::Remedy;
use crate::graph::ServiceAccess;
use crate::graph::tests::graph_of;
use crate::policy::catalogue::Level;

fn words(cell: &Cell) -> Vec<&str> {
    cell.lines.iter().map(|line| line.words.as_str()).collect()
}

fn headed<'c>(cell: &'c Cell, heading: &str) -> &'c Cell {
    cell.children.iter().find(|child| child.heading == Some(heading)).unwrap()
}

fn a_policy(name: &str, services: usize) -> PolicyAccess {
    let service = |at: usize| ServiceAccess {
        service: format!("service{at}"),
        levels: BTreeSet::from([Level::Read]),
        actions: at,
        is_conditional: at == 0,
        is_on_some: at == 1,
    };
    PolicyAccess {
        name: name.to_owned(),
        via: "managed",
        group: None,
        access: (0..services).map(service).collect(),
        narrowed_by: BTreeSet::new(),
        unknown: Vec::new(),
    }
}

#[test]
fn many_are_counted() {
    let mut graph = graph_of("ana");
    graph.policies = (0..15).map(|at| a_policy(&format!("p{at}"), 0)).collect();
    let caller = |at: usize| Caller {
        name: format!("arn:aws:iam::111122223333:role/r{at:02}"),
        kind: "identity",
        is_conditional: at == 0,
    };
    graph.callers = (0..14).map(caller).collect();
    let drawn = callers(&graph);
    assert_eq!(drawn.len(), FEW + 1);
    assert_eq!(words(&drawn[0]), ["r00", "in account 111122223333, under conditions"]);
    assert_eq!(words(&drawn[1]), ["r01", "in account 111122223333"]);
    assert_eq!((words(&drawn[FEW]), drawn[FEW].kind), (vec!["and 2 more"], Kind::More));
    let cell = subject(&graph);
    let more: Vec<&Cell> = cell.children.iter().filter(|it| it.kind == Kind::More).collect();
    assert_eq!(more.len(), 1);
    assert_eq!(words(more[0]), ["and 3 more policies"]);
}

#[test]
fn a_policy_says_what_it_gives() {
    let mut given = a_policy("arn:aws:iam::111122223333:policy/team/deploy", 13);
    given.narrowed_by = ["boundary x".to_owned(), "p at r".to_owned()].into();
    given.unknown = vec!["statement 2 is broken".to_owned()];
    let cell = policy(&given);
    let expected = ["team/deploy", "managed policy", "narrowed by 2 limits", "not known wholly"];
    assert_eq!(words(&cell), expected);
    for part in ["narrowed by p at r", "statement 2 is broken"] {
        assert!(cell.title.contains(part), "{}", cell.title);
    }
    let access = &cell.children[0];
    assert_eq!(access.lines.len(), FEW_SERVICES + 1);
    assert_eq!(words(access)[0], "service0 (if)");
    assert_eq!(words(access)[FEW_SERVICES], "and 3 more services");
    assert!(access.title.contains("service1: 1 actions on named resources"), "{}", access.title);
    let empty = policy(&a_policy("p", 0));
    assert_eq!(words(&empty.children[0]), ["nothing is left of it"]);
}

#[test]
fn parts_that_are_empty_are_not_there() {
    let mut graph = graph_of("ana");
    graph.groups.clear();
    let cell = subject(&graph);
    assert_eq!(cell.children, []);
    assert_eq!(callers(&graph), []);
    graph.subject.is_administrator = true;
    assert!(words(&subject(&graph)).contains(&"may do everything"));
}

#[test]
fn policies_of_a_group_hang_on_it() {
    let mut graph = graph_of("ana");
    let mut own = a_policy("inline", 1);
    own.group = Some(graph.groups[0].clone());
    graph.policies = vec![own, a_policy("p", 1)];
    let cell = subject(&graph);
    let group = headed(&cell, "Groups and their policies");
    assert_eq!((group.children.len(), group.kind), (1, Kind::Group));
    assert_eq!(words(&group.children[0])[0], "inline");
    assert_eq!(words(headed(&cell, "Policies, and what they give"))[0], "p");
}

#[test]
fn limits_and_resources() {
    let one = |kind, name: &str, denies, is_unknown| {
        let given = Limit { kind, name: name.to_owned(), denies, is_unknown };
        words(&limit(&given)).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let boundary = "arn:aws:iam::111122223333:policy/edge";
    assert_eq!(one("boundary", boundary, 0, false), ["edge", "permissions boundary"]);
    assert_eq!(one("scp", "p-1 at r", 1, false), ["p-1 at r", "service control policy, 1 denial"]);
    assert_eq!(one("scp", "p-1 at r", 2, false), ["p-1 at r", "service control policy, 2 denials"]);
    assert_eq!(one("scp", "p-1 at r", 0, true), ["p-1 at r", "service control policy, not known"]);
    let naming = Naming {
        arn: "arn:aws:sqs:eu-west-1:111122223333:jobs".to_owned(),
        effect: "Deny",
        statement: 2,
        levels: BTreeSet::from([Level::Write]),
    };
    let cell = resource(&naming);
    assert_eq!(words(&cell), ["jobs", "sqs, deny"]);
    assert!(cell.title.ends_with("statement 3"), "{}", cell.title);
}

#[test]
fn hops_stand_one_behind_the_other() {
    let arn = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
    let nothing = || Remedy {
        principal: arn("a"),
        action: "s3:GetObject".to_owned(),
        resource: "*".to_owned(),
        from: Vec::new(),
    };
    let hop = |id, from: &str, to: &str, assumes: Option<&str>| Hop {
        id,
        from: arn(from),
        to: arn(to),
        permissions: Vec::new(),
        assumes: assumes.map(str::to_owned),
        remedy: nothing(),
    };
    let mut graph = graph_of("ana");
    graph.route = Some(Route {
        principal: arn("a"),
        hops: vec![hop("x-1", "a", "b", Some("a function")), hop("x-2", "b", "b", None)],
        remedy: nothing(),
    });
    let drawn = route(&graph);
    assert_eq!(drawn.len(), 1);
    assert_eq!(words(&drawn[0])[1], "x-1 to b");
    assert!(drawn[0].title.contains("if there is a function"), "{}", drawn[0].title);
    assert_eq!(words(&drawn[0].children[0])[1], "x-2 to itself");
    assert_eq!(drawn[0].children[0].children, []);
}
