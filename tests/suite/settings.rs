//! The settings, the `.env` file, the arguments, and what the log says at the start.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use tempfile::TempDir;

use crate::support::program::free_port;
use crate::support::{Program, Settings, assert_in_order, assert_none, run};

const CREDENTIALS: [(&str, &str); 2] = [("CLIENT_ID", "id"), ("CLIENT_SECRET", "hidden-secret")];

/// What the program prints that ends with exit code 1 before it listens.
fn refusal(directory: &Path, settings: &[(&str, &str)]) -> String {
    let output = run(directory, settings, &[]);
    let printed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{settings:?}: {printed}");
    assert_none(&printed, &["panicked", "Running on"]);
    printed
}

#[test]
fn each_invalid_setting_is_reported_by_its_name_and_without_its_value() {
    let id = ("CLIENT_ID", "id");
    let secret = ("CLIENT_SECRET", "hidden-secret");
    #[rustfmt::skip]
    let table: [(Settings, &[&str]); 38] = [
        (&[id], &["CLIENT_SECRET"]),
        (&[secret], &["CLIENT_ID"]),
        (&[id, ("CLIENT_SECRET", "  ")], &["CLIENT_SECRET"]),
        (&[("AUTH_URL", "https://a.example")], &["AUTH_URL"]),
        (&[("CLIENT_ID", "a:b"), secret], &["CLIENT_ID"]),
        (&[("CLIENT_ID", "a b"), secret], &["CLIENT_ID"]),
        (&[("CLIENT_ID", "your-client-id"), secret], &["CLIENT_ID"]),
        (&[("CLIENT_ID", "<ADD_CLIENT_ID>"), secret], &["CLIENT_ID"]),
        (&[("CLIENT_ID", "'id'"), secret], &["CLIENT_ID"]),
        (&[id, ("CLIENT_SECRET", "\"hidden-secret\"")], &["CLIENT_SECRET"]),
        (&[id, ("CLIENT_SECRET", "“hidden-secret”")], &["CLIENT_SECRET"]),
        (&[id, ("CLIENT_SECRET", "hidden-secret\u{200b}")], &["CLIENT_SECRET"]),
        (&[id, ("CLIENT_SECRET", "hidden\nsecret")], &["CLIENT_SECRET"]),
        (&[id, ("CLIENT_SECRET", "your-client-secret")], &["CLIENT_SECRET"]),
        (&[id, ("CLIENT_SECRET", "<ADD_CLIENT_SECRET>")], &["CLIENT_SECRET"]),
        (&[id, secret, ("AUTH_URL", "http://a.example")], &["AUTH_URL"]),
        (&[id, secret, ("AUTH_URL", "http://a.localhost")], &["AUTH_URL"]),
        (&[id, secret, ("AUTH_URL", "https://a.example/oauth2")], &["AUTH_URL"]),
        (&[id, secret, ("AUTH_URL", "https://u:hidden@a.example")], &["AUTH_URL"]),
        (&[("PORT", "0")], &["PORT"]),
        (&[("PORT", "65536")], &["PORT"]),
        (&[("PORT", "http")], &["PORT"]),
        (&[("HOST_NAME", "http://a")], &["HOST_NAME"]),
        (&[("HOST_NAME", "a:80")], &["HOST_NAME"]),
        (&[("HOST_NAME", "0.0.0.0")], &["REDIRECT_URI"]),
        (&[("HOST_NAME", "::")], &["REDIRECT_URI"]),
        (&[("REDIRECT_URI", "http://0.0.0.0:3333")], &["REDIRECT_URI"]),
        (&[("HOST_NAME", "0.0.0.0"), ("REDIRECT_URI", "x")], &["REDIRECT_URI"]),
        (&[("HOST_NAME", "[::1")], &["HOST_NAME"]),
        (&[("REDIRECT_URI", "http://a.example/path")], &["REDIRECT_URI"]),
        (&[("REDIRECT_URI", "http://a.example?q")], &["REDIRECT_URI"]),
        (&[("REDIRECT_URI", "http://a.example#f")], &["REDIRECT_URI"]),
        (&[("REDIRECT_URI", "ftp://a.example")], &["REDIRECT_URI"]),
        (&[("REDIRECT_URI", "127.0.0.1:3333")], &["REDIRECT_URI"]),
        (&[id, secret, ("HTTPS_PROXY", "socks5://u:hidden@p:1")], &["HTTPS_PROXY"]),
        (&[id, secret, ("https_proxy", "https://p")], &["https_proxy"]),
        (&[id, secret, ("ALL_PROXY", "http://u:hid/den@p:1")], &["ALL_PROXY"]),
        (&[("CLIENT_ID", "a b"), ("PORT", "x"), ("HOST_NAME", "/"), ("REDIRECT_URI", "x")], &["CLIENT_SECRET", "CLIENT_ID", "HOST_NAME", "PORT", "REDIRECT_URI"]),
    ];
    let directory = TempDir::new().unwrap();
    for (settings, names) in table {
        let printed = refusal(directory.path(), settings);
        let reported: Vec<&str> = printed
            .lines()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(reported, names, "{settings:?}: {printed}");
        assert_none(&printed, &["hidden", "hid/den", "“"]);
    }
}

#[test]
fn values_are_trimmed_and_empty_ones_count_as_unset() {
    let program = Program::start(&[
        ("CLIENT_ID", " id "),
        ("CLIENT_SECRET", "\tsecret\n"),
        ("AUTH_URL", " http://[::1]:9 "),
        ("HOST_NAME", ""),
        ("REDIRECT_URI", "  "),
        ("RUST_LOG", " "),
    ]);
    let log = program.log();
    let parts = [
        "the authorization server: http://[::1]:9\n",
        "the client id: id\n",
    ];
    assert_in_order(&log, &parts);
    let page = program.browser().get("/");
    let expected = format!("&redirect_uri=http://{}&state=", program.address);
    let link = page.link("Login with Eagle Eye Networks");
    assert_in_order(&link, &[&expected]);
}

#[test]
fn the_redirect_uri_is_sent_as_it_was_written() {
    for redirect_uri in [
        "HTTP://LocalHost:4000/",
        "https://app.example/",
        "http://[::1]:80",
    ] {
        let program = Program::start(&[("REDIRECT_URI", redirect_uri)]);
        let page = program.browser().get("/");
        let expected = format!("&redirect_uri={redirect_uri}&state=");
        let link = page.link("Login with Eagle Eye Networks");
        assert_in_order(&link, &[&expected]);
    }
}

#[test]
fn the_log_says_at_the_start_where_the_settings_lead() {
    let port = free_port();
    let own_url = format!("http://127.0.0.1:{port}");
    let port = port.to_string();
    let sandbox = format!(
        "Sandbox at http://127.0.0.1:{}",
        port.parse::<u16>().unwrap() + 1
    );
    let running = format!("Running on {own_url}\n");
    let [id, secret] = CREDENTIALS;
    #[rustfmt::skip]
    let table: [(Settings, &[&str]); 5] = [
        (&[], &["no .env in ", &sandbox, &running]),
        (&[id, secret, ("HTTPS_PROXY", "u:p@proxy:3128")], &[
            "the authorization server: https://auth.eagleeyenetworks.com",
            "the client id: id",
            &format!("the redirect URI to register: {own_url}"),
            "the proxy for the exchange: proxy:3128",
            &running,
        ]),
        (&[("HOST_NAME", "0.0.0.0"), ("REDIRECT_URI", &own_url)], &[
            &format!("the login returns to {own_url}, which must reach this program"),
            &format!("Running on http://0.0.0.0:{port}; open {own_url}\n"),
        ]),
        (&[("REDIRECT_URI", "https://app.example")], &[
            "the login returns to https://app.example",
            "; open https://app.example\n",
        ]),
        (&[("HOST_NAME", "localhost")], &[&format!("Running on http://localhost:{port}\n")]),
    ];
    for (settings, lines) in table {
        let program = Program::start(&[&[("PORT", port.as_str())], settings].concat());
        let log = program.log();
        assert_eq!(assert_in_order(&log, lines), "", "the last line");
        assert_none(&log, &["u:p", "hidden-secret"]);
    }
}

#[test]
fn that_it_runs_is_printed_whatever_rust_log_says() {
    for filter in ["off", "een_login=loud", "error", "wran"] {
        let program = Program::start(&[("RUST_LOG", filter)]);
        let log = program.log();
        assert!(
            log.contains(&format!("Running on http://{}", program.address)),
            "{log}"
        );
    }
}

#[test]
fn a_dotenv_file_of_a_parent_directory_is_loaded_and_the_environment_wins() {
    let directory = TempDir::new().unwrap();
    let inner = directory.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    // A directory of the name is passed over.
    fs::create_dir(inner.join(".env")).unwrap();
    let file = directory.path().join("a/.env");
    let text =
        "\u{feff}# a comment\nCLIENT_ID='from-file'\r\nCLIENT_SECRET='a$b'\nHTTPS_PROXY='p:1'\n";
    fs::write(&file, text).unwrap();
    let program = Program::start_in(&inner, &[("CLIENT_ID", "from-environment")]);
    let log = program.log().replace('\\', "/");
    let parts = [
        "settings from",
        "a/.env",
        "the client id: from-environment",
        "proxy for the exchange: p:1",
    ];
    assert_in_order(&log, &parts);
}

#[test]
fn a_dotenv_file_that_cannot_be_read_is_named_and_nothing_of_it_is_printed() {
    let utf_16: Vec<u8> = "CLIENT_ID=hidden"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let table: [(&[u8], &str); 5] = [
        (b"PORT='4000'\nCLIENT_SECRET hidden\n", "cannot be parsed"),
        (b"CLIENT_SECRET='hidden\n", "cannot be parsed"),
        (b"CLIENT_SECRET=hidden\xff\n", "UTF-8"),
        (b"CLIENT_SECRET=hidden\0\n", "UTF-8"),
        (&utf_16, "UTF-8"),
    ];
    for (bytes, text) in table {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join(".env"), bytes).unwrap();
        let printed = refusal(directory.path(), &[]);
        assert_in_order(&printed, &[".env", text]);
        assert_none(&printed, &["hidden", "SECRET"]);
        assert_eq!(printed.lines().count(), 1, "{printed}");
    }
}

#[test]
fn the_example_copied_as_it_is_starts_the_sandbox() {
    let directory = TempDir::new().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join(".env.example");
    fs::copy(example, directory.path().join(".env")).unwrap();
    let program = Program::start_in(directory.path(), &[]);
    assert!(program.log().contains("Sandbox at "));
}

#[test]
fn an_argument_prints_how_the_program_is_used() {
    let directory = TempDir::new().unwrap();
    for (argument, code) in [("--help", 0), ("-h", 0), ("--port", 2), ("x", 2)] {
        let output = run(directory.path(), &[], &[argument]);
        let printed = [output.stdout, output.stderr].concat();
        assert_eq!(output.status.code(), Some(code), "{argument}");
        assert!(
            String::from_utf8(printed)
                .unwrap()
                .contains("http://localhost:3333")
        );
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let directory = TempDir::new().unwrap();
    let printed = refusal(directory.path(), &[("PORT", &address.port().to_string())]);
    assert_in_order(&printed, &[&address.to_string(), "PORT"]);
}
