//! The `.env` file: found and read without a word of it in an error, since it holds the secret.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A `.env` file that was read.
pub struct DotEnv {
    /// Where it was found.
    pub path: PathBuf,
    /// What it sets. An empty value counts as none.
    pub values: HashMap<String, String>,
}

impl DotEnv {
    /// Reads the `.env` in `folder`, or in the nearest folder above; `None` where there is none.
    ///
    /// # Errors
    ///
    /// The file, or the number of each line in it, that cannot be read.
    pub fn find(folder: &Path) -> Result<Option<Self>, Vec<String>> {
        for path in folder.ancestors().map(|folder| folder.join(".env")) {
            match fs::read(&path) {
                Ok(bytes) => return Self::parse(path, &bytes).map(Some),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(vec![format!("{}: {error}", path.display())]),
            }
        }
        Ok(None)
    }

    fn parse(path: PathBuf, bytes: &[u8]) -> Result<Self, Vec<String>> {
        let (mut values, mut problems, read) = (HashMap::new(), Vec::new(), Cell::new(0));
        // Some editors begin a UTF-8 file with a byte order mark.
        let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        for item in dotenvy::from_read_iter(Lines { rest, read: &read }) {
            // A value in quotes can go on over several lines: the first is the one to look for.
            let more = match item {
                Ok((_, value)) if value.is_empty() => continue,
                Ok((name, value)) => {
                    values.entry(name).or_insert(value);
                    continue;
                }
                Err(dotenvy::Error::LineParse(text, _)) => text.trim_end().matches('\n').count(),
                Err(_) => 0,
            };
            let (file, line) = (path.display(), read.get() - more);
            let right = "write NAME='value' in UTF-8, with the value in single quotes";
            problems.push(format!("{file}, line {line} cannot be read; {right}"));
        }
        if problems.is_empty() {
            Ok(Self { path, values })
        } else {
            Err(problems)
        }
    }
}

/// Gives the lines out one by one and counts them: dotenvy does not say where an error was.
struct Lines<'a> {
    rest: &'a [u8],
    read: &'a Cell<usize>,
}

impl io::Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.rest.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(self.rest.len(), |end| end + 1);
        let (now, later) = self.rest.split_at(length.min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        let whole = !now.is_empty() && now.len() == length;
        self.read.set(self.read.get() + usize::from(whole));
        self.rest = later;
        Ok(now.len())
    }
}
