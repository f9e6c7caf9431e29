//! Finds the interpreters of this machine, and what of it a program must see to run.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{User, geteuid};

use crate::error::TaskError;
use crate::language::Language;

/// What runs programs here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runtime {
    Python,
    Node,
    Java,
}

impl Runtime {
    /// None: programs in this language are not run.
    fn of(language: Language) -> Option<Self> {
        match language {
            Language::Python => Some(Self::Python),
            Language::JavaScript => Some(Self::Node),
            Language::Java => Some(Self::Java),
            _ => None,
        }
    }
}

/// An interpreter, by the paths that programs see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interpreter {
    /// What it runs.
    pub runtime: Runtime,
    /// The executable, absolute.
    pub path: String,
    /// Java: the compiler beside it.
    pub compiler: Option<String>,
    /// Host paths that it needs to read.
    pub visible: Vec<PathBuf>,
}

/// Libraries and data that any executable may need, where the machine has them.
const COMMON: &[&str] = &[
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/nix/store",
    "/gnu/store",
];

/// How the lines begin in which an interpreter names what it has loaded.
const MAPPED: &str = "mapped ";

/// What an interpreter says of itself, a line each: its path, then paths that it needs. Python's first two are its prefixes.
const ASK_PYTHON: &str = "\
import os, sys
print(sys.executable)
print(sys.prefix, sys.base_prefix, *sys.path, sep='\\n')
for line in open('/proc/self/maps'):
    if '/' in line: print('mapped ' + line[line.index('/'):].rstrip())
";
const ASK_NODE: &str = "\
console.log(process.execPath);
for (const line of require('fs').readFileSync('/proc/self/maps', 'utf8').split('\\n'))
  if (line.includes('/')) console.log('mapped ' + line.slice(line.indexOf('/')));
";

/// Finds the interpreter of a language. `public`: only one that every user of the machine may run.
///
/// Refused: languages that this sandbox does not run. Missing: an interpreter that is absent or does not answer.
pub(super) fn find(language: Language, public: bool) -> Result<Interpreter, TaskError> {
    find_on(&env::var_os("PATH").unwrap_or_default(), language, public)
}

fn find_on(path: &OsStr, language: Language, public: bool) -> Result<Interpreter, TaskError> {
    let Some(runtime) = Runtime::of(language) else {
        let name = language.name();
        return Err(TaskError::refused(
            format!("programs in `{name}` cannot be run: expected `java`, `javascript` or `python`"),
            "leave scorers that need verdicts out of this task",
        ));
    };
    let (name, package) = match runtime {
        Runtime::Python => ("python3", "Python 3"),
        Runtime::Node => ("node", "Node.js"),
        Runtime::Java => ("java", "a Java development kit, 17 or newer"),
    };
    let mut problem = format!("`{name}` was not found on the search path");
    for candidate in env::split_paths(path).map(|folder| folder.join(name)).filter(|path| is_executable(path))
    {
        match ask(runtime, &candidate) {
            Ok(found) if !public || found.is_public() => return Ok(found),
            Ok(found) => problem = format!("`{}` cannot be run by an unprivileged user", found.path),
            Err(error) => problem = error,
        }
    }
    Err(TaskError::missing(
        format!("{problem}: expected it to run generated programs"),
        &format!("install {package}"),
    ))
}

impl Interpreter {
    fn is_public(&self) -> bool {
        let others =
            |path: &Path| fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o001 != 0);
        fs::canonicalize(&self.path).is_ok_and(|path| path.ancestors().all(others))
    }
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

fn ask(runtime: Runtime, candidate: &Path) -> Result<Interpreter, String> {
    match runtime {
        Runtime::Java => ask_java(candidate),
        Runtime::Python => ask_script(runtime, candidate, &["-I", "-c", ASK_PYTHON]),
        Runtime::Node => ask_script(runtime, candidate, &["-e", ASK_NODE]),
    }
}

fn run(candidate: &Path, arguments: &[&str]) -> Result<std::process::Output, String> {
    let output = Command::new(candidate).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("`{}` does not start: {error}", candidate.display()))?;
    if !output.status.success() {
        return Err(format!("`{}` does not run: {}", candidate.display(), output.status));
    }
    Ok(output)
}

fn ask_script(runtime: Runtime, candidate: &Path, arguments: &[&str]) -> Result<Interpreter, String> {
    let output = run(candidate, arguments)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let path = lines.next().filter(|path| path.starts_with('/'));
    let path = path.ok_or_else(|| format!("`{}` does not say what it is", candidate.display()))?;
    let executable = fs::canonicalize(path).map_err(|error| format!("`{path}`: {error}"))?;
    let mut visible = links(Path::new(path));
    let (mapped, named): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with(MAPPED));
    let (prefixes, searched) = named.split_at(named.len().min(2));
    // Not a prefix as a whole: a project may be one, with all that it keeps.
    for prefix in prefixes {
        visible.extend(["lib", "lib64", "lib32", "pyvenv.cfg"].map(|name| Path::new(prefix).join(name)));
    }
    // Not what a `.pth` file names elsewhere, such as a project that is installed for editing.
    let own = |path: &Path| prefixes.iter().any(|prefix| path.starts_with(prefix));
    visible.extend(searched.iter().map(PathBuf::from).filter(|path| own(path)));
    for library in mapped.iter().filter_map(|line| line.strip_prefix(MAPPED)).map(PathBuf::from) {
        match library.parent() {
            _ if library == executable => {}
            // Libraries that it loads later lie beside those that it has loaded.
            Some(folder) if own(folder) || !is_private(folder) => visible.push(folder.to_owned()),
            _ => visible.push(library),
        }
    }
    Ok(Interpreter { runtime, path: path.to_owned(), compiler: None, visible: narrow(visible) })
}

fn ask_java(candidate: &Path) -> Result<Interpreter, String> {
    let output = run(candidate, &["-XshowSettings:properties", "-version"])?;
    let text = String::from_utf8_lossy(&output.stderr);
    let home = text.lines().find_map(|line| line.trim().strip_prefix("java.home = "));
    let home = home.ok_or_else(|| format!("`{}` does not say where it is", candidate.display()))?;
    let home = Path::new(home);
    let compiler = home.join("bin/javac");
    if !compiler.is_file() {
        return Err(format!("`{}` has no compiler: `{}` is absent", candidate.display(), compiler.display()));
    }
    let mut visible = vec![home.to_owned()];
    // Some systems keep its settings elsewhere, behind links.
    for settings in
        ["conf/security/java.security", "conf/net.properties", "lib/jvm.cfg", "lib/security/cacerts"]
    {
        let real = fs::canonicalize(home.join(settings)).ok();
        visible.extend(real.as_deref().and_then(Path::parent).map(Path::to_owned));
    }
    let path = home.join("bin/java").to_string_lossy().into_owned();
    let compiler = Some(compiler.to_string_lossy().into_owned());
    Ok(Interpreter { runtime: Runtime::Java, path, compiler, visible: narrow(visible) })
}

/// What every program may see.
pub(super) fn common() -> Vec<PathBuf> {
    narrow(Vec::new())
}

/// A path and every path that its links lead over.
fn links(path: &Path) -> Vec<PathBuf> {
    let mut chain = vec![path.to_owned()];
    let mut at = path.to_owned();
    while let Ok(target) = fs::read_link(&at) {
        at = at.parent().unwrap_or(Path::new("/")).join(target);
        chain.push(at.clone());
        // As many as the kernel follows.
        if chain.len() > 40 {
            break;
        }
    }
    chain
}

/// Whether a path lies in the home of whoever runs this.
fn is_private(path: &Path) -> bool {
    homes().iter().any(|home| path.starts_with(home))
}

/// The homes of this user, as the environment and the list of users have them.
fn homes() -> Vec<PathBuf> {
    let listed = User::from_uid(geteuid()).ok().flatten().map(|user| user.dir);
    let named = env::var_os("HOME").map(PathBuf::from);
    named.into_iter().chain(listed).filter(|home| home.is_absolute() && home != Path::new("/")).collect()
}

/// The paths that exist, with the common ones, without folders that hold far more than an interpreter, and
/// without what lies inside another.
fn narrow(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let homes = homes();
    let too_wide = |path: &Path| {
        homes.iter().any(|home| home.starts_with(path))
            || path == Path::new("/")
            || ["/usr", "/usr/local", "/usr/bin", "/opt", "/tmp", "/var", "/etc", "/bin"]
                .iter()
                .any(|wide| path == Path::new(wide))
    };
    let paths: BTreeSet<PathBuf> = COMMON
        .iter()
        .map(PathBuf::from)
        .chain(paths.into_iter().filter(|path| !too_wide(path)))
        .filter(|path| path.is_absolute() && path.exists())
        .collect();
    let inside = |path: &Path| path.ancestors().skip(1).any(|above| paths.contains(above));
    paths.iter().filter(|path| !inside(path)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::TaskErrorKind;

    #[test]
    fn wide_folders_and_inner_ones_are_left_out() {
        let paths = ["/usr", "/usr/lib", "/usr/lib/python3", "relative", "/absent/folder"].map(PathBuf::from);
        let narrowed = narrow(paths.to_vec());
        assert!(narrowed.contains(&PathBuf::from("/usr/lib")), "{narrowed:?}");
        for path in ["/usr", "/usr/lib/python3", "relative", "/absent/folder"] {
            assert!(!narrowed.contains(&PathBuf::from(path)), "{path}");
        }
        assert_eq!(narrow(env::var_os("HOME").map(PathBuf::from).into_iter().collect()), common());
    }

    #[test]
    fn an_absent_interpreter_is_named_with_what_to_install() {
        let empty = tempfile::tempdir().unwrap();
        let find = || {
            let error = find_on(empty.path().as_os_str(), Language::Python, false).unwrap_err();
            assert_eq!(error.kind(), TaskErrorKind::MissingResource);
            error.to_string()
        };
        let error = find();
        assert!(
            error.contains("`python3` was not found") && error.contains("\nhelp: install Python 3"),
            "{error}"
        );
        let broken = empty.path().join("python3");
        fs::write(&broken, "#!/bin/sh\nexit 3\n").unwrap();
        assert!(find().contains("was not found"), "not executable");
        fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(find().contains("does not run: exit status: 3"), "{}", find());
    }

    #[test]
    fn of_a_python_its_libraries_are_shown_and_no_project() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("project");
        let (prefix, elsewhere) = (project.join("venv"), folder.path().join("elsewhere"));
        let packages = prefix.join("lib/python3/site-packages");
        fs::create_dir_all(&packages).unwrap();
        fs::create_dir_all(&elsewhere).unwrap();
        fs::write(prefix.join("pyvenv.cfg"), "").unwrap();
        fs::write(project.join(".env"), "").unwrap();
        let fake = folder.path().join("python3");
        let lines =
            [&fake, &prefix, &prefix, &packages, &project, &elsewhere].map(|path| path.display().to_string());
        fs::write(&fake, format!("#!/bin/sh\nprintf '%s\\n' {}\n", lines.join(" "))).unwrap();
        fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
        let found = find_on(folder.path().as_os_str(), Language::Python, false).unwrap();
        let shown = |path: &Path| found.visible.iter().any(|visible| path.starts_with(visible));
        for path in [&packages, &prefix.join("pyvenv.cfg"), &fake] {
            assert!(shown(path), "{}: {:?}", path.display(), found.visible);
        }
        for path in [&project, &project.join(".env"), &elsewhere, &prefix] {
            assert!(!shown(path), "{}: {:?}", path.display(), found.visible);
        }
    }

    #[test]
    fn a_language_that_is_not_run_is_refused() {
        let error = find(Language::Ruby, false).unwrap_err();
        assert_eq!(error.kind(), TaskErrorKind::BadInput);
        let error = error.to_string();
        assert!(error.contains("`ruby` cannot be run") && error.contains("\nhelp: "), "{error}");
    }
}
