//! Rotary positions: the frequencies of every rule by which published models stretch them.
//!
//! Su et al. 2021, arXiv 2104.09864. The rules are those of the library `transformers`, under its names.

use std::f64::consts::PI;

use serde_json::Value as Json;

use crate::config::{Config, clip};
use crate::error::Result;
use crate::limits::is_positive;

/// A rotation of pairs of features by angles that grow with the position.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotary {
    /// Radians per position of each pair; twice as many features are rotated, those behind them stay.
    pub frequencies: Vec<f64>,
    /// Factor of cosines and sines.
    pub magnitude: f64,
    /// Pairs are neighbours (2i, 2i + 1); otherwise (i, i + half of the rotated features).
    pub interleaved: bool,
}

/// A rotation with the longest context that it serves.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    /// The rotation.
    pub rotary: Rotary,
    /// Tokens; smaller than the config's where longer sequences would need another rotation.
    pub context: i64,
}

/// What decides a rotation besides the config's tables.
#[derive(Debug, Clone, Copy)]
pub struct Turned {
    /// Features of one head that are rotated.
    pub features: i64,
    /// Base where the config names none.
    pub theta: f64,
    /// The config's longest context, tokens.
    pub context: i64,
}

impl Rotary {
    /// Plain rotation: frequencies fall from 1 to 1 / `theta`.
    pub fn plain(features: i64, theta: f64) -> Self {
        let frequency = |pair: i64| theta.powf(-2.0 * pair as f64 / features as f64);
        Self { frequencies: (0..features / 2).map(frequency).collect(), magnitude: 1.0, interleaved: false }
    }
}

/// The keys of `rope_parameters` (as transformers 5 writes them) or of `rope_scaling` beside `rope_theta`.
/// `layers`: the sub-table of `rope_parameters` for one kind of layers, where it has any.
pub fn rotation(config: &Config, layers: Option<&str>, turned: Turned) -> Result<Rotation> {
    let table = table(config, layers)?;
    let named = [
        ("rope_theta", number(config, table, "rope_theta")?),
        ("rope_theta", config.number("rope_theta")?),
        ("rotary_emb_base", config.number("rotary_emb_base")?),
    ];
    for (key, theta) in named {
        theta.map_or(Ok(()), |theta| config.base(key, theta))?;
    }
    let theta = named.into_iter().find_map(|(_, theta)| theta).unwrap_or(turned.theta);
    scaled(config, table, theta, turned)
}

/// A rotation with a base of its own, stretched by a table or by none.
pub fn scaled(config: &Config, table: Option<&Json>, theta: f64, turned: Turned) -> Result<Rotation> {
    if turned.features < 2 || turned.features % 2 != 0 {
        let message = format!(
            "a head of {} rotated features cannot be rotated, expected an even number",
            turned.features
        );
        return Err(config.damaged(message));
    }
    let mut rotary = Rotary::plain(turned.features, theta);
    let mut context = turned.context;
    let scaling = Scaling { config, table };
    match scaling.rule()?.unwrap_or("default") {
        // Within the longest context of its training `dynamic` changes nothing; beyond, prompts are refused.
        "default" => {}
        "dynamic" => {
            scaling.optional("factor")?;
        }
        "linear" => {
            let factor = scaling.needed("factor")?;
            rotary.frequencies.iter_mut().for_each(|frequency| *frequency /= factor);
        }
        "llama3" => llama3(&mut rotary, &scaling)?,
        "yarn" => yarn(&mut rotary, &scaling, theta, turned)?,
        "factors" => {
            let factors = scaling.list("factors", rotary.frequencies.len())?;
            rotary.frequencies.iter_mut().zip(factors).for_each(|(frequency, factor)| *frequency /= factor);
        }
        "longrope" | "su" => context = longrope(&mut rotary, &scaling, turned)?,
        other => {
            return Err(config.refuse(format!(
                "rope scaling `{}` is not known, expected `default`, `linear`, `dynamic`, `llama3`, `yarn` or `longrope`",
                clip(other)
            )));
        }
    }
    Ok(Rotation { rotary, context })
}

/// The share of a head's features that `rope_parameters` lets rotate; None: it says nothing.
///
/// # Errors
/// It says something that is no share.
pub fn partial(config: &Config) -> Result<Option<f64>> {
    const KEY: &str = "partial_rotary_factor";
    let share = number(config, config.table("rope_parameters")?, KEY)?;
    share.map_or(Ok(()), |share| config.share(KEY, share))?;
    Ok(share)
}

/// The table that stretches, wherever it stands; `null` is none.
fn table<'a>(config: &'a Config, layers: Option<&str>) -> Result<Option<&'a Json>> {
    let (parameters, scaling) = (config.table("rope_parameters")?, config.table("rope_scaling")?);
    let own = parameters.zip(layers).and_then(|(all, layers)| all.get(layers).map(|own| (layers, own)));
    match own {
        Some((layers, own)) if !own.is_object() => Err(config.unfit(layers, own, "a table")),
        Some((_, own)) => Ok(Some(own)),
        None => Ok(parameters.or(scaling)),
    }
}

fn number(config: &Config, table: Option<&Json>, key: &str) -> Result<Option<f64>> {
    match table.and_then(|table| table.get(key)) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(value) => Ok(Some(value)),
            None => Err(config.unfit(key, value, "a number, in the rope scaling")),
        },
    }
}

struct Scaling<'a> {
    config: &'a Config,
    table: Option<&'a Json>,
}

impl<'a> Scaling<'a> {
    /// The rule's name: under `rope_type`, under `type`, or under both where they agree.
    fn rule(&self) -> Result<Option<&'a str>> {
        let Some(table) = self.table else { return Ok(None) };
        let word = |key: &str| match table.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(word)) => Ok(Some(word.as_str())),
            Some(other) => Err(self.config.unfit(key, other, "the name of a rope scaling")),
        };
        match (word("rope_type")?, word("type")?) {
            // Old Gemma and Phi files say `su` or `mrope` in one of them only; two different ones are a riddle.
            (Some(new), Some(old)) if new != old => Err(self.config.refuse(format!(
                "the rope scaling says `rope_type` `{}` and `type` `{}`: take one of them out",
                clip(new),
                clip(old)
            ))),
            (new, old) => Ok(new.or(old)),
        }
    }

    fn number(&self, key: &str) -> Result<Option<f64>> {
        number(self.config, self.table, key)
    }

    /// A number above 0, where there is one.
    fn optional(&self, key: &str) -> Result<Option<f64>> {
        let value = self.number(key)?;
        value.map_or(Ok(()), |value| self.config.above_zero(key, value))?;
        Ok(value)
    }

    /// A number above 0.
    fn needed(&self, key: &str) -> Result<f64> {
        let lacks = || self.config.damaged(format!("the rope scaling needs a `{key}` above 0"));
        self.optional(key)?.ok_or_else(lacks)
    }

    /// Context of the first training: in the table, else beside it, else the longest.
    fn original(&self, turned: Turned) -> Result<f64> {
        const KEY: &str = "original_max_position_embeddings";
        let own = self.table.and_then(|table| table.get(KEY)).filter(|value| !value.is_null());
        let found = match own {
            Some(value) => Some(self.config.as_whole(KEY, value)?),
            None => self.config.whole(KEY)?,
        };
        let found = found.unwrap_or(turned.context);
        self.config.size(KEY, found)?;
        Ok(found as f64)
    }

    /// A flag, where there is one.
    fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.table.and_then(|table| table.get(key)) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.config.unfit(key, other, "true or false")),
        }
    }

    fn list(&self, key: &str, length: usize) -> Result<Vec<f64>> {
        let list = self.table.and_then(|table| table.get(key)).and_then(Json::as_array);
        let list: Option<Vec<f64>> = list.and_then(|list| list.iter().map(Json::as_f64).collect());
        match list {
            Some(list) if list.len() == length && list.iter().all(|value| is_positive(*value)) => Ok(list),
            _ => Err(self
                .config
                .damaged(format!("the rope scaling needs `{key}` with {length} numbers above 0"))),
        }
    }
}

/// Llama 3.1: long waves are stretched, short ones stay.
fn llama3(rotary: &mut Rotary, scaling: &Scaling) -> Result<()> {
    let (factor, low, high) =
        (scaling.needed("factor")?, scaling.needed("low_freq_factor")?, scaling.needed("high_freq_factor")?);
    let original = scaling.needed("original_max_position_embeddings")?;
    if high <= low {
        return Err(scaling.config.damaged("`high_freq_factor` must be larger than `low_freq_factor`"));
    }
    for frequency in &mut rotary.frequencies {
        let turns = original * *frequency / (2.0 * PI); // in the first training's context
        let keep = ((turns - low) / (high - low)).clamp(0.0, 1.0);
        *frequency *= keep + (1.0 - keep) / factor;
    }
    Ok(())
}

/// Peng et al. 2023, arXiv 2309.00071.
fn yarn(rotary: &mut Rotary, scaling: &Scaling, theta: f64, turned: Turned) -> Result<()> {
    let factor = scaling.needed("factor")?;
    let original = scaling.original(turned)?;
    let grown = |strength: f64| if factor <= 1.0 { 1.0 } else { 0.1 * strength * factor.ln() + 1.0 };
    rotary.magnitude = match scaling.optional("attention_factor")? {
        Some(given) => given,
        None => match (scaling.number("mscale")?, scaling.number("mscale_all_dim")?) {
            (Some(one), Some(all)) if one != 0.0 && all != 0.0 => grown(one) / grown(all),
            _ => grown(1.0),
        },
    };
    let fast = scaling.optional("beta_fast")?.unwrap_or(32.0);
    let slow = scaling.optional("beta_slow")?.unwrap_or(1.0);
    if fast < slow {
        return Err(scaling.config.damaged("`beta_fast` must be at least `beta_slow`"));
    }
    let features = turned.features as f64;
    let pair_of = |turns: f64| features * (original / (turns * 2.0 * PI)).ln() / (2.0 * theta.ln());
    let (mut low, mut high) = (pair_of(fast), pair_of(slow));
    let whole = scaling.flag("truncate")?.unwrap_or(true);
    if whole {
        (low, high) = (low.floor(), high.ceil());
    }
    (low, high) = (low.max(0.0), high.min(features - 1.0));
    if low == high {
        high += 0.001;
    }
    for (pair, frequency) in rotary.frequencies.iter_mut().enumerate() {
        let stretch = ((pair as f64 - low) / (high - low)).clamp(0.0, 1.0);
        *frequency *= stretch / factor + (1.0 - stretch);
    }
    Ok(())
}

/// Ding et al. 2024, arXiv 2402.13753, with the factors for sequences within the first training's context. Longer
/// ones need other factors for every position, the first included, so the context ends there.
fn longrope(rotary: &mut Rotary, scaling: &Scaling, turned: Turned) -> Result<i64> {
    let original = scaling.original(turned)?;
    let factor = match turned.context as f64 / original {
        ratio if ratio != 1.0 => ratio,
        _ => scaling.optional("factor")?.unwrap_or(1.0),
    };
    rotary.magnitude = match scaling.optional("attention_factor")? {
        Some(given) => given,
        None if factor <= 1.0 => 1.0,
        None => (1.0 + factor.ln() / original.ln()).sqrt(),
    };
    let short = scaling.list("short_factor", rotary.frequencies.len())?;
    scaling.list("long_factor", rotary.frequencies.len())?;
    rotary.frequencies.iter_mut().zip(short).for_each(|(frequency, factor)| *frequency /= factor);
    Ok(turned.context.min(original as i64))
}
