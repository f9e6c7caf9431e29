package org.example.stats;

/** Fits a straight line to a series of observations using ordinary least squares. */
public class LinearRegression {

    private long n;
    private double sumX;
    private double sumY;
    private double sumXX;
    private double sumXY;

    public void add(double x, double y) {
        n++;
        sumX += x;
        sumY += y;
        sumXX += x * x;
        sumXY += x * y;
    }

    public double slope() {
        double spread = n * sumXX - sumX * sumX;
        if (spread == 0) {
            return Double.NaN; // all observations share the same x
        }
        return (n * sumXY - sumX * sumY) / spread;
    }

    public double intercept() {
        return (sumY - slope() * sumX) / n;
    }

    public double predict(double x) {
        return intercept() + slope() * x;
    }
}
