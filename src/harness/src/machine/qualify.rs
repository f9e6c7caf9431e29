//! Whether a machine was fit to be measured on: what its windows saw, held against named limits.

use std::collections::BTreeSet;

use super::history::{FEWEST_SESSIONS, Fit};
use super::{Control, ControlFacts, Facts, Qualification, WarmthFacts};
use crate::record::{Phase, TOTAL, WindowRecord};

/// Largest share of the cells' windows that may lack energy: a machine that spoils more is not the one that the others
/// were measured on.
const MOST_SPOILED: f64 = 0.2;

/// Largest relative change of the control workload's energy or time from the run's start to its end.
const MOST_DRIFT: f64 = 0.03;

/// What the stored windows of a run say of its machine.
pub fn facts(windows: &[WindowRecord], control_version: u32) -> Facts {
    let total = windows.iter().find(|row| row.domain == TOTAL);
    // Without a total any domain stands for its phase.
    let whole = total.or(windows.first()).map(|row| &row.domain);
    let cells: Vec<&WindowRecord> =
        windows.iter().filter(|row| row.phase.is_judged() && Some(&row.domain) == whole).collect();
    let of_cells = || windows.iter().filter(|row| row.phase.is_judged()).map(|row| &row.conditions);
    let battery: BTreeSet<bool> = of_cells().filter_map(|conditions| conditions.on_battery).collect();
    let governors: BTreeSet<&String> =
        of_cells().filter_map(|conditions| conditions.governor.as_ref()).collect();
    let turbo: BTreeSet<bool> = of_cells().filter_map(|conditions| conditions.turbo).collect();
    let (control, control_why) = match control(windows, control_version) {
        Ok(control) => (Some(control), None),
        Err(why) => (None, Some(why)),
    };
    Facts {
        windows: cells.len(),
        spoiled: cells.iter().filter(|row| row.energy_j.is_none()).count(),
        governors: governors.into_iter().cloned().collect(),
        turbo: turbo.into_iter().collect(),
        on_battery: battery.last().copied(),
        control,
        control_why,
        ..Facts::default()
    }
}

/// The control workload before the first and behind the last cell; else why there is none.
fn control(windows: &[WindowRecord], version: u32) -> Result<ControlFacts, String> {
    let of_cell = |row: &WindowRecord| row.cell.is_some();
    let begun = windows.iter().position(of_cell).unwrap_or(windows.len());
    let ended = windows.iter().rposition(of_cell).map_or(windows.len(), |last| last + 1);
    let rows = |rows: &'_ [WindowRecord]| -> Vec<WindowRecord> {
        let own = rows.iter().filter(|row| row.phase == Phase::Control && row.domain == TOTAL);
        own.cloned().collect()
    };
    let good = |rows: &[WindowRecord]| {
        let row = rows.iter().find(|row| row.energy_j.is_some())?;
        Some((row.class, Control { joules: row.energy_j?, seconds: row.seconds }))
    };
    let before = rows(&windows[..begun]);
    let Some((class, first)) = good(&before) else {
        return Err(match before.last().and_then(WindowRecord::reason) {
            Some(reason) => format!("the control workload has no energy: {reason}"),
            None => "the control workload did not run".to_owned(),
        });
    };
    let last = good(&rows(&windows[ended..])).filter(|(other, _)| *other == class).map(|(_, last)| last);
    Ok(ControlFacts { version, class, first, last })
}

/// Judges the facts; `fit` is how the control workload lies to its history.
pub fn qualify(facts: Facts, fit: Option<&Fit>) -> Qualification {
    let mut why = Vec::new();
    let mut notes = Vec::new();
    if !facts.exclusive {
        why.push(
            "the machine's lock was not held: another run may have measured at the same time".to_owned(),
        );
    }
    if facts.windows == 0 {
        why.push("no window of a cell was measured".to_owned());
    }
    let spoiled = facts.spoiled as f64 / facts.windows.max(1) as f64;
    if spoiled > MOST_SPOILED {
        why.push(format!(
            "{} of {} windows have no energy or were disturbed, more than {:.0} %",
            facts.spoiled,
            facts.windows,
            100.0 * MOST_SPOILED
        ));
    }
    if facts.on_battery == Some(true) {
        why.push("the machine ran on its battery".to_owned());
    }
    clocks(&facts, &mut why, &mut notes);
    warmth(&facts, &mut why, &mut notes);
    match &facts.control {
        Some(control) => drift(control, &mut why, &mut notes),
        None if facts.control_excused => notes.extend(facts.control_why.clone()),
        None => why.extend(facts.control_why.clone()),
    }
    match fit {
        Some(Fit::Outside(told)) => why.push(told.clone()),
        Some(Fit::Changed(told)) => notes.push(told.clone()),
        Some(Fit::Short(count)) => notes.push(format!(
            "the machine's history is too short to tell whether it is as usual: {count} of {FEWEST_SESSIONS} sessions"
        )),
        Some(Fit::Inside(_)) | None => {}
    }
    Qualification { qualified: why.is_empty(), why, notes, facts }
}

/// What sets the processor's clock must not change while variants are compared.
fn clocks(facts: &Facts, why: &mut Vec<String>, notes: &mut Vec<String>) {
    match &facts.governors[..] {
        [] => {}
        [governor] if governor == "performance" => {}
        [governor] => notes.push(format!("the processor's governor is `{governor}`")),
        several => {
            why.push(format!("the processor's governor changed during the run: `{}`", several.join("`, `")));
        }
    }
    match facts.turbo[..] {
        [] | [false] => {}
        [true] => notes.push("turbo is on: clocks depend on heat".to_owned()),
        _ => why.push("turbo was switched during the run".to_owned()),
    }
}

fn warmth(facts: &Facts, why: &mut Vec<String>, notes: &mut Vec<String>) {
    let Some(WarmthFacts { reference_c, lowest_c, highest_c, band_k, waited_s }) = facts.warmth else {
        notes.extend(facts.warmth_why.clone());
        return;
    };
    if highest_c > reference_c + band_k {
        why.push(format!(
            "the device was at {highest_c:.0} °C before a block, {:.0} K above where the first block left it, after {waited_s:.0} s of waiting in all",
            highest_c - reference_c
        ));
    }
    if lowest_c < reference_c - band_k {
        notes.push(format!(
            "the device had cooled down to {lowest_c:.0} °C before a block, {:.0} K below where the first block left it",
            reference_c - lowest_c
        ));
    }
}

fn drift(control: &ControlFacts, why: &mut Vec<String>, notes: &mut Vec<String>) {
    let Some(last) = control.last else {
        notes.push("the control workload has no energy at the run's end: its drift is not known".to_owned());
        return;
    };
    let first = control.first;
    let (energy, time) = (last.joules / first.joules, last.seconds / first.seconds);
    let steady = |ratio: f64| ratio.ln().abs() <= MOST_DRIFT.ln_1p();
    if !(steady(energy) && steady(time)) {
        why.push(format!(
            "the control workload took {:+.1} % energy and {:+.1} % time at the run's end against its start, a change of more than {:.0} %",
            100.0 * (energy - 1.0),
            100.0 * (time - 1.0),
            100.0 * MOST_DRIFT
        ));
    }
}

#[cfg(test)]
mod tests {
    use harness_meter::Class;

    use super::*;
    use crate::record::{Why, WindowConditions};

    /// What nothing is to be said against.
    fn fit() -> Facts {
        let control = Control { joules: 40.0, seconds: 4.0 };
        let warmth =
            WarmthFacts { reference_c: 60.0, lowest_c: 58.0, highest_c: 64.0, band_k: 5.0, waited_s: 3.0 };
        Facts {
            exclusive: true,
            windows: 12,
            spoiled: 1,
            governors: vec!["performance".into()],
            turbo: vec![false],
            on_battery: Some(false),
            warmth: Some(warmth),
            control: Some(ControlFacts {
                version: 1,
                class: Class::Counter,
                first: control,
                last: Some(Control { joules: 40.8, seconds: 3.95 }),
            }),
            ..Facts::default()
        }
    }

    #[test]
    fn a_fit_machine_is_qualified_without_a_note() {
        let found = qualify(fit(), Some(&Fit::Inside(7)));
        assert_eq!((found.qualified, &found.why, &found.notes), (true, &Vec::new(), &Vec::new()));
    }

    #[test]
    fn each_reason_alone_disqualifies_and_is_told() {
        let warm = |highest_c| WarmthFacts { highest_c, ..fit().warmth.unwrap() };
        let last = |joules, seconds| {
            let control = Control { joules, seconds };
            Some(ControlFacts { last: Some(control), ..fit().control.unwrap() })
        };
        let cases: Vec<(Facts, &str)> = vec![
            (Facts { exclusive: false, ..fit() }, "lock was not held"),
            (Facts { windows: 0, spoiled: 0, ..fit() }, "no window of a cell"),
            (Facts { spoiled: 3, ..fit() }, "3 of 12 windows"),
            (Facts { on_battery: Some(true), ..fit() }, "on its battery"),
            (Facts { governors: vec!["a".into(), "b".into()], ..fit() }, "governor changed"),
            (Facts { turbo: vec![false, true], ..fit() }, "turbo was switched"),
            (Facts { warmth: Some(warm(66.0)), ..fit() }, "at 66 °C before a block, 6 K above"),
            (Facts { control: last(41.4, 4.0), ..fit() }, "+3.5 % energy and +0.0 % time"),
            (Facts { control: last(40.0, 3.8), ..fit() }, "-5.0 % time"),
            (Facts { control: last(f64::NAN, 4.0), ..fit() }, "more than 3 %"),
            (Facts { control: None, control_why: Some("none ran".into()), ..fit() }, "none ran"),
        ];
        for (facts, part) in cases {
            let found = qualify(facts, None);
            assert!(
                !found.qualified && found.why.len() == 1 && found.why[0].contains(part),
                "{part}: {found:?}"
            );
        }
        let found = qualify(fit(), Some(&Fit::Outside("elsewhere".into())));
        assert_eq!((found.qualified, found.why), (false, vec!["elsewhere".to_owned()]));
    }

    #[test]
    fn what_may_be_is_a_note() {
        let cold = WarmthFacts { lowest_c: 50.0, ..fit().warmth.unwrap() };
        let excused =
            Facts { control: None, control_why: Some("a GPU's".into()), control_excused: true, ..fit() };
        for (facts, history, part) in [
            (Facts { governors: vec!["powersave".into()], ..fit() }, None, "`powersave`"),
            (Facts { turbo: vec![true], ..fit() }, None, "turbo is on"),
            (Facts { warmth: None, warmth_why: Some("no sensor".into()), ..fit() }, None, "no sensor"),
            (Facts { warmth: Some(cold), ..fit() }, None, "10 K below"),
            (excused, None, "a GPU's"),
            (fit(), Some(Fit::Short(2)), "2 of 4 sessions"),
            (fit(), Some(Fit::Changed("changed".into())), "changed"),
        ] {
            let found = qualify(facts, history.as_ref());
            assert!(
                found.qualified && found.notes.len() == 1 && found.notes[0].contains(part),
                "{part}: {found:?}"
            );
        }
    }

    #[test]
    fn facts_come_from_the_stored_windows() {
        let window = |cell: Option<u32>, phase, energy: Option<f64>, governor: &str| WindowRecord {
            cell,
            phase,
            domain: TOTAL.to_owned(),
            energy_j: energy,
            valid: energy.is_some(),
            seconds: 4.0,
            why: energy.is_none().then(|| Why { word: "foreign-load".into(), detail: "others".into() }),
            conditions: WindowConditions {
                governor: (!governor.is_empty()).then(|| governor.to_owned()),
                on_battery: Some(cell == Some(1)),
                ..WindowConditions::default()
            },
            ..crate::report::example::example().windows[0].clone()
        };
        let rows = [
            window(None, Phase::IdleMachine, Some(9.0), ""),
            window(None, Phase::Control, None, ""),
            window(None, Phase::Control, Some(40.0), ""),
            window(Some(0), Phase::Window, Some(1.0), "schedutil"),
            window(Some(1), Phase::Disturbed, None, "powersave"),
            window(Some(1), Phase::Window, Some(1.0), "powersave"),
            window(None, Phase::Control, Some(41.0), ""),
        ];
        let found = facts(&rows, 7);
        assert_eq!((found.windows, found.spoiled, found.on_battery), (3, 1, Some(true)));
        assert_eq!(found.governors, ["powersave", "schedutil"]);
        let control = found.control.unwrap();
        assert_eq!((control.version, control.first.joules, control.last.unwrap().joules), (7, 40.0, 41.0));
        assert!(facts(&rows[..2], 1).control_why.unwrap().contains("foreign-load: others"));
        assert!(facts(&[], 1).control_why.unwrap().contains("did not run"));
    }
}
