//! The texts of a gate's report that came from outside.

use crate::foreign::{Foreign, change};
use crate::gate::GateReport;

impl Foreign for GateReport {
    fn change_texts(&mut self, how: &dyn Fn(&str) -> String) {
        let Self { suite, baseline, sessions, energy, judged, certificates, .. } = self;
        change([suite, baseline, energy].into_iter().chain(sessions), how);
        for judged in judged {
            let texts = [&mut judged.task, &mut judged.variant, &mut judged.metric, &mut judged.limit];
            change(texts.into_iter().chain(&mut judged.why), how);
        }
        for certificate in certificates {
            change([&mut certificate.task, &mut certificate.variant, &mut certificate.claim], how);
            change(&mut certificate.why, how);
            change(certificate.parts.iter_mut().map(|part| &mut part.quantity), how);
        }
    }
}
