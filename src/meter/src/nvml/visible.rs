//! Which GPU of NVML's is which of CUDA's, as `CUDA_VISIBLE_DEVICES` has it.

use super::trouble::Failure;
use crate::fault::FaultKind;

/// What identifies a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) uuid: String,
    /// UUIDs of its MIG parts.
    pub(super) mig: Vec<String>,
}

/// A GPU by its index of NVML's, and the MIG part of it that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) index: u32,
    pub(super) part: Option<String>,
}

/// The GPU that CUDA calls `wanted`; `gpus` are NVML's, in its order, which is that of the PCI bus.
///
/// As in CUDA, the list ends at its first entry that names nothing, UUIDs may be cut short as long as they
/// stay unique, and GPUs that this process may not use have no number.
///
/// # Errors
/// A phrase that says why it is none.
pub(super) fn find(
    wanted: u32,
    visible: Option<&str>,
    gpus: &[Result<Identity, Failure>],
) -> Result<Chosen, String> {
    let Some(list) = visible else { return by_number(wanted, gpus) };
    let mut entries = list.split(',').map(str::trim).map(|entry| match entry.parse::<u32>() {
        Ok(number) => by_number(number, gpus),
        Err(_) => by_uuid(entry, gpus),
    });
    let mut last = Err("it is empty".to_owned());
    for _ in 0..=wanted {
        last = match entries.next() {
            Some(Ok(chosen)) => Ok(chosen),
            Some(Err(why)) => Err(why),
            None => Err(format!("it leaves no device `cuda:{wanted}`")),
        };
        if last.is_err() {
            break;
        }
    }
    last.map_err(|why| format!("`CUDA_VISIBLE_DEVICES` is `{list}`: {why}"))
}

fn by_number(wanted: u32, gpus: &[Result<Identity, Failure>]) -> Result<Chosen, String> {
    let mut number = 0;
    for (index, gpu) in (0..).zip(gpus) {
        match gpu {
            Err(failure) if failure.kind == FaultKind::PermissionDenied => continue,
            // Whether CUDA counts it is unknown, and with it all numbers from here on.
            Err(failure) => {
                return Err(format!(
                    "`gpu:{index}` does not tell what it is ({}), so numbers from there on are uncertain",
                    failure.text
                ));
            }
            Ok(_) if number == wanted => return Ok(Chosen { index, part: None }),
            Ok(_) => number += 1,
        }
    }
    Err(format!("there is no GPU {wanted} among {number}"))
}

fn by_uuid(entry: &str, gpus: &[Result<Identity, Failure>]) -> Result<Chosen, String> {
    // The older form of a part's name has its GPU's: `MIG-GPU-…/1/0`.
    let parent = entry.strip_prefix("MIG-").filter(|rest| rest.starts_with("GPU-"));
    let parent = parent.and_then(|rest| rest.split_once('/')).map(|(uuid, _)| uuid);
    let mut found = Vec::new();
    for (index, gpu) in (0..).zip(gpus) {
        let Ok(gpu) = gpu else { continue };
        if parent == Some(gpu.uuid.as_str()) {
            found.push(Chosen { index, part: Some(entry.to_owned()) });
        } else if entry.starts_with("GPU-") && gpu.uuid.starts_with(entry) {
            found.push(Chosen { index, part: None });
        } else if entry.starts_with("MIG-") {
            let parts = gpu.mig.iter().filter(|part| part.starts_with(entry));
            found.extend(parts.map(|part| Chosen { index, part: Some(part.clone()) }));
        }
    }
    match <[Chosen; 1]>::try_from(found) {
        Ok([chosen]) => Ok(chosen),
        Err(found) if found.is_empty() => Err(format!("`{entry}` names no GPU")),
        Err(found) => Err(format!("`{entry}` names {} GPUs or parts of them", found.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu(uuid: &str, mig: &[&str]) -> Result<Identity, Failure> {
        let mig = mig.iter().map(|part| (*part).to_owned()).collect();
        Ok(Identity { uuid: uuid.to_owned(), mig })
    }

    fn failed(kind: FaultKind) -> Result<Identity, Failure> {
        Err(Failure { kind, text: "as the test has it".to_owned() })
    }

    #[test]
    fn devices_are_those_that_cuda_would_take() {
        let gpus = [
            gpu("GPU-aa11", &[]),
            gpu("GPU-aa22", &["MIG-77", "MIG-78"]),
            failed(FaultKind::PermissionDenied),
            gpu("GPU-bb33", &[]),
            failed(FaultKind::Gone),
            gpu("GPU-cc44", &[]),
        ];
        let some = |index, part: Option<&str>| Ok(Chosen { index, part: part.map(str::to_owned) });
        let cases = [
            (0, None, some(0, None)),
            (2, None, some(3, None)),
            (3, None, Err("`gpu:4` does not tell what it is")),
            (0, Some("2"), some(3, None)),
            (1, Some("2, 0"), some(0, None)),
            (2, Some("2,0"), Err("leaves no device `cuda:2`")),
            (0, Some(""), Err("`` names no GPU")),
            (0, Some("-1"), Err("`-1` names no GPU")),
            (1, Some("0,x,1"), Err("`x` names no GPU")),
            (0, Some("GPU-bb"), some(3, None)),
            (0, Some("GPU-cc44"), some(5, None)),
            (0, Some("GPU-aa"), Err("names 2 GPUs")),
            (1, Some("GPU-bb33,GPU-aa22"), some(1, None)),
            (0, Some("MIG-78"), some(1, Some("MIG-78"))),
            (0, Some("MIG-7"), Err("names 2 GPUs or parts")),
            (0, Some("MIG-GPU-aa22/1/0"), some(1, Some("MIG-GPU-aa22/1/0"))),
            (0, Some("99999999999"), Err("names no GPU")),
            (u32::MAX, Some("0"), Err("leaves no device")),
        ];
        for (wanted, visible, expected) in cases {
            let seen = find(wanted, visible, &gpus);
            match (&seen, &expected) {
                (Err(why), Err(part)) => assert!(why.contains(part), "{wanted} {visible:?}: {why}"),
                _ => assert_eq!(seen.as_ref().ok(), expected.as_ref().ok(), "{wanted} {visible:?}"),
            }
        }
        assert_eq!(find(0, None, &[]), Err("there is no GPU 0 among 0".to_owned()));
    }
}
