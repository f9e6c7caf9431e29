package org.example.geometry;

import java.util.ArrayList;
import java.util.List;

/** A simple polygon, given by its corners in order. */
public class Polygon {

    private final List<Vector> corners;

    public Polygon(List<Vector> corners) {
        if (corners.size() < 3) {
            throw new IllegalArgumentException("A polygon needs at least three corners");
        }
        this.corners = new ArrayList<>(corners);
    }

    public double area() {
        double twiceArea = 0;
        Vector previous = corners.get(corners.size() - 1);
        for (Vector corner : corners) {
            twiceArea += previous.cross(corner);
            previous = corner;
        }
        return Math.abs(twiceArea) / 2;
    }

    public double perimeter() {
        double length = 0;
        for (int i = 0; i < corners.size(); i++) {
            Vector next = corners.get((i + 1) % corners.size());
            length += next.minus(corners.get(i)).length();
        }
        return length;
    }

    public static final class Vector {
        private final double x;
        private final double y;

        public Vector(double x, double y) {
            this.x = x;
            this.y = y;
        }

        Vector minus(Vector other) {
            return new Vector(x - other.x, y - other.y);
        }

        double cross(Vector other) {
            return x * other.y - y * other.x;
        }

        double length() {
            return Math.hypot(x, y);
        }
    }
}
