//! What joules are good for, by where they come from.

use harness_protocol::Device;

use crate::count::holds;
use crate::domain::{Class, Domain};
use crate::place::Place;

/// What the sum of some domains is: `gpu:0`, and what is missing in it.
pub fn formula(counted: &[&Domain]) -> String {
    let names: Vec<&str> = counted.iter().map(|domain| domain.name.as_str()).collect();
    let gpu = counted.iter().any(|domain| matches!(domain.place, Place::Gpu(_)));
    let processor = counted.iter().any(|domain| holds(domain.place, Some(Device::Cpu)));
    let without = if gpu && !processor { " without the processor's share" } else { "" };
    format!("{}{without}", names.join("+"))
}

/// What the joules of these domains, all of one class, can be used for; None: there are none.
pub fn good_for(counted: &[&Domain]) -> Option<String> {
    let class = counted.first()?.class;
    let most = |part: fn(&Domain) -> f64| counted.iter().map(|domain| part(domain)).fold(0.0, f64::max);
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let u_scale = percent(most(|domain| domain.u_scale));
    Some(match class {
        Class::Counter => {
            format!("good for comparisons, and for joules to about {u_scale} (one sigma)")
        }
        Class::Integrated => format!(
            "good for comparisons of windows far longer than the sensor's period, and for joules to about \
             {u_scale} (one sigma); what happens between two readings is lost"
        ),
        Class::Estimated => format!(
            "good only for differences well above {} on this one machine; never for absolute joules, \
             never across machines",
            percent(most(|domain| domain.model_error))
        ),
        Class::Simulated => "made up, good for trying the tool".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::plain_counter;

    fn domain(name: &str, place: Place, class: Class) -> Domain {
        Domain { name: name.to_owned(), place, class, u_scale: 0.05, model_error: 0.1, ..plain_counter() }
    }

    #[test]
    fn a_gpu_that_is_measured_alone_says_what_is_missing() {
        let gpu = domain("gpu:0", Place::Gpu(0), Class::Counter);
        let package = domain("package:0", Place::Package(0), Class::Counter);
        assert_eq!(formula(&[&gpu]), "gpu:0 without the processor's share");
        assert_eq!(formula(&[&package, &gpu]), "package:0+gpu:0");
        assert_eq!(formula(&[&package]), "package:0");
    }

    #[test]
    fn every_class_says_what_it_is_good_for() {
        let cases = [
            (Class::Counter, "good for comparisons, and for joules to about 5 %"),
            (Class::Integrated, "good for comparisons of windows far longer"),
            (Class::Estimated, "good only for differences well above 10 %"),
            (Class::Simulated, "made up"),
        ];
        for (class, expected) in cases {
            let said = good_for(&[&domain("x", Place::Package(0), class)]).unwrap();
            assert!(said.starts_with(expected), "{said}");
        }
        assert_eq!(good_for(&[]), None);
    }
}
