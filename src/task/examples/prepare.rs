//! Prepares a corpus: `prepare SOURCE OUT`.

use harness_task::{CorpusSpec, prepare};

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        eprintln!("error: expected two folders\nhelp: prepare SOURCE OUT");
        std::process::exit(2);
    };
    let spec = CorpusSpec {
        folder: folder.into(),
        vocabulary: 4096,
        held_out: 0.02,
        seed: 1,
        max_tokens: None,
        out: out.into(),
    };
    match prepare(&spec) {
        Ok(prepared) => println!("{prepared:#?}"),
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(1);
        }
    }
}
