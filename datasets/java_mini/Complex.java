package org.example.math;

/** An immutable complex number. */
public final class Complex {
  public static final Complex ZERO = new Complex(0, 0);
  public static final Complex I = new Complex(0, 1);

  private final double re;
  private final double im;

  public Complex(double re, double im) {
    this.re = re;
    this.im = im;
  }

  public static Complex polar(double radius, double angle) {
    return new Complex(radius * Math.cos(angle), radius * Math.sin(angle));
  }

  public Complex add(Complex that) {
    return new Complex(re + that.re, im + that.im);
  }

  public Complex multiply(Complex that) {
    return new Complex(re * that.re - im * that.im, re * that.im + im * that.re);
  }

  public Complex conjugate() {
    return new Complex(re, -im);
  }

  public Complex divide(Complex that) {
    double norm = that.re * that.re + that.im * that.im;
    Complex product = multiply(that.conjugate());
    return new Complex(product.re / norm, product.im / norm);
  }

  public double abs() {
    return Math.hypot(re, im);
  }

  @Override
  public String toString() {
    return im < 0 ? re + " - " + -im + "i" : re + " + " + im + "i";
  }
}
