//! The committed fault tickets: made of their seeds, without giveaways, hard for bags of words, fair to reasoning.
//!
//! `HARNESS_BLESS=1 cargo test --release -p harness-task --test tickets` writes them anew.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "tests say what they skip")]
#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod bag_of_words;
mod oracle;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use harness_task::ReadOptions;
use harness_task::ticket::{
    CLASSES, Ticket, generate, read_response_feedback, read_root_cause_analysis, read_tickets, write_tickets,
};
use sha2::{Digest, Sha256};

/// Name, seed and tickets of each split.
const SPLITS: [(&str, u64, usize); 3] =
    [("train", 1101, 1200), ("validation", 2001, 200), ("test", 2008, 200)];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/fault_tickets")
}

fn split(name: &str) -> Vec<Ticket> {
    read_tickets(&folder().join(format!("{name}.jsonl")), &[]).unwrap()
}

/// What is known when a ticket is opened.
fn input(ticket: &Ticket) -> String {
    let alarms = ticket.alarms.iter().flat_map(|alarm| {
        [&alarm.time, &alarm.device, &Some(alarm.name.clone()), &alarm.severity]
            .map(|part| part.clone().unwrap())
    });
    let mut parts: Vec<String> = alarms.collect();
    parts.extend([&ticket.title, &ticket.description, &ticket.device].map(|part| part.clone().unwrap()));
    parts.join(" ")
}

fn class(ticket: &Ticket) -> &str {
    ticket.class.as_deref().unwrap()
}

#[test]
fn the_splits_are_what_the_generator_makes_of_their_seeds() {
    let mut sums = String::new();
    let mut size = 0;
    for (name, seed, count) in SPLITS {
        let mut bytes = Vec::new();
        write_tickets(&generate(seed, count), &mut bytes).unwrap();
        size += bytes.len();
        let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        sums += &format!("{sum}  {name}.jsonl\n");
        let path = folder().join(format!("{name}.jsonl"));
        if std::env::var_os("HARNESS_BLESS").is_some() {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert!(
            fs::read(&path).unwrap() == bytes,
            "`{name}.jsonl` is not up to date: see this test's first lines"
        );
    }
    if std::env::var_os("HARNESS_BLESS").is_some() {
        fs::write(folder().join("SHA256SUMS"), &sums).unwrap();
    }
    assert_eq!(fs::read_to_string(folder().join("SHA256SUMS")).unwrap(), sums);
    assert!(size < 3_000_000, "{size} bytes");
}

#[test]
fn splits_share_no_ticket_and_no_device() {
    let mut ids = HashSet::new();
    let mut texts = HashSet::new();
    let mut devices: Vec<HashSet<String>> = Vec::new();
    for (name, ..) in SPLITS {
        let tickets = split(name);
        devices.push(
            tickets
                .iter()
                .flat_map(|ticket| &ticket.alarms)
                .filter_map(|alarm| alarm.device.clone())
                .collect(),
        );
        for ticket in tickets {
            assert!(ids.insert(ticket.id.clone()), "{}", ticket.id);
            assert!(texts.insert(input(&ticket)), "{}", ticket.id);
        }
    }
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        assert!(devices[one].is_disjoint(&devices[other]), "{} and {}", SPLITS[one].0, SPLITS[other].0);
    }
}

#[test]
fn no_input_gives_its_class_away() {
    const GIVEAWAYS: &str = "fiber optical cable splice excavator digger broken hardware defect mains battery supply \
        generator release upgrade patch bug hot heat temperature cooling conditioning wrong rollback capacity \
        overload full circular alternat noise jamming spectrum foreign transmitter gnss gps sync timing phase \
        resolver lookup validity renew tls";
    let parts: Vec<&str> = CLASSES.iter().flat_map(|class| class.split('-')).collect();
    for (name, ..) in SPLITS {
        for ticket in split(name) {
            let text = input(&ticket).to_lowercase();
            let words: HashSet<&str> = text.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
            for giveaway in parts.iter().copied().chain(GIVEAWAYS.split_whitespace()) {
                let told =
                    if giveaway.len() > 5 { text.contains(giveaway) } else { words.contains(giveaway) };
                assert!(!told, "`{giveaway}` in {}: {text}", ticket.id);
            }
        }
    }
}

#[test]
fn words_alone_do_not_tell_the_cause_but_order_and_place_do() {
    let (train, test) = (split("train"), split("test"));
    let texts: Vec<_> = train.iter().map(|ticket| (input(ticket), class(ticket).to_owned())).collect();
    let models = bag_of_words::Models::train(&texts);
    let right = |classify: &dyn Fn(&Ticket) -> String, tickets: &[Ticket]| {
        let right = tickets.iter().filter(|ticket| classify(ticket) == class(ticket)).count();
        100.0 * right as f64 / tickets.len() as f64
    };
    let bayes = right(&|ticket| models.bayes(&input(ticket)).to_owned(), &test);
    let regression = right(&|ticket| models.regression(&input(ticket)).to_owned(), &test);
    // The expert's rules were written beside the generator: other networks than the committed ones must suit them too.
    let fresh = generate(424_242, 600);
    let [expert, elsewhere] =
        [&test, &fresh].map(|tickets| right(&|ticket| oracle::classify(ticket).to_owned(), tickets));
    println!(
        "naive Bayes {bayes:.1} %, logistic regression {regression:.1} %, expert {expert:.1} % ({elsewhere:.1} % \
         on another network), chance {:.1} %",
        100.0 / CLASSES.len() as f64
    );
    for ticket in test.iter().chain(&fresh) {
        let guess = oracle::classify(ticket);
        if guess != class(ticket) {
            println!("{} is {}, taken for {guess}", ticket.id, class(ticket));
        }
    }
    for words in [bayes, regression] {
        assert!((35.0..75.0).contains(&words), "{words}");
    }
    assert!(expert >= 90.0 && elsewhere >= 90.0, "{expert} {elsewhere}");
}

#[test]
fn every_class_is_in_every_split_equally_often() {
    for (name, _, count) in SPLITS {
        let tickets = split(name);
        for wanted in CLASSES {
            let found = tickets.iter().filter(|ticket| class(ticket) == *wanted).count();
            let even = count / CLASSES.len();
            assert!((even..=even + 1).contains(&found), "{name} has {found} tickets of {wanted}");
        }
    }
}

#[test]
fn both_kinds_ask_about_every_ticket() {
    for (name, _, count) in SPLITS {
        let path = folder().join(format!("{name}.jsonl"));
        let causes = read_root_cause_analysis(&path, &ReadOptions::default()).unwrap();
        assert_eq!(
            (causes.questions.len(), causes.classes),
            (count, CLASSES.iter().map(|class| (*class).to_owned()).collect())
        );
        let answers = read_response_feedback(&path, &ReadOptions::default()).unwrap();
        assert_eq!((answers.questions.len(), answers.left_out.len()), (count, 0));
    }
}

#[test]
fn published_incident_reports_load_by_mapped_columns() {
    let shared = std::env::var_os("HARNESS_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let samples = shared.join("data/cloudir/data-samples");
    if !samples.is_dir() {
        println!("skipped: no CloudIR-Bench in `{}`", samples.display());
        return;
    }
    let columns = [
        ("description", "summary"),
        ("cause", "root cause"),
        ("resolution", "mitigation"),
        ("feedback", "long-term mitigation"),
    ];
    let columns = columns.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).to_vec();
    let options = ReadOptions { columns, ..ReadOptions::default() };
    let mut counts = [0; 3];
    for system in ["atlassian", "azure", "github", "google_cloud", "google_workspace"] {
        let path = samples.join(system).join("annotations/final.json");
        let causes = read_root_cause_analysis(&path, &options).unwrap();
        assert!(
            causes.classes.is_empty() && causes.questions.iter().all(|question| question.label.is_none())
        );
        let answers = read_response_feedback(&path, &options).unwrap();
        counts[0] += causes.questions.len();
        counts[1] += answers.questions.len();
        counts[2] += answers.left_out.len();
    }
    // One report has no mitigation.
    assert_eq!(counts, [15, 14, 1]);
}
