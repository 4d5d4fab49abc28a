//! What the settings add to what is stored: owners, classes, people. Made when somebody looks, never stored.

use accesstrail_shared::analysis::person::Source;
use accesstrail_shared::analysis::{Person, Rule, class, owner, people};
use accesstrail_shared::form::FormError;
use accesstrail_shared::model::{Kind, Snapshot, Stored};
use accesstrail_shared::report::{inert, json};
use serde_json::{Value, json};

/// What the reading verbs look through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lens {
    /// The tags that name an owner.
    pub(crate) owner_keys: Vec<String>,
    /// The user's own rules of who or what an identity stands for.
    pub(crate) rules: Vec<Rule>,
    /// Who is believed about a person, the first one most.
    pub(crate) sources: Vec<Source>,
}

impl Lens {
    /// The columns that it adds to the list of a kind.
    pub(crate) fn columns(kind: Kind) -> &'static [&'static str] {
        match kind {
            Kind::User | Kind::Role => &["class", "owner"],
            Kind::StoreUser => &["class"],
            Kind::Policy | Kind::Account | Kind::PermissionSet | Kind::Resource => &["owner"],
            _ => &[],
        }
    }

    /// The cell under a column of [`Lens::columns`]; empty where there is nothing to say.
    pub(crate) fn cell(&self, column: &str, stored: &Stored, snapshot: &Snapshot) -> String {
        match column {
            "class" => self.class(stored, snapshot).unwrap_or_default().to_owned(),
            _ => self.owner(stored, snapshot).unwrap_or_default(),
        }
    }

    /// Who or what an identity stands for, in one word.
    pub(crate) fn class(&self, stored: &Stored, snapshot: &Snapshot) -> Option<&'static str> {
        class::class(stored, snapshot, &self.rules).map(class::Class::word)
    }

    /// Who owns an entity.
    pub(crate) fn owner(&self, stored: &Stored, snapshot: &Snapshot) -> Option<String> {
        owner(stored, snapshot, &self.owner_keys).map(|owner| owner.value)
    }

    /// The person that an entity is an entry of, if that person has others.
    pub(crate) fn person(&self, stored: &Stored, snapshot: &Snapshot) -> Option<Person> {
        let id = stored.entity.id();
        let all = people(snapshot, &self.sources, &self.rules);
        all.into_iter().find(|person| person.profiles.iter().any(|profile| profile.id == id))
    }

    /// An entity for a program.
    pub(crate) fn document(
        &self,
        stored: &Stored,
        snapshot: &Snapshot,
    ) -> Result<Value, FormError> {
        let mut document = json::entity(stored, snapshot)?;
        if let Some(fields) = document.as_object_mut() {
            fields.insert("class".to_owned(), json!(self.class(stored, snapshot)));
            fields.insert("owner".to_owned(), json!(self.owner(stored, snapshot)));
        }
        Ok(document)
    }

    /// A line of CSV with the class and the owner at its end.
    pub(crate) fn csv(&self, line: &str, stored: &Stored, snapshot: &Snapshot) -> String {
        let class = self.class(stored, snapshot).unwrap_or_default();
        let owner = self.owner(stored, snapshot).unwrap_or_default();
        csv_with(line, [class, &owner])
    }
}

/// A line of CSV with more cells at its end.
pub(crate) fn csv_with(line: &str, cells: [&str; 2]) -> String {
    let [one, other] = cells.map(inert::csv_cell);
    format!("{},{one},{other}\r\n", line.trim_end_matches("\r\n"))
}

/// A person for a program.
pub(crate) fn person_document(person: &Person) -> Value {
    let facts = person.facts().into_iter().map(|fact| {
        let others = fact
            .others
            .iter()
            .map(|(value, source)| json!({"value": value, "source": source.to_string()}));
        json!({
            "name": fact.name,
            "value": fact.value,
            "source": fact.source.to_string(),
            "others": others.collect::<Vec<_>>(),
        })
    });
    let profiles = person
        .profiles
        .iter()
        .map(|it| json!({"id": it.id.to_string(), "source": it.source.to_string()}));
    json!({"facts": facts.collect::<Vec<_>>(), "entries": profiles.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use accesstrail_shared::testing::sample::{ACCOUNT, stored, tagged_user};

    use super::*;

    #[test]
    fn hostile_owners_are_inert_in_csv() {
        let lens = Lens { owner_keys: vec!["owner".to_owned()], ..Lens::default() };
        let user = tagged_user(ACCOUNT, "ana", "AIDAEXAMPLE1", &[("Owner", "=1+1\",x")]);
        let line = lens.csv("a,b\r\n", &stored(ACCOUNT, user), &Snapshot::default());
        assert_eq!(line, "a,b,unknown,\"'=1+1\"\",x\"\r\n");
    }

    #[test]
    fn every_column_has_a_cell() {
        let lens = Lens { owner_keys: vec!["owner".to_owned()], ..Lens::default() };
        let user =
            stored(ACCOUNT, tagged_user(ACCOUNT, "ana", "AIDAEXAMPLE1", &[("owner", "web")]));
        let cells: Vec<String> = Lens::columns(Kind::User)
            .iter()
            .map(|column| lens.cell(column, &user, &Snapshot::default()))
            .collect();
        assert_eq!(cells, ["unknown", "web"]);
        let document = lens.document(&user, &Snapshot::default()).unwrap();
        assert_eq!(
            (document["class"].as_str(), document["owner"].as_str()),
            (Some("unknown"), Some("web"))
        );
    }
}
