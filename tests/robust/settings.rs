//! Whatever stands in a setting or in a `.env` file: it is taken, or it is refused with a line that
//! names it, and no line has the secret.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;

use een_login::settings::dotenv::DotEnv;
use een_login::settings::{NAMES, Settings};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::{CLIENT_SECRET, Program, run};

/// Checks what the program says when it does not start.
fn is_sound(message: &str, may_begin_with: &[&str]) -> Result<(), TestCaseError> {
    prop_assert!(!message.contains(CLIENT_SECRET), "{message}");
    prop_assert!(!message.is_empty());
    for line in message.lines() {
        let begins = may_begin_with.iter().any(|begin| line.starts_with(begin));
        prop_assert!(begins, "{line}");
    }
    Ok(())
}

/// Values with what is special in URLs and hosts somewhere.
fn value() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "http://",
        "https://",
        "[",
        "]",
        ":",
        "/",
        "?",
        "#",
        "@",
        "%",
        "localhost",
        "0",
        "::",
        ".",
        "\t",
        " ",
        "\u{1b}",
        "ü",
        "your-client-id",
        "65536",
    ]);
    let any = any::<char>().prop_map(String::from);
    prop::collection::vec(prop_oneof![special.prop_map(str::to_owned), any], 1..8)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_of_any_setting_is_taken_or_refused_by_its_name(name in prop::sample::select(&NAMES[..]), value in value()) {
        let mut values = HashMap::from([("CLIENT_ID", "i".to_owned()), ("CLIENT_SECRET", CLIENT_SECRET.to_owned())]);
        values.insert(name, value);
        match Settings::read(|name| values.get(name).map(OsString::from)) {
            Ok(settings) => {
                prop_assert!(settings.client.is_some());
                let printed = format!("{settings:?}");
                prop_assert!(!printed.contains(CLIENT_SECRET), "{}", printed);
            }
            // A host that nobody can browse to needs a redirect URI.
            Err(invalid) => is_sound(&invalid.to_string(), &[name, "REDIRECT_URI "])?,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_dotenv_file_is_read_or_refused_by_its_lines(lines in prop::collection::vec("[^\0]{0,20}", 0..4)) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(".env");
        let secret = format!("CLIENT_SECRET='{CLIENT_SECRET}'");
        fs::write(&path, [&lines[..], &[secret]].concat().join("\n")).unwrap();
        let begin = format!("{}, line ", path.display());
        match DotEnv::find(folder.path()) {
            Ok(found) => prop_assert!(found.is_some()),
            Err(error) => is_sound(&error.to_string(), &[&begin])?,
        }
    }
}

#[test]
fn odd_values_end_the_real_program_in_lines_that_name_them() {
    for value in ["\u{1b}[31m", "\u{202e}ü😀", "::::", "http://[", "\n", "%00"] {
        // The port keeps it from starting.
        let settings = [
            ("CLIENT_ID", value),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("HOST_NAME", value),
            ("PORT", value),
            ("REDIRECT_URI", value),
            ("AUTH_URL", value),
            ("RUST_LOG", value),
        ];
        let (code, stdout, stderr) = run(&settings, None);
        assert_eq!(
            (code, stdout.as_str()),
            (Some(1), ""),
            "{value:?}: {stderr}"
        );
        let is_named = |line: &str| {
            NAMES
                .iter()
                .any(|name| line.starts_with(&format!("een-login: {name} ")))
        };
        assert!(!stderr.is_empty(), "{settings:?}");
        assert!(stderr.lines().all(is_named), "{stderr}");
        assert!(!stderr.contains(CLIENT_SECRET), "{stderr}");
        assert!(!stderr.contains(['\u{1b}', '\u{202e}']), "{stderr:?}");
    }
}

#[test]
fn odd_log_filters_are_warned_of_and_do_not_keep_it_from_running() {
    for filter in [
        "een_login=info/a,x/b",
        "een_login=info,a=b=c",
        "een_login=info,\u{1b}[31m=x",
    ] {
        let program = Program::start(&[("RUST_LOG", filter)]);
        assert_eq!(program.get("/").status, 200);
        let log = program.log();
        assert!(!log.contains('\u{1b}'), "{log:?}");
        assert!(!log.contains("panicked"), "{log}");
        assert!(log.contains("a part of RUST_LOG is ignored"), "{log}");
    }
}
