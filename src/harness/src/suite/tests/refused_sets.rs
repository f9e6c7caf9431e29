//! Bad `--set` arguments and profiles, and what is said about each.

use super::trial::Trial;

const REFUSED: &[(&str, &str)] = &[
    (
        r#"run.blocks=3"#,
        r#"error: 3 blocks are too few for 3 comparisons at alpha 0.05
 --> in --set run.blocks=3
expected at least 7: with fewer no difference could become significant
help: write `blocks = 7` in `[run]`, or compare fewer variants"#,
    ),
    (
        r#"run.blokcs=3"#,
        r#"error: unknown key `blokcs` in `[run]`
 --> in --set run.blokcs=3
expected one of `blocks`, `items-per-block`, `min-window`, `settle`, `idle`, `warm-up-items`, `load-timeout`, `cell-timeout`, `domains`, `max-steal`, `max-foreign-load`, `control`, `temperature-band`, `max-wait`
help: did you mean `blocks`?"#,
    ),
    (
        r#"task.jav.path=x"#,
        r#"error: `task.jav.path` does not name a task
 --> in --set task.jav.path=x
expected `task.NAME.KEY` with NAME `java`
help: did you mean `task.java`?"#,
    ),
    (
        r#"variant.in8.batch-size=2"#,
        r#"error: `variant.in8.batch-size` does not name a variant
 --> in --set variant.in8.batch-size=2
expected `variant.NAME.KEY` with NAME one of `full`, `int8`, `exit-{threshold}`
help: did you mean `variant.int8`?"#,
    ),
    (
        r#"variant.int8=2"#,
        r#"error: `variant.int8` is a whole variant
 --> in --set variant.int8=2
expected one of its keys
help: write for example `--set variant.int8.name=…`"#,
    ),
    (
        r#"variant.batch-size=2"#,
        r#"error: `variant.batch-size` does not name a variant
 --> in --set variant.batch-size=2
expected `variant.NAME.KEY` with NAME one of `full`, `int8`, `exit-{threshold}`
help: write for example `--set variant.full.batch-size=…`"#,
    ),
    (
        r#"task.java.context=[0.1,"#,
        r#"error: bad value: unclosed array, expected `]`
 --> in --set task.java.context=[0.1,
expected a TOML value, or a bare word
help: close every quote and bracket, and quote the whole argument for the shell"#,
    ),
    (
        r#"run.blocks.x=1"#,
        r#"error: `run.blocks` has no keys of its own
 --> in --set run.blocks.x=1
expected a table
help: set `run.blocks` as a whole"#,
    ),
    (
        r#"run..blocks=1"#,
        r#"error: bad key `run..blocks`
 --> in --set run..blocks=1
expected names joined by dots
help: write for example `--set task.java.limit=10`"#,
    ),
    (
        r#"run"#,
        r#"error: `--set` without `=`
 --> in --set run
expected `KEY=VALUE`
help: write for example `--set run.blocks=10`"#,
    ),
    (
        r#"profile.x.y=1"#,
        r#"error: `profile` cannot be set
 --> in --set profile.x.y=1
expected another key
help: edit the suite, or choose a profile with `--profile NAME`"#,
    ),
    (
        r#"meter.sim.watts=-1"#,
        r#"error: `meter.sim.watts` is -1
 --> in --set meter.sim.watts=-1
expected a power of 0 W to 1 MW
help: write the watts that the simulated machine draws, for example 10"#,
    ),
    (
        r#"meter.sim.watt=-1"#,
        r#"error: unknown key `watt` in `[meter.sim]`
 --> in --set meter.sim.watt=-1
expected one of `watts`, `trace`, `period-ms`, `resolution-uj`, `wrap-j`, `ranged`, `stale`, `faults`
help: did you mean `watts`?"#,
    ),
    (
        r#"task.java.path="#,
        r#"error: `task.java.path` is empty
 --> in --set task.java.path=
expected a path
help: write the path"#,
    ),
    (
        r#"run=[]"#,
        r#"error: wrong type for `run`: an array
 --> in --set run=[]
expected a table
help: write its keys in braces, or below a header in brackets"#,
    ),
    (
        r#"run.items-per-block=some"#,
        r#"error: `run.items-per-block` is "some"
 --> in --set run.items-per-block=some
expected `"auto"`, `"all"`, or a whole number from 1 to 1000000
help: write `items-per-block = "auto"`"#,
    ),
    (
        r#"run.items-per-block=0"#,
        r#"error: `run.items-per-block` is 0
 --> in --set run.items-per-block=0
expected a whole number from 1 to 1000000
help: change the number"#,
    ),
    (
        r#"analysis.practical=3"#,
        r#"error: wrong type for `practical`: number `3`
 --> in --set analysis.practical=3
expected text
help: write it in quotes: `practical = "…"`"#,
    ),
    (
        r#"analysis.practical=lots"#,
        r#"error: `analysis.practical` is not a percentage: `lots`
 --> in --set analysis.practical=lots
expected a number, 0 or more, with `%`
help: write for example `"3%"`"#,
    ),
    (
        r#"analysis.practical=100%"#,
        r#"error: `analysis.practical` is `100%`
 --> in --set analysis.practical=100%
expected a percentage below 100 %
help: write for example `"3%"`"#,
    ),
    (
        r#"analysis.alpha=0.0"#,
        r#"error: `analysis.alpha` is 0
 --> in --set analysis.alpha=0.0
expected a number above 0 and below 1
help: change the number"#,
    ),
    (
        r#"task.java.sha256=abc"#,
        r#"error: `task.java.sha256` is not a SHA-256
 --> in --set task.java.sha256=abc
expected 64 hexadecimal digits
help: take the first word that `sha256sum FILE` prints, or remove the key"#,
    ),
    (
        r#"engine.device=gpu"#,
        r#"error: unknown device `gpu`
 --> in --set engine.device=gpu
expected `cpu` or `cuda:N`
help: write `device = "cpu"`"#,
    ),
    (
        r#"seed=99999999999999999999"#,
        r#"error: wrong type for `seed`: number `99999999999999999999`
 --> in --set seed=99999999999999999999
expected a whole number
help: write it without quotes: `seed = 8`"#,
    ),
];

#[test]
fn a_bad_set_argument_is_refused_and_named() {
    for (set, expected) in REFUSED {
        let trial = Trial::good();
        let error = trial.load(None, &[set]).unwrap_err();
        assert_eq!((trial.shown(&error).as_str(), error.exit_code()), (*expected, 2), "{set}");
    }
}

#[test]
fn an_unknown_profile_is_refused_with_the_known_ones() {
    let trial = Trial::good();
    let shown = trial.shown(&trial.load(Some("papr"), &[]).unwrap_err());
    let expected =
        "error: unknown profile `papr`\n --> s.toml\nexpected `paper`\nhelp: did you mean `paper`?";
    assert_eq!(shown, expected);
}
