use super::*;

#[test]
fn a_proxy_is_read_with_its_credentials() {
    let table = [
        // text, address, credentials
        ("http://proxy.example:3128", "proxy.example:3128", None),
        ("http://proxy.example:3128/", "proxy.example:3128", None),
        ("HTTP://Proxy.Example", "proxy.example:80", None),
        ("proxy.example", "proxy.example:80", None),
        ("localhost:3128", "localhost:3128", None),
        ("127.0.0.1:1", "127.0.0.1:1", None),
        ("[::1]:3128", "[::1]:3128", None),
        ("http://u:p@h", "h:80", Some("u:p")),
        ("u:p@h:1", "h:1", Some("u:p")),
        ("http://u@h", "h:80", Some("u:")),
        ("http://u%40x:p%3A%2F%40%25@h", "h:80", Some("u@x:p:/@%")),
        ("http://%C3%BC:%C3%9F@h", "h:80", Some("ü:ß")),
    ];
    for (text, address, credentials) in table {
        let proxy = Proxy::parse(text).expect(text);
        assert_eq!(proxy.to_string(), address, "{text}");
        let value = proxy.authorization.as_ref().map(Secret::expose);
        let expected = credentials.map(|text| format!("Basic {}", BASE64_STANDARD.encode(text)));
        assert_eq!(value, expected.as_deref(), "{text}");
    }
}

#[test]
fn what_names_no_http_proxy_is_refused() {
    let table = [
        ("https://h:1", ProxyUrlError::Scheme),
        ("socks5://h:1", ProxyUrlError::Scheme),
        ("://h", ProxyUrlError::Scheme),
        ("http://", ProxyUrlError::Url),
        ("http://h:x", ProxyUrlError::Url),
        ("http://h:0", ProxyUrlError::Url),
        ("http://h:99999", ProxyUrlError::Url),
        ("http:h:1", ProxyUrlError::Url),
        (" http://h", ProxyUrlError::Url),
        ("http://h\n", ProxyUrlError::Url),
        ("http://u:p x@h", ProxyUrlError::Url),
        ("http://h/path", ProxyUrlError::Path),
        ("http://h?q", ProxyUrlError::Path),
        ("http://h#f", ProxyUrlError::Path),
        ("http://u:1/2@h:3128", ProxyUrlError::Path),
        ("http://u:1\\2@h:3128", ProxyUrlError::Path),
        ("http://u%3Ax:p@h", ProxyUrlError::User),
    ];
    for (text, error) in table {
        assert_eq!(Proxy::parse(text).err(), Some(error), "{text}");
        assert!(error.to_string().starts_with("has "), "{error}");
    }
}

#[test]
fn a_proxy_does_not_print_its_credentials() {
    let proxy = Proxy::parse("http://user:password@h").expect("a proxy");
    let printed = format!("{proxy} {proxy:?}");
    assert!(!printed.contains("password"), "{printed}");
    assert!(!printed.contains("dXNlcjpwYXNzd29yZA"), "{printed}");
}

#[test]
fn a_head_is_parsed_up_to_the_tunnel() {
    let head = "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n";
    let table = [
        (head.to_owned(), Ok(Some((head.len(), 200)))),
        (format!("{head}tunnel"), Ok(Some((head.len(), 200)))),
        ("HTTP/1.0 407 x\n\n".to_owned(), Ok(Some((16, 407)))),
        ("HTTP/1.1 200".to_owned(), Ok(None)),
        ("H".to_owned(), Ok(None)),
        ("SSH-2.0".to_owned(), Err(())),
        ("HTTP/2 200\r\n\r\n".to_owned(), Err(())),
        ("HTTP/1.1 099 x\r\n\r\n".to_owned(), Err(())),
    ];
    for (head, expected) in table {
        let parsed = parse_head(head.as_bytes());
        let shown = parsed.map(|head| head.map(|(end, status)| (end, status.as_u16())));
        assert_eq!(shown.map_err(|_| ()), expected, "{head}");
    }
}
