//! When a token expires: in words and as a time.

use std::time::{Duration, SystemTime};

use actix_web::http::header::HttpDate;

/// The first second of the year 10000, which dates cannot have.
const YEAR_10000: u64 = 253_402_300_800;

/// When a token expires.
pub struct Expiry {
    /// How long it is good, such as `12 hours`.
    pub words: String,
    /// The time, in UTC.
    pub time: String,
    /// The same in seconds since 1970.
    pub seconds_since_1970: u64,
}

impl Expiry {
    /// When a token expires that is good for some seconds from `now` on; `None` where that is no date.
    pub fn new(seconds: u64, now: SystemTime) -> Option<Self> {
        let time = now.checked_add(Duration::from_secs(seconds))?;
        let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let seconds_since_1970 = since_1970.as_secs();
        if seconds_since_1970 >= YEAR_10000 {
            return None;
        }
        Some(Self {
            words: in_words(seconds),
            time: HttpDate::from(time).to_string(),
            seconds_since_1970,
        })
    }
}

/// A duration in the largest unit of which it has at least two, rounded.
fn in_words(seconds: u64) -> String {
    let (unit, name) = match seconds {
        1 => return "1 second".to_owned(),
        0..120 => (1, "seconds"),
        120..7_200 => (60, "minutes"),
        7_200..172_800 => (3_600, "hours"),
        _ => (86_400, "days"),
    };
    let count = seconds.saturating_add(unit / 2) / unit;
    format!("{count} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_its_largest_unit() {
        let table = [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "60 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (3_599, "60 minutes"),
            (7_199, "120 minutes"),
            (7_200, "2 hours"),
            (43_198, "12 hours"),
            (43_200, "12 hours"),
            (172_799, "48 hours"),
            (172_800, "2 days"),
            (604_800, "7 days"),
        ];
        for (seconds, words) in table {
            assert_eq!(in_words(seconds), words);
        }
    }

    #[test]
    fn the_time_is_a_date_up_to_the_year_9999() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let expiry = Expiry::new(60, now).expect("a date");
        assert_eq!(expiry.time, "Sun, 06 Nov 1994 08:50:37 GMT");
        assert_eq!(expiry.seconds_since_1970, 784_111_837);
        let last = YEAR_10000 - 1 - 784_111_777;
        assert!(Expiry::new(last, now).is_some());
        for seconds in [last + 1, 9_999_999_999_999, u64::MAX] {
            assert!(Expiry::new(seconds, now).is_none(), "{seconds}");
        }
    }
}
