package org.example.math;

/**
 * A rational number in lowest terms. The sign is always kept in the numerator.
 */
public final class Fraction extends Number implements Comparable<Fraction> {

    private static final long serialVersionUID = 1L;

    private final long numerator;
    private final long denominator;

    public Fraction(long numerator, long denominator) {
        if (denominator == 0) {
            throw new ArithmeticException("zero denominator");
        }
        long divisor = gcd(Math.abs(numerator), Math.abs(denominator)) * Long.signum(denominator);
        this.numerator = numerator / divisor;
        this.denominator = denominator / divisor;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    public Fraction subtract(Fraction other) {
        return new Fraction(
                numerator * other.denominator - other.numerator * denominator,
                denominator * other.denominator);
    }

    public Fraction multiply(Fraction other) {
        return new Fraction(numerator * other.numerator, denominator * other.denominator);
    }

    @Override
    public int compareTo(Fraction other) {
        return Long.compare(numerator * other.denominator, other.numerator * denominator);
    }

    @Override public boolean equals(Object o) { return o instanceof Fraction && compareTo((Fraction) o) == 0; }

    @Override public int hashCode() { return Long.hashCode(31 * numerator + denominator); }

    @Override public int intValue() { return (int) longValue(); }

    @Override public long longValue() { return numerator / denominator; }

    @Override public float floatValue() { return (float) doubleValue(); }

    @Override public double doubleValue() { return (double) numerator / denominator; }

    @Override
    public String toString() {
        return denominator == 1 ? Long.toString(numerator) : numerator + "/" + denominator;
    }
}
