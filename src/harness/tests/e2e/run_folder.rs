//! A run folder read back, and what holds for every one however its run ended.

use std::fs;
use std::path::{Path, PathBuf};

use harness::record::{CellRecord, ItemRecord, Phase, SampleRecord, Status, WindowRecord};
use harness::table::read;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// Everything in a run folder.
pub(crate) struct RunFolder {
    pub(crate) path: PathBuf,
    pub(crate) cells: Vec<CellRecord>,
    pub(crate) windows: Vec<WindowRecord>,
    pub(crate) items: Vec<ItemRecord>,
    pub(crate) samples: Vec<SampleRecord>,
    pub(crate) manifest: Json,
    pub(crate) summary: Json,
}

impl RunFolder {
    pub(crate) fn only_one_in(out: &Path) -> Self {
        let folders: Vec<PathBuf> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [folder] = folders.as_slice() else { panic!("expected one run folder, found {folders:?}") };
        Self::read(folder)
    }

    /// Reads it and checks what holds for every run.
    pub(crate) fn read(path: &Path) -> Self {
        let json = |name: &str| serde_json::from_slice(&fs::read(path.join(name)).unwrap()).unwrap();
        let folder = Self {
            path: path.to_owned(),
            cells: read(&path.join("cells.parquet")).unwrap(),
            windows: read(&path.join("windows.parquet")).unwrap(),
            items: read(&path.join("items.parquet")).unwrap(),
            samples: read(&path.join("samples.parquet")).unwrap(),
            manifest: json("manifest.json"),
            summary: json("summary.json"),
        };
        folder.assert_whole();
        folder
    }

    fn assert_whole(&self) {
        assert_eq!(self.manifest["schema"], 2);
        let planned: usize = self.order().iter().map(Vec::len).sum();
        assert_eq!(self.cells.len(), planned, "one row a planned cell");
        for cell in &self.cells {
            assert_eq!(cell.reason.is_none(), cell.status == Status::Ok, "{cell:?}");
            assert_eq!(self.order()[usize::from(cell.block)][usize::from(cell.position)], name(cell));
            let has_items = self.items.iter().any(|item| item.cell == cell.cell);
            assert_eq!(has_items, cell.status == Status::Ok, "items of {cell:?}");
        }
        for window in &self.windows {
            assert_eq!(window.energy_j.is_none(), window.why.is_some(), "{window:?}");
        }
        for item in &self.items {
            assert_eq!(item.energy_total_j.is_none(), item.why.is_some(), "{item:?}");
        }
        self.assert_hashes_match();
    }

    /// The manifest names every file beside it, with the hash that the file has.
    fn assert_hashes_match(&self) {
        let mut named = Vec::new();
        for entry in self.manifest["files"].as_array().unwrap() {
            let file = entry["name"].as_str().unwrap();
            let hash = Sha256::digest(fs::read(self.path.join(file)).unwrap());
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(entry["sha256"], hash.as_str(), "{file}");
            named.push(file.to_owned());
        }
        named.push("manifest.json".to_owned());
        named.sort();
        assert_eq!(named, files(&self.path, ""), "no file unnamed, none left over");
    }

    /// Block by block, `task/variant` in the order in which they were planned.
    pub(crate) fn order(&self) -> Vec<Vec<String>> {
        serde_json::from_value(self.manifest["order"].clone()).unwrap()
    }

    /// The window's total of a cell.
    pub(crate) fn total(&self, cell: &CellRecord) -> &WindowRecord {
        let of_cell = |window: &&WindowRecord| {
            window.cell == Some(cell.cell) && window.phase == Phase::Window && window.domain == "total"
        };
        self.windows.iter().find(of_cell).unwrap()
    }

    /// The cells of one variant.
    pub(crate) fn of_variant(&self, variant: &str) -> Vec<&CellRecord> {
        self.cells.iter().filter(|cell| cell.variant == variant).collect()
    }
}

fn name(cell: &CellRecord) -> String {
    format!("{}/{}", cell.task, cell.variant)
}

fn files(folder: &Path, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() { names.extend(files(&path, &format!("{name}/"))) } else { names.push(name) }
    }
    names.sort();
    names
}
