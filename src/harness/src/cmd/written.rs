//! Reports in files: what `--write FORM=FILE` asks for, of any board of forms.

use anyhow::Result;

use crate::form::Form;
use crate::print::{print, print_bytes};
use crate::stop::{Stop, unwritable};
use crate::suite::unknown_name;

/// Checks what is asked for before anything long is done.
///
/// # Errors
/// A form is unknown, or a file missing.
pub(super) fn check<R, Page>(forms: &[Form<R, Page>], asked: &[String]) -> Result<(), Stop> {
    asked.iter().try_for_each(|given| read(forms, given).map(drop))
}

/// Writes the files; prints `usual` unless one of them is the terminal.
///
/// # Errors
/// A form is unknown, or a file cannot be written.
pub(super) fn tell<R, Page: AsRef<[u8]>>(
    forms: &[Form<R, Page>],
    asked: &[String],
    report: &R,
    usual: impl FnOnce() -> String,
) -> Result<()> {
    if !write(forms, asked, report)? {
        print(&usual())?;
    }
    Ok(())
}

/// Writes the files; whether one of them is the terminal.
///
/// # Errors
/// As [`tell`].
pub(super) fn write<R, Page: AsRef<[u8]>>(
    forms: &[Form<R, Page>],
    asked: &[String],
    report: &R,
) -> Result<bool> {
    let mut shown = false;
    for given in asked {
        let (form, file) = read(forms, given)?;
        let page = (form.write)(report)?;
        if file == "-" {
            match str::from_utf8(page.as_ref()) {
                Ok(text) => print(text)?,
                Err(_) => print_bytes(page.as_ref())?,
            }
            shown = true;
        } else {
            std::fs::write(file, page.as_ref()).map_err(|error| unwritable(file.as_ref(), &error))?;
        }
    }
    Ok(shown)
}

/// The form and the file of `FORM=FILE`.
fn read<'f, 'g, R, Page>(
    forms: &'f [Form<R, Page>],
    given: &'g str,
) -> Result<(&'f Form<R, Page>, &'g str), Stop> {
    let names: Vec<&str> = forms.iter().map(|form| form.name).collect();
    let (name, file) = given.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or_else(|| {
        let example = names.iter().find(|name| **name != "text").unwrap_or(&"text");
        Stop::usage(format!(
            "`--write {given}` names no file\nhelp: write for example `--write {example}=FILE`"
        ))
    })?;
    let known = forms.iter().find(|form| form.name == name);
    let unknown = || Stop::usage(unknown_name("form", name, &names).to_string());
    Ok((known.ok_or_else(unknown)?, file))
}
