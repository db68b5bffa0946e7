//! The `.env` file: found and read without a word of it in an error, since it holds the secret.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::visible::escape_invisible;

/// A `.env` file that was read.
pub struct DotEnv {
    /// Where it was found.
    pub path: PathBuf,
    values: HashMap<String, String>,
}

impl DotEnv {
    /// Reads the `.env` in `folder`, or in the nearest folder above; `None` where there is none.
    ///
    /// Only a regular file counts: some tools make a folder of this name, and a pipe could keep the
    /// start waiting for ever.
    ///
    /// # Errors
    ///
    /// When the file, or a line of it, cannot be read.
    pub fn find(folder: &Path) -> Result<Option<Self>, DotEnvError> {
        for path in folder.ancestors().map(|folder| folder.join(".env")) {
            let is_file = match fs::metadata(&path) {
                Ok(metadata) => metadata.is_file(),
                Err(error) if is_absent(&error) => false,
                Err(error) => return Err(DotEnvError::File { path, error }),
            };
            if is_file {
                return Self::read(path).map(Some);
            }
        }
        Ok(None)
    }

    /// The value of a name, where the file sets it and it is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn read(path: PathBuf) -> Result<Self, DotEnvError> {
        match fs::read(&path) {
            Ok(bytes) => match parse(&bytes) {
                Ok(values) => Ok(Self { path, values }),
                Err(lines) => Err(DotEnvError::Lines { path, lines }),
            },
            Err(error) => Err(DotEnvError::File { path, error }),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    let kind = error.kind();
    kind == io::ErrorKind::NotFound || kind == io::ErrorKind::NotADirectory
}

/// Why a `.env` file cannot be used: a line for each reason when printed.
#[derive(Debug)]
pub enum DotEnvError {
    /// The file cannot be read.
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// Lines of it cannot be read.
    Lines {
        /// Which file.
        path: PathBuf,
        /// Their numbers, from 1.
        lines: Vec<usize>,
    },
}

impl fmt::Display for DotEnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => {
                let file = on_one_line(path);
                write!(
                    f,
                    "{file} cannot be read: {error}; make it readable or delete it"
                )
            }
            Self::Lines { path, lines } => {
                let file = on_one_line(path);
                let correction = "write NAME='value' in UTF-8, with the value in single quotes";
                let messages = lines
                    .iter()
                    .map(|line| format!("{file}, line {line} cannot be read; {correction}"));
                f.write_str(&messages.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

impl std::error::Error for DotEnvError {}

/// A path as it stands in a message: each line of one is a reason of its own.
fn on_one_line(path: &Path) -> String {
    escape_invisible(&path.display().to_string()).into_owned()
}

/// Reads all values that are not empty, or the numbers of the lines that cannot be read. The first
/// value of a name counts.
fn parse(bytes: &[u8]) -> Result<HashMap<String, String>, Vec<usize>> {
    // Some editors begin a UTF-8 file with a byte order mark.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lines_read = Cell::new(0);
    let lines = CountedLines {
        rest: text,
        count: &lines_read,
    };
    let mut values = HashMap::new();
    let mut bad_lines = Vec::new();
    for item in dotenvy::from_read_iter(lines) {
        match item {
            Ok((_, value)) if value.is_empty() => {}
            Ok((name, value)) => {
                values.entry(name).or_insert(value);
            }
            Err(dotenvy::Error::LineParse(text, _)) => {
                // A value in quotes can go on over several lines: the first is the one to look for.
                let lines_after_the_first = text.trim_end().matches('\n').count();
                bad_lines.push(lines_read.get() - lines_after_the_first);
            }
            Err(_) => bad_lines.push(lines_read.get()),
        }
    }
    if bad_lines.is_empty() {
        Ok(values)
    } else {
        Err(bad_lines)
    }
}

/// Gives the lines out one at a time and counts them.
///
/// Written by hand, since dotenvy does not say on which line an error was.
struct CountedLines<'a> {
    rest: &'a [u8],
    count: &'a Cell<usize>,
}

impl io::Read for CountedLines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let line_length = end.map_or(self.rest.len(), |end| end + 1);
        let (now, later) = self.rest.split_at(line_length.min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        let is_whole_line = !now.is_empty() && now.len() == line_length;
        if is_whole_line {
            self.count.set(self.count.get() + 1);
        }
        self.rest = later;
        Ok(now.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        let table = [
            ("", None),
            ("# A='x'\n", None),
            ("A='x$y#z'\n", Some("x$y#z")),
            ("A=\"x\"\n", Some("x")),
            ("A=x", Some("x")),
            ("export A=x\n", Some("x")),
            ("\u{feff}A='x'\r\nB='y'\r\n", Some("x")),
            ("A=''\nA='x'\nA='y'\n", Some("x")),
            ("A='x\ny'\n", Some("x\ny")),
        ];
        for (text, expected) in table {
            let values = parse(text.as_bytes()).expect(text);
            assert_eq!(values.get("A").map(String::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_by_its_number() {
        let table: &[(&[u8], &[usize])] = &[
            (b"A=x y\n", &[1]),
            (b"# a comment\n\nA='x'\nB 'y'\n", &[4]),
            (b"A='x'\nB='y\n", &[2]),
            (b"A='x'\nB='y\nz\n", &[2]),
            (b"A='x'\r\nB='\xff'\r\nC='z'\r\n", &[2]),
            (b"'x'\nA='x'\n'y'", &[1, 3]),
        ];
        for (text, lines) in table {
            let bad_lines = parse(text).expect_err("a bad line");
            assert_eq!(bad_lines, *lines, "{}", String::from_utf8_lossy(text));
        }
    }
}
