//! Loads a `.env` file into the environment.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Loads the `.env` of the working directory or of the nearest parent directory that has one, and
/// returns its path. Variables that are set already win.
///
/// # Errors
///
/// If the file cannot be read or parsed. The message has its path and, where it is known, the number of
/// the line, but never the line itself: it may hold the client secret.
pub fn load() -> Result<Option<PathBuf>, String> {
    let Some(path) = find() else {
        return Ok(None);
    };
    let file = path.display();
    match fs::read(&path) {
        // A variable cannot hold a NUL: `set_var`, by which dotenvy sets it, panics.
        Ok(bytes) if bytes.contains(&0) => {
            return Err(format!("{file} is not text; save it as UTF-8"));
        }
        Ok(_) => {}
        Err(error) => return Err(format!("{file} cannot be read: {error}")),
    }
    match dotenvy::dotenv() {
        Ok(path) => Ok(Some(path)),
        Err(dotenvy::Error::LineParse(line, _)) => {
            let number = line_number(&path, &line);
            Err(format!(
                "{file}: line {number} cannot be parsed; write NAME='value', with the value in single quotes"
            ))
        }
        Err(error) => Err(format!("{file} cannot be read: {error}; save it as UTF-8")),
    }
}

/// The file that dotenvy loads: it passes over folders and pipes.
fn find() -> Option<PathBuf> {
    let directory = env::current_dir().ok()?;
    let mut candidates = directory.ancestors().map(|ancestor| ancestor.join(".env"));
    candidates.find(|path| path.is_file())
}

/// The number of the first line that is the one that dotenvy reports, or the first of its lines.
fn line_number(path: &Path, reported: &str) -> usize {
    let text = fs::read_to_string(path).unwrap_or_default();
    let first = reported.lines().next();
    let position = text.lines().position(|line| Some(line) == first);
    position.unwrap_or_default() + 1
}
