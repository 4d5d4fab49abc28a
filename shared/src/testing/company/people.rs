//! The identity store of "acme": people and the groups they are in.

/// Where Identity Center lives.
pub(super) const HOME_REGION: &str = "eu-west-1";

/// The issuer that external ids come from.
pub(super) const ISSUER: &str = "https://idp.example.com";

/// A group of the identity store.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoreGroup {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
}

const fn group(name: &'static str, description: &'static str) -> StoreGroup {
    StoreGroup { name, description }
}

pub(super) const GROUPS: &[StoreGroup] = &[
    group("platform-admins", "Run the landing zone"),
    group("platform-engineers", "Build the landing zone"),
    group("security-analysts", "Watch the organization"),
    group("incident-responders", "Hold the break-glass access"),
    group("network-engineers", "Transit gateways, DNS, firewalls"),
    group("payments-developers", "Card payments, wallets, payouts"),
    group("payments-oncall", "Twenty-four by seven"),
    group("web-developers", "Shop front"),
    group("data-engineers", "Pipelines and the lake"),
    group("data-analysts", "Questions to the lake"),
    group("finance", "Bills"),
    group("auditors", "External auditors <auditors@example.com>"),
    group("contractors", "Leave at the end of the year"),
    group("=HYPERLINK(\"https://example.com\",\"all-staff\")", "<script>alert('group')</script>"),
    group("empty 🪹", "Nobody is in it"),
];

/// A user of the identity store. The e-mail address is the user name at `example.com`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) user: &'static str,
    /// Given name, space, family name.
    pub(super) name: &'static str,
    pub(super) groups: &'static [&'static str],
    /// Whether the user may sign in.
    pub(super) enabled: bool,
    /// Whether an external identity provider knows the user.
    pub(super) external: bool,
}

const fn person(user: &'static str, name: &'static str, groups: &'static [&'static str]) -> Person {
    Person { user, name, groups, enabled: true, external: true }
}

impl Person {
    const fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }

    const fn local(mut self) -> Self {
        self.external = false;
        self
    }
}

pub(super) const STAFF: &str = "=HYPERLINK(\"https://example.com\",\"all-staff\")";

pub(super) const PEOPLE: &[Person] = &[
    person("ana.silva", "Ana Silva", &["platform-admins", "incident-responders"]),
    person("bjorn.lund", "Bjørn Lund", &["platform-admins"]),
    person("chiara.conti", "Chiara Conti", &["platform-admins", "platform-engineers"]),
    person("david.okafor", "David Okafor", &["platform-engineers"]),
    person("elif.yilmaz", "Elif Yılmaz", &["platform-engineers"]),
    person("femi.adeyemi", "Femi Adeyemi", &["platform-engineers"]),
    person("grace.kim", "Grace Kim", &["platform-engineers"]),
    person("hugo.martin", "Hugo Martin", &["platform-engineers", "network-engineers"]),
    person("ines.costa", "Inês Costa", &["security-analysts", "incident-responders"]),
    person("jan.novak", "Jan Novák", &["security-analysts"]),
    person("kofi.mensah", "Kofi Mensah", &["security-analysts"]),
    person("lena.fischer", "Lena Fischer", &["security-analysts", "incident-responders"]),
    person("mateo.rojas", "Mateo Rojas", &["security-analysts"]),
    person("nadia.haddad", "Nadia Haddad", &["network-engineers"]),
    person("olek.kowalski", "Olek Kowalski", &["network-engineers"]),
    person("priya.nair", "Priya Nair", &["network-engineers"]),
    person("quinn.murphy", "Quinn Murphy", &["payments-developers", "payments-oncall"]),
    person("rosa.marino", "Rosa Marino", &["payments-developers", "payments-oncall"]),
    person("samir.khan", "Samir Khan", &["payments-developers", "payments-oncall"]),
    person("tara.byrne", "Tara Byrne", &["payments-developers"]),
    person("umar.farouk", "Umar Farouk", &["payments-developers"]),
    person("vera.petrova", "Vera Petrova", &["payments-developers", "payments-oncall"]),
    person("wei.zhang", "Wei Zhang", &["payments-developers"]),
    person("ximena.lopez", "Ximena López", &["payments-developers"]),
    person("yuki.tanaka", "Yuki Tanaka", &["payments-developers"]),
    person("zoe.dubois", "Zoé Dubois", &["payments-developers"]),
    person("adam.nowak", "Adam Nowak", &["web-developers"]),
    person("beatriz.gomez", "Beatriz Gómez", &["web-developers"]),
    person("carl.jensen", "Carl Jensen", &["web-developers"]),
    person("daria.volkova", "Daria Volkova", &["web-developers"]),
    person("emil.sorensen", "Emil Sørensen", &["web-developers"]),
    person("fatima.ali", "Fatima Ali", &["web-developers"]),
    person("gita.rao", "Gita Rao", &["web-developers"]),
    person("hana.suzuki", "Hana Suzuki", &["web-developers"]),
    person("ivan.horvat", "Ivan Horvat", &["web-developers", "contractors"]),
    person("jade.wilson", "Jade Wilson", &["web-developers", "contractors"]),
    person("karim.benali", "Karim Benali", &["data-engineers"]),
    person("lucia.romano", "Lucia Romano", &["data-engineers"]),
    person("milan.kovac", "Milan Kovač", &["data-engineers"]),
    person("noor.hassan", "Noor Hassan", &["data-engineers", "data-analysts"]),
    person("oscar.berg", "Oscar Berg", &["data-engineers"]),
    person("paula.santos", "Paula Santos", &["data-analysts"]),
    person("rafael.cruz", "Rafael Cruz", &["data-analysts"]),
    person("sofia.weber", "Sofia Weber", &["data-analysts"]),
    person("tomas.dvorak", "Tomáš Dvořák", &["data-analysts"]),
    person("ursula.keller", "Ursula Keller", &["data-analysts"]),
    person("victor.blanc", "Victor Blanc", &["data-analysts", "finance"]),
    person("wanda.zielinska", "Wanda Zielińska", &["finance"]),
    person("xavier.roux", "Xavier Roux", &["finance"]),
    person("yasmin.saleh", "Yasmin Saleh", &["finance"]),
    person("zeno.bianchi", "Zeno Bianchi", &["auditors"]).local(),
    person("alice.moore", "Alice Moore", &["auditors"]).local(),
    person("bruno.lang", "Bruno Lang", &["contractors"]).local(),
    person("clara.vogel", "Clara Vogel", &["contractors"]).local().disabled(),
    person("diego.ramos", "Diego Ramos", &["contractors", "web-developers"]).local(),
    person("eva.lindqvist", "Eva Lindqvist", &["web-developers"]).disabled(),
    person("frank.huber", "Frank Huber", &["platform-admins"]).disabled(),
    person("gemma.ricci", "Gemma Ricci", &[STAFF]),
    person("henrik.dahl", "Henrik Dahl", &[STAFF]),
    person("irina.popescu", "Irina Popescu", &[STAFF]),
    person("jonas.meier", "Jonas Meier", &[STAFF]),
    person("katya.orlova", "Katya Orlova", &[STAFF]),
    person("liam.kelly", "Liam Kelly", &[]),
    person("mira.patel", "Mira Patel", &[]),
    person("nils.aas", "Nils Aas", &[]).disabled(),
    person("break-glass-1", "Break Glass-One", &["incident-responders"]).local(),
    person("break-glass-2", "Break Glass-Two", &["incident-responders"]).local(),
    // Names as far as Identity Center lets them go: letters, marks, symbols, numbers, punctuation.
    person("<b>bold</b>", "<img/src=x/onerror=alert(1)> &amp;", &[STAFF]),
    person("=1+1", "@SUM(A1:A9) +cmd|'calc'", &[STAFF]),
    person("👩‍🚀", "Ζωή שָׁלוֹם", &["data-analysts"]),
];
