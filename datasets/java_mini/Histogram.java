package org.example.stats;

import java.io.PrintWriter;

/** Counts observations in equally wide bins and keeps a running mean and variance. */
public class Histogram {

    private final double min;
    private final double binWidth;
    private final long[] bins;
    private long count;
    private double mean;
    private double squaredDeviations;

    /**
     * @param min lower edge of the first bin; anything smaller is counted there too
     * @param max upper edge of the last bin; anything larger is counted there too
     * @param binCount number of bins
     */
    public Histogram(double min, double max, int binCount) {
        this.min = min;
        this.binWidth = (max - min) / binCount;
        this.bins = new long[binCount];
    }

    public void record(double value) {
        int index = (int) Math.floor((value - min) / binWidth);
        bins[Math.max(0, Math.min(bins.length - 1, index))]++;
        count++;
        double delta = value - mean;
        mean += delta / count;
        squaredDeviations += delta * (value - mean);
    }

    public double mean() {
        return mean;
    }

    public double standardDeviation() {
        return count < 2 ? 0 : Math.sqrt(squaredDeviations / (count - 1));
    }

    public void print(PrintWriter out, int maxBarLength) {
        long tallest = 1;
        for (long bin : bins) {
            tallest = Math.max(tallest, bin);
        }
        for (int i = 0; i < bins.length; i++) {
            out.printf("%10.2f | ", min + i * binWidth);
            for (long n = bins[i] * maxBarLength / tallest; n > 0; n--) {
                out.print('#');
            }
            out.println(" " + bins[i]);
        }
        out.flush();
    }
}
