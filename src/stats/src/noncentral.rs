//! The noncentral t distribution, which the power of a t test follows.

use statrs::function::gamma::gamma_ur;

use crate::{beta, normal, student};

/// Beyond this noncentrality the first weight of Lenth's series is too small for a double.
const MOST_SUMMED: f64 = 37.5;

/// Above this freedom the sums take long, and a normal is within 1e-4.
const NEARLY_NORMAL: f64 = 1e7;

/// P(T ≤ `t`) with `freedom` degrees of freedom and noncentrality `delta`, by Lenth's series (1989, AS 243,
/// Applied Statistics 38) up to |delta| of 37.5 and by integration beyond. Within 1e-8 of scipy for freedom
/// 1 to 200 and |delta| ≤ 15. Freedoms above ten million use the normal of Abramowitz and Stegun, 26.7.10.
/// None without finite positive freedom or where a number is not one.
pub fn noncentral_t(t: f64, freedom: f64, delta: f64) -> Option<f64> {
    if t.is_nan() || !delta.is_finite() || !(freedom > 0.0 && freedom.is_finite()) {
        return None;
    }
    if t.is_infinite() {
        return Some(if t > 0.0 { 1.0 } else { 0.0 });
    }
    if delta == 0.0 {
        return student::upper_tail(-t, freedom);
    }
    if freedom > NEARLY_NORMAL {
        let spread = (1.0 + t / freedom * t / 2.0).sqrt();
        return Some(normal::upper_tail((delta - t) / spread)).filter(|found| !found.is_nan());
    }
    let below = |t: f64, delta: f64| {
        if delta.abs() <= MOST_SUMMED { series(t, freedom, delta) } else { integral(t, freedom, delta) }
    };
    let found = if t < 0.0 { 1.0 - below(-t, -delta) } else { below(t, delta) };
    Some(found.clamp(0.0, 1.0))
}

/// Φ(−δ) + ½ Σ [pⱼ I_x(j+½, ν/2) + qⱼ I_x(j+1, ν/2)] with x = t²/(ν+t²), for t ≥ 0.
fn series(t: f64, freedom: f64, delta: f64) -> f64 {
    /// Far more than the standard deviations at which Poisson weights are below 1e-17.
    const DEVIATIONS: f64 = 15.0;
    let x = t * t / (freedom + t * t);
    let mean = delta * delta / 2.0;
    let mut even = (-mean).exp();
    let mut odd = delta * (2.0 / std::f64::consts::PI).sqrt() * (-mean).exp();
    let mut sum = 0.0;
    let terms = mean + DEVIATIONS * mean.sqrt() + 50.0;
    let mut j = 0.0;
    while j < terms {
        let term = even * beta::regularized(j + 0.5, freedom / 2.0, x)
            + odd * beta::regularized(j + 1.0, freedom / 2.0, x);
        sum += term;
        if j > mean && term.abs() < 1e-18 {
            break;
        }
        j += 1.0;
        even *= mean / j;
        odd *= mean / (j + 0.5);
    }
    normal::upper_tail(delta) + sum / 2.0
}

/// The mean over a normal z of P(S ≥ (z + δ)/t), S² being χ²/ν, for t ≥ 0 and |δ| so large that z + δ never
/// changes its sign.
fn integral(t: f64, freedom: f64, delta: f64) -> f64 {
    /// Standard deviations on each side beyond which nothing is left.
    const DEVIATIONS: f64 = 8.5;
    const STEPS: u32 = 3400;
    if delta < 0.0 {
        return 1.0;
    }
    if t == 0.0 {
        return 0.0;
    }
    let step = 2.0 * DEVIATIONS / f64::from(STEPS);
    let term = |place: u32| {
        let z = -DEVIATIONS + step * f64::from(place);
        let ratio = (z + delta) / t;
        let square = freedom * ratio * ratio / 2.0;
        let above = if square == 0.0 {
            1.0
        } else if square.is_finite() {
            gamma_ur(freedom / 2.0, square)
        } else {
            0.0
        };
        (-z * z / 2.0).exp() * above
    };
    let sum: f64 = (0..=STEPS).map(term).sum();
    sum * step / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: [(f64, f64, f64, f64); 4] = [
        (636.6, 1.0, 800.0, 0.208871510532438),
        (60.0, 4.0, 50.0, 0.5956319237921183),
        (45.0, 40.0, 45.0, 0.47110194050902593),
        (1600.0, 500.0, 1581.0, 0.638733748597003),
    ];
    const NONCENTRAL: [(f64, f64, f64, f64); 65] = [
        (-12.0, 1.0, -15.0, 0.787118908172237),
        (-19.5, 1.0, -15.0, 0.5576442667048603),
        (-2.4000000000000004, 1.0, -3.0, 0.7515623594485125),
        (-3.9000000000000004, 1.0, -3.0, 0.5438823198626455),
        (0.5599999999999999, 1.0, 0.7, 0.4031280041973857),
        (0.9099999999999999, 1.0, 0.7, 0.5016492943400654),
        (3.2, 1.0, 4.0, 0.2328284484305459),
        (5.2, 1.0, 4.0, 0.450014172202843),
        (12.0, 1.0, 15.0, 0.2128810918277631),
        (19.5, 1.0, 15.0, 0.44235573329513966),
        (-12.0, 2.0, -15.0, 0.7873255213416974),
        (-19.5, 2.0, -15.0, 0.44636129937034735),
        (-2.4000000000000004, 2.0, -3.0, 0.7298270899821961),
        (-3.9000000000000004, 2.0, -3.0, 0.44272535386327516),
        (0.5599999999999999, 2.0, 0.7, 0.42120361540737483),
        (0.9099999999999999, 2.0, 0.7, 0.5366353159333126),
        (3.2, 2.0, 4.0, 0.2474882480500332),
        (5.2, 2.0, 4.0, 0.5561915925748928),
        (12.0, 2.0, 15.0, 0.21267447865830258),
        (19.5, 2.0, 15.0, 0.5536387006296526),
        (-12.0, 5.0, -15.0, 0.8255860342609063),
        (-19.5, 5.0, -15.0, 0.2957112232674328),
        (-2.4000000000000004, 5.0, -3.0, 0.7205445509244324),
        (-3.9000000000000004, 5.0, -3.0, 0.33281035669543135),
        (0.5599999999999999, 5.0, 0.7, 0.4344726659469561),
        (0.9099999999999999, 5.0, 0.7, 0.5630192920035183),
        (3.2, 5.0, 4.0, 0.2448113502142191),
        (5.2, 5.0, 4.0, 0.6815081587613223),
        (12.0, 5.0, 15.0, 0.1744139657390937),
        (19.5, 5.0, 15.0, 0.7042887767325672),
        (-12.0, 9.0, -15.0, 0.8670835773503526),
        (-19.5, 9.0, -15.0, 0.20061297631857875),
        (-2.4000000000000004, 9.0, -3.0, 0.7205867133670637),
        (-3.9000000000000004, 9.0, -3.0, 0.2812074117770013),
        (0.5599999999999999, 9.0, 0.7, 0.4387647404386632),
        (0.9099999999999999, 9.0, 0.7, 0.5717222009370133),
        (3.2, 9.0, 4.0, 0.23683005733226295),
        (5.2, 9.0, 4.0, 0.7463553921063519),
        (12.0, 9.0, 15.0, 0.1329164226496474),
        (19.5, 9.0, 15.0, 0.7993870236814212),
        (-12.0, 30.0, -15.0, 0.9518618351042835),
        (-19.5, 30.0, -15.0, 0.05078177357704914),
        (-2.4000000000000004, 30.0, -3.0, 0.7233178144065426),
        (-3.9000000000000004, 30.0, -3.0, 0.21922207258398343),
        (0.5599999999999999, 30.0, 0.7, 0.4426392805815959),
        (0.9099999999999999, 30.0, 0.7, 0.5796684335337914),
        (3.2, 30.0, 4.0, 0.22216557370929177),
        (5.2, 30.0, 4.0, 0.831835462359068),
        (12.0, 30.0, 15.0, 0.048138164895716505),
        (19.5, 30.0, 15.0, 0.9492182264229508),
        (-12.0, 200.0, -15.0, 0.9950508620168457),
        (-19.5, 200.0, -15.0, 0.0006129470525173575),
        (-2.4000000000000004, 200.0, -3.0, 0.7253192702674967),
        (-3.9000000000000004, 200.0, -3.0, 0.18981269851011914),
        (0.5599999999999999, 200.0, 0.7, 0.4440753222551289),
        (0.9099999999999999, 200.0, 0.7, 0.5826380412576984),
        (3.2, 200.0, 4.0, 0.21361973282083563),
        (5.2, 200.0, 4.0, 0.8759937646089169),
        (12.0, 200.0, 15.0, 0.0049491379831543055),
        (19.5, 200.0, 15.0, 0.9993870529474826),
        (-2.2, 9.0, 3.0, 1.5996961096977937e-06),
        (2.2, 9.0, -3.0, 0.9999984003038903),
        (0.0, 4.0, 1.5, 0.06680720126885809),
        (12.7, 1.0, 10.0, 0.43247003407750917),
        (40.0, 3.0, 15.0, 0.9350680913392696),
    ];

    // scripts/golden_stats.py: scipy.stats.nct.
    #[test]
    fn probabilities_agree_with_scipy() {
        for (t, freedom, delta, expected) in NONCENTRAL {
            let found = noncentral_t(t, freedom, delta).unwrap();
            assert!((found - expected).abs() < 1e-8, "{t} {freedom} {delta}: {found}, expected {expected}");
        }
    }

    // scripts/golden_stats.py: the definition integrated over S by scipy.integrate.quad.
    #[test]
    fn large_noncentralities_agree_with_integration() {
        for (t, freedom, delta, expected) in FAR {
            let found = noncentral_t(t, freedom, delta).unwrap();
            assert!((found - expected).abs() < 1e-8, "{t} {freedom} {delta}: {found}, expected {expected}");
        }
    }

    #[test]
    fn both_methods_agree_where_they_meet() {
        for (t, freedom) in [(30.0, 1.0), (38.0, 5.0), (36.0, 20.0), (38.0, 150.0)] {
            let (sum, integrated) = (series(t, freedom, 37.0), integral(t, freedom, 37.0));
            assert!((sum - integrated).abs() < 1e-9, "{t} {freedom}: {sum} {integrated}");
        }
    }

    #[test]
    fn without_noncentrality_it_is_students_and_nonsense_gives_none() {
        let students = 1.0 - student::upper_tail(1.5, 7.0).unwrap();
        assert!((noncentral_t(1.5, 7.0, 0.0).unwrap() - students).abs() < 1e-15);
        assert!((noncentral_t(1.5, 7.0, 1e-300).unwrap() - students).abs() < 1e-12);
        assert_eq!(noncentral_t(f64::INFINITY, 7.0, 1.0), Some(1.0));
        assert_eq!(noncentral_t(f64::NAN, 7.0, 1.0), None);
        assert_eq!(noncentral_t(1.0, 0.0, 1.0), None);
        assert_eq!(noncentral_t(1.0, f64::INFINITY, 1.0), None);
        assert_eq!(noncentral_t(1.0, 5.0, f64::NAN), None);
        assert_eq!(noncentral_t(0.0, 5.0, 100.0), Some(0.0));
        assert_eq!(noncentral_t(-1.0, 5.0, -100.0), Some(1.0));
    }
}
