//! Joules from this machine, whatever it is: the embedded model, measured by what `auto` takes here.

use serde_json::Value as Json;

use crate::programs::{engine_is_there, program, root};
use crate::trial::{Said, Trial};

#[test]
fn this_machine_gives_every_cell_energy_by_the_meter_that_the_doctor_recommends() {
    if !engine_is_there() {
        return;
    }
    let model = format!("path = {:?}", root().join("models/mini-code").to_str().unwrap());
    // Other tests run beside it; what is asked here is whether there are joules, not whether they are calm.
    let limits = "idle = \"50ms\"\nmax-foreign-load = \"100%\"\nmax-steal = \"100%\"";
    let trial = Trial::with(&[
        ("meters = [\"sim\"]", "meters = [\"auto\"]"),
        ("idle = \"50ms\"", limits),
        ("builtin = \"tiny-random\"", &model),
    ]);
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    let classes: Vec<_> = run.cells.iter().map(|cell| run.total(cell).class).collect();
    assert!(classes.windows(2).all(|pair| pair[0] == pair[1]), "{classes:?}");
    for cell in &run.cells {
        let total = run.total(cell);
        assert!(total.energy_j.is_some_and(|energy| energy > 0.0), "{:?}", total.reason());
    }
    let doctor = program().args(["doctor", "--json", "--no-calibrate"]).output().unwrap();
    let doctor: Json = serde_json::from_str(&Said::from(&doctor).out).unwrap();
    let auto = &doctor["auto"][0];
    assert_eq!((&auto["meters"], &auto["domains"]), (&run.manifest["meters"], &run.manifest["counted"]));
    assert_eq!(auto["class"], serde_json::to_value(classes[0]).unwrap());
}
