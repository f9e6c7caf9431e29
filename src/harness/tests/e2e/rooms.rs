//! Modules depend on one another in one direction only: what every file names is read from the sources, and a circle
//! among neighbours fails here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// Folders of the crates, beside one another.
const CRATES: &[&str] = &["harness", "protocol", "text", "checkpoint", "engine", "meter", "task"];

/// The way to a module, or to a name in it, from the crate's root.
type Way = Vec<String>;

/// What one module names.
#[derive(Default)]
struct Module {
    /// Names that `use` brings in, with where they come from.
    imports: BTreeMap<String, Way>,
    /// Every path within the crate.
    named: BTreeSet<Way>,
}

/// The modules of one crate, without those that only tests have.
#[derive(Default)]
struct House(BTreeMap<Way, Module>);

impl House {
    fn read(crate_folder: &Path) -> Self {
        let mut house = Self::default();
        for root in ["lib.rs", "main.rs"] {
            let file = crate_folder.join("src").join(root);
            if file.is_file() {
                house.enter(&file, &[]);
            }
        }
        house
    }

    fn enter(&mut self, file: &Path, way: &[String]) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut reader = Reader::default();
        reader.visit_file(&syn::parse_file(&text).unwrap());
        let module = self.0.entry(way.to_vec()).or_default();
        for (path, name) in &reader.paths {
            if let Some(path) = absolute(path, way, &reader.children) {
                module.imports.extend(name.clone().map(|name| (name, path.clone())));
                module.named.insert(path);
            }
        }
        for child in reader.children {
            let folder = match file.file_stem().and_then(|stem| stem.to_str()) {
                Some("lib" | "main" | "mod") => file.parent().unwrap().to_owned(),
                _ => file.with_extension(""),
            };
            let files: [PathBuf; 2] =
                [folder.join(format!("{child}.rs")), folder.join(&child).join("mod.rs")];
            let file = files.iter().find(|file| file.is_file()).unwrap_or(&files[0]);
            self.enter(file, &[way, &[child]].concat());
        }
    }

    /// The module that defines what a path names: re-exports are followed.
    fn definer(&self, path: &Way) -> Way {
        let mut path = path.clone();
        loop {
            let depth = (0..=path.len()).rev().find(|depth| self.0.contains_key(&path[..*depth])).unwrap();
            let module = &self.0[&path[..depth]];
            match path.get(depth).and_then(|name| module.imports.get(name)) {
                Some(from) if *from != path => path = [from, &path[depth + 1..]].concat(),
                _ => return path[..depth].to_vec(),
            }
        }
    }

    /// Who names whom among the modules of each folder.
    fn arrows(&self) -> BTreeMap<Way, BTreeSet<(String, String)>> {
        let mut arrows: BTreeMap<Way, BTreeSet<(String, String)>> = BTreeMap::new();
        for (from, module) in &self.0 {
            for to in module.named.iter().map(|path| self.definer(path)) {
                let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                if let (Some(a), Some(b)) = (from.get(shared), to.get(shared)) {
                    arrows.entry(from[..shared].to_vec()).or_default().insert((a.clone(), b.clone()));
                }
            }
        }
        arrows
    }

    /// Modules from which a way leads back to themselves, by folder.
    fn circles(&self) -> Vec<String> {
        let mut circles = Vec::new();
        for (folder, arrows) in self.arrows() {
            let mut reached = arrows.clone();
            loop {
                let onward = reached.iter().flat_map(|(a, b)| {
                    arrows
                        .iter()
                        .filter(move |(from, _)| from == b)
                        .map(move |(_, to)| (a.clone(), to.clone()))
                });
                let more: Vec<(String, String)> = onward.filter(|pair| !reached.contains(pair)).collect();
                if more.is_empty() {
                    break;
                }
                reached.extend(more);
            }
            let knot: Vec<&str> = reached.iter().filter(|(a, b)| a == b).map(|(a, _)| a.as_str()).collect();
            if !knot.is_empty() {
                let inside = |name: &String| knot.contains(&name.as_str());
                let ties = arrows.iter().filter(|(a, b)| inside(a) && inside(b));
                let ties: Vec<String> = ties.map(|(a, b)| format!("{a} → {b}")).collect();
                circles.push(format!("crate::{}: {}", folder.join("::"), ties.join(", ")));
            }
        }
        circles
    }
}

/// A path from the crate's root; None: it leads out of the crate, or is a name of the module itself.
fn absolute(path: &[String], way: &[String], children: &[String]) -> Option<Way> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([way, rest].concat()),
        "super" => {
            let above = &way[..way.len().checked_sub(1)?];
            let upward = rest.first().is_some_and(|next| next == "super");
            if upward { absolute(rest, above, &[]) } else { Some([above, rest].concat()) }
        }
        name if children.iter().any(|child| child == name) => Some([way, path].concat()),
        _ => None,
    }
}

/// Collects what one file names.
#[derive(Default)]
struct Reader {
    /// Paths as written; with the name that they get here where `use` brings them in.
    paths: Vec<(Way, Option<String>)>,
    /// Modules below.
    children: Vec<String>,
}

impl Reader {
    fn use_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => {
                self.paths.push((before.to_vec(), before.last().cloned()));
            }
            UseTree::Name(name) => self.paths.push((with(&name.ident), Some(name.ident.to_string()))),
            UseTree::Rename(name) => self.paths.push((with(&name.ident), Some(name.rename.to_string()))),
            UseTree::Glob(_) => self.paths.push((before.to_vec(), None)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Mod(module) if only_for_tests(&module.attrs) => {}
            Item::Mod(module) if module.content.is_none() => self.children.push(module.ident.to_string()),
            Item::Use(item) if only_for_tests(&item.attrs) => {}
            Item::Use(item) => self.use_tree(&item.tree, &[]),
            Item::Fn(item) if only_for_tests(&item.attrs) => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Way = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.first().is_some_and(|first| ["crate", "super", "self"].contains(&first.as_str())) {
            self.paths.push((names, None));
        }
        visit::visit_path(self, path);
    }
}

fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

#[test]
fn no_module_needs_itself_by_way_of_its_neighbours() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let circles: Vec<String> = CRATES
        .iter()
        .flat_map(|name| {
            let circles = House::read(&crates.join(name)).circles();
            circles.into_iter().map(move |circle| format!("{name}: {circle}"))
        })
        .collect();
    assert!(circles.is_empty(), "circles among modules:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_also_by_way_of_a_re_export() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join("src").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("lib.rs", "mod a;\nmod b;\nmod c;");
    write("a/mod.rs", "mod deep;\npub use deep::Deep;\npub use deep::{Other as Renamed};");
    write("a/deep.rs", "pub struct Deep;\n#[cfg(test)]\nmod tests { use crate::b::B; }");
    write("b.rs", "use crate::a::Deep;\npub struct B;");
    write("c.rs", "fn f() { super::b::g(); }");
    assert!(House::read(folder.path()).circles().is_empty());
    write("a/deep.rs", "use crate::c::C;\npub struct Deep;");
    let circles = House::read(folder.path()).circles();
    assert_eq!(circles, ["crate::: a → c, b → a, c → b"]);
}
