package org.example.games.dice;

import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Understands notation such as "d20", "3d6" and "2d8+4". */
public class DiceRoller {

    private static final Pattern NOTATION = Pattern.compile("(\\d*)d(\\d+)([+-]\\d+)?");

    private final Random random;

    public DiceRoller(Random random) {
        this.random = random;
    }

    public int roll(String notation) {
        Matcher m = NOTATION.matcher(notation);
        if (!m.matches()) {
            throw new IllegalArgumentException("Not a dice roll: " + notation);
        }
        int dice = m.group(1).isEmpty() ? 1 : Integer.parseInt(m.group(1));
        int sides = Integer.parseInt(m.group(2));
        int sum = m.group(3) == null ? 0 : Integer.parseInt(m.group(3));
        for (int i = 0; i < dice; i++) {
            sum += random.nextInt(sides) + 1;
        }
        return sum;
    }
}
