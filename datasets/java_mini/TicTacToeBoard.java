package org.example.games.tictactoe;

import java.util.Arrays;

public class TicTacToeBoard {
	private static final char EMPTY = ' ';
	private static final int[][] LINES = {
		{0, 1, 2}, {3, 4, 5}, {6, 7, 8},
		{0, 3, 6}, {1, 4, 7}, {2, 5, 8},
		{0, 4, 8}, {2, 4, 6}
	};

	private final char[] squares = new char[9];
	private char turn = 'X';
	private int movesPlayed;

	public TicTacToeBoard() {
		Arrays.fill(squares, EMPTY);
	}

	/** Places the mark of the current player and passes the turn. */
	public void play(int square) {
		if (isOver()) {
			throw new IllegalStateException("The game is over");
		}
		if (squares[square] != EMPTY) {
			throw new IllegalArgumentException("Square " + square + " is taken");
		}
		squares[square] = turn;
		turn = turn == 'X' ? 'O' : 'X';
		movesPlayed++;
	}

	public boolean isOver() {
		return movesPlayed == squares.length || winner() != EMPTY;
	}

	/** Returns 'X', 'O', or a space when nobody has won (yet). */
	public char winner() {
		for (int[] line : LINES) {
			char first = squares[line[0]];
			if (first != EMPTY && first == squares[line[1]] && first == squares[line[2]]) {
				return first;
			}
		}
		return EMPTY;
	}
}
