#!/usr/bin/env python3
"""Prints the golden numbers of the tests under src/stats/src (needs scipy and statsmodels)."""

import itertools

import numpy as np
import statsmodels.api as sm
from scipy import integrate, optimize, special, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

print("# student.rs: quantiles, two-sided p")
for p in (0.95, 0.975, 0.995):
    for df in (1, 2, 5, 7, 11, 30):
        print(p, df, float(stats.t.ppf(p, df)))
for t, df in ((0.5, 5), (2.5, 7), (12.0, 7), (40.0, 11)):
    print(t, df, float(2 * stats.t.sf(t, df)))

print("# paired.rs and ratio.rs: joules and items of six blocks")
variant = np.array([10.0, 11.0, 9.5, 10.5, 10.2, 9.9]), np.array([4.0, 4, 4, 4, 4, 4])
baseline = np.array([12.0, 12.5, 11.0, 12.8, 11.9, 12.2]), np.array([4.0, 4, 4, 5, 4, 4])
logs = np.log((variant[0] / variant[1]) / (baseline[0] / baseline[1]))
test = stats.ttest_1samp(logs, 0)
interval = test.confidence_interval(0.95)
print("geometric mean", [float(np.exp(x)) for x in (logs.mean(), interval.low, interval.high)], float(test.pvalue))


def sign_flip(values):
    return stats.permutation_test(
        (np.array(values),), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples", n_resamples=10**6
    ).pvalue


print("sign flip", sign_flip(logs), sign_flip([0.1, -0.02, 0.05, 0.03, -0.04, 0.06, 0.01]))


def influence(joules, items):
    return len(joules) * (joules / joules.sum() - items / items.sum())


def delta(value, z):
    half = stats.t.ppf(0.975, len(z) - 1) * np.sqrt((z**2).sum() / (len(z) * (len(z) - 1)))
    return [float(x) for x in (value, value * np.exp(-half), value * np.exp(half), value * (1 - half), value * (1 + half))]


totals = [joules.sum() / items.sum() for joules, items in (variant, baseline)]
print("ratio of totals", delta(totals[0] / totals[1], influence(*variant) - influence(*baseline)))
print("totals", delta(totals[0], influence(*variant)), delta(totals[1], influence(*baseline)))

print("# holm.rs")
print(multipletests([0.01, 0.04, 0.03, 0.005, 0.9], method="holm")[1])

print("# proportion.rs: Wilson, then with the effective number of clustered items")
for k, n in ((0, 10), (5, 10), (10, 10), (18, 180), (1, 3)):
    interval = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    print(k, n, float(interval.low), float(interval.high))
clusters = [[1, 1, 1], [0, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0]]
n, k = sum(map(len, clusters)), len(clusters)
p = sum(map(sum, clusters)) / n
variance = k / (k - 1) * sum((sum(c) - p * len(c)) ** 2 for c in clusters) / n**2
effective = n / (variance / (p * (1 - p) / (n - 1)))
print(effective, [float(x) for x in proportion_confint(p * effective, effective, method="wilson")])

print("# difference.rs: value, interval, p")
joules_a, joules_b = np.array([2.5, 2.75, 2.375, 2.625, 2.55, 2.475]), np.array([3.0, 3.125, 2.75, 2.56, 2.975, 3.05])
test = stats.ttest_rel(joules_a, joules_b)
interval = test.confidence_interval(0.95)
print([float(x) for x in ((joules_a - joules_b).mean(), interval.low, interval.high, test.pvalue)])

print("# regression.rs: three terms (value, interval), R², residual standard deviation, half widths at one point")
prompt = np.array([100.0, 120, 200, 210, 310, 300, 150, 260])
work = np.array([60.0, 120, 240, 60, 120, 240, 180, 200])
energy = np.array([0.52, 0.71, 1.18, 0.66, 1.01, 1.32, 0.88, 1.12])
model = sm.OLS(energy, np.column_stack([np.ones(8), prompt, work])).fit()
for value, (low, high) in zip(model.params, model.conf_int()):
    print(float(value), float(low), float(high))
print(float(model.rsquared), float(np.sqrt(model.scale)))
at = model.get_prediction(np.array([[1.0, 250, 150]])).summary_frame(alpha=0.05)
print(float(at["mean_ci_upper"].iloc[0] - at["mean"].iloc[0]), float(at["obs_ci_upper"].iloc[0] - at["mean"].iloc[0]))
line = stats.linregress(work, energy)
print("line", [float(x) for x in (line.intercept, line.slope, line.stderr, line.intercept_stderr, line.rvalue**2)])

# From here on every line is the name of the constant in the tests and its value.


def golden(name, value):
    def plain(value):
        if isinstance(value, (list, tuple, np.ndarray)):
            return [plain(each) for each in value]
        return value if isinstance(value, (int, str)) else float(value)

    print(name, plain(value))


print("# beta.rs, normal.rs, student.rs, estimate.rs")
places = [(0.5, 0.5, 0.3), (2.0, 3.0, 0.4), (50.0, 0.5, 0.99), (1e5, 1e5, 0.501)]
places += [(1e6, 2e6, 0.3335), (9e5, 1e5, 0.8995), (3.0, 1e6, 2e-6)]
golden("BETAS", [(*place, special.betainc(*place)) for place in places])
golden("TAILS", [(z, stats.norm.sf(z)) for z in (-1.5, 0.0, 1.0, 5.0, 20.0)])
places = [(0.999, 1.0), (0.99999, 2.0), (0.95, 4.7), (0.9999, 6.3), (0.95, 1e6), (0.001, 5.0), (1 - 1e-9, 11.0)]
golden("EXTREMES", [(level, df, stats.t.isf((1 - level) / 2, df)) for level, df in places])
golden("SEM", stats.sem([-0.5, -0.375, -0.375, 0.065, -0.425, -0.575]))

print("# clustered.rs: value, interval, p; then of exp(mean)")
means = np.array([0.2, -0.1, 0.4, 0.0, 0.3, 0.25, -0.05])
test = stats.ttest_1samp(means, 0)
interval = test.confidence_interval(0.95)
golden("CLUSTERED", [means.mean(), interval.low, interval.high, test.pvalue])
count = len(means)
left_out = np.array([np.exp(np.delete(means, place).mean()) for place in range(count)])
error = np.sqrt((count - 1) / count * ((left_out - left_out.mean()) ** 2).sum())
value, reach = np.exp(means.mean()), stats.t.ppf(0.975, count - 1)
golden("CURVED", [value - reach * error, value + reach * error, 2 * stats.t.sf(value / error, count - 1)])

print("# mcnemar.rs")
pairs = [(1, 5), (0, 6), (3, 12), (20, 45), (400, 480)]
large = [(199000, 201000), (999000, 1002000)]
found = [(b, c, mcnemar([[9, b], [c, 9]], exact=True).pvalue) for b, c in pairs]
golden("MCNEMARS", found + [(b, c, stats.binomtest(b, b + c).pvalue) for b, c in large])

print("# equivalence.rs: not above .02, not below -.01, within -.01 to .015, not above 0")
values = np.array([0.012, -0.004, 0.021, 0.008, -0.011, 0.015, 0.003, 0.006])


def one_sided(margin, alternative):
    return stats.ttest_1samp(values, margin, alternative=alternative).pvalue


tost = DescrStatsW(values).ttost_mean(-0.01, 0.015)[0]
golden("EQUIVALENCE", [one_sided(0.02, "less"), one_sided(-0.01, "greater"), tost, one_sided(0.0, "less")])

print("# rank.rs: exact, tied, 50 and 45, 55 and 45; shift and interval")
a, b = [10.3, 11.2, 9.8, 10.9, 12.1, 11.5], [9.1, 10.1, 9.6, 10.5, 8.7]


def many(count, shift):
    return [0.37 * (place * 7 % 61) + shift for place in range(count)]


def whitney(a, b, method):
    return stats.mannwhitneyu(a, b, method=method).pvalue


few = [whitney(a, b, "exact"), whitney(a, [9.1, 10.3, 9.8, 10.3, 8.7], "asymptotic")]
other = many(45, 2.125)
golden("MANN_WHITNEY", [*few, whitney(many(50, 0), other, "exact"), whitney(many(55, 0), other, "asymptotic")])
differences = np.sort(np.subtract.outer(a, b).ravel())
orders = [sum(places) - 15 for places in itertools.combinations(range(11), 6)]
outside = max(k for k in range(15) if np.mean(np.array(orders) <= k) <= 0.025)
golden("SHIFT", [np.median(differences), differences[outside], differences[-1 - outside]])

print("# noncentral.rs: t, freedom, noncentrality, probability")
grid = itertools.product((1.0, 2.0, 5.0, 9.0, 30.0, 200.0), (-15.0, -3.0, 0.7, 4.0, 15.0), (0.8, 1.3))
places = [(delta * share, df, delta) for df, delta, share in grid]
places += [(-2.2, 9.0, 3.0), (2.2, 9.0, -3.0), (0.0, 4.0, 1.5), (12.7, 1.0, 10.0), (40.0, 3.0, 15.0)]
golden("NONCENTRAL", [(*place, stats.nct.cdf(*place)) for place in places])


def by_integration(t, df, delta):
    """Over S, the root of chi-squared by freedom."""
    spread = 12 / np.sqrt(2 * df)
    low, high = max(0.0, 1 - spread) if df > 150 else 0.0, 1 + spread
    points = [x for x in (delta / t * (1 + k / delta) for k in (-6, -3, 0, 3, 6)) if low < x < high]
    density = lambda s: 2 * df * s * stats.chi2.pdf(df * s * s, df)
    both = lambda s: density(s) * stats.norm.cdf(t * s - delta)
    return integrate.quad(both, low, high, points=points, epsabs=1e-13, epsrel=1e-12, limit=2000)[0]


places = [(636.6, 1.0, 800.0), (60.0, 4.0, 50.0), (45.0, 40.0, 45.0), (1600.0, 500.0, 1581.0)]
golden("FAR", [(*place, by_integration(*place)) for place in places])
print("as scipy says", [float(stats.nct.cdf(*place)) for place in places])

print("# power.rs: effect, sd, blocks, alpha, two-sided, one-sided; percent, sd, blocks; sd, blocks, effect")
test = TTestPower()


def powers(effect, sd, blocks, alpha):
    two, one = (test.power(effect / sd, blocks, alpha, alternative=side) for side in ("two-sided", "larger"))
    if np.isnan(two):  # scipy gives no number for a lower tail below 1e-300
        two = stats.nct.sf(stats.t.isf(alpha / 2, blocks - 1), blocks - 1, effect / sd * np.sqrt(blocks))
    return two, one


def needed(effect, sd):
    enough = lambda side: next(n for n in range(2, 2000) if powers(effect, sd, n, 0.05)[side] >= 0.8)
    return enough(0), enough(1)


def detectable(sd, blocks):
    lacks = lambda size, side: powers(size, 1.0, blocks, 0.05)[side] - 0.8
    root = lambda side: optimize.brentq(lacks, 1e-6, 60, (side,), xtol=1e-15, rtol=1e-14)
    return sd * root(0), sd * root(1)


places = [(0.05, 0.03, 6, 0.05), (0.02, 0.03, 18, 0.05), (0.01, 0.02, 10, 0.0025)]
places += [(0.1, 0.02, 3, 0.05), (0.003, 0.03, 200, 0.05), (0.05, 0.02, 2, 0.05)]
golden("POWERS", [(*place, *powers(*place)) for place in places])
grid = itertools.product((1.0, 2.0, 5.0, 10.0), (0.01, 0.02, 0.05))
golden("NEEDED", [(percent, sd, *needed(np.log1p(percent / 100), sd)) for percent, sd in grid])
golden("DETECTABLE", [(sd, n, *detectable(sd, n)) for sd, n in ((0.02, 6), (0.01, 10), (0.03, 40), (0.01, 3))])

print("# sequential.rs: ln B, interval, p; ln B of four values by integration")
values = np.array([-0.031, -0.052, -0.018, -0.044, -0.060, -0.025, -0.049, -0.038, -0.041, -0.022])


def log_evidence(values, middle, g):
    n = len(values)
    t, spread = (values.mean() - middle) / stats.sem(values), np.sqrt(1 + n * g)
    return stats.t.logpdf(t / spread, n - 1) - np.log(spread) - stats.t.logpdf(t, n - 1)


beyond = lambda middle: log_evidence(values, middle, 1.0) - np.log(20)
end = lambda far: optimize.brentq(beyond, values.mean(), far, xtol=1e-16, rtol=1e-14)
smallest = min(1.0, *(np.exp(-log_evidence(values[:n], 0.0, 1.0)) for n in range(2, 11)))
golden("SEQUENTIAL", [log_evidence(values, 0.0, 1.0), end(-1.0), end(1.0), smallest])


def likelihood(effect, log_sigma):
    sigma = np.exp(log_sigma)
    return np.prod(stats.norm.pdf(values[:4], effect * sigma, sigma))


weighted = lambda effect, s: likelihood(effect, s) * stats.norm.pdf(effect, 0, np.sqrt(0.7))
with_effect = integrate.dblquad(weighted, -7, 2, -8, 8, epsabs=1e-9, epsrel=1e-9)[0]
golden("INTEGRATED", np.log(with_effect / integrate.quad(lambda s: likelihood(0.0, s), -7, 4, epsrel=1e-11)[0]))

print("# prediction.rs: mean, interval, p of 1.08; the same of logarithms")
earlier = np.array([1.02, 0.99, 1.01, 1.035, 0.985])


def predicted(values):
    table = sm.OLS(values, np.ones(5)).fit().get_prediction([1.0]).summary_frame(alpha=0.05)
    return [table[column].iloc[0] for column in ("mean", "obs_ci_lower", "obs_ci_upper")]


t = (1.08 - earlier.mean()) / (earlier.std(ddof=1) * np.sqrt(1 + 1 / 5))
golden("PREDICTION", [*predicted(earlier), 2 * stats.t.sf(t, 4), *np.exp(predicted(np.log(earlier)))])

print("# per_success.rs: published ratio; alone, unpaired, paired; relative error")


def around(value, variances):
    whole = sum(v for v, _ in variances)
    half = stats.t.ppf(0.975, whole**2 / sum(v**2 / f for v, f in variances)) * np.sqrt(whole)
    return [value, value * np.exp(-half), value * np.exp(half)]


def of_mean(pulls):
    return (pulls**2).sum() / (len(pulls) * (len(pulls) - 1)), len(pulls) - 1


chances = [(1 - k / 1001) / k for k in (13, 55)]
value, half = 176997.839 / 13 / (419060.36 / 55), stats.norm.ppf(0.975) * np.sqrt(sum(chances))
golden("PUBLISHED", [value, value * np.exp(-half), value * np.exp(half)])
right = [np.array(k, float) for k in ([3, 2, 4, 1, 3, 2], [3, 3, 4, 2, 3, 1])]
energy = [influence(*variant), influence(*baseline)]
success = [influence(k, np.full(6, 4.0)) for k in right]
each = [totals[side] / (right[side].sum() / 24) for side in (0, 1)]
own, other = ([of_mean(energy[side]), of_mean(success[side])] for side in (0, 1))
ratio = each[0] / each[1]
paired = [of_mean(energy[0] - energy[1]), of_mean(success[0] - success[1])]
golden("MEASURED", [around(each[0], own), around(ratio, own + other), around(ratio, paired)])
golden("RELATIVE", np.sqrt(of_mean(success[0])[0]))

print("# binomial.rs")
places = [(0, 10), (1, 10), (5, 10), (10, 10), (17, 2000), (60, 1000000)]
intervals = [stats.binomtest(*place).proportion_ci(0.95, method="exact") for place in places]
golden("INTERVALS", [(*place, found.low, found.high) for place, found in zip(places, intervals)])

print("# series.rs: variation, slope, p, lag one, bound, Spearman, p; fences")
values = np.array([5.1, 5.3, 4.9, 5.0, 5.2, 5.1, 5.9, 6.1, 5.8, 6.0, 8.5, 5.9])
line, off = stats.linregress(np.arange(12), values), values - values.mean()
lag, rank = (off[1:] * off[:-1]).sum() / (off**2).sum(), stats.spearmanr(np.arange(12), values)
bound = stats.norm.ppf(0.975) / np.sqrt(12)
spread = values.std(ddof=1) / values.mean()
golden("SERIES", [spread, line.slope, line.pvalue, lag, bound, rank.statistic, rank.pvalue])
repeated = stats.spearmanr(np.tile(np.arange(3), 4), values)
golden("REPEATED", [repeated.statistic, repeated.pvalue])
first, third = np.percentile(values, [25, 75])
golden("FENCES", [first - 1.5 * (third - first), third + 1.5 * (third - first)])

print("# bootstrap.rs: interval, acceleration")
resampled, left_out = np.exp(np.arange(999) / 500), 3 - 0.002 * np.arange(40.0) ** 2
off = left_out.mean() - left_out
acceleration = (off**3).sum() / (6 * (off**2).sum() ** 1.5)
bias = stats.norm.ppf(((resampled < 3).mean() + (resampled <= 3).mean()) / 2)
moved = bias + stats.norm.ppf([0.025, 0.975])
ends = np.percentile(resampled, 100 * stats.norm.cdf(bias + moved / (1 - acceleration * moved)))
golden("BCA", [*ends, acceleration])

print("# mover.rs")
golden("NEWCOMBE", confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff"))
