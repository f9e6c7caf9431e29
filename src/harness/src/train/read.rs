//! From a path to a checked training file.

use std::path::Path;

use anyhow::Result;
use harness_text::printable::Shown;
use harness_text::regular;

use super::check::check;
use super::file::TrainFile;
use crate::stop::Stop;

impl TrainFile {
    /// Reads and checks a training file; its paths become absolute.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let name = path.shown();
        let text = regular::read_text(path, regular::WRITTEN)
            .map_err(|error| Stop::usage(format!("cannot read `{name}`: {error}\nhelp: name a training file, such as suites/train/mini_code.toml")))?;
        let mut file: Self = toml::from_str(&text).map_err(|error| {
            Stop::usage(format!("`{name}`: {error}help: suites/README.md lists the keys of training files"))
        })?;
        check(&file)
            .map_err(|message| Stop::usage(format!("`{name}`: {message}\nhelp: see suites/README.md")))?;
        let folder = std::path::absolute(path)?.parent().map(Path::to_path_buf).unwrap_or_default();
        for path in [&mut file.out, &mut file.work, &mut file.corpus.path] {
            *path = folder.join(&*path);
        }
        for path in
            [file.start.as_mut().and_then(|start| start.path.as_mut()), file.meter.replay.path.as_mut()]
        {
            path.into_iter().for_each(|path| *path = folder.join(&*path));
        }
        file.meter.device = Some(file.steps.device);
        file.text = text;
        Ok(file)
    }
}
