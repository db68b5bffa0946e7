//! Which exchanges go through a proxy, and through which.

use super::stand_in::Proxy;
use super::{AUTH_URL, Site};
use crate::support::stand_in::StandIn;
use crate::support::{CLIENT_ID, CLIENT_SECRET, Program, run};

/// A value that no exchange could use.
const WRONG: &str = "socks5://somebody:hunter2@proxy.example:1080";

#[test]
fn every_variable_can_name_the_proxy_in_the_environment_and_in_the_file() {
    let site = Site::good();
    for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        let proxy = Proxy::open(site.server.address);
        let program = site.program(AUTH_URL, &[(name, &proxy.url())]);
        assert_eq!(program.browser().log_in("c").status, 200, "{name}");
        assert_eq!(proxy.seen().connections, 1, "{name}");

        let proxy = Proxy::open(site.server.address);
        let dotenv = format!("{name}='{}'\n", proxy.url());
        let (program, _folder) = site.program_with_file(AUTH_URL, &[], &dotenv);
        assert_eq!(program.browser().log_in("c").status, 200, "{name} in .env");
        assert_eq!(proxy.seen().connections, 1, "{name} in .env");
        let log = program.log();
        assert!(log.contains(&format!(".env: {name}\n")), "{log}");
    }
}

#[test]
fn the_environment_goes_before_the_file() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let dotenv = format!("HTTPS_PROXY='{WRONG}'\nALL_PROXY='{WRONG}'\n");
    let url = proxy.url();
    let environment = [("HTTPS_PROXY", url.as_str())];
    let (program, _folder) = site.program_with_file(AUTH_URL, &environment, &dotenv);
    assert_eq!(program.browser().log_in("c").status, 200);
    assert_eq!(proxy.seen().connections, 1);
}

/// Windows has one variable for both spellings.
#[cfg(not(windows))]
#[test]
fn an_earlier_name_in_the_file_goes_before_a_later_one_in_the_environment() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let dotenv = format!("https_proxy='{}'\n", proxy.url());
    let environment = [("https_proxy", ""), ("HTTPS_PROXY", WRONG)];
    let (program, _folder) = site.program_with_file(AUTH_URL, &environment, &dotenv);
    assert_eq!(program.browser().log_in("c").status, 200);
    assert_eq!(proxy.seen().connections, 1);
}

#[test]
fn an_exception_is_reached_directly() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let url = proxy.url();
    let server = site.server.url();
    let port = site.server.address.port();
    let with_port = format!("x.example, 127.0.0.1:{port}");
    for exceptions in [
        ("NO_PROXY", "127.0.0.1"),
        ("no_proxy", &with_port),
        ("NO_PROXY", "*"),
    ] {
        let program = site.program(&server, &[("HTTPS_PROXY", &url), exceptions]);
        assert_eq!(program.browser().log_in("c").status, 200, "{exceptions:?}");
        assert!(!program.log().contains("proxy"), "{}", program.log());
    }
    let dotenv = format!("HTTPS_PROXY='{url}'\nNO_PROXY='127.0.0.1'\n");
    let (program, _folder) = site.program_with_file(&server, &[], &dotenv);
    assert_eq!(program.browser().log_in("c").status, 200);
    assert_eq!(site.server.requests().len(), 4);
    assert_eq!(proxy.seen().connections, 0, "the proxy was asked");
}

#[test]
fn an_exception_for_another_host_or_port_changes_nothing() {
    let site = Site::good();
    let exceptions = "127.0.0.2,127.0.0.1:1,th.example,auth.example:1";
    let proxy = Proxy::open(site.server.address);
    let settings = [("HTTPS_PROXY", &*proxy.url()), ("NO_PROXY", exceptions)];
    for auth_url in [AUTH_URL, &site.server.url()] {
        let program = site.program(auth_url, &settings);
        assert_eq!(program.browser().log_in("c").status, 200, "{auth_url}");
    }
    assert_eq!(proxy.seen().connections, 2);
}

/// Windows has one variable for both spellings.
#[cfg(not(windows))]
#[test]
fn the_exceptions_in_lower_case_go_before_those_in_upper_case() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let url = proxy.url();
    let settings = [
        ("ALL_PROXY", &*url),
        ("no_proxy", "x.example"),
        ("NO_PROXY", "*"),
    ];
    let program = site.program(&site.server.url(), &settings);
    assert_eq!(program.browser().log_in("c").status, 200);
    assert_eq!(proxy.seen().connections, 1);
}

#[test]
fn the_variable_for_plain_http_counts_for_nothing() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let program = site.program(&site.server.url(), &[("HTTP_PROXY", &proxy.url())]);
    assert_eq!(program.browser().log_in("c").status, 200);
    assert_eq!(proxy.seen().connections, 0);
}

#[test]
fn plain_http_never_goes_through_a_proxy() {
    let server = StandIn::good();
    let proxy = Proxy::open(server.address);
    let url = proxy.url();
    let settings = [
        ("HTTPS_PROXY", &*url),
        ("ALL_PROXY", &url),
        ("HTTP_PROXY", &url),
    ];
    let program = Program::with(&server.url(), &settings);
    assert_eq!(program.browser().log_in("c").status, 200);
    assert_eq!(server.requests().len(), 1);
    assert!(!program.log().contains("proxy"), "{}", program.log());

    let sandbox = Program::start(&settings);
    let page = sandbox.browser().log_in("no-such-code");
    // It is the sandbox's own answer, so the exchange took place.
    assert_eq!(page.title(), "The code was not accepted – een-login");
    assert!(!sandbox.log().contains("proxy"), "{}", sandbox.log());
    assert_eq!(proxy.seen().connections, 0, "the proxy was asked");
}

#[test]
fn a_value_that_is_not_used_is_not_looked_at() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let later = [("HTTPS_PROXY", &*proxy.url()), ("ALL_PROXY", WRONG)];
    let program = site.program(AUTH_URL, &later);
    assert_eq!(program.browser().log_in("c").status, 200);

    let excepted = [("HTTPS_PROXY", WRONG), ("NO_PROXY", "127.0.0.1")];
    let program = site.program(&site.server.url(), &excepted);
    assert_eq!(program.browser().log_in("c").status, 200);

    let server = StandIn::good();
    let program = Program::with(&server.url(), &[("HTTPS_PROXY", WRONG)]);
    assert_eq!(program.browser().log_in("c").status, 200);

    let sandbox = Program::start(&[("HTTPS_PROXY", WRONG)]);
    assert_eq!(sandbox.get("/").status, 200);
}

#[test]
fn a_wrong_value_ends_the_start_with_a_line_that_names_the_variable_and_not_the_value() {
    let values = [
        WRONG,
        "https://somebody:hunter2@proxy.example:1080",
        "http://somebody:hunter2@proxy.example:1080/path",
        "http://somebody:hunter2/@proxy.example:1080",
        "http://somebody:hunter2@proxy.example:no",
    ];
    let credentials = [("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", CLIENT_SECRET)];
    let check = |name: &str, value: &str, settings: &[(&str, &str)], dotenv: Option<&str>| {
        let (code, stdout, stderr) = run(settings, dotenv);
        assert_eq!(code, Some(1), "{value}: {stderr}");
        assert_eq!(stdout, "");
        assert_eq!(stderr.lines().count(), 1, "{value}: {stderr}");
        let start = format!("een-login: {name} ");
        assert!(stderr.starts_with(&start), "{value}: {stderr}");
        for part in ["somebody", "hunter2", "proxy.example", "1080", "socks5"] {
            assert!(!stderr.contains(part), "{value}: {stderr}");
        }
    };
    for value in values {
        let settings = [&credentials[..], &[("ALL_PROXY", value)]].concat();
        check("ALL_PROXY", value, &settings, None);
    }
    let dotenv = format!("HTTPS_PROXY='{WRONG}'\n");
    check("HTTPS_PROXY", WRONG, &credentials, Some(&dotenv));
}

#[test]
fn the_log_names_the_proxy_at_the_start_without_its_credentials() {
    let site = Site::good();
    let value = "http://somebody:hunter2@Proxy.Example:3128";
    let program = site.program(AUTH_URL, &[("HTTPS_PROXY", value)]);
    let log = program.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("proxy")).collect();
    let [line] = lines[..] else {
        panic!("not one line on the proxy: {log}");
    };
    assert!(line.ends_with(" proxy.example:3128"), "{line}");
    assert!(log.lines().last().unwrap().contains("Running on"), "{log}");
    assert!(
        !log.contains("somebody") && !log.contains("hunter2"),
        "{log}"
    );
}
