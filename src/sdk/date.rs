//! A calendar date, for support dates and waivers.

use std::fmt;
use std::str::FromStr;

use super::ReleaseError;
use crate::foreign;

/// A day, from 1970-01-01 to 9999-12-31, written `YYYY-MM-DD`.
///
/// It exists so that ages and deadlines can be computed without a clock: the caller passes in
/// today's date.
///
/// ```
/// use tower_visor::sdk::Date;
///
/// let release: Date = "2026-03-26".parse()?;
/// let today = Date::from_unix_seconds(1_795_392_000);
/// assert_eq!(today.to_string(), "2026-11-23");
/// assert_eq!(today.days_since(release), 242);
/// # Ok::<(), tower_visor::sdk::ReleaseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    const LAST: Self = Self::literal(9999, 12, 31);

    /// For the built-in table only; a test reads the table back through `FromStr`.
    pub(super) const fn literal(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// A day by its numbers.
    ///
    /// # Errors
    /// A year before 1970 or after 9999, and a day that does not exist.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, ReleaseError> {
        let valid = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        if valid {
            Ok(Self { year, month, day })
        } else {
            Err(no_date(&format!("{year:04}-{month:02}-{day:02}")))
        }
    }

    /// The day (UTC) in which a Unix time lies; a time after the year 9999 gives its last day.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        // Howard Hinnant's `civil_from_days`, for days from 1970 on: no negative numbers occur.
        let days = seconds / 86_400 + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        match (u16::try_from(year), u8::try_from(month), u8::try_from(day)) {
            (Ok(year), Ok(month), Ok(day)) => Self { year, month, day }.min(Self::LAST),
            _ => Self::LAST,
        }
    }

    /// Days from `earlier` to this day; negative when this day lies before it.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.number() - earlier.number()
    }

    /// The same day so many months later, or the last day of that month when it is shorter.
    #[must_use]
    pub fn plus_months(self, months: u16) -> Self {
        let count = u32::from(self.year) * 12 + u32::from(self.month - 1) + u32::from(months);
        let Ok(year) = u16::try_from(count / 12) else {
            return Self::LAST;
        };
        if year > 9999 {
            return Self::LAST;
        }
        // A remainder of 12 fits.
        let month = u8::try_from(count % 12 + 1).unwrap_or(12);
        Self {
            year,
            month,
            day: self.day.min(days_in_month(year, month)),
        }
    }

    /// Days since 1970-01-01 (Howard Hinnant's `days_from_civil`).
    fn number(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = i64::from(self.month);
        let shifted = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted + 2) / 5 + i64::from(self.day) - 1;
        let year_of_era = year % 400;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        year / 400 * 146_097 + day_of_era - 719_468
    }
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn no_date(text: &str) -> ReleaseError {
    let text = foreign::word(text);
    ReleaseError(format!(
        "`{text}` is not a date; write it as `2026-11-23`, from 1970 to 9999"
    ))
}

impl FromStr for Date {
    type Err = ReleaseError;

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `"2026-11"`, `"23.11.2026"`, `"2026-2-3"`, `"2026-02-30"`.
    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let wrong = || no_date(text);
        let shape = text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if !shape || text.len() != 10 {
            return Err(wrong());
        }
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        match (year.parse(), month.parse(), day.parse()) {
            (Ok(year), Ok(month), Ok(day)) => Self::new(year, month, day).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Date, "a date such as `2026-11-23`");
}
