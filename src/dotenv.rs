//! Loads a `.env` file into the environment.

use std::path::PathBuf;
use std::{env, fs};

/// Loads the `.env` of the working directory or of the nearest parent directory that has one, and
/// returns its path. Variables that are set already win.
///
/// # Errors
///
/// If the file cannot be read or parsed. The message contains its path and nothing of the file, which may
/// hold the client secret.
pub fn load() -> Result<Option<PathBuf>, String> {
    let Some(path) = find() else {
        return Ok(None);
    };
    let file = path.display();
    let text = fs::read_to_string(&path).map_err(|error| {
        format!("{file} cannot be read: {error}; make it a readable file in UTF-8")
    })?;
    // UTF-16 can pass as UTF-8 full of NULs; dotenvy panics when it sets such a variable.
    if text.contains('\0') {
        return Err(format!("{file} is not text; save it as UTF-8"));
    }
    // The error of dotenvy contains a part of the line, which may be the secret.
    if dotenvy::from_read(text.as_bytes()).is_err() {
        return Err(format!(
            "{file} cannot be parsed; write each setting as NAME='value', with the value in single \
             quotes"
        ));
    }
    Ok(Some(path))
}

/// The nearest `.env`, as dotenvy finds it: directories and pipes are skipped.
fn find() -> Option<PathBuf> {
    let directory = env::current_dir().ok()?;
    let mut candidates = directory.ancestors().map(|ancestor| ancestor.join(".env"));
    candidates.find(|path| path.is_file())
}
