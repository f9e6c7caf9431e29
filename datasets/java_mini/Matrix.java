package org.example.linalg;

import java.util.Arrays;

public final class Matrix {

    private final int rows;
    private final int cols;
    private final double[] cells; // row-major

    public Matrix(int rows, int cols) {
        this.rows = rows;
        this.cols = cols;
        this.cells = new double[rows * cols];
    }

    public static Matrix identity(int n) {
        Matrix m = new Matrix(n, n);
        for (int i = 0; i < n; i++) {
            m.set(i, i, 1.0);
        }
        return m;
    }

    public double get(int r, int c) {
        return cells[r * cols + c];
    }

    public void set(int r, int c, double value) {
        cells[r * cols + c] = value;
    }

    public Matrix times(Matrix right) {
        if (cols != right.rows) {
            throw new IllegalArgumentException(String.format(
                    "cannot multiply %dx%d by %dx%d", rows, cols, right.rows, right.cols));
        }
        Matrix product = new Matrix(rows, right.cols);
        // i-k-j order walks both operands sequentially in memory
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < cols; k++) {
                double factor = get(i, k);
                for (int j = 0; j < right.cols; j++) {
                    product.cells[i * right.cols + j] += factor * right.get(k, j);
                }
            }
        }
        return product;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Matrix && ((Matrix) o).cols == cols && Arrays.equals(((Matrix) o).cells, cells);
    }

    @Override
    public int hashCode() {
        return 31 * cols + Arrays.hashCode(cells);
    }
}
