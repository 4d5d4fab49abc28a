//! `accesstrail doctor`: what works, account by account, and the smallest policy that is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accesstrail_shared::aws::session::SessionError;
use accesstrail_shared::collect::doctor::{
    Check, Doctor as Examination, Entry, Examined, Found, Verdict,
};
use accesstrail_shared::collect::{Options, needs, registry};
use accesstrail_shared::model::{AccountId, Authority, Region};
use accesstrail_shared::permission::policy::{
    MANAGED_CHARACTERS, READ_ROLE, Statement, split, statements,
};
use accesstrail_shared::permission::{Choice, Tier, table, write};
use accesstrail_shared::port::SystemClock;
use accesstrail_shared::report::inert;
use clap::Args;
use serde_json::{Value, json};

use super::access::{AccessArgs, reach};
use super::collect::Filters;
use super::gaps::authority;
use super::policy::{self, Missing};
use crate::args::Common;
use crate::config::{Key, Settings};
use crate::error::Failure;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::{Outcome, interrupt};

/// Try what accesstrail calls, with few real calls in every account that is asked, and say what is allowed, what
/// is denied and by whom, and which policy is missing. Reads only, keeps nothing. What was found nothing to try on
/// is asked of iam:SimulatePrincipalPolicy, where that is allowed.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing is missing, 3 something is missing or an account could not be entered, 1 failed.\n\n\
                  Examples:\n  accesstrail doctor\n  accesstrail doctor --org --role accesstrail-read --external-id 7f3c9a1e5b2d4860"
)]
pub(crate) struct Doctor {
    #[command(flatten)]
    access: AccessArgs,

    /// Where to try regional services [default: your region]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<Region>,
}

pub(crate) async fn run(
    common: &Common,
    args: Doctor,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let org = args.access.is_org()?;
    registry::check_skip(&args.access.skip)?;
    let mut settings = Settings::load(common)?;
    args.access.tell(&mut settings);
    settings.flag(Key::RegionsInclude, "--regions", &args.regions);
    let reach = reach(org, &settings);
    let sessions = args.access.connect(&reach).await?;
    let own = sessions
        .region()
        .ok_or(SessionError::NoRegion { what: "no AWS region is set".to_owned() })?;
    let or_own = |key| {
        let regions: Vec<Region> = settings.all(key);
        if regions.is_empty() { vec![own.clone()] } else { regions }
    };
    let home = args.access.organization_account;
    let examination = Examination {
        home: home.unwrap_or_else(|| sessions.caller().account.clone()),
        sessions: Arc::new(sessions),
        clock: Arc::new(SystemClock),
        options: Options {
            full_credentials: settings.one(Key::Credentials) == "full",
            skip: settings.all(Key::Skip),
            accounts: Filters::of(&settings, &reach).accounts,
            ..Options::default()
        },
        identity_center_regions: or_own(Key::IdentityCenterRegion),
        regions: or_own(Key::RegionsInclude),
        at_once: settings.one(Key::Concurrency).parse().unwrap_or(1),
    };
    let progress = Progress::step(screen.is_quiet());
    progress.say("finding the accounts");
    let work = async {
        let found = examination.accounts(&reach).await?;
        let told = |examined: &Examined| progress.say(&in_one_line(examined, &found));
        let examined = examination.examine(&found.accounts, &told).await;
        Ok::<_, SessionError>((found, examined))
    };
    let (found, examined) = interrupt::or(Box::pin(work)).await?;
    progress.end();
    let findings = Findings::of(found, examined);
    if screen.is_json() {
        screen.document("doctor", findings.document())?;
    } else {
        findings.show(screen)?;
    }
    Ok(if findings.is_well() { Outcome::Done } else { Outcome::Missing })
}

/// How an account is, in one word.
fn word(examined: &Examined) -> &'static str {
    match &examined.entry {
        Entry::AuthFailed(_) => "auth_failed",
        Entry::NotActive(_) => "not_active",
        Entry::Entered if examined.has_missing() => "missing",
        Entry::Entered => "ok",
    }
}

fn in_one_line(examined: &Examined, found: &Found) -> String {
    let name = found.names.get(&examined.account).map_or("", String::as_str);
    let place = format!("{} {name}", examined.account);
    format!("{}  {}", place.trim_end(), word(examined))
}

/// Everything that was found.
#[derive(Debug)]
struct Findings {
    found: Found,
    examined: Vec<Examined>,
    /// What is denied, and what of it a policy could give.
    missing: Missing,
    /// The smallest policies that would give it.
    policies: Vec<Vec<Statement>>,
}

impl Findings {
    fn of(found: Found, examined: Vec<Examined>) -> Self {
        let needs = needs::all();
        let denials = examined.iter().flat_map(|each| {
            let missing = each.checks.iter().filter(|check| check.is_missing());
            missing.filter_map(move |check| match check.verdict {
                Verdict::Denied { by, .. } => Some((check.need.action, by, &each.account)),
                _ => None,
            })
        });
        let missing = Missing::of(denials, &needs);
        let choice = Choice { actions: Some(missing.to_allow()), ..Choice::default() };
        let policies = split(&statements(&choice.of(&needs), READ_ROLE), MANAGED_CHARACTERS);
        Self { found, examined, missing, policies }
    }

    fn is_well(&self) -> bool {
        !self.examined.iter().any(Examined::has_missing)
    }

    fn name(&self, account: &AccountId) -> &str {
        self.found.names.get(account).map_or("", String::as_str)
    }

    /// How many checks of a tier ended in which verdict.
    fn counts(&self, tier: Tier) -> BTreeMap<&'static str, usize> {
        let checks = self.examined.iter().flat_map(|each| &each.checks);
        let mut counts = BTreeMap::new();
        for check in checks.filter(|check| check.need.tier == tier) {
            *counts.entry(check.verdict.word()).or_default() += 1;
        }
        counts
    }

    /// For a program: also the answer of a button that tests a connection.
    fn document(&self) -> Value {
        let tiers: Vec<Value> = Tier::ALL
            .into_iter()
            .map(|tier| json!({"tier": tier.number(), "checks": self.counts(tier)}))
            .collect();
        json!({
            "ok": self.is_well(),
            "tiers": tiers,
            "accounts": self.examined.iter().map(|each| self.account(each)).collect::<Vec<_>>(),
            "missing": {
                "policies": policy::documents(&self.policies, &self.found.partition, "*"),
                "notes": self.missing.notes(),
            },
            "notes": self.found.note,
        })
    }

    fn account(&self, examined: &Examined) -> Value {
        let reason = match &examined.entry {
            Entry::AuthFailed(why) => Some(inert::terminal(why)),
            Entry::NotActive(state) => Some(format!("the account is {state}")),
            Entry::Entered => None,
        };
        json!({
            "account": examined.account.as_str(),
            "account_name": self.name(&examined.account),
            "status": word(examined),
            "reason": reason,
            "checks": examined.checks.iter().map(check).collect::<Vec<_>>(),
        })
    }

    /// For a person.
    fn show(&self, screen: &mut Screen) -> Result<(), Failure> {
        if let Some(note) = &self.found.note {
            screen.note(note);
        }
        let rows = self.examined.iter().map(|each| {
            let of = |word: &str| {
                each.checks.iter().filter(|check| check.verdict.word() == word).count().to_string()
            };
            let account = each.account.to_string();
            let name = self.name(&each.account).to_owned();
            [account, name, word(each).to_owned(), of("ok"), of("denied"), of("unknown")]
        });
        screen.table(&["account", "account name", "status", "ok", "denied", "unknown"], rows)?;
        screen.heading("By tier")?;
        for tier in Tier::ALL {
            let counts = self.counts(tier);
            let words =
                counts.iter().map(|(word, count)| format!("{count} {}", word.replace('_', " ")));
            let text = words.collect::<Vec<_>>().join("  ");
            let text = if text.is_empty() { "nothing to try".to_owned() } else { text };
            screen.field(
                &format!("tier {}", tier.number()),
                &format!("{text}  ({})", table::title(tier)),
            )?;
        }
        self.show_missing(screen)?;
        self.show_unknown(screen)
    }

    fn show_missing(&self, screen: &mut Screen) -> Result<(), Failure> {
        if self.is_well() {
            return screen.field("all fine", "nothing is missing that a run would ask for");
        }
        screen.heading("Missing")?;
        let mut rows: BTreeSet<[String; 5]> = BTreeSet::new();
        for each in &self.examined {
            let place =
                format!("{} {}", each.account, self.name(&each.account)).trim_end().to_owned();
            if let Entry::AuthFailed(why) = &each.entry {
                rows.insert([
                    place.clone(),
                    String::new(),
                    "auth_failed".to_owned(),
                    why.clone(),
                    "the whole account".to_owned(),
                ]);
            }
            for check in each.checks.iter().filter(|check| check.is_missing()) {
                let Verdict::Denied { by, .. } = &check.verdict else { continue };
                let action = check.need.action.to_owned();
                let tier = check.need.tier.number().to_string();
                rows.insert([
                    place.clone(),
                    tier,
                    action,
                    by_whom(*by, check),
                    check.need.lost.to_owned(),
                ]);
            }
        }
        screen.table(&["account", "tier", "action", "why", "what is lost"], rows)?;
        for note in self.missing.notes() {
            screen.note(&note);
        }
        if self.policies.is_empty() {
            return Ok(());
        }
        screen.heading("The smallest policy to add")?;
        for policy in &self.policies {
            screen.line(&write::text(policy, &self.found.partition, "*"))?;
        }
        Ok(())
    }

    /// What is neither known to work nor known not to.
    fn show_unknown(&self, screen: &mut Screen) -> Result<(), Failure> {
        let mut by_reason: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for check in self.examined.iter().flat_map(|each| &each.checks) {
            if let Verdict::Unknown(why) = &check.verdict {
                by_reason.entry(why).or_default().insert(check.need.action);
            }
        }
        if by_reason.is_empty() {
            return Ok(());
        }
        screen.heading("Not known")?;
        let rows = by_reason.into_iter().map(|(why, actions)| {
            [actions.into_iter().collect::<Vec<_>>().join(" "), why.to_owned()]
        });
        screen.table(&["actions", "why"], rows)
    }
}

fn by_whom(by: Authority, check: &Check) -> String {
    let words = format!("denied by {}", authority(by));
    match check.region.as_str() {
        Region::GLOBAL => words,
        region => format!("{words} in {region}"),
    }
}

/// One check, for a program.
fn check(check: &Check) -> Value {
    let (by, reason) = match &check.verdict {
        Verdict::Allowed => (None, None),
        Verdict::Denied { by, words } => (Some(authority(*by)), Some(inert::terminal(words))),
        Verdict::NotApplicable(why) | Verdict::Unknown(why) => (None, Some(inert::terminal(why))),
    };
    json!({
        "tier": check.need.tier.number(),
        "collector": check.need.collector,
        "capability": check.need.capability,
        "action": check.need.action,
        "region": check.region.as_str(),
        "verdict": check.verdict.word(),
        "by": by,
        "how": check.how.word(),
        "reason": reason,
        "lost": check.need.lost,
    })
}
