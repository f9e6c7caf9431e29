package org.example.chess;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/**
 * Computes how many moves a knight needs to get from one square to another.
 * Squares are numbered 0 (a1) to 63 (h8).
 */
public class KnightMoves {

    private static final int SIZE = 8;
    private static final int[] FILE_STEPS = {1, 2, 2, 1, -1, -2, -2, -1};
    private static final int[] RANK_STEPS = {2, 1, -1, -2, -2, -1, 1, 2};

    public static int parseSquare(String name) {
        if (!name.matches("[a-h][1-8]")) {
            throw new IllegalArgumentException("No such square: " + name);
        }
        return (name.charAt(1) - '1') * SIZE + name.charAt(0) - 'a';
    }

    public int distance(String from, String to) {
        int[] moves = new int[SIZE * SIZE];
        Arrays.fill(moves, -1);
        Queue<Integer> queue = new ArrayDeque<>();
        int start = parseSquare(from);
        int goal = parseSquare(to);
        moves[start] = 0;
        queue.add(start);
        while (moves[goal] < 0) {
            int square = queue.remove();
            for (int i = 0; i < FILE_STEPS.length; i++) {
                int file = square % SIZE + FILE_STEPS[i];
                int rank = square / SIZE + RANK_STEPS[i];
                if (isOnBoard(file, rank) && moves[rank * SIZE + file] < 0) {
                    moves[rank * SIZE + file] = moves[square] + 1;
                    queue.add(rank * SIZE + file);
                }
            }
        }
        return moves[goal];
    }

    private static boolean isOnBoard(int file, int rank) {
        return file >= 0 && file < SIZE && rank >= 0 && rank < SIZE;
    }
}
