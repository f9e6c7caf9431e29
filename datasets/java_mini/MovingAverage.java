package org.example.metrics;

import java.util.function.DoubleUnaryOperator;

/** The mean of the last few samples. */
public class MovingAverage implements DoubleUnaryOperator {

    private final double[] window;
    private int next;
    private int filled;
    private double sum;

    public MovingAverage(int size) {
        window = new double[size];
    }

    @Override
    public double applyAsDouble(double sample) {
        sum += sample - window[next];
        window[next] = sample;
        next = (next + 1) % window.length;
        filled = Math.min(filled + 1, window.length);
        return sum / filled;
    }
}
