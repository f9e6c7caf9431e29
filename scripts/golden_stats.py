#!/usr/bin/env python3
"""Prints the golden numbers of the tests under src/harness/src/stats (needs scipy and statsmodels)."""

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

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
