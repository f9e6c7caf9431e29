package org.example.buffer;

/** Keeps the most recent samples, silently dropping the oldest once full. */
public class RingBuffer {

    private final double[] samples;
    private long written;

    public RingBuffer(int size) {
        samples = new double[size];
    }

    public synchronized void push(double sample) {
        samples[(int) (written % samples.length)] = sample;
        written++;
    }

    public synchronized int size() {
        return (int) Math.min(written, samples.length);
    }

    /** Copies the buffered samples, oldest first. */
    public synchronized double[] snapshot() {
        double[] copy = new double[size()];
        long oldest = written - copy.length;
        for (int i = 0; i < copy.length; i++) {
            copy[i] = samples[(int) ((oldest + i) % samples.length)];
        }
        return copy;
    }
}
