//! The representative organization on a real moto, seen by the SDK through the proxy that has its plan: what an
//! inventory reads must be what was founded, and the same in every run.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

#[path = "company/eyes.rs"]
mod eyes;

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path, time::Instant};

use accesstrail_shared::{
    collect::{Tier, When, registry},
    model::{Kind, Timestamp, coverage::AccountCoverage},
    testing::{
        company::{Company, Correction, DENIED, How, PARTIAL, SUSPENDED},
        local::{Emulator, LocalAws, Options},
        proxy::Proxy,
    },
};
use aws_sdk_iam::{error::ProvideErrorMetadata as _, types::EntityType};
use eyes::{Details, Eyes, Seen};
use percent_encoding::percent_decode_str;

const COVERAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/coverage.md");

#[tokio::test]
async fn what_is_founded_is_read_and_the_same_again() {
    let aws = LocalAws::start(&Options::only(Emulator::Organization), &|_| ()).await.unwrap();
    let endpoint = aws.organization_endpoint().unwrap();
    let day: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let company = found(endpoint).await;
    let proxy = Proxy::start(endpoint, company.plan_as_of(day)).await.unwrap();
    let eyes = Eyes::open(&proxy, &company).await;
    let began = Instant::now();
    let first = eyes.read().await;
    println!("read in {:?}: {} calls", began.elapsed(), proxy.calls().len());

    counts_are_those_of_the_tables(&company, &first);
    dates_are_in_the_past(&first, day);
    unique_ids_are_of_their_kind(&first);
    details_are_those_of_aws(&company, &first);
    refusals_are_those_of_aws(&eyes, &company).await;
    reports_have_the_root_user(&first);
    identity_center_is_whole(&company, &first);
    the_coverage_page_is_true(&company, &proxy);

    let again = Company::found(endpoint, &|_| ()).await.unwrap_err().to_string();
    assert!(again.contains("reset"), "{again}");
    drop((proxy, aws));

    let aws = LocalAws::start(&Options::only(Emulator::Organization), &|_| ()).await.unwrap();
    let endpoint = aws.organization_endpoint().unwrap();
    let second_company = found(endpoint).await;
    let accounts = |company: &Company| {
        company.accounts().map(|(key, id)| format!("{key} {id}")).collect::<Vec<_>>()
    };
    assert_eq!(accounts(&company), accounts(&second_company));
    let proxy = Proxy::start(endpoint, second_company.plan_as_of(day)).await.unwrap();
    let second = Eyes::open(&proxy, &second_company).await.read().await;
    for (before, after) in first.log.iter().zip(&second.log) {
        assert_eq!(before, after);
    }
    assert_eq!(first.log.len(), second.log.len());
}

async fn found(endpoint: &str) -> Company {
    let began = Instant::now();
    let step = |line: &str| println!("{:>6} ms  {line}", began.elapsed().as_millis());
    let company = Company::found(endpoint, &step).await.unwrap();
    println!("{:>6} ms  founded", began.elapsed().as_millis());
    company
}

fn counts_are_those_of_the_tables(company: &Company, seen: &Seen) {
    let summary = company.summary();
    for (kind, count) in &seen.counts {
        assert_eq!(summary.count(*kind), *count, "{kind}");
    }
    let uncounted: Vec<_> =
        summary.entities.keys().filter(|kind| !seen.counts.contains_key(kind)).collect();
    assert!(uncounted.is_empty(), "not read: {uncounted:?}");
    assert!(summary.identities >= 200, "{}", summary.identities);
    assert_eq!(summary.accounts.values().map(Vec::len).sum::<usize>(), 13);
    let id = |key| company.account(key).unwrap().to_owned();
    assert_eq!(summary.accounts[&AccountCoverage::Denied], [id(DENIED)]);
    assert_eq!(summary.accounts[&AccountCoverage::Partial], [id(PARTIAL)]);
    assert_eq!(summary.accounts[&AccountCoverage::Unavailable], [id(SUSPENDED)]);
    assert_eq!(summary.access_keys, seen.access_keys);
    assert_eq!(summary.console_without_mfa, seen.console_without_mfa);
}

/// Every date that the SDK read lies before the day, but for those that say when something ends.
fn dates_are_in_the_past(seen: &Seen, day: Timestamp) {
    let mut dates = 0;
    for line in &seen.log {
        let mut field = "";
        for word in line.split([' ', '(', ')', ',']) {
            if word.ends_with(':') {
                field = word;
            } else if let Ok(date) = word.parse::<Timestamp>() {
                let ends = ["expiration:", "valid_until:"].contains(&field);
                assert!(ends || date < day, "{field} {word} of {line:.200}");
                dates += 1;
            }
        }
    }
    assert!(dates > 500, "{dates}");
}

fn unique_ids_are_of_their_kind(seen: &Seen) {
    let mut all = BTreeSet::new();
    let users = seen.details.iter().flat_map(Details::user_detail_list);
    let groups = seen.details.iter().flat_map(Details::group_detail_list);
    let roles = seen.details.iter().flat_map(Details::role_detail_list);
    let ids = users.map(|user| ("AIDA", user.user_id().unwrap().to_owned()));
    let ids = ids.chain(groups.map(|group| ("AGPA", group.group_id().unwrap().to_owned())));
    let ids = ids.chain(roles.map(|role| ("AROA", role.role_id().unwrap().to_owned())));
    for (prefix, id) in ids {
        assert!(id.starts_with(prefix) && id.ends_with("EXAMPLE") && id.len() == 21, "{id}");
        assert!(all.insert(id.clone()), "{id} twice");
    }
}

fn details_are_those_of_aws(company: &Company, seen: &Seen) {
    let ci = company.account("ci-platform").unwrap();
    let details = &seen.details[seen.details_of[ci]];
    let jenkins =
        details.user_detail_list().iter().find(|user| user.user_name() == Some("jenkins"));
    let boundary = jenkins.unwrap().permissions_boundary().unwrap().permissions_boundary_arn();
    assert_eq!(boundary, Some(format!("arn:aws:iam::{ci}:policy/boundaries/ci-boundary").as_str()));

    let role = |name: &str| {
        details.role_detail_list().iter().find(|role| role.role_name() == Some(name)).unwrap()
    };
    let deployer = role("ci-deployer");
    assert!(deployer.permissions_boundary().is_some());
    assert!(deployer.role_last_used().unwrap().last_used_date().is_some());
    assert_eq!(deployer.tags().len(), 2);
    assert!(
        role("codebuild-docs").role_last_used().is_none_or(|used| used.last_used_date().is_none())
    );
    let attached: Vec<_> = role("build-runner")
        .attached_managed_policies()
        .iter()
        .filter_map(|one| one.policy_arn())
        .collect();
    assert_eq!(
        attached,
        [
            "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
            "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
        ]
    );
    assert_eq!(role("build-runner").instance_profile_list().len(), 1);

    let deploy = details.policies().iter().find(|policy| policy.policy_name() == Some("deploy"));
    let deploy = deploy.unwrap();
    assert_eq!((deploy.default_version_id(), deploy.policy_version_list().len()), (Some("v4"), 5));
    assert!(deploy.policy_id().unwrap().starts_with("ANPA"));

    // Documents come percent-encoded and are JSON; what is attached is among the policies.
    for details in &seen.details {
        let known: BTreeSet<_> = details.policies().iter().map(|one| one.arn().unwrap()).collect();
        for role in details.role_detail_list() {
            let trust = role.assume_role_policy_document().unwrap();
            assert!(!trust.contains('{'), "{trust}");
            assert!(json(trust)["Statement"].is_array(), "{trust}");
            for policy in role.attached_managed_policies() {
                assert!(known.contains(policy.policy_arn().unwrap()), "{policy:?}");
            }
        }
        for policy in details.policies() {
            let versions = policy.policy_version_list();
            let default = versions.iter().filter(|version| version.is_default_version());
            assert_eq!(default.count(), 1, "{policy:?}");
            for version in versions {
                assert!(json(version.document().unwrap())["Statement"].is_array());
            }
        }
    }
}

fn json(encoded: &str) -> serde_json::Value {
    serde_json::from_str(&percent_decode_str(encoded).decode_utf8().unwrap()).unwrap()
}

async fn refusals_are_those_of_aws(eyes: &Eyes<'_>, company: &Company) {
    for key in [DENIED, SUSPENDED] {
        let error = eyes.assume(company.account(key).unwrap()).await.unwrap_err();
        assert_eq!(error.code(), Some("AccessDenied"), "{key}");
    }
    let iam = &eyes.iam[company.account(PARTIAL).unwrap()];
    let scp = "with an explicit deny in a service control policy";
    let error = iam.get_credential_report().send().await.unwrap_err();
    assert!(error.message().unwrap().contains(scp), "{error:?}");
    let error = iam.generate_credential_report().send().await.unwrap_err();
    assert!(error.message().unwrap().contains(scp), "{error:?}");
    let error = iam.get_login_profile().user_name("hsm-operator").send().await.unwrap_err();
    assert!(error.message().unwrap().contains(scp), "{error:?}");
    assert!(iam.get_account_summary().send().await.is_ok());

    // Not refused, but asked for less.
    let users = iam.get_account_authorization_details().filter(EntityType::User);
    let users = users.send().await.unwrap();
    assert_eq!((users.user_detail_list().len(), users.policies().len()), (7, 0));
}

fn reports_have_the_root_user(seen: &Seen) {
    assert_eq!(seen.reports.len(), 10);
    for (account, report) in &seen.reports {
        let mut lines = report.lines();
        let width = lines.next().unwrap().split(',').count();
        let root = lines.next().unwrap();
        assert!(
            root.starts_with(&format!("<root_account>,arn:aws:iam::{account}:root,")),
            "{root}"
        );
        for line in report.lines() {
            assert_eq!(line.split(',').count(), width, "{line}");
        }
    }
    let old = seen.reports.values().flat_map(|report| report.lines());
    let old: Vec<_> = old.filter(|line| line.starts_with("old-admin,")).collect();
    let [old] = old.as_slice() else { panic!("{old:?}") };
    let cells: Vec<_> = old.split(',').collect();
    // Password on, no MFA, key on; used long ago.
    assert_eq!((cells[3], cells[7], cells[8]), ("true", "false", "true"));
    assert!(cells[4].starts_with("2025-10-0") && cells[10].starts_with("2024-12-1"), "{old}");
    assert_eq!((cells[11], cells[12]), ("eu-west-1", "iam"));
}

fn identity_center_is_whole(company: &Company, seen: &Seen) {
    let set = company.permission_set("Developer").unwrap();
    let text = seen.log.join("\n");
    for wanted in [
        "CustomerManagedPolicyReference { name: \"developer-boundary\", path: Some(\"/acme/\")",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
        "service_principal: Some(\"sso.amazonaws.com\")",
        "Break_Glass_Admin",
        "user_status: Some(Disabled)",
        "https://idp.example.com",
        "acme-management",
        "codecommit.amazonaws.com",
        // Hostile names arrive as they are.
        "\\u{202e}txt.exe\\u{202c} <script>alert('ou')</script>",
        "\\u{1b}[31mred",
        "=cmd|'/C calc'!A0 legacy-acquired",
        "<img/src=x/onerror=alert(1)>",
    ] {
        assert!(text.contains(wanted), "{wanted}");
    }
    assert!(!text.contains("\"master\"") && !text.contains("master@example.com"));
    assert_eq!(seen.provisioned[set].len(), 3, "{:?}", seen.provisioned[set]);
    // Each assignment has its role in the account, as far as the account can be read.
    for (account, name) in &seen.assigned {
        let Some(details) = seen.details_of.get(account) else { continue };
        let prefix = format!("AWSReservedSSO_{name}_");
        let roles = seen.details[*details].role_detail_list();
        let role = roles.iter().find(|role| role.role_name().unwrap().starts_with(&prefix));
        let path = role.unwrap_or_else(|| panic!("{prefix} in {account}")).path().unwrap();
        assert_eq!(path, "/aws-reserved/sso.amazonaws.com/eu-west-1/");
    }
    assert_eq!(seen.counts[&Kind::Instance], 1);
}

/// The page with a table in the place of what stands between two marks.
fn between(page: &str, mark: &str, table: &str) -> String {
    let parts: Vec<_> = page.split(mark).collect();
    let [before, _, after] = parts.as_slice() else { panic!("the page lost its marks {mark}") };
    [*before, table, *after].join(mark)
}

/// What each declared call is shown against.
fn shown_against(corrections: &[Correction]) -> String {
    let calls = registry::ALL.iter().flat_map(|collector| collector.calls());
    let actions: BTreeSet<_> = calls.map(|call| call.action).collect();
    let mut table = String::from("| action | shown against |\n|---|---|\n");
    for action in actions {
        let of = |how| corrections.iter().find(|one| one.action == action && one.how == how);
        let words = match (of(How::Replayed), of(How::Corrected)) {
            (Some(replayed), _) if replayed.shows.starts_with("the whole answer") => {
                "a replayed answer"
            }
            (Some(_), _) => "moto, some answers replayed",
            (None, Some(_)) => "moto, corrected",
            (None, None) => "moto",
        };
        writeln!(table, "| `{action}` | {words} |").unwrap();
    }
    table
}

/// `docs/coverage.md` says what the plan does. `ACCESSTRAIL_BLESS=1` writes it anew.
fn the_coverage_page_is_true(company: &Company, proxy: &Proxy) {
    let corrections = company.corrections();
    let mut table = String::from("| action | how | what only the proxy shows |\n|---|---|---|\n");
    for one in &corrections {
        writeln!(table, "| `{}` | {} | {} |", one.action, one.how.word(), one.shows).unwrap();
    }
    let page = fs::read_to_string(COVERAGE).unwrap_or_default();
    let wanted = between(&page, "<!-- from the plan -->\n", &table);
    let wanted = between(&wanted, "<!-- from the calls -->\n", &shown_against(&corrections));
    if page != wanted && std::env::var_os("ACCESSTRAIL_BLESS").is_some() {
        fs::write(Path::new(COVERAGE), &wanted).unwrap();
        return;
    }
    assert_eq!(page, wanted, "docs/coverage.md is not what the plan does");

    // Each rule of the plan about identities was met by a call that this test made; `tests/resources.rs` has
    // the others, and `tests/realtime` those about what is asked after an event.
    let met: BTreeSet<_> = proxy
        .calls()
        .into_iter()
        .filter(|call| call.fault.is_some())
        .map(|call| call.iam_action())
        .collect();
    let resources: BTreeSet<_> = registry::ALL
        .iter()
        .flat_map(|collector| collector.calls())
        .filter(|call| call.tier == Tier::Three || call.when == When::Event)
        .map(|call| call.action)
        .collect();
    let is_here = |action: &str| !resources.contains(action) && !action.ends_with(":*");
    let here = corrections.iter().filter(|one| is_here(one.action));
    let unmet: Vec<_> = here.filter(|one| !met.contains(one.action)).collect();
    assert!(unmet.is_empty(), "not tried: {unmet:?}");
}
