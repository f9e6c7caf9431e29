//! Where keys of checked suites are written.

use super::trial::Trial;
use crate::suite::{Key, Step};

#[test]
fn a_key_is_found_in_the_file_in_its_sweep_and_in_the_arguments() {
    let shown = |sets: &[&str], name: &str, way: &[Step<'_>]| {
        let trial = Trial::good();
        let suite = trial.load(None, sets).unwrap();
        trial.shown(&suite.wrong(&Key { table: "variant", name, way }, "no", "do"))
    };
    let exit = [Step::Key("exit"), Step::Key("threshold")];
    assert!(
        shown(&[], "exit-0.6", &exit)
            .contains("sweep = { threshold = [0.6, 0.80] }\n   |                        ^^^")
    );
    let step = [Step::Key("compress"), Step::Element(0), Step::Key("quantize")];
    assert!(shown(&[], "int8", &step).contains("s.toml:25:26"), "{}", shown(&[], "int8", &step));
    let set = ["variant.int8.model.dtype=bf16"];
    assert!(shown(&set, "int8", &[Step::Key("model"), Step::Key("dtype")]).contains(set[0]));
    assert!(shown(&[], "from-elsewhere", &exit).contains("\n --> s.toml\nhelp: do"));
}
