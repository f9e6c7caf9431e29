package org.example.games.life;

/** Conway's Game of Life on a torus: cells on one edge neighbour those on the opposite edge. */
public class LifeGrid {

    private final int rows;
    private final int cols;
    private boolean[][] cells;

    public LifeGrid(String... pattern) {
        rows = pattern.length;
        cols = pattern[0].length();
        cells = new boolean[rows][cols];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                cells[r][c] = pattern[r].charAt(c) == '#';
            }
        }
    }

    public void step() {
        boolean[][] next = new boolean[rows][cols];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                int n = liveNeighbours(r, c);
                next[r][c] = n == 3 || (n == 2 && cells[r][c]);
            }
        }
        cells = next;
    }

    private int liveNeighbours(int row, int col) {
        int count = 0;
        for (int dr = -1; dr <= 1; dr++) {
            for (int dc = -1; dc <= 1; dc++) {
                if ((dr != 0 || dc != 0) && cells[(row + dr + rows) % rows][(col + dc + cols) % cols]) {
                    count++;
                }
            }
        }
        return count;
    }

    @Override
    public String toString() {
        StringBuilder sb = new StringBuilder();
        for (boolean[] row : cells) {
            for (boolean alive : row) {
                sb.append(alive ? '#' : '.');
            }
            sb.append('\n');
        }
        return sb.toString();
    }
}
