package org.example.units;

public enum TemperatureScale {
    CELSIUS(1.0, 273.15),
    FAHRENHEIT(5.0 / 9.0, 459.67 * 5.0 / 9.0),
    KELVIN(1.0, 0.0);

    private final double kelvinPerDegree;
    private final double zeroInKelvin;

    TemperatureScale(double kelvinPerDegree, double zeroInKelvin) {
        this.kelvinPerDegree = kelvinPerDegree;
        this.zeroInKelvin = zeroInKelvin;
    }

    public double convertTo(TemperatureScale target, double degrees) {
        double kelvin = degrees * kelvinPerDegree + zeroInKelvin;
        if (kelvin < 0) {
            throw new IllegalArgumentException(degrees + " " + this + " is below absolute zero");
        }
        if (target == this) {
            return degrees; // spare the caller a rounding error
        }
        return (kelvin - target.zeroInKelvin) / target.kelvinPerDegree;
    }
}
