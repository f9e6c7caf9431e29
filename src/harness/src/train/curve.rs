//! The learning curve: a row for every step, and for every time that the exits were measured.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use harness_protocol::reply::Accuracy;
use harness_text::printable::Shown;

/// The file's name, in the work folder and beside the model.
pub(crate) const CURVE: &str = "curve.csv";

const HEAD: &str = "step,tokens,exit,loss,held_out_loss,accuracy,agreement";

/// A curve that is being written.
pub(super) struct Curve {
    path: PathBuf,
    file: BufWriter<File>,
    /// What an earlier call wrote of later steps, which are done again, was removed.
    cut: bool,
}

impl Curve {
    /// Goes on with the curve in `work`, or begins one.
    pub(super) fn open(work: &Path) -> Result<Self> {
        let path = work.join(CURVE);
        if !path.is_file() {
            fs::write(&path, format!("{HEAD}\n")).with_context(|| unwritable(&path))?;
        }
        Ok(Self { file: append(&path)?, path, cut: false })
    }

    /// A row for the weighted loss, and one for each exit that the step took.
    pub(super) fn step(&mut self, step: u64, tokens: u64, loss: f64, per_exit: &[(u32, f64)]) -> Result<()> {
        self.cut_from(step)?;
        let mut rows = format!("{step},{tokens},,{loss:.5},,,\n");
        for (exit, loss) in per_exit {
            let _ = writeln!(rows, "{step},{tokens},{exit},{loss:.5},,,");
        }
        self.add(&rows)
    }

    /// A row for each exit that was measured on held-out documents.
    pub(super) fn measured(&mut self, step: u64, tokens: u64, accuracy: &Accuracy) -> Result<()> {
        self.cut_from(step + 1)?;
        let mut rows = String::new();
        for (index, (exit, right)) in accuracy.per_exit.iter().enumerate() {
            let value = |list: &[(u32, f64)]| {
                list.get(index).map_or(String::new(), |(_, value)| format!("{value:.5}"))
            };
            let (loss, agreement) = (value(&accuracy.loss), value(&accuracy.agreement));
            let _ = writeln!(rows, "{step},{tokens},{exit},,{loss},{right:.5},{agreement}");
        }
        self.add(&rows)
    }

    /// Writes what is buffered.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.file.flush().with_context(|| unwritable(&self.path))
    }

    fn add(&mut self, rows: &str) -> Result<()> {
        self.file.write_all(rows.as_bytes()).with_context(|| unwritable(&self.path))
    }

    /// A killed training has written rows of steps that its checkpoint does not know: they come again.
    fn cut_from(&mut self, step: u64) -> Result<()> {
        if self.cut {
            return Ok(());
        }
        self.cut = true;
        let text =
            fs::read_to_string(&self.path).with_context(|| format!("cannot read `{}`", self.path.shown()))?;
        let before = |line: &&str| {
            line.split(',').next().is_none_or(|first| first.parse::<u64>().is_ok_and(|done| done < step))
        };
        let kept: Vec<&str> = text.lines().skip(1).filter(before).collect();
        let text = [&[HEAD], kept.as_slice()].concat().join("\n") + "\n";
        fs::write(&self.path, text).with_context(|| unwritable(&self.path))?;
        self.file = append(&self.path)?;
        Ok(())
    }
}

fn append(path: &Path) -> Result<BufWriter<File>> {
    let file = File::options().append(true).open(path).with_context(|| unwritable(path))?;
    Ok(BufWriter::new(file))
}

fn unwritable(path: &Path) -> String {
    format!("cannot write `{}`", path.shown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resumed_training_writes_no_step_twice() {
        let work = tempfile::tempdir().unwrap();
        let steps = |range: std::ops::RangeInclusive<u64>| {
            let mut curve = Curve::open(work.path()).unwrap();
            for step in range {
                curve.step(step, 10 * step, 2.0, &[(1, 2.5), (2, 1.5)]).unwrap();
            }
            curve
        };
        let accuracy = Accuracy {
            name: "held-out".to_owned(),
            tokens: 9,
            per_exit: vec![(1, 0.25), (2, 0.5)],
            agreement: vec![(1, 0.4), (2, 1.0)],
            loss: vec![(1, 2.0), (2, 1.0)],
        };
        let mut curve = steps(1..=4);
        curve.measured(4, 40, &accuracy).unwrap();
        drop(curve);
        drop(steps(3..=4));
        let text = fs::read_to_string(work.path().join(CURVE)).unwrap();
        assert_eq!(text.lines().count(), 1 + 4 * 3, "{text}");
        let mut curve = Curve::open(work.path()).unwrap();
        curve.measured(4, 40, &accuracy).unwrap();
        curve.flush().unwrap();
        let text = fs::read_to_string(work.path().join(CURVE)).unwrap();
        assert!(
            text.ends_with("4,40,1,,2.00000,0.25000,0.40000\n4,40,2,,1.00000,0.50000,1.00000\n"),
            "{text}"
        );
    }
}
