//! Reads settings one by one and collects what is wrong with them.

use std::ffi::OsString;
use std::fmt;

/// The settings that are not valid: a line for each when printed, which names the setting, says what
/// is wrong and how to correct it. No line has a value, for people put passwords into URLs.
#[derive(Debug, Default)]
pub struct InvalidSettings(Vec<InvalidSetting>);

#[derive(Debug)]
struct InvalidSetting {
    name: &'static str,
    problem: Problem,
}

/// What is wrong with a value, and how to correct it.
#[derive(Debug)]
pub(super) struct Problem {
    wrong: String,
    correction: &'static str,
}

impl Problem {
    pub fn new(wrong: impl fmt::Display, correction: &'static str) -> Self {
        Self {
            wrong: wrong.to_string(),
            correction,
        }
    }
}

impl InvalidSettings {
    /// Whether nothing was wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the settings that are not valid.
    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|invalid| invalid.name).collect()
    }
}

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, InvalidSetting { name, problem }) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{name} {}; {}", problem.wrong, problem.correction)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidSettings {}

/// Reads values one by one and collects what is wrong with them.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    /// What was wrong so far.
    pub invalid: InvalidSettings,
}

impl<'a> Reader<'a> {
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        let invalid = InvalidSettings::default();
        Self { lookup, invalid }
    }

    pub fn is_set(&self, name: &str) -> bool {
        (self.lookup)(name).is_some()
    }

    /// A setting without a default: `None` where it is not set, or is not valid.
    pub fn read<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let value = (self.lookup)(name)?;
        let parsed = as_text(&value).and_then(parse);
        self.accept(name, parsed)
    }

    /// A setting with a default: `None` where it is not valid.
    pub fn read_or<T>(
        &mut self,
        name: &'static str,
        default: &str,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let value = (self.lookup)(name).unwrap_or_else(|| default.into());
        let parsed = as_text(&value).and_then(parse);
        self.accept(name, parsed)
    }

    /// Takes what was parsed, or notes what is wrong with it.
    pub fn accept<T>(&mut self, name: &'static str, parsed: Result<T, Problem>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => {
                self.invalid.0.push(InvalidSetting { name, problem });
                None
            }
        }
    }

    pub fn check_that_credentials_are_complete(&mut self) {
        let set = ["CLIENT_ID", "CLIENT_SECRET", "AUTH_URL"].map(|name| self.is_set(name));
        let (name, wrong, correction) = match set {
            [true, false, _] => (
                "CLIENT_SECRET",
                "is not set, but CLIENT_ID is",
                "set both or neither",
            ),
            [false, true, _] => (
                "CLIENT_ID",
                "is not set, but CLIENT_SECRET is",
                "set both or neither",
            ),
            [false, false, true] => (
                "AUTH_URL",
                "is set without credentials",
                "set CLIENT_ID and CLIENT_SECRET too, or remove it",
            ),
            _ => return,
        };
        // A value that is wrong in itself has its line already.
        let is_reported = self.invalid.0.iter().any(|invalid| invalid.name == name);
        if !is_reported {
            let problem = Problem::new(wrong, correction);
            self.invalid.0.push(InvalidSetting { name, problem });
        }
    }
}

/// A value as text.
pub(super) fn as_text(value: &OsString) -> Result<&str, Problem> {
    let text = value.to_str();
    text.ok_or_else(|| Problem::new("is not UTF-8 text", "write it again as plain text"))
}
