//! Laws: energy along depth, and variants on the front.

use super::order::Answered;
use super::report::Answer;
use crate::report::format::{significant, with_interval};
use crate::summary::{DepthFit, DepthLaw, Summary, SummaryRow};
use harness_stats::Interval;

/// Fewest depths between which a line can be told from a bend.
const FEWEST: usize = 3;

/// The law of a task with the most depths, and those of `variant`'s group where one is named.
///
/// # Errors
/// Why there is none.
pub(super) fn fit<'s>(
    summary: &'s Summary,
    task: &str,
    metric: &str,
    variant: Option<&str>,
) -> Result<(&'s DepthLaw, &'s DepthFit), String> {
    let of_task = || summary.depth_laws.iter().filter(|law| law.task == task);
    let wanted = |law: &&DepthLaw| {
        variant.is_none_or(|variant| law.group.variants.iter().any(|member| member == variant))
    };
    let told =
        |law: &'s DepthLaw| if metric == "energy-per-task" { &law.per_task_j } else { &law.per_token_j };
    let fits = of_task().filter(wanted).filter_map(|law| Some((law, told(law).value()?)));
    let found = fits.max_by_key(|(_, fit)| fit.points.len());
    found.ok_or_else(|| {
        let why = of_task().filter(wanted).find_map(|law| told(law).why());
        format!("not measured: {}", why.unwrap_or("no variants leave at fixed depths"))
    })
}

/// Whether energy rises with depth along a line.
///
/// # Errors
/// Why it cannot be judged.
pub(super) fn linear(fit: &DepthFit, r_squared: f64) -> Result<Answered, String> {
    let number = |value: f64| significant(value, 3);
    let slope = with_interval(number(fit.b.value), fit.b.lo.map(number), fit.b.hi.map(number));
    let straight = fit.r_squared_of_means.map_or("–".to_owned(), |share| format!("{share:.3}"));
    let seen = format!("{slope} J/block, R² of {} means {straight}", fit.points.len());
    let Interval { lo: Some(lo), hi: Some(hi), .. } = fit.b else {
        return Err("too few cells to tell the slope's spread".to_owned());
    };
    if hi <= 0.0 {
        return Ok((Answer::Differs, seen, Some("energy is shown not to rise with depth".to_owned())));
    }
    let Some(share) = fit.r_squared_of_means.filter(|_| fit.points.len() >= FEWEST) else {
        return Err(format!("fewer than {FEWEST} depths: a line cannot be told from a bend"));
    };
    let why = match (lo > 0.0, share >= r_squared) {
        (true, true) => return Ok((Answer::Agrees, seen, None)),
        (false, _) => "the slope's interval holds 0".to_owned(),
        (true, false) => format!("the means' R² is below {r_squared}"),
    };
    // Beyond the scatter of single cells, means that lie off the line show a bend.
    let bent = lo > 0.0 && lack_of_fit(fit).is_some_and(|found| found > LARGE_LACK);
    let answer = if bent { Answer::Differs } else { Answer::CannotBeJudged };
    Ok((answer, seen, Some(why)))
}

/// Mean square of the means off the line over that of cells around their means, above which a bend is no chance: beyond
/// the 99.9 % point of F for any freedoms from (1, 15) on.
const LARGE_LACK: f64 = 17.0;

/// The F statistic of lack of fit; None where cells do not repeat depths.
fn lack_of_fit(fit: &DepthFit) -> Option<f64> {
    let depths = fit.points.len();
    let (off, within) = (depths.checked_sub(2)?, fit.quality.n.checked_sub(depths)?);
    if off == 0 || within < 15 {
        return None;
    }
    let all = fit.quality.residual_sd?.powi(2) * fit.quality.freedom as f64;
    let lack: f64 = fit.points.iter().map(|point| point.n as f64 * point.residual_j.powi(2)).sum();
    let pure = (all - lack).max(0.0) / within as f64;
    (pure > 0.0).then(|| lack / off as f64 / pure)
}

/// Whether no variant of the run is both better and cheaper.
///
/// # Errors
/// The run does not tell.
pub(super) fn on_front(row: &SummaryRow, alpha: f64) -> Result<Answered, String> {
    let p = row.on_front_p.ok_or("not measured: energy or score of a variant is missing")?;
    let seen = format!("P(on the front) {p:.2}");
    Ok(match () {
        () if p >= 1.0 - alpha => (Answer::Agrees, seen, None),
        () if p <= alpha => {
            (Answer::Differs, seen, Some("another variant of the run is both better and cheaper".to_owned()))
        }
        () => {
            (Answer::CannotBeJudged, seen, Some("the intervals leave open what lies on the front".to_owned()))
        }
    })
}
