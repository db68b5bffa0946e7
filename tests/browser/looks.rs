//! What the pages look like: narrow, on paper, in the reader's own colours, light and dark.

use serde_json::json;

use crate::driver::Chromium;
use crate::support::Program;
use crate::with_tokens_of;

/// The contrast between an element's text and what is behind it, as WCAG 2 computes it.
const CONTRAST: &str = r"(() => {
    const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = numbers(colour).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let behind = e;
    while (behind.parentElement && numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const [dark, bright] = [light(getComputedStyle(e).color), light(getComputedStyle(behind).backgroundColor)].sort((a, b) => a - b);
    return [e.textContent.slice(0, 40), (bright + 0.05) / (dark + 0.05)];
})()";

/// Goes from the login page to a refused login, and looks at each page on the way.
async fn walk_to_a_failure(browser: &Chromium, program: &Program, look: &impl AsyncFn(&str)) {
    browser.go(&program.redirect_uri()).await;
    look("login").await;
    browser.leave().await;
    look("sign in").await;
    browser.follow("Refuse").await;
    browser.arrives("refused").await;
    look("failure").await;
}

#[tokio::test]
async fn at_320_px_no_page_scrolls_sideways() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let server = with_tokens_of(4_000);
    let program = Program::start(&[]);
    let other = Program::against(&server.url());
    let metrics = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": true });
    browser
        .devtools("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    let fits = async |page: &str| {
        let widths = browser
            .run("return [innerWidth, document.documentElement.scrollWidth]")
            .await;
        assert_eq!(widths, json!([320, 320]), "{page}");
        // Nor does a box, but for the one that keeps the lines of JSON.
        let script = "return Array.from(document.querySelectorAll('pre:not(.wide)'), e => e.scrollWidth - e.clientWidth)";
        let pixels_beyond = browser.run(script).await;
        let beyond = pixels_beyond.as_array().unwrap();
        assert!(
            beyond.iter().all(|pixels| pixels == 0),
            "{page}: {beyond:?}"
        );
    };
    walk_to_a_failure(&browser, &program, &fits).await;
    browser.go(&format!("{}/x", program.redirect_uri())).await;
    fits("not found").await;
    browser.come_back(&other).await;
    browser.arrives("You are logged in").await;
    fits("tokens").await;
    browser.each("details", "e.open = true").await;
    fits("tokens, unfolded").await;
}

#[tokio::test]
async fn paper_has_whole_boxes_no_buttons_and_the_bars_and_badges() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let server = with_tokens_of(4_000);
    let program = Program::against(&server.url());
    browser.come_back(&program).await;
    browser.arrives("You are logged in").await;
    browser.each("details", "e.open = true").await;
    browser
        .emulate("print", "prefers-color-scheme", "light")
        .await;
    let whole = browser
        .each("pre", "e.scrollHeight <= e.clientHeight + 1")
        .await;
    assert!(whole.iter().all(|whole| whole == true), "{whole:?}");
    let buttons = browser
        .each("button, .actions", "getComputedStyle(e).display")
        .await;
    assert!(
        buttons.iter().all(|display| display == "none"),
        "{buttons:?}"
    );
    for mark in [".eyebrow", ".done"] {
        let adjust = "getComputedStyle(e, '::before').printColorAdjust";
        assert_eq!(browser.each(mark, adjust).await, ["exact"], "{mark}");
    }
}

#[tokio::test]
async fn the_step_bar_stays_where_the_reader_forces_colours() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.emulate("", "forced-colors", "active").await;
    browser.go(&program.redirect_uri()).await;
    let bar = "(s => [s.forcedColorAdjust, new Set(s.backgroundImage.match(/rgba?[^)]*\\)/g)).size])(getComputedStyle(e, \"::before\"))";
    // The step that is done, those to come, and what is between them.
    assert_eq!(browser.each(".eyebrow", bar).await, [json!(["none", 3])]);
    browser.leave().await;
    browser.follow("Refuse").await;
    browser.arrives("refused").await;
    // The step that failed has a colour of its own.
    assert_eq!(browser.each(".eyebrow", bar).await, [json!(["none", 4])]);
    browser.sign_in(&program.redirect_uri()).await;
    // What is transparent otherwise is not a thick frame around the text.
    let frame = "getComputedStyle(e).borderTopColor === getComputedStyle(document.querySelector('main')).backgroundColor";
    let frames = browser.each(".box pre", frame).await;
    assert!(frames.iter().all(|unseen| unseen == true), "{frames:?}");
}

#[tokio::test]
async fn every_text_can_be_read_in_the_light_and_in_the_dark() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    let legible = async |page: &str| {
        let mut backgrounds = Vec::new();
        for scheme in ["light", "dark"] {
            browser.emulate("", "prefers-color-scheme", scheme).await;
            let texts = browser.each("p, li, h1, h2, a, button, pre, code, dd", CONTRAST);
            for found in texts.await {
                let contrast = found[1].as_f64().unwrap();
                assert!(contrast >= 4.5, "{page}, {scheme}: {found}");
            }
            let background = "getComputedStyle(e).backgroundColor";
            backgrounds.extend(browser.each("main", background).await);
        }
        assert_ne!(backgrounds[0], backgrounds[1], "{page}");
    };
    walk_to_a_failure(&browser, &program, &legible).await;
    browser.sign_in(&program.redirect_uri()).await;
    browser.each("details", "e.open = true").await;
    legible("tokens").await;
}
