//! The settings of the setup function.

use super::{ExternalId, Reader, SettingsError, Variable, shared};

/// The variables of the setup function.
pub const SETUP: &[Variable] = &[
    shared::TABLE,
    Variable {
        name: "ACCESSTRAIL_EXTERNAL_ID",
        meaning: "External id that the trust policies of the roles get",
        default: Some("one is generated, once"),
    },
    Variable {
        name: "ACCESSTRAIL_OWN_ENDPOINT",
        meaning: "Endpoint of the table and of the function itself instead of AWS's",
        default: Some("AWS's"),
    },
    Variable {
        name: "ACCESSTRAIL_TARGET_ENDPOINT",
        meaning: "Endpoint of everything that is set up instead of AWS's",
        default: Some("AWS's"),
    },
];

/// The settings of the setup function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupSettings {
    /// The table of the state.
    pub table: String,
    /// The external id that is used, where it is not generated.
    pub external_id: Option<ExternalId>,
    /// Where the table and the function are.
    pub own_endpoint: Option<String>,
    /// Where everything that is set up is.
    pub target_endpoint: Option<String>,
}

impl SetupSettings {
    /// Reads the settings through `lookup`. An empty variable counts as not set.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, at once.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let settings = Self {
            table: reader.required("ACCESSTRAIL_TABLE"),
            external_id: reader.parsed("ACCESSTRAIL_EXTERNAL_ID"),
            own_endpoint: reader.text("ACCESSTRAIL_OWN_ENDPOINT"),
            target_endpoint: reader.text("ACCESSTRAIL_TARGET_ENDPOINT"),
        };
        if reader.problems.is_empty() { Ok(settings) } else { Err(SettingsError(reader.problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_needed_and_the_rest_has_defaults() {
        let SettingsError(problems) = SetupSettings::read(&|_| None).unwrap_err();
        assert_eq!(problems, ["ACCESSTRAIL_TABLE is not set"]);
        let one = |name: &str| (name == "ACCESSTRAIL_TABLE").then(|| "t".to_owned());
        let settings = SetupSettings::read(&one).unwrap();
        assert_eq!((settings.table.as_str(), settings.external_id), ("t", None));
    }

    #[test]
    fn every_variable_is_read() {
        let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let note = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            None
        };
        SetupSettings::read(&note).unwrap_err();
        let known = SETUP.iter().map(|variable| variable.name.to_owned()).collect();
        assert_eq!(*asked.borrow(), known);
    }
}
